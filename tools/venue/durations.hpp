// Durations of the calendar in the units that the venue counts in: milliseconds at its doors,
// nanoseconds on its replay clock, microseconds in its synthetic day.
#pragma once

#include <cstdint>

namespace portcullis::tools::venue {

inline constexpr std::int64_t second_ms = 1000;
inline constexpr std::int64_t minute_ms = 60 * second_ms;
inline constexpr std::int64_t hour_ms = 60 * minute_ms;
inline constexpr std::int64_t day_ms = 24 * hour_ms;
inline constexpr std::int64_t ns_per_ms = 1'000'000;
inline constexpr std::int64_t us_per_ms = 1000;
inline constexpr std::int64_t us_per_second = second_ms * us_per_ms;
inline constexpr std::int64_t us_per_hour = hour_ms * us_per_ms;

}  // namespace portcullis::tools::venue
