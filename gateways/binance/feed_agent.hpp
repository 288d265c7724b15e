// FeedAgent: market data streams of one venue -> events in the core's ring, or a reset that says
// why.
//
//     transport(s) -> decoder -> synchronizer -> ring        core's resync requests -> restart
//                                   ^ snapshots from a SnapshotSource
//
// Nothing is shown by halves: a message is pushed whole or, where the ring has no room, its book is
// reset as soon as it has. A connection is believed only as long as it proves to be alive: our own
// ping goes out every ping_every, and silence beyond silence_max is a stall, also while connected.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/events/control.hpp"
#include "engine/events/decisions.hpp"
#include "engine/events/market.hpp"
#include "engine/rings/spsc_ring.hpp"
#include "engine/types/id_set.hpp"
#include "gateways/binance/book_sync.hpp"
#include "gateways/binance/market_data.hpp"
#include "gateways/net/transport.hpp"
#include "gateways/session/back_off.hpp"
#include "gateways/session/closed_doors.hpp"
#include "gateways/stamp_clock.hpp"

namespace portcullis::gateways::binance {

using MarketRing = engine::SpscRing<engine::Event, engine::capacity::market_ring>;
/// The core asks for a book anew, and says why.
using ResyncRing = engine::SpscRing<engine::ResyncRequested, 64>;

/// Where depth snapshots come from: another agent fetches them, so that this one never waits.
class SnapshotSource {
public:
    /// False: not now; asked again.
    [[nodiscard]] virtual bool request(engine::InstrumentId instrument) = 0;
    /// A snapshot that has come (its `instrument` says whose), or null. An empty one (no levels)
    /// says that the fetch failed.
    [[nodiscard]] virtual std::unique_ptr<DepthSnapshot> poll() = 0;

protected:
    ~SnapshotSource() = default;
};

struct FeedSettings {
    /// The venue takes five messages a second on a connection, our answers to its pings included.
    static constexpr engine::DurationNs ping_every_min = engine::milliseconds(250);

