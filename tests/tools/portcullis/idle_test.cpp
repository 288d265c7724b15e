// engine.idle = "by_machine", the default: blocking where there are fewer processors than threads.
// And: the machine decides at the start, never in the file, whose hash is the same everywhere.
#include <gtest/gtest.h>

#include <future>

#include "tests/tools/portcullis/example.hpp"
#include "tools/portcullis/trade/threads.hpp"

namespace portcullis::tools {
namespace {

struct Case {
    const char* name;
    Idle asked;
    Placement placement;
    CpuSet unpinned;
    CpuPins pins;
    Idle expected;
};

CpuSet first(int count) {
    CpuSet cpus;
    for (int cpu = 0; cpu < count; ++cpu) {
        cpus.push_back(cpu);
    }
    return cpus;
}

TEST(Idle, ByMachineIsBlockingWhereProcessorsAreFewerThanThreads) {
    constexpr auto ask = Idle::by_machine;
    const Case cases[] = {
        {"two processors", ask, Placement::pipeline, first(2), {}, Idle::blocking},
        {"one too few", ask, Placement::pipeline, first(6), {}, Idle::blocking},
        {"just enough", ask, Placement::pipeline, first(7), {}, Idle::busy_poll},
        {"fused, one too few", ask, Placement::fused, first(4), {}, Idle::blocking},
        {"fused, just enough", ask, Placement::fused, first(5), {}, Idle::busy_poll},
        {"unknown", ask, Placement::pipeline, {}, {}, Idle::blocking},
        {"isolated ones count when a thread is pinned to them", ask, Placement::pipeline, first(4),
         CpuPins{8, 9, 10, -1, -1}, Idle::busy_poll},
        {"one pinned to where all run is no more room", ask, Placement::pipeline, first(6),
         CpuPins{1, 2, 3, -1, -1}, Idle::blocking},
        {"fused: pins of threads that it does not have do not count", ask, Placement::fused,
         first(4), CpuPins{8, -1, 9, -1, -1}, Idle::blocking},
        {"asked for: blocking", Idle::blocking, Placement::pipeline, first(64), {}, Idle::blocking},
        {"asked for: busy_poll",
         Idle::busy_poll,
         Placement::pipeline,
         first(1),
         {},
         Idle::busy_poll},
    };
    for (const Case& each : cases) {
        EngineSettings engine;
        engine.idle = each.asked;
        engine.placement = each.placement;
        engine.cpus = each.pins;
        EXPECT_EQ(idle_here(engine, each.unpinned), each.expected) << each.name;
    }
}

TEST(Idle, LeftOutIsTheSameConfigurationAsByMachineAndHasItsHash) {
    const std::string line = "idle = \"by_machine\"";
    const ConfigResult said = read_config(test::example_text(), "F");
    const ConfigResult left_out = read_config(test::with(test::example_text(), line, ""), "F");
    ASSERT_TRUE(said.config && left_out.config);
    EXPECT_EQ(left_out.config->engine.idle, Idle::by_machine);
    EXPECT_EQ(left_out.config->hash, said.config->hash);
}

TEST(Threads, EachRunsWhereItWasPinnedUnderItsName) {
    const CpuSet allowed = cpus_inherited();
    ASSERT_FALSE(allowed.empty());
    for (const int cpu : {allowed.front(), allowed.back()}) {
        std::promise<std::pair<CpuSet, std::string>> found;
        bool told = false;
        Threads threads;
        const Work look = [&]() -> std::size_t {
            if (!told) {
                told = true;
                char name[16]{};
                pthread_getname_np(pthread_self(), name, sizeof(name));
                found.set_value({cpus_inherited(), name});
            }
            return 0;
        };
        threads.start({"core", cpu, Idle::blocking, {look}});
        const auto [where, name] = found.get_future().get();
        EXPECT_EQ(where, CpuSet{cpu});
        EXPECT_EQ(name, "core");
    }
}

}  // namespace
}  // namespace portcullis::tools
