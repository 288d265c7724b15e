// L2Book: price levels of one instrument, rebuilt from the venue's messages, or plainly invalid.
//
// A book that misses one message is wrong for ever after and looks right, so it checks the
// continuity of every message itself, although the feed agent has done so before, and becomes
// invalid in the same call that finds a fault. While it is not valid it shows nothing: no best, no
// levels.
//
//     invalid --snapshot_begin--> syncing --last--> valid --delta--> syncing --last--> valid
//        ^                          |                 |
//        `--- gap, crossed, bad message, too many or too few levels, reset'
#pragma once

#include <cstddef>
#include <optional>

#include "engine/book/ladder_levels.hpp"
#include "engine/events/market.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/state_hash.hpp"

namespace portcullis::engine {

enum class BookState : std::uint8_t {
    invalid = 0,
    syncing = 1,  // within a message
    valid = 2,
};

enum class BookOutcome : std::uint8_t {
    partial = 1,   // taken; the message goes on
    complete = 2,  // the message is whole and the book valid
    ignored = 3,   // older than the book, or there is no book to apply it to
    reset = 4,     // the book has become invalid, see the reason
};

struct ApplyResult {
    BookOutcome outcome{BookOutcome::ignored};
    ResetReason reason{ResetReason::start};  ///< of a reset; else without meaning
};

// Writer: core thread. Invariants: 1. valid: sides sorted, quantities positive, best bid < best
// ask; 2. nobody sees a part of a message; 3. no allocation after the constructor. How the levels
// are kept (ladder_levels.hpp) is no part of this interface.
class L2Book {
public:
    /// Of a book whose snapshot was cut the best so many levels are known to be all that there are;
    /// once they are not, it is invalid. Behind them it holds what the snapshot or the stream told.
    static constexpr std::size_t levels_sure_min = 50;

    /// Takes all its memory: `levels_max` a side, and a ladder of `ladder_ticks`.
    explicit L2Book(std::size_t levels_max = capacity::book_levels,
                    std::size_t ladder_ticks = capacity::ladder_ticks(1));

    /// What the venue says that prices are multiples of. It makes the book fast: without it, and
    /// for prices that are none, the answers are the same.
    void set_tick(PriceAtoms tick) noexcept;
    /// To be called now and then while nothing is waited for, so that messages find the ladder
    /// where the market is. Changes nothing that is seen. Within a message it waits for the next
    /// time.
    void recentre() noexcept;

    /// Applies one part of a message.
    [[nodiscard]] ApplyResult apply(const BookDelta& part) noexcept;

    /// Makes the book invalid until a snapshot has come.
    void reset(ResetReason reason) noexcept;

    [[nodiscard]] BookState state() const noexcept { return state_; }
    [[nodiscard]] bool valid() const noexcept { return state_ == BookState::valid; }
    /// Why the book was invalid last.
    [[nodiscard]] ResetReason reset_reason() const noexcept { return reset_reason_; }
    /// Id of the last whole message. Means something while valid.
    [[nodiscard]] UpdateId last_update() const noexcept { return last_update_; }

    /// Best level of a side; nothing when the side is empty or the book not valid.
    [[nodiscard]] std::optional<BookLevel> best(Side side) const noexcept;
    /// Levels of a side; 0 while not valid.
    [[nodiscard]] std::size_t level_count(Side side) const noexcept;
    /// Shows the levels of a side from the best on until `visit` returns false; none while not
    /// valid.
    template <class Visit>
    void walk(Side side, Visit&& visit) const noexcept {
        if (valid() && side == Side::buy) {
            bids_.walk(visit);
        } else if (valid()) {
            asks_.walk(visit);
        }
    }
    /// Level `i` from the best, in i steps. Requires: i < level_count(side).
    [[nodiscard]] BookLevel level(Side side, std::size_t i) const noexcept;
    /// How many of them have a slot in the ladder.
    [[nodiscard]] std::size_t near_count(Side side) const noexcept {
        return side == Side::buy ? bids_.near() : asks_.near();
    }
    /// Quantity at a price; zero where there is none or the book is not valid.
    [[nodiscard]] QtyAtoms qty_at(Side side, PriceAtoms price) const noexcept;

    /// Whether the invariants hold; of a book that is not valid, vacuously. Looks at every level.
    [[nodiscard]] bool self_check() const noexcept;

    void hash(StateHasher& hasher) const noexcept;

private:
    enum class Message : std::uint8_t { none = 0, snapshot = 1, delta = 2, ignored = 3 };
    enum class Continuity : std::uint8_t { follows, old, gap, malformed };

    [[nodiscard]] bool continues_message(const BookDelta& part) const noexcept;
    [[nodiscard]] ApplyResult begin(const BookDelta& part) noexcept;
    [[nodiscard]] Continuity continuity(const BookDelta& part) const noexcept;
    [[nodiscard]] ApplyResult apply_levels(const BookDelta& part) noexcept;
    [[nodiscard]] ApplyResult finish(const BookDelta& part) noexcept;
    [[nodiscard]] ApplyResult fail(const BookDelta& part, ResetReason reason) noexcept;
    [[nodiscard]] bool crossed() const noexcept;

    LadderLevels<Side::buy> bids_;
    LadderLevels<Side::sell> asks_;
    UpdateId last_update_{};
    // The message that is under way.
    UpdateId message_first_{};
    UpdateId message_last_{};
    Message message_{Message::none};

    BookState state_{BookState::invalid};
    ResetReason reset_reason_{ResetReason::start};
    bool after_snapshot_{};  ///< no delta has been applied since the snapshot
};

}  // namespace portcullis::engine
