// The engine dies in the middle and comes back: what was open is cancelled, what was filled
// meanwhile is booked, what is counted goes on, and nothing new leaves before all of it agrees.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/tools/portcullis/example.hpp"
#include "tests/tools/restart/restart_world.hpp"
#include "tools/portcullis/journal/replay.hpp"

namespace portcullis::engine::restart_test {
namespace {

using journal::OpenMode;

constexpr MonoNs mono_start{5'000'000'000};

/// In the firm's longest window.
std::int64_t in_windows(const EngineRun& run, risk::Measure measure, MonoNs now) {
    const risk::ScopeWindows& windows = run.gate->firm().windows;
    return windows.used(measure, windows.spans() - 1, now);
}

struct Restart : testing::Test {
    Restart() {
        char name[] = "/tmp/portcullis-restart-XXXXXX";
        directory = mkdtemp(name);
    }
    ~Restart() override { std::filesystem::remove_all(directory); }

    std::unique_ptr<EngineRun> start(OpenMode mode, MonoNs now, WallNs wall) {
        return std::make_unique<EngineRun>(directory, config, venue, mode, now, wall);
    }
    /// A first run that quotes both sides, has half a buy filled, and is killed.
    void run_and_kill() {
        (void)run_and_fill();  // dropped: kill -9
    }
    std::unique_ptr<EngineRun> run_and_fill() {
        auto run = start(OpenMode::create, mono_start, wall_start);
        run->connect();
        run->market();
        run->pass(300);
        EXPECT_TRUE(run->reconciled());
        EXPECT_GE(venue.open().size(), 4U);
        for (const auto& held : venue.open()) {
            if (held.order.side == Side::buy && first_buy == no_order) {
                first_buy = held.order.cl_ord_id;
                half = QtyAtoms{held.qty.value / 2000 * 1000};
            } else if (held.order.side == Side::sell && first_sell == no_order) {
                first_sell = held.order.cl_ord_id;
            }
        }
        venue.fill(first_buy, half);
        run->hear(Timer{});
        EXPECT_EQ(run->core->counters().fills_buy, 1U);
        messages = in_windows(*run, risk::Measure::messages, run->core->now());
        submitted = in_windows(*run, risk::Measure::submitted, run->core->now());
        filled = in_windows(*run, risk::Measure::filled, run->core->now());
        for (const auto& held : venue.open()) {
            if (held.order.cl_ord_id == first_buy || held.order.cl_ord_id == first_sell) {
                qty[held.order.cl_ord_id] = held.qty;
            }
        }
        EXPECT_EQ(qty.size(), 2U) << "both still rest";
        live = run->core->orders().live();
        lost = losses_of(*run);
        prices = prices_of(*run, venue.now);
        return run;
    }
    /// While nobody looks: the rest of the buy, and all of the sell.
    void fill_meanwhile() {
        venue.fill(first_buy, qty[first_buy] - half);
        venue.fill(first_sell, qty[first_sell]);
    }
    void expect_same_balances(const EngineRun& run) {
        for (const auto& [asset, amount] : venue.balances) {
            EXPECT_EQ(run.core->positions().balance(AssetId{asset}), amount) << asset;
            EXPECT_EQ(AmountAtoms{run.gate->exposure().asset(AssetId{asset}).balance}, amount);
        }
    }

    /// What the gate holds of profit and loss, of the firm and of the first strategy.
    static std::vector<int128> losses_of(const EngineRun& run) {
        std::vector<int128> found;
        const risk::LossBook& losses = run.gate->losses();
        for (const risk::LossBook::Row row : {risk::LossBook::firm, risk::LossBook::Row{0}}) {
            for (std::uint16_t asset = 0; asset < 3; ++asset) {
                found.push_back(losses.amount(row, AssetId{asset}));
            }
            found.push_back(losses.day(row).worth);
            found.push_back(losses.day(row).start);
            found.push_back(losses.day(row).peak);
        }
        return found;
    }
    static std::vector<std::int64_t> prices_of(const EngineRun& run, MonoNs now) {
        const risk::PairTable& pairs = run.gate->pairs();
        std::vector<std::int64_t> found;
        for (const Side side : {Side::buy, Side::sell}) {
            const auto range =
                pairs.range_at(pairs.find(StrategyId{0}, InstrumentId{0}, side), now);
            found.insert(found.end(), {range.low, range.high});
        }
        return found;
    }

    std::vector<int128> lost;
    std::vector<std::int64_t> prices;
    std::string directory;
    AppConfig config{tools::test::example_config()};
    LastingVenue venue;
    ClOrdId first_buy{}, first_sell{};
    std::map<ClOrdId, QtyAtoms> qty;
    QtyAtoms half{};
    std::int64_t messages{}, submitted{}, filled{};
    std::size_t live{};
};

// Another boot: the monotonic clock begins anew, the wall clock goes on.
constexpr MonoNs second_boot{1'000'000'000};
constexpr WallNs soon{wall_start.value + 1'000'000'000};

TEST_F(Restart, leftovers_are_cancelled_fills_booked_balances_agree_and_nothing_new_leaves_before) {
    run_and_kill();
    fill_meanwhile();
    const std::uint64_t taken = venue.taken;
    auto run = start(OpenMode::existing, second_boot, soon);
    EXPECT_EQ(run->core->orders().live(), live) << "every order whose end is not known is back";
    EXPECT_EQ(run->gate->exposure().open().firm, static_cast<std::int32_t>(live)) << "reserved";
    EXPECT_TRUE(run->gate->exposure().consistent());
    EXPECT_EQ(in_windows(*run, risk::Measure::messages, second_boot), messages)
        << "windows are not refilled";
    EXPECT_TRUE(losses_of(*run) == lost) << "nor is the room to lose";
    EXPECT_TRUE(lost[0] != 0) << "something had been traded";
    EXPECT_EQ(prices_of(*run, second_boot), prices) << "nor that to wander";
    EXPECT_GT(prices[0], 0);
    EXPECT_EQ(run->core->instrument(btcusdt).version, 1U) << "before the venue has said a word";

    run->market();
    run->connect();
    for (int i = 0; i < 1000 && !run->reconciled(); ++i) {
        EXPECT_EQ(venue.taken, taken) << "an order left before everything agreed";
        run->pass(10);
    }
    ASSERT_TRUE(run->reconciled());
    expect_same_balances(*run);
    EXPECT_EQ(run->core->counters().fills_buy, 1U);
    EXPECT_EQ(run->core->counters().fills_sell, 1U);
    EXPECT_EQ(run->core->counters().breaches, 0U);
    for (const auto& held : venue.open()) {
        EXPECT_EQ(held.order.cl_ord_id.epoch(), run->log->epoch()) << "a leftover still rests";
    }
    run->pass(200);
    EXPECT_GT(venue.taken, taken) << "it quotes again";
    EXPECT_TRUE(run->gate->exposure().consistent());
    EXPECT_EQ(venue.kills, 0);
}

// A day of the firm's windows: exact sums of what the dead run sent, whatever the clocks say.
TEST_F(Restart, windows_hold_what_was_sent_and_no_step_of_the_wall_clock_empties_them) {
    run_and_kill();
    ASSERT_GT(submitted, 0);
    ASSERT_GT(filled, 0);
    constexpr std::int64_t day = 86'400'000'000'000;
    struct Clock {
        const char* what;
        MonoNs mono;
        WallNs wall;
        bool forgotten;
    };
    const MonoNs later{mono_start.value + 5'000'000'000};
    const Clock clocks[]{
        {"the next second", later, soon, false},
        {"the wall clock is set on by two days", later, WallNs{soon.value + 2 * day}, false},
        {"the wall clock is set back", MonoNs{mono_start.value + day / 2},
         WallNs{wall_start.value - day}, false},
        {"another boot, an hour later", second_boot, WallNs{soon.value + day / 24}, false},
        {"both clocks say two days", MonoNs{mono_start.value + 2 * day},
         WallNs{wall_start.value + 2 * day}, true}};
    for (const Clock& clock : clocks) {
        auto run = start(OpenMode::existing, clock.mono, clock.wall);
        const auto held_now = [&](risk::Measure measure) {
            return in_windows(*run, measure, clock.mono);
        };
        const std::int64_t counts = clock.forgotten ? 0 : 1;
        EXPECT_EQ(held_now(risk::Measure::messages), counts * messages) << clock.what;
        EXPECT_EQ(held_now(risk::Measure::submitted), counts * submitted) << clock.what;
        EXPECT_EQ(held_now(risk::Measure::filled), counts * filled) << clock.what;
        EXPECT_EQ(run->gate->strategy(StrategyId{0}).windows.untouched(), clock.forgotten);
        EXPECT_EQ(run->gate->instrument(btcusdt).windows.untouched(), clock.forgotten);
        EXPECT_EQ(run->gate->account(AccountId{}).windows.untouched(), clock.forgotten);
    }
}

TEST_F(Restart, requests_of_the_dead_run_hold_everything_up_until_none_can_land_any_more) {
    run_and_kill();
    auto run = start(OpenMode::existing, second_boot, soon);
    run->connect();
    run->pass(1500);
    EXPECT_FALSE(run->reconciled());
    run->pass(2500);
    EXPECT_TRUE(run->reconciled());
}

// What may still lie in a buffer carries the venue's time, by which its recvWindow ends. A restart
// at once, whatever our own clock says meanwhile.
TEST_F(Restart, a_request_that_may_still_land_is_not_proven_dead_however_our_clock_is_wrong) {
    config.venue.clock_skew_max = milliseconds(5000);
    for (const std::int64_t ahead_ms : {-4000, -400, 0, 400, 4000, 5000}) {
        SCOPED_TRACE("the venue's clock is ahead of ours by ms " + std::to_string(ahead_ms));
        std::filesystem::remove_all(directory);
        std::filesystem::create_directory(directory);
        venue = LastingVenue{};
        venue.ahead = milliseconds(ahead_ms);
        first_buy = first_sell = no_order;
        qty.clear();
        run_and_kill();
        venue.forget(first_sell);
        auto run = start(OpenMode::existing, second_boot, WallNs{venue.wall.value + 10'000'000});
        run->connect();
        // Approval and recvWindow last a second each, and a second is the margin.
        run->pass(2500);
        EXPECT_TRUE(run->core->orders().find(first_sell).has_value()) << "its reservation holds";
        EXPECT_FALSE(run->reconciled());
        run->pass(2500);
        EXPECT_FALSE(run->core->orders().find(first_sell).has_value());
        EXPECT_TRUE(run->reconciled()) << "nor is it held for longer";
    }
}

TEST_F(Restart, what_is_dead_is_dated_by_the_monotonic_clock_that_nobody_sets) {
    JournalHistory history(directory);
    const auto at = [&](const auto& body, std::int64_t mono_ms, std::int64_t wall_ms) {
        const Event record = Event::of(body, MonoNs{mono_ms * 1'000'000},
                                       WallNs{wall_start.value + wall_ms * 1'000'000});
        EXPECT_TRUE(history.on_record(record).ok());
    };
    const auto until_ms = [&] {
        return (history.requests_until(milliseconds(1000)).value - wall_start.value) / 1'000'000;
    };
    EXPECT_EQ(history.requests_until(milliseconds(1000)), WallNs{}) << "nothing was sent";
    at(OrderApproved{}, 1'000, 1'000);
    EXPECT_EQ(until_ms(), 1'000 + 5'000 + 2'000 + 1'000) << "no clock was told: the worst of them";
    at(VenueClock{milliseconds(7'000), milliseconds(50), {}}, 2'000, 2'000);
    at(OrderApproved{}, 3'000, -57'000);
    EXPECT_EQ(until_ms(), 3'000 + 7'000 + 50 + 2'000 + 1'000);
}

TEST_F(Restart, money_that_went_while_nobody_looked_is_noticed) {
    run_and_kill();
    venue.balances[1] = AmountAtoms{venue.balances[1].value - 1};
    const std::uint64_t taken = venue.taken;
    auto run = start(OpenMode::existing, second_boot, soon);
    run->connect();
    run->market();
    run->pass(10'000);
    EXPECT_EQ(run->core->counters().breaches, 1U);
    EXPECT_EQ(venue.kills, 3) << "of the firm, the credential and withdrawals";
    EXPECT_EQ(venue.taken, taken);
    // A person has looked and cleared the kill: the next run begins from what there is.
    run.reset();
    run = start(OpenMode::existing, second_boot, WallNs{soon.value + 60'000'000'000});
    run->connect();
    run->pass(1000);
    EXPECT_TRUE(run->reconciled());
    EXPECT_EQ(run->core->counters().breaches, 0U);
}

TEST_F(Restart, a_run_that_dies_before_it_agreed_leaves_the_next_one_where_it_began_itself) {
    run_and_kill();
    fill_meanwhile();
    auto run = start(OpenMode::existing, second_boot, soon);
    run->connect();
    EXPECT_EQ(run->core->counters().fills_buy + run->core->counters().fills_sell, 2U) << "booked";
    ASSERT_FALSE(run->reconciled());
    run.reset();  // kill -9 again
    run = start(OpenMode::existing, second_boot, WallNs{soon.value + 5'000'000'000});
    run->connect();
    run->pass(3000);
    ASSERT_TRUE(run->reconciled());
    expect_same_balances(*run);
    EXPECT_EQ(run->core->counters().breaches, 0U);
}

// A stream is silent and open: a fill is lost, the next one is told, and the process dies before a
// reconciliation has found the hole.
TEST_F(Restart, a_fill_that_no_stream_told_is_found_by_the_next_run_though_a_later_one_was_booked) {
    for (const bool dies_again : {false, true}) {
        SCOPED_TRACE(dies_again ? "the second run dies before it agrees" : "");
        std::filesystem::remove_all(directory);
        std::filesystem::create_directory(directory);
        venue = LastingVenue{};
        first_buy = first_sell = no_order;
        qty.clear();
        auto run = run_and_fill();
        venue.connected = false;
        venue.fill(first_sell, qty[first_sell]);  // lost
        venue.connected = true;
        venue.fill(first_buy, qty[first_buy] - half);
        run->hear(Timer{});
        EXPECT_EQ(run->core->counters().fills_buy, 2U);
        EXPECT_EQ(run->core->counters().fills_sell, 0U);
        run.reset();  // kill -9
        run = start(OpenMode::existing, second_boot, soon);
        run->connect();
        EXPECT_EQ(run->core->counters().fills_sell, 1U) << "found";
        EXPECT_EQ(run->core->counters().fills_buy, 0U) << "what was booked is not news";
        if (dies_again) {
            ASSERT_FALSE(run->reconciled());
            run.reset();
            run = start(OpenMode::existing, second_boot, WallNs{soon.value + 5'000'000'000});
            run->connect();
            EXPECT_EQ(run->core->counters().fills_sell, 0U) << "the run before has booked it";
        }
        run->pass(5000);
        ASSERT_TRUE(run->reconciled());
        expect_same_balances(*run);
        EXPECT_EQ(run->core->counters().breaches, 0U);
    }
}

TEST_F(Restart, an_id_of_the_dead_run_whose_order_was_done_is_a_breach_when_it_lives_again) {
    run_and_kill();
    auto run = start(OpenMode::existing, second_boot, soon);
    run->connect();
    run->pass(5000);
    ASSERT_TRUE(run->reconciled());
    run.reset();
    run = start(OpenMode::existing, second_boot, WallNs{soon.value + 60'000'000'000});
    ExecutionReport again;
    again.cl_ord_id = first_buy;
    again.order_id = OrderId{999'999};
    again.exec_type = ExecType::new_;
    again.status = OrdStatus::new_;
    again.instrument = btcusdt;
    run->hear(again);
    EXPECT_EQ(run->core->counters().breaches, 1U);
}

TEST_F(Restart, the_journal_of_all_runs_replays_to_the_same_decisions) {
    run_and_kill();
    fill_meanwhile();
    auto run = start(OpenMode::existing, second_boot, soon);
    run->connect();
    run->market();
    run->pass(5000);
    const std::uint64_t hash = run->core->state_hash();
    ASSERT_TRUE(run->log->close(venue.now, venue.wall).ok());
    run.reset();
    const auto report = tools::replay_journal(directory);
    ASSERT_TRUE(report.ok()) << report.error();
    EXPECT_TRUE(report.value().equal) << report.value().difference;
    EXPECT_EQ(report.value().epochs, 2U);
    EXPECT_EQ(report.value().final_hash, hash);
}

TEST_F(Restart, ids_are_kept_by_name_when_the_config_has_another_order) {
    run_and_kill();
    const std::string text = tools::test::with(
        tools::test::example_text(), "[[asset]]\nname = \"BTC\"",
        "[[asset]]\nname = \"ETH\"\nbaseline = \"0\"\n\n[[asset]]\nname = \"BTC\"");
    auto other = tools::read_config(text, "other.toml");
    ASSERT_TRUE(other.config.has_value()) << other.problems.front();
    auto history = JournalHistory::read(directory);
    ASSERT_TRUE(history.ok());
    std::map<std::uint16_t, AmountAtoms> restored;
    for (const Event& event : history.value().events(*other.config, second_boot, soon)) {
        if (event.header.type == EventType::restored_balance) {
            const auto balance = event.as<RestoredBalance>();
            restored[balance.asset.value] = balance.balance;
        } else if (event.header.type == EventType::instrument_definition) {
            EXPECT_EQ(event.as<InstrumentDefinition>().base, AssetId{1});
        }
    }
    EXPECT_FALSE(restored.contains(0)) << "nothing is known of the new asset";
    EXPECT_EQ(restored[1], venue.balances[0]);
    EXPECT_EQ(restored[2], venue.balances[1]);
    EXPECT_TRUE(history.value().symbols_beyond(*other.config).empty());
}

TEST_F(Restart,
       a_symbol_that_is_not_configured_any_more_is_remembered_for_the_cancel_of_everything) {
    run_and_kill();
    AppConfig other = config;
    other.instruments[0].symbol = "BTCUSDC";
    auto history = JournalHistory::read(directory);
    ASSERT_TRUE(history.ok());
    EXPECT_EQ(history.value().symbols_beyond(other), std::vector<std::string>{"BTCUSDT"});
}

// --- what a person or a check has lowered

struct RestartStates : Restart {
    /// A run that quotes, is told `command` for `scope`, and is killed.
    void command_and_kill(Command command, Scope scope, std::uint16_t index) {
        auto run = start(OpenMode::create, mono_start, wall_start);
        run->connect();
        run->market();
        run->pass(300);
        EXPECT_GE(venue.open().size(), 4U);
        order(*run, command, scope, index);
        run.reset();
    }
    static void order(EngineRun& run, Command command, Scope scope, std::uint16_t index) {
        OperatorCommand told;
        told.command = command;
        told.scope = scope;
        told.index = index;
        run.hear(told);
        run.pass(100);
    }
    /// The next run, in agreement with the venue.
    std::unique_ptr<EngineRun> next(std::int64_t seconds) {
        auto run = start(OpenMode::existing, second_boot,
                         WallNs{wall_start.value + seconds * 1'000'000'000});
        run->connect();
        run->market();
        run->pass(3000);
        EXPECT_TRUE(run->reconciled());
        return run;
    }
    TradingState state(const EngineRun& run, std::uint8_t strategy) const {
        return run.gate->trading_state(btcusdt, StrategyId{strategy}, {}, {});
    }
};

TEST_F(RestartStates, a_halt_holds_in_every_later_run_until_somebody_resumes) {
    struct Row {
        Scope scope;
        std::uint16_t index;
    };
    const Row rows[]{{Scope::firm, 0}, {Scope::venue, 0}, {Scope::instrument, 0}};
    for (const Row& row : rows) {
        const auto at = std::to_string(static_cast<int>(row.scope));
        SCOPED_TRACE("scope " + at);
        std::filesystem::remove_all(directory);
        std::filesystem::create_directory(directory);
        venue = LastingVenue{};
        command_and_kill(Command::halt, row.scope, row.index);
        const std::uint64_t taken = venue.taken;
        for (int later = 1; later <= 2; ++later) {
            auto run = next(10 * later);
            EXPECT_EQ(state(*run, 0), TradingState::halted);
            EXPECT_EQ(venue.taken, taken) << "an order left in run " << later;
        }
        auto run = next(30);
        order(*run, Command::resume, row.scope, row.index);
        EXPECT_GT(venue.taken, taken);
        run.reset();
        EXPECT_EQ(state(*next(40), 0), TradingState::active) << "a resume holds too";
    }
}

TEST_F(RestartStates, a_credential_stays_suspect_in_every_later_run_until_it_is_re_enabled) {
    run_and_kill();
    {
        auto run = next(10);
        Sighting seen;
        seen.what = Sight::lock;
        run->hear(seen);
    }
    const std::uint64_t taken = venue.taken;
    const auto standing = [](const EngineRun& run) {
        return run.gate->credential_watch(CredentialId{0}).state();
    };
    for (int later = 2; later <= 3; ++later) {
        auto run = next(10 * later);
        EXPECT_EQ(standing(*run), CredentialState::suspect);
        EXPECT_EQ(run->gate->credential_watch(CredentialId{0}).cause(),
                  risk::Signal::external_lock);
        order(*run, Command::resume, Scope::credential, 0);
        order(*run, Command::re_enable, Scope::firm, 0);
        EXPECT_EQ(standing(*run), CredentialState::suspect);
        EXPECT_EQ(venue.taken, taken) << "an order left in run " << later;
    }
    auto run = next(50);
    OperatorCommand of_two;
    of_two.command = Command::re_enable;
    of_two.scope = Scope::credential;
    of_two.agreed = 1;
    run->hear(of_two);
    run->pass(100);
    EXPECT_GT(venue.taken, taken);
    run.reset();
    run = next(60);
    EXPECT_EQ(standing(*run), CredentialState::active) << "that holds too";
    EXPECT_EQ(state(*run, 0), TradingState::active);
}

TEST_F(RestartStates, reduce_only_of_a_strategy_comes_back_for_that_strategy_by_its_name) {
    command_and_kill(Command::reduce_only, Scope::strategy, 0);
    AppConfig other = config;
    std::swap(other.strategies[0], other.strategies[1]);
    const auto history = JournalHistory::read(directory);
    ASSERT_TRUE(history.ok());
    std::vector<RestoredState> restored;
    for (const Event& event : history.value().events(other, second_boot, soon)) {
        if (event.header.type == EventType::restored_state) {
            restored.push_back(event.as<RestoredState>());
        }
    }
    ASSERT_EQ(restored.size(), 1U);
    EXPECT_EQ(restored[0].scope, Scope::strategy);
    EXPECT_EQ(restored[0].index, 1U);
    EXPECT_EQ(restored[0].state, TradingState::reduce_only);
    other.strategies.erase(other.strategies.begin() + 1);
    for (const Event& event : history.value().events(other, second_boot, soon)) {
        EXPECT_NE(event.header.type, EventType::restored_state) << "it trades nothing here";
    }
    const auto run = next(10);
    EXPECT_EQ(state(*run, 0), TradingState::reduce_only);
    EXPECT_EQ(state(*run, 1), TradingState::active);
}

TEST_F(RestartStates, a_halt_that_a_breach_has_made_keeps_its_cause_and_replays) {
    run_and_kill();
    auto run = start(OpenMode::existing, second_boot, soon);
    run->hear(
        ForeignActivity{OrderId{5}, no_trade, {}, no_instrument, no_asset, ForeignKind::order, {}});
    ASSERT_EQ(state(*run, 0), TradingState::halted);
    run.reset();
    run = start(OpenMode::existing, second_boot, WallNs{soon.value + 60'000'000'000});
    EXPECT_EQ(state(*run, 0), TradingState::halted);
    run->connect();
    run->pass(2000);
    const std::uint64_t hash = run->core->state_hash();
    ASSERT_TRUE(run->log->close(venue.now, venue.wall).ok());
    const auto history = JournalHistory::read(directory);
    ASSERT_TRUE(history.ok());
    const auto first = history.value().events(config, second_boot, soon).front();
    EXPECT_EQ(first.as<RestoredState>().cause, static_cast<std::uint32_t>(ForeignKind::order));
    const auto report = tools::replay_journal(directory);
    ASSERT_TRUE(report.ok()) << report.error();
    EXPECT_TRUE(report.value().equal) << report.value().difference;
    EXPECT_EQ(report.value().final_hash, hash);
}

TEST_F(Restart, without_the_config_of_an_earlier_run_there_is_no_start) {
    run_and_kill();
    std::filesystem::remove(directory + "/config-00000001.toml");
    const auto history = JournalHistory::read(directory);
    ASSERT_FALSE(history.ok());
    EXPECT_NE(history.error().find("config-00000001.toml"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::engine::restart_test
