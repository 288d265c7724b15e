// What a person sees: the views of an answer, as lines; and the screen under them.
#include "tools/portcullis/console/views.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "risk/deny_reason.hpp"
#include "tests/tools/portcullis/example.hpp"
#include "tools/portcullis/console/answers.hpp"

namespace portcullis::tools {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A picture with something in every place.
CoreStatus busy() {
    CoreStatus status;
    status.session_ready = 1;
    status.reconciled = 1;
    status.pnl_known = 1;
    status.pnl_micro = -1'587'759;
    status.gross_micro = 45'500'000'000;
    status.orders_open = 2;
    status.orders_listed = 2;
    status.unanswered = 1;
    status.venue_orders_open = 2;
    constexpr auto messages = static_cast<std::size_t>(risk::Measure::messages);
    status.firm_windows[0][messages] = 3;
    status.firm_windows[2][messages] = 2400;
    status.firm_windows[2][static_cast<std::size_t>(risk::Measure::filled)] = 6'250'000'000'000;
    status.counters.orders_approved = 311;
    status.counters.orders_denied = 86;
    status.counters.denials[static_cast<std::size_t>(risk::DenyReason::price_collar)] = 86;
    for (StrategyStatusRow& row : status.strategies) {
        row.trading_state = static_cast<std::uint8_t>(engine::TradingState::active);
    }
    InstrumentStatusRow& btc = status.instruments[0];
    btc.trading_state = static_cast<std::uint8_t>(engine::TradingState::active);
    btc.valid = 1;
    btc.bid_atoms = 6'184'324'000'000;
    btc.bid_qty_atoms = 100'000'000;
    btc.ask_atoms = 6'184'325'000'000;
    btc.ask_qty_atoms = 50'000'000;
    btc.top_age_ns = 12'000'000;
    btc.long_worst_atoms = 6'400'000;
    status.assets[0].position_atoms = -400'000;
    status.strategies[0].windows[0][messages] = 7;
    status.orders[0] = {engine::ClOrdId::of(engine::Epoch{2}, 58).value,
                        7,
                        6'186'885'000'000,
                        1'000'000,
                        0,
                        16'869'000'000,
                        0,
                        0,
                        1,
                        8,
                        1};
    status.orders[1] = status.orders[0];
    status.orders[1].strategy = 0xff;  // left behind by an earlier run
    status.orders[1].instrument = 0xffff;
    return status;
}

risk::KillPage page(const std::string& path) {
    ::unlink(path.c_str());
    EXPECT_TRUE(risk::KillPage::create(path).ok());
    auto opened = risk::KillPage::open(path);
    EXPECT_TRUE(opened.ok());
    return std::move(opened).value();
}

class ConsoleViews : public testing::Test {
protected:
    ConsoleViews() : page_(page(path_)) {}
    ~ConsoleViews() override { ::unlink(path_.c_str()); }
    [[nodiscard]] static std::string shown(const std::string& command, const std::string& json) {
        simdjson::dom::parser parser;
        Answer answer;
        EXPECT_EQ(parser.parse(json).get(answer), simdjson::SUCCESS) << json;
        Screen screen;
        view_answer(command, answer, screen);
        return screen.text(0, screen.lines(), false);
    }
    [[nodiscard]] std::string status_text(const CoreStatus& status) const {
        return shown("status",
                     status_json(status, config_, page_, {100, 1000, 1500, 2000, 2500, 3000, 0}));
    }

