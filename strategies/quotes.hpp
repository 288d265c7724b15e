// Quotes: what a strategy wishes to have in the book. It knows nothing of orders.
// Writer: a strategy. Reader: the quote manager, in the same call.
#pragma once

#include <array>
#include <span>

#include "engine/types/capacity.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/units.hpp"

namespace portcullis::strategies {

struct Quote {
    engine::PriceTicks price{};
    engine::QtyLots qty{};
};

/// Wishes of one side, best first, bounded.
class QuoteSide {
public:
    void clear() noexcept { count_ = 0; }
    /// Merges with the last when the price is the same; ignores what is not positive or not worse
    /// than the last (a ladder is strictly falling in quality), or what finds no room.
    void add(engine::Side side, const Quote& quote) noexcept {
        if (quote.price.value <= 0 || quote.qty.value <= 0 || count_ == quotes_.size()) {
            return;
        }
        if (count_ > 0) {
            Quote& last = quotes_.data()[count_ - 1];  // bounded above
            if (last.price == quote.price) {
                last.qty += quote.qty;
                return;
            }
            const bool worse =
                side == engine::Side::buy ? quote.price < last.price : quote.price > last.price;
            if (!worse) {
                return;
            }
        }
        quotes_.data()[count_++] = quote;
    }
    /// Drops wishes that are not strictly worse than the one before (after prices were moved).
    void drop_not_worse(engine::Side side) noexcept {
        const std::size_t count = count_;
        count_ = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const Quote quote = quotes_[i];
            if (count_ == 0 || quote.price != quotes_[count_ - 1].price) {
                add(side, quote);
            }
        }
    }
    [[nodiscard]] std::span<const Quote> view() const noexcept { return {quotes_.data(), count_}; }
    [[nodiscard]] std::span<Quote> view() noexcept { return {quotes_.data(), count_}; }

private:
    std::array<Quote, engine::capacity::quotes_per_side> quotes_{};
    std::size_t count_{};
};

struct Quotes {
    QuoteSide bids;
    QuoteSide asks;
    void clear() noexcept {
        bids.clear();
        asks.clear();
    }
};

}  // namespace portcullis::strategies
