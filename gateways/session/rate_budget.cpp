// How much of the venue's patience is left: see rate_budget.hpp.
#include "gateways/session/rate_budget.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "engine/types/verify.hpp"
#include "gateways/session/back_off.hpp"

namespace portcullis::gateways {
namespace {

using engine::DurationNs;
using engine::Error;
using engine::verify;
using engine::WallNs;

// Three days is the longest ban that the venue documents, five minutes its longest interval of
// requests. A time beyond that (twice that) is a broken answer and taken for none: if it was meant,
// the next answer says it again, which costs less than days without a cancel.
constexpr DurationNs ban_max = engine::milliseconds(3LL * 24 * 3600 * 1000);
constexpr DurationNs pause_max = engine::milliseconds(10 * 60 * 1000);
// And a time that is over by our reckoning: whoever knocks during a ban lengthens it.
constexpr DurationNs ban_least = engine::milliseconds(1'000);
constexpr DurationNs pause_least = engine::milliseconds(100);

// Cancels keep a part of these two; an order count does not concern them.
bool has_reserve(RateKind kind) noexcept {
    return kind == RateKind::request_weight || kind == RateKind::raw_requests;
}

std::uint64_t less_reserve(std::uint64_t limit) noexcept {
    return limit * (100 - RateBudget::cancel_reserve_percent) / 100;
}

}  // namespace

engine::Result<RateBudget> RateBudget::make(const Settings& settings) {
    if (settings.share_permille < 1 || settings.share_permille > 1000) {
        return Error{"rate budget: share_permille is " + std::to_string(settings.share_permille) +
                     ", expected 1 to 1000"};
    }
    if (settings.snapshot_permille < 1 || settings.snapshot_permille > 1000) {
        return Error{"rate budget: snapshot_permille is " +
                     std::to_string(settings.snapshot_permille) + ", expected 1 to 1000"};
    }
    if (settings.connect_permille < 1 || settings.connect_permille > 1000) {
        return Error{"rate budget: connect_permille is " +
                     std::to_string(settings.connect_permille) + ", expected 1 to 1000"};
    }
    if (settings.limits.size() > rows_max) {
        return Error{"rate budget: " + std::to_string(settings.limits.size()) +
                     " limits, room for 8"};
    }
    RateBudget made;
    made.share_permille_ = settings.share_permille;
    made.snapshot_permille_ = settings.snapshot_permille;
    made.connect_permille_ = settings.connect_permille;
    made.keeps_cancel_reserve_ = settings.keeps_cancel_reserve;
    bool weight = false;
    bool orders = false;
    for (const RateLimit& limit : settings.limits) {
        if (limit.limit == 0 || limit.interval.value <= 0) {
            return Error{"rate budget: a limit or interval is zero"};
        }
        for (std::size_t i = 0; i < made.row_count_; ++i) {
            const RateLimit& other = made.rows_[i].limit;
            if (other.kind == limit.kind && other.interval == limit.interval) {
                return Error{"rate budget: one limit is given twice"};
            }
        }
        weight = weight || limit.kind == RateKind::request_weight;
        orders = orders || limit.kind == RateKind::orders;
        made.rows_[made.row_count_].limit = limit;
        made.rows_[made.row_count_].interval_index = -1;
        if (made.own_limit(made.rows_[made.row_count_], RequestKind::order) == 0) {
            return Error{"rate budget: share_permille " + std::to_string(settings.share_permille) +
                         " leaves nothing of a limit of " + std::to_string(limit.limit)};
        }
        ++made.row_count_;
    }
    if (!weight || !orders) {
        return Error{"rate budget: the venue's limit of request weight or of orders is missing"};
    }
    return made;
}

// Starts the intervals anew that have ended. A clock that goes back starts none and gives nothing
// back. Where it goes back by more than an interval it was wrong before (ours, while the venue's
// was not known): what was counted stands in the interval that it really is, and ends with it.
void RateBudget::roll(WallNs venue_now) noexcept {
    for (std::size_t i = 0; i < row_count_; ++i) {
        Row& row = rows_[i];
        const std::int64_t index = venue_now.value / row.limit.interval.value;
        if (index > row.interval_index) {
            if (row.limit.kind == RateKind::connections) {
                connect_at_ = {};
            }
            row.interval_index = index;
            row.own = 0;
            row.venue = 0;
            row.snapshots = 0;
        } else if (index < row.interval_index - 1) {
            row.interval_index = index;
        }
    }
}

std::uint64_t RateBudget::units_of(const Row& row, RequestKind kind,
                                   const RequestCost& cost) noexcept {
    switch (row.limit.kind) {
        case RateKind::request_weight:
            return cost.weight;
        case RateKind::raw_requests:
            return 1;
        case RateKind::orders:
            return kind == RequestKind::order ? cost.orders : 0;
        case RateKind::connections:
            return kind == RequestKind::connect ? 1 : 0;
    }
    return 0;
}

std::uint64_t RateBudget::share_of(const RateLimit& limit) const noexcept {
    const std::uint64_t of_share = limit.kind == RateKind::connections ? connect_permille_ : 1000;
    return std::uint64_t{limit.limit} * share_permille_ * of_share / 1'000'000;
}

std::uint64_t RateBudget::own_limit(const Row& row, RequestKind kind) const noexcept {
    const std::uint64_t share = share_of(row.limit);
    const bool keep = keeps_cancel_reserve_ && kind != RequestKind::cancel;
    return keep && has_reserve(row.limit.kind) ? less_reserve(share) : share;
}

bool RateBudget::fits(const Row& row, RequestKind kind, std::uint64_t units) const noexcept {
    if (units == 0) {
        return true;
    }
    const bool reserved = has_reserve(row.limit.kind) && kind != RequestKind::cancel;
    const std::uint64_t all = reserved ? less_reserve(row.limit.limit) : row.limit.limit;
    if (row.venue + units > all || row.own + units > own_limit(row, kind)) {
        return false;
    }
    if (kind == RequestKind::snapshot && row.limit.kind == RateKind::request_weight) {
        return row.snapshots + units <= share_of(row.limit) * snapshot_permille_ / 1000;
    }
    return true;
}

bool RateBudget::has_room(RequestKind kind, const RequestCost& cost, WallNs venue_now) noexcept {
    roll(venue_now);
    if (closed() || (kind == RequestKind::connect && now_ < connect_at_)) {
        return false;
    }
    for (std::size_t i = 0; i < row_count_; ++i) {
        if (!fits(rows_[i], kind, units_of(rows_[i], kind, cost))) {
            return false;
        }
    }
    return true;
}

bool RateBudget::take(RequestKind kind, const RequestCost& cost, WallNs venue_now) noexcept {
    if (!has_room(kind, cost, venue_now) && kind != RequestKind::cancel) {
        return false;
    }
    for (std::size_t i = 0; i < row_count_; ++i) {
        Row& row = rows_[i];
        const std::uint64_t units = units_of(row, kind, cost);
        row.own += units;
        row.venue += units;
        if (kind == RequestKind::snapshot) {
            row.snapshots += units;
        }
        if (kind == RequestKind::connect && row.limit.kind == RateKind::connections) {
            connect_at_ = now_ + connect_gap(row.own, own_limit(row, kind), row.limit.interval);
        }
    }
    return true;
}

CancelAdvice RateBudget::cancel_action(std::uint32_t count, std::uint32_t weight,
                                       WallNs venue_now) noexcept {
    verify(count > 0);
    roll(venue_now);
    if (closed()) {
        return {CancelAction::delay, WallNs{venue_now.value + (closed_until_ - now_).value}};
    }
    bool all = true;
    WallNs until{};
    for (std::size_t i = 0; i < row_count_; ++i) {
        const Row& row = rows_[i];
        const std::uint64_t units = units_of(row, RequestKind::cancel, {weight, 0});
        all = all && fits(row, RequestKind::cancel, units * count);
        if (!fits(row, RequestKind::cancel, units)) {
            const WallNs next{(row.interval_index + 1) * row.limit.interval.value};
            until = std::max(until, next);
        }
    }
    if (all) {
        return {CancelAction::send, {}};
    }
    if (until == WallNs{}) {
        return {CancelAction::coalesce_into_cancel_all, {}};
    }
    return {CancelAction::delay, until};
}

void RateBudget::on_reported(RateKind kind, engine::DurationNs interval, std::uint32_t used,
                             std::uint32_t limit, std::uint32_t in_flight,
                             WallNs venue_now) noexcept {
    on_limit(kind, interval, limit);
    roll(venue_now);
    for (std::size_t i = 0; i < row_count_; ++i) {
        Row& row = rows_[i];
        if (row.limit.kind != kind || row.limit.interval != interval) {
            continue;
        }
        const std::uint64_t known = std::uint64_t{used} + in_flight;
        if (kind == RateKind::orders) {
            // Fills give order counts back: here the venue's word may also be the smaller one.
            row.venue = known;
            row.own = std::min(row.own, known);
        } else {
            row.venue = std::max(row.venue, known);
        }
    }
}

void RateBudget::on_limit(RateKind kind, engine::DurationNs interval,
                          std::uint32_t limit) noexcept {
    if (limit == 0 || interval.value <= 0) {
        return;
    }
    for (std::size_t i = 0; i < row_count_; ++i) {
        if (rows_[i].limit.kind == kind && rows_[i].limit.interval == interval) {
            rows_[i].limit.limit = limit;
            return;
        }
    }
    if (row_count_ < rows_max) {
        rows_[row_count_] = Row{};
        rows_[row_count_].limit = RateLimit{kind, interval, limit};
        rows_[row_count_].interval_index = -1;
        ++row_count_;
    }
}

engine::MonoNs RateBudget::on_refused(std::uint16_t status,
                                      std::optional<DurationNs> retry_after) noexcept {
    DurationNs interval{};
    for (std::size_t i = 0; i < row_count_; ++i) {
        if (rows_[i].limit.kind == RateKind::request_weight) {
            interval = std::max(interval, rows_[i].limit.interval);
        }
    }
    const bool ban = status == 418;
    const DurationNs unnamed{ban ? 2 * interval.value : interval.value};
    const bool named = retry_after && *retry_after <= (ban ? ban_max : pause_max);
    const DurationNs wait = std::max(named ? *retry_after : unnamed, ban ? ban_least : pause_least);
    const engine::MonoNs until = now_ + wait;
    close_until(until);
    return until;
}

std::uint64_t RateBudget::part(RateKind kind, DurationNs interval) const noexcept {
    for (std::size_t i = 0; i < row_count_; ++i) {
        if (rows_[i].limit.kind == kind && rows_[i].limit.interval == interval) {
            return share_of(rows_[i].limit);
        }
    }
    return 0;
}

RateBudget::Usage RateBudget::usage(RateKind kind, WallNs venue_now) noexcept {
    roll(venue_now);
    const Row* shortest = nullptr;
    for (std::size_t i = 0; i < row_count_; ++i) {
        const bool match = rows_[i].limit.kind == kind;
        if (match && (shortest == nullptr || rows_[i].limit.interval < shortest->limit.interval)) {
            shortest = &rows_[i];
        }
    }
    if (shortest == nullptr) {
        return {};
    }
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    return {static_cast<std::uint32_t>(std::min(std::max(shortest->own, shortest->venue), most)),
            shortest->limit.limit};
}

}  // namespace portcullis::gateways
