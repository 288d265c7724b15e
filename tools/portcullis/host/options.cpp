// See options.hpp.
#include "tools/portcullis/host/options.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace portcullis::tools {

CpuSet isolated_cpus(const ReadFile& read) {
    CpuSet isolated;
    for (const char* path :
         {"/sys/devices/system/cpu/isolated", "/sys/fs/cgroup/cpuset.cpus.isolated"}) {
        const CpuSet more = parse_cpu_list(read(path).value_or("")).value_or(CpuSet{});
        isolated.insert(isolated.end(), more.begin(), more.end());
    }
    std::sort(isolated.begin(), isolated.end());
    isolated.erase(std::unique(isolated.begin(), isolated.end()), isolated.end());
    return isolated;
}

CpuSet hot_cpus(const EngineSettings& engine) {
    CpuSet cpus;
    const bool fused = engine.placement == Placement::fused;
    for (const int cpu :
         {engine.cpus.core, fused ? -1 : engine.cpus.feed, fused ? -1 : engine.cpus.orders}) {
        if (cpu >= 0) {
            cpus.push_back(cpu);
        }
    }
    std::sort(cpus.begin(), cpus.end());
    cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
    return cpus;
}

Taken require_isolated(const EngineSettings& engine, const ReadFile& read) {
    const CpuSet isolated = isolated_cpus(read);
    CpuSet others;
    for (const int cpu : hot_cpus(engine)) {
        if (!std::binary_search(isolated.begin(), isolated.end(), cpu)) {
            others.push_back(cpu);
        }
    }
    if (!others.empty()) {
        return engine::Error{
            fmt::format("engine.isolated_cpus: found processors {} not isolated "
                        "(isolated: {}), expected isolcpus={} on the kernel's command line",
                        cpus_text(others), isolated.empty() ? "none" : cpus_text(isolated),
                        cpu_list_text(hot_cpus(engine)))};
    }
    return fmt::format("processors {} isolated", cpu_list_text(hot_cpus(engine)));
}

engine::Result<std::vector<std::string>> take_host_options(const EngineSettings& engine) {
    std::vector<std::string> lines;
    std::string refused;
    const auto take = [&](bool asked, auto&& option) {
        if (!asked || !refused.empty()) {
            return;
        }
        const Taken taken = option();
        if (taken) {
            lines.push_back(taken.value());
        } else {
            refused = taken.error();
        }
    };
    take(engine.isolated_cpus, [&] { return require_isolated(engine, read_system_file); });
    take(engine.busy_poll_us > 0, [&] { return probe_busy_poll(engine.busy_poll_us); });
    take(engine.timer_slack_ns != timer_slack_default_ns,
         [&] { return set_timer_slack(engine.timer_slack_ns); });
    // Pages first, then the lock: what is locked need not be moved.
    take(engine.huge_pages, [] { return take_huge_pages(); });
    take(engine.lock_memory, [] { return lock_memory(); });
    if (!refused.empty()) {
        return engine::Error{refused};
    }
    return lines;
}

}  // namespace portcullis::tools
