#include "tools/venue/faults/fault_layer.hpp"

#include <algorithm>

#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

bool connection_matches(std::string_view wanted, std::string_view connection) {
    return !connection.empty() && (wanted == "wsapi" || wanted == connection);
}

}  // namespace

bool FaultLayer::matches(const FaultSpec& spec, const Outgoing& out) {
    const bool account = !out.account.empty();
    return ((spec.targets & target_market) != 0 && out.market &&
            pattern_matches(spec.name, out.stream)) ||
           ((spec.targets & target_wsapi) != 0 && connection_matches(spec.name, out.connection)) ||
           ((spec.targets & target_rest) != 0 && out.rest) ||
           ((spec.targets & target_account) != 0 && account && spec.name == out.account) ||
           (spec.targets & target_venue) != 0;
}

class FaultLayer::Strike final : public Claim {
public:
    Strike(FaultLayer& layer, std::uint64_t id, FaultKind kind, std::string target)
        : layer_(layer), id_(id), kind_(kind), target_(std::move(target)) {}
    ~Strike() override {
        if (!proven_) {
            layer_.give_up(id_);
        }
    }
    Strike(const Strike&) = delete;
    Strike& operator=(const Strike&) = delete;
    void prove() override {
        if (!std::exchange(proven_, true)) {
            layer_.prove(id_, kind_, target_);
        }
    }

private:
    FaultLayer& layer_;
    std::uint64_t id_;
    FaultKind kind_;
    std::string target_;
    bool proven_{false};
};

SharedClaim FaultLayer::claim(Active& fault) {
    ++fault.claimed;
    return std::make_shared<Strike>(*this, fault.id, fault.spec.kind, fault.spec.target());
}

void FaultLayer::prove(std::uint64_t id, FaultKind kind, const std::string& target) {
    Active* fault = find(id);
    if (fault == nullptr) {  // switched off meanwhile; it has struck all the same
        count(kind, target);
        return;
    }
    --fault->claimed;
    strike(*fault);
    forget_spent();
}

void FaultLayer::give_up(std::uint64_t id) {
    if (Active* fault = find(id)) {
        --fault->claimed;
    }
}

void FaultLayer::count(FaultKind kind, const std::string& target) {
    const std::string_view name = row_of(kind).name;
    ++counts_[name];
    ++counts_by_target_[std::string(name) + " " + target];
}

bool FaultLayer::draw(Active& fault) {
    ++fault.seen;
    const FaultSpec& spec = fault.spec;
    return (spec.strikes < 0 || fault.claimed < spec.strikes) &&
           (spec.rate_e6 > 0 ? fault.random.chance_e6(spec.rate_e6) : fault.seen % spec.every == 0);
}

void FaultLayer::strike(Active& fault) {
    ++fault.struck;
    count(fault.spec.kind, fault.spec.target());
    if (fault.spec.strikes > 0) {
        --fault.spec.strikes;
    }
}

void FaultLayer::add(const FaultSpec& spec, std::map<std::string, Exchange::BookCopy> books) {
    Active fault{spec, Random(spec.seed), ++faults_, 0, 0, 0, 0, {}, {}, std::move(books)};
    if (spec.duration_ms > 0) {
        fault.until_us = clock_() + spec.duration_ms * 1000;
    }
    const bool state = row_of(spec.kind).dose == FaultDose::state;
    active_.push_back(std::move(fault));
    if (state && state_hook_) {
        state_hook_(spec, true);
    }
    wake();
}

void FaultLayer::end(std::size_t index) {
    const FaultSpec spec = active_[index].spec;
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(index));
    if (row_of(spec.kind).dose != FaultDose::state || !state_hook_) {
        return;
    }
    state_hook_(spec, false);
    for (const Active& other : active_) {  // one that is still on holds as if it had come alone
        if (other.spec.kind == spec.kind && other.spec.name == spec.name) {
            state_hook_(other.spec, true);
        }
    }
}

FaultLayer::Active* FaultLayer::find(std::uint64_t id) {
    const auto at = std::find_if(active_.begin(), active_.end(),
                                 [id](const Active& fault) { return fault.id == id; });
    return at == active_.end() ? nullptr : &*at;
}

/// Those that were to strike so often and have. A gap that is not yet over is one.
void FaultLayer::forget_spent() {
    std::erase_if(
        active_, [](const Active& fault) { return fault.spec.strikes == 0 && fault.gaps.empty(); });
}

std::size_t FaultLayer::remove(std::optional<FaultKind> kind, std::string_view name) {
    std::size_t removed = 0;
    for (std::size_t i = active_.size(); i-- > 0;) {
        const FaultSpec& spec = active_[i].spec;
        if ((!kind || spec.kind == *kind) &&
            (name.empty() || spec.name == name || spec.target() == name)) {
            end(i);
            ++removed;
        }
    }
    return removed;
}

void FaultLayer::poll() {
    const std::int64_t now = clock_();
    for (std::size_t i = active_.size(); i-- > 0;) {
        if (active_[i].until_us > 0 && active_[i].until_us <= now) {
            end(i);
        }
    }
    held_.release(now);
}

std::optional<std::int64_t> FaultLayer::next_due_us() const {
    std::optional<std::int64_t> next = held_.next_due_us();
    const auto take = [&next](std::int64_t due_us) {
        next = next ? std::min(*next, due_us) : due_us;
    };
    for (const Active& fault : active_) {
        if (fault.until_us > 0) {
            take(fault.until_us);
        }
    }
    if (!drawn_acts_.empty()) {
        take(clock_());
    }
    return next;
}

void FaultLayer::wake() const {
    if (const auto due = next_due_us(); due && wake_) {
        wake_(*due);
    }
}

std::string FaultLayer::json() const {
    JsonWriter out;
    out.begin_object().begin_array("active");
    for (const Active& fault : active_) {
        out.begin_object().text("fault", fault.spec.text());
        out.integer("struck", static_cast<std::int64_t>(fault.struck)).end_object();
    }
    out.end_array().begin_object("injected");
    for (const auto& [name, count] : counts_) {
        out.integer(name, static_cast<std::int64_t>(count));
    }
    out.end_object().begin_object("byTarget");
    for (const auto& [name, count] : counts_by_target_) {
        out.integer(name, static_cast<std::int64_t>(count));
    }
    return out.end_object().end_object().take();
}

}  // namespace portcullis::tools::venue
