// InstrumentMarket: all that is known of one instrument's market, and whether to believe it.
//
// Two streams tell the top of book: the ticker at once, the depth messages up to an interval later.
// The newer by update id is shown. Each also checks the other, and the venue has made this oracle
// itself: after a depth message with id u, the book's best must be what the last ticker with an id
// not above u said. One difference proves nothing (the ticker stream of a recording lacks two
// updates); one that is still there at a later depth message, more than a depth interval on, makes
// the book invalid. So does a depth stream that stays behind: it is silent while nothing changes,
// but a ticker with an id that it has not reached proves that something has.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "engine/book/l2_book.hpp"
#include "engine/events/market.hpp"

namespace portcullis::engine {

/// Before any time that a clock gives; ages reckoned from it are longer than any limit.
inline constexpr MonoNs never{std::numeric_limits<std::int64_t>::min() / 2};

/// So many depth intervals may the book stay behind a ticker. A healthy stream needs one; stalls of
/// a host and recordings that are played at ten times their speed need several more. Beyond, the
/// stream is dead and what lies behind the top is of any age.
inline constexpr std::int64_t intervals_behind_max = 20;

/// Best bid and ask. A side that is missing has quantity zero.
struct Bbo {
    BookLevel bid{};
    BookLevel ask{};
    UpdateId update{};

    [[nodiscard]] bool two_sided() const noexcept { return bid.qty.value > 0 && ask.qty.value > 0; }
};

// Writer: core thread. Readers: core, strategies through StrategyView. Invariants: 1. nothing is
// shown unless the book is valid; 2. times are local receive times; what was never seen is `never`,
// older than any age limit; 3. no allocation after the constructor.
class InstrumentMarket {
public:
    explicit InstrumentMarket(std::size_t levels_max = capacity::book_levels,
                              DurationNs depth_interval = milliseconds(100),
                              std::size_t ladder_ticks = capacity::ladder_ticks(1));

    /// Of the instrument's definition, see L2Book.
    void set_tick(PriceAtoms tick) noexcept { book_.set_tick(tick); }

    /// `reset` in a result: the book became invalid by this event, for that reason.
    [[nodiscard]] ApplyResult on(const BookDelta& part, MonoNs now) noexcept;
    [[nodiscard]] ApplyResult on(const TopOfBook& ticker, MonoNs now) noexcept;
    void on(const TradePrint& trade, MonoNs now) noexcept;
    /// Time has passed, and nothing need have come: a depth stream that stays behind is noticed.
    [[nodiscard]] ApplyResult on_time(MonoNs now) noexcept;
    /// Now and then, when nothing is waited for: the book's ladder follows the market.
    void recentre() noexcept { book_.recentre(); }
    /// The connection that carries this instrument was proven alive.
    void on_alive(MonoNs now) noexcept { alive_time_ = now; }
    /// Invalid until the next snapshot; forgets tickers too, they may be of another connection.
    void on_reset(ResetReason reason) noexcept;

    [[nodiscard]] bool valid() const noexcept { return book_.valid(); }
    [[nodiscard]] const L2Book& book() const noexcept { return book_; }
    /// The newer of ticker and book; all zero while not valid.
    [[nodiscard]] Bbo top() const noexcept;
    /// When the top was last received or confirmed.
    [[nodiscard]] MonoNs top_time() const noexcept { return top_time_; }
    /// When anything last came of this instrument, or its connection was proven alive.
    [[nodiscard]] MonoNs alive_time() const noexcept { return alive_time_; }
    /// The last trade; its id is no_trade when there was none.
    [[nodiscard]] const TradePrint& last_trade() const noexcept { return trade_; }
    [[nodiscard]] MonoNs trade_time() const noexcept { return trade_time_; }
    /// Since when ticker and book differ; `never` when they do not.
    [[nodiscard]] MonoNs disagrees_since() const noexcept { return disagrees_since_; }
    /// When the oldest ticker came that the book has not reached; `never` when it has all.
    [[nodiscard]] MonoNs behind_since() const noexcept;
    /// The book has been behind for too long: the next event or on_time() makes it invalid.
    [[nodiscard]] bool depth_dead(MonoNs now) const noexcept;

