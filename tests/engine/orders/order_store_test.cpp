// The table, the anomalies, and the proof of death of an unanswered request.
#include "engine/orders/order_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <unordered_map>

#include "tests/engine/orders/fixture.hpp"

namespace portcullis::engine::orders_test {
namespace {

class Orders : public ::testing::Test {
protected:
    Orders() { store.start(epoch); }
    OrderStore store{policy};
    Told told{1};

    std::uint64_t hash() const {
        StateHasher hasher;
        store.hash(hasher);
        return hasher.value();
    }
    std::vector<std::uint64_t> all() const {
        std::vector<std::uint64_t> found;
        store.for_each(
            [&](OrderSlot, const Order& order) { found.push_back(order.cl_ord_id.sequence()); });
        return found;
    }
};

// --- unknown ------------------------------------------------------------------------------------

TEST_F(Orders, a_request_that_was_not_sent_releases_at_once) {
    for (const RequestFate fate : {RequestFate::not_sent_killed, RequestFate::not_sent_deadline,
                                   RequestFate::not_sent_disconnected, RequestFate::not_sent_rate,
                                   RequestFate::not_sent_sequence, RequestFate::not_sent_instrument,
                                   RequestFate::not_sent_unsigned}) {
        OrderStore fresh(policy);
        fresh.start(epoch);
        open(fresh, 1);
        const Applied applied = hear(fresh, told.outcome(fate));
        EXPECT_TRUE(applied.done_now);
        EXPECT_EQ(applied.end, OrderEnd::not_sent);
        EXPECT_EQ(fresh.live(), 0U);
    }
}

TEST_F(Orders, not_sent_is_no_proof_once_something_left) {
    open(store, 1);
    (void)hear(store, told.outcome(RequestFate::sent));
    const Applied applied = hear(store, told.outcome(RequestFate::not_sent_disconnected));
    EXPECT_TRUE(applied.anomalies.has(Anomaly::contradiction));
    EXPECT_FALSE(applied.done_now);
    EXPECT_EQ(store.live(), 1U);
}

TEST_F(Orders, an_unknown_order_is_dead_only_after_two_queries_sent_past_its_expiry) {
    const OrderSlot slot = open(store, 1);
    (void)hear(store, told.outcome(RequestFate::unknown));
    EXPECT_EQ(store.at(slot).status, OrdStatus::unknown);
    EXPECT_EQ(store.at(slot).leaves(), QtyAtoms{10});
    // Queries before the expiry plus margin (500 ms), however many, prove nothing.
    for (int i = 0; i < 5; ++i) {
        store.mark_query(slot, at_ms(i), venue_ms(500));
        EXPECT_FALSE(hear(store, told.not_found(venue_ms(9000))).done_now);
    }
    EXPECT_EQ(store.at(slot).not_found, 0);
    // Nor does one that left when the venue's clock was not known.
    store.mark_query(slot, at_ms(5), std::nullopt);
    (void)hear(store, told.not_found(venue_ms(9000)));
    EXPECT_EQ(store.at(slot).not_found, 0);
    // Nor an answer that was made before, whatever our clock thinks.
    store.mark_query(slot, at_ms(6), venue_ms(501));
    (void)hear(store, told.not_found(venue_ms(500)));
    EXPECT_EQ(store.at(slot).not_found, 0);
    // Nor an answer to nothing.
    (void)hear(store, told.not_found(venue_ms(9000)));
    EXPECT_EQ(store.at(slot).not_found, 0);
    // Two that left after it.
    store.mark_query(slot, at_ms(7), venue_ms(501));
    EXPECT_FALSE(hear(store, told.not_found(venue_ms(501))).done_now);
    EXPECT_EQ(store.at(slot).not_found, 1);
    store.mark_query(slot, at_ms(8), venue_ms(502));
    const Applied applied = hear(store, told.not_found(venue_ms(503)));
    EXPECT_TRUE(applied.done_now);
    EXPECT_EQ(applied.end, OrderEnd::dead);
    EXPECT_EQ(store.live(), 0U);
}

TEST_F(Orders, without_an_expiry_nothing_is_ever_dead) {
    const OrderSlot slot = open(store, 1);
    for (int i = 0; i < 10; ++i) {
        store.mark_query(slot, at_ms(i), venue_ms(1'000'000));
        EXPECT_FALSE(hear(store, told.not_found(venue_ms(1'000'001))).done_now);
    }
}

TEST_F(Orders, an_order_that_the_venue_accepted_cannot_be_proven_dead_it_has_vanished) {
    const OrderSlot slot = open(store, 1);
    (void)hear(store, told.outcome(RequestFate::sent));
    (void)hear(store, told.ack());
    for (int i = 0; i < 3; ++i) {
        store.mark_query(slot, at_ms(9000 + i), venue_ms(9000));
        const Applied applied = hear(store, told.not_found(venue_ms(9001)));
        EXPECT_TRUE(applied.anomalies.has(Anomaly::vanished));
        EXPECT_FALSE(applied.done_now);
    }
    EXPECT_EQ(store.at(slot).leaves(), QtyAtoms{10});
}

TEST_F(Orders, an_order_that_overtook_its_own_query_has_not_vanished_and_is_asked_after_again) {
    const OrderSlot slot = open(store, 1);
    store.mark_query(slot, at_ms(0), venue_ms(9000));
    (void)hear(store, told.ack());
    const Applied applied = hear(store, told.not_found(venue_ms(9001)));
    EXPECT_FALSE(applied.anomalies.has(Anomaly::vanished));
    EXPECT_FALSE(applied.done_now);
    EXPECT_TRUE(store.at(slot).suspect);
}

TEST_F(Orders, what_was_proven_dead_and_lives_is_said_so_and_its_fill_counts) {
    const OrderSlot slot = open(store, 1);
    (void)hear(store, told.outcome(RequestFate::unknown));
    for (int i = 0; i < 2; ++i) {
        store.mark_query(slot, at_ms(i), venue_ms(501));
        (void)hear(store, told.not_found(venue_ms(502)));
    }
    ASSERT_EQ(store.live(), 0U);
    const Applied applied = hear(store, told.trade(1, 4, 4));
    EXPECT_TRUE(applied.anomalies.has(Anomaly::back_from_dead));
    EXPECT_TRUE(applied.anomalies.has(Anomaly::fill_after_done));
    EXPECT_TRUE(applied.anomalies.halts());
    EXPECT_EQ(applied.fill.qty, QtyAtoms{4});
    EXPECT_EQ(applied.fill.strategy, ladder);
}

TEST_F(Orders, asks_about_the_unknown_the_silent_and_the_suspect_one_query_at_a_time) {
    const OrderSlot silent = open(store, 1);
    const OrderSlot unknown = open(store, 2);
    const OrderSlot suspect = open(store, 3);
    const OrderSlot healthy = open(store, 4);
    (void)hear(store, told.outcome(RequestFate::sent));
    (void)hear(store, Told{2}.outcome(RequestFate::unknown));
    (void)hear(store, Told{3}.ack());
    (void)hear(store, Told{3}.cancel_reject(RejectReason::unknown_order));
    (void)hear(store, Told{4}.ack());
    EXPECT_EQ(store.unanswered(), 2U);
    EXPECT_FALSE(store.needs_query(silent, at_ms(999)));
    EXPECT_TRUE(store.needs_query(silent, at_ms(1000)));
    EXPECT_TRUE(store.needs_query(unknown, noon));
    EXPECT_TRUE(store.needs_query(suspect, noon));
    EXPECT_FALSE(store.needs_query(healthy, at_ms(100'000)));
    store.mark_query(unknown, at_ms(1), std::nullopt);
    store.mark_query(suspect, at_ms(2), std::nullopt);
    EXPECT_FALSE(store.needs_query(unknown, at_ms(1000)));
    EXPECT_FALSE(store.needs_query(suspect, at_ms(1001)));
    EXPECT_TRUE(store.needs_query(unknown, at_ms(1001))) << "its query is lost after answer_max";
    store.mark_query(silent, at_ms(1001), std::nullopt);
    EXPECT_FALSE(store.needs_query(silent, at_ms(2000)));
    // A query that found the order ends the doubt; one that was lost does not.
    (void)hear(store,
               Told{3}.report(ExecType::order_status, OrdStatus::new_, 0, ReportSource::query));
    EXPECT_FALSE(store.needs_query(suspect, at_ms(50'000)));
    (void)hear(store, Told{2}.outcome(RequestFate::unknown, RequestKind::status));
    EXPECT_FALSE(store.needs_query(unknown, at_ms(200)));
    EXPECT_TRUE(store.needs_query(unknown, at_ms(201)));
}

TEST_F(Orders, an_accepted_order_missing_from_a_later_open_orders_answer_becomes_suspect) {
    const OrderSlot listed = open(store, 1);
    const OrderSlot missing = open(store, 2);
    const OrderSlot newer = open(store, 3);
    (void)hear(store, Told{1}.ack(), at_ms(1));
    (void)hear(store, Told{2}.ack(), at_ms(1));
    (void)hear(store, Told{3}.ack(), at_ms(6));
    store.begin_open_orders(InstrumentSet::all());
    (void)hear(store, Told{1}.row(0), at_ms(9));
    EXPECT_EQ(store.end_open_orders(InstrumentSet::all(), at_ms(5)), 1U);
    EXPECT_FALSE(store.at(listed).suspect);
    EXPECT_TRUE(store.at(missing).suspect);
    EXPECT_FALSE(store.at(newer).suspect) << "accepted after the question was asked";
}

// --- anomalies ----------------------------------------------------------------------------------

TEST_F(Orders, a_duplicate_has_no_effect_at_all) {
    open(store, 1);
    (void)hear(store, told.ack());
    (void)hear(store, told.trade(1, 3, 3));
    const std::uint64_t before = hash();
    for (const auto from : {ReportSource::answer, ReportSource::stream_primary,
                            ReportSource::stream_secondary, ReportSource::query}) {
        const Applied applied = hear(store, told.trade(1, 3, 3, from));
        EXPECT_FALSE(applied.has_fill() || applied.accepted_now || applied.done_now ||
                     applied.leaves_reduced);
        EXPECT_TRUE(applied.anomalies.none());
    }
    EXPECT_EQ(hash(), before);
}

TEST_F(Orders, a_fill_after_the_end_counts_as_a_stray_fill_and_once) {
    open(store, 1);
    (void)hear(store, told.canceled(0));
    const Applied first = hear(store, told.trade(1, 3, 3));
    EXPECT_EQ(first.slot, no_slot);
    EXPECT_EQ(first.fill.qty, QtyAtoms{3});
    EXPECT_EQ(first.fill.strategy, ladder);
    EXPECT_TRUE(first.anomalies.has(Anomaly::fill_after_done));
    EXPECT_FALSE(first.anomalies.breach() || first.anomalies.halts());
    EXPECT_FALSE(hear(store, told.trade(1, 3, 3)).has_fill());
}

TEST_F(Orders, an_overfill_moves_the_position_and_is_said_once) {
    open(store, 1);
    (void)hear(store, told.ack());
    (void)hear(store, told.trade(1, 9, 9));
    const Applied over = hear(store, told.trade(2, 3, 12));
    EXPECT_EQ(over.fill.qty, QtyAtoms{3});
    EXPECT_TRUE(over.anomalies.has(Anomaly::overfill));
    EXPECT_TRUE(over.done_now);
    EXPECT_EQ(over.leaves, QtyAtoms{});
}

TEST_F(Orders, a_fill_beyond_our_limit_is_counted_and_said) {
    open(store, 1);
    auto report = told.trade(1, 3, 3);
    report.last_price = PriceAtoms{101};
    const Applied buy = hear(store, report);
    EXPECT_TRUE(buy.has_fill() && buy.anomalies.has(Anomaly::price_worse));
    open(store, 2, no_order, Side::sell);
    auto sold = Told{2, Side::sell}.trade(1, 3, 3);
    sold.last_price = PriceAtoms{99};
    EXPECT_TRUE(hear(store, sold).anomalies.has(Anomaly::price_worse));
    auto fair = Told{2, Side::sell}.trade(2, 3, 6);
    fair.last_price = PriceAtoms{100};
    EXPECT_TRUE(hear(store, fair).anomalies.none());
}

TEST_F(Orders, another_side_quantity_price_or_instrument_than_we_sent_is_a_breach) {
    open(store, 1);
    auto side = told.ack();
    side.bits = ExecutionReport::pack(ReportSource::stream_primary, false, Side::sell);
    EXPECT_TRUE(hear(store, side).anomalies.has(Anomaly::side_mismatch));
    auto quantity = told.ack();
    quantity.order_qty = QtyAtoms{11};
    EXPECT_TRUE(hear(store, quantity).anomalies.has(Anomaly::qty_mismatch));
    quantity.order_qty = QtyAtoms{9};
    EXPECT_TRUE(hear(store, quantity).anomalies.has(Anomaly::qty_mismatch));
    auto row = told.row(0);
    row.price = PriceAtoms{101};
    const Applied priced = hear(store, row);
    EXPECT_TRUE(priced.anomalies.has(Anomaly::price_mismatch) && priced.anomalies.breach());
    auto elsewhere = told.ack();
    elsewhere.instrument = InstrumentId{4};
    EXPECT_TRUE(hear(store, elsewhere).anomalies.has(Anomaly::instrument_mismatch));
    auto fill = told.trade(1, 2, 2);
    fill.bits = ExecutionReport::pack(ReportSource::stream_primary, false, Side::sell);
    const Applied wrong = hear(store, fill);
    EXPECT_EQ(wrong.slot, no_slot);
    EXPECT_EQ(wrong.fill.side, Side::sell) << "the position follows the venue";
    EXPECT_EQ(store.at(*store.find(id_of(1))).cum, QtyAtoms{});
}

TEST_F(Orders, an_answer_need_not_name_the_side) {
    open(store, 1, no_order, Side::sell);
    EXPECT_TRUE(hear(store, told.ack(ReportSource::answer)).anomalies.none());
}

TEST_F(Orders, our_id_on_another_order_of_the_venue_is_a_breach_alive_or_done) {
    open(store, 1);
    (void)hear(store, told.ack());
    auto other = told.ack();
    other.order_id = OrderId{99};
    EXPECT_TRUE(hear(store, other).anomalies.has(Anomaly::reused_id));
    (void)hear(store, told.canceled(0));
    EXPECT_TRUE(hear(store, told.ack()).anomalies.none()) << "a late copy";
    EXPECT_TRUE(hear(store, other).anomalies.has(Anomaly::reused_id));
    auto fill = told.trade(1, 1, 1);
    fill.order_id = OrderId{99};
    const Applied stray = hear(store, fill);
    EXPECT_TRUE(stray.anomalies.has(Anomaly::reused_id) && stray.has_fill());
    EXPECT_EQ(stray.fill.strategy, no_strategy);
}

TEST_F(Orders, a_duplicate_order_refusal_does_not_free_the_reservation) {
    open(store, 1);
    auto refused = told.outcome(RequestFate::rejected);
    refused.reason = RejectReason::duplicate_order;
    const Applied applied = hear(store, refused);
    EXPECT_TRUE(applied.anomalies.has(Anomaly::reused_id));
    EXPECT_FALSE(applied.done_now);
    EXPECT_EQ(store.at(applied.slot).status, OrdStatus::unknown);
}

TEST_F(Orders, strangers_are_told_apart_by_epoch_and_id) {
    auto older = told.trade(1, 2, 2);
    older.cl_ord_id = ClOrdId::of(Epoch{6}, 1);
    const Applied earlier = hear(store, older);
    EXPECT_TRUE(earlier.anomalies.has(Anomaly::earlier_epoch) && earlier.has_fill());
    EXPECT_FALSE(earlier.anomalies.breach());
    auto newer = told.ack();
    newer.cl_ord_id = ClOrdId::of(Epoch{8}, 1);
    EXPECT_TRUE(hear(store, newer).anomalies.has(Anomaly::unknown_id));
    EXPECT_TRUE(hear(store, Told{50}.ack()).anomalies.has(Anomaly::unknown_id));
    auto nobody = Told{51}.history(1, 2);
    nobody.cl_ord_id = no_order;
    const Applied foreign = hear(store, nobody);
    EXPECT_TRUE(foreign.anomalies.has(Anomaly::foreign) && foreign.has_fill());
    EXPECT_TRUE(foreign.anomalies.breach());
}

TEST_F(Orders, a_fill_of_the_history_finds_its_order_by_the_venues_number) {
    open(store, 1);
    (void)hear(store, told.ack());
    auto fill = told.history(1, 3);
    fill.cl_ord_id = no_order;
    const Applied live = hear(store, fill);
    EXPECT_EQ(live.fill.strategy, ladder);
    EXPECT_EQ(store.at(live.slot).cum, QtyAtoms{3});
    (void)hear(store, told.canceled(3));
    auto late = told.history(2, 1);
    late.cl_ord_id = no_order;
    const Applied done = hear(store, late);
    EXPECT_TRUE(done.anomalies.has(Anomaly::fill_after_done));
    EXPECT_FALSE(done.anomalies.has(Anomaly::foreign));
}

TEST_F(Orders, a_fill_that_may_be_of_an_unanswered_order_is_not_guessed_at) {
    open(store, 1);
    auto fill = told.history(1, 3);
    fill.cl_ord_id = no_order;
    const Applied unclear = hear(store, fill);
    EXPECT_TRUE(unclear.anomalies.has(Anomaly::unattributed) && unclear.anomalies.reconcile());
    EXPECT_FALSE(unclear.has_fill());
    const Applied clear = hear(store, told.trade(1, 3, 3));
    EXPECT_EQ(clear.fill.qty, QtyAtoms{3}) << "and it still counts when its owner is known";
}

TEST_F(Orders, the_same_trade_with_other_numbers_is_a_contradiction) {
    open(store, 1);
    (void)hear(store, told.trade(1, 3, 3));
    auto other = told.trade(1, 4, 4);
    const Applied applied = hear(store, other);
    EXPECT_TRUE(applied.anomalies.has(Anomaly::contradiction) && !applied.has_fill());
    auto unnumbered = told.trade(2, 4, 7);
    unnumbered.trade = no_trade;
    EXPECT_TRUE(hear(store, unnumbered).anomalies.has(Anomaly::no_trade_id));
}

TEST_F(Orders, hostile_numbers_neither_crash_nor_raise_a_reservation) {
    const std::int64_t wild[] = {0, 1, -1, 9, 11, INT64_MAX, INT64_MIN, INT64_MAX - 1};
    std::mt19937_64 random(3);
    std::uint64_t sequence = 0;
    for (int i = 0; i < 60'000; ++i) {
        if (store.live() < 8) {
            open(store, ++sequence);
        }
        const Told any{sequence - random() % std::min<std::uint64_t>(sequence, 12)};
        ExecutionReport report =
            any.report(static_cast<ExecType>(random() % 8 + 1),
                       static_cast<OrdStatus>(random() % 8 + 1), wild[random() % 8]);
        report.order_qty = QtyAtoms{wild[random() % 8]};
        report.last_qty = QtyAtoms{wild[random() % 8]};
        report.last_price = PriceAtoms{wild[random() % 8]};
        report.trade = TradeId{wild[random() % 8] ^ static_cast<std::int64_t>(random() % 4096)};
        report.fee_asset = AssetId{static_cast<std::uint16_t>(random())};
        report.instrument = random() % 16 == 0 ? no_instrument : btcusdt;
        std::int64_t before = 0;
        if (const auto slot =
                store.find(any.report(ExecType::new_, OrdStatus::new_, 0).cl_ord_id)) {
            before = store.at(*slot).leaves().value;
        }
        const Applied applied = hear(store, report);
        if (applied.slot != no_slot && !applied.done_now) {
            const std::int64_t after = store.at(applied.slot).leaves().value;
            ASSERT_LE(after, 10);
            ASSERT_TRUE(after <= before || !applied.anomalies.none());
        }
    }
}

// --- replace ------------------------------------------------------------------------------------

TEST_F(Orders, both_legs_of_a_replace_are_reserved_until_each_has_its_own_answer) {
    const OrderSlot old_leg = open(store, 1);
    (void)hear(store, told.ack());
    const OrderSlot new_leg = open(store, 2, id_of(1));
    EXPECT_TRUE(store.at(old_leg).replace_pending);
    EXPECT_EQ(store.at(old_leg).replaced_by, id_of(2));
    const Applied accepted = hear(store, Told{2}.ack());
    EXPECT_EQ(accepted.replace_ended, id_of(1));
    EXPECT_FALSE(store.at(old_leg).replace_pending);
    EXPECT_EQ(store.at(old_leg).leaves(), QtyAtoms{10}) << "until its cancel is proven";
    const Applied ended = hear(store, told.canceled(0));
    EXPECT_TRUE(ended.done_now);
    EXPECT_EQ(ended.replace_ended, no_order) << "said once";
    EXPECT_EQ(store.at(new_leg).replaces, id_of(1));
}

TEST_F(Orders, a_replace_that_fails_leaves_the_old_leg_as_it_was) {
    for (const bool reject_first : {true, false}) {
        OrderStore fresh(policy);
        fresh.start(epoch);
        const OrderSlot old_leg = open(fresh, 1);
        (void)hear(fresh, told.ack());
        open(fresh, 2, id_of(1));
        int ended = 0;
        const auto first = [&] {
            ended += hear(fresh, told.cancel_reject(RejectReason::other)).replace_ended != no_order;
        };
        const auto second = [&] {
            const Applied done =
                hear(fresh, Told{2}.outcome(RequestFate::rejected, RequestKind::replace));
            EXPECT_EQ(done.end, OrderEnd::rejected);
            ended += done.replace_ended != no_order;
        };
        reject_first ? (first(), second()) : (second(), first());
        EXPECT_EQ(ended, 1);
        EXPECT_FALSE(fresh.at(old_leg).replace_pending);
        EXPECT_EQ(fresh.at(old_leg).leaves(), QtyAtoms{10});
    }
}

TEST_F(Orders, an_amend_without_an_answer_keeps_the_larger_quantity_until_a_query_tells) {
    const OrderSlot slot = open(store, 1);
    (void)hear(store, told.ack());
    store.mark_amend(slot, QtyAtoms{4});
    (void)hear(store, told.outcome(RequestFate::unknown, RequestKind::amend));
    EXPECT_EQ(store.at(slot).leaves(), QtyAtoms{10});
    EXPECT_TRUE(store.needs_query(slot, noon));
    auto found = told.report(ExecType::order_status, OrdStatus::new_, 0, ReportSource::query);
    found.order_qty = QtyAtoms{4};
    const Applied applied = hear(store, found);
    EXPECT_TRUE(applied.leaves_reduced);
    EXPECT_EQ(applied.leaves, QtyAtoms{4});
}

TEST_F(Orders, a_late_copy_of_an_earlier_amend_does_not_end_the_one_under_way) {
    const OrderSlot slot = open(store, 1);
    (void)hear(store, told.ack());
    auto first = told.report(ExecType::replaced, OrdStatus::new_, 0, ReportSource::stream_primary);
    first.order_qty = QtyAtoms{7};
    store.mark_amend(slot, QtyAtoms{7});
    (void)hear(store, first);
    EXPECT_FALSE(store.at(slot).replace_pending);
    store.mark_amend(slot, QtyAtoms{5});
    (void)hear(store, first);  // the second stream tells of it, too
    EXPECT_TRUE(store.at(slot).replace_pending);
    EXPECT_EQ(store.at(slot).qty, QtyAtoms{7});
    auto second = first;
    second.exec_id.value += 1;
    second.order_qty = QtyAtoms{5};
    (void)hear(store, second);
    EXPECT_FALSE(store.at(slot).replace_pending);
    EXPECT_EQ(store.at(slot).qty, QtyAtoms{5});
}

// --- the table ----------------------------------------------------------------------------------

TEST_F(Orders, the_table_is_full_at_its_capacity_and_says_so) {
    for (std::uint64_t i = 1; i <= capacity::orders; ++i) {
        ASSERT_TRUE(store.free_slot().has_value());
        open(store, i);
    }
    EXPECT_FALSE(store.free_slot().has_value());
    (void)hear(store, Told{17}.canceled(0));
    EXPECT_TRUE(store.free_slot().has_value());
}

TEST_F(Orders, orders_are_walked_in_order_of_creation_whatever_slots_they_have) {
    std::mt19937_64 random(5);
    std::map<std::uint64_t, std::pair<StrategyId, InstrumentId>> twin;
    std::uint64_t sequence = 0;
    for (int step = 0; step < 20'000; ++step) {
        if (twin.size() < 40 && random() % 2 == 0) {
            const StrategyId strategy{static_cast<std::uint8_t>(random() % 3)};
            const InstrumentId instrument{static_cast<std::uint16_t>(random() % 4)};
            const OrderSlot slot = store.free_slot().value();
            store.open(slot, order_of(id_of(++sequence), Side::buy, strategy, instrument),
                       PriceAtoms{100}, QtyAtoms{10}, no_order, noon);
            twin[sequence] = {strategy, instrument};
        } else if (!twin.empty()) {
            auto gone =
                std::next(twin.begin(), static_cast<std::ptrdiff_t>(random() % twin.size()));
            auto end = Told{gone->first}.canceled(0);
            end.instrument = gone->second.second;
            ASSERT_TRUE(hear(store, end).done_now);
            twin.erase(gone);
        }
        const StrategyId strategy{static_cast<std::uint8_t>(random() % 3)};
        const InstrumentId instrument{static_cast<std::uint16_t>(random() % 4)};
        std::vector<std::uint64_t> every;
        std::vector<std::uint64_t> by_strategy;
        std::vector<std::uint64_t> by_instrument;
        for (const auto& [id, of] : twin) {
            every.push_back(id);
            if (of.first == strategy) {
                by_strategy.push_back(id);
            }
            if (of.second == instrument) {
                by_instrument.push_back(id);
            }
        }
        std::vector<std::uint64_t> found;
        const auto collect = [&](OrderSlot, const Order& order) {
            found.push_back(order.cl_ord_id.sequence());
        };
        ASSERT_EQ(all(), every);
        store.for_each(strategy, collect);
        ASSERT_EQ(found, by_strategy);
        ASSERT_EQ(store.live(strategy), by_strategy.size());
        found.clear();
        store.for_each(instrument, collect);
        ASSERT_EQ(found, by_instrument);
    }
}

TEST_F(Orders, a_late_copy_is_recognised_after_sixty_five_thousand_later_orders) {
    open(store, 1);
    (void)hear(store, told.canceled(0));
    for (std::uint64_t i = 2; i <= 65'536; ++i) {
        open(store, i);
        (void)hear(store, Told{i}.canceled(0));
    }
    EXPECT_TRUE(hear(store, told.canceled(0)).anomalies.none());
    open(store, 65'537);
    (void)hear(store, Told{65'537}.canceled(0));
    EXPECT_TRUE(hear(store, told.canceled(0)).anomalies.has(Anomaly::unknown_id))
        << "forgotten: errs to the safe side";
}

TEST_F(Orders, a_fill_is_overdue_from_the_moment_its_order_ended_until_it_comes) {
    const OrderSlot slot = open(store, 1);
    EXPECT_FALSE(store.at(slot).fills_overdue(at_ms(1000))) << "it has not ended";
    (void)hear(store, told.canceled(3), at_ms(10));
    EXPECT_FALSE(store.at(slot).fills_overdue(at_ms(9)));
    EXPECT_TRUE(store.at(slot).fills_overdue(at_ms(10)));
    (void)hear(store, told.history(1, 2), at_ms(11));
    EXPECT_TRUE(store.at(slot).fills_overdue(at_ms(10))) << "two of three";
    (void)hear(store, told.history(2, 1), at_ms(12));
    EXPECT_FALSE(store.in_use(slot)) << "nothing is missing: it is over";
}

using OrdersDeathTest = Orders;

TEST_F(OrdersDeathTest, a_done_order_must_be_retired_before_the_next_fact) {
    open(store, 1);
    ASSERT_TRUE(store.apply(told.canceled(0), noon).done_now);
    EXPECT_DEATH((void)store.apply(told.ack(), noon), "");
}

TEST_F(OrdersDeathTest, an_id_is_never_used_twice) {
    open(store, 1);
    (void)hear(store, told.canceled(0));
    EXPECT_DEATH(open(store, 1), "");
}

// --- trades and index ---------------------------------------------------------------------------

TEST(Trades, a_number_under_the_floor_of_the_forgotten_is_refused_and_not_guessed) {
    TradeMemory memory;
    const auto trade = [](std::int64_t n) {
        return TradeMemory::Trade{id_of(1),    TradeId{n}, PriceAtoms{1},
                                  QtyAtoms{1}, btcusdt,    Side::buy};
    };
    for (std::int64_t n = 10; n < 10 + 65'536; ++n) {
        ASSERT_EQ(memory.see(trade(n)), TradeMemory::Seen::fresh);
    }
    EXPECT_EQ(memory.see(trade(10)), TradeMemory::Seen::copy);
    EXPECT_EQ(memory.see(trade(9)), TradeMemory::Seen::fresh) << "nothing was forgotten yet";
    EXPECT_EQ(memory.see(trade(10)), TradeMemory::Seen::too_old);
    EXPECT_EQ(memory.see(trade(8)), TradeMemory::Seen::too_old);
    EXPECT_EQ(memory.see(trade(9)), TradeMemory::Seen::copy);
    EXPECT_EQ(memory.see(trade(11)), TradeMemory::Seen::copy);
    auto elsewhere = trade(8);
    elsewhere.instrument = InstrumentId{9};
    EXPECT_EQ(memory.see(elsewhere), TradeMemory::Seen::fresh) << "floors are per instrument";
}

TEST(Trades, what_lies_before_the_start_is_in_the_balances_already) {
    TradeMemory memory;
    memory.set_start(btcusdt, TradeId{100});
    TradeMemory::Trade trade{id_of(1),    TradeId{100}, PriceAtoms{1},
                             QtyAtoms{1}, btcusdt,      Side::buy};
    EXPECT_EQ(memory.see(trade), TradeMemory::Seen::before_start);
    trade.trade = TradeId{101};
    EXPECT_EQ(memory.see(trade), TradeMemory::Seen::fresh);
    EXPECT_EQ(memory.last(btcusdt), TradeId{101});
}

TEST(FlatIndexes, agree_with_a_map_over_two_hundred_thousand_random_acts) {
    FlatIndex index(256);
    std::unordered_map<std::uint64_t, std::uint32_t> twin;
    std::mt19937_64 random(11);
    for (int i = 0; i < 200'000; ++i) {
        const std::uint64_t key = random() % 400;
        const auto known = twin.find(key);
        if (known != twin.end()) {
            ASSERT_EQ(index.find(key), known->second);
            if (random() % 2 == 0) {
                index.erase(key);
                twin.erase(known);
            }
        } else {
            ASSERT_EQ(index.find(key), std::nullopt);
            if (twin.size() < 256) {
                index.insert(key, static_cast<std::uint32_t>(i));
                twin[key] = static_cast<std::uint32_t>(i);
            }
        }
        ASSERT_EQ(index.count(), twin.size());
    }
}

}  // namespace
}  // namespace portcullis::engine::orders_test
