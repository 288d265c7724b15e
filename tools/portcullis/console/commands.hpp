// `portcullis console ...`: the operator's commands, human output by default, --json for machines.
// Cold code, the client's side: everything shown comes over the socket.
//
// Exit codes: 0 the engine did it or answered; 1 it refused, and said why; 2 it could not be asked.
#pragma once

#include <string>

namespace portcullis::tools {

struct ConsoleArguments {
    std::string socket;   ///< path of the engine's console socket
    std::string command;  ///< as typed
    std::string scope;    ///< "", firm, venue, strategy, instrument
    std::string name;
    bool json{};
    std::string plot{};  ///< of `latency`: the SVG file to write; "": none
};

/// Asks, prints, returns the exit code.
int console_command(const ConsoleArguments& arguments);

}  // namespace portcullis::tools
