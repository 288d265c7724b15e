// run_folder: everything that a demo run needs, made in one folder.
//
// `portcullis-venue replay FILE... --dir RUNDIR` must give an engine its CA, pins, keys and
// endpoints without anybody writing a config by hand. So the short form writes venue.toml beside
// the keys and then starts from that file, as --config does: there is one way to start a venue.
// Existing keys and certificates in the folder are kept.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/types/result.hpp"

namespace portcullis::tools::venue {

/// A [[synthetic]] table.
struct SyntheticChoice {
    std::string preset, script, base;
    std::uint64_t seed{1};
};

struct RunFolder {
    std::string dir;
    std::vector<std::string> recordings;
    std::vector<SyntheticChoice> synthetic;
    std::string speed{"1"};
    bool loop{false};
    bool paused{false};
    bool overlay{false};
    std::uint16_t port{0};
    std::vector<std::pair<std::string, std::string>> balances;  ///< asset, decimal amount
    std::string maker_fee{"0.001"}, taker_fee{"0.001"};
    std::string fee_asset, fee_asset_price{"0"};
};

/// "PRESET[,seed=N][,script=NAME][,base=COIN]"; what it does not say is as in `otherwise`.
[[nodiscard]] engine::Result<SyntheticChoice> parse_synthetic_choice(
    const std::string& text, const SyntheticChoice& otherwise);

/// Writes ed25519.pem, hmac.secret, keys.toml and venue.toml; the path of venue.toml.
[[nodiscard]] engine::Result<std::string> make_run_folder(const RunFolder& folder);

}  // namespace portcullis::tools::venue
