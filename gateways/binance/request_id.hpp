// RequestId: the `id` of a ws-api request, from which its answer is known without a map.
//
//     52        12 11      8 7           0
//     | serial     | call   | slot       |      below 2^53, so that every JSON reader keeps it
//     exact
//
// `slot` is the place in the table of requests in flight, `call` says what shape the answer has,
// and `serial` is the agent's running number: two requests never share an id, also where they
// concern the same order (a cancel may be repeated, so the order's own sequence would not do). A
// late answer to a slot that has been taken again is recognised and counted. Owner: order agent.
#pragma once

#include <cstdint>

#include "engine/types/verify.hpp"

namespace portcullis::gateways::binance {

/// What was asked. DO NOT RENUMBER within a version: ids are in logs.
enum class Call : std::uint8_t {
    none = 0,
    place = 1,
    replace = 2,
    amend = 3,
    cancel = 4,
    cancel_all = 5,
    status = 6,
    open_orders = 7,
    account = 8,
    trades = 9,
    time = 10,
    exchange_info = 11,
    logon = 12,
    subscribe = 13,
    depth = 14,
};
inline constexpr std::uint8_t call_last = 14;
/// Makes an order, or another one of it.
[[nodiscard]] constexpr bool is_order(Call call) noexcept {
    return call == Call::place || call == Call::replace || call == Call::amend;
}

struct RequestId {
    static constexpr int slot_bits = 10;
    static constexpr int call_bits = 4;
    static constexpr int serial_bits = 39;
    static constexpr std::size_t slots = std::size_t{1} << slot_bits;
    static_assert(slot_bits + call_bits + serial_bits <= 53);
    static_assert(call_last < (1 << call_bits));

    std::uint64_t value{};  ///< 0: none

    [[nodiscard]] static constexpr RequestId of(std::uint64_t serial, Call call,
                                                std::size_t slot) noexcept {
        engine::verify(serial != 0 && serial >> serial_bits == 0);
        engine::verify(slot < slots);
        return {serial << (call_bits + slot_bits) |
                std::uint64_t{static_cast<std::uint8_t>(call)} << slot_bits | slot};
    }
    [[nodiscard]] constexpr std::size_t slot() const noexcept { return value & (slots - 1); }
    /// none: not an id that we made.
    [[nodiscard]] constexpr Call call() const noexcept {
        const auto bits = static_cast<std::uint8_t>(value >> slot_bits & ((1U << call_bits) - 1));
        return value >> (slot_bits + call_bits + serial_bits) != 0 || bits > call_last
                   ? Call::none
                   : static_cast<Call>(bits);
    }
    friend constexpr bool operator==(RequestId, RequestId) = default;
};

}  // namespace portcullis::gateways::binance
