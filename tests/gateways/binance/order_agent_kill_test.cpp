// Ten thousand kills while orders burst: what leaves after the store is at most the one message
// that was being written.
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

constexpr int kills = 10'000;

class Burst {
public:
    explicit Burst(unsigned seed) : random_(seed) {
        world_.budget = test_budget(100'000'000, 100'000'000);
        world_.start_ready();
        first_wire_ = world_.primary.wires.size() - 1;
        world_.primary.wire().sent.clear();
    }
    /// The store comes after so many looks of the order agent, anywhere in the burst. Returns how
    /// many orders left after it.
    std::size_t kill_in_the_middle() {
        const int orders = 1 + pick(8);
        const int at = pick(2 * orders + 2);
        std::size_t sent_at_store = at == 0 ? orders_sent() : SIZE_MAX;
        world_.kill.calls = 0;
        world_.kill.changes_at_call = at;
        world_.kill.looked = [&](int call) {
            if (call == at - 1) {
                sent_at_store = orders_sent();
            }
        };
        world_.primary.wire().block_next = pick(25) == 0;
        std::vector<engine::OrderSlot> slots;
        for (int i = 0; i < orders; ++i) {
            world_.submit();
            slots.push_back(world_.gate.context.slot);
        }
        world_.turn(4);
        const std::size_t all = orders_sent();
        const std::size_t after = sent_at_store == SIZE_MAX ? 0 : all - sent_at_store;
        stores_ += sent_at_store == SIZE_MAX ? 0 : 1;
        sent_ += all;
        clear(slots);
        return after;
    }
    std::size_t sent_{}, stores_{}, cuts_{};

private:
    int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
    /// Over every connection that there is in this burst.
    [[nodiscard]] std::size_t orders_sent() const {
        std::size_t count = 0;
        for (std::size_t i = first_wire_; i < world_.primary.wires.size(); ++i) {
            for (const std::string& frame : world_.primary.wires[i]->sent) {
                count += is_order(frame) ? 1U : 0U;
            }
        }
        return count;
    }
    [[nodiscard]] static bool is_order(const std::string& frame) {
        return frame.find("\"order.place\"") != std::string::npos;
    }
    /// The venue refuses what came, the kill is cleared, and the next burst begins as the first.
    void clear(const std::vector<engine::OrderSlot>& slots) {
        world_.kill.looked = nullptr;
        world_.kill.changes_at_call = -1;
        Wire& wire = *world_.primary.wires[first_wire_];
        cuts_ += wire.was_cut ? 1 : 0;
        wire.pending = 0;
        for (const std::string& frame : wire.sent) {
            if (is_order(frame) && !wire.was_cut) {
                world_.answer_to_frame(wire, frame, 400, R"("error":{"code":-2010,"msg":"no"})");
            }
        }
        for (int i = 0; i < 5'000 && (i < 3 || !world_.agent->primary().ready()); ++i) {
            world_.turn();
        }
        ASSERT_TRUE(world_.agent->primary().ready());
        for (const engine::OrderSlot slot : slots) {
            world_.gate.gate().on_closed(slot);
        }
        first_wire_ = world_.primary.wires.size() - 1;
        world_.primary.wire().sent.clear();
        world_.events.clear();
    }

    AgentWorld world_;
    std::mt19937 random_;
    std::size_t first_wire_{};
};

TEST(OrderAgent, LetsAtMostOneOrderLeaveAfterAKillTenThousandTimesInTheMiddleOfABurst) {
    std::size_t none = 0;
    std::size_t one = 0;
    std::size_t stores = 0;
    std::size_t sent = 0;
    std::size_t cuts = 0;
    for (unsigned world = 0; world < kills / 1'000; ++world) {
        Burst burst(world);
        for (int i = 0; i < 1'000; ++i) {
            const std::size_t after = burst.kill_in_the_middle();
            ASSERT_LE(after, 1U) << "world " << world << ", kill " << i;
            (after == 0 ? none : one) += 1;
        }
        stores += burst.stores_;
        sent += burst.sent_;
        cuts += burst.cuts_;
    }
    std::cout << kills << " kills, " << stores << " of them inside a burst: " << none
              << " times nothing left afterwards, " << one << " times the one being written; "
              << sent << " orders left in all, " << cuts << " connections cut\n";
    EXPECT_GT(stores, 8'000U);
    EXPECT_GT(one, 1'000U) << "the edge itself";
    EXPECT_GT(sent, 10'000U);
    EXPECT_GT(cuts, 50U);
}

}  // namespace
}  // namespace portcullis::gateways::binance
