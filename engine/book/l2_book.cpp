// The book's state machine and its rules of continuity, see l2_book.hpp.
#include "engine/book/l2_book.hpp"

namespace portcullis::engine {
namespace {

[[nodiscard]] bool has(const BookDelta& part, std::uint8_t flag) noexcept {
    return (part.flags & flag) != 0;
}

constexpr ApplyResult partial{BookOutcome::partial, {}};
constexpr ApplyResult complete{BookOutcome::complete, {}};
constexpr ApplyResult ignored{BookOutcome::ignored, {}};

}  // namespace

L2Book::L2Book(std::size_t levels_max, std::size_t ladder_ticks)
    : bids_(levels_max, ladder_ticks), asks_(levels_max, ladder_ticks) {
    verify(levels_max > 0);
}

void L2Book::set_tick(PriceAtoms tick) noexcept {
    bids_.set_tick(tick);
    asks_.set_tick(tick);
}

void L2Book::recentre() noexcept {
    if (state_ == BookState::syncing) {
        return;  // half a message may show a best that will not stay
    }
    bids_.recentre();
    asks_.recentre();
}

ApplyResult L2Book::apply(const BookDelta& part) noexcept {
    if (!continues_message(part)) {
        if (const ApplyResult begun = begin(part); begun.outcome == BookOutcome::reset) {
            return begun;
        }
    } else if (part.first_update != message_first_ || part.last_update != message_last_) {
        return fail(part, ResetReason::bad_message);
    }
    if (message_ == Message::ignored) {
        if (has(part, BookDelta::last)) {
            message_ = Message::none;
        }
        return ignored;
    }
    if (const ApplyResult applied = apply_levels(part); applied.outcome == BookOutcome::reset) {
        return applied;
    }
    return has(part, BookDelta::last) ? finish(part) : partial;
}

/// Whether `part` belongs to the message under way. A snapshot always begins anew; parts that are
/// being ignored go on until their ids change.
bool L2Book::continues_message(const BookDelta& part) const noexcept {
    if (message_ == Message::none || has(part, BookDelta::snapshot_begin)) {
        return false;
    }
    return message_ != Message::ignored ||
           (part.first_update == message_first_ && part.last_update == message_last_);
}

/// First part of a message: decides what becomes of all of it.
ApplyResult L2Book::begin(const BookDelta& part) noexcept {
    message_first_ = part.first_update;
    message_last_ = part.last_update;
    if (has(part, BookDelta::snapshot_begin)) {
        bids_.clear();
        asks_.clear();
        message_ = Message::snapshot;
        state_ = BookState::syncing;
        return partial;
    }
    if (state_ == BookState::invalid) {
        message_ = Message::ignored;
        return ignored;
    }
    verify(state_ == BookState::valid);
    if (has(part, BookDelta::snapshot)) {
        return fail(part, ResetReason::bad_message);  // a snapshot without its beginning
    }
    switch (continuity(part)) {
        case Continuity::old:
            message_ = Message::ignored;
            return ignored;
        case Continuity::gap:
            return fail(part, ResetReason::gap);
        case Continuity::malformed:
            return fail(part, ResetReason::bad_message);
        case Continuity::follows:
            break;
    }
    message_ = Message::delta;
    state_ = BookState::syncing;
    return partial;
}

/// Spot: the ids of a message, [U, u], must start at or before the book's id + 1. Futures name the
/// u of the message before (pu), so that must be the book's id; the first one after a snapshot
/// covers (pu, u], and the snapshot's id must lie in it.
L2Book::Continuity L2Book::continuity(const BookDelta& part) const noexcept {
    const UpdateId first = part.first_update;
    const UpdateId last = part.last_update;
    if (first > last) {
        return Continuity::malformed;
    }
    if (has(part, BookDelta::previous_id)) {
        if (last < last_update_ || (last == last_update_ && !after_snapshot_)) {
            return Continuity::old;
        }
        const bool follows = after_snapshot_ ? first <= last_update_ : first == last_update_;
        return follows ? Continuity::follows : Continuity::gap;
    }
    if (last <= last_update_) {
        return Continuity::old;
    }
    const bool follows = first <= last_update_ || first.value - last_update_.value == 1;
    return follows ? Continuity::follows : Continuity::gap;
}

ApplyResult L2Book::apply_levels(const BookDelta& part) noexcept {
    if (part.level_count > BookDelta::levels_max) {
        return fail(part, ResetReason::bad_message);
    }
    const auto each = [&](auto&& takes) -> ApplyResult {
        const std::size_t count = part.level_count;
        const std::uint8_t asks = part.ask_mask;
        for (std::size_t i = 0; i < count; ++i) {
            const BookLevel& level = part.levels[i];
            if (level.price.value <= 0 || level.qty.value < 0) {
                return fail(part, ResetReason::bad_message);
            }
            if (!takes(level, ((asks >> i) & 1) != 0)) {
                return fail(part, ResetReason::too_many_levels);
            }
        }
        return partial;
    };
    if (message_ == Message::snapshot) {
        return each([this](const BookLevel& level, bool is_ask) {
            return is_ask ? asks_.append(level) : bids_.append(level);
        });
    }
    return each([this](const BookLevel& level, bool is_ask) {
        return is_ask ? asks_.set(level) : bids_.set(level);
    });
}

/// The message is whole: the book may be looked at again, if it is sound.
ApplyResult L2Book::finish(const BookDelta& part) noexcept {
    verify(state_ == BookState::syncing);
    if (message_ == Message::snapshot && !(bids_.end_snapshot(has(part, BookDelta::bids_cut)) &&
                                           asks_.end_snapshot(has(part, BookDelta::asks_cut)))) {
        return fail(part, ResetReason::bad_message);  // a price came twice
    }
    if (crossed()) {
        return fail(part, ResetReason::crossed);
    }
    if (!bids_.sure_of(levels_sure_min) || !asks_.sure_of(levels_sure_min)) {
        return fail(part, ResetReason::too_shallow);
    }
    after_snapshot_ = message_ == Message::snapshot;
    last_update_ = message_last_;
    message_ = Message::none;
    state_ = BookState::valid;
    return complete;
}

/// Invalid from here; what is left of the message is ignored.
ApplyResult L2Book::fail(const BookDelta& part, ResetReason reason) noexcept {
    reset(reason);
    if (!has(part, BookDelta::last)) {
        message_ = Message::ignored;
        message_first_ = part.first_update;
        message_last_ = part.last_update;
    }
    return {BookOutcome::reset, reason};
}

void L2Book::reset(ResetReason reason) noexcept {
    bids_.clear();
    asks_.clear();
    last_update_ = {};
    message_first_ = {};
    message_last_ = {};
    message_ = Message::none;
    after_snapshot_ = false;
    state_ = BookState::invalid;
    reset_reason_ = reason;
}

bool L2Book::crossed() const noexcept {
    return bids_.size() > 0 && asks_.size() > 0 && bids_.best().price >= asks_.best().price;
}

std::optional<BookLevel> L2Book::best(Side side) const noexcept {
    if (level_count(side) == 0) {
        return std::nullopt;
    }
    return side == Side::buy ? bids_.best() : asks_.best();
}

std::size_t L2Book::level_count(Side side) const noexcept {
    if (!valid()) {
        return 0;
    }
    return side == Side::buy ? bids_.size() : asks_.size();
}

BookLevel L2Book::level(Side side, std::size_t i) const noexcept {
    verify(valid());
    return side == Side::buy ? bids_.level(i) : asks_.level(i);
}

QtyAtoms L2Book::qty_at(Side side, PriceAtoms price) const noexcept {
    if (!valid()) {
        return QtyAtoms{};
    }
    return side == Side::buy ? bids_.qty_at(price) : asks_.qty_at(price);
}

bool L2Book::self_check() const noexcept {
    return !valid() || (bids_.self_check() && asks_.self_check() && !crossed());
}

void L2Book::hash(StateHasher& hasher) const noexcept {
    hasher.add(state_);
    hasher.add(reset_reason_);
    hasher.add(static_cast<std::uint64_t>(after_snapshot_));
    hasher.add(message_);
    hasher.add(message_first_);
    hasher.add(message_last_);
    hasher.add(last_update_);
    const auto add_side = [&hasher](const auto& levels) {
        hasher.add(levels.edge());
        hasher.add(levels.size());
        levels.walk([&hasher](const BookLevel& level) {
            hasher.add(level.price);
            hasher.add(level.qty);
            return true;
        });
    };
    add_side(bids_);
    add_side(asks_);
}

}  // namespace portcullis::engine
