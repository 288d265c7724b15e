// Four strategies of both kinds on two instruments in one engine: each trades on its own instrument
// only, every order and every balance is accounted for, and the journal makes all of it again.
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "tests/sim/core_rig.hpp"

namespace portcullis::tests {
namespace {

constexpr std::size_t lines = 20'000;
constexpr std::size_t strategy_count = 4;

template <EventPayload T>
Event on_second(const Event& event) {
    T body = event.as<T>();
    body.instrument = InstrumentId{1};
    return Event::of(body, event.header.mono, event.header.wall);
}

/// The recording, and once more as if it were of a second instrument.
const std::vector<Event>& both_instruments() {
    static const std::vector<Event> events = [] {
        std::vector<Event> all;
        for (const Event& event : RecordedEvents::load(shipped_recording, lines)) {
            all.push_back(event);
            switch (event.header.type) {
                case EventType::book_delta:
                    all.push_back(on_second<BookDelta>(event));
                    break;
                case EventType::top_of_book:
                    all.push_back(on_second<TopOfBook>(event));
                    break;
                case EventType::trade_print:
                    all.push_back(on_second<TradePrint>(event));
                    break;
                case EventType::book_reset:
                    all.push_back(on_second<BookReset>(event));
                    break;
                default:
                    ADD_FAILURE() << "a recording has no other event";
            }
        }
        return all;
    }();
    return events;
}

std::vector<strategies::StrategyConfig> four_strategies() {
    strategies::StrategyConfig ladder = sim_config().strategies.front();
    strategies::StrategyConfig maker = ladder;
    maker.name = "maker";
    maker.kind = strategies::StrategyKind::avellaneda_stoikov;
    maker.fair_value = strategies::FairValueKind::micro_price;
    maker.micro_price = {2'000};
    maker.avellaneda_stoikov.risk_aversion_per_quote = 0.02;
    maker.avellaneda_stoikov.qty_base_atoms = 200'000;
    maker.avellaneda_stoikov.inventory_base_atoms = 20'000'000;
    maker.avellaneda_stoikov.half_spread_bps_min = 0.05;
    maker.avellaneda_stoikov.half_spread_bps_max = 20.0;
    maker.avellaneda_stoikov.volatility_sample = milliseconds(500);
    maker.avellaneda_stoikov.volatility_time_constant = milliseconds(60'000);
    maker.avellaneda_stoikov.intensity_window = milliseconds(250);
    maker.avellaneda_stoikov.intensity_step_bps = 0.2;
    maker.avellaneda_stoikov.intensity_time_constant = milliseconds(60'000);
    maker.avellaneda_stoikov.warm_up = milliseconds(10'000);
    std::vector<strategies::StrategyConfig> all{ladder, maker, ladder, maker};
    all[2].instrument = all[3].instrument = InstrumentId{1};
    all[2].fair_value = strategies::FairValueKind::mid;
    all[3].fair_value = strategies::FairValueKind::weighted_mid;
    return all;
}

risk::GateConfig gate_of_two() {
    risk::GateConfig config = gate_config(Epoch{1});
    config.baselines[2] = config.baselines[0];
    config.limits.instrument[1] = config.limits.instrument[0];
    for (std::size_t i = 0; i < strategy_count; ++i) {
        config.limits.strategy[i] = config.limits.strategy[0];
        config.limits.strategy[i].instruments = engine::InstrumentSet::of_bits(i < 2 ? 1 : 2);
    }
    return config;
}

CoreConfig core_of_two() {
    CoreConfig config = core_config(Epoch{1});
    config.instrument_count = 2;
    config.asset_count = 3;
    config.instruments[1] = config.instruments[0];
    config.baselines[2] = config.baselines[0];
    return config;
}

class SeveralStrategies : public testing::Test {
protected:
    void run(CoreRig<>& rig) {
        rig.venue().balances[2] = rig.venue().balances[0];
        const MonoNs begin = both_instruments().front().header.mono;
        InstrumentDefinition second = btcusdt_definition();
        second.instrument = InstrumentId{1};
        second.base = AssetId{2};
        rig.feed(second, begin);
        rig.start(begin);
        ASSERT_TRUE(rig.core().reconciled(OrderAgentId{}));
        for (const Event& event : both_instruments()) {
            rig.feed(event);
        }
    }
    std::vector<Event> records;
    MemoryJournal journal{&records};
};

TEST_F(SeveralStrategies, TradeEachOnItsOwnInstrumentAndAccountForEverything) {
    ASSERT_GT(both_instruments().size(), 20'000U);
    CoreRig<> rig(journal, four_strategies(), gate_of_two(), core_of_two());
    run(rig);
    std::map<std::uint8_t, std::size_t> orders;
    std::map<std::uint8_t, MonoNs> first;
    const auto note = [&](const NewOrderSingle& order, MonoNs at) {
        EXPECT_EQ(order.instrument,
                  InstrumentId{order.strategy.value < 2 ? std::uint16_t{0} : std::uint16_t{1}});
        ++orders[order.strategy.value];
        first.emplace(order.strategy.value, at);
    };
    for (const Event& event : records) {
        if (event.header.type == EventType::order_approved) {
            note(event.as<OrderApproved>().order, event.header.mono);
        } else if (event.header.type == EventType::replace_approved) {
            note(event.as<ReplaceApproved>().order, event.header.mono);
        }
    }
    const MonoNs begin = both_instruments().front().header.mono;
    for (std::uint8_t i = 0; i < strategy_count; ++i) {
        EXPECT_GT(orders[i], 50U) << "strategy " << int{i};
        const bool warms_up = i % 2 == 1;
        EXPECT_EQ(first[i] - begin >= milliseconds(10'000), warms_up) << "strategy " << int{i};
    }
    const CoreCounters& counters = rig.core().counters();
    EXPECT_GT(counters.fills_buy, 0U);
    EXPECT_GT(counters.fills_sell, 0U);
    EXPECT_EQ(counters.fills_buy + counters.fills_sell, rig.venue().fills);
    EXPECT_EQ(rig.core().orders().live(), rig.venue().resting());
    for (std::uint16_t asset = 0; asset < 3; ++asset) {
        EXPECT_EQ(rig.core().positions().balance(AssetId{asset}), rig.venue().balances[asset]);
    }
    EXPECT_EQ(counters.breaches, 0U);
    EXPECT_TRUE(rig.gate().exposure().consistent());
}

TEST_F(SeveralStrategies, AreMadeAgainByTheJournalToTheLastBit) {
    CoreRig<> rig(journal, four_strategies(), gate_of_two(), core_of_two());
    run(rig);
    std::vector<Event> again;
    MemoryJournal second{&again};
    CoreRig<> replay(second, four_strategies(), gate_of_two(), core_of_two());
    for (const Event& record : records) {
        if (record.is_input()) {
            Event input = record;
            replay.core().step(input);
        }
    }
    EXPECT_EQ(replay.core().state_hash(), rig.core().state_hash());
    ASSERT_EQ(again.size(), records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        ASSERT_EQ(std::memcmp(again[i].payload, records[i].payload, sizeof records[i].payload), 0)
            << "record " << i;
    }
}

}  // namespace
}  // namespace portcullis::tests
