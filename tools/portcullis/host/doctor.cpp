// See doctor.hpp.
#include "tools/portcullis/host/doctor.hpp"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/portcullis/host/options.hpp"
#include "tools/portcullis/host/report.hpp"

namespace portcullis::tools {
namespace {

constexpr std::int64_t gap_duration_ns = 1'000'000'000;
constexpr std::size_t gap_cpus_max = 4;

/// What `option` comes to, in a process that ends with it. Requires: no other thread.
template <class Option>
Trial try_apart(Option option) {
    int ends[2];
    if (::pipe(ends) != 0) {
        return {"", std::string("pipe: ") + std::strerror(errno)};
    }
    const pid_t child = ::fork();
    if (child == 0) {
        const Taken taken = option();
        const std::string said = taken ? "+" + taken.value() : "-" + taken.error();
        const bool whole =
            ::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
        ::_exit(whole ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said;
    char some[512];
    for (ssize_t got = 0; child > 0 && (got = ::read(ends[0], some, sizeof some)) > 0;) {
        said.append(some, static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0 || said.size() < 2) {
        return {"", "the process that tried it did not end well"};
    }
    const std::string text = said.substr(1);
    return said.front() == '+' ? Trial{text, ""} : Trial{"", text};
}

/// The pinned ones; else the first few that may be used.
std::vector<int> cpus_to_watch(const EngineSettings& engine, const CpuSet& allowed) {
    CpuSet cpus = hot_cpus(engine);
    if (cpus.empty()) {
        cpus = allowed;
    }
    if (cpus.size() > gap_cpus_max) {
        cpus.resize(gap_cpus_max);
    }
    return cpus;
}

}  // namespace

Trials try_host_options(const EngineSettings& engine) {
    Trials trials;
    if (engine.lock_memory) {
        trials.memory = try_apart([] { return lock_memory(); });
    }
    if (engine.huge_pages) {
        trials.huge_pages = try_apart([] {
            // What the engine has and this process has not: a few tables.
            const std::vector<char> table(std::size_t{16} << 20, 1);
            return take_huge_pages();
        });
    }
    if (engine.busy_poll_us > 0) {
        trials.busy_poll = try_apart([&] { return probe_busy_poll(engine.busy_poll_us); });
    }
    if (engine.timer_slack_ns != timer_slack_default_ns) {
        trials.timer_slack = try_apart([&] { return set_timer_slack(engine.timer_slack_ns); });
    }
    return trials;
}

int doctor_command(const std::string& config_path, bool json) {
    EngineSettings engine;
    if (!config_path.empty()) {
        // Without the processors that may be used: a pin that cannot be had is a finding here.
        ConfigResult loaded = load_config(config_path);
        for (const std::string& problem : loaded.problems) {
            fmt::print(stderr, "{}\n", problem);
        }
        if (!loaded.config) {
            return 2;
        }
        engine = loaded.config->engine;
    }
    const HostCpus cpus{cpus_allowed(), cpus_inherited()};
    const Trials trials = try_host_options(engine);
    const Diagnosis diagnosis{machine_text(read_system_file), config_path,
                              host_checks(engine, read_system_file, cpus, trials),
                              measure_host(cpus_to_watch(engine, cpus.allowed), gap_duration_ns)};
    if (json) {
        fmt::print("{}\n", diagnosis_json(diagnosis));
    } else {
        const Screen screen = diagnosis_screen(diagnosis);
        fmt::print("{}", screen.text(0, screen.lines(), ::isatty(STDOUT_FILENO) == 1));
    }
    return diagnosis.in_force() ? 0 : 1;
}

}  // namespace portcullis::tools
