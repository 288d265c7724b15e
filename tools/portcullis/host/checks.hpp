// What a host is, held against what the engine is to be on it: one row a fact.
//
// A check is a function of the config and of texts of /proc and /sys, so it is tested with those of
// machines that are not here. It says what stands there, whether that costs latency, and what an
// operator types to change it; what a thing is worth is measured (measure.hpp) and put beside it by
// the report, never assumed here.
#pragma once

#include <string>
#include <vector>

#include "tools/portcullis/config.hpp"
#include "tools/portcullis/host/proc_text.hpp"

namespace portcullis::tools {

enum class Standing : std::uint8_t {
    good,     ///< as it should be, or in force as the config asks
    note,     ///< to be known; nothing here says that it costs
    poor,     ///< costs latency, and the config does not ask for better
    missing,  ///< the config asks for it and it is not in force
};

struct Check {
    std::string name;
    std::string asked;  ///< the config's key and value; empty: it has none
    std::string found;
    Standing standing{Standing::note};
    std::string advice;  ///< what to type, where something is to be done
};

/// What came of trying an option of the config (options.hpp). Empty where it was not asked for.
struct Trial {
    std::string in_force;
    std::string refused;
};
struct Trials {
    Trial memory;
    Trial huge_pages;
    Trial busy_poll;
    Trial timer_slack;
};

/// `allowed`: to which a thread may be pinned; `inherited`: where those run that are not.
struct HostCpus {
    CpuSet allowed;
    CpuSet inherited;
};

/// `trials` of what `engine` asks for.
[[nodiscard]] std::vector<Check> host_checks(const EngineSettings& engine, const ReadFile& read,
                                             const HostCpus& cpus, const Trials& trials);

/// An interrupt of a network card.
struct NetworkInterrupt {
    int number{};
    std::string name;
    std::string interface;
    CpuSet cpus;  ///< that it may be delivered to
};
[[nodiscard]] std::vector<NetworkInterrupt> network_interrupts(const ReadFile& read);

/// Processors' worth of time that the control groups leave; nothing: no limit.
[[nodiscard]] std::optional<double> cpu_quota(const ReadFile& read);

/// "AMD EPYC, 2 processors, virtual machine".
[[nodiscard]] std::string machine_text(const ReadFile& read);

// In two files: what the config has keys for, and what it has none for.
[[nodiscard]] std::vector<Check> asked_checks(const EngineSettings& engine, const ReadFile& read,
                                              const HostCpus& cpus, const Trials& trials);
[[nodiscard]] std::vector<Check> machine_checks(const EngineSettings& engine, const ReadFile& read,
                                                const HostCpus& cpus);

}  // namespace portcullis::tools