    void hash(StateHasher& hasher) const noexcept;

private:
    [[nodiscard]] bool ticker_is_newer() const noexcept;
    [[nodiscard]] bool agrees_with_confirmed() const noexcept;
    void remember(const TopOfBook& ticker, MonoNs now) noexcept;
    void forget_tickers() noexcept;
    void confirm_up_to(UpdateId update) noexcept;
    [[nodiscard]] ApplyResult compare_after_depth(MonoNs now) noexcept;
    [[nodiscard]] ApplyResult fail(ResetReason reason) noexcept;

    L2Book book_;
    DurationNs depth_interval_;
    struct Ahead {
        Bbo top{};
        MonoNs came{};
    };
    // Tickers that the depth stream has not caught up with, oldest first, as a ring.
    std::vector<Ahead> ahead_;
    std::size_t ahead_begin_{};
    std::size_t ahead_count_{};
    Bbo ticker_{};     ///< the newest ticker; no side when there was none
    Bbo confirmed_{};  ///< the last ticker that is not above the book's id
    bool confirmed_known_{};
    MonoNs lost_came_{never};  ///< oldest ticker that found no place, since the last depth message
    MonoNs valid_since_{never};
    MonoNs disagrees_since_{never};
    MonoNs top_time_{never};
    MonoNs alive_time_{never};
    MonoNs trade_time_{never};
    TradePrint trade_{};
};

/// `in_doubt`: sent and not yet acknowledged, or just filled or cancelled, so that the book may
/// show it or not. It can be part of a level only where the level holds at least as much.
enum class OwnPresence : std::uint8_t { certain = 0, in_doubt = 1 };

/// One of our own working orders, as it lies in the book.
struct OwnLevel {
    PriceAtoms price{};
    QtyAtoms leaves{};
    Side side{Side::buy};
    OwnPresence presence{OwnPresence::certain};
};

/// Best bid and ask without our own orders. A side that is missing has quantity zero.
struct NetTop {
    BookLevel bid{};
    BookLevel ask{};

    [[nodiscard]] bool two_sided() const noexcept { return bid.qty.value > 0 && ask.qty.value > 0; }
};

/// `top` or, where nothing is left of it, the first level of the book that is worse and of which
/// something is. `left_of(level)` says what. Requires: top is a level.
template <class LeftOf>
[[nodiscard]] BookLevel first_left(const BookLevel& top, const L2Book& book, Side side,
                                   LeftOf&& left_of) noexcept {
    if (const BookLevel left = left_of(top); left.qty.value > 0) {
        return left;
    }
    BookLevel best{};
    book.walk(side, [&](const BookLevel& level) {
        const bool worse = side == Side::buy ? level.price < top.price : level.price > top.price;
        if (!worse) {
            return true;  // the top comes from a newer ticker: this level is gone
        }
        const BookLevel left = left_of(level);
        best = left.qty.value > 0 ? left : best;
        return left.qty.value <= 0;
    });
    return best;
}

/// One side of that: `top` or, where it is only ours, the first level of the book that is worse and
/// not only ours. Looks at each of `own`: own_book.hpp has the same for who asks at every tick.
[[nodiscard]] BookLevel net_best(const BookLevel& top, const L2Book& book, Side side,
                                 std::span<const OwnLevel> own) noexcept;
/// The top with our own working quantity taken out; levels that are only ours are passed over.
[[nodiscard]] NetTop net_top(const L2Book& book, std::span<const OwnLevel> own) noexcept;
/// The same from the newer of ticker and book; behind it the book's levels that are worse.
[[nodiscard]] NetTop net_top(const InstrumentMarket& market,
                             std::span<const OwnLevel> own) noexcept;

}  // namespace portcullis::engine
