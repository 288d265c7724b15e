// Fair value: what the instrument is worth now, in quote units per base unit, from the top of the
// book without our own orders. Doubles are allowed here; the result is rounded to ticks by whoever
// quotes, explicitly and to the passive side.
// Owner: its strategy.
#pragma once

#include "engine/book/market.hpp"

namespace portcullis::strategies {

/// Mid weighted by the opposite quantities: (ask x bid_qty + bid x ask_qty) / (bid_qty + ask_qty).
/// The side with more in it is the one that the price moves away from. Lies between bid and ask.
/// Source: Gatheral and Oomen, "Zero-intelligence realized variance estimation", 2010
/// (micro-price). Requires: both sides are there.
[[nodiscard]] inline double weighted_mid(const engine::NetTop& top) noexcept {
    const double bid = static_cast<double>(top.bid.price.value);
    const double ask = static_cast<double>(top.ask.price.value);
    const double bid_qty = static_cast<double>(top.bid.qty.value);
    const double ask_qty = static_cast<double>(top.ask.qty.value);
    const double price = (ask * bid_qty + bid * ask_qty) / (bid_qty + ask_qty);
    return price / static_cast<double>(engine::atoms_per_unit);
}

}  // namespace portcullis::strategies
