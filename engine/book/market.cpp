// The top of book from two streams, and their check of each other, see market.hpp.
#include "engine/book/market.hpp"

#include <algorithm>

namespace portcullis::engine {
namespace {

[[nodiscard]] Bbo best_of(const L2Book& book) noexcept {
    return {book.best(Side::buy).value_or(BookLevel{}), book.best(Side::sell).value_or(BookLevel{}),
            book.last_update()};
}

/// A side of a ticker is a level, or missing altogether.
[[nodiscard]] bool well_formed(const BookLevel& level) noexcept {
    return level.qty.value == 0 || (level.qty.value > 0 && level.price.value > 0);
}

/// A missing side is equal to a missing side, whatever price the venue writes there.
[[nodiscard]] bool same_side(const BookLevel& a, const BookLevel& b) noexcept {
    return a == b || (a.qty.value == 0 && b.qty.value == 0);
}

/// What is left of a level without our own orders; zero or less: nothing.
[[nodiscard]] BookLevel net_of(BookLevel level, Side side, std::span<const OwnLevel> own) noexcept {
    bool doubts = false;
    for (const OwnLevel& order : own) {
        if (order.side == side && order.price == level.price) {
            const bool certain = order.presence == OwnPresence::certain;
            level.qty -= certain ? order.leaves : QtyAtoms{};
            doubts = doubts || !certain;
        }
    }
    if (!doubts) {
        return level;
    }
    // Those in doubt come second: they are judged by what the certain ones leave.
    for (const OwnLevel& order : own) {
        const bool here = order.side == side && order.price == level.price;
        if (here && order.presence == OwnPresence::in_doubt && order.leaves <= level.qty) {
            level.qty -= order.leaves;
        }
    }
    return level;
}

}  // namespace

InstrumentMarket::InstrumentMarket(std::size_t levels_max, DurationNs depth_interval,
                                   std::size_t ladder_ticks)
    : book_(levels_max, ladder_ticks),
      depth_interval_(depth_interval),
      ahead_(capacity::tickers_ahead) {
    verify(depth_interval.value > 0);
    trade_.trade = no_trade;
}

ApplyResult InstrumentMarket::on(const BookDelta& part, MonoNs now) noexcept {
    alive_time_ = now;
    const ApplyResult result = book_.apply(part);
    if (result.outcome == BookOutcome::reset) {
        forget_tickers();
    }
    if (result.outcome != BookOutcome::complete) {
        return result;
    }
    lost_came_ = never;  // the stream lives; how far it lags is told by the tickers still held
    if ((part.flags & BookDelta::snapshot) != 0) {
        valid_since_ = now;
    }
    if (!ticker_is_newer()) {
        top_time_ = now;
    }
    return compare_after_depth(now);
}

ApplyResult InstrumentMarket::on(const TopOfBook& ticker, MonoNs now) noexcept {
    alive_time_ = now;
    const bool bid_ok = well_formed(ticker.bid);
    const bool ask_ok = well_formed(ticker.ask);
    if (!bid_ok || !ask_ok) {
        return valid() ? fail(ResetReason::bad_message) : ApplyResult{};
    }
    const bool both = ticker.bid.qty.value > 0 && ticker.ask.qty.value > 0;
    if (both && ticker.bid.price >= ticker.ask.price) {
        return valid() ? fail(ResetReason::crossed) : ApplyResult{};
    }
    if (ticker.update <= ticker_.update) {
        return {};  // out of order, or the same by another connection
    }
    remember(ticker, now);
    if (ticker_is_newer()) {
        top_time_ = now;
    } else if (valid()) {
        // Late: the depth message that covers it has come before.
        confirm_up_to(book_.last_update());
        if (agrees_with_confirmed()) {
            disagrees_since_ = never;
            top_time_ = now;
        }
    }
    return depth_dead(now) ? fail(ResetReason::top_disagrees)
                           : ApplyResult{BookOutcome::complete, {}};
}

void InstrumentMarket::on(const TradePrint& trade, MonoNs now) noexcept {
    alive_time_ = now;
    trade_ = trade;
    trade_time_ = now;
}

ApplyResult InstrumentMarket::on_time(MonoNs now) noexcept {
    return depth_dead(now) ? fail(ResetReason::top_disagrees) : ApplyResult{};
}

void InstrumentMarket::on_reset(ResetReason reason) noexcept {
    book_.reset(reason);
    forget_tickers();
}

void InstrumentMarket::forget_tickers() noexcept {
    ahead_begin_ = 0;
    ahead_count_ = 0;
    ticker_ = {};
    confirmed_ = {};
    confirmed_known_ = false;
    lost_came_ = never;
    valid_since_ = never;
    disagrees_since_ = never;
    top_time_ = never;
}

Bbo InstrumentMarket::top() const noexcept {
    if (!valid()) {
        return {};
    }
    return ticker_is_newer() ? ticker_ : best_of(book_);
}

bool InstrumentMarket::ticker_is_newer() const noexcept {
    return ticker_.update > book_.last_update();
}

MonoNs InstrumentMarket::behind_since() const noexcept {
    if (!valid() || ahead_count_ == 0) {
        return never;
    }
    const MonoNs oldest = lost_came_ != never ? lost_came_ : ahead_[ahead_begin_].came;
    return std::max(oldest, valid_since_);  // what came before the snapshot is no fault of the book
}

bool InstrumentMarket::depth_dead(MonoNs now) const noexcept {
    const MonoNs since = behind_since();
    return since != never && now - since > DurationNs{depth_interval_.value * intervals_behind_max};
}

bool InstrumentMarket::agrees_with_confirmed() const noexcept {
    const Bbo best = best_of(book_);
    return same_side(best.bid, confirmed_.bid) && same_side(best.ask, confirmed_.ask);
}

void InstrumentMarket::remember(const TopOfBook& ticker, MonoNs now) noexcept {
    ticker_ = {ticker.bid, ticker.ask, ticker.update};
    if (ahead_count_ == ahead_.size()) {
        // The one lost may be the one to compare with: no comparison until a later one is reached.
        confirmed_known_ = false;
        lost_came_ = lost_came_ != never ? lost_came_ : ahead_[ahead_begin_].came;
        ahead_begin_ = (ahead_begin_ + 1) % ahead_.size();
        --ahead_count_;
    }
    ahead_[(ahead_begin_ + ahead_count_) % ahead_.size()] = {ticker_, now};
    ++ahead_count_;
}

void InstrumentMarket::confirm_up_to(UpdateId update) noexcept {
    while (ahead_count_ > 0 && ahead_[ahead_begin_].top.update <= update) {
        confirmed_ = ahead_[ahead_begin_].top;
        confirmed_known_ = true;
        ahead_begin_ = (ahead_begin_ + 1) % ahead_.size();
        --ahead_count_;
    }
}

/// The venue's own oracle. Requires: the book has just completed a message.
ApplyResult InstrumentMarket::compare_after_depth(MonoNs now) noexcept {
    verify(valid());
    confirm_up_to(book_.last_update());
    // A snapshot taken anew may be older than what was confirmed before it.
    const bool comparable = confirmed_known_ && confirmed_.update <= book_.last_update();
    if (!comparable || agrees_with_confirmed()) {
        disagrees_since_ = never;
        return {BookOutcome::complete, {}};
    }
    if (disagrees_since_ == never) {
        disagrees_since_ = now;
        return {BookOutcome::complete, {}};
    }
    if (now - disagrees_since_ > depth_interval_) {
        return fail(ResetReason::top_disagrees);
    }
    return {BookOutcome::complete, {}};
}

ApplyResult InstrumentMarket::fail(ResetReason reason) noexcept {
    on_reset(reason);
    return {BookOutcome::reset, reason};
}

void InstrumentMarket::hash(StateHasher& hasher) const noexcept {
    const auto add_level = [&hasher](const BookLevel& level) {
        hasher.add(level.price);
        hasher.add(level.qty);
    };
    const auto add_bbo = [&](const Bbo& bbo) {
        add_level(bbo.bid);
        add_level(bbo.ask);
        hasher.add(bbo.update);
    };
    book_.hash(hasher);
    hasher.add(ahead_count_);
    for (std::size_t i = 0; i < ahead_count_; ++i) {
        const Ahead& ahead = ahead_[(ahead_begin_ + i) % ahead_.size()];
        add_bbo(ahead.top);
        hasher.add(ahead.came);
    }
    add_bbo(ticker_);
    add_bbo(confirmed_);
    hasher.add(static_cast<std::uint64_t>(confirmed_known_));
    hasher.add(lost_came_);
    hasher.add(valid_since_);
    hasher.add(disagrees_since_);
    hasher.add(top_time_);
    hasher.add(alive_time_);
    hasher.add(trade_time_);
    hasher.add(trade_.trade);
    hasher.add(trade_.price);
    hasher.add(trade_.qty);
    hasher.add(trade_.exchange_time);
    hasher.add(trade_.aggressor);
}

BookLevel net_best(const BookLevel& top, const L2Book& book, Side side,
                   std::span<const OwnLevel> own) noexcept {
    if (top.qty.value == 0) {
        return BookLevel{};
    }
    return first_left(top, book, side,
                      [&](const BookLevel& level) { return net_of(level, side, own); });
}

NetTop net_top(const L2Book& book, std::span<const OwnLevel> own) noexcept {
    const Bbo top = best_of(book);
    return {net_best(top.bid, book, Side::buy, own), net_best(top.ask, book, Side::sell, own)};
}

NetTop net_top(const InstrumentMarket& market, std::span<const OwnLevel> own) noexcept {
    const Bbo top = market.top();
    return {net_best(top.bid, market.book(), Side::buy, own),
            net_best(top.ask, market.book(), Side::sell, own)};
}

}  // namespace portcullis::engine
