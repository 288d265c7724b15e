// Checks of what [engine] has keys for. See checks.hpp.
#include <fmt/core.h>
#include <linux/capability.h>

#include <algorithm>

#include "tools/portcullis/host/checks.hpp"
#include "tools/portcullis/host/options.hpp"
#include "tools/portcullis/trade/threads.hpp"

namespace portcullis::tools {
namespace {

std::string text_or(const ReadFile& read, const std::string& path, const char* fallback) {
    return read(path).value_or(fallback);
}

/// The row of an option that was tried where it was asked for.
Check tried(Check check, bool asked, const Trial& trial, const std::string& advice) {
    if (!asked) {
        return check;
    }
    check.standing = trial.refused.empty() ? Standing::good : Standing::missing;
    check.found = trial.refused.empty() ? "tried: " + trial.in_force : trial.refused;
    check.advice = trial.refused.empty() ? "" : advice;
    return check;
}

Check memory_check(const EngineSettings& engine, const ReadFile& read, const Trials& trials) {
    std::string limit = "?";
    const std::string limits = text_or(read, "/proc/self/limits", "");
    for (const std::string_view line : lines_of(limits)) {
        constexpr std::string_view title = "Max locked memory";
        const auto words = words_of(line);
        if (line.substr(0, title.size()) == title && words.size() >= 4) {
            const auto bytes = number_of(words[3]);
            limit = bytes ? fmt::format("{} KiB", *bytes / 1024) : std::string(words[3]);
        }
    }
    const bool power = has_capability(text_or(read, "/proc/self/status", ""), CAP_IPC_LOCK);
    const bool can = power || limit == "unlimited";
    Check check{
        "memory lock", fmt::format("lock_memory = {}", engine.lock_memory),
        fmt::format("RLIMIT_MEMLOCK {}, {} CAP_IPC_LOCK", limit, power ? "with" : "without"),
        Standing::poor,
        can ? "lock_memory = true"
            : "LimitMEMLOCK=infinity in the unit, then "
              "lock_memory = true"};
    return tried(check, engine.lock_memory, trials.memory,
                 "systemd: LimitMEMLOCK=infinity (shell: ulimit -l unlimited)");
}

Check huge_page_check(const EngineSettings& engine, const ReadFile& read, const Trials& trials) {
    const auto text = read("/sys/kernel/mm/transparent_hugepage/enabled");
    const std::string setting = text ? chosen_of(*text).value_or(*text) : "not in this kernel";
    const char* set = "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled";
    const bool can = setting == "madvise" || setting == "always";
    Check check{"huge pages", fmt::format("huge_pages = {}", engine.huge_pages),
                "transparent_hugepage " + setting, Standing::poor,
                can ? "huge_pages = true" : fmt::format("{}, then huge_pages = true", set)};
    return tried(check, engine.huge_pages, trials.huge_pages, set);
}

Check busy_poll_check(const EngineSettings& engine, const ReadFile& read, const Trials& trials) {
    const std::string read_us = text_or(read, "/proc/sys/net/core/busy_read", "?");
    Check check{"busy poll", fmt::format("busy_poll_us = {}", engine.busy_poll_us),
                fmt::format("sysctl net.core.busy_read {} us", read_us), Standing::note,
                "busy_poll_us = 50, where the card's driver polls (ethtool -S shows it)"};
    return tried(check, engine.busy_poll_us > 0, trials.busy_poll,
                 "systemd: AmbientCapabilities=CAP_NET_ADMIN");
}

Check slack_check(const EngineSettings& engine, const HostCpus& cpus, const Trials& trials) {
    const bool naps = idle_here(engine, cpus.inherited) == Idle::blocking;
    Check check{"timer slack", fmt::format("timer_slack_ns = {}", engine.timer_slack_ns),
                naps ? "Linux's own; the engine's threads nap here"
                     : "Linux's own; the engine's hot threads never sleep here",
                naps ? Standing::poor : Standing::good, naps ? "timer_slack_ns = 1" : ""};
    return tried(check, engine.timer_slack_ns != timer_slack_default_ns, trials.timer_slack, "");
}

Check isolation_check(const EngineSettings& engine, const ReadFile& read) {
    const CpuSet hot = hot_cpus(engine);
    const CpuSet isolated = isolated_cpus(read);
    Check check{"isolated processors", fmt::format("isolated_cpus = {}", engine.isolated_cpus),
                "isolated: " + (isolated.empty() ? "none" : cpus_text(isolated)), Standing::poor,
                ""};
    const Taken taken = require_isolated(engine, read);
    const std::string wanted = hot.empty() ? "CPUS" : cpu_list_text(hot);
    const std::string command =
        fmt::format("kernel command line: isolcpus={0} nohz_full={0} rcu_nocbs={0}", wanted);
    if (hot.empty()) {
        check.found += "; feed, core and orders are not pinned";
        check.advice = command + ", then cpu_core = ... (cpu_feed, cpu_orders)";
    } else if (!taken) {
        check.found += "; pinned to " + cpus_text(hot);
        check.standing = engine.isolated_cpus ? Standing::missing : Standing::poor;
        check.advice = command;
    } else {
        check.found += "; pinned to " + cpus_text(hot);
        check.standing = Standing::good;
        check.advice = engine.isolated_cpus ? "" : "isolated_cpus = true keeps it so";
    }
    return check;
}

Check pin_check(const EngineSettings& engine, const HostCpus& cpus) {
    std::string asked;
    CpuSet gone;
    const auto add = [&](const char* key, int cpu) {
        if (cpu < 0) {
            return;
        }
        asked += fmt::format("{}{} = {}", asked.empty() ? "" : ", ", key, cpu);
        if (!std::binary_search(cpus.allowed.begin(), cpus.allowed.end(), cpu)) {
            gone.push_back(cpu);
        }
    };
    add("cpu_feed", engine.cpus.feed);
    add("cpu_core", engine.cpus.core);
    add("cpu_orders", engine.cpus.orders);
    add("cpu_journal", engine.cpus.journal);
    add("cpu_control", engine.cpus.control);
    Check check{"pins", asked.empty() ? "cpu_* = -1" : asked,
                "may run on " + cpus_text(cpus.allowed), Standing::good, ""};
    if (!gone.empty()) {
        check.standing = Standing::missing;
        check.found += ", not on " + cpus_text(gone);
        check.advice = "cpuset of the unit: AllowedCPUs=, or other processors in the config";
    } else if (hot_cpus(engine).empty()) {
        check.standing = Standing::poor;
        check.advice = "cpu_core = N (pipeline: cpu_feed, cpu_orders as well)";
    }
    return check;
}

Check idle_check(const EngineSettings& engine, const HostCpus& cpus) {
    constexpr const char* names[] = {"by_machine", "blocking", "busy_poll"};
    const std::size_t threads = threads_of(engine.placement);
    const bool blocks = idle_here(engine, cpus.inherited) == Idle::blocking;
    Check check{"idle", fmt::format("idle = \"{}\"", names[static_cast<std::size_t>(engine.idle)]),
                fmt::format("{} threads, {} processors: {}", threads, cpus.inherited.size(),
                            blocks ? "blocking" : "busy_poll"),
                blocks ? Standing::poor : Standing::good, ""};
    if (blocks) {
        check.advice = engine.placement == Placement::fused
                           ? "5 processors or more, or idle = \"busy_poll\" on an isolated one"
                           : "7 processors or more; placement = \"fused\" needs 5";
    } else if (cpus.inherited.size() < threads) {
        check.standing = Standing::note;
        check.advice = "fewer processors than threads: hot threads on isolated ones only";
    }
    return check;
}

}  // namespace

std::vector<Check> asked_checks(const EngineSettings& engine, const ReadFile& read,
                                const HostCpus& cpus, const Trials& trials) {
    return {pin_check(engine, cpus),
            isolation_check(engine, read),
            idle_check(engine, cpus),
            slack_check(engine, cpus, trials),
            memory_check(engine, read, trials),
            huge_page_check(engine, read, trials),
            busy_poll_check(engine, read, trials)};
}

std::vector<Check> host_checks(const EngineSettings& engine, const ReadFile& read,
                               const HostCpus& cpus, const Trials& trials) {
    std::vector<Check> checks = asked_checks(engine, read, cpus, trials);
    for (Check& check : machine_checks(engine, read, cpus)) {
        checks.push_back(std::move(check));
    }
    return checks;
}

}  // namespace portcullis::tools
