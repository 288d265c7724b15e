// See cpus.hpp.
#include "tools/portcullis/cpus.hpp"

#include <sched.h>

#include <cstring>
#include <thread>

namespace portcullis::tools {

CpuSet cpus_allowed() {
    CpuSet cpus;
    // All are asked for, by a thread that ends with its mask; what is left is what may be had.
    std::thread([&] {
        cpu_set_t all;
        std::memset(&all, 0xff, sizeof all);
        (void)::sched_setaffinity(0, sizeof all, &all);
        cpus = cpus_inherited();
    }).join();
    return cpus;
}

CpuSet cpus_inherited() {
    cpu_set_t set;
    CPU_ZERO(&set);
    CpuSet cpus;
    if (::sched_getaffinity(0, sizeof set, &set) != 0) {
        return cpus;  // more processors than the set holds: no answer is better than a wrong one
    }
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) {
            cpus.push_back(cpu);
        }
    }
    return cpus;
}

std::string cpus_text(const CpuSet& cpus) {
    std::string text;
    for (std::size_t first = 0; first < cpus.size();) {
        std::size_t last = first;
        while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) {
            ++last;
        }
        text += (text.empty() ? "" : ", ") + std::to_string(cpus[first]);
        if (last > first) {
            text += "-" + std::to_string(cpus[last]);
        }
        first = last + 1;
    }
    return text;
}

PinnedHere::PinnedHere(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    pinned_ = ::sched_getaffinity(0, sizeof before_, &before_) == 0 &&
              ::sched_setaffinity(0, sizeof set, &set) == 0;
}

PinnedHere::~PinnedHere() {
    if (pinned_) {
        (void)::sched_setaffinity(0, sizeof before_, &before_);
    }
}

}  // namespace portcullis::tools
