// The processors that this process may run on: what `engine.cpu_*` is held against at a start.
//
// A thread that cannot be pinned where the config says would run anywhere and look the same, until
// somebody asks why the tail is long. So it is an error of the config, on this machine and in this
// process (taskset, cgroups); a replay of the same config elsewhere pins nothing and does not ask.
#pragma once

#include <string>
#include <vector>

namespace portcullis::tools {

/// In rising order. Empty where the system does not tell: then nothing is held against it.
using CpuSet = std::vector<int>;

/// By sched_getaffinity, of the calling thread.
[[nodiscard]] CpuSet cpus_allowed();
/// "0-3, 8".
[[nodiscard]] std::string cpus_text(const CpuSet& cpus);

}  // namespace portcullis::tools
