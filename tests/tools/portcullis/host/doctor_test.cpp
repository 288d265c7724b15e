// The doctor as people and machines see it: what is in force, what it is worth, and the exit code.
#include "tools/portcullis/host/doctor.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/support/without_capability.hpp"
#include "tests/tools/portcullis/example.hpp"
#include "tests/tools/portcullis/host/machines.hpp"
#include "tools/portcullis/host/report.hpp"

namespace portcullis::tools {
namespace {

using portcullis::test::WithoutCapability;
using testing::HasSubstr;
using testing::Not;
using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStderr;
using testing::internal::GetCapturedStdout;

Measured some_measures() {
    Gaps gaps;
    gaps.cpu = 5;
    gaps.spun_ns = 1'000'000'000;
    for (int i = 0; i < 80; ++i) {
        gaps.add(12'000);
    }
    gaps.add(4'000'000);
    return {CallCosts{18.2, 35, 140, 1},
            {gaps},
            MemoryCosts{412, 2.5, 91, 44, 65'536},
            WakeUps{{190, 210, 400, 900, 400}, {9'000, 24'000, 51'000, 90'000, 400}},
            Naps{{55'000, 58'100, 61'000, 90'000, 300}, {7'000, 8'200, 9'000, 20'000, 300}},
            engine::Error{"one processor"}};
}

Diagnosis diagnosis(const Trials& trials) {
    EngineSettings engine = test::pinned_engine();
    engine.lock_memory = true;
    return {"a host", "F",
            host_checks(engine, test::files(test::tuned_host()),
                        {test::cpus_up_to(15), test::cpus_up_to(3)}, trials),
            some_measures()};
}

std::string text_of(const Diagnosis& found) {
    const Screen screen = diagnosis_screen(found);
    return screen.text(0, screen.lines(), false);
}

TEST(Doctor, SaysOfEachWhatIsAskedWhatIsFoundWhatItIsWorthAndWhatToDo) {
    const std::string text = text_of(diagnosis({{"", "no lock"}, {}, {}, {}}));
    EXPECT_THAT(text, HasSubstr("MISS memory lock           no lock"));
    EXPECT_THAT(text, HasSubstr("config  lock_memory = true"));
    EXPECT_THAT(text,
                HasSubstr("worth   first touch of a page 412 ns, of one that is there 2.5 ns"));
    EXPECT_THAT(text, HasSubstr("do      systemd: LimitMEMLOCK=infinity"));
    EXPECT_THAT(text, HasSubstr("worth   a nap of 5 us takes 55.0 us / 58.1 us / 61.0 us, with a "
                                "slack of 1 ns 7.0 us / 8.2 us / 9.0 us"));
    EXPECT_THAT(text, HasSubstr("worth   hand-over to a blocked thread 9.0 us / 24.0 us / 51.0 us, "
                                "to a spinning one 190 ns / 210 ns / 400 ns"));
    EXPECT_THAT(text, HasSubstr("worth   not measured: one processor"));
    EXPECT_THAT(text, HasSubstr("worth   rdtsc 18 ns, clock_gettime 35 ns in steps of 1.0 ns"));
    EXPECT_THAT(text, HasSubstr("NOT in force"));
}

TEST(Doctor, ShowsTheGapsAsBarsOfTheirCounts) {
    const std::string text = text_of(diagnosis({}));
    EXPECT_THAT(text, HasSubstr("processor 5   81 gaps of 10 us or more, largest 4.0 ms, 0.50 % of "
                                "1.0 s"));
    EXPECT_THAT(text, HasSubstr(">=  10.0 us      80  " + std::string(40, '#') + "\n"));
    EXPECT_THAT(text, HasSubstr(">=   1.0 ms       1  #\n"));
    EXPECT_THAT(text, Not(HasSubstr(">=  20.0 us")));
}

TEST(Doctor, IsContentOnlyWhereNothingThatWasAskedForIsMissing) {
    EXPECT_TRUE(diagnosis({{"locked", ""}, {}, {}, {}}).in_force());
    EXPECT_FALSE(diagnosis({{"", "no lock"}, {}, {}, {}}).in_force());
    EXPECT_THAT(text_of(diagnosis({{"locked", ""}, {}, {}, {}})),
                HasSubstr("all that the config asks for is in force"));
}

TEST(Doctor, TellsMachinesTheSame) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    const std::string json = diagnosis_json(diagnosis({{"", "no \"lock\""}, {}, {}, {}}));
    ASSERT_EQ(parser.parse(json).get(root), simdjson::SUCCESS) << json;
    EXPECT_FALSE(bool(root["in_force"]));
    EXPECT_EQ(std::string_view(root["config"]), "F");
    std::size_t missing = 0;
    for (const simdjson::dom::element check : root["checks"]) {
        if (std::string_view(check["standing"]) == "missing") {
            ++missing;
            EXPECT_EQ(std::string_view(check["name"]), "memory lock");
            EXPECT_EQ(std::string_view(check["found"]), "no \"lock\"");
            EXPECT_EQ(std::string_view(check["asked"]), "lock_memory = true");
        }
    }
    EXPECT_EQ(missing, 1U);
    EXPECT_EQ(double(root["measured"]["rdtsc_ns"]), 18.2);
    EXPECT_EQ(std::int64_t(root["measured"]["gaps"].at(0)["counts"].at(0)["count"]), 80);
    EXPECT_EQ(std::int64_t(root["measured"]["wake_up"]["blocked"]["p50_ns"]), 24'000);
    EXPECT_TRUE(root["measured"]["round_trip"].is_null());
}

struct Answered {
    int code;
    std::string out;
    std::string error;
};

Answered asked_with(const std::string& config_text) {
    std::string path = std::filesystem::temp_directory_path() / "portcullis-doctor-XXXXXX";
    const int file = ::mkstemp(path.data());
    EXPECT_GE(file, 0);
    ::close(file);
    std::ofstream(path) << config_text;
    CaptureStdout();
    CaptureStderr();
    const int code = doctor_command(path, true);
    std::filesystem::remove(path);
    return {code, GetCapturedStdout(), GetCapturedStderr()};
}

TEST(Doctor, AnswersByItsExitCodeAndChangesNothingOfItsOwnProcess) {
    const std::string example = test::example_text();
    const Answered content = asked_with(example);
    EXPECT_EQ(content.code, 0) << content.out << content.error;
    EXPECT_THAT(content.out, HasSubstr("\"in_force\":true"));

    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    const rlimit little{64 << 10, limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_MEMLOCK, &little), 0);
    Answered refused;
    {
        const WithoutCapability lock(CAP_IPC_LOCK);
        refused = asked_with(test::with(example, "lock_memory = false", "lock_memory = true"));
    }
    EXPECT_EQ(::setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    EXPECT_EQ(refused.code, 1) << refused.error;
    EXPECT_THAT(refused.out, HasSubstr("found RLIMIT_MEMLOCK 64 KiB without CAP_IPC_LOCK"));
    EXPECT_THAT(refused.out, HasSubstr("\"in_force\":false"));

    const Answered broken =
        asked_with(test::with(example, "lock_memory = false", "lock_memory = 3"));
    EXPECT_EQ(broken.code, 2);
    EXPECT_THAT(broken.error, HasSubstr("engine.lock_memory: found the integer 3"));
    EXPECT_EQ(broken.out, "");
    const auto status = read_system_file("/proc/self/status").value_or("");
    EXPECT_EQ(field_of(status, "VmLck"), 0);
}

TEST(Doctor, TriesOnlyWhatIsAskedFor) {
    EngineSettings engine;
    const Trials nothing = try_host_options(engine);
    EXPECT_EQ(nothing.timer_slack.in_force + nothing.memory.in_force + nothing.memory.refused +
                  nothing.huge_pages.in_force + nothing.busy_poll.in_force,
              "");
    engine.timer_slack_ns = 7;
    EXPECT_EQ(try_host_options(engine).timer_slack.in_force, "timer slack 7 ns");
}

}  // namespace
}  // namespace portcullis::tools
