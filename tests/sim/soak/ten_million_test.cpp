// Ten million market events through the whole core in one run, with flat memory: the recording over
// and over, each round moved on in time and update ids, as if the market never slept. Orders, fills
// and cancels go on all the while. Fewer events under a sanitizer.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "tests/sim/core_rig.hpp"
#include "tests/support/resident.hpp"

namespace portcullis::tests {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t events_wanted = 300'000;
#else
constexpr std::uint64_t events_wanted = 10'000'000;
#endif

/// The recorded event as it would come in round `round`.
Event moved(const Event& event, std::int64_t span_ns, std::uint64_t ids, std::uint64_t round) {
    Event out = event;
    const auto turns = static_cast<std::int64_t>(round);
    out.header.mono = MonoNs{event.header.mono.value + turns * span_ns};
    out.header.wall = WallNs{out.header.mono.value};
    const auto later = [&](UpdateId id) { return UpdateId{id.value + round * ids}; };
    if (event.header.type == EventType::book_delta) {
        BookDelta body = event.as<BookDelta>();
        body.first_update = later(body.first_update);
        body.last_update = later(body.last_update);
        std::memcpy(out.payload, &body, sizeof(body));
    } else if (event.header.type == EventType::top_of_book) {
        TopOfBook body = event.as<TopOfBook>();
        body.update = later(body.update);
        std::memcpy(out.payload, &body, sizeof(body));
    }
    return out;
}

std::uint64_t update_of(const Event& event) {
    if (event.header.type == EventType::book_delta) {
        return event.as<BookDelta>().last_update.value;
    }
    return event.header.type == EventType::top_of_book ? event.as<TopOfBook>().update.value : 0;
}

TEST(Soak, TenMillionMarketEventsInFlatMemory) {
    const std::vector<Event>& events = recorded();
    ASSERT_GT(events.size(), 10'000U);
    std::uint64_t lowest = ~std::uint64_t{0};
    std::uint64_t highest = 0;
    for (const Event& event : events) {
        const std::uint64_t id = update_of(event);
        lowest = id == 0 ? lowest : std::min(lowest, id);
        highest = std::max(highest, id);
    }
    const std::uint64_t ids = highest - lowest + 1'000;
    const std::int64_t span_ns =
        events.back().header.mono.value - events.front().header.mono.value + 1'000'000;

    MemoryJournal journal;
    CoreRig<> rig(journal);
    rig.start(events.front().header.mono);
    const auto begun = std::chrono::steady_clock::now();
    std::int64_t warm_kib = 0;
    std::uint64_t round = 0;
    for (; rig.core().counters().market_events < events_wanted; ++round) {
        // The first depth message of a round does not follow the last of the one before.
        rig.feed(BookReset{InstrumentId{0}, ResetReason::gap, {}},
                 moved(events.front(), span_ns, ids, round).header.mono);
        for (const Event& event : events) {
            rig.feed(moved(event, span_ns, ids, round));
        }
        if (warm_kib == 0 && rig.core().counters().market_events > events_wanted / 10) {
            warm_kib = static_cast<std::int64_t>(test::resident_bytes() / 1024);
        }
    }
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begun;
    const CoreCounters& counters = rig.core().counters();
    const std::int64_t grown_kib =
        static_cast<std::int64_t>(test::resident_bytes() / 1024) - warm_kib;
    std::printf(
        "%lu market events in %lu rounds, %lu inputs, %lu orders, %lu fills: %.1f s, "
        "%.2f M inputs/s; memory +%ld KiB of %ld\n",
        counters.market_events, round, counters.inputs, counters.orders_approved,
        counters.fills_buy + counters.fills_sell, spent.count(),
        static_cast<double>(counters.inputs) / spent.count() / 1e6, grown_kib, warm_kib);
    EXPECT_GE(counters.market_events, events_wanted);
    EXPECT_GT(counters.orders_approved, round);
    EXPECT_EQ(counters.breaches, 0U);
    EXPECT_EQ(counters.fills_buy + counters.fills_sell, rig.venue().fills);
    EXPECT_EQ(rig.core().positions().balance(AssetId{0}), rig.venue().balances[0]);
    EXPECT_EQ(rig.core().positions().balance(AssetId{1}), rig.venue().balances[1]);
    EXPECT_TRUE(rig.core().market(InstrumentId{0}).valid());
    EXPECT_TRUE(rig.gate().exposure().consistent());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(grown_kib, 1'024) << "memory grows with the number of events";
#endif
}

}  // namespace
}  // namespace portcullis::tests
