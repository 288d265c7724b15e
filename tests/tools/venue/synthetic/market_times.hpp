// When the synthetic market of these tests begins.
#pragma once

#include <cstdint>

namespace portcullis::tools::venue {

inline constexpr std::int64_t start_ns = 1'700'000'000'000'000'000;
inline constexpr std::int64_t second_ns = 1'000'000'000;

}  // namespace portcullis::tools::venue