    Endpoint endpoint;  ///< path up to "?streams=", which is added
    TransportLimits limits{};
    std::vector<SymbolEntry> symbols;
    engine::DurationNs ping_every{engine::milliseconds(1000)};
    engine::DurationNs silence_max{engine::milliseconds(5000)};
    engine::DurationNs alive_every{engine::milliseconds(50)};
    engine::DurationNs snapshot_pause{
        engine::milliseconds(250)};  ///< between two of one instrument
    engine::DurationNs snapshot_patience{engine::milliseconds(15'000)};
    engine::DurationNs life{engine::milliseconds(23LL * 3600 * 1000)};
    /// How long both connections are read at least, and at most.
    engine::DurationNs overlap_min{engine::milliseconds(500)};
    engine::DurationNs overlap_max{engine::milliseconds(10'000)};
    BackOff::Settings back_off{};
    /// This process's share of the attempts that the venue allows an address in five minutes.
    std::size_t connections_max{ConnectionBudget::binance_attempts};
    /// Read when a message has been decoded, of one in stamp_every at random; null: of none.
    StampClock* stamps{};
    std::uint32_t stamp_every{1};
    std::uint8_t index{};
    std::uint64_t seed{};
};

struct FeedCounters {
    std::uint64_t frames{};
    std::uint64_t decode_errors{};
    std::uint64_t unknown_symbols{};  ///< not asked for; harmless
    std::uint64_t ignored{};          ///< of a type that we do not use
    std::uint64_t layout_missed{};    ///< taken, but not in the usual layout: a slow walk
    std::uint64_t venue_errors{};     ///< the venue refused a request on the stream
    std::uint64_t resets{};
    std::uint64_t reconnects{};
    std::uint64_t refused_for_rate{};  ///< 429 or 418 at the upgrade
    std::uint64_t replacements{};      ///< make-before-break changes that were completed
    std::uint64_t duplicates{};        ///< tickers and trades that came on both connections
    std::uint64_t ring_full{};
    std::uint64_t stalls{};
    std::uint64_t snapshots{};
};

// Before the venue's 24 h cut and after serverShutdown a second connection is opened first and both
// are read (make before break). Update, ticker and trade ids drop what comes twice. An update of
// the new connection that is ahead of the book is left to the old one, and the old one is closed
// only when it has brought everything that the new one has been heard to say.
//
// Invariants: 1. events of one instrument leave in the order of its stream; 2. after a reset
// nothing of that book leaves before a snapshot; 3. while a reset is owed nothing of its instrument
// leaves; 4. no allocation of ours per message. Owner: feed thread.
class FeedAgent final : private FrameSink, private BookSink {
public:
    using MakeTransport = std::function<std::unique_ptr<Transport>()>;

    FeedAgent(FeedSettings settings, MarketRing& ring, ResyncRing& resyncs,
              SnapshotSource& snapshots, ClosedDoors& doors, MakeTransport make_transport);
    ~FeedAgent();
    FeedAgent(const FeedAgent&) = delete;
    FeedAgent& operator=(const FeedAgent&) = delete;

    /// One round. Returns how much it did.
    std::size_t do_work(engine::MonoNs now, engine::WallNs wall);
    [[nodiscard]] const FeedCounters& counters() const noexcept { return counters_; }

private:
    struct Link {
        std::unique_ptr<Transport> transport;
        engine::MonoNs opened{};
        engine::MonoNs heard{};
        engine::MonoNs pinged{};
        engine::MonoNs spoke_at{};
        bool spoke{};    ///< a frame has come: it is a feed
        bool greeted{};  ///< open was seen
        bool leaving{};  ///< the venue announced that it will cut this one
    };
    struct Book {
        explicit Book(engine::InstrumentId instrument) : id(instrument), sync(instrument) {}

        engine::InstrumentId id;
        BookSynchronizer sync;
        engine::ResetReason owed{};  ///< a reset that found no room
        bool reset_owed{};
        bool dropped{};    ///< a message found no room: the book restarts after this call
        bool requested{};  ///< a snapshot is on its way
        engine::MonoNs requested_at{};
        engine::MonoNs next_request{};
        engine::TradeId last_trade{engine::no_trade};
        engine::UpdateId last_ticker{};
        engine::UpdateId heard{};       ///< newest update on the active connection
        engine::UpdateId heard_next{};  ///< newest update on the connection that will take over
    };

    void on_frame(const FrameView& frame) override;
    void on_reset(const engine::BookReset& reset) override;
    void on_book(std::span<const engine::BookDelta> message) override;

    [[nodiscard]] Link& active() noexcept { return links_[active_]; }
    [[nodiscard]] const Link& active() const noexcept { return links_[active_]; }
    [[nodiscard]] Link& next() noexcept { return links_[1 - active_]; }
    [[nodiscard]] Book* book_of(engine::InstrumentId id) noexcept;
    void on_message(const DecodedMessage& message);
    [[nodiscard]] engine::MonoNs stamp() noexcept {
        if (settings_.stamps == nullptr || --until_stamp_ != 0) {
            return {};
        }
        draw_stamp();
        return settings_.stamps->now();
    }
    // 1 to 2n - 1 messages from here, each as likely: a fixed step could fall in with the stream's.
    void draw_stamp() noexcept {
        dice_ = dice_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;  // Knuth's MMIX
        until_stamp_ =
            1 + static_cast<std::uint32_t>((dice_ >> 33) % (2 * settings_.stamp_every - 1));
    }
    void on_depth(Book& book, const DepthUpdate& update);
    void on_ticker(Book& book, const engine::TopOfBook& ticker);
    void on_trade(Book& book, const engine::TradePrint& trade);
    template <engine::EventPayload T>
    void send_beside(Book& book, const T& body);
    void on_refusal(const DecodedMessage& message);
    void connect(Link& link);
    void note_refusal(const Link& link) noexcept;
    [[nodiscard]] bool may_connect() const noexcept {
        return now_ >= retry_at_ && now_ >= doors_.all();
    }
    void drop(Link& link) noexcept;
    std::size_t poll_link(Link& link);
    void look_after_active();
    void look_after_next();
    void take_over();
    [[nodiscard]] bool caught_up() const noexcept;
    void lose(engine::ResetReason reason);
    void restart(Book& book, engine::ResetReason reason);
    void restart_all(engine::ResetReason reason);
    void begin_anew(Book& book) noexcept;
    void restart_if_dropped(Book& book);
    std::size_t take_resyncs();
    std::size_t take_snapshots();
    void request_snapshots();
    void pay_resets();
    void prove_alive();
    void tell_status(engine::SessionStatus status);
    template <engine::EventPayload T>
    [[nodiscard]] bool push(const T& body);

    FeedSettings settings_;
    MarketRing& ring_;
    ResyncRing& resyncs_;
    SnapshotSource& snapshots_;
    ClosedDoors& doors_;
    MakeTransport make_transport_;
    MarketDataDecoder decoder_;
    std::vector<std::unique_ptr<Book>> books_;
    std::array<Book*, engine::capacity::instruments> by_instrument_{};
    std::array<Link, 2> links_{};
    std::size_t active_{};
    Link* reading_{};  ///< whose frames are being handed out
    BackOff back_off_;
    ConnectionBudget connections_;
    engine::MonoNs retry_at_{};
    engine::MonoNs alive_told_{};
    engine::SessionStatus status_told_{engine::SessionStatus::down};
    bool status_owed_{};
    engine::InstrumentSet instruments_;
    engine::MonoNs now_{};
    engine::WallNs wall_{};
    engine::MonoNs stamp_{};       ///< of the message at hand; 0: it is not sampled
    std::uint32_t until_stamp_{};  ///< messages
    std::uint64_t dice_{};
    FeedCounters counters_{};
};

}  // namespace portcullis::gateways::binance
