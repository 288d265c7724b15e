// What a colocated host must give the engine: [engine] lock_memory, huge_pages, busy_poll_us,
// isolated_cpus, timer_slack_ns. Taken after memory is taken and before any thread of ours runs.
//
// Each is asked for in the config or left as the system has it, and each that is asked for is
// looked at afterwards: the start is refused where it is not in force, with what was found and what
// is expected. A latency option that quietly did nothing looks like one that works, until a day on
// which it matters. `portcullis doctor` asks the same functions without trading.
#pragma once

#include <string>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/portcullis/config.hpp"
#include "tools/portcullis/host/proc_text.hpp"
#include "tools/portcullis/host/system.hpp"

namespace portcullis::tools {

/// All that the config asks for; a line of each that is in force. Requires: no other thread yet.
[[nodiscard]] engine::Result<std::vector<std::string>> take_host_options(
    const EngineSettings& engine);

/// That each processor to which feed, core or orders are pinned is isolated.
[[nodiscard]] Taken require_isolated(const EngineSettings& engine, const ReadFile& read);

/// Processors that the scheduler leaves alone: isolcpus= or an isolated cpuset partition.
[[nodiscard]] CpuSet isolated_cpus(const ReadFile& read);
/// Processors of the threads on an order's way, where they are pinned.
[[nodiscard]] CpuSet hot_cpus(const EngineSettings& engine);

}  // namespace portcullis::tools
