// The kernel's clocks, see clock.hpp.
#include <ctime>

#include "engine/time/clock.hpp"

namespace portcullis::engine {
namespace {

[[nodiscard]] std::int64_t read(clockid_t id) noexcept {
    timespec now{};
    verify(::clock_gettime(id, &now) == 0);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

MonoNs SystemClock::mono() const noexcept {
    return MonoNs{read(CLOCK_MONOTONIC)};
}

WallNs SystemClock::wall() const noexcept {
    return WallNs{read(CLOCK_REALTIME)};
}

}  // namespace portcullis::engine
