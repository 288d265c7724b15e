// TickLine: bytes of recorded messages in, frames of orders out: decoder, core, ladder strategy,
// gate and encoder as in production, on one thread. The venue is a BenchVenue; the journal is
// memory, or the real one (JournaledTickLine).
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "bench/bench_venue.hpp"
#include "bench/harness.hpp"
#include "bench/recorded.hpp"
#include "engine/core/trading_core.hpp"
#include "engine/journal/writer.hpp"
#include "gateways/binance/book_sync.hpp"
#include "gateways/binance/market_data.hpp"
#include "strategies/strategy_set.hpp"

namespace portcullis::bench {
namespace tick_rig {

using engine::AssetId;
using engine::BookDelta;
using engine::BookReset;
using engine::CoreConfig;
using engine::CoreCounters;
using engine::Epoch;
using engine::Event;
using engine::EventFlags;
using engine::EventPayload;
using engine::InstrumentId;
using engine::milliseconds;
using engine::MonoNs;
using engine::OrderAgentId;
using engine::Session;
using engine::SessionState;
using engine::SessionStatus;
using engine::Timer;
using engine::TradingCore;
using engine::WallNs;
/// Copies each record into preallocated memory, over and over. Without the CRC of the real journal,
/// whose cost is journal.append per record.
struct RingJournal {
    std::vector<Event> records{std::vector<Event>(4096)};
    std::uint64_t seq{};
    bool append(Event& event) noexcept {
        event.header.seq = ++seq;
        event.header.size = sizeof(Event);
        records[seq % records.size()] = event;
        return true;
    }
};

/// The real one: its directory and its agent are the caller's.
struct FileJournal {
    engine::journal::JournalWriter& writer;
    bool append(Event& event) noexcept { return writer.append(event); }
};

inline strategies::StrategyConfig ladder_config() {
    strategies::StrategyConfig config;
    config.name = "ladder";
    config.instrument = InstrumentId{0};
    config.quoting = {2, 50, 50, milliseconds(50), milliseconds(2000)};
    config.ladder = {3, 0.2, 0.3, 500'000, 2.0, 20'000'000};
    return config;
}

inline CoreConfig core_config() {
    CoreConfig config;
    config.epoch = Epoch{1};
    config.instrument_count = 1;
    config.asset_count = 2;
    config.risk_currency = AssetId{1};
    config.instruments[0].quote_age_max = milliseconds(5000);
    config.instruments[0].feed_silence_max = milliseconds(5000);
    config.baselines[0] = base_atoms;
    config.baselines[1] = quote_atoms;
    return config;
}

// One thread, the production parts. What a ticker causes is run through `around`, which is given
// the payload's run() and says what to do about it: time it, count it or just let it run.
template <class Journal>
class BasicTickLine : public gateways::binance::BookSink {
public:
    explicit BasicTickLine(gateways::Signer& signer, Journal journal = {})
        : journal_(std::move(journal)) {
        require(symbols_.add_asset(AssetId{0}, "BTC") && symbols_.add_asset(AssetId{1}, "USDT") &&
                    symbols_.add_instrument(InstrumentId{0}, "BTCUSDT", AssetId{0}, AssetId{1}),
                "symbols refused");
        (void)instruments_.update(btcusdt_definition());
        (void)ids_.fill();
        auto made =
            gateways::binance::OrderEncoder::make(symbols_, instruments_, ids_, signer, 1000);
        require(made.ok(), "no encoder");
        encoder_.emplace(std::move(made).value());
        venue_.emplace(*encoder_);
        core_ = std::make_unique<Core>(core_config(), strategies_, *gate_, *venue_, journal_);
    }

    void start(std::int64_t at) {
        at_ = MonoNs{at};
        next_timer_ = at_;
        feed(btcusdt_definition());
        feed(SessionState{Session::orders, SessionStatus::ready, 0, {}});
        feed(SessionState{Session::account_primary, SessionStatus::ready, 0, {}});
        require(core_->reconciled(OrderAgentId{}), "the core is not reconciled");
    }

    template <class Around>
    void on_message(const RecordedMessage& message, Around&& around) {
        keep_time(message);
        take(message, around);
        core_->prepare();  // nothing waits, so the core agent would
    }
    /// Time passes up to this message, and what it brings: timers, ids.
    void keep_time(const RecordedMessage& message) {
        at_ = MonoNs{message.receive_ns};
        venue_->now = WallNs{at_.value};
        if (at_ >= next_timer_) {
            next_timer_ = at_ + milliseconds(10);
            feed(Timer{++timers_});
            (void)ids_.fill();  // the control thread's work
        }
    }
    /// The message itself. The clock goes to it, without a timer.
    template <class Around>
    void take(const RecordedMessage& message, Around&& around) {
        const std::string_view text = receive(message.text());
        at_ = MonoNs{message.receive_ns};
        venue_->now = WallNs{at_.value};
        if (message.stream == Stream::snapshot) {
            require(snapshots_.decode(text, snapshot_) == gateways::binance::DecodeError::none,
                    "snapshot refused");
            (void)sync_.on_snapshot(snapshot_, *this);
        } else if (message.stream == Stream::depth) {
            sync_.on_depth(decoder_.decode(text).depth, *this);
        } else if (message.stream == Stream::trade) {
            feed(decoder_.decode(text).trade);
        } else if (message.stream == Stream::book_ticker) {
            tick(text, around);
        }
    }
    void on_reset(const BookReset& reset) override { feed(reset); }
    void on_book(std::span<const BookDelta> message) override {
        for (const BookDelta& part : message) {
            feed(part);
        }
    }
    /// What must hold of a run before its figures mean anything.
    void check() const {
        const CoreCounters& counters = core_->counters();
        require(counters.orders_approved > 0, "no order was approved");
        require(counters.orders_approved == venue_->new_orders, "approvals and orders sent differ");
        require(counters.breaches == 0 && venue_->kills == 0, "the core found a breach");
        require(venue_->refused == 0, "the encoder refused a request");
        require(gate_->exposure().consistent(), "the gate's sums disagree");
        require(ids_.missed() == 0, "order ids were not ready");
    }

    [[nodiscard]] const BenchVenue& venue() const { return *venue_; }
    void on_first_order(void (*hook)()) { venue_->on_first_order = hook; }
    /// Tickers, trades and whole book messages that the core has taken.
    [[nodiscard]] std::uint64_t taken() const { return core_->counters().market_events; }

private:
    /// Where a transport leaves a payload: in a buffer that it uses again and has just written.
    std::string_view receive(std::string_view text) {
        require(text.size() + engine::capacity::frame_padding <= frame_.size(),
                "a message is too long");
        std::memcpy(frame_.data(), text.data(), text.size());
        return {frame_.data(), text.size()};
    }
    using Core = TradingCore<strategies::StrategySet, risk::RiskGate, BenchVenue, Journal>;

    template <class Around>
    void tick(std::string_view text, Around& around) {
        venue_->first_order_frame = 0;
        around([&] {
            const gateways::binance::DecodedMessage& decoded = decoder_.decode(text);
            Event event = Event::of(decoded.top, at_, WallNs{at_.value});
            event.header.flags = EventFlags::request_room | EventFlags::journal_room;
            core_->step(event);
            ticker_kind_ = decoded.kind;
        });
        require(ticker_kind_ == gateways::binance::MessageKind::top_of_book,
                "a bookTicker was refused");
        deliver();
    }
    template <EventPayload T>
    void feed(const T& body) {
        Event event = Event::of(body, at_, WallNs{at_.value});
        step(event);
        deliver();
    }
    void step(Event& event) {
        event.header.mono = at_;
        event.header.wall = WallNs{at_.value};
        event.header.flags = EventFlags::request_room | EventFlags::journal_room;
        core_->step(event);
    }
    void deliver() {
        venue_->deliver([this](Event& event) { step(event); });
    }

    std::vector<char> frame_ = std::vector<char>(std::size_t{1} << 20);
    gateways::binance::MarketDataDecoder decoder_{{{"BTCUSDT", InstrumentId{0}}}};
    gateways::binance::SnapshotDecoder snapshots_;
    gateways::binance::DepthSnapshot snapshot_{};
    gateways::binance::BookSynchronizer sync_{InstrumentId{0}};
    gateways::binance::SymbolTable symbols_;
    gateways::binance::InstrumentBook instruments_;
    gateways::ClOrdIdMint ids_{bench_keys()};
    std::optional<gateways::binance::OrderEncoder> encoder_;
    std::optional<BenchVenue> venue_;
    Journal journal_;
    std::vector<strategies::StrategyConfig> configs_{ladder_config()};
    strategies::StrategySet strategies_{configs_};
    std::unique_ptr<risk::RiskGate> gate_ = std::make_unique<risk::RiskGate>(gate_config());
    std::unique_ptr<Core> core_;
    gateways::binance::MessageKind ticker_kind_{};
    MonoNs at_{}, next_timer_{};
    std::uint64_t timers_{};
};

}  // namespace tick_rig

using TickLine = tick_rig::BasicTickLine<tick_rig::RingJournal>;
using JournaledTickLine = tick_rig::BasicTickLine<tick_rig::FileJournal>;

}  // namespace portcullis::bench
