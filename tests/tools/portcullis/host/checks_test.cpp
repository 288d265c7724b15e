// What the doctor finds on a host as it should be and on one as it comes, by their own texts.
#include "tools/portcullis/host/checks.hpp"

#include <gmock/gmock.h>

#include "tests/tools/portcullis/host/machines.hpp"

namespace portcullis::tools {
namespace {

using test::cpus_up_to;
using test::files;
using test::Files;
using test::pinned_engine;
using test::tuned_host;
using test::virtual_machine;
using testing::HasSubstr;

HostCpus sixteen() {
    CpuSet inherited{0, 1, 2, 3};
    for (int cpu = 7; cpu < 16; ++cpu) {
        inherited.push_back(cpu);
    }
    return {cpus_up_to(15), inherited};
}

HostCpus two() {
    return {cpus_up_to(1), cpus_up_to(1)};
}

Check named(const std::vector<Check>& checks, const std::string& name) {
    for (const Check& check : checks) {
        if (check.name == name) {
            return check;
        }
    }
    ADD_FAILURE() << "no check " << name;
    return {};
}

Check tuned(const std::string& name, const EngineSettings& engine, const Files& texts,
            const Trials& trials = {}) {
    return named(host_checks(engine, files(texts), sixteen(), trials), name);
}

Check untuned(const std::string& name, const EngineSettings& engine = {}) {
    return named(host_checks(engine, files(virtual_machine()), two(), {}), name);
}

TEST(HostChecks, OnAHostAsItShouldBeNothingThatNobodyAskedForCostsLatency) {
    EngineSettings engine = pinned_engine();
    engine.lock_memory = true;
    engine.huge_pages = true;
    const Trials trials{{"memory locked, 300 MiB", ""}, {"huge pages, 40 MiB", ""}, {}, {}};
    std::size_t good = 0;
    for (const Check& check : host_checks(engine, files(tuned_host()), sixteen(), trials)) {
        EXPECT_TRUE(check.standing == Standing::good || check.standing == Standing::note)
            << check.name << ": " << check.found;
        good += check.standing == Standing::good ? 1 : 0;
    }
    EXPECT_EQ(good, 15U);
}

TEST(HostChecks, OnAMachineAsItComesEachThatCostsSaysWhatToType) {
    std::size_t poor = 0;
    for (const Check& check : host_checks({}, files(virtual_machine()), two(), {})) {
        EXPECT_NE(check.standing, Standing::missing) << check.name;  // nothing was asked for
        if (check.standing == Standing::poor) {
            EXPECT_NE(check.advice, "") << check.name;
            ++poor;
        }
    }
    EXPECT_EQ(poor, 11U);
}

TEST(HostChecks, WhatIsAskedForAndRefusedIsMissingWithTheReason) {
    EngineSettings engine = pinned_engine();
    engine.lock_memory = true;
    engine.huge_pages = true;
    engine.busy_poll_us = 50;
    engine.timer_slack_ns = 1;
    const Trials trials{{"", "no lock"}, {"", "no pages"}, {"", "no poll"}, {"", "no slack"}};
    const Files texts = tuned_host();
    EXPECT_EQ(tuned("memory lock", engine, texts, trials).standing, Standing::missing);
    EXPECT_EQ(tuned("memory lock", engine, texts, trials).found, "no lock");
    EXPECT_EQ(tuned("huge pages", engine, texts, trials).found, "no pages");
    EXPECT_EQ(tuned("busy poll", engine, texts, trials).found, "no poll");
    EXPECT_EQ(tuned("timer slack", engine, texts, trials).found, "no slack");
    EXPECT_EQ(tuned("timer slack", engine, texts, trials).standing, Standing::missing);
    EXPECT_EQ(tuned("busy poll", engine, texts, trials).asked, "busy_poll_us = 50");
}

TEST(HostChecks, WhatIsAskedForAndCanBeHadIsGoodAndSaysThatItWasTried) {
    EngineSettings engine = pinned_engine();
    engine.lock_memory = true;
    const Check check =
        tuned("memory lock", engine, tuned_host(), {{"memory locked, 9 MiB", ""}, {}, {}, {}});
    EXPECT_EQ(check.standing, Standing::good);
    EXPECT_EQ(check.found, "tried: memory locked, 9 MiB");
    EXPECT_EQ(check.advice, "");
}

TEST(HostChecks, APinnedProcessorThatIsNotIsolatedIsMissingOnlyWhereItWasAskedFor) {
    Files texts = tuned_host();
    texts["/sys/devices/system/cpu/isolated"] = "4-5";
    EngineSettings engine = pinned_engine();
    const Check missing = tuned("isolated processors", engine, texts);
    EXPECT_EQ(missing.standing, Standing::missing);
    EXPECT_EQ(missing.found, "isolated: 4-5; pinned to 4-6");
    EXPECT_EQ(missing.advice, "kernel command line: isolcpus=4-6 nohz_full=4-6 rcu_nocbs=4-6");
    engine.isolated_cpus = false;
    EXPECT_EQ(tuned("isolated processors", engine, texts).standing, Standing::poor);
    EXPECT_THAT(untuned("isolated processors").found, HasSubstr("not pinned"));
}

TEST(HostChecks, APinThatCannotBeHadIsMissing) {
    const Check check = untuned("pins", pinned_engine());
    EXPECT_EQ(check.standing, Standing::missing);
    EXPECT_EQ(check.found, "may run on 0-1, not on 4-6");
    EXPECT_EQ(check.asked,
              "cpu_feed = 4, cpu_core = 5, cpu_orders = 6, cpu_journal = 0, cpu_control = 1");
    EXPECT_EQ(untuned("pins").standing, Standing::poor);
}

TEST(HostChecks, FewerProcessorsThanThreadsAreSaidWithWhatTheyBringAbout) {
    EXPECT_EQ(untuned("idle").found, "7 threads, 2 processors: blocking");
    EXPECT_EQ(untuned("idle").standing, Standing::poor);
    EXPECT_EQ(untuned("timer slack").standing, Standing::poor);
    EngineSettings engine;
    engine.idle = Idle::busy_poll;
    EXPECT_EQ(untuned("idle", engine).standing, Standing::note);
    EXPECT_EQ(untuned("timer slack", engine).standing, Standing::good);
    engine.placement = Placement::fused;
    EXPECT_THAT(untuned("idle", engine).found, HasSubstr("5 threads"));
}

TEST(HostChecks, TheCardsInterruptsAreFoundByNameOrSlotAndNotThoseOfADisk) {
    const auto tuned_ones = network_interrupts(files(tuned_host()));
    ASSERT_EQ(tuned_ones.size(), 2U);
    EXPECT_EQ(tuned_ones[0].number, 40);
    EXPECT_EQ(tuned_ones[0].cpus, (CpuSet{0, 1, 2, 3}));
    EXPECT_EQ(tuned_ones[1].name, "ens1-TxRx-0");
    EXPECT_EQ(tuned_ones[1].interface, "ens1");
    const auto virtual_ones = network_interrupts(files(virtual_machine()));
    ASSERT_EQ(virtual_ones.size(), 2U);
    EXPECT_EQ(virtual_ones[1].number, 38);
    EXPECT_EQ(virtual_ones[1].cpus, CpuSet{1});
    EXPECT_TRUE(network_interrupts(files({})).empty());
}

TEST(HostChecks, AnInterruptOnAPinnedProcessorIsNamedWithTheCommandThatMovesIt) {
    Files texts = tuned_host();
    texts["/proc/irq/41/smp_affinity_list"] = "2,5";
    const Check check = tuned("network interrupts", pinned_engine(), texts);
    EXPECT_EQ(check.standing, Standing::poor);
    EXPECT_EQ(check.found, "on pinned processors: 41 (ens1-TxRx-0)");
    EXPECT_EQ(check.advice,
              "systemctl stop irqbalance; echo 0-3,7-15 > /proc/irq/41/smp_affinity_list");
    EXPECT_EQ(tuned("network interrupts", pinned_engine(), tuned_host()).found,
              "2, on processors 0-3, away from 4-6");
}

TEST(HostChecks, AQuotaIsTheLeastOfTheGroupsAbove) {
    EXPECT_EQ(cpu_quota(files(tuned_host())), std::nullopt);
    EXPECT_EQ(cpu_quota(files(virtual_machine())), 1.5);
    Files texts = tuned_host();
    texts["/sys/fs/cgroup/system.slice/portcullis.service/cpu.max"] = "400000 100000";
    texts["/sys/fs/cgroup/system.slice/cpu.max"] = "200000 100000";
    EXPECT_EQ(cpu_quota(files(texts)), 2.0);
    EXPECT_EQ(tuned("control group", pinned_engine(), texts).standing, Standing::poor);
    EXPECT_EQ(untuned("control group").found, "1.50 processors a period");
}

struct Change {
    const char* path;
    const char* text;
    const char* check;
    const char* found;
};

TEST(HostChecks, EachSettingThatCostsIsPoorAndShown) {
    const Change changes[] = {
        {"/sys/devices/system/cpu/cpu5/cpufreq/scaling_governor", "powersave", "frequency",
         "performance on 4, 6, powersave on 5"},
        {"/sys/devices/system/cpu/cpu6/cpuidle/state2/disable", "0", "idle states",
         "deepest C6, 190 us to wake"},
        {"/sys/devices/system/cpu/cpu4/topology/thread_siblings_list", "4,12", "SMT siblings",
         "share a core: 4, 12"},
        {"/sys/devices/system/cpu/nohz_full", "4-5", "timer tick", "nohz_full: 4-5"},
        {"/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet", "clock",
         "clocksource hpet, TSC invariant"},
        {"/proc/cpuinfo", "flags : tsc constant_tsc", "clock",
         "clocksource tsc, TSC NOT invariant"},
        {"/proc/loadavg", "8.00 1 1 1/1 1", "load", "8.00 in the last minute"},
        {"/proc/swaps", "Filename\n/dev/sda2 partition 1 0 -2", "swap", "1 in use"},
        {"/sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]", "huge pages",
         "transparent_hugepage never"},
        {"/proc/self/limits", "Max locked memory  65536  65536  bytes", "memory lock",
         "RLIMIT_MEMLOCK 64 KiB, with CAP_IPC_LOCK"},
    };
    for (const Change& change : changes) {
        Files texts = tuned_host();
        texts[change.path] = change.text;
        const Check check = tuned(change.check, pinned_engine(), texts);
        EXPECT_EQ(check.standing, Standing::poor) << change.path;
        EXPECT_EQ(check.found, change.found) << change.path;
        EXPECT_NE(check.advice, "") << change.path;
    }
}

TEST(HostChecks, WhatNoFileTellsIsSaidToBeUntoldAndNotGood) {
    for (const char* name : {"frequency", "idle states"}) {
        const Check check = named(host_checks({}, files({}), two(), {}), name);
        EXPECT_EQ(check.standing, Standing::note);
        EXPECT_THAT(check.found, HasSubstr("no cpu"));
    }
    EXPECT_EQ(named(host_checks({}, files({}), two(), {}), "clock").standing, Standing::poor);
    EXPECT_EQ(named(host_checks({}, files({}), two(), {}), "huge pages").found,
              "transparent_hugepage not in this kernel");
}

TEST(HostChecks, MitigationsAreNamedAndNobodyIsToldThatTheyAreWrong) {
    EXPECT_EQ(untuned("mitigations").found, "in force: spectre_v1, spectre_v2");
    EXPECT_EQ(untuned("mitigations").standing, Standing::note);
    EXPECT_EQ(tuned("mitigations", pinned_engine(), tuned_host()).found, "none in force");
}

TEST(HostChecks, TheMachineIsNamedByItsProcessorAndKernel) {
    EXPECT_EQ(machine_text(files(tuned_host())),
              "Intel(R) Xeon(R) Gold 6444Y, 16 processors, bare metal, Linux 6.1.0-18-amd64");
    EXPECT_EQ(machine_text(files(virtual_machine())),
              "AMD EPYC, 2 processors, virtual machine, Linux 6.1.0-18-cloud-amd64");
}

}  // namespace
}  // namespace portcullis::tools
