// SyntheticChoice: a synthetic market as somebody asks for it, and the market that it is.
//
// On the command line it is one word, "thin,seed=9,base=ABC"; in a config a [[synthetic]] table.
// Both come here to be checked, so both refuse the same, each in its own words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/types/result.hpp"
#include "tools/venue/synthetic/synthetic_market.hpp"

namespace portcullis::tools::venue {

struct SyntheticChoice {
    std::string preset, script, base;
    std::uint64_t seed{1};
};

/// TOML has no larger numbers.
inline constexpr std::uint64_t seed_max = 9'223'372'036'854'775'807U;

/// "PRESET[,seed=N][,script=NAME][,base=COIN]"; what it does not say is as in `otherwise`. The
/// market that is asked for can be made.
[[nodiscard]] engine::Result<SyntheticChoice> parse_synthetic_choice(
    const std::string& text, const SyntheticChoice& otherwise);

struct WrongKey {
    std::string key;  ///< preset, script or base
    std::string why;
};
/// Nothing is wrong: `out` is the market.
[[nodiscard]] std::optional<WrongKey> make_synthetic(const SyntheticChoice& choice,
                                                     SyntheticOptions& out);

}  // namespace portcullis::tools::venue
