// The venue's patience: each limit at its edge, and cancels always.
#include "gateways/session/rate_budget.hpp"

#include <gtest/gtest.h>

namespace portcullis::gateways::test {
namespace {

using engine::milliseconds;
using engine::WallNs;

constexpr engine::DurationNs minute = milliseconds(60'000);
constexpr engine::DurationNs ten_seconds = milliseconds(10'000);
constexpr engine::DurationNs five_minutes = milliseconds(300'000);
constexpr engine::DurationNs day = milliseconds(86'400'000);

WallNs at(std::int64_t ms) {
    return WallNs{1'700'000'040'000'000'000 + ms * 1'000'000};  // a whole minute and ten seconds
}

RateBudget::Settings venue() {
    return {{{RateKind::request_weight, minute, 6000},
             {RateKind::raw_requests, five_minutes, 300'000},
             {RateKind::orders, ten_seconds, 50},
             {RateKind::orders, day, 160'000},
             {RateKind::connections, five_minutes, 300}},
            1000,
            250};
}

RateBudget budget(const RateBudget::Settings& settings) {
    auto made = RateBudget::make(settings);
    EXPECT_TRUE(made.ok());
    return std::move(made).value();
}

// One limit each: so much is already used, then one more request of that cost.
struct Row {
    const char* name;
    RequestKind kind;
    RequestCost cost;
    RateKind limit;
    engine::DurationNs interval;
    std::uint32_t used;
    bool room;
};

TEST(RateBudget, each_limit_passes_below_at_its_edge_and_not_one_above) {
    const Row rows[] = {
        {"order weight below",
         RequestKind::order,
         {1, 1},
         RateKind::request_weight,
         minute,
         4000,
         true},
        {"order weight edge",
         RequestKind::order,
         {1, 1},
         RateKind::request_weight,
         minute,
         4799,
         true},
        {"order weight edge+1",
         RequestKind::order,
         {1, 1},
         RateKind::request_weight,
         minute,
         4800,
         false},
        {"order weight beyond",
         RequestKind::order,
         {1, 1},
         RateKind::request_weight,
         minute,
         UINT32_MAX,
         false},
        {"order of weight 0 above",
         RequestKind::order,
         {0, 1},
         RateKind::request_weight,
         minute,
         5999,
         true},
        {"query weight edge",
         RequestKind::query,
         {20, 0},
         RateKind::request_weight,
         minute,
         4780,
         true},
        {"query weight edge+1",
         RequestKind::query,
         {20, 0},
         RateKind::request_weight,
         minute,
         4781,
         false},
        {"order raw edge",
         RequestKind::order,
         {0, 1},
         RateKind::raw_requests,
         five_minutes,
         239'999,
         true},
        {"order raw edge+1",
         RequestKind::order,
         {0, 1},
         RateKind::raw_requests,
         five_minutes,
         240'000,
         false},
        {"order count edge", RequestKind::order, {0, 1}, RateKind::orders, ten_seconds, 49, true},
        {"order count edge+1",
         RequestKind::order,
         {0, 1},
         RateKind::orders,
         ten_seconds,
         50,
         false},
        {"order count of two",
         RequestKind::order,
         {0, 2},
         RateKind::orders,
         ten_seconds,
         49,
         false},
        {"order count a day edge",
         RequestKind::order,
         {0, 1},
         RateKind::orders,
         day,
         159'999,
         true},
        {"order count a day edge+1",
         RequestKind::order,
         {0, 1},
         RateKind::orders,
         day,
         160'000,
         false},
        {"query ignores order count",
         RequestKind::query,
         {2, 0},
         RateKind::orders,
         ten_seconds,
         50,
         true},
        {"connect edge",
         RequestKind::connect,
         {2, 0},
         RateKind::connections,
         five_minutes,
         299,
         true},
        {"connect edge+1",
         RequestKind::connect,
         {2, 0},
         RateKind::connections,
         five_minutes,
         300,
         false},
        {"snapshot share edge",
         RequestKind::snapshot,
         {1500, 0},
         RateKind::request_weight,
         minute,
         0,
         true},
        {"snapshot share edge+1",
         RequestKind::snapshot,
         {1501, 0},
         RateKind::request_weight,
         minute,
         0,
         false},
        {"cancel in the reserve",
         RequestKind::cancel,
         {1, 0},
         RateKind::request_weight,
         minute,
         5999,
         true},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        RateBudget b = budget(venue());
        b.on_reported(row.limit, row.interval, row.used, 0, 0, at(0));
        EXPECT_EQ(b.has_room(row.kind, row.cost, at(1)), row.room);
        EXPECT_EQ(b.take(row.kind, row.cost, at(1)), row.room);
    }
}

TEST(RateBudget, counts_what_it_sends_without_any_report) {
    RateBudget b = budget(venue());
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(b.take(RequestKind::order, {1, 1}, at(i)));
    }
    EXPECT_FALSE(b.take(RequestKind::order, {1, 1}, at(50)));
    EXPECT_EQ(b.usage(RateKind::orders, at(50)).used, 50U);
    EXPECT_EQ(b.usage(RateKind::request_weight, at(50)).used, 50U);
    EXPECT_EQ(b.usage(RateKind::request_weight, at(50)).limit, 6000U);
}

TEST(RateBudget, a_refused_request_is_not_counted_in_any_limit) {
    RateBudget b = budget(venue());
    b.on_reported(RateKind::orders, ten_seconds, 50, 0, 0, at(0));
    EXPECT_FALSE(b.take(RequestKind::order, {1, 1}, at(1)));
    EXPECT_EQ(b.usage(RateKind::request_weight, at(1)).used, 0U);
    EXPECT_EQ(b.usage(RateKind::raw_requests, at(1)).used, 0U);
}

TEST(RateBudget, intervals_begin_where_the_venues_clock_has_them) {
    RateBudget b = budget(venue());
    b.on_reported(RateKind::orders, ten_seconds, 50, 0, 0, at(9'000));
    EXPECT_FALSE(b.take(RequestKind::order, {0, 1}, at(9'999)));
    EXPECT_TRUE(b.take(RequestKind::order, {0, 1}, at(10'000)));
    // A clock that goes back gives nothing back.
    b.on_reported(RateKind::orders, ten_seconds, 50, 0, 0, at(10'001));
    EXPECT_FALSE(b.take(RequestKind::order, {0, 1}, at(9'000)));
    EXPECT_FALSE(b.take(RequestKind::order, {0, 1}, at(19'999)));
    EXPECT_TRUE(b.take(RequestKind::order, {0, 1}, at(20'000)));
}

TEST(RateBudget, holds_the_greater_of_own_count_and_report_with_what_is_on_the_way) {
    RateBudget b = budget(venue());
    ASSERT_TRUE(b.take(RequestKind::query, {100, 0}, at(0)));
    b.on_reported(RateKind::request_weight, minute, 60, 0, 0, at(1));
    EXPECT_EQ(b.usage(RateKind::request_weight, at(1)).used, 100U) << "the report is behind";
    b.on_reported(RateKind::request_weight, minute, 500, 0, 40, at(2));
    EXPECT_EQ(b.usage(RateKind::request_weight, at(2)).used, 540U) << "others use the address too";
}

TEST(RateBudget, fills_give_order_counts_back) {
    RateBudget b = budget(venue());
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(b.take(RequestKind::order, {0, 1}, at(0)));
    }
    b.on_reported(RateKind::orders, ten_seconds, 48, 0, 1, at(1));
    EXPECT_TRUE(b.take(RequestKind::order, {0, 1}, at(2)));
    EXPECT_FALSE(b.take(RequestKind::order, {0, 1}, at(3)));
}

TEST(RateBudget, takes_over_a_changed_limit_of_the_venue) {
    RateBudget b = budget(venue());
    b.on_reported(RateKind::orders, ten_seconds, 50, 100, 0, at(0));
    EXPECT_TRUE(b.take(RequestKind::order, {0, 1}, at(1)));
    b.on_reported(RateKind::orders, ten_seconds, 51, 20, 0, at(2));
    EXPECT_FALSE(b.take(RequestKind::order, {0, 1}, at(3)));
}

TEST(RateBudget, a_limit_that_only_the_venue_knew_holds_from_then_on) {
    RateBudget b = budget(venue());
    b.on_limit(RateKind::orders, engine::milliseconds(1'000), 2);
    b.on_limit(RateKind::orders, engine::milliseconds(1'000), 0);  // nothing is no limit
    EXPECT_TRUE(b.take(RequestKind::order, {0, 1}, at(0)));
    EXPECT_TRUE(b.take(RequestKind::order, {0, 1}, at(1)));
    EXPECT_FALSE(b.take(RequestKind::order, {0, 1}, at(2)));
    EXPECT_TRUE(b.take(RequestKind::order, {0, 1}, at(1'000)));
    b.on_limit(RateKind::connections, five_minutes, 1);
    EXPECT_TRUE(b.take(RequestKind::connect, {2, 0}, at(1'001)));
    EXPECT_FALSE(b.take(RequestKind::connect, {2, 0}, at(1'002)));
    EXPECT_TRUE(b.take(RequestKind::query, {2, 0}, at(1'002)));
}

TEST(RateBudget, keeps_to_its_share_of_the_address) {
    RateBudget::Settings half = venue();
    half.share_permille = 500;
    RateBudget b = budget(half);
    ASSERT_TRUE(b.take(RequestKind::query, {2400, 0}, at(0)));  // 4/5 of a half of 6000
    EXPECT_FALSE(b.take(RequestKind::query, {1, 0}, at(1)));
    EXPECT_EQ(b.cancel_action(600, 1, at(2)).action, CancelAction::send);
    EXPECT_EQ(b.cancel_action(601, 1, at(2)).action, CancelAction::coalesce_into_cancel_all);
}

TEST(RateBudget, of_the_shares_attempts_to_connect_it_makes_its_part) {
    RateBudget::Settings settings = venue();
    settings.share_permille = 500;
    settings.connect_permille = 800;
    RateBudget b = budget(settings);
    const auto mono = [](std::int64_t ms) { return engine::MonoNs{ms * 1'000'000}; };
    for (int i = 0; i < 120; ++i) {  // 4/5 of a half of 300
        b.at(mono(i * 300'000));     // as slowly as it wants to be
        ASSERT_TRUE(b.take(RequestKind::connect, {2, 0}, at(i)));
    }
    b.at(mono(120 * 300'000));
    EXPECT_FALSE(b.take(RequestKind::connect, {2, 0}, at(121)));
    EXPECT_TRUE(b.take(RequestKind::query, {2, 0}, at(121)));
    EXPECT_EQ(b.part(RateKind::connections, five_minutes), 120U);
    EXPECT_EQ(b.part(RateKind::request_weight, minute), 3000U) << "of the others all of the share";
    EXPECT_EQ(b.part(RateKind::request_weight, day), 0U) << "no such limit";
}

TEST(RateBudget, attempts_to_connect_are_spread_over_their_interval) {
    RateBudget::Settings settings = venue();
    settings.share_permille = 50;
    settings.connect_permille = 800;  // 12
    RateBudget b = budget(settings);
    const auto mono = [](std::int64_t ms) { return engine::MonoNs{ms * 1'000'000}; };
    b.at(mono(1'000));
    EXPECT_TRUE(b.take(RequestKind::connect, {2, 0}, at(0)));
    b.at(mono(1'000 + 73));
    EXPECT_FALSE(b.has_room(RequestKind::connect, {2, 0}, at(73)));
    EXPECT_TRUE(b.has_room(RequestKind::query, {2, 0}, at(73))) << "nothing else waits";
    b.at(mono(1'000 + 74));
    EXPECT_TRUE(b.take(RequestKind::connect, {2, 0}, at(74)));
    b.at(mono(1'000 + 74 + 292));
    EXPECT_FALSE(b.take(RequestKind::connect, {2, 0}, at(366)));
    EXPECT_TRUE(b.take(RequestKind::connect, {2, 0}, at(300'000))) << "another interval";
}

TEST(RateBudget, snapshots_are_paced_under_a_share_of_their_own) {
    RateBudget b = budget(venue());
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(b.take(RequestKind::snapshot, {250, 0}, at(i)));
    }
    EXPECT_FALSE(b.take(RequestKind::snapshot, {250, 0}, at(10)));
    EXPECT_TRUE(b.take(RequestKind::query, {250, 0}, at(10)));
    EXPECT_TRUE(b.take(RequestKind::snapshot, {250, 0}, at(60'000)));
}

struct CancelRow {
    const char* name;
    RateKind limit;
    engine::DurationNs interval;
    std::uint32_t used;
    std::uint32_t count;
    CancelAction action;
};

TEST(RateBudget, cancels_are_sent_coalesced_or_delayed_and_never_denied) {
    const CancelRow rows[] = {
        {"room", RateKind::request_weight, minute, 0, 10, CancelAction::send},
        {"reserve", RateKind::request_weight, minute, 4800, 1200, CancelAction::send},
        {"reserve edge+1", RateKind::request_weight, minute, 4800, 1201,
         CancelAction::coalesce_into_cancel_all},
        {"last one", RateKind::request_weight, minute, 5999, 1, CancelAction::send},
        {"last one for two", RateKind::request_weight, minute, 5999, 2,
         CancelAction::coalesce_into_cancel_all},
        {"none", RateKind::request_weight, minute, 6000, 1, CancelAction::delay},
        {"raw edge", RateKind::raw_requests, five_minutes, 299'999, 1, CancelAction::send},
        {"raw edge+1", RateKind::raw_requests, five_minutes, 299'999, 2,
         CancelAction::coalesce_into_cancel_all},
        {"no raw", RateKind::raw_requests, five_minutes, 300'000, 1, CancelAction::delay},
        {"order count does not concern them", RateKind::orders, ten_seconds, 50, 10,
         CancelAction::send},
        {"overflow", RateKind::request_weight, minute, UINT32_MAX, UINT32_MAX, CancelAction::delay},
    };
    for (const CancelRow& row : rows) {
        SCOPED_TRACE(row.name);
        RateBudget b = budget(venue());
        b.on_reported(row.limit, row.interval, row.used, 0, 0, at(0));
        const CancelAdvice advice = b.cancel_action(row.count, 1, at(1));
        EXPECT_EQ(advice.action, row.action);
        if (row.action == CancelAction::delay) {
            EXPECT_GT(advice.delay_until, at(1));
            EXPECT_EQ(advice.delay_until.value % row.interval.value, 0);
            EXPECT_LE(advice.delay_until.value, at(1).value + row.interval.value);
            EXPECT_NE(b.cancel_action(1, 1, advice.delay_until).action, CancelAction::delay);
        }
        EXPECT_TRUE(b.take(RequestKind::cancel, {1, 0}, at(1)));
    }
}

TEST(RateBudget, a_clock_that_was_an_hour_ahead_holds_no_count_for_an_hour) {
    RateBudget b = budget(venue());
    b.on_reported(RateKind::request_weight, minute, 6000, 0, 0, at(3'600'000));
    ASSERT_EQ(b.cancel_action(1, 1, at(3'600'001)).action, CancelAction::delay);
    const CancelAdvice advice = b.cancel_action(1, 1, at(1'000));
    EXPECT_EQ(advice.action, CancelAction::delay) << "gives nothing back";
    EXPECT_EQ(advice.delay_until, at(60'000)) << "the minute that it really is";
    EXPECT_EQ(b.cancel_action(1, 1, at(60'000)).action, CancelAction::send);
}

engine::MonoNs mono(std::int64_t ms) {
    return engine::MonoNs{7'000'000'000 + ms * 1'000'000};
}

TEST(RateBudget, honours_429_and_418_for_as_long_as_the_venue_says) {
    RateBudget b = budget(venue());
    b.at(mono(0));
    EXPECT_EQ(b.on_refused(429, milliseconds(5'000)), mono(5'000));
    b.at(mono(4'999));
    EXPECT_TRUE(b.closed());
    EXPECT_FALSE(b.take(RequestKind::order, {0, 1}, at(4'999)));
    EXPECT_FALSE(b.take(RequestKind::connect, {2, 0}, at(4'999)));
    b.at(mono(100));
    const CancelAdvice advice = b.cancel_action(1, 1, at(100));
    EXPECT_EQ(advice.action, CancelAction::delay);
    EXPECT_EQ(advice.delay_until, at(5'000));
    b.at(mono(5'000));
    EXPECT_FALSE(b.closed());
    EXPECT_TRUE(b.take(RequestKind::order, {0, 1}, at(5'000)));
    // A shorter word later does not open what a longer one closed, and is told as what it is.
    b.at(mono(6'000));
    EXPECT_EQ(b.on_refused(418, milliseconds(94'000)), mono(100'000));
    EXPECT_EQ(b.on_refused(429, milliseconds(1'000)), mono(7'000));
    b.at(mono(99'999));
    EXPECT_TRUE(b.closed());
}

TEST(RateBudget, what_closes_it_goes_by_our_clock_whatever_the_venues_is_found_to_be) {
    for (const std::int64_t step_ms : {-3'600'000, -4'000, 4'000, 3'600'000}) {
        SCOPED_TRACE(step_ms);
        RateBudget b = budget(venue());
        b.at(mono(0));
        (void)b.on_refused(418, milliseconds(2'000));
        EXPECT_FALSE(b.has_room(RequestKind::query, {1, 0}, at(0)));
        b.at(mono(1'999));
        EXPECT_FALSE(b.has_room(RequestKind::query, {1, 0}, at(1'999 + step_ms)));
        b.at(mono(2'000));
        EXPECT_TRUE(b.has_room(RequestKind::query, {1, 0}, at(2'000 + step_ms)));
        EXPECT_EQ(b.cancel_action(1, 1, at(2'000 + step_ms)).action, CancelAction::send);
    }
}

TEST(RateBudget, waits_out_an_interval_where_the_venue_names_no_time_and_never_for_ever) {
    RateBudget b = budget(venue());
    b.at(mono(0));
    EXPECT_EQ(b.on_refused(429, std::nullopt), mono(60'000));
    EXPECT_EQ(b.on_refused(418, std::nullopt), mono(120'000));
    EXPECT_EQ(b.on_refused(418, milliseconds(3 * 86'400'000LL)), mono(3 * 86'400'000LL));
    EXPECT_EQ(b.on_refused(418, engine::DurationNs{INT64_MAX}), mono(120'000));
    EXPECT_EQ(b.on_refused(418, engine::DurationNs{INT64_MIN}), mono(1'000));
    EXPECT_EQ(b.on_refused(429, engine::DurationNs{INT64_MAX}), mono(60'000));
    EXPECT_EQ(b.on_refused(429, engine::DurationNs{INT64_MIN}), mono(100));
}

TEST(RateBudget, one_that_sends_no_cancels_has_all_of_its_share_but_not_the_venues_last_fifth) {
    RateBudget::Settings settings = venue();
    settings.share_permille = 200;  // 1200 of 6000
    settings.snapshot_permille = 1000;
    settings.keeps_cancel_reserve = false;
    const RequestCost snapshot{25, 0};
    const auto taken = [&](std::uint32_t used_by_all) {
        RateBudget b = budget(settings);
        b.on_reported(RateKind::request_weight, minute, used_by_all, 0, 0, at(0));
        int count = 0;
        while (b.take(RequestKind::snapshot, snapshot, at(1))) {
            ++count;
        }
        return count;
    };
    EXPECT_EQ(taken(0), 48) << "1200 / 25";
    EXPECT_EQ(taken(3600), 48) << "up to 4800 of 6000, the venue's four fifths";
    EXPECT_EQ(taken(3601), 47);
    EXPECT_EQ(taken(4800), 0) << "the rest is for the cancels of every process";
    settings.keeps_cancel_reserve = true;
    EXPECT_EQ(taken(0), 38) << "960 / 25";
}

TEST(RateBudget, refuses_settings_without_a_limit_or_outside_their_range) {
    const auto with = [](auto change) {
        RateBudget::Settings settings = venue();
        change(settings);
        return RateBudget::make(settings).ok();
    };
    EXPECT_TRUE(with([](auto&) {}));
    EXPECT_FALSE(with([](auto& s) { s.limits.clear(); }));
    EXPECT_FALSE(with([](auto& s) { s.limits.erase(s.limits.begin()); }));
    EXPECT_FALSE(with([](auto& s) { s.limits.resize(2); }));
    EXPECT_FALSE(with([](auto& s) { s.limits[0].limit = 0; }));
    EXPECT_FALSE(with([](auto& s) { s.limits[0].interval = {}; }));
    EXPECT_FALSE(with([](auto& s) { s.limits.push_back(s.limits[0]); }));
    EXPECT_FALSE(with([](auto& s) { s.limits.resize(9, s.limits[0]); }));
    EXPECT_FALSE(with([](auto& s) { s.share_permille = 0; }));
    EXPECT_FALSE(with([](auto& s) { s.share_permille = 1001; }));
    EXPECT_FALSE(with([](auto& s) { s.limits[0].limit = 1; }))
        << "a share of nothing is silence, not a limit";
    EXPECT_FALSE(with([](auto& s) { s.snapshot_permille = 0; }));
    EXPECT_FALSE(with([](auto& s) { s.snapshot_permille = 1001; }));
    EXPECT_FALSE(with([](auto& s) { s.connect_permille = 0; }));
    EXPECT_FALSE(with([](auto& s) { s.connect_permille = 1001; }));
}

}  // namespace
}  // namespace portcullis::gateways::test
