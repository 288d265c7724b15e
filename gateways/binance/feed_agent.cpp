// The feed's round: connections, frames, snapshots, liveness. See feed_agent.hpp.
#include "gateways/binance/feed_agent.hpp"

#include <algorithm>
#include <utility>

namespace portcullis::gateways::binance {
namespace {

constexpr std::size_t frames_per_round = 64;

std::string lower(const std::string& symbol) {
    std::string text = symbol;
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return text;
}

// "/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade/..."
std::string streams_path(const std::string& base, const std::vector<SymbolEntry>& symbols) {
    std::string path = base + "?streams=";
    const char* separator = "";
    for (const SymbolEntry& entry : symbols) {
        for (const char* stream : {"@depth@100ms", "@bookTicker", "@trade"}) {
            path += separator + lower(entry.symbol) + stream;
            separator = "/";
        }
    }
    return path;
}

}  // namespace

FeedAgent::FeedAgent(FeedSettings settings, MarketRing& ring, ResyncRing& resyncs,
                     SnapshotSource& snapshots, MakeTransport make_transport)
    : settings_(std::move(settings)),
      ring_(ring),
      resyncs_(resyncs),
      snapshots_(snapshots),
      make_transport_(std::move(make_transport)),
      decoder_(settings_.symbols, settings_.limits.message_bytes_max),
      back_off_(settings_.back_off, settings_.seed),
      connections_(ConnectionBudget::binance_attempts, ConnectionBudget::binance_window) {
    settings_.endpoint.path = streams_path(settings_.endpoint.path, settings_.symbols);
    for (const SymbolEntry& entry : settings_.symbols) {
        books_.push_back(std::make_unique<Book>(Book{
            entry.instrument, BookSynchronizer(entry.instrument), {}, false, false, {}, {}, {}}));
        instruments_ |= std::uint64_t{1} << entry.instrument.value;
    }
}

FeedAgent::~FeedAgent() = default;

std::size_t FeedAgent::do_work(engine::MonoNs now, engine::WallNs wall) {
    now_ = now;
    wall_ = wall;
    pay_resets();
    std::size_t work = take_resyncs();
    look_after_links();
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
    return ring_.try_push(event);
}

FeedAgent::Book* FeedAgent::book_of(engine::InstrumentId id) noexcept {
    for (auto& book : books_) {
        if (book->id == id) {
            return book.get();
        }
    }
    return nullptr;
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

void FeedAgent::look_after_links() {
    Link& link = active();
    if (link.transport == nullptr) {
        if (now_ >= retry_at_) {
            connect(link);
        }
        return;
    }
    if (link.transport->state() == TransportState::closed) {
        lose(engine::ResetReason::disconnected);
        return;
    }
    if (now_ - link.heard > settings_.silence_max) {
        ++counters_.stalls;
        link.transport->cut();
        lose(engine::ResetReason::stalled);
        return;
    }
    if (now_ - link.opened > settings_.life) {
        replace_wanted_ = true;
    }
    Link& next = other();
    if (replace_wanted_ && next.transport == nullptr && now_ >= retry_at_) {
        connect(next);
        return;
    }
    if (next.transport == nullptr) {
        return;
    }
    if (next.transport->state() == TransportState::closed ||
        now_ - next.heard > settings_.silence_max) {
        drop(next);
        retry_at_ = now_ + back_off_.next();
    } else if (next.spoke) {
        // The new one has spoken: the old one is no longer needed.
        link.transport->close(1000, "replaced");
        drop(link);
        active_ = 1 - active_;
        replace_wanted_ = false;
    }
}

// The active connection is gone, and with it whatever it would still have said.
void FeedAgent::lose(engine::ResetReason reason) {
    ++counters_.reconnects;
    drop(active());
    if (other().transport != nullptr) {
        active_ = 1 - active_;  // its successor was on its way
        replace_wanted_ = false;
    } else {
        retry_at_ = now_ + back_off_.next();
    }
    tell_status(engine::SessionStatus::down);
    restart_all(reason);
}

void FeedAgent::restart_all(engine::ResetReason reason) {
    for (auto& book : books_) {
        book->requested = false;
        book->sync.restart(reason, *this);
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
    if (frame.kind == FrameKind::text) {
        ++counters_.frames;
        if (!link.spoke) {
            link.spoke = true;
            back_off_.reset();
            if (&link == &active()) {
                tell_status(engine::SessionStatus::ready);
            }
        }
        on_message(decoder_.decode({frame.data, frame.size}));
    }
    prove_alive();
}

void FeedAgent::on_message(const DecodedMessage& message) {
    Book* book = book_of(message.instrument);
    switch (message.kind) {
        case MessageKind::depth:
            if (book != nullptr) {
                book->sync.on_depth(message.depth, *this);
            }
            return;
        case MessageKind::top_of_book:
            if (book != nullptr && !book->reset_owed && !push(message.top)) {
                ++counters_.ring_full;
                book->sync.restart(engine::ResetReason::ring_full, *this);
            }
            return;
        case MessageKind::trade:
            // Two connections tell the same trades while one replaces the other.
            if (book != nullptr && message.trade.trade > book->last_trade) {
                book->last_trade = message.trade.trade;
                (void)push(message.trade);  // a lost print costs an estimate, not a book
            }
            return;
        case MessageKind::server_shutdown:
            replace_wanted_ = true;
            return;
        case MessageKind::none:
            ++counters_.decode_errors;
            if (book != nullptr) {
                book->sync.restart(engine::ResetReason::bad_message, *this);
            } else {
                restart_all(engine::ResetReason::bad_message);  // whose it was nobody can tell
            }
            return;
        case MessageKind::ignored:
        case MessageKind::control_reply:
        case MessageKind::venue_error:
            return;
    }
}

void FeedAgent::on_reset(const engine::BookReset& reset) {
    ++counters_.resets;
    Book& book = *book_of(reset.instrument);
    book.next_request = now_;
    if (book.reset_owed || !push(reset)) {
        book.reset_owed = true;
        book.owed = reset.reason;
    }
}

void FeedAgent::on_book(std::span<const engine::BookDelta> message) {
    Book& book = *book_of(message.front().instrument);
    if (book.reset_owed || !ring_.has_room(message.size())) {
        ++counters_.ring_full;
        if (!book.reset_owed) {
            book.reset_owed = true;
            book.owed = engine::ResetReason::ring_full;
        }
        return;  // the restart follows in pay_resets, outside of the synchronizer's own call
    }
    for (const engine::BookDelta& part : message) {
        engine::verify(push(part));
    }
}

// Resets that found no room. Only after one has left may its book go on.
void FeedAgent::pay_resets() {
    if (status_owed_) {
        tell_status(status_told_);
    }
    for (auto& book : books_) {
        if (!book->reset_owed) {
            continue;
        }
        if (push(engine::BookReset{book->id, book->owed, {}})) {
            book->reset_owed = false;
            book->requested = false;
            book->sync.restart(book->owed, *this);
        }
    }
}

void FeedAgent::prove_alive() {
    if (now_ - alive_told_ < settings_.alive_every) {
        return;
    }
    if (push(engine::FeedAlive{instruments_, settings_.index, {}})) {
        alive_told_ = now_;
    }
}

// --- snapshots

std::size_t FeedAgent::take_resyncs() {
    std::size_t taken = 0;
    engine::InstrumentId id{};
    while (resyncs_.try_consume([&id](engine::InstrumentId&& each) { id = each; })) {
        ++taken;
        if (Book* book = book_of(id)) {
            book->requested = false;
            book->sync.restart(engine::ResetReason::gap, *this);
        }
    }
    return taken;
}

std::size_t FeedAgent::take_snapshots() {
    std::size_t taken = 0;
    while (const auto snapshot = snapshots_.poll()) {
        ++taken;
        Book* book = book_of(snapshot->instrument);
        if (book == nullptr || !book->requested) {
            continue;  // asked for before the book was reset again: it may be too old
        }
        book->requested = false;
        book->next_request = now_ + settings_.snapshot_pause;
        if (snapshot->bids.empty() && snapshot->asks.empty()) {
            continue;
        }
        ++counters_.snapshots;
        (void)book->sync.on_snapshot(*snapshot, *this);  // a stale one is asked for again
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
        }
    }
}

}  // namespace portcullis::gateways::binance
