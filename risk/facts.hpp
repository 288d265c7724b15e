// What the checks of one request look at, and what each of them says.
//
// Gathered once a review (risk_gate.cpp) and again for a denial. A check is a pure function from
// Facts to Compared; the helpers here are the shapes that most of them have.
// Readers: checks*.hpp, risk_gate.cpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "engine/core/gate_api.hpp"
#include "engine/orders/requests.hpp"
#include "risk/exposure.hpp"
#include "risk/lines.hpp"

namespace portcullis::risk {

/// Everything that the checks of one request look at, gathered once.
struct Facts {
    const engine::NewOrderSingle& order;
    const engine::ReviewContext& context;
    const FirmLine& firm;
    const VenueLine& venue;
    const AccountLine& account;
    const CredentialLine& credential;
    const StrategyLine& strategy;
    const InstrumentLine& instrument;
    const AssetLine& base;
    const AssetLine& quote;
    const Exposure& exposure;
    const PairTable& pairs;
    PairTable::Index pair;        ///< strategy, instrument and side of the order
    const Reservation& replaced;  ///< the old order of a replace, else an empty one
    engine::ReplaceMode mode{};   ///< zero: no replace
    engine::ClOrdId orig{};
    engine::TradingState trading{};  ///< most restrictive of the six scopes, kills aside

    engine::PriceAtoms price{};    ///< saturated on overflow
    engine::QtyAtoms qty{};        ///< saturated on overflow
    int128 product{};              ///< price x qty, zero unless both are positive
    std::int64_t amount{};         ///< the same in quote atoms, rounded up, saturated
    engine::QtyAtoms added_qty{};  ///< what this request adds to the reservations: an amend nothing
    std::int64_t added_amount{};
    Weight weight{};  ///< of `amount`: zero where the quote asset has no mark
    bool overflow{};
    bool roomy{};  ///< every scope has room for it: no window and no size of an order is asked

    [[nodiscard]] bool is_buy() const noexcept { return order.side == engine::Side::buy; }
    [[nodiscard]] bool is_amend() const noexcept {
        return mode == engine::ReplaceMode::amend_in_place;
    }
    [[nodiscard]] std::int64_t added_orders() const noexcept { return is_amend() ? 0 : 1; }
    [[nodiscard]] Added added() const noexcept {
        return {.orders = added_orders(), .weight = is_amend() ? 0 : weight, .notional = weight};
    }
};

/// What a check says, with the two numbers that it compared.
struct Compared {
    bool pass{};
    std::int64_t limit{};
    std::int64_t value{};
    std::uint8_t window{};  ///< which, as in Denial
};

namespace checks {

[[nodiscard]] constexpr std::int64_t clamp64(int128 value) noexcept {
    constexpr int128 low = std::numeric_limits<std::int64_t>::min();
    constexpr int128 high = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(value < low ? low : value > high ? high : value);
}
/// The shape of most limits: absent is zero, and zero lets nothing pass.
[[nodiscard]] constexpr Compared at_most(int128 value, std::int64_t limit) noexcept {
    return {limit > 0 && value <= limit, limit, clamp64(value)};
}
[[nodiscard]] constexpr Compared at_most(std::int64_t value, std::int64_t limit) noexcept {
    return {limit > 0 && value <= limit, limit, value};
}
[[nodiscard]] constexpr Compared flag(bool holds) noexcept {
    return {holds, 1, holds ? 1 : 0};
}
/// Time passed since `then`, saturating. Something stamped after `now` by another thread is new.
[[nodiscard]] constexpr std::int64_t age(engine::MonoNs now, engine::MonoNs then) noexcept {
    std::int64_t passed{};
    if (__builtin_sub_overflow(now.value, then.value, &passed)) [[unlikely]] {
        return now > then ? std::numeric_limits<std::int64_t>::max() : 0;
    }
    return std::max<std::int64_t>(passed, 0);
}

}  // namespace checks

}  // namespace portcullis::risk
