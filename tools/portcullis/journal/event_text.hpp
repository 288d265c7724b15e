// Event text: one record as one line for people (`portcullis journal cat`) and in messages.
// Names are the ones of the structs; amounts are shown as exact decimals.
#pragma once

#include <string>

#include "engine/events/event.hpp"

namespace portcullis::tools {

/// "top_of_book instrument=0 bid=61837.63 x 3.78826 ask=..." Unknown types are shown by number.
[[nodiscard]] std::string event_text(const engine::Event& event);
[[nodiscard]] const char* event_name(engine::EventType type) noexcept;

}  // namespace portcullis::tools
