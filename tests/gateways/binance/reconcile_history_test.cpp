// The history of several instruments, of many pages, out of little weight: each answer belongs to
// the question that it answers, and what was paid for once is not paid for again.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::ReconcilePhase;
using engine::ReconcileStep;

/// A venue with as many trades of each symbol as a test says, ids from 1 on, and two instruments.
struct HistoryWorld {
    HistoryWorld() {
        engine::verify(
            world.symbols.add_instrument(risk::ethusdt, "ETHUSDT", risk::eth, risk::usdt));
        usual_ = world.primary.responder;
        world.primary.responder = [this](const std::string& frame) { return answer(frame); };
        world.settings.session.silence_max = engine::milliseconds(1'000'000'000);
    }
    void start() {
        world.start();
        world.agent->restore_last_trade(risk::btcusdt, engine::TradeId{0});
        world.agent->restore_last_trade(risk::ethusdt, engine::TradeId{0});
        world.turn(20);
        engine::verify(world.agent->secondary().ready());
        world.events.clear();
    }
    std::string answer(const std::string& frame) {
        if (field(frame, "method") != "myTrades") {
            return usual_(frame);
        }
        const std::string symbol = field(frame, "symbol");
        const int from = std::stoi(field(frame, "fromId"));
        asked.push_back(symbol + " " + std::to_string(from));
        const int last = symbol == "BTCUSDT" ? btc_trades : eth_trades;
        std::string page;
        for (int id = from; id <= std::min(last, from + 999); ++id) {
            page += (page.empty() ? "" : ",") + trade(symbol, id);
        }
        const std::string text =
            R"({"id":)" + field(frame, "id") + R"(,"status":200,"result":[)" + page + "]}";
        if (hold_answers > 0) {
            --hold_answers;
            held.push_back(text);
            return {};
        }
        return text;
    }
    static std::string trade(const std::string& symbol, int id) {
        return R"({"symbol":")" + symbol + R"(","id":)" + std::to_string(id) +
               R"(,"orderId":7,"price":"4","qty":"12","commission":"0.1","commissionAsset":"BNB",)"
               R"("time":1499865549590,"isBuyer":true,"isMaker":false})";
    }
    [[nodiscard]] std::size_t ended(ReconcilePhase how) const {
        const auto steps = world.all<ReconcileStep>();
        return static_cast<std::size_t>(std::count_if(
            steps.begin(), steps.end(), [how](const auto& step) { return step.phase == how; }));
    }
    /// Seconds until the reconciliation is complete; each that fails is asked for again.
    [[nodiscard]] int seconds_to_complete(int most) {
        world.reconcile();
        std::size_t failed = 0;
        for (int second = 0; second <= most; ++second) {
            if (ended(ReconcilePhase::complete) != 0) {
                return second;
            }
            if (ended(ReconcilePhase::failed) > failed) {
                ++failed;
                world.reconcile(false);
            }
            world.turn(200, 5 * ms);
        }
        return most + 1;
    }

    AgentWorld world;
    int btc_trades{};
    int eth_trades{};
    int hold_answers{};
    std::vector<std::string> held;
    std::vector<std::string> asked;

private:
    std::function<std::string(const std::string&)> usual_;  ///< what AgentWorld would answer
};

class Histories : public testing::Test, public HistoryWorld {};

TEST_F(Histories, the_late_answer_of_one_that_was_given_up_answers_no_question_of_the_next) {
    btc_trades = 3;
    eth_trades = 1;
    start();
    hold_answers = 1;
    world.reconcile();
    world.turn(1'100);  // the first question for a history finds no answer within ack_max
    ASSERT_EQ(ended(ReconcilePhase::failed), 1U);
    world.events.clear();
    asked.clear();
    hold_answers = 1;
    world.reconcile(false);
    world.turn(20);
    ASSERT_EQ(held.size(), 2U);
    world.primary.wire().deliver(held[0]);  // of the one that was given up: nothing
    world.turn(5);
    EXPECT_EQ(asked, (std::vector<std::string>{"BTCUSDT 1"}));
    EXPECT_EQ(world.all<engine::AccountFill>().size(), 0U);
    world.primary.wire().deliver(held[1]);
    world.turn(5);
    EXPECT_EQ(asked, (std::vector<std::string>{"BTCUSDT 1", "ETHUSDT 1"}));
    EXPECT_EQ(world.all<engine::AccountFill>().size(), 4U);
    EXPECT_EQ(ended(ReconcilePhase::complete), 1U);
    asked.clear();
    world.reconcile(true);
    world.turn(20);
    EXPECT_EQ(asked, (std::vector<std::string>{"BTCUSDT 4", "ETHUSDT 2"}));
}

TEST_F(Histories, a_question_of_one_that_was_given_up_does_not_end_the_next_when_it_runs_out) {
    start();
    hold_answers = 1;
    world.reconcile();
    world.turn(20);
    hold_answers = 1;
    world.turn(500);
    world.reconcile(false);  // overtakes the first, whose question for a history is still out
    world.turn(600);         // and now that one has no answer for longer than ack_max
    const auto steps = world.all<ReconcileStep>();
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_EQ(steps.back().phase, ReconcilePhase::begin);
    ASSERT_EQ(held.size(), 2U);
    world.primary.wire().deliver(held[1]);
    world.turn(5);
    EXPECT_EQ(ended(ReconcilePhase::complete), 1U);
}

TEST_F(Histories, rows_of_another_symbol_prove_nothing_and_end_it) {
    start();
    const auto right = world.primary.responder;
    world.primary.wire().responder = [&](const std::string& frame) {
        std::string text = right(frame);
        if (field(frame, "method") == "myTrades") {
            text = R"({"id":)" + field(frame, "id") + R"(,"status":200,"result":[)" +
                   trade("ETHUSDT", 9) + "]}";
        }
        return text;
    };
    world.reconcile();
    world.turn(20);
    EXPECT_EQ(ended(ReconcilePhase::failed), 1U);
    EXPECT_TRUE(world.all<engine::AccountFill>().empty());
}

// What a minute's weight does not pay for waits for the next one, and nothing is fetched twice.
TEST_F(Histories, of_more_pages_than_a_minute_pays_for_ends_all_the_same) {
    struct Row {
        std::uint32_t permille;
        int btc, eth;
        int minutes;
    };
    // A run weighs 143 and 20 for each page; four fifths of the weight are for questions.
    for (const Row& row : {Row{40, 5'000, 0, 2}, Row{80, 16'384, 16'384, 2}, Row{30, 900, 900, 1},
                           Row{1'000, 16'384, 16'384, 0}}) {
        SCOPED_TRACE(row.permille);
        HistoryWorld each;
        each.world.budget = test_budget(6'000, 1'000, row.permille);
        each.btc_trades = row.btc;
        each.eth_trades = row.eth;
        each.start();
        EXPECT_LE(each.seconds_to_complete(600), 60 * row.minutes + 2);
        EXPECT_EQ(each.ended(ReconcilePhase::failed), 0U);
        const auto pages = static_cast<std::size_t>(row.btc / 1'000 + row.eth / 1'000 + 2);
        EXPECT_EQ(each.asked.size(), pages);
        EXPECT_EQ(each.world.all<engine::AccountFill>().size(),
                  static_cast<std::size_t>(row.btc + row.eth));
    }
}

}  // namespace
}  // namespace portcullis::gateways::binance
