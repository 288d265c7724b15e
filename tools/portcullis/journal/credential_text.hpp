// One line for each kind of record of a credential; "" for every other. See event_text.hpp, of
// which this is a part: names of signals, and bytes of the venue that must not move a terminal's
// cursor.
#pragma once

#include <string>

#include "engine/events/credential.hpp"

namespace portcullis::tools {

[[nodiscard]] std::string credential_text(const engine::Event& event);

}  // namespace portcullis::tools
