// RecordedBook: the recording's book of one symbol, as it is *now*.
//
// Two streams tell about it: depth events, complete but batched every 100 ms, and bookTicker, only
// the best but at once. The depth book alone is what a client may be given as a snapshot (its id
// must agree with the published depth stream). For matching, the newer of the two counts: a ticker
// with a later update id hides depth levels better than its best and lays its own best over them,
// until a depth event reaches that id. Our takers also consume from it: what was taken stays taken
// while the level lives, and shrinks with it, so that one recorded quantity is never sold twice.
//
// Pure; written by the exchange only. Invariants: 1. levels are positive; 2. consumed <= live.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "tools/venue/exchange.hpp"

namespace portcullis::tools::venue {

class RecordedBook {
public:
    /// A whole new book; forgets the ticker and what was consumed.
    void reset(const std::vector<Level>& bids, const std::vector<Level>& asks,
               std::uint64_t update_id);
    /// Absolute levels, zero removes. Requires: update_id rises (verified by the replay's sync).
    void apply_depth(const std::vector<Level>& bids, const std::vector<Level>& asks,
                     std::uint64_t update_id);
    /// Ignored when the depth book or an earlier ticker is as new.
    void apply_ticker(Level bid, Level ask, std::uint64_t update_id);

    /// What the recording shows at a price now. `side`: buy for bids, sell for asks.
    [[nodiscard]] QtyAtoms live(Side side, PriceAtoms price) const;
    /// live() less what takers here have consumed.
    [[nodiscard]] QtyAtoms visible(Side side, PriceAtoms price) const;
    /// The best level with a visible quantity, or the best one strictly worse than `after`.
    [[nodiscard]] std::optional<Level> next_visible(
        Side side, std::optional<PriceAtoms> after = std::nullopt) const;
    /// The best level that the recording shows now, whatever was consumed of it.
    [[nodiscard]] std::optional<Level> best_live(Side side) const;
    /// Requires: qty <= visible(side, price).
    void consume(Side side, PriceAtoms price, QtyAtoms qty);

    /// The depth book, best first, at most `limit` a side: what a REST snapshot shows.
    [[nodiscard]] Exchange::BookCopy depth(std::size_t limit) const;
    /// Of the depth book, whatever tickers say.
    [[nodiscard]] QtyAtoms depth_qty(Side side, PriceAtoms price) const;
    [[nodiscard]] std::uint64_t depth_id() const { return depth_id_; }

private:
    /// Price with the sign turned for bids: ascending key = best first on both sides.
    using Key = std::int64_t;
    struct TickerLevel {
        QtyAtoms qty{};
        std::uint64_t update_id{};
    };
    struct Half {
        std::map<Key, QtyAtoms> depth;
        std::map<Key, TickerLevel> ticker;  ///< told by tickers newer than the depth book
        std::optional<Key> ticker_best;     ///< nothing better exists; unset: depth is newer
        std::map<Key, QtyAtoms> consumed;
        [[nodiscard]] QtyAtoms live(Key key) const;
        [[nodiscard]] QtyAtoms visible(Key key) const;
        [[nodiscard]] std::optional<Key> next_key(std::optional<Key> after) const;
        void apply(Key key, QtyAtoms qty);
        void forget_tickers(std::uint64_t up_to_id);
        void clamp_consumed();
    };
    static Key key_of(Side side, PriceAtoms price);
    static PriceAtoms price_of(Side side, Key key);
    static void lay_over(Half& half, Key key, QtyAtoms qty, std::uint64_t update_id);
    [[nodiscard]] const Half& half(Side side) const { return side == Side::buy ? bids_ : asks_; }
    [[nodiscard]] Half& half(Side side) { return side == Side::buy ? bids_ : asks_; }

    Half bids_, asks_;
    std::uint64_t depth_id_{};
    std::uint64_t ticker_id_{};
};

}  // namespace portcullis::tools::venue
