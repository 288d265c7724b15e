// Recorded book messages as the core receives them: runs of parts. Decoded before anything is timed
// or counted, so that a figure is of the book alone.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/events/market.hpp"

namespace portcullis::bench {

using BookMessage = std::vector<engine::BookDelta>;

/// Those of the first `lines` of the shipped recording, the snapshot first. Ends the program where
/// there are none.
[[nodiscard]] std::vector<BookMessage> load_book_messages(std::size_t lines);

}  // namespace portcullis::bench
