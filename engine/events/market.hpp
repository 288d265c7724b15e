// Market data events: what a feed says of one instrument. Prices and quantities in atoms, exactly
// as the venue wrote. Writer: feed agent. Reader: core (engine/book).
#pragma once

#include "engine/events/event.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/instrument.hpp"

namespace portcullis::engine {

/// The venue's filters of one instrument, whole. `version` rises with every change.
struct InstrumentDefinition {
    static constexpr EventType type = EventType::instrument_definition;
    PriceAtoms tick{};
    QtyAtoms lot{};
    PriceAtoms price_min{};
    PriceAtoms price_max{};
    QtyAtoms qty_min{};
    QtyAtoms qty_max{};
    std::int64_t notional_min_atoms{};
    std::int64_t notional_max_atoms{};
    std::uint32_t version{};
    InstrumentId instrument{no_instrument};
    AssetId base{no_asset};
    AssetId quote{no_asset};
    std::uint16_t orders_max{};
    VenueId venue{};
    InstrumentStatus status{InstrumentStatus::unknown};
    std::uint8_t amend_allowed{};
    std::uint8_t reserved{};
};
static_assert(EventPayload<InstrumentDefinition> && sizeof(InstrumentDefinition) == 80);

enum class ResetReason : std::uint8_t {
    start = 1,
    gap = 2,  // first_update is not last + 1
    disconnected = 3,
    stalled = 4,    // connected but silent
    ring_full = 5,  // we could not keep up
    crossed = 6,
    top_disagrees = 7,  // bookTicker and depth differ for longer than one depth interval
    bad_message = 8,    // could not be parsed exactly
    instrument_changed = 9,
    stale_snapshot = 10,
    too_many_levels = 11,  // more than the book has room for
    too_shallow = 12,      // the market has come to the end of what the snapshot told
};

/// The book of `instrument` is invalid from here until a snapshot has come.
struct BookReset {
    static constexpr EventType type = EventType::book_reset;
    InstrumentId instrument{no_instrument};
    ResetReason reason{ResetReason::start};
    std::uint8_t reserved[5]{};
};
static_assert(EventPayload<BookReset>);

/// One price level: absolute quantity, zero removes.
struct BookLevel {
    PriceAtoms price{};
    QtyAtoms qty{};

    friend constexpr bool operator==(const BookLevel&, const BookLevel&) noexcept = default;
};

/// Part of one book message. A message is a run of these, all with the same update ids, the final
/// one flagged `last`: nothing may look at the book before it. The first part of a snapshot has
/// `snapshot_begin` and empties the book.
struct BookDelta {
    static constexpr EventType type = EventType::book_delta;
    static constexpr std::size_t levels_max = 3;
    static constexpr std::uint8_t snapshot = 1;  ///< part of a snapshot; last_update is its id
    static constexpr std::uint8_t snapshot_begin = 2;
    static constexpr std::uint8_t last = 4;
    /// Continuity is by `first_update` == previous u of the venue (futures `pu`), not by U <= last
    /// + 1.
    static constexpr std::uint8_t previous_id = 8;
    /// Of a snapshot: the venue has more bids (asks) than it told, so that nobody knows what lies
    /// behind the worst of them.
    static constexpr std::uint8_t bids_cut = 16;
    static constexpr std::uint8_t asks_cut = 32;

    UpdateId first_update{};
    UpdateId last_update{};
    BookLevel levels[levels_max]{};
    InstrumentId instrument{no_instrument};
    std::uint8_t flags{};
    std::uint8_t level_count{};
    std::uint8_t ask_mask{};  ///< bit i: levels[i] is an ask
    std::uint8_t reserved[3]{};
};
static_assert(EventPayload<BookDelta> && sizeof(BookDelta) == 72);

/// Best bid and ask as the venue's ticker says (bookTicker).
struct TopOfBook {
    static constexpr EventType type = EventType::top_of_book;
    UpdateId update{};
    BookLevel bid{};
    BookLevel ask{};
    InstrumentId instrument{no_instrument};
    std::uint8_t reserved[6]{};
};
static_assert(EventPayload<TopOfBook> && sizeof(TopOfBook) == 48);

/// One trade of the venue. `aggressor` is the side that took.
struct TradePrint {
    static constexpr EventType type = EventType::trade_print;
    TradeId trade{};
    PriceAtoms price{};
    QtyAtoms qty{};
    WallNs exchange_time{};
    InstrumentId instrument{no_instrument};
    Side aggressor{Side::buy};
    std::uint8_t reserved[5]{};
};
static_assert(EventPayload<TradePrint> && sizeof(TradePrint) == 40);

/// The connection that carries these instruments is proven alive now (our ping was answered, or it
/// is busy). Covers every instrument whose bit is set; a connection of many tells several.
struct FeedAlive {
    static constexpr EventType type = EventType::feed_alive;
    std::uint64_t instruments{};  ///< bit i: InstrumentId first + i
    std::uint8_t feed{};
    std::uint8_t reserved{};
    InstrumentId first{};
    std::uint8_t more[4]{};
};
static_assert(EventPayload<FeedAlive>);

}  // namespace portcullis::engine
