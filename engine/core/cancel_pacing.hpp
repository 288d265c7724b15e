// CancelPacing: when the cancel of an order may be sent again.
//
// A cancel is repeated until the order has ended. One that came to nothing (refused: the order is
// gone and nobody has said so, or the key may not trade; not sent; an answer that says nothing)
// would be asked for again by every price that moves, at the pace of the round trip: thousands a
// second, out of the weight that the question of what became of the order needs. So each one after
// the first waits twice as long as the one before, from `first_wait` up to the retry time of a
// cancel that nobody answered; after a pause of two of those it begins anew. Thread: core.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/orders/order.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"

namespace portcullis::engine {

class CancelPacing {
public:
    static constexpr DurationNs first_wait = milliseconds(50);

    explicit CancelPacing(DurationNs retry) : retry_(retry), rows_(capacity::orders) {}

    /// A new order has this slot.
    void on_open(OrderSlot slot) noexcept { rows_[slot] = {}; }
    void on_sent(OrderSlot slot, MonoNs now) noexcept {
        Row& row = rows_[slot];
        const bool long_ago = now - row.last >= DurationNs{2 * retry_.value};
        row = {now, static_cast<std::uint8_t>(long_ago ? 1 : std::min(row.sent + 1, most))};
    }
    /// What stood in the way may be gone: the next one waits for nothing.
    void forgive(OrderSlot slot) noexcept { rows_[slot].sent = 0; }

    /// None was sent yet, or the last one came to nothing long enough ago.
    [[nodiscard]] bool may_send(OrderSlot slot, MonoNs now) const noexcept {
        const Row& row = rows_[slot];
        return row.sent == 0 || now - row.last >= wait_after(row.sent);
    }
    /// The last one has no answer, for longer than one is waited for.
    [[nodiscard]] bool overdue(OrderSlot slot, MonoNs now) const noexcept {
        return now - rows_[slot].last >= retry_;
    }
    void hash(OrderSlot slot, StateHasher& hasher) const noexcept {
        hasher.add(rows_[slot].last);
        hasher.add(std::uint64_t{rows_[slot].sent});
    }

private:
    static constexpr int most = 16;  ///< no wait is longer than the retry time: only the shift
    struct Row {
        MonoNs last{};
        std::uint8_t sent{};
    };
    [[nodiscard]] DurationNs wait_after(std::uint8_t sent) const noexcept {
        return std::min(retry_, DurationNs{first_wait.value << (sent - 1)});
    }

    DurationNs retry_;
    std::vector<Row> rows_;
};

}  // namespace portcullis::engine
