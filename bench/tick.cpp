// tick_to_order: bytes of a bookTicker message in, bytes of the order frame out. Decoder,
// core, strategy, gate and encoder are the production ones, on one thread, on the recording.
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "bench/bench_venue.hpp"
#include "bench/harness.hpp"
#include "bench/heap.hpp"
#include "bench/recorded.hpp"
#include "bench/scratch.hpp"
#include "engine/core/trading_core.hpp"
#include "gateways/binance/book_sync.hpp"
#include "gateways/binance/market_data.hpp"
#include "strategies/strategy_set.hpp"

namespace portcullis::bench {
namespace {

using namespace engine;
namespace binance = gateways::binance;

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

strategies::StrategyConfig ladder_config() {
    strategies::StrategyConfig config;
    config.name = "ladder";
    config.instrument = InstrumentId{0};
    config.quoting = {2, 50, 50, milliseconds(50), milliseconds(2000)};
    config.ladder = {3, 0.2, 0.3, 500'000, 2.0, 20'000'000};
    return config;
}

CoreConfig core_config() {
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

struct Samples {
    std::vector<std::uint64_t> order, first, no_action;
    std::uint64_t heap_tick{}, heap_order{}, requests{};
};

class Line : public binance::BookSink {
public:
    explicit Line(gateways::Signer& signer) {
        require(symbols_.add_asset(AssetId{0}, "BTC") && symbols_.add_asset(AssetId{1}, "USDT") &&
                    symbols_.add_instrument(InstrumentId{0}, "BTCUSDT", AssetId{0}, AssetId{1}),
                "symbols refused");
        (void)instruments_.update(btcusdt_definition());
        (void)ids_.fill();
        auto made = binance::OrderEncoder::make(symbols_, instruments_, ids_, signer, 1000);
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

    void on_message(const RecordedMessage& message, bool warm, Samples& out) {
        const std::string_view text = receive(message.text());
        at_ = MonoNs{message.receive_ns};
        venue_->now = WallNs{at_.value};
        if (at_ >= next_timer_) {
            next_timer_ = at_ + milliseconds(10);
            feed(Timer{++timers_});
            (void)ids_.fill();  // the control thread's work
        }
        if (message.stream == Stream::snapshot) {
            require(snapshots_.decode(text, snapshot_) == binance::DecodeError::none,
                    "snapshot refused");
            (void)sync_.on_snapshot(snapshot_, *this);
        } else if (message.stream == Stream::depth) {
            sync_.on_depth(decoder_.decode(text).depth, *this);
        } else if (message.stream == Stream::trade) {
            feed(decoder_.decode(text).trade);
        } else if (message.stream == Stream::book_ticker) {
            tick(text, warm, out);
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

private:
    /// Where a transport leaves a payload: in a buffer that it uses again and has just written.
    std::string_view receive(std::string_view text) {
        require(text.size() + capacity::frame_padding <= frame_.size(), "a message is too long");
        std::memcpy(frame_.data(), text.data(), text.size());
        return {frame_.data(), text.size()};
    }
    using Core = TradingCore<strategies::StrategySet, risk::RiskGate, BenchVenue, RingJournal>;

    void tick(std::string_view text, bool warm, Samples& out) {
        const std::uint64_t requests = venue_->requests;
        venue_->first_order_frame = 0;
        const std::uint64_t heap = heap_calls();
        const std::uint64_t begin = ticks_before();
        const binance::DecodedMessage& decoded = decoder_.decode(text);
        Event event = Event::of(decoded.top, at_, WallNs{at_.value});
        event.header.flags = EventFlags::request_room | EventFlags::journal_room;
        core_->step(event);
        const std::uint64_t spent = ticks_after() - begin;
        const std::uint64_t heap_used = heap_calls() - heap;
        require(decoded.kind == binance::MessageKind::top_of_book, "a bookTicker was refused");
        if (warm) {
            const bool acted = venue_->requests != requests;
            (acted ? out.order : out.no_action).push_back(spent);
            if (venue_->first_order_frame != 0) {
                out.first.push_back(venue_->first_order_frame - begin);
            }
            if (acted) {
                out.requests += venue_->requests - requests;
            }
            (acted ? out.heap_order : out.heap_tick) += heap_used;
        }
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
    binance::MarketDataDecoder decoder_{{{"BTCUSDT", InstrumentId{0}}}};
    binance::SnapshotDecoder snapshots_;
    binance::DepthSnapshot snapshot_{};
    binance::BookSynchronizer sync_{InstrumentId{0}};
    binance::SymbolTable symbols_;
    binance::InstrumentBook instruments_;
    gateways::ClOrdIdMint ids_{bench_keys()};
    std::optional<binance::OrderEncoder> encoder_;
    std::optional<BenchVenue> venue_;
    RingJournal journal_;
    std::vector<strategies::StrategyConfig> configs_{ladder_config()};
    strategies::StrategySet strategies_{configs_};
    std::unique_ptr<risk::RiskGate> gate_ = std::make_unique<risk::RiskGate>(gate_config());
    std::unique_ptr<Core> core_;
    MonoNs at_{}, next_timer_{};
    std::uint64_t timers_{};
};

void require_no_heap(const Samples& samples) {
    std::fprintf(stderr, "heap calls: %lu in %zu ticks, %lu in %zu ticks with an order\n",
                 samples.heap_tick, samples.no_action.size(), samples.heap_order,
                 samples.order.size());
    require(samples.heap_tick == 0 && samples.heap_order == 0, "the hot path calls the heap");
}

}  // namespace

void bench_tick(Bench& bench) {
    if (!bench.any("tick_to_order")) {
        return;
    }
    if (heap_counted) {  // a counter that counts nothing would always be right
        const std::uint64_t before = heap_calls();
        keep(std::make_unique<int>(1));
        require(heap_calls() != before, "heap calls are not counted");
    }
    const Scratch scratch;
    make_key(scratch.path + "/key.pem");
    auto signer = gateways::make_file_signer(scratch.path + "/key.pem", "bench");
    require(signer.ok(), "the key file is refused");
    constexpr std::size_t warm_up = 5'000;
    const auto messages = load_recording(warm_up + bench.count(500'000));
    Samples best;
    for (int run = 0; run < Bench::runs; ++run) {
        Samples samples;
        samples.order.reserve(messages.size());
        samples.first.reserve(messages.size());
        samples.no_action.reserve(messages.size());
        auto line = std::make_unique<Line>(*signer.value());
        line->start(messages.front().receive_ns);
        for (std::size_t i = 0; i < messages.size(); ++i) {
            line->on_message(messages[i], i >= warm_up, samples);
        }
        line->check();
        if (heap_counted) {
            require_no_heap(samples);
        }
        std::fprintf(
            stderr, "tick_to_order: %.2f requests a tick with an order\n",
            static_cast<double>(samples.requests) / static_cast<double>(samples.order.size()));
        Bench::keep_better(best.first, std::move(samples.first));
        Bench::keep_better(best.order, std::move(samples.order));
        Bench::keep_better(best.no_action, std::move(samples.no_action));
    }
    if (bench.wanted("tick_to_order")) {
        bench.add("tick_to_order", std::move(best.first));
    }
    if (bench.wanted("tick_to_order.all_frames")) {
        bench.add("tick_to_order.all_frames", std::move(best.order));
    }
    if (bench.wanted("tick_to_order.no_action")) {
        bench.add("tick_to_order.no_action", std::move(best.no_action));
    }
}

}  // namespace portcullis::bench
