// Corruption: what a fault does to the text of one message.
//
// Pure functions of text and random numbers. They give nothing where the message has nothing for
// them to spoil (no number, no book), and the fault then waits for one that has. Members are put in
// front of a JSON object, so that the rest of the message keeps its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/venue/faults/catalogue.hpp"
#include "tools/venue/faults/random.hpp"

namespace portcullis::tools::venue {

/// The message as `kind` leaves it. Requires: a kind that spoils text (oversized to html,
/// crossed_book). `argument` is the fault's own; of crossed_book it is the best ask of the symbol's
/// book in atoms, 0 where there is none.
[[nodiscard]] std::optional<std::string> corrupted(FaultKind kind, std::string_view text,
                                                   std::int64_t argument, Random& random);
[[nodiscard]] bool corrupts(FaultKind kind);
/// What stands in for JSON when a proxy in front of the venue answers.
[[nodiscard]] std::string html_page(std::int64_t status);

}  // namespace portcullis::tools::venue
