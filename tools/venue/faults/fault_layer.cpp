#include "tools/venue/faults/fault_layer.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"
#include "tools/venue/faults/corruption.hpp"
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/stream_names.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

constexpr std::int64_t swap_us_max = 1'000'000;
constexpr std::int64_t late_us = 20'000;

bool is_depth(std::string_view stream) {
    return stream.find("@depth") != std::string_view::npos;
}

/// Those that change what leaves. The others wait for a request, and are asked for by name.
bool strikes_messages(FaultKind kind) {
    switch (kind) {
        case FaultKind::lost_ack:
        case FaultKind::error_before_accept:
        case FaultKind::error_after_accept:
        case FaultKind::stale_snapshot:
        case FaultKind::fill_after_cancel:
            return false;
        default:
            return row_of(kind).dose == FaultDose::each;
    }
}

bool connection_matches(std::string_view wanted, std::string_view connection) {
    return !connection.empty() && (wanted == "wsapi" || wanted == connection);
}

}  // namespace

bool FaultLayer::matches(const FaultSpec& spec, const Outgoing& out) {
    const bool account = !out.account.empty();
    return ((spec.targets & target_market) != 0 && !out.stream.empty() &&
            pattern_matches(spec.name, out.stream)) ||
           ((spec.targets & target_wsapi) != 0 && connection_matches(spec.name, out.connection)) ||
           ((spec.targets & target_rest) != 0 && out.rest) ||
           ((spec.targets & target_account) != 0 && account && spec.name == out.account) ||
           (spec.targets & target_venue) != 0;
}

bool FaultLayer::applies(FaultKind kind, const Outgoing& out) {
    switch (kind) {
        case FaultKind::gap:
            return is_depth(out.stream);
        case FaultKind::crossed_book:
            return is_depth(out.stream) || out.stream.ends_with("@bookTicker");
        case FaultKind::ack_after_fill:
            return Api::makes_orders(out.method) && !out.failed;
        case FaultKind::lost_ack:
        case FaultKind::error_after_accept:
            return Api::changes_orders(out.method) && !out.failed;
        case FaultKind::error_before_accept:
            return Api::changes_orders(out.method);
        case FaultKind::stale_snapshot:
            return out.method == "depth" && !out.failed;
        case FaultKind::duplicate_reports:
        case FaultKind::reorder_reports:
            return !out.account.empty();
        default:
            return true;
    }
}

