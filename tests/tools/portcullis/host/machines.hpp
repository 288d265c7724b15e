// Texts of /proc and /sys of two hosts: a colocated one as it should be, and a virtual machine as
// it comes. Each test changes what it is about.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tools/portcullis/config.hpp"
#include "tools/portcullis/host/checks.hpp"

namespace portcullis::tools::test {

using Files = std::map<std::string, std::string>;

inline ReadFile files(Files texts) {
    return [texts = std::move(texts)](const std::string& path) -> std::optional<std::string> {
        const auto found = texts.find(path);
        return found == texts.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
}

/// Sixteen cores without siblings, 4-6 isolated, the card's interrupts on 0-3.
inline Files tuned_host() {
    Files all{
        {"/proc/cpuinfo",
         "processor\t: 0\nmodel name\t: Intel(R) Xeon(R) Gold 6444Y\n"
         "flags\t\t: fpu tsc constant_tsc nonstop_tsc rdtscp avx2"},
        {"/sys/devices/system/cpu/online", "0-15"},
        {"/sys/devices/system/cpu/isolated", "4-6"},
        {"/sys/devices/system/cpu/nohz_full", "4-6"},
        {"/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc"},
        {"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never"},
        {"/sys/devices/system/cpu/vulnerabilities/spectre_v2", "Vulnerable"},
        {"/proc/sys/kernel/osrelease", "6.1.0-18-amd64"},
        {"/proc/sys/net/core/busy_read", "0"},
        {"/proc/loadavg", "0.31 0.20 0.11 1/312 4711"},
        {"/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority"},
        {"/proc/self/cgroup", "0::/system.slice/portcullis.service"},
        {"/sys/fs/cgroup/system.slice/portcullis.service/cpu.max", "max 100000"},
        {"/proc/self/status", "CapEff:\t0000000000005000\n"},
        {"/proc/self/limits",
         "Limit                     Soft Limit           Hard Limit           Units     \n"
         "Max locked memory         unlimited            unlimited            bytes     \n"},
        {"/proc/net/dev",
         "Inter-|   Receive                                                |  Transmit\n"
         " face |bytes    packets errs drop fifo frame compressed multicast|bytes packets\n"
         "    lo: 8 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0\n"
         "  ens1: 9 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0"},
        {"/sys/class/net/ens1/device/uevent",
         "DRIVER=ice\nPCI_CLASS=20000\nPCI_SLOT_NAME=0000:17:00.0"},
        {"/proc/interrupts",
         "           CPU0       CPU1\n"
         " 40:          0          1  IR-PCI-MSIX-0000:17:00.0   0-edge      "
         "ice-0000:17:00.0:misc\n"
         " 41:      91244          0  IR-PCI-MSI 524289-edge      ens1-TxRx-0\n"
         " 42:          0       7711  IR-PCI-MSIX-0000:65:00.0   1-edge      nvme0q1\n"
         "NMI:          0          0   Non-maskable interrupts"},
        {"/proc/irq/40/smp_affinity_list", "0-3"},
        {"/proc/irq/41/smp_affinity_list", "2"},
        {"/proc/irq/42/smp_affinity_list", "0-15"},
    };
    for (int cpu = 0; cpu < 16; ++cpu) {
        const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(cpu);
        all[folder + "/cpufreq/scaling_governor"] = "performance";
        all[folder + "/topology/thread_siblings_list"] = std::to_string(cpu);
        all[folder + "/cpuidle/state0/latency"] = "0";
        all[folder + "/cpuidle/state0/name"] = "POLL";
        all[folder + "/cpuidle/state1/latency"] = "1";
        all[folder + "/cpuidle/state1/name"] = "C1";
        all[folder + "/cpuidle/state2/latency"] = "190";
        all[folder + "/cpuidle/state2/name"] = "C6";
        all[folder + "/cpuidle/state2/disable"] = "1";
    }
    return all;
}

/// Two processors of somebody's, nothing set.
inline Files virtual_machine() {
    return {
        {"/proc/cpuinfo",
         "processor\t: 0\nmodel name\t: AMD EPYC\n"
         "flags\t\t: fpu tsc constant_tsc nonstop_tsc hypervisor"},
        {"/sys/devices/system/cpu/online", "0-1"},
        {"/sys/devices/system/cpu/isolated", ""},
        {"/sys/devices/system/clocksource/clocksource0/current_clocksource", "kvm-clock"},
        {"/sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]"},
        {"/sys/devices/system/cpu/vulnerabilities/spectre_v1", "Mitigation: usercopy barriers"},
        {"/sys/devices/system/cpu/vulnerabilities/spectre_v2", "Mitigation: Retpolines"},
        {"/proc/sys/kernel/osrelease", "6.1.0-18-cloud-amd64"},
        {"/proc/swaps", "Filename Type Size Used Priority\n/dev/vda2 partition 1048572 0 -2"},
        {"/proc/loadavg", "7.02 5.20 3.11 9/312 4711"},
        {"/proc/self/cgroup", "4:cpu,cpuacct:/docker/a\n0::/"},
        {"/sys/fs/cgroup/cpu/docker/a/cpu.cfs_quota_us", "150000"},
        {"/sys/fs/cgroup/cpu/docker/a/cpu.cfs_period_us", "100000"},
        {"/sys/fs/cgroup/cpu/docker/cpu.cfs_quota_us", "-1"},
        {"/sys/fs/cgroup/cpu/docker/cpu.cfs_period_us", "100000"},
        {"/proc/self/status", "CapEff:\t0000000000000000\n"},
        {"/proc/self/limits", "Max locked memory         8388608   8388608   bytes"},
        {"/proc/net/dev", "h\nh\n  eth0: 9 1\n"},
        {"/sys/class/net/eth0/device/uevent", "DRIVER=virtio_net\nMODALIAS=virtio:d00000001"},
        {"/sys/class/net/eth0/device/../uevent", "DRIVER=virtio-pci\nPCI_SLOT_NAME=0000:00:03.0"},
        {"/proc/interrupts",
         " 37:     0     0 PCI-MSIX-0000:00:03.0   0-edge      virtio2-config\n"
         " 38:     0  5977 PCI-MSIX-0000:00:03.0   1-edge      virtio2-input.0\n"
         " 41:     1     0 PCI-MSIX-0000:00:04.0   1-edge      virtio3-rx"},
        {"/proc/irq/37/smp_affinity_list", "0-1"},
        {"/proc/irq/38/smp_affinity_list", "1"},
    };
}

inline EngineSettings pinned_engine() {
    EngineSettings engine;
    engine.idle = Idle::busy_poll;
    engine.cpus = {4, 5, 6, 0, 1};
    engine.isolated_cpus = true;
    return engine;
}

inline CpuSet cpus_up_to(int last) {
    CpuSet cpus;
    for (int cpu = 0; cpu <= last; ++cpu) {
        cpus.push_back(cpu);
    }
    return cpus;
}

}  // namespace portcullis::tools::test
