// RateBudget: how much of the venue's patience is left, and for whom.
//
// A venue counts weight, raw requests and orders in intervals aligned to its clock, and bans the
// address that goes above. We count every request when it is sent and hold that against what the
// venue reports: the greater of both holds, because other processes share the address and because
// its report does not know what is still on the way. A token bucket would be the usual way; it does
// not agree with fixed intervals and would waste a third of the budget or overrun it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/types/result.hpp"
#include "engine/types/units.hpp"

namespace portcullis::gateways {

enum class RateKind : std::uint8_t {
    request_weight = 1,
    raw_requests = 2,
    orders = 3,
    connections = 4
};
enum class RequestKind : std::uint8_t {
    order = 1,
    cancel = 2,
    query = 3,
    snapshot = 4,
    connect = 5
};

/// One row of the venue's rateLimits.
struct RateLimit {
    RateKind kind{RateKind::request_weight};
    engine::DurationNs interval{};
    std::uint32_t limit{};
};

/// What one request costs beside its one raw request.
struct RequestCost {
    std::uint32_t weight{};
    std::uint32_t orders{};
};

enum class CancelAction : std::uint8_t { send = 1, coalesce_into_cancel_all = 2, delay = 3 };

struct CancelAdvice {
    CancelAction action{CancelAction::send};
    engine::WallNs delay_until{};  ///< delay: not before this, by the venue's clock
};

//     limit of the venue ----------------------------------------  all processes of the address
//       share of this process (fixed fraction)
//         four fifths   orders, queries, snapshots, connects
//           snapshot share   snapshots, so that a resync storm starves nobody
//         the last fifth    cancels only (weight and raw requests)
//
// Cancels are never denied: cancel_action() says send, coalesce into cancel-all, or wait until. An
// absent limit is zero: make() demands weight and orders. Intervals go by the venue's clock (ours
// plus the measured offset). 429 and 418 close all of it for as long as the venue said, and that
// goes by our monotonic clock: where the venue's was not known yet, or known wrong, the wait is
// neither longer nor shorter. No allocation after make(). Owner: one order agent (its own), one
// control agent (its own): shares, not locks.
class RateBudget {
public:
    static constexpr std::size_t rows_max = 8;
    static constexpr std::uint32_t cancel_reserve_percent = 20;

    struct Settings {
        std::vector<RateLimit> limits;      ///< the venue's, for the whole address
        std::uint32_t share_permille{};     ///< of this process; fixed
        std::uint32_t snapshot_permille{};  ///< of this process's weight, for snapshots
        /// Whether this budget sends cancels, for which a fifth of the share is then kept. A budget
        /// that never does may use all of its share; the fifth of the venue's own limit, which is
        /// every process's, it leaves alone all the same.
        bool keeps_cancel_reserve{true};
        /// Of the share's attempts to connect: the rest is counted elsewhere (a feed's).
        std::uint32_t connect_permille{1000};
    };

    /// Refuses missing weight or orders rows, a zero or doubled row, more rows than rows_max,
    /// shares outside 1..1000, and a share that leaves nothing of a limit: it would be silence, not
    /// a limit.
    static engine::Result<RateBudget> make(const Settings& settings);

    /// Our clock, by which a closed budget opens: told before anything is asked at that time.
    void at(engine::MonoNs now) noexcept { now_ = now; }

    /// Counts the request where there is room for it; else nothing is counted and it must not be
    /// sent. A cancel is always counted and always true: ask cancel_action() first. Attempts to
    /// connect are spread over their interval (connect_gap).
    [[nodiscard]] bool take(RequestKind kind, const RequestCost& cost,
                            engine::WallNs venue_now) noexcept;
    /// Whether take() would say yes.
    [[nodiscard]] bool has_room(RequestKind kind, const RequestCost& cost,
                                engine::WallNs venue_now) noexcept;
    /// What to do with `count` cancels of `weight` each.
    [[nodiscard]] CancelAdvice cancel_action(std::uint32_t count, std::uint32_t weight,
                                             engine::WallNs venue_now) noexcept;

    /// The venue's own count. `in_flight`: what of ours was sent and is not yet answered, in the
    /// same unit; the report may not know it. `limit` is taken over where it has changed.
    void on_reported(RateKind kind, engine::DurationNs interval, std::uint32_t used,
                     std::uint32_t limit, std::uint32_t in_flight,
                     engine::WallNs venue_now) noexcept;
    /// The venue tells a limit (exchangeInfo). One that was not known before holds from now on.
    void on_limit(RateKind kind, engine::DurationNs interval, std::uint32_t limit) noexcept;
    /// The venue refused for rate: 429 or 418. Nothing goes for `retry_after`; where it named no
    /// time, or one beyond all that it documents (10 minutes, 3 days for a ban), for the longest
    /// weight interval, after a ban (418) twice that. At least 100 ms, after a ban a second.
    /// Returns until when this refusal alone closes.
    engine::MonoNs on_refused(std::uint16_t status,
                              std::optional<engine::DurationNs> retry_after) noexcept;

    /// Another door of the address was refused (closed_doors.hpp).
    void close_until(engine::MonoNs until) noexcept {
        closed_until_ = std::max(closed_until_, until);
    }

    [[nodiscard]] bool closed() const noexcept { return now_ < closed_until_; }
    [[nodiscard]] engine::MonoNs closed_until() const noexcept { return closed_until_; }

    /// How much of that limit is this budget's, the cancels' part included. 0: it has none of it.
    [[nodiscard]] std::uint64_t part(RateKind kind, engine::DurationNs interval) const noexcept;

    struct Usage {
        std::uint32_t used{};   ///< the greater of own count and the venue's
        std::uint32_t limit{};  ///< the venue's
    };
    /// Of the shortest interval of that kind. For RateUsage events and the console.
    [[nodiscard]] Usage usage(RateKind kind, engine::WallNs venue_now) noexcept;

private:
    struct Row {
        RateLimit limit;
        std::int64_t interval_index{};  ///< venue time / interval
        std::uint64_t own{};            ///< ours in this interval
        std::uint64_t venue{};          ///< all in this interval, as far as known
        std::uint64_t snapshots{};      ///< of own, for snapshots (weight)
    };

    RateBudget() = default;
    void roll(engine::WallNs venue_now) noexcept;
    [[nodiscard]] bool fits(const Row& row, RequestKind kind, std::uint64_t units) const noexcept;
    [[nodiscard]] static std::uint64_t units_of(const Row& row, RequestKind kind,
                                                const RequestCost& cost) noexcept;
    [[nodiscard]] std::uint64_t share_of(const RateLimit& limit) const noexcept;
    [[nodiscard]] std::uint64_t own_limit(const Row& row, RequestKind kind) const noexcept;

    std::array<Row, rows_max> rows_{};
    std::size_t row_count_{};
    std::uint32_t share_permille_{};
    std::uint32_t snapshot_permille_{};
    std::uint32_t connect_permille_{1000};
    bool keeps_cancel_reserve_{true};
    engine::MonoNs now_{};
    engine::MonoNs closed_until_{};
    engine::MonoNs connect_at_{};  ///< the next attempt, at the earliest
};

}  // namespace portcullis::gateways