class FaultLayer::Claim {
public:
    Claim(FaultLayer& layer, std::uint64_t id, FaultKind kind, std::string target)
        : layer_(layer), id_(id), kind_(kind), target_(std::move(target)) {}
    ~Claim() {
        if (!proven_) {
            layer_.give_up(id_);
        }
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    void prove() {
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

FaultLayer::SharedClaim FaultLayer::claim(Active& fault) {
    ++fault.claimed;
    return std::make_shared<Claim>(*this, fault.id, fault.spec.kind, fault.spec.target());
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
    Active fault{spec, Random(spec.seed), ++faults_, 0, 0, 0, 0, 0, {}, std::move(books)};
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
    std::erase_if(active_, [](const Active& fault) {
        return fault.spec.strikes == 0 && fault.gap_left == 0;
    });
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

/// False where the message has nothing to spoil.
bool FaultLayer::spoil(Active& fault, const Outgoing& out, Passage& passage) const {
    const FaultKind kind = fault.spec.kind;
    std::int64_t argument = fault.spec.argument;
    if (kind == FaultKind::crossed_book) {
        const std::string symbol = upper_case(out.stream.substr(0, out.stream.find('@')));
        argument = best_ask_hook_ ? best_ask_hook_(symbol) : 0;
    }
    for (std::string& text : passage.texts) {
        auto spoiled = corrupted(kind, text, argument, fault.random);
        if (!spoiled) {
            return false;
        }
        text = std::move(*spoiled);
    }
    passage.status = kind == FaultKind::html ? static_cast<int>(argument) : passage.status;
    return true;
}

void FaultLayer::apply(Active& fault, const Outgoing& out, Passage& passage) {
    const FaultSpec& spec = fault.spec;
    const FaultKind kind = spec.kind;
    if (corrupts(kind)) {
        if (!spoil(fault, out, passage)) {
            return;
        }
    } else if (kind == FaultKind::drop || kind == FaultKind::gap) {
        fault.gap_left = kind == FaultKind::gap ? spec.argument - 1 : 0;
        passage.texts.clear();
    } else if (kind == FaultKind::delay) {
        passage.delay_us += spec.argument * 1000;
    } else if (kind == FaultKind::jitter) {
        const auto late_by_us = static_cast<std::int64_t>(
            fault.random.below(static_cast<std::uint64_t>(spec.argument) * 1000 + 1));
        if (late_by_us == 0) {
            return;
        }
        passage.delay_us += late_by_us;
    } else if (kind == FaultKind::duplicate || kind == FaultKind::duplicate_reports) {
        passage.texts.push_back(passage.texts.front());
    } else if (kind == FaultKind::reorder || kind == FaultKind::reorder_reports) {
        passage.swap_claim = passage.swap ? passage.swap_claim : claim(fault);
        passage.swap = true;
        return;
    } else if (kind == FaultKind::ack_after_fill) {
        passage.fill_claim = passage.until_fill ? passage.fill_claim : claim(fault);
        passage.until_fill = true;
        passage.delay_us += spec.argument * 1000;
        return;
    } else {
        apply_act(fault, passage);
        return;
    }
    strike(fault);
}

/// What a fault does to the connection instead of the message, or behind it.
void FaultLayer::apply_act(Active& fault, Passage& passage) {
    using Kind = WireAct::Kind;
    const FaultKind kind = fault.spec.kind;
    if (kind == FaultKind::disconnect_at) {
        const auto bytes = fault.random.below(static_cast<std::uint64_t>(fault.spec.argument) + 1);
        passage.acts.push_back({Kind::cut_after, static_cast<std::int64_t>(bytes),
                                [cut = claim(fault)] { cut->prove(); }});
        return;
    }
    verify(kind == FaultKind::disconnect || kind == FaultKind::tear ||
           kind == FaultKind::half_open);
    passage.texts.clear();
    passage.acts.push_back({kind == FaultKind::disconnect ? Kind::cut
                            : kind == FaultKind::tear     ? Kind::tear
                                                          : Kind::half_open});
    strike(fault);
}

/// one-byte-writes: of what leaves after all.
void FaultLayer::strike_bytes(const Outgoing& out, Passage& passage) {
    for (Active& fault : active_) {
        if (fault.spec.kind == FaultKind::one_byte_writes && !passage.texts.empty() &&
            matches(fault.spec, out)) {
            passage.acts.push_back({WireAct::Kind::one_byte, 1});
            strike(fault);
        }
    }
}

FaultLayer::Passage FaultLayer::travel(const Outgoing& out, std::string text) {
    Passage passage;
    passage.texts.push_back(std::move(text));
    for (Active& fault : active_) {
        const FaultKind kind = fault.spec.kind;
        if (row_of(kind).dose == FaultDose::act) {
            if (!acting_ && matches(fault.spec, out) && draw(fault)) {
                drawn_acts_.push_back(fault.id);
            }
            continue;
        }
        if (passage.texts.empty() || !matches(fault.spec, out) || !applies(kind, out)) {
            continue;
        }
        if (kind == FaultKind::silence) {
            passage.texts.clear();
            strike(fault);
        } else if (fault.gap_left > 0) {
            --fault.gap_left;
            passage.texts.clear();
        } else if (strikes_messages(kind) && draw(fault)) {
            apply(fault, out, passage);
        }
    }
    strike_bytes(out, passage);
    forget_spent();
    return passage;
}

void FaultLayer::hold(const Outgoing& out, Passage& passage, std::string text, const Exit& exit) {
    Held held;
    held.due_us = clock_() + passage.delay_us;
    held.order = ++orders_;
    held.lane = passage.until_fill || passage.beside_lane ? "" : out.lane;
    held.swap = passage.swap;
    held.until_fill = passage.until_fill;
    held.owner = out.owner;
    held.swap_claim = std::move(passage.swap_claim);
    held.fill_claim = std::move(passage.fill_claim);
    if (passage.swap) {
        held.due_us += swap_us_max;
    } else if (!held.lane.empty()) {
        for (const Held& before : held_) {
            if (before.lane == held.lane && !before.swap) {
                held.due_us = std::max(held.due_us, before.due_us);
            }
        }
    }
    held.text = std::move(text);
    held.exit = exit;
    held_.push_back(std::move(held));
}

void FaultLayer::release_swapped(const std::string& lane, std::int64_t due_us) {
    for (Held& held : held_) {
        if (held.swap && held.lane == lane) {
            held.swap = false;
            held.due_us = due_us;
            held.order = ++orders_;
            if (held.swap_claim) {
                held.swap_claim->prove();
            }
        }
    }
}

void FaultLayer::leave(const Outgoing& out, Passage& passage, const Exit& exit) {
    for (const WireAct& act : passage.acts) {
        exit.act(act);
    }
    const bool waits = std::any_of(held_.begin(), held_.end(), [&out](const Held& held) {
        return held.lane == out.lane && !held.swap;
    });
    const bool later = passage.delay_us > 0 || passage.swap || waits;
    std::int64_t left_us = clock_();
    for (std::string& text : passage.texts) {
        if (later) {
            hold(out, passage, std::move(text), exit);
            left_us = held_.back().due_us;
        } else {
            exit.send(std::move(text));
        }
    }
    if (!passage.texts.empty() && !passage.swap && !passage.beside_lane) {
        release_swapped(out.lane, left_us);
    }
    for (Held& held : held_) {
        if (out.trade && held.until_fill && held.owner == out.account) {
            held.due_us = left_us;
            held.until_fill = false;
            if (held.fill_claim) {
                held.fill_claim->prove();
            }
        }
    }
    poll();
    wake();
}

void FaultLayer::pass(const Outgoing& out, std::string text, const Exit& exit) {
    Passage passage = travel(out, std::move(text));
    if (out.late) {
        passage.delay_us += late_us;
        passage.beside_lane = true;
    }
    leave(out, passage, exit);
}

void FaultLayer::pass(const Outgoing& out, HttpReply& reply) {
    Passage passage = travel(out, std::move(reply.body));
    reply.silent = reply.silent || (passage.texts.empty() && passage.acts.empty());
    reply.body = passage.texts.empty() ? "" : std::move(passage.texts.front());
    reply.html = passage.status != 0;
    reply.status = passage.status != 0 ? passage.status : reply.status;
    reply.delay_us = passage.delay_us;
    reply.acts = std::move(passage.acts);
    wake();
}

void FaultLayer::poll() {
    const std::int64_t now = clock_();
    for (std::size_t i = active_.size(); i-- > 0;) {
        if (active_[i].until_us > 0 && active_[i].until_us <= now) {
            end(i);
        }
    }
    std::vector<Held> due;
    for (Held& held : held_) {
        if (held.due_us <= now) {
            due.push_back(std::move(held));
            held.order = 0;
        }
    }
    std::erase_if(held_, [](const Held& held) { return held.order == 0; });
    std::sort(due.begin(), due.end(), [](const Held& a, const Held& b) {
        return a.due_us != b.due_us ? a.due_us < b.due_us : a.order < b.order;
    });
    for (Held& held : due) {
        held.exit.send(std::move(held.text));
    }
}

std::optional<std::int64_t> FaultLayer::next_due_us() const {
    std::optional<std::int64_t> next;
    const auto take = [&next](std::int64_t due_us) {
        next = next ? std::min(*next, due_us) : due_us;
    };
    for (const Held& held : held_) {
        take(held.due_us);
    }
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
