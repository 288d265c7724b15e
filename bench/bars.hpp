// Bars: what the project asks of rows and figures (README.md, "--check"), each in one line of one
// table, so that a row which goes missing takes no bar with it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace portcullis::bench {

struct Bar {
    enum class Kind : std::uint8_t { at_least, less_than, at_most };
    Kind kind{};
    double value{};
};

/// Of what a bar is.
enum class Of : std::uint8_t {
    p50,      ///< of a row's median run, in whole ns: the counter tells no less
    p99,      ///< of the same run, likewise
    figure,   ///< the median of a figure that its bench adds
    medians,  ///< the p50 of a row divided by that of another: a figure that is added here
};

struct Asked {
    std::string_view name;  ///< of the row or figure
    Of of{};
    Bar bar;
    std::string_view row, by;  ///< what a ratio is of; it is asked for where both are wanted
};

[[nodiscard]] std::span<const Asked> all_bars() noexcept;

}  // namespace portcullis::bench
