// GrowthLine: TickLine's parts for many instruments and strategies. Each instrument has the
// recorded messages of BTCUSDT under a name of its own, a book, and assets of its own as far as
// there are ids for them.
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/growth_venue.hpp"
#include "bench/tick_rig.hpp"

namespace portcullis::bench {

struct Crowd {
    std::uint16_t instruments{1};
    std::uint8_t strategies{1};  ///< the i-th on instrument i, and around again
    std::uint8_t levels_first{3};
    std::uint8_t levels_others{3};
    /// How much faster messages come than they were recorded, if they do: a state hash a second is
    /// then one in so many recorded seconds.
    double hurry{1};
};

/// As long as BTCUSDT, so that it takes its place in a message, in capitals and in the stream's
/// name.
inline std::string crowd_symbol(std::uint16_t i, bool of_stream = false) {
    if (i == 0) {
        return of_stream ? "btcusdt" : "BTCUSDT";
    }
    const std::string digits = std::to_string(100 + i % 100).substr(1);
    const auto letter = static_cast<char>((of_stream ? 'b' : 'B') + i / 100);
    return letter + digits + (of_stream ? "usdt" : "USDT");
}

inline std::uint16_t crowd_assets(const Crowd& crowd) {  // the last one is the quote
    return static_cast<std::uint16_t>(
        std::min<std::size_t>(crowd.instruments + 1U, engine::capacity::assets));
}
inline engine::AssetId crowd_base(const Crowd& crowd, std::uint16_t i) {
    return engine::AssetId{static_cast<std::uint16_t>(i % (crowd_assets(crowd) - 1))};
}

inline std::vector<strategies::StrategyConfig> crowd_strategies(const Crowd& crowd) {
    std::vector<strategies::StrategyConfig> configs;
    for (std::uint8_t i = 0; i < crowd.strategies; ++i) {
        strategies::StrategyConfig config = tick_rig::ladder_config();
        config.name = "ladder" + std::to_string(i);
        config.instrument = engine::InstrumentId{static_cast<std::uint16_t>(i % crowd.instruments)};
        config.quoting.requests_per_s_max = 200;
        config.ladder.levels = i == 0 ? crowd.levels_first : crowd.levels_others;
        config.ladder.half_spread_bps += 0.1 * (i / crowd.instruments);
        configs.push_back(config);
    }
    return configs;
}

/// Every limit is there and none is in the way: what is refused would cost less.
inline risk::GateConfig crowd_gate(const Crowd& crowd) {
    risk::GateConfig config = gate_config();
    const auto quote = static_cast<std::uint16_t>(crowd_assets(crowd) - 1);
    config.risk_currency = engine::AssetId{quote};
    config.baselines = {};
    for (std::uint16_t i = 0; i < quote; ++i) {
        config.baselines[i] = engine::AmountAtoms{base_atoms};
    }
    config.baselines[quote] = engine::AmountAtoms{quote_atoms};
    risk::Limits& limits = config.limits;
    constexpr std::int64_t orders = risk::orders_ceiling;
    constexpr std::int64_t order_micro = 5'000'000'000;
    const risk::WindowSet whole = windows_of(10'000, 50'000, 500'000);
    limits.firm = {.gross_exposure_micro_max = 20'000'000'000'000,
                   .orders_open_max = orders,
                   .order_notional_micro_max = order_micro,
                   .approval_lifetime_ns_max = 50'000'000};
    limits.firm.windows = whole;
    allow_history(limits.firm);
    limits.venue[0] = {orders, order_micro, {window_of(60'000, 500'000)}};
    limits.account[0] = {order_micro, whole};
    for (std::uint16_t i = 0; i < crowd.instruments; ++i) {
        limits.instrument[i] = {.order_qty_atoms_max = 5'000'000,
                                .order_notional_micro_max = 5'000'000'000,
                                .collar_bps_max = 100,
                                .position_atoms_max = 1'000'000'000,
                                .quote_age_ns_max = risk::day_ns,
                                .feed_silence_ns_max = risk::day_ns,
                                .orders_open_max = orders,
                                .windows = {window_of(60'000, 50'000)}};
        allow_history(limits.instrument[i]);
    }
    for (std::uint8_t i = 0; i < crowd.strategies; ++i) {
        limits.strategy[i] = {.instruments = engine::InstrumentSet::all(),
                              .orders_open_max = orders,
                              .order_notional_micro_max = order_micro,
                              .windows = windows_of(1'000, 5'000, 50'000)};
        allow_history(limits.strategy[i]);
    }
    return config;
}

inline engine::CoreConfig crowd_core(const Crowd& crowd) {
    engine::CoreConfig config;
    config.epoch = engine::Epoch{1};
    config.instrument_count = crowd.instruments;
    config.asset_count = crowd_assets(crowd);
    config.hash_interval = engine::DurationNs{static_cast<std::int64_t>(1e9 * crowd.hurry)};
    const auto quote = static_cast<std::uint16_t>(config.asset_count - 1);
    config.risk_currency = engine::AssetId{quote};
    for (std::uint16_t i = 0; i < crowd.instruments; ++i) {
        config.instruments[i].quote_age_max = engine::DurationNs{risk::day_ns};
        config.instruments[i].feed_silence_max = engine::DurationNs{risk::day_ns};
    }
    for (std::uint16_t i = 0; i < quote; ++i) {
        config.baselines[i] = base_atoms;
    }
    config.baselines[quote] = quote_atoms;
    return config;
}

class GrowthLine : public gateways::binance::BookSink {
public:
    GrowthLine(gateways::Signer& signer, const Crowd& crowd)
        : crowd_(crowd), configs_(crowd_strategies(crowd)), strategies_(configs_) {
        const auto quote = static_cast<std::uint16_t>(crowd_assets(crowd) - 1);
        for (std::uint16_t i = 0; i < quote; ++i) {
            require(symbols_.add_asset(engine::AssetId{i}, "A" + std::to_string(i)), "no asset");
        }
        require(symbols_.add_asset(engine::AssetId{quote}, "USDT"), "no quote asset");
        std::vector<gateways::binance::SymbolEntry> entries;
        for (std::uint16_t i = 0; i < crowd.instruments; ++i) {
            const engine::InstrumentId id{i};
            require(symbols_.add_instrument(id, crowd_symbol(i), crowd_base(crowd, i),
                                            engine::AssetId{quote}),
                    "no instrument");
            entries.push_back({crowd_symbol(i), id});
            (void)instruments_.update(definition(i));
            syncs_.push_back(std::make_unique<gateways::binance::BookSynchronizer>(id));
        }
        (void)ids_.fill();
        decoder_ = std::make_unique<gateways::binance::MarketDataDecoder>(entries);
        auto made =
            gateways::binance::OrderEncoder::make(symbols_, instruments_, ids_, signer, 1000);
        require(made.ok(), "no encoder");
        encoder_.emplace(std::move(made).value());
        venue_.emplace(*encoder_, crowd_assets(crowd));
        core_ = std::make_unique<Core>(crowd_core(crowd), strategies_, *gate_, *venue_, journal_);
    }

    void start(std::int64_t at) {
        at_ = engine::MonoNs{at};
        next_timer_ = at_;
        for (std::uint16_t i = 0; i < crowd_.instruments; ++i) {
            feed(definition(i));
        }
        feed(engine::SessionState{engine::Session::orders, engine::SessionStatus::ready, 0, {}});
        feed(engine::SessionState{
            engine::Session::account_primary, engine::SessionStatus::ready, 0, {}});
        require(core_->reconciled(engine::OrderAgentId{}), "the core is not reconciled");
    }
    /// Whether a timer was due.
    bool keep_time(const RecordedMessage& message) {
        const bool due = engine::MonoNs{message.receive_ns} >= next_timer_;
        if (due) {
            timer(message);
            next_timer_ = at_ + engine::milliseconds(10);
            (void)ids_.fill();  // the control thread's work
        }
        return due;
    }
    /// A timer at the time of this message.
    void timer(const RecordedMessage& message) {
        set_time(message);
        feed(engine::Timer{++timers_});
    }
    /// The message as instrument `i` has it, through decoder, core and encoder; what the venue
    /// answers comes with answers(). `around` is given what it causes.
    template <class Around>
    void take(const RecordedMessage& message, std::uint16_t i, Around&& around) {
        const std::string_view text = receive(message, i);
        set_time(message);
        venue_->first_order_frame = 0;
        if (message.stream == Stream::snapshot) {
            snapshot_.instrument = engine::InstrumentId{i};
            require(snapshots_.decode(text, snapshot_) == gateways::binance::DecodeError::none,
                    "snapshot refused");
            (void)syncs_[i]->on_snapshot(snapshot_, *this);
        } else if (message.stream == Stream::depth) {
            around([&] { syncs_[i]->on_depth(decoder_->decode(text).depth, *this); });
        } else if (message.stream == Stream::trade) {
            around([&] { step_as(decoder_->decode(text).trade); });
        } else if (message.stream == Stream::book_ticker) {
            around([&] {
                const gateways::binance::DecodedMessage& decoded = decoder_->decode(text);
                walked_ += decoded.layout_missed ? 1U : 0U;
                step_as(decoded.top);
            });
        }
    }
    void answers() {
        venue_->deliver([this](engine::Event& event) {
            step(event);
            (void)ids_.fill();  // the control thread's work, which does not wait for a round to end
        });
    }
    /// Nothing waits: what the core agent does then.
    void idle() {
        core_->prepare();
        (void)ids_.fill();  // the control thread's work
    }
    void on_reset(const engine::BookReset& reset) override { step_as(reset); }
    void on_book(std::span<const engine::BookDelta> message) override {
        for (const engine::BookDelta& part : message) {
            step_as(part);
        }
    }
    /// What must hold of a run before its figures mean anything.
    void check() const {
        const engine::CoreCounters& counters = core_->counters();
        require(counters.orders_approved > 0, "no order was approved");
        require(counters.orders_approved == venue_->new_orders, "approvals and orders sent differ");
        require(counters.breaches == 0 && venue_->unexpected == 0, "the core found a breach");
        require(walked_ == 0, "a ticker is not in the usual layout");
        require(venue_->refused == 0, "the encoder refused a request");
        require(gate_->exposure().consistent(), "the gate's sums disagree");
        // Of thousands that rest some are older than all texts that are kept: theirs are made
        // again.
        require(ids_.missed() == 0 ||
                    ids_.issued() > gateways::ClOrdIdMint::slots - gateways::ClOrdIdMint::ahead,
                "order ids were not ready");
        for (const auto& sync : syncs_) {
            require(sync->state() == gateways::binance::SyncState::live, "a book is not live");
        }
    }
    [[nodiscard]] const GrowthVenue& venue() const { return *venue_; }
    [[nodiscard]] const engine::CoreCounters& counters() const { return core_->counters(); }

private:
    using Core = engine::TradingCore<strategies::StrategySet, risk::RiskGate, GrowthVenue,
                                     tick_rig::RingJournal>;

    [[nodiscard]] engine::InstrumentDefinition definition(std::uint16_t i) const {
        engine::InstrumentDefinition made = btcusdt_definition();
        made.instrument = engine::InstrumentId{i};
        made.base = crowd_base(crowd_, i);
        made.quote = engine::AssetId{static_cast<std::uint16_t>(crowd_assets(crowd_) - 1)};
        made.orders_max = engine::capacity::orders;
        return made;
    }
    void set_time(const RecordedMessage& message) {
        at_ = engine::MonoNs{message.receive_ns};
        venue_->now = engine::WallNs{at_.value};
    }
    std::string_view receive(const RecordedMessage& message, std::uint16_t i) {
        const std::string_view text = message.text();
        require(text.size() + engine::capacity::frame_padding <= frame_.size(),
                "a message is too long");
        std::memcpy(frame_.data(), text.data(), text.size());
        constexpr std::string_view stream = "{\"stream\":\"btcusdt@";
        constexpr std::string_view key = "\"s\":\"BTCUSDT\"";
        const std::size_t at = i == 0 ? text.npos : text.substr(0, 160).find(key);
        if (at != text.npos && text.starts_with(stream)) {
            std::memcpy(frame_.data() + stream.size() - 8, crowd_symbol(i, true).data(), 7);
            std::memcpy(frame_.data() + at + 5, crowd_symbol(i).data(), 7);
            _mm_mfence();  // a load across the copies would wait for them
        }
        return {frame_.data(), text.size()};
    }
    template <engine::EventPayload T>
    void feed(const T& body) {
        step_as(body);
        answers();
    }
    template <engine::EventPayload T>
    void step_as(const T& body) {
        engine::Event event = engine::Event::of(body, at_, engine::WallNs{at_.value});
        step(event);
    }
    void step(engine::Event& event) {
        event.header.mono = at_;
        event.header.wall = engine::WallNs{at_.value};
        event.header.flags = engine::EventFlags::request_room | engine::EventFlags::journal_room;
        core_->step(event);
    }

    Crowd crowd_;
    std::vector<char> frame_ = std::vector<char>(std::size_t{1} << 20);
    std::unique_ptr<gateways::binance::MarketDataDecoder> decoder_;
    gateways::binance::SnapshotDecoder snapshots_;
    gateways::binance::DepthSnapshot snapshot_{};
    std::vector<std::unique_ptr<gateways::binance::BookSynchronizer>> syncs_;
    gateways::binance::SymbolTable symbols_;
    gateways::binance::InstrumentBook instruments_;
    gateways::ClOrdIdMint ids_{bench_keys()};
    std::optional<gateways::binance::OrderEncoder> encoder_;
    std::optional<GrowthVenue> venue_;
    tick_rig::RingJournal journal_;
    std::vector<strategies::StrategyConfig> configs_;
    strategies::StrategySet strategies_;
    std::unique_ptr<risk::RiskGate> gate_ = std::make_unique<risk::RiskGate>(crowd_gate(crowd_));
    std::unique_ptr<Core> core_;
    engine::MonoNs at_{}, next_timer_{};
    std::uint64_t timers_{}, walked_{};
};

}  // namespace portcullis::bench
