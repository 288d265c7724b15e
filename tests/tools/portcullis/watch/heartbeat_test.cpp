// The heartbeat: a proof of the gate, seen by another process.
#include "tools/portcullis/watch/heartbeat.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/risk/gate_world.hpp"
#include "tools/portcullis/watch/prove_gate.hpp"

namespace portcullis::tools {
namespace {

struct HeartbeatTest : testing::Test {
    ~HeartbeatTest() override { std::filesystem::remove(path); }
    std::string path = testing::TempDir() + "portcullis-beat-" + std::to_string(::getpid());
    risk::GateWorld world;
};

std::uint64_t hash_of(const risk::RiskGate& gate) {
    engine::StateHasher hasher;
    gate.hash(hasher);
    return hasher.value();
}

TEST_F(HeartbeatTest, CountsWhatTheGateHasDeniedAndChangesNothingOfIt) {
    ASSERT_TRUE(world.place());
    auto writer = Heartbeat::begin(path, 7);
    ASSERT_TRUE(writer.ok()) << writer.error();
    auto reader = Heartbeat::open(path);
    ASSERT_TRUE(reader.ok()) << reader.error();
    EXPECT_EQ(reader.value().beat(), (Beat{7, 0, true}));
    world.gate().tidy(world.context.now);  // as the core does after each step
    const std::uint64_t before = hash_of(world.gate());
    for (std::uint64_t i = 1; i <= 1'000; ++i) {
        prove_gate(world.gate(), writer.value());
        ASSERT_EQ(reader.value().beat(), (Beat{7, i, false}));
    }
    EXPECT_EQ(hash_of(world.gate()), before);
    EXPECT_FALSE(world.gate().take_trip().has_value());
    EXPECT_TRUE(world.place());
    writer.value().end();
    EXPECT_TRUE(reader.value().beat().ended);
}

TEST_F(HeartbeatTest, ProvesAKilledGateToo) {
    world.gate().on_kill_word(engine::Scope::firm, 0, 1);
    auto writer = Heartbeat::begin(path, 7);
    ASSERT_TRUE(writer.ok());
    prove_gate(world.gate(), writer.value());
    EXPECT_EQ(writer.value().beat().proofs, 1U);
}

TEST_F(HeartbeatTest, TheNextRunBeatsInTheSameFile) {
    {
        auto first = Heartbeat::begin(path, 7);
        ASSERT_TRUE(first.ok());
        prove_gate(world.gate(), first.value());
        first.value().end();
    }
    auto reader = Heartbeat::open(path);
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader.value().beat(), (Beat{7, 1, true})) << "it outlives its writer";
    auto second = Heartbeat::begin(path, 8);
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(reader.value().beat(), (Beat{8, 0, true}));
}

TEST_F(HeartbeatTest, WhatIsNoneIsNotRead) {
    EXPECT_FALSE(Heartbeat::open(path).ok());
    std::ofstream(path) << std::string(64, 'x');
    EXPECT_FALSE(Heartbeat::open(path).ok());
    std::ofstream(path) << "PRTCBEAT";
    EXPECT_FALSE(Heartbeat::open(path).ok());
}

}  // namespace
}  // namespace portcullis::tools
