#include "tools/venue/synthetic/scripts.hpp"

#include <array>

namespace portcullis::tools::venue {
namespace {

/// Half a minute of calm; sellers come by the dozen while the makers go; the bottom after ten
/// seconds, 6 % lower; two thirds of it come back within half a minute, on a thin book.
constexpr std::array flash_crash{
    ScriptPhase{30'000, 33'000, -2'000, 500, 300, 8'500, 40, 50, 50, 200, 200, 4},
    ScriptPhase{33'000, 40'000, -8'000, 2'000, 500, 9'500, 10, 15, 15, 1'500, 400, 12},
    ScriptPhase{40'000, 45'000, 0, 800, 200, 5'000, 30, 40, 20, 2'000, 300, 6},
    ScriptPhase{45'000, 75'000, 1'350, 400, 150, 3'500, 70, 70, 50, 400, 200, 3},
    ScriptPhase{75'000, 120'000, 0, 200, 100, -1, 100, 100, 80, 150, 150, 1},
};

/// A headline: the makers pull their quotes for a second and a half, the price runs 1.5 % in five
/// seconds with everybody buying, and the crowd takes two minutes to go home.
constexpr std::array news{
    ScriptPhase{30'000, 31'500, 500, 600, 200, 2'000, 5, 10, 10, 1'000, 300, 6},
    ScriptPhase{31'500, 35'000, 4'000, 1'500, 300, 1'000, 60, 40, 30, 600, 600, 10},
    ScriptPhase{35'000, 60'000, -100, 800, 200, 5'000, 120, 60, 60, 250, 400, 4},
    ScriptPhase{60'000, 150'000, 0, 300, 120, -1, 110, 90, 90, 130, 200, 1},
};

constexpr ScriptPhase ordinary{};

}  // namespace

std::span<const ScriptPhase> script_phases(std::string_view name) {
    if (name == "flash-crash") {
        return flash_crash;
    }
    return name == "news" ? std::span<const ScriptPhase>(news) : std::span<const ScriptPhase>();
}

bool script_known(std::string_view name) {
    return name.empty() || !script_phases(name).empty();
}

std::string script_names() {
    return "flash-crash, news";
}

const ScriptPhase& phase_at(std::span<const ScriptPhase> phases, std::int64_t ms) {
    for (const ScriptPhase& phase : phases) {
        if (ms >= phase.from_ms && ms < phase.to_ms) {
            return phase;
        }
    }
    return ordinary;
}

}  // namespace portcullis::tools::venue
