// run_folder: everything that a demo run needs, made in one folder.
//
// `portcullis-venue replay FILE... --dir RUNDIR` must give an engine its CA, pins, keys and
// endpoints without anybody writing a config by hand. So the short form writes venue.toml beside
// the keys and then starts from that file, as --config does: there is one way to start a venue. The
// file is venue.toml.new until the venue listens, so that a start that is refused leaves the config
// of the last good one. Existing keys and certificates in the folder are kept.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/venue/server/file_lock.hpp"
#include "tools/venue/server/synthetic_choice.hpp"

namespace portcullis::tools::venue {

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
    std::string fee_asset;
    std::vector<std::pair<std::string, std::string>> fee_asset_prices;  ///< quote asset, decimal
};

/// What is wrong with it, by the option or the recording, before anything is made.
[[nodiscard]] engine::Outcome check_run_folder(const RunFolder& folder);

/// Nobody else starts in this folder, made if need be, while the lock is held. A venue that is just
/// ending there is waited for.
[[nodiscard]] engine::Result<FileLock> lock_run_folder(const std::string& dir);

/// Writes ed25519.pem, reader.pem, hmac.secret, keys.toml and venue.toml.new; the path of the last.
/// Errors name the option that is wrong.
[[nodiscard]] engine::Result<std::string> make_run_folder(const RunFolder& folder);
/// venue.toml.new has become a venue: it is venue.toml from now on.
[[nodiscard]] engine::Outcome keep_run_config(const std::string& made);
/// venue.json beside the control socket says where the venue listens. Without a socket there is
/// none.
[[nodiscard]] engine::Outcome tell_where(const std::string& control_socket,
                                         const std::string& announcement);

}  // namespace portcullis::tools::venue
