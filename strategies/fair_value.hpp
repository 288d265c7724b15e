// Fair value: what the instrument is worth now, in quote units per base unit.
//
// All of them see one thing only: the top of book without our own orders (engine::NetTop). Neither
// our quotes nor prints, ours least of all, can move them. Two prices go by the name micro-price:
// the weighted mid, which Gatheral and Oomen call so, and the one that Stoikov derived because the
// weighted mid is no martingale. Here they are `weighted_mid` and `micro_price`.
// Doubles are allowed here; whoever quotes rounds to the passive side. Owner: its strategy.
#pragma once

#include <cstdint>

#include "engine/book/market.hpp"
#include "strategies/micro_price.hpp"
#include "strategies/strategy_config.hpp"

namespace portcullis::strategies {

/// Half way between bid and ask. Requires: both sides are there.
[[nodiscard]] double mid(const engine::NetTop& top) noexcept;

/// Mid weighted by the opposite quantities: (ask x bid_qty + bid x ask_qty) / (bid_qty + ask_qty).
/// The side with more in it is the one that the price moves away from. Lies between bid and ask.
/// Requires: both sides are there.
/// Source: J. Gatheral and R. C. A. Oomen, "Zero-intelligence realized variance estimation",
/// Finance and Stochastics 14 (2010) 249-283, there called micro-price; Stoikov (micro_price.hpp)
/// calls it weighted mid-price.
[[nodiscard]] double weighted_mid(const engine::NetTop& top) noexcept;

/// The one that the config names.
class FairValue {
public:
    FairValue(FairValueKind kind, const MicroPriceConfig& micro) noexcept
        : kind_(kind), micro_(micro) {}

    /// Requires: both sides are there. Called with every top of book, in order.
    [[nodiscard]] double update(const engine::NetTop& top, engine::PriceAtoms tick,
                                engine::MonoNs now) noexcept;
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    FairValueKind kind_;
    MicroPrice micro_;
};

}  // namespace portcullis::strategies
