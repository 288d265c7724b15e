// watch: the live terminal view. One picture of status, limits in use, positions, denials, orders.
//
// It draws over itself (alternate screen, no clearing between frames, one write a frame), fits the
// window as it is now, and goes on through a restart of the engine, saying so in red: a view that
// ends when trouble begins is no view. In a pipe it prints plain frames. Cold code, client's side.
#pragma once

#include <string>

#include "engine/types/result.hpp"
#include "tools/portcullis/console/client.hpp"
#include "tools/portcullis/console/screen.hpp"

namespace portcullis::tools {

struct WatchArguments {
    std::string socket;
    int interval_ms{500};
    int frames{};  ///< 0: until interrupted
    bool json{};   ///< one status a line, for machines
};

/// One frame, asked of the engine now. `lines_max` decides how many orders are listed.
[[nodiscard]] engine::Result<Screen> watch_frame(ConsoleClient& client, std::size_t lines_max);

/// Exit code 0, or 2 where no engine answers and the number of frames is given.
int console_watch(const WatchArguments& arguments);

}  // namespace portcullis::tools
