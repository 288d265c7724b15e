// VenueConfig: what a venue is made of, from one TOML file.
//
// Every key is checked, unknown keys are errors, and all problems of a file are told at once with
// file and line. `portcullis-venue replay` writes such a file into its run folder and then reads
// it, so there is one way to start a venue. Example: README.md. Accounts and keys are read in
// config_accounts.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/venue/exchange.hpp"
#include "tools/venue/server/keys.hpp"
#include "tools/venue/server/limits.hpp"
#include "tools/venue/synthetic/synthetic_market.hpp"

namespace portcullis::tools::venue {

struct KeyConfig {
    std::string account;
    ApiKey key;            ///< without account id and material
    std::string material;  ///< HMAC secret or public key
    std::string place;     ///< "venue.toml:7: [key]": for what only the key ring can find
};

struct VenueConfig {
    std::string address{"127.0.0.1"};
    std::uint16_t port{0};
    std::string certificate_file, key_file;  ///< or
    std::string self_signed_dir;
    std::string control_socket;  ///< empty: none
    LimitsConfig limits;
    ExchangeFilters filters;
    std::vector<AccountSetup> accounts;
    std::vector<KeyConfig> keys;
    std::vector<std::string> recordings;
    std::int64_t speed_milli{1000};  ///< thousandths: 1000 is as recorded
    bool loop{false};
    bool paused{false};
    bool overlay{false};  ///< published books and trades show resting orders and fills
    std::vector<SyntheticOptions> synthetic;  ///< markets that live beside the recordings
};

/// Paths in the file are relative to it.
[[nodiscard]] engine::Result<VenueConfig> load_config(const std::string& path);

/// [limits], each of its keys with what it bounds: the table of the README is made of it.
struct LimitKey {
    std::string_view name;
    std::int64_t LimitsConfig::*value;
    std::string_view what;
};
[[nodiscard]] std::span<const LimitKey> limit_keys();
/// The table of tools/venue/README.md.
[[nodiscard]] std::string limits_markdown();

}  // namespace portcullis::tools::venue
