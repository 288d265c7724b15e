// Every input matters: one byte of one journaled input flipped, wherever it has a meaning, gives
// another state hash. And every component is in the hash by itself: two that differ in one
// remembered thing differ in their number, so that the digest of the inputs does not hide a hole.
#include <gtest/gtest.h>

#include <map>

#include "tests/sim/core_rig.hpp"

namespace portcullis::tests {
namespace {

/// The inputs of a short run with trading in it, and one event of each kind that did not occur.
std::vector<Event> short_run() {
    std::vector<Event> records;
    MemoryJournal journal{&records};
    CoreRig<> rig(journal);
    const MonoNs begun = recorded().front().header.mono;
    rig.start(begun);
    for (std::size_t i = 0; i < 9'000; ++i) {
        rig.feed(recorded()[i]);
    }
    EXPECT_GT(rig.core().counters().orders_approved, 10U);
    const MonoNs now = rig.core().now();
    rig.feed(FeedAlive{1, 0, {}}, now);
    rig.feed(RateUsage{1, 2, 3, 4}, now);
    rig.feed(MarkSet{5'000'000, AssetId{0}, {}}, now);
    rig.feed(SessionStart{{1, 2}, 3, 4, 0}, now);
    rig.feed(OrderNotFound{ClOrdId::of(Epoch{1}, 1), WallNs{5}, InstrumentId{0}, {}}, now);
    rig.feed(OrderCancelReject{ClOrdId::of(Epoch{1}, 1), InstrumentId{0}, RejectReason::other,
                               ReportSource::answer, -2011},
             now);
    RequestOutcome outcome;
    outcome.cl_ord_id = ClOrdId::of(Epoch{1}, 1);
    outcome.instrument = InstrumentId{0};
    rig.feed(outcome, now);
    rig.feed(OperatorCommand{Command::resume, Scope::firm, 0, 7, 8}, now);
    rig.feed(KillChanged{2, 0, Scope::strategy, 0}, now);
    std::erase_if(records, [](const Event& record) { return !record.is_input(); });
    return records;
}

std::uint64_t hash_of_inputs(const std::vector<Event>& inputs) {
    MemoryJournal journal;
    CoreRig<> rig(journal);
    for (Event input : inputs) {
        rig.core().step(input);
    }
    return rig.core().state_hash();
}

TEST(StateHash, OneFlippedByteOfOneInputOfEachKindChangesIt) {
    const std::vector<Event> inputs = short_run();
    std::map<EventType, std::size_t> last;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        last[inputs[i].header.type] = i;
    }
    EXPECT_GE(last.size(), 16U);
    // The state before each such input is reached once; the digest takes the input in as a whole,
    // so one step from there tells all that there is to tell.
    for (const auto& [type, at] : last) {
        const Event& truth = inputs[at];
        const std::uint64_t before = 0x1234;
        const std::uint64_t honest = digest_of(before, truth);
        for (std::size_t byte = 0; byte < event_payload_bytes; ++byte) {
            for (unsigned bit = 0; bit < 8; ++bit) {
                Event flipped = truth;
                flipped.payload[byte] =
                    static_cast<unsigned char>(flipped.payload[byte] ^ 1U << bit);
                ASSERT_NE(digest_of(before, flipped), honest)
                    << "type " << static_cast<int>(type) << " byte " << byte;
            }
        }
    }
}

TEST(StateHash, AFlippedByteIsStillSeenAtTheEndOfTheRun) {
    std::vector<Event> inputs = short_run();
    const std::uint64_t honest = hash_of_inputs(inputs);
    ASSERT_EQ(hash_of_inputs(inputs), honest);
    // The time of a ticker in the middle, the size of a trade, a level of the book: all legal.
    std::map<EventType, std::size_t> first;
    for (std::size_t i = 3'000; i < inputs.size(); ++i) {
        first.emplace(inputs[i].header.type, i);
    }
    for (const EventType type :
         {EventType::trade_print, EventType::rate_usage, EventType::feed_alive, EventType::timer,
          EventType::session_start, EventType::operator_command}) {
        ASSERT_TRUE(first.contains(type)) << static_cast<int>(type);
        Event& victim = inputs[first[type]];
        const std::size_t byte = type == EventType::operator_command ? 8 : 0;
        victim.payload[byte] ^= 4U;
        EXPECT_NE(hash_of_inputs(inputs), honest) << static_cast<int>(type);
        victim.payload[byte] ^= 4U;
    }
}

template <class T>
std::uint64_t hash_of(const T& component) {
    StateHasher hasher;
    component.hash(hasher);
    return hasher.value();
}

BookDelta one_level(std::int64_t price) {
    BookDelta delta;
    delta.first_update = delta.last_update = UpdateId{10};
    delta.flags = BookDelta::snapshot | BookDelta::snapshot_begin | BookDelta::last;
    delta.levels[0] = {PriceAtoms{price}, QtyAtoms{5}};
    delta.level_count = 1;
    delta.instrument = InstrumentId{0};
    return delta;
}

NewOrderSingle an_order(std::int64_t price) {
    NewOrderSingle order;
    order.cl_ord_id = ClOrdId::of(Epoch{1}, 1);
    order.price = PriceTicks{price};
    order.qty = QtyLots{1'000};
    order.instrument_version = 1;
    order.instrument = InstrumentId{0};
    order.strategy = StrategyId{0};
    return order;
}

TEST(StateHash, CoversTheBook) {
    InstrumentMarket one;
    InstrumentMarket other;
    (void)one.on(one_level(100), MonoNs{1});
    (void)other.on(one_level(101), MonoNs{1});
    EXPECT_NE(hash_of(one), hash_of(other));
    InstrumentMarket later;
    (void)later.on(one_level(100), MonoNs{2});
    EXPECT_NE(hash_of(one), hash_of(later)) << "when the top was seen decides whether it is fresh";
}

TEST(StateHash, CoversTheOrders) {
    const UnknownPolicy policy{milliseconds(1), milliseconds(1), milliseconds(1)};
    OrderStore one(policy);
    OrderStore other(policy);
    for (OrderStore* store : {&one, &other}) {
        store->start(Epoch{1});
        store->open(*store->free_slot(), an_order(100), PriceAtoms{100}, QtyAtoms{1'000}, no_order,
                    MonoNs{1});
    }
    EXPECT_EQ(hash_of(one), hash_of(other));
    other.mark_cancel(OrderSlot{0});
    EXPECT_NE(hash_of(one), hash_of(other));
}

TEST(StateHash, CoversReservationsWindowsAndStatesOfTheGate) {
    const auto fresh = [] {
        auto gate = std::make_unique<risk::RiskGate>(gate_config(Epoch{1}));
        Instrument instrument = CoreRig<>::grid();
        instrument.id = InstrumentId{0};
        instrument.base = AssetId{0};
        instrument.quote = AssetId{1};
        gate->on_instrument(instrument);
        return gate;
    };
    const auto plain = fresh();
    EXPECT_EQ(hash_of(*plain), hash_of(*fresh()));
    auto reserved = fresh();
    reserved->restore_order(OrderSlot{0}, an_order(100), PriceAtoms{100}, QtyAtoms{1'000});
    EXPECT_NE(hash_of(*plain), hash_of(*reserved));
    auto counted = fresh();
    counted->restore_sent({.at = MonoNs{5}, .strategy = StrategyId{0}});
    EXPECT_NE(hash_of(*plain), hash_of(*counted));
    auto later = fresh();
    later->restore_sent({.at = MonoNs{6}, .strategy = StrategyId{0}});
    EXPECT_NE(hash_of(*counted), hash_of(*later))
        << "when a message was sent is what frees its place";
    auto traded = fresh();
    traded->restore_filled({.at = MonoNs{5}, .strategy = StrategyId{0}});
    EXPECT_NE(hash_of(*plain), hash_of(*traded));
    EXPECT_NE(hash_of(*counted), hash_of(*traded));
    auto killed = fresh();
    killed->on_kill_word(Scope::instrument, 0, 1);
    EXPECT_NE(hash_of(*plain), hash_of(*killed));
    auto halted = fresh();
    halted->set_trading_state(Scope::strategy, 0, TradingState::halted);
    EXPECT_NE(hash_of(*plain), hash_of(*halted));
    auto marked = fresh();
    marked->on_mark(AssetId{0}, 5);
    EXPECT_NE(hash_of(*plain), hash_of(*marked));
    auto funded = fresh();
    funded->on_balance(AssetId{0}, AmountAtoms{int128{1}});
    EXPECT_NE(hash_of(*plain), hash_of(*funded));
}

TEST(StateHash, CoversPositions) {
    Positions one;
    Positions other;
    other.set_balance(AssetId{1}, AmountAtoms{int128{1} << 70});
    EXPECT_NE(hash_of(one), hash_of(other)) << "the upper half of 128 bits, too";
}

TEST(StateHash, CoversTheStrategies) {
    strategies::StrategySet one(sim_config().strategies);
    strategies::StrategySet other(sim_config().strategies);
    EXPECT_EQ(hash_of(one), hash_of(other));
    Refusal refusal;
    refusal.reject_reason = RejectReason::would_match;
    other.on_refused(StrategyId{0}, refusal, MonoNs{5});
    EXPECT_NE(hash_of(one), hash_of(other)) << "a strategy that waits will act at another time";
}

}  // namespace
}  // namespace portcullis::tests
