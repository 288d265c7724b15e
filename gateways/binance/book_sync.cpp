// The rules, see book_sync.hpp.
#include "gateways/binance/book_sync.hpp"

#include "engine/types/verify.hpp"

namespace portcullis::gateways::binance {

using engine::BookDelta;
using engine::BookReset;
using engine::ResetReason;
using engine::UpdateId;
using engine::verify;

BookSynchronizer::BookSynchronizer(engine::InstrumentId instrument, std::size_t buffered_deltas_max)
    : instrument_(instrument), deltas_max_(buffered_deltas_max) {
    verify(deltas_max_ > 0);
    updates_.reserve(buffered_updates_max);
    deltas_.reserve(deltas_max_);
    snapshot_.reserve(snapshot_deltas_max);
}

/// Whether `update` is the next of a book at `book_id`. Requires: it is newer than the book.
bool BookSynchronizer::follows(UpdateId book_id, const Buffered& update) noexcept {
    return update.futures ? update.previous == book_id
                          : update.first <= book_id || update.first.value - book_id.value == 1;
}

bool BookSynchronizer::is_old(UpdateId snapshot, const Buffered& update) noexcept {
    return update.futures ? update.last < snapshot : update.last <= snapshot;
}

/// Whether `update` may be the first after `snapshot`. Requires: it is not old.
bool BookSynchronizer::straddles(UpdateId snapshot, const Buffered& update) noexcept {
    return update.first <= snapshot ||
           (!update.futures && update.first.value - snapshot.value == 1);
}

bool BookSynchronizer::would_break(const DepthUpdate& update) const noexcept {
    return state_ == SyncState::live && update.last > book_id_ &&
           !follows(book_id_, head_of(update));
}

void BookSynchronizer::on_depth(const DepthUpdate& update, BookSink& sink) {
    verify(!update.deltas.empty());
    verify(update.deltas.front().instrument == instrument_);
    switch (state_) {
        case SyncState::buffering:
            return depth_while_buffering(update);
        case SyncState::holding:
            return depth_while_holding(update, sink);
        case SyncState::live:
            return depth_while_live(update, sink);
    }
}

void BookSynchronizer::depth_while_buffering(const DepthUpdate& update) {
    const Buffered head = head_of(update);
    if (!updates_.empty()) {
        const UpdateId newest = updates_.back().last;
        if (update.last <= newest) {
            ++counters_.dropped_old;
            return;
        }
        if (!follows(newest, head)) {
            ++counters_.buffer_breaks;
            clear_buffer();
        }
    }
    buffer(update);
}

void BookSynchronizer::depth_while_holding(const DepthUpdate& update, BookSink& sink) {
    const Buffered head = head_of(update);
    if (is_old(book_id_, head)) {
        ++counters_.dropped_old;
        if (!update.futures) {
            publish_snapshot(sink);  // heard before the snapshot's id: whatever follows will come
        }
        return;
    }
    if (!straddles(book_id_, head)) {
        refuse_snapshot(sink);
        buffer(update);
        return;
    }
    publish_snapshot(sink);
    ++counters_.published;
    book_id_ = update.last;
    sink.on_book(update.deltas);
}

void BookSynchronizer::depth_while_live(const DepthUpdate& update, BookSink& sink) {
    if (update.last <= book_id_) {
        ++counters_.dropped_old;
        return;
    }
    const Buffered head = head_of(update);
    if (!follows(book_id_, head)) {
        ++counters_.gaps;
        restart(ResetReason::gap, sink);
        buffer(update);
        return;
    }
    ++counters_.published;
    book_id_ = update.last;
    sink.on_book(update.deltas);
}

SnapshotOutcome BookSynchronizer::on_snapshot(const DepthSnapshot& snapshot, BookSink& sink) {
    if (state_ == SyncState::live) {
        return SnapshotOutcome::unwanted;
    }
    const UpdateId id = snapshot.last_update;
    std::size_t kept = 0;
    while (kept < updates_.size() && is_old(id, updates_[kept])) {
        ++kept;
    }
    const bool any_kept = kept < updates_.size();
    if (any_kept && !straddles(id, updates_[kept])) {
        refuse_snapshot(sink);
        return SnapshotOutcome::stale;
    }
    const bool proven = any_kept || (!updates_.empty() && !updates_.back().futures);
    counters_.dropped_old += kept;
    cut_snapshot(snapshot);
    book_id_ = id;
    if (!proven) {
        clear_buffer();
        state_ = SyncState::holding;
        return SnapshotOutcome::held;
    }
    publish_snapshot(sink);
    for (; kept < updates_.size(); ++kept) {
        const Buffered& update = updates_[kept];
        ++counters_.published;
        book_id_ = update.last;
        sink.on_book({deltas_.data() + update.begin, update.count});
    }
    clear_buffer();
    return SnapshotOutcome::published;
}

void BookSynchronizer::restart(ResetReason reason, BookSink& sink) {
    state_ = SyncState::buffering;
    book_id_ = UpdateId{};
    clear_buffer();
    snapshot_.clear();
    BookReset reset;
    reset.instrument = instrument_;
    reset.reason = reason;
    sink.on_reset(reset);
}

/// The snapshot does not fit what is buffered; what is buffered stays.
void BookSynchronizer::refuse_snapshot(BookSink& sink) {
    ++counters_.stale_snapshots;
    state_ = SyncState::buffering;
    snapshot_.clear();
    BookReset reset;
    reset.instrument = instrument_;
    reset.reason = ResetReason::stale_snapshot;
    sink.on_reset(reset);
}

void BookSynchronizer::buffer(const DepthUpdate& update) {
    const bool fits = updates_.size() < buffered_updates_max &&
                      update.deltas.size() <= deltas_max_ - deltas_.size();
    if (!fits) {
        ++counters_.overflows;
        clear_buffer();
        if (update.deltas.size() > deltas_max_) {
            return;  // the next one begins anew: a snapshot must then be newer than this update
        }
    }
    updates_.push_back({update.first, update.last, update.previous, update.futures, deltas_.size(),
                        update.deltas.size()});
    deltas_.insert(deltas_.end(), update.deltas.begin(), update.deltas.end());
    verify(deltas_.size() <= deltas_max_);
}

void BookSynchronizer::clear_buffer() noexcept {
    updates_.clear();
    deltas_.clear();
}

void BookSynchronizer::cut_snapshot(const DepthSnapshot& snapshot) {
    snapshot_.clear();
    BookDelta part;
    const BookDelta empty{};
    const auto begin_part = [&] {
        part = empty;
        part.first_update = snapshot.last_update;
        part.last_update = snapshot.last_update;
        part.instrument = instrument_;
        part.flags = static_cast<std::uint8_t>(BookDelta::snapshot |
                                               (snapshot.bids_cut ? BookDelta::bids_cut : 0) |
                                               (snapshot.asks_cut ? BookDelta::asks_cut : 0));
    };
    const auto add = [&](const engine::BookLevel& level, bool ask) {
        if (part.level_count == BookDelta::levels_max) {
            snapshot_.push_back(part);
            begin_part();
        }
        if (ask) {
            part.ask_mask = static_cast<std::uint8_t>(part.ask_mask | (1U << part.level_count));
        }
        part.levels[part.level_count] = level;
        ++part.level_count;
    };
    verify(snapshot.bids.size() + snapshot.asks.size() <= 2 * DepthSnapshot::levels_per_side_max);
    begin_part();
    for (const auto& level : snapshot.bids) {
        add(level, false);
    }
    for (const auto& level : snapshot.asks) {
        add(level, true);
    }
    snapshot_.push_back(part);
    snapshot_.front().flags =
        static_cast<std::uint8_t>(snapshot_.front().flags | BookDelta::snapshot_begin);
    snapshot_.back().flags = static_cast<std::uint8_t>(snapshot_.back().flags | BookDelta::last);
}

void BookSynchronizer::publish_snapshot(BookSink& sink) {
    verify(!snapshot_.empty());
    ++counters_.snapshots;
    state_ = SyncState::live;
    sink.on_book(snapshot_);
    snapshot_.clear();
}

}  // namespace portcullis::gateways::binance
