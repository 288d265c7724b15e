// config_accounts: [[account]] and [[key]] of the venue's config.
//
// What would do nothing is refused like what is wrong: rates of a sub-account, whose master's hold;
// a tier without a rate; a discount on fees in no asset; the second of two ways to give a secret.
#pragma once

#include <string_view>

#include "tools/venue/server/config.hpp"
#include "tools/venue/server/config_table.hpp"

namespace portcullis::tools::venue {

/// Both add to `out`, whose accounts are those above in the file. Problems go to the table's list.
void read_account(ConfigTable in, VenueConfig& out);
void read_key(ConfigTable in, VenueConfig& out);

/// Capital letters and digits, 1 to 10 of them: "BTC", "1000SATS".
[[nodiscard]] bool asset_legal(std::string_view asset);
inline constexpr const char* asset_words = "capital letters and digits, 1 to 10 of them";

}  // namespace portcullis::tools::venue
