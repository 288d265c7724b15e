// Views: the engine's JSON answers as what a person reads.
//
// One function an answer, each pure: JSON in, lines out. `console status` and `watch` show the same
// views, so that nobody learns two pictures. A field that is missing shows as "?": an older engine
// is shown as far as it speaks. Cold code, client's side.
#pragma once

#include <cstddef>
#include <string>

#include "tools/portcullis/console/answer_fields.hpp"
#include "tools/portcullis/console/screen.hpp"

namespace portcullis::tools {

/// The first line: what a risk officer must know before all else.
void view_state(const Answer& status, Screen& screen);
void view_status(const Answer& status, Screen& screen);
void view_positions(const Answer& positions, Screen& screen);
void view_orders(const Answer& orders, std::size_t rows_max, Screen& screen);
/// `in_use_only`: those of which something can be in use, as bars.
void view_limits(const Answer& limits, bool in_use_only, Screen& screen);
void view_denials(const Answer& denials, Screen& screen);
void view_alerts(const Answer& alerts, Screen& screen);
/// What waits for a signature, the delay, or somebody who lets it happen.
void view_pending(const Answer& pending, Screen& screen);
/// Each stage's percentiles; `recent_only`: of late, for a view that is asked again and again.
void view_latency(const Answer& latency, bool recent_only, Screen& screen);

/// The view of `command`'s answer; what the engine said where the command is an act.
void view_answer(const std::string& command, const Answer& answer, Screen& screen);

}  // namespace portcullis::tools
