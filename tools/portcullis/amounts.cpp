#include "tools/portcullis/amounts.hpp"

#include <fmt/core.h>

#include "engine/types/decimal.hpp"

namespace portcullis::tools {
namespace {

// Requires: there is a point.
std::string without_zeros(std::string shown) {
    while (shown.back() == '0') {
        shown.pop_back();
    }
    if (shown.back() == '.') {
        shown.pop_back();
    }
    return shown;
}

}  // namespace

std::string decimal_text(std::int64_t atoms) {
    char text[engine::decimal_text_max];
    return without_zeros(std::string(text, engine::format_decimal(atoms, 8, text)));
}

std::string micro_text(std::int64_t micro) {
    const std::uint64_t size =
        micro < 0 ? 0 - static_cast<std::uint64_t>(micro) : static_cast<std::uint64_t>(micro);
    return fmt::format("{}{}.{:06}", micro < 0 ? "-" : "", size / 1'000'000, size % 1'000'000);
}

std::string short_micro_text(std::int64_t micro) {
    return without_zeros(micro_text(micro));
}

std::string time_text(double ns) {
    return ns < 1e3   ? fmt::format("{:.{}f} ns", ns, ns < 10 ? 1 : 0)
           : ns < 1e6 ? fmt::format("{:.1f} us", ns / 1e3)
           : ns < 1e9 ? fmt::format("{:.1f} ms", ns / 1e6)
                      : fmt::format("{:.1f} s", ns / 1e9);
}

std::string time_text(std::int64_t ns) {
    return time_text(static_cast<double>(ns));
}

}  // namespace portcullis::tools