    std::string path_ = testing::TempDir() + "portcullis-views-" + std::to_string(::getpid());
    AppConfig config_ = test::example_config();
    risk::KillPage page_;
};

TEST_F(ConsoleViews, StatusHasUnitsAndNamesInAlignedColumns) {
    const std::string text = status_text(busy());
    EXPECT_THAT(text, HasSubstr(" TRADING   session ready, reconciled\n"));
    EXPECT_THAT(text,
                HasSubstr("  P&L         -1.587759 USDT   gross exposure 45500.000000 USDT\n"));
    EXPECT_THAT(text, HasSubstr("  orders      2 open, 1 unanswered, 311 approved, 86 denied, 0 "
                                "rejected by the venue\n"));
    EXPECT_THAT(text, HasSubstr("  tick->order p50 1.0 us   p99 2.0 us   p99.9 2.5 us   max 3.0 us "
                                "  n 100\n"));
    EXPECT_THAT(text, HasSubstr("  instrument   state    book             bid              ask   "
                                "top age ms   feed age ms   open orders\n"
                                "  BTCUSDT      active   valid   61843.24 x 1   61843.25 x 0.5   "
                                "        12             0             0\n"));
}

TEST_F(ConsoleViews, TheFirstLineSaysWhatStopsTheTrading) {
    CoreStatus status = busy();
    status.reconciled = 0;
    EXPECT_THAT(status_text(status), testing::StartsWith(" NOT RECONCILED with the venue"));
    status.session_ready = 0;
    EXPECT_THAT(status_text(status), testing::StartsWith(" NOT CONNECTED"));
    status.line_stopped = 1;
    EXPECT_THAT(status_text(status),
                testing::StartsWith(" STOPPED: an approval came out of order"));
    status.firm_state = static_cast<std::uint8_t>(engine::TradingState::halted);
    EXPECT_THAT(status_text(status), testing::StartsWith(" HALTED: no new order"));
    ASSERT_TRUE(page_.kill_now(engine::Scope::firm, 0));
    EXPECT_THAT(status_text(status), testing::StartsWith(" KILLED: no order leaves. Not yet"));
    status.drained = 1;
    EXPECT_THAT(status_text(status), HasSubstr("Not yet proven")) << "two orders are open";
    status.orders_open = 0;
    EXPECT_THAT(status_text(status), HasSubstr("Proven: nothing of ours is open at the venue."));
}

TEST_F(ConsoleViews, AConnectedEngineWhoseLineStoppedDoesNotSayThatItTrades) {
    CoreStatus status = busy();
    status.line_stopped = 1;
    const std::string text = status_text(status);
    EXPECT_THAT(text, testing::StartsWith(" STOPPED: an approval came out of order; no new order"));
    EXPECT_THAT(text, Not(HasSubstr("TRADING")));
    EXPECT_THAT(status_json(status, config_, page_, {}), HasSubstr("\"line_stopped\":true"));
}

TEST_F(ConsoleViews, ActivityThatNoCancelOfEverythingCoversIsSaidBesideTheState) {
    CoreStatus status = busy();
    EXPECT_THAT(status_text(status), Not(HasSubstr("NOT COVERED")));
    status.symbols_uncovered = 1;
    EXPECT_THAT(status_text(status), HasSubstr(" NOT COVERED: the account is active on symbols"));
    const std::string older =
        test::with(status_json(status, config_, page_, {}), "\"symbols_uncovered\":1,", "");
    EXPECT_THAT(shown("status", older), Not(HasSubstr("NOT COVERED"))) << "it has not told";
}

TEST_F(ConsoleViews, AHaltByAControlSaysWhichAndWhatEndsIt) {
    CoreStatus status = busy();
    const auto halted = static_cast<std::uint8_t>(engine::TradingState::halted);
    const std::uint32_t cause =
        engine::control_cause | static_cast<std::uint32_t>(risk::DenyReason::order_qty);
    status.strategies[0].trading_state = halted;
    EXPECT_THAT(status_text(status), HasSubstr(" stopped: strategy touch halted\n"));
    status.strategies[0].state_cause = cause;
    EXPECT_THAT(status_text(status), HasSubstr(" stopped: strategy touch halted by order_qty\n"));
    status.firm_state = halted;
    EXPECT_THAT(status_text(status), HasSubstr(" HALTED: no new order; `resume` lifts it."));
    status.firm_cause = cause;
    EXPECT_THAT(status_text(status),
                HasSubstr(" HALTED by order_qty: no new order; `re-enable` lifts it."));
}

TEST(ConsoleRefusal, OnePersonsCommandsLeaveAControlsHaltAloneAndReEnableEndsNothingElse) {
    using engine::Command;
    using engine::Scope;
    const auto status = std::make_unique<CoreStatus>();
    const auto refused = [&status](Command command, Scope scope) {
        return refusal(*status, command, scope, 0);
    };
    const std::uint32_t cause =
        engine::control_cause | static_cast<std::uint32_t>(risk::DenyReason::order_qty);
    const std::pair<Scope, std::uint32_t*> rows[]{
        {Scope::firm, &status->firm_cause},
        {Scope::venue, &status->venue_cause},
        {Scope::strategy, &status->strategies[0].state_cause},
        {Scope::instrument, &status->instruments[0].state_cause},
        {Scope::account, &status->accounts[0].state_cause},
        {Scope::credential, &status->credentials[0].state_cause}};
    for (const auto& [scope, cause_of] : rows) {
        EXPECT_EQ(refused(Command::resume, scope), "");
        EXPECT_THAT(refused(Command::re_enable, scope), HasSubstr("not halted by a control"));
        *cause_of = 7;  // what a report that contradicts itself leaves
        EXPECT_EQ(refused(Command::resume, scope), "");
        EXPECT_THAT(refused(Command::re_enable, scope), HasSubstr("not halted by a control"));
        *cause_of = cause;
        for (const Command command : {Command::resume, Command::reduce_only, Command::halt}) {
            EXPECT_EQ(refused(command, scope),
                      "halted by the control \"order_qty\": `re-enable` ends it");
        }
        EXPECT_EQ(refused(Command::re_enable, scope), "");
        EXPECT_EQ(refused(Command::cancel_all, scope), "");
        *cause_of = 0;
    }
}

TEST_F(ConsoleViews, AScopeThatIsStoppedIsNamed) {
    CoreStatus status = busy();
    status.instruments[0].trading_state =
        static_cast<std::uint8_t>(engine::TradingState::reduce_only);
    ASSERT_TRUE(page_.kill_now(engine::Scope::strategy, 0));
    EXPECT_THAT(status_text(status),
                HasSubstr(" stopped: instrument BTCUSDT reduce_only, strategy touch killed\n"));
    EXPECT_THAT(status_text(busy()), HasSubstr("strategy touch killed"));
    status.credentials[0].trading_state = static_cast<std::uint8_t>(engine::TradingState::halted);
    ASSERT_TRUE(page_.kill_now(engine::Scope::account, 0));
    EXPECT_THAT(status_text(status), HasSubstr("touch killed, account 0 killed, credential 0 "
                                               "halted\n"));
    ASSERT_TRUE(page_.kill_now(engine::Scope::withdrawals, 0));
    EXPECT_THAT(status_text(status), HasSubstr("credential 0 halted, withdrawals killed\n"));
    status.credentials[0].standing = static_cast<std::uint8_t>(engine::CredentialState::suspended);
    status.credentials[0].signal = static_cast<std::uint8_t>(risk::Signal::foreign_order);
    EXPECT_THAT(status_text(status), HasSubstr("credential 0 halted (suspended: foreign_order), "
                                               "withdrawals killed\n"));
}

TEST_F(ConsoleViews, WhatHasBeenDrainedIsMetered) {
    CoreStatus status = busy();
    EXPECT_THAT(status_text(status), Not(HasSubstr("drains")));
    status.counters.drains = 2;
    status.counters.drains_proven = 1;
    status.counters.drain_rounds = 9;
    status.counters.drain_ns_max = 2'100'000'000;
    status.counters.drain_orders_left = 3;
    status.counters.mass_cancels = 11;
    EXPECT_THAT(
        status_text(status),
        HasSubstr("  drains      2 begun, 1 proven, 9 rounds, 11 mass cancels, longest 2100 "
                  "ms, open in the last answer: 3\n"));
}

TEST_F(ConsoleViews, AnOrderOfAnEarlierRunIsListedWithoutAStrategy) {
    const std::string text = shown("orders", orders_json(busy(), config_));
    EXPECT_THAT(text, HasSubstr("  2-58   touch      BTCUSDT"));
    EXPECT_THAT(text, HasSubstr("  2-58   null "));
    EXPECT_THAT(text, HasSubstr("unknown, cancelling"));
}

TEST_F(ConsoleViews, LimitsShowWhatIsUsedInTheFilesUnits) {
    const std::string json = limits_json(busy(), config_, LimitBook(config_));
    EXPECT_THAT(json, HasSubstr(R"({"scope":"firm","limit":"gross_exposure_risk_currency_max",)"
                                R"("value":"50000","used":"45500","left":"4500","percent":91.0,)"
                                R"("changed_by":"configuration"})"));
    EXPECT_THAT(json,
                HasSubstr(R"({"scope":"firm","limit":"windows[60s].messages_max","value":2500,)"
                          R"("used":2400,"left":100,"percent":96.0,)"));
    EXPECT_THAT(json, HasSubstr(R"("limit":"windows[60s].filled_risk_currency_max",)"
                                R"("value":"12500000","used":"6250000","left":"6250000",)"
                                R"("percent":50.0,)"));
    EXPECT_THAT(json, HasSubstr(R"({"scope":"account","limit":"windows[100ms].orders_max")"));
    EXPECT_THAT(json, HasSubstr(R"({"scope":"instrument BTCUSDT","limit":"collar_bps_max",)"
                                R"("value":25,"used":null,"left":null,"percent":null,)"));
    EXPECT_THAT(json, HasSubstr(R"("limit":"position_base_max","value":"0.08","used":"0.064",)"
                                R"("left":"0.016","percent":80.0,)"));
    EXPECT_THAT(json, HasSubstr(R"({"scope":"venue binance","limit":"orders_open_max")"));
    EXPECT_THAT(shown("limits", json), HasSubstr("[##################..]     45500"));
}

TEST_F(ConsoleViews, APositionAtTheEndOfTheRangeIsShownAndNotOverflowed) {
    CoreStatus status = busy();
    status.instruments[0].short_worst_atoms = INT64_MIN;
    EXPECT_THAT(limits_json(status, config_, LimitBook(config_)),
                HasSubstr("\"used\":\"92233720368.54775807\""));
}

TEST_F(ConsoleViews, DenialsAreCountedByReasonWithWhatItMeans) {
    EXPECT_EQ(shown("denials", denials_json(busy())),
              "  count   reason         what breaks it\n"
              "     86   price_collar   price is too far from the middle of the book, on either "
              "side\n");
}

TEST_F(ConsoleViews, WhatIsNotKnownIsNotShownAsZero) {
    CoreStatus status = busy();
    status.pnl_known = 0;
    EXPECT_THAT(status_text(status), HasSubstr("  P&L         unknown USDT"));
    EXPECT_THAT(shown("positions", positions_json(status, config_)), HasSubstr("unknown"));
    EXPECT_THAT(shown("status", "{}"), HasSubstr("?"));
}

TEST(ConsoleScreen, IsCutToItsWindowBetweenCharacters) {
    Screen screen;
    screen.line().add("\xc3\xa9\xc3\xa9\xc3\xa9").add("abc");
    screen.line().add("second");
    screen.line().add("third");
    EXPECT_EQ(screen.text(2, 9, false), "\xc3\xa9\xc3\xa9\nse\nth\n");
    EXPECT_EQ(screen.text(4, 1, false), "...\n");
    EXPECT_EQ(screen.text(0, 2, false),
              "\xc3\xa9\xc3\xa9\xc3\xa9"
              "abc\n... 2 more lines: the window is too low for all\n");
}

TEST(ConsoleScreen, HasColoursOnlyWhereAskedAndNoNewlineAtTheEndOfAFullOne) {
    Screen screen;
    screen.banner(" STOP", Style::alarm);
    EXPECT_EQ(screen.text(8, 5, false), " STOP\n");
    EXPECT_EQ(screen.text(8, 5, true), "\x1b[1;97;41m STOP   \x1b[0m\x1b[K");
}

TEST(ConsoleScreen, NamesFromOutsideCannotMoveTheCursor) {
    EXPECT_EQ(printable("a\x1b[2Jb\n\x7f"), "a?[2Jb??");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "??31m");
    EXPECT_EQ(printable("\xff"), "?");
    EXPECT_EQ(printable("\xc3\xa9"), "\xc3\xa9");
}

TEST(ConsoleScreen, BarsAreBoundedWhateverThePercentIs) {
    EXPECT_EQ(bar(0.0), "[....................]");
    EXPECT_EQ(bar(50.0), "[##########..........]");
    EXPECT_EQ(bar(100.0), "[####################]");
    EXPECT_EQ(bar(1e300), "[####################]");
    EXPECT_EQ(bar(-5.0), "[....................]");
}

}  // namespace
}  // namespace portcullis::tools
