// `portcullis console ...`: the operator's commands, human output by default, --json for machines.
// Cold code, the client's side: everything shown comes over the socket.
//
// Exit codes: 0 the engine did it or answered; 1 it refused, and said why; 2 it could not be asked.
#pragma once

#include <string>

#include "tools/portcullis/operator/signing.hpp"

namespace portcullis::tools {

struct ConsoleArguments {
    std::string socket;   ///< path of the engine's console socket
    std::string command;  ///< as typed
    std::string scope;    ///< "", firm, venue, strategy, instrument
    std::string name;
    bool json{};
    std::string plot{};   ///< of `latency`: the SVG file to write; "": none
    std::string id{};     ///< of `withdraw` and `apply`
    std::string limit{};  ///< of `limit`: its key in the file, and the value
    std::string value{};
};

/// Asks, prints, returns the exit code.
int console_command(const ConsoleArguments& arguments);

/// What two people sign. `id` empty: propose `action`; else approve it.
struct SignedArguments {
    std::string socket;
    std::string id;
    std::string action;
    std::string scope;
    std::string name;
    std::string limit;
    std::string value;
    std::string reason;
    SigningKey key;
    bool json{};
};
/// Asks for a challenge, shows what is signed, signs it and sends it on the same connection.
int console_signed(const SignedArguments& arguments);

}  // namespace portcullis::tools
