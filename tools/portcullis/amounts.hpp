// Amounts as people read them: exact decimals of what is kept in atoms and micros, and how long
// something took, in one place so that console, journal, doctor and config write the same number
// the same way. Cold code.
#pragma once

#include <cstdint>
#include <string>

namespace portcullis::tools {

/// 1e-8 units as the shortest exact decimal: "0.004".
[[nodiscard]] std::string decimal_text(std::int64_t atoms);
/// 1e-6 units with all six places, so that columns stand: "-1.587759".
[[nodiscard]] std::string micro_text(std::int64_t micro);
/// The same, shortest: "2000".
[[nodiscard]] std::string short_micro_text(std::int64_t micro);
/// "4.1 ns", "41 ns", "2.3 us", "4.0 ms", "1.5 s".
[[nodiscard]] std::string time_text(double ns);
[[nodiscard]] std::string time_text(std::int64_t ns);

}  // namespace portcullis::tools
