// Queue model: what the recording must do before a resting order of ours is filled.
//
// An L2 recording does not say who stands where in a level. So each resting order carries one
// number, `ahead`: the recorded quantity that is taken to stand before it. It starts as everything
// visible at the price, trades at the price take from it first, and cancellations are taken to be
// *behind* us as far as they can be (README.md, "Fill model", with sources). Kept apart from the
// exchange because it is the one piece of it that is a model and not a rule of the venue.
//
// Pure. Invariant: ahead never rises and never falls below zero.
#pragma once

#include "tools/venue/exchange.hpp"

namespace portcullis::tools::venue {

/// One recorded trade on its way along our resting orders: best price first, then time.
class TradeSweep {
public:
    explicit TradeSweep(QtyAtoms qty) : left_(qty) {}

    /// What an order at the trade's own price gets: only what the trade has left once the recorded
    /// quantity ahead has had its share, which is taken off `ahead`.
    [[nodiscard]] QtyAtoms at_price(QtyAtoms& ahead, QtyAtoms open_qty);
    /// What an order at a better price gets: the trade would have met it first, and nothing of the
    /// recording can still be ahead of it.
    [[nodiscard]] QtyAtoms through_price(QtyAtoms& ahead, QtyAtoms open_qty);

private:
    QtyAtoms left_;
    QtyAtoms recorded_used_{};  ///< what the recorded orders at the price have had of it
};

/// The recording shows `level_qty` at the order's price now: no more than that can be ahead.
void shorten_queue(QtyAtoms& ahead, QtyAtoms level_qty);

}  // namespace portcullis::tools::venue
