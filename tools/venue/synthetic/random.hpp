// Chance for the synthetic flow: splitmix64, and draws from it that are the same on every machine.
//
// Not <random>: its distributions differ from library to library, and the same seed must give the
// same day everywhere. log and exp are the engine's own, for the same reason. Each actor of the
// flow has a stream of its own, so that a client who changes what one of them does leaves the
// others' draws alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/math/exp_log.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

class Dice {
public:
    Dice(std::uint64_t seed, std::uint64_t stream)
        : state_(seed * 0x9e3779b97f4a7c15ULL + stream * 0xd1b54a32d192ed03ULL) {}

    std::uint64_t next() {
        std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15ULL;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
        return mixed ^ (mixed >> 31);
    }
    /// Uniform in [0, bound). Requires: bound > 0.
    std::int64_t below(std::int64_t bound) {
        engine::verify(bound > 0);
        const auto wide =
            static_cast<unsigned __int128>(next()) * static_cast<std::uint64_t>(bound);
        return static_cast<std::int64_t>(wide >> 64);
    }
    bool chance_e4(std::int64_t ten_thousandths) { return below(10'000) < ten_thousandths; }
    /// Uniform in (0, 1).
    double unit() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; }
    /// Exponential, at least 1.
    std::int64_t exponential(std::int64_t mean) {
        const double drawn = -static_cast<double>(mean) * engine::math::log(unit());
        return std::max<std::int64_t>(1, static_cast<std::int64_t>(drawn));
    }

private:
    std::uint64_t state_;
};

/// A distribution as its quantiles at fixed probabilities; drawn from by interpolation between the
/// logarithms of neighbours, because sizes and waits span many powers of ten.
struct Quantiles {
    static constexpr std::array<std::int64_t, 17> at_e4{0,    100,  500,  1000, 2000, 3000,
                                                        4000, 5000, 6000, 7000, 8000, 9000,
                                                        9500, 9800, 9900, 9990, 10000};
    std::array<std::int64_t, at_e4.size()> values{};  ///< rising, none below zero

    [[nodiscard]] std::int64_t draw(Dice& random) const {
        const double where = random.unit() * 10'000.0;
        std::size_t i = 0;
        while (i + 2 < at_e4.size() && where >= static_cast<double>(at_e4[i + 1])) {
            ++i;
        }
        const double share =
            (where - static_cast<double>(at_e4[i])) / static_cast<double>(at_e4[i + 1] - at_e4[i]);
        const double low = engine::math::log(static_cast<double>(values[i]) + 1.0);
        const double high = engine::math::log(static_cast<double>(values[i + 1]) + 1.0);
        const double value = engine::math::exp(low + (high - low) * share) - 0.5;  // to the nearest
        return std::clamp(static_cast<std::int64_t>(value), values[i], values[i + 1]);
    }
};

}  // namespace portcullis::tools::venue
