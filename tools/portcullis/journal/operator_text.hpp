// Records of what operators said and of what follows of it: commands, limits, alerts, as text.
// Apart from event_text.cpp, which is long enough. Cold code.
#pragma once

#include <string>

#include "engine/events/event.hpp"

namespace portcullis::tools {

/// The fields of one such record; empty where it is of another type.
[[nodiscard]] std::string operator_text(const engine::Event& event);

}  // namespace portcullis::tools
