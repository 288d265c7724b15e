// BookSynchronizer: depth updates and snapshots of one instrument -> an unbroken run of messages,
// or a reset in the very call that finds the break.
//
// A diff stream is worth nothing without the snapshot that it continues, and the two come over
// different connections in any order. Binance's rules (spot as corrected 2025-11-12, futures by
// `pu`) are a state machine without I/O, so they are one: pure, and tested by a table and against a
// true book.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/events/market.hpp"
#include "gateways/binance/market_data.hpp"

namespace portcullis::gateways::binance {

/// Where a synchronizer's output goes.
class BookSink {
public:
    /// The book is invalid from here on.
    virtual void on_reset(const engine::BookReset& reset) = 0;
    /// One whole message: a snapshot or an update, its last part flagged `last`.
    virtual void on_book(std::span<const engine::BookDelta> message) = 0;

protected:
    ~BookSink() = default;
};

enum class SyncState : std::uint8_t { buffering, holding, live };

enum class SnapshotOutcome : std::uint8_t {
    published,
    held,      ///< waits for the first update that continues it
    stale,     ///< does not fit the buffer: ask again
    unwanted,  ///< the book is live already
};

struct SyncCounters {
    std::uint64_t published{};        ///< updates that went out
    std::uint64_t dropped_old{};      ///< older than the book or the snapshot
    std::uint64_t gaps{};             ///< breaks of a live book
    std::uint64_t buffer_breaks{};    ///< breaks while buffering
    std::uint64_t overflows{};        ///< the buffer was full
    std::uint64_t stale_snapshots{};  ///< snapshots refused
    std::uint64_t snapshots{};        ///< snapshots published
};

//     buffering --snapshot that the buffer continues--> live
//        |  ^                                             |
//        |  `-- gap, restart, snapshot that does not fit -'
//        `--snapshot, nothing to prove it yet--> holding --first update that continues it--> live
//
//                 spot                         futures
//   drop          u <= lastUpdateId            u < lastUpdateId
//   first kept    U <= lastUpdateId + 1        U <= lastUpdateId <= u
//   then          U <= book id + 1             pu == book id
//
// A snapshot is published at once when the stream was heard at or before its id, else it is held
// until the stream's first update proves that none was missed. Owner: the feed agent. Invariants:
// 1. no allocation after the constructor; 2. what leaves is whole messages, continuous since the
// last snapshot; 3. an overflowing buffer starts anew, it never drops from its middle.
class BookSynchronizer {
public:
    static constexpr std::size_t buffered_deltas_default = 4096;
    static constexpr std::size_t buffered_updates_max = 1024;
    static constexpr std::size_t snapshot_deltas_max =
        (2 * DepthSnapshot::levels_per_side_max + engine::BookDelta::levels_max - 1) /
        engine::BookDelta::levels_max;
    static_assert(buffered_deltas_default >= message_deltas_max, "any one message fits");

    explicit BookSynchronizer(engine::InstrumentId instrument,
                              std::size_t buffered_deltas_max = buffered_deltas_default);

    void on_depth(const DepthUpdate& update, BookSink& sink);
    [[nodiscard]] SnapshotOutcome on_snapshot(const DepthSnapshot& snapshot, BookSink& sink);
    /// Throws the book away, for a reason of the caller's.
    void restart(engine::ResetReason reason, BookSink& sink);

    [[nodiscard]] SyncState state() const noexcept { return state_; }
    [[nodiscard]] bool wants_snapshot() const noexcept { return state_ == SyncState::buffering; }
    [[nodiscard]] bool has_buffered() const noexcept { return !updates_.empty(); }
    /// Whether on_depth(update) would break a live book. For an owner who has the same stream from
    /// another connection and can wait for that one.
    [[nodiscard]] bool would_break(const DepthUpdate& update) const noexcept;
    /// Id of the book while live; of the snapshot while holding.
    [[nodiscard]] engine::UpdateId book_id() const noexcept { return book_id_; }
    [[nodiscard]] const SyncCounters& counters() const noexcept { return counters_; }
    /// The most parts that one call of on_depth or on_snapshot can put out.
    [[nodiscard]] std::size_t publish_deltas_max() const noexcept {
        return snapshot_deltas_max + deltas_max_;
    }

private:
    struct Buffered {
        engine::UpdateId first{};
        engine::UpdateId last{};
        engine::UpdateId previous{};
        bool futures{};
        std::size_t begin{};
        std::size_t count{};
    };

    [[nodiscard]] static Buffered head_of(const DepthUpdate& update) noexcept {
        return {update.first, update.last, update.previous, update.futures, 0, 0};
    }
    [[nodiscard]] static bool follows(engine::UpdateId book_id, const Buffered& update) noexcept;
    [[nodiscard]] static bool is_old(engine::UpdateId snapshot, const Buffered& update) noexcept;
    [[nodiscard]] static bool straddles(engine::UpdateId snapshot, const Buffered& update) noexcept;
    void depth_while_buffering(const DepthUpdate& update);
    void depth_while_holding(const DepthUpdate& update, BookSink& sink);
    void depth_while_live(const DepthUpdate& update, BookSink& sink);
    void buffer(const DepthUpdate& update);
    void clear_buffer() noexcept;
    void refuse_snapshot(BookSink& sink);
    void cut_snapshot(const DepthSnapshot& snapshot);
    void publish_snapshot(BookSink& sink);

    engine::InstrumentId instrument_;
    std::size_t deltas_max_;
    SyncState state_{SyncState::buffering};
    engine::UpdateId book_id_{};
    std::vector<Buffered> updates_;          ///< each continues the one before
    std::vector<engine::BookDelta> deltas_;  ///< of the buffered updates
    std::vector<engine::BookDelta> snapshot_;
    SyncCounters counters_{};
};

}  // namespace portcullis::gateways::binance
