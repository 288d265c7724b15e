// Random: SplitMix64, so that a seed gives the same faults on every machine and library.
//
// The standard's distributions are not the same everywhere, and a fault that is found with a seed
// must come back with it. Owner: one fault each, so that one more fault disturbs no other.
#pragma once

#include <cstdint>

namespace portcullis::tools::venue {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    [[nodiscard]] std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        return mixed ^ (mixed >> 31U);
    }
    /// 0 .. bound - 1. Requires: bound > 0. The bias of the remainder is below 1e-12 here.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    [[nodiscard]] bool chance_e6(std::uint64_t rate_e6) { return below(1'000'000) < rate_e6; }

private:
    std::uint64_t state_;
};

}  // namespace portcullis::tools::venue
