// Checks of what no key of ours decides: processors, clock, interrupts, kernel. See checks.hpp.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "tools/portcullis/host/checks.hpp"
#include "tools/portcullis/host/options.hpp"

namespace portcullis::tools {
namespace {

constexpr const char* cpu_folder = "/sys/devices/system/cpu";

std::string file_or_empty(const ReadFile& read, const std::string& path) {
    return read(path).value_or("");
}

std::string of_cpu(int cpu, const char* file) {
    return fmt::format("{}/cpu{}/{}", cpu_folder, cpu, file);
}

CpuSet list_at(const ReadFile& read, const std::string& path) {
    return parse_cpu_list(file_or_empty(read, path)).value_or(CpuSet{});
}

std::string list_text(const CpuSet& cpus) {
    return cpus.empty() ? "none" : cpus_text(cpus);
}

/// The value behind "NAME\t: " of /proc/cpuinfo, of its first processor.
std::string cpuinfo(const ReadFile& read, std::string_view name) {
    const std::string text = file_or_empty(read, "/proc/cpuinfo");
    for (const std::string_view line : lines_of(text)) {
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && line.substr(0, name.size()) == name) {
            const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
            return begin == std::string_view::npos ? "" : std::string(line.substr(begin));
        }
    }
    return "";
}

bool has_flag(const ReadFile& read, std::string_view flag) {
    const std::string flags = cpuinfo(read, "flags");
    const auto words = words_of(flags);
    return std::find(words.begin(), words.end(), flag) != words.end();
}

/// Processors whose state counts: the pinned ones, or all that may be used.
CpuSet counted_cpus(const EngineSettings& engine, const HostCpus& cpus) {
    const CpuSet hot = hot_cpus(engine);
    return hot.empty() ? cpus.allowed : hot;
}

Check tick_check(const EngineSettings& engine, const ReadFile& read) {
    const auto text = read(std::string(cpu_folder) + "/nohz_full");
    const CpuSet quiet = text ? parse_cpu_list(*text).value_or(CpuSet{}) : CpuSet{};
    const CpuSet hot = hot_cpus(engine);
    const bool all =
        !hot.empty() && std::includes(quiet.begin(), quiet.end(), hot.begin(), hot.end());
    const std::string wanted = hot.empty() ? "CPUS" : cpu_list_text(hot);
    if (!text) {
        return {"timer tick", "", "nohz_full: not in this kernel", Standing::poor,
                "a kernel with CONFIG_NO_HZ_FULL"};
    }
    return {"timer tick", "", "nohz_full: " + list_text(quiet),
            all ? Standing::good : Standing::poor,
            all ? "" : fmt::format("kernel command line: nohz_full={0} rcu_nocbs={0}", wanted)};
}

Check governor_check(const EngineSettings& engine, const ReadFile& read, const HostCpus& cpus) {
    std::map<std::string, CpuSet> governors;
    for (const int cpu : counted_cpus(engine, cpus)) {
        if (const auto text = read(of_cpu(cpu, "cpufreq/scaling_governor"))) {
            governors[*text].push_back(cpu);
        }
    }
    if (governors.empty()) {
        return {"frequency", "", "no cpufreq: the clock is the hypervisor's or the firmware's",
                Standing::note, ""};
    }
    Check check{"frequency", "", "", Standing::good, ""};
    for (const auto& [governor, where] : governors) {
        check.found +=
            fmt::format("{}{} on {}", check.found.empty() ? "" : ", ", governor, cpus_text(where));
        if (governor != "performance") {
            check.standing = Standing::poor;
            check.advice = "cpupower frequency-set -g performance";
        }
    }
    return check;
}

/// The longest wake-up of the idle states that are enabled.
Check idle_state_check(const EngineSettings& engine, const ReadFile& read, const HostCpus& cpus) {
    std::int64_t longest_us = -1;
    std::string name;
    for (const int cpu : counted_cpus(engine, cpus)) {
        for (int state = 0; state < 16; ++state) {
            const std::string folder = of_cpu(cpu, fmt::format("cpuidle/state{}/", state).c_str());
            const auto latency_us = number_of(file_or_empty(read, folder + "latency"));
            if (!latency_us || file_or_empty(read, folder + "disable") == "1") {
                continue;
            }
            if (*latency_us > longest_us) {
                longest_us = *latency_us;
                name = file_or_empty(read, folder + "name");
            }
        }
    }
    if (longest_us < 0) {
        return {"idle states", "", "no cpuidle: the hypervisor's or the firmware's", Standing::note,
                ""};
    }
    const bool deep = longest_us > 2;
    return {"idle states", "", fmt::format("deepest {}, {} us to wake", name, longest_us),
            deep ? Standing::poor : Standing::good,
            deep
                ? "kernel command line: processor.max_cstate=1 intel_idle.max_cstate=1; nothing to "
                  "do for threads that never sleep"
                : ""};
}

Check sibling_check(const EngineSettings& engine, const ReadFile& read, const HostCpus& cpus) {
    std::string shared;
    for (const int cpu : counted_cpus(engine, cpus)) {
        const CpuSet siblings = list_at(read, of_cpu(cpu, "topology/thread_siblings_list"));
        if (siblings.size() > 1 && siblings.front() == cpu) {
            shared += (shared.empty() ? "" : "; ") + cpus_text(siblings);
        } else if (siblings.size() > 1 && !hot_cpus(engine).empty()) {
            shared +=
                fmt::format("{}{} of {}", shared.empty() ? "" : "; ", cpu, cpus_text(siblings));
        }
    }
    const bool machine = has_flag(read, "hypervisor");
    if (shared.empty()) {
        return {"SMT siblings", "",
                machine ? "none that the hypervisor shows" : "none: a core each",
                machine ? Standing::note : Standing::good, ""};
    }
    return {"SMT siblings", "", "share a core: " + shared, Standing::poor,
            "echo off > /sys/devices/system/cpu/smt/control"};
}

Check clock_check(const ReadFile& read) {
    const std::string source =
        file_or_empty(read, "/sys/devices/system/clocksource/clocksource0/current_clocksource");
    const bool steady = has_flag(read, "constant_tsc") && has_flag(read, "nonstop_tsc");
    Check check{"clock", "",
                fmt::format("clocksource {}, TSC {}", source.empty() ? "?" : source,
                            steady ? "invariant" : "NOT invariant"),
                Standing::good, ""};
    if (source != "tsc" || !steady) {
        check.standing = Standing::poor;
        check.advice = steady ? "kernel command line: clocksource=tsc tsc=reliable"
                              : "another machine: stamps of this one's TSC cannot be compared";
    }
    return check;
}

Check interrupt_check(const EngineSettings& engine, const ReadFile& read, const HostCpus& cpus) {
    const CpuSet hot = hot_cpus(engine);
    CpuSet all;
    std::string on_hot;
    std::string command;
    const auto interrupts = network_interrupts(read);
    for (const NetworkInterrupt& each : interrupts) {
        all.insert(all.end(), each.cpus.begin(), each.cpus.end());
        const bool meets = std::any_of(each.cpus.begin(), each.cpus.end(), [&](int cpu) {
            return std::binary_search(hot.begin(), hot.end(), cpu);
        });
        if (meets) {
            on_hot += fmt::format("{}{} ({})", on_hot.empty() ? "" : ", ", each.number, each.name);
            CpuSet others;
            std::set_difference(cpus.allowed.begin(), cpus.allowed.end(), hot.begin(), hot.end(),
                                std::back_inserter(others));
            command += fmt::format("{}echo {} > /proc/irq/{}/smp_affinity_list",
                                   command.empty() ? "" : "; ",
                                   others.empty() ? "CPUS" : cpu_list_text(others), each.number);
        }
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    if (interrupts.empty()) {
        return {"network interrupts", "", "none found in /proc/interrupts", Standing::note, ""};
    }
    if (hot.empty()) {
        return {"network interrupts", "",
                fmt::format("{}, on processors {}; nothing is pinned", interrupts.size(),
                            list_text(all)),
                Standing::note, "pin first (cpu_core); then keep these interrupts elsewhere"};
    }
    if (!on_hot.empty()) {
        return {"network interrupts", "", "on pinned processors: " + on_hot, Standing::poor,
                "systemctl stop irqbalance; " + command};
    }
    return {"network interrupts", "",
            fmt::format("{}, on processors {}, away from {}", interrupts.size(), list_text(all),
                        cpus_text(hot)),
            Standing::good, ""};
}

/// Others at work spoil what is measured here, and what is traded.
Check load_check(const ReadFile& read, const HostCpus& cpus) {
    const std::string text = file_or_empty(read, "/proc/loadavg");
    const auto words = words_of(text);
    double load = 0;
    if (words.empty() || std::sscanf(std::string(words[0]).c_str(), "%lf", &load) != 1) {
        return {"load", "", "/proc/loadavg does not say", Standing::note, ""};
    }
    const bool idle = load < 0.5 * static_cast<double>(cpus.allowed.size());
    return {
        "load", "", fmt::format("{:.2f} in the last minute", load),
        idle ? Standing::good : Standing::poor,
        idle ? "" : "what is measured here is of a machine with others at work; once more without"};
}

Check mitigation_check(const ReadFile& read) {
    constexpr const char* names[] = {"meltdown", "spectre_v1", "spectre_v2", "spec_store_bypass",
                                     "retbleed", "mds",        "l1tf",       "spec_rstack_overflow",
                                     "vmscape"};
    std::string on;
    for (const char* name : names) {
        const std::string text =
            file_or_empty(read, fmt::format("{}/vulnerabilities/{}", cpu_folder, name));
        if (text.rfind("Mitigation", 0) == 0) {
            on += (on.empty() ? "" : ", ") + std::string(name);
        }
    }
    return {"mitigations", "", on.empty() ? "none in force" : "in force: " + on, Standing::note,
            on.empty() ? ""
                       : "each makes a system call dearer; a machine of your own that runs nothing "
                         "else may do without (mitigations=off), one that is shared may not"};
}

Check swap_check(const ReadFile& read) {
    const std::string text = file_or_empty(read, "/proc/swaps");
    const auto lines = lines_of(text);
    const std::size_t swaps = lines.empty() ? 0 : lines.size() - 1;
    return {"swap", "", swaps == 0 ? "none" : fmt::format("{} in use", swaps),
            swaps == 0 ? Standing::good : Standing::poor,
            swaps == 0 ? "" : "swapoff -a; lock_memory = true where swap must stay"};
}

Check quota_check(const EngineSettings& engine, const ReadFile& read, const HostCpus& cpus) {
    const auto quota = cpu_quota(read);
    if (!quota) {
        return {"control group", "", "no processor quota", Standing::good, ""};
    }
    const bool short_of = *quota < static_cast<double>(counted_cpus(engine, cpus).size());
    return {"control group", "", fmt::format("{:.2f} processors a period", *quota),
            short_of ? Standing::poor : Standing::note,
            "systemd: CPUQuota= empty; Kubernetes: static CPU manager, or no limit"};
}

}  // namespace

std::vector<NetworkInterrupt> network_interrupts(const ReadFile& read) {
    struct Card {
        std::string interface;
        std::string slot;  ///< "0000:00:03.0"; empty: not on PCI
    };
    std::vector<Card> cards;
    const std::string devices = file_or_empty(read, "/proc/net/dev");
    for (const std::string_view line : lines_of(devices)) {
        const std::size_t colon = line.find(':');
        const auto words = words_of(line.substr(0, colon));
        if (colon == std::string_view::npos || words.size() != 1 || words[0] == "lo") {
            continue;
        }
        Card card{std::string(words[0]), ""};
        // A virtio device stands below the PCI device that has the slot.
        for (const char* above : {"device/uevent", "device/../uevent"}) {
            const std::string uevent =
                file_or_empty(read, "/sys/class/net/" + card.interface + "/" + above);
            for (const std::string_view each : lines_of(uevent)) {
                constexpr std::string_view key = "PCI_SLOT_NAME=";
                if (card.slot.empty() && each.substr(0, key.size()) == key) {
                    card.slot = each.substr(key.size());
                }
            }
        }
        cards.push_back(card);
    }
    std::vector<NetworkInterrupt> found;
    const std::string interrupts = file_or_empty(read, "/proc/interrupts");
    for (const std::string_view line : lines_of(interrupts)) {
        const auto words = words_of(line);
        const std::size_t colon = words.empty() ? 0 : words[0].find(':');
        const auto number = words.empty() ? std::nullopt : number_of(words[0].substr(0, colon));
        if (!number || words.size() < 3) {
            continue;
        }
        for (const Card& card : cards) {
            const std::string_view name = words.back();
            const bool named = name.find(card.interface) != std::string_view::npos;
            const bool slotted =
                !card.slot.empty() && line.find(card.slot) != std::string_view::npos;
            if (named || slotted) {
                found.push_back(
                    {static_cast<int>(*number), std::string(name), card.interface,
                     list_at(read, fmt::format("/proc/irq/{}/smp_affinity_list", *number))});
                break;
            }
        }
    }
    return found;
}

std::optional<double> cpu_quota(const ReadFile& read) {
    std::optional<double> least;
    const auto take = [&](std::optional<std::int64_t> quota_us,
                          std::optional<std::int64_t> period_us) {
        if (quota_us && period_us && *quota_us > 0 && *period_us > 0) {
            const double each = static_cast<double>(*quota_us) / static_cast<double>(*period_us);
            least = least ? std::min(*least, each) : each;
        }
    };
    const std::string groups = file_or_empty(read, "/proc/self/cgroup");
    for (const std::string_view line : lines_of(groups)) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos) {
            continue;
        }
        const std::string_view controllers = line.substr(first + 1, second - first - 1);
        const bool unified = line.substr(0, first) == "0";
        if (!unified && controllers.find("cpu") == std::string_view::npos) {
            continue;
        }
        // A group is held by the limits of those above it too.
        for (std::string path(line.substr(second + 1)); !path.empty();
             path = path.substr(0, path.rfind('/'))) {
            const std::string group = path == "/" ? "" : path;
            const std::string max = file_or_empty(read, "/sys/fs/cgroup" + group + "/cpu.max");
            const auto words = words_of(max);
            if (unified && words.size() == 2) {
                take(number_of(words[0]), number_of(words[1]));
            }
            const std::string old = "/sys/fs/cgroup/cpu" + group;
            take(number_of(file_or_empty(read, old + "/cpu.cfs_quota_us")),
                 number_of(file_or_empty(read, old + "/cpu.cfs_period_us")));
        }
    }
    return least;
}

std::string machine_text(const ReadFile& read) {
    const std::string model = cpuinfo(read, "model name");
    const CpuSet online = list_at(read, std::string(cpu_folder) + "/online");
    return fmt::format("{}, {} processors, {}, Linux {}",
                       model.empty() ? "unknown processor" : model, online.size(),
                       has_flag(read, "hypervisor") ? "virtual machine" : "bare metal",
                       read("/proc/sys/kernel/osrelease").value_or("?"));
}

std::vector<Check> machine_checks(const EngineSettings& engine, const ReadFile& read,
                                  const HostCpus& cpus) {
    return {tick_check(engine, read),
            governor_check(engine, read, cpus),
            idle_state_check(engine, read, cpus),
            sibling_check(engine, read, cpus),
            clock_check(read),
            interrupt_check(engine, read, cpus),
            quota_check(engine, read, cpus),
            load_check(read, cpus),
            swap_check(read),
            mitigation_check(read)};
}

}  // namespace portcullis::tools
