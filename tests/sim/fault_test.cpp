// Thousands of seeded runs against a venue that fails. A failure prints its seed; one run of it:
//     PORTCULLIS_SIM_SEED=17 build/release/tests/sim_test --gtest_filter='Faults.*'
// and PORTCULLIS_SIM_SEEDS=100000 runs that many. A seed that ever failed stays in `once_failed`.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "engine/types/verify.hpp"
#include "tests/sim/fault_world.hpp"

namespace portcullis::tests {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t seeds = 100;  // five to ten times slower each
#else
constexpr std::uint64_t seeds = 1'000;
#endif

constexpr std::array<std::uint64_t, 7> once_failed{
    47,  71,
    96,  // "no such order", asked before the order arrived and told after its acknowledgement
    256, 321, 518,
    845,  // halted by a command, and the kill that was planned never came: nobody resumed it
};

std::uint64_t seed_running = 0;

void name_the_seed(const SourceLine& where) noexcept {
    std::fprintf(stderr, "verify failed at %s:%d in the run of seed %lu\n", where.file, where.line,
                 seed_running);
}

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void add(FaultWorld::Tally& sum, const FaultWorld::Tally& one) {
    sum.steps += one.steps;
    sum.approved += one.approved;
    sum.denied += one.denied;
    sum.fills += one.fills;
    sum.unknowns += one.unknowns;
    sum.breaches += one.breaches;
    sum.faults += one.faults;
    sum.amends += one.amends;
    sum.amends_of_filled += one.amends_of_filled;
    sum.amends_refused += one.amends_refused;
    sum.amends_tame += one.amends_tame;
}

FaultWorld::Tally run_seed(std::uint64_t seed) {
    seed_running = seed;
    FaultWorld world(seed);
    const std::string failure = world.run();
    EXPECT_EQ(failure, "") << "seed " << seed;
    return world.tally();
}

class Faults : public testing::Test {
protected:
    void SetUp() override { set_verify_handler(name_the_seed); }
    void TearDown() override { set_verify_handler(nullptr); }
};

TEST_F(Faults, SeedsThatOnceFailedHold) {
    for (const std::uint64_t seed : once_failed) {
        (void)run_seed(seed);
    }
}

TEST_F(Faults, EveryOrderIsAccountedForWhateverTheVenueLoses) {
    FaultWorld::Tally sum;
    const std::uint64_t one = number_from("PORTCULLIS_SIM_SEED", 0);
    const std::uint64_t count = one != 0 ? 1 : number_from("PORTCULLIS_SIM_SEEDS", seeds);
    for (std::uint64_t i = 0; i < count; ++i) {
        add(sum, run_seed(one != 0 ? one : i + 1));
    }
    std::printf(
        "%lu seeds: %lu steps, %lu approved, %lu denied, %lu fills, %lu unknown, "
        "%lu breaches found, %lu faults\n",
        count, sum.steps, sum.approved, sum.denied, sum.fills, sum.unknowns, sum.breaches,
        sum.faults);
    std::printf("amended in place: %lu, %lu of them by market makers; %lu refused; %lu had fills\n",
                sum.amends, sum.amends_tame, sum.amends_refused, sum.amends_of_filled);
    // A simulation in which nothing goes wrong, or nothing is done, proves nothing.
    EXPECT_GT(sum.approved, 10 * count);
    EXPECT_GT(sum.fills, 5 * count);
    EXPECT_GT(sum.unknowns, count);
    EXPECT_GT(sum.faults, 10 * count);
    EXPECT_GT(sum.amends, count);
    EXPECT_GT(sum.amends_refused, count / 10);
    EXPECT_GT(sum.amends_of_filled, count / 10);
    EXPECT_GT(sum.amends_tame, count / 10);  // of the strategies that ship
}

TEST_F(Faults, OneSeedIsOneRun) {
    FaultWorld first(7);
    FaultWorld again(7);
    (void)first.run();
    (void)again.run();
    EXPECT_EQ(first.tally().steps, again.tally().steps);
    EXPECT_EQ(first.tally().approved, again.tally().approved);
    EXPECT_EQ(first.tally().fills, again.tally().fills);
}

}  // namespace
}  // namespace portcullis::tests
