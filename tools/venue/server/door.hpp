// Door: where a request came in.
//
// Binance documents each door by itself, and in a few places the same method differs: what a door
// limits, the order of an account's members, what does not count beside what.
#pragma once

#include <cstdint>

namespace portcullis::tools::venue {

enum class Door : std::uint8_t { websocket, rest };

}  // namespace portcullis::tools::venue
