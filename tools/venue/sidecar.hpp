// Sidecar: the filters of a recording's symbol, from the file beside it.
//
// A recording carries no exchangeInfo, and guessing a tick from prices would guess wrong (a book
// holds off-tick levels). So each recording NAME.tsjsonl.gz has NAME.filters.json: one symbol
// object of Binance's exchangeInfo. Filters that this venue does not enforce are passed over;
// those that it does must be whole and exact, and an error names file, filter and field.
#pragma once

#include <string>
#include <string_view>

#include "engine/types/result.hpp"
#include "tools/venue/exchange.hpp"

namespace portcullis::tools::venue {

/// "x/NAME.tsjsonl.gz" or "x/NAME.tsjsonl" -> "x/NAME.filters.json".
[[nodiscard]] std::string sidecar_path(const std::string& recording_path);

[[nodiscard]] engine::Result<Symbol> load_sidecar(const std::string& path);
/// `name` stands before every error.
[[nodiscard]] engine::Result<Symbol> parse_sidecar(const std::string& name, std::string_view json);

}  // namespace portcullis::tools::venue
