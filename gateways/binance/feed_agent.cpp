// The feed's round: connections, frames, snapshots, liveness. See feed_agent.hpp.
#include "gateways/binance/feed_agent.hpp"

#include <algorithm>
#include <utility>

#include "gateways/binance/stream_names.hpp"

namespace portcullis::gateways::binance {
namespace {

constexpr std::size_t frames_per_round = 64;
/// Room that a snapshot with all that was buffered behind it may need.
constexpr std::size_t publish_deltas_max =
    BookSynchronizer::snapshot_deltas_max + BookSynchronizer::buffered_deltas_default;
static_assert(publish_deltas_max <= engine::capacity::market_ring / 2);
/// A number in JSON is exact up to here for every reader, and no venue's count comes near it. What
/// is said to be beyond is spoilt, and believed it would make every later id look old.
constexpr std::uint64_t id_max = std::uint64_t{1} << 53;

bool beyond_any_id(const DecodedMessage& message) noexcept {
    switch (message.kind) {
        case MessageKind::depth:
            return message.depth.last.value > id_max;
        case MessageKind::top_of_book:
            return message.top.update.value > id_max;
        case MessageKind::trade:
            return message.trade.trade.value > static_cast<std::int64_t>(id_max);
        default:
            return false;
    }
}

}  // namespace

FeedAgent::FeedAgent(FeedSettings settings, MarketRing& ring, ResyncRing& resyncs,
                     SnapshotSource& snapshots, ClosedDoors& doors, MakeTransport make_transport)
    : settings_(std::move(settings)),
      ring_(ring),
      resyncs_(resyncs),
      snapshots_(snapshots),
      doors_(doors),
      make_transport_(std::move(make_transport)),
      decoder_(settings_.symbols, settings_.limits.message_bytes_max),
      back_off_(settings_.back_off, settings_.seed),
      connections_(settings_.connections_max, ConnectionBudget::binance_window) {
    engine::verify(settings_.ping_every >= FeedSettings::ping_every_min);
    engine::verify(settings_.symbols.size() <= engine::capacity::session_instruments);
    engine::verify(settings_.stamp_every >= 1 && settings_.stamp_every <= 1'000'000);
    dice_ = settings_.seed;
    draw_stamp();
    settings_.endpoint.path = streams_path(settings_.endpoint.path, settings_.symbols);
    for (const SymbolEntry& entry : settings_.symbols) {
        books_.push_back(std::make_unique<Book>(entry.instrument));
        by_instrument_[entry.instrument.value] = books_.back().get();
        instruments_.add(entry.instrument);
    }
}

FeedAgent::~FeedAgent() = default;

std::size_t FeedAgent::do_work(engine::MonoNs now, engine::WallNs wall) {
    now_ = now;
    wall_ = wall;
    pay_resets();
    std::size_t work = take_resyncs();
    look_after_active();
    look_after_next();
    for (Link& link : links_) {
        work += poll_link(link);
    }
    work += take_snapshots();
    request_snapshots();
    return work;
}

template <engine::EventPayload T>
bool FeedAgent::push(const T& body) {
    engine::Event event = engine::Event::of(body, now_, wall_);
    event.header.source = settings_.index;
    event.header.seq = static_cast<std::uint64_t>(stamp_.value);
    return ring_.try_push(event);
}

FeedAgent::Book* FeedAgent::book_of(engine::InstrumentId id) noexcept {
    return id.value < by_instrument_.size() ? by_instrument_[id.value] : nullptr;
}

// --- connections

void FeedAgent::connect(Link& link) {
    if (!connections_.take(now_)) {
        retry_at_ = now_ + connections_.wait(now_);
        return;
    }
    link = Link{};
    link.transport = make_transport_();
    link.opened = now_;
    link.heard = now_;
    link.pinged = now_;
    link.transport->connect(settings_.endpoint, settings_.limits, now_.value);
    if (&link == &active()) {
        tell_status(engine::SessionStatus::connecting);
    }
}

// 429 or 418 at the door: nobody knocks again before the time that the venue named, or before an
// interval of its limits (after a ban two) has passed. A ban is the address's: it closes the doors
// of the others too. 429 here speaks of connections to streams, and of nothing that they ask.
void FeedAgent::note_refusal(const Link& link) noexcept {
    if (!link.transport->refused_for_rate()) {
        return;
    }
    const std::int64_t named_s = link.transport->retry_after_s();
    const std::int64_t wait_s = named_s > 0                           ? named_s
                                : link.transport->close_code() == 418 ? 120
                                                                      : 60;
    ++counters_.refused_for_rate;
    const engine::MonoNs until = now_ + engine::milliseconds(wait_s * 1000);
    retry_at_ = std::max(retry_at_, until);
    if (link.transport->close_code() == 418) {
        doors_.close(418, until);
    }
}

void FeedAgent::drop(Link& link) noexcept {
    link = Link{};
}

std::size_t FeedAgent::poll_link(Link& link) {
    if (link.transport == nullptr) {
        return 0;
    }
    reading_ = &link;
    const std::size_t frames = link.transport->poll(*this, frames_per_round, now_.value);
    reading_ = nullptr;
    if (link.transport->state() == TransportState::open && !link.greeted) {
        link.greeted = true;
        link.heard = now_;
    }
    if (link.greeted && now_ - link.pinged >= settings_.ping_every) {
        link.pinged = now_;
        (void)link.transport->send_ping("");  // a refused ping is repeated at the next interval
    }
    return frames;
}

void FeedAgent::look_after_active() {
    Link& link = active();
    if (link.transport == nullptr) {
        if (may_connect()) {
            connect(link);
        }
    } else if (link.transport->state() == TransportState::closed) {
        note_refusal(link);
        lose(engine::ResetReason::disconnected);
    } else if (now_ - link.heard > settings_.silence_max) {
        ++counters_.stalls;
        link.transport->cut();
        lose(engine::ResetReason::stalled);
    }
}

// The successor of a connection that will be cut: opened, read beside it, then in its place.
void FeedAgent::look_after_next() {
    if (next().transport == nullptr) {
        const bool wanted = active().transport != nullptr && active().spoke &&
                            (active().leaving || now_ - active().opened > settings_.life);
        if (wanted && may_connect()) {
            for (auto& book : books_) {
                book->heard_next = engine::UpdateId{};
            }
            connect(next());
        }
        return;
    }
    const bool failed = next().transport->state() == TransportState::closed ||
                        now_ - next().heard > settings_.silence_max;
    if (failed) {
        note_refusal(next());
        drop(next());
        retry_at_ = std::max(retry_at_, now_ + back_off_.next());
        return;
    }
    const engine::DurationNs overlap = next().spoke ? now_ - next().spoke_at : engine::DurationNs{};
    if (next().spoke && overlap >= settings_.overlap_min &&
        (caught_up() || overlap >= settings_.overlap_max)) {
        active().transport->close(1000, "replaced");
        ++counters_.replacements;
        take_over();
    }
}

// Whether every live book holds all that the new connection has been heard to say: what it says
// next then continues the book.
bool FeedAgent::caught_up() const noexcept {
    return std::all_of(books_.begin(), books_.end(), [](const auto& book) {
        return book->sync.state() != SyncState::live || book->heard_next <= book->sync.book_id();
    });
}

void FeedAgent::take_over() {
    drop(active());
    active_ = 1 - active_;
    for (auto& book : books_) {
        book->heard = std::exchange(book->heard_next, engine::UpdateId{});
    }
}

// The active connection is gone. A successor that is heard already goes on where it stopped (what
// was missed in between shows in the ids); without one whatever it would still have said is lost.
void FeedAgent::lose(engine::ResetReason reason) {
    ++counters_.reconnects;
    const bool heard = next().spoke && next().transport->state() == TransportState::open;
    take_over();
    if (heard) {
        return;
    }
    if (active().transport == nullptr) {
        retry_at_ = std::max(retry_at_, now_ + back_off_.next());
    }
    tell_status(engine::SessionStatus::down);
    restart_all(reason);
    for (auto& book : books_) {
        begin_anew(*book);  // a venue that was down may count anew
    }
}

// No id of before says what is old.
void FeedAgent::begin_anew(Book& book) noexcept {
    book.last_trade = engine::no_trade;
    book.last_ticker = engine::UpdateId{};
    book.heard = engine::UpdateId{};
}

void FeedAgent::restart(Book& book, engine::ResetReason reason) {
    book.requested = false;
    book.dropped = false;
    book.sync.restart(reason, *this);
}

void FeedAgent::restart_all(engine::ResetReason reason) {
    for (auto& book : books_) {
        restart(*book, reason);
    }
}

// A message was withheld for want of room; the synchronizer, which believes that it left, begins
// anew outside of its own call.
void FeedAgent::restart_if_dropped(Book& book) {
    if (book.dropped) {
        ++counters_.ring_full;
        restart(book, engine::ResetReason::ring_full);
    }
}

void FeedAgent::tell_status(engine::SessionStatus status) {
    status_told_ = status;
    const engine::SessionState state{engine::Session::feed, status, settings_.index, {}};
    status_owed_ = !push(state);
}

// --- frames

void FeedAgent::on_frame(const FrameView& frame) {
    Link& link = *reading_;
    link.heard = now_;
    if (!link.spoke) {
        link.spoke = true;
        link.spoke_at = now_;
        back_off_.reset();
        if (&link == &active()) {
            tell_status(engine::SessionStatus::ready);
        }
    }
    if (frame.kind == FrameKind::text) {
        ++counters_.frames;
        const DecodedMessage& message = decoder_.decode({frame.data, frame.size});
        stamp_ = stamp();
        on_message(message);
        stamp_ = {};
    }
    if (&link == &active()) {
        prove_alive();
    }
}

void FeedAgent::on_message(const DecodedMessage& message) {
    counters_.layout_missed += message.layout_missed ? 1U : 0U;
    Book* book = book_of(message.instrument);
    if (beyond_any_id(message)) {
        ++counters_.decode_errors;
        return restart(*book, engine::ResetReason::bad_message);
    }
    switch (message.kind) {
        case MessageKind::depth:
            return on_depth(*book, message.depth);
        case MessageKind::top_of_book:
            return on_ticker(*book, message.top);
        case MessageKind::trade:
            return on_trade(*book, message.trade);
        case MessageKind::server_shutdown:
            reading_->leaving = true;
            return;
        case MessageKind::none:
            return on_refusal(message);
        case MessageKind::venue_error:
            ++counters_.venue_errors;
            return;
        case MessageKind::ignored:
        case MessageKind::control_reply:
            ++counters_.ignored;
            return;
    }
}

void FeedAgent::on_depth(Book& book, const DepthUpdate& update) {
    if (reading_ != &active()) {
        book.heard_next = std::max(book.heard_next, update.last);
        if (book.sync.state() != SyncState::live || book.sync.would_break(update)) {
            return;  // the old connection brings it, or what lies before it
        }
    } else {
        if (update.last < book.heard) {
            // Ids went back on one connection: the venue counts anew, and what we hold would
            // otherwise stand for ever, every update of the new count being "old".
            restart(book, engine::ResetReason::gap);
            begin_anew(book);
        }
        book.heard = update.last;
    }
    book.sync.on_depth(update, *this);
    restart_if_dropped(book);
}

// What goes beside the depth stream. A live book is reset by its loss; one that is invalid already
// has nothing to lose.
template <engine::EventPayload T>
void FeedAgent::send_beside(Book& book, const T& body) {
    book.dropped = !book.reset_owed && !push(body) && book.sync.state() == SyncState::live;
    restart_if_dropped(book);
}

void FeedAgent::on_ticker(Book& book, const engine::TopOfBook& ticker) {
    if (ticker.update <= book.last_ticker) {
        ++counters_.duplicates;
        return;
    }
    book.last_ticker = ticker.update;
    send_beside(book, ticker);
}

void FeedAgent::on_trade(Book& book, const engine::TradePrint& trade) {
    if (trade.trade <= book.last_trade) {
        ++counters_.duplicates;
        return;
    }
    book.last_trade = trade.trade;
    send_beside(book, trade);
}

// A message that could not be read may have been any update of its instrument, or of all.
void FeedAgent::on_refusal(const DecodedMessage& message) {
    if (message.error == DecodeError::unknown_symbol) {
        ++counters_.unknown_symbols;
        return;
    }
    ++counters_.decode_errors;
    if (Book* book = book_of(message.instrument)) {
        restart(*book, engine::ResetReason::bad_message);
    } else {
        restart_all(engine::ResetReason::bad_message);
    }
}

void FeedAgent::on_reset(const engine::BookReset& reset) {
    ++counters_.resets;
    Book& book = *book_of(reset.instrument);
    if (book.reset_owed) {
        return;  // the book is as invalid as it can be; the first reason is told
    }
    if (!push(reset)) {
        book.reset_owed = true;
        book.owed = reset.reason;
    }
}

void FeedAgent::on_book(std::span<const engine::BookDelta> message) {
    Book& book = *book_of(message.front().instrument);
    if (book.reset_owed || book.dropped || !ring_.has_room(message.size())) {
        book.dropped = true;
        return;
    }
    for (const engine::BookDelta& part : message) {
        engine::verify(push(part));
    }
}

// What found no room: the status first, then each book's reset.
void FeedAgent::pay_resets() {
    if (status_owed_) {
        tell_status(status_told_);
    }
    for (auto& book : books_) {
        if (book->reset_owed && push(engine::BookReset{book->id, book->owed, {}})) {
            book->reset_owed = false;
        }
    }
}

void FeedAgent::prove_alive() {
    if (now_ - alive_told_ < settings_.alive_every) {
        return;
    }
    for (std::size_t i = 0; i < engine::InstrumentSet::word_count; ++i) {
        const std::uint64_t word = instruments_.word(i);
        const engine::InstrumentId first{
            static_cast<std::uint16_t>(i * engine::InstrumentSet::word_bits)};
        if (word != 0 && !push(engine::FeedAlive{word, settings_.index, {}, first, {}})) {
            return;  // all of them again
        }
    }
    alive_told_ = now_;
}

// --- snapshots

std::size_t FeedAgent::take_resyncs() {
    std::size_t taken = 0;
    engine::ResyncRequested asked;
    while (resyncs_.try_consume([&asked](engine::ResyncRequested&& each) { asked = each; })) {
        ++taken;
        if (Book* book = book_of(asked.instrument)) {
            restart(*book, engine::ResetReason{asked.reason});
        }
    }
    return taken;
}

std::size_t FeedAgent::take_snapshots() {
    std::size_t taken = 0;
    while (ring_.has_room(publish_deltas_max)) {
        const auto snapshot = snapshots_.poll();
        if (snapshot == nullptr) {
            break;
        }
        ++taken;
        Book* book = book_of(snapshot->instrument);
        if (book == nullptr || !book->requested) {
            continue;  // asked for before the book was reset again: it may be too old
        }
        book->requested = false;
        if (snapshot->bids.empty() && snapshot->asks.empty()) {
            continue;
        }
        ++counters_.snapshots;
        (void)book->sync.on_snapshot(*snapshot, *this);  // a stale one is asked for again
        restart_if_dropped(*book);
    }
    return taken;
}

void FeedAgent::request_snapshots() {
    for (auto& book : books_) {
        const bool lost =
            book->requested && now_ - book->requested_at > settings_.snapshot_patience;
        if (lost) {
            book->requested = false;
        }
        const bool due = !book->requested && !book->reset_owed && book->sync.wants_snapshot() &&
                         book->sync.has_buffered() && now_ >= book->next_request;
        if (due && snapshots_.request(book->id)) {
            book->requested = true;
            book->requested_at = now_;
            book->next_request = now_ + settings_.snapshot_pause;
        }
    }
}

}  // namespace portcullis::gateways::binance
