// The processors to which a thread of this process can be pinned: what `engine.cpu_*` is held
// against at a start.
//
// A thread that cannot be pinned where the config says would run anywhere and look the same, until
// somebody asks why the tail is long. So it is an error of the config. The limit is the cpuset and
// what is online, not the mask that we inherit: isolcpus= takes the isolated ones out of that, and
// they are meant for us. A replay of the same config elsewhere pins nothing and does not ask.
#pragma once

#include <sched.h>

#include <string>
#include <vector>

namespace portcullis::tools {

/// In rising order. Empty where the system does not tell: then nothing is held against it.
using CpuSet = std::vector<int>;

/// Whatever the calling thread's own mask is.
[[nodiscard]] CpuSet cpus_allowed();
/// The calling thread's own mask: where its threads run that are not pinned.
[[nodiscard]] CpuSet cpus_inherited();
/// "0-3, 8".
[[nodiscard]] std::string cpus_text(const CpuSet& cpus);

/// This thread on one processor as long as this lives; afterwards where it was.
class PinnedHere {
public:
    explicit PinnedHere(int cpu);
    ~PinnedHere();
    PinnedHere(const PinnedHere&) = delete;
    PinnedHere& operator=(const PinnedHere&) = delete;
    [[nodiscard]] bool ok() const noexcept { return pinned_; }

private:
    cpu_set_t before_{};
    bool pinned_{};
};

}  // namespace portcullis::tools
