// The state of a credential: only rises, comes back by two people alone, and remembers no more than
// its signals ask.
#include "risk/credentials/credential_watch.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/risk/credentials/sightings.hpp"

namespace portcullis::risk::credential_test {
namespace {

using engine::CredentialState;
using engine::DurationNs;
using engine::MonoNs;
using engine::Sight;
using engine::Sighting;
using engine::StateHasher;
using engine::Whose;

constexpr MonoNs start{1'000'000'000};

MonoNs after_ms(std::int64_t count) {
    return start + engine::milliseconds(count);
}
Sighting announcement(engine::int128 amount, std::int64_t good_ms, std::uint16_t asset = 1) {
    Sighting said = moved(Sight::announcement, amount, asset);
    said.lasted = engine::milliseconds(good_ms);
    return said;
}
std::uint64_t hash_of(const CredentialWatch& watch) {
    StateHasher hasher;
    watch.hash(hasher);
    return hasher.value();
}

TEST(CredentialWatch, is_suspended_at_the_first_foreign_order) {
    CredentialWatch watch;
    const auto finding = watch.on(seen(Sight::order, Whose::nobodys), start);
    EXPECT_TRUE(finding.raised);
    EXPECT_EQ(watch.state(), CredentialState::suspended);
    EXPECT_EQ(watch.cause(), Signal::foreign_order);
    EXPECT_FALSE(watch.on(seen(Sight::fill, Whose::nobodys), start).raised) << "it is already";
    EXPECT_EQ(watch.cause(), Signal::foreign_order) << "the first one";
}

/// Every sequence of seven out of: nothing, a note, something suspect, a thief, re-enabled.
TEST(CredentialWatch, never_falls_but_by_the_command_of_two) {
    const std::array<Sighting, 4> sightings{
        seen(Sight::order, Whose::ours), moved(Sight::transfer, 1),
        refused(0, Sighting::refused_permission), moved(Sight::transfer, -1)};
    constexpr std::array<int, 4> raises{1, 1, 2, 3};
    for (int sequence = 0; sequence < 78'125; ++sequence) {
        CredentialWatch watch;
        int expected = 1;
        for (int rest = sequence, step = 0; step < 7; ++step, rest /= 5) {
            const auto what = static_cast<std::size_t>(rest % 5);
            const int before = expected;
            if (what == 4) {
                watch.re_enable();
                expected = 1;
                EXPECT_EQ(watch.cause(), Signal::none);
            } else {
                expected = std::max(expected, raises[what]);
                EXPECT_EQ(watch.on(sightings[what], after_ms(step * 70'000)).raised,
                          expected > before);
            }
            ASSERT_EQ(static_cast<int>(watch.state()), expected) << sequence << " at " << step;
        }
    }
}

TEST(CredentialWatch, counts_refusals_over_a_sliding_minute) {
    CredentialWatch watch;
    for (const std::int64_t at : {0, 30'000}) {
        EXPECT_EQ(watch.on(refused(0), after_ms(at)).judgement.gravest, Signal::key_doubted);
    }
    CredentialWatch late = watch;
    EXPECT_TRUE(watch.on(refused(0), after_ms(60'000)).raised) << "to the nanosecond";
    EXPECT_EQ(watch.state(), CredentialState::suspect);
    EXPECT_EQ(watch.cause(), Signal::key_refused);
    EXPECT_FALSE(late.on(refused(0), after_ms(60'000) + DurationNs{1}).raised);
    EXPECT_EQ(late.state(), CredentialState::active);
    EXPECT_TRUE(late.on(refused(0), after_ms(89'999)).raised) << "of the last three";
}

TEST(CredentialWatch, what_a_sighting_says_of_earlier_refusals_is_not_believed) {
    CredentialWatch watch;
    EXPECT_EQ(watch.on(refused(3), start).judgement.gravest, Signal::key_doubted);
}

TEST(CredentialWatch, two_minutes_of_refusals_a_minute_apart_are_slips) {
    CredentialWatch watch;
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(watch.on(refused(0), after_ms(i * 60'001LL)).raised);
    }
}

TEST(CredentialWatch, an_announced_transfer_passes_once_in_time_and_no_larger) {
    CredentialWatch watch;
    EXPECT_EQ(watch.on(announcement(-100, 1'000), start).judgement, Judgement{});
    CredentialWatch larger = watch;
    CredentialWatch other = watch;
    CredentialWatch late = watch;
    EXPECT_EQ(watch.on(moved(Sight::transfer, -100), after_ms(1'000)).judgement, Judgement{});
    EXPECT_EQ(watch.state(), CredentialState::active);
    EXPECT_TRUE(watch.on(moved(Sight::transfer, -100), after_ms(1'000)).raised) << "a second one";
    EXPECT_TRUE(larger.on(moved(Sight::transfer, -101), start).raised);
    EXPECT_TRUE(other.on(moved(Sight::transfer, -100, 2), start).raised) << "another asset";
    EXPECT_TRUE(late.on(moved(Sight::transfer, -100), after_ms(1'000) + DurationNs{1}).raised);
}

TEST(CredentialWatch, an_announced_deposit_explains_no_withdrawal) {
    CredentialWatch watch;
    (void)watch.on(announcement(100, 1'000), start);
    EXPECT_TRUE(watch.on(moved(Sight::transfer, -50), start).raised);
    EXPECT_EQ(watch.on(moved(Sight::transfer, 100), start).judgement, Judgement{});
}

TEST(CredentialWatch, more_announcements_than_it_has_room_for_are_as_if_never_said) {
    CredentialWatch watch;
    for (std::uint16_t i = 0; i <= CredentialWatch::announced_max; ++i) {
        (void)watch.on(announcement(-1, 1'000, i), start);
    }
    CredentialWatch last = watch;
    EXPECT_FALSE(watch.on(moved(Sight::transfer, -1, 0), start).raised);
    EXPECT_TRUE(last.on(moved(Sight::transfer, -1, CredentialWatch::announced_max), start).raised);
    (void)watch.on(announcement(-1, 1'000, CredentialWatch::announced_max), start);
    EXPECT_FALSE(watch.on(moved(Sight::transfer, -1, CredentialWatch::announced_max), start).raised)
        << "the first one's place";
}

TEST(CredentialWatch, is_restored_as_it_was_and_what_is_no_state_is_the_strictest) {
    for (const CredentialState each :
         {CredentialState::active, CredentialState::suspect, CredentialState::suspended}) {
        CredentialWatch watch;
        watch.restore(each, Signal::outflow);
        EXPECT_EQ(watch.state(), each);
        EXPECT_EQ(watch.cause(), each == CredentialState::active ? Signal::none : Signal::outflow);
    }
    for (const int each : {0, 4, 255}) {
        CredentialWatch watch;
        watch.restore(static_cast<CredentialState>(each), Signal::none);
        EXPECT_EQ(watch.state(), CredentialState::suspended);
    }
    CredentialWatch watch;
    (void)watch.on(moved(Sight::transfer, -1), start);
    watch.restore(CredentialState::active, Signal::none);
    EXPECT_EQ(watch.state(), CredentialState::suspended) << "an older state takes nothing back";
}

TEST(CredentialWatch, hashes_all_that_it_remembers) {
    const CredentialWatch fresh;
    EXPECT_TRUE(fresh.untouched());
    CredentialWatch refused_once;
    (void)refused_once.on(refused(0), start);
    CredentialWatch announced;
    (void)announced.on(announcement(-1, 1), start);
    CredentialWatch suspended;
    (void)suspended.on(moved(Sight::transfer, -1), start);
    EXPECT_FALSE(refused_once.untouched() || announced.untouched() || suspended.untouched());
    const std::array hashes{hash_of(fresh), hash_of(refused_once), hash_of(announced),
                            hash_of(suspended)};
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            EXPECT_NE(hashes[i], hashes[j]);
        }
    }
}

}  // namespace
}  // namespace portcullis::risk::credential_test
