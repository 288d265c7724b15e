// `portcullis console ...`: the operator's commands, human output by default, --json for machines.
// Cold code, the client's side: everything shown comes over the socket.
#pragma once

#include <string>

namespace portcullis::tools {

struct ConsoleArguments {
    std::string socket;   ///< path of the engine's console socket
    std::string command;  ///< as typed
    std::string scope;    ///< "", firm, venue, strategy, instrument
    std::string name;
    bool json{};
};

/// Asks, prints, returns 0 when the engine did it.
int console_command(const ConsoleArguments& arguments);

/// Live terminal view until interrupted, or `frames` of them (0: until interrupted).
int console_watch(const std::string& socket, int interval_ms, int frames, bool clear);

}  // namespace portcullis::tools
