// Signing: the client's side of a signed command. What is signed is shown first, byte for byte.
//
// The key is a file on this machine, or lies on another one: then the text is shown, and the line
// with its signature, which `portcullis operator sign` makes there, is read from standard input.
// Cold code. Readers: `kill-clear`, `console propose|approve`.
#pragma once

#include <string>

#include "engine/types/result.hpp"
#include "gateways/codec/ed25519.hpp"
#include "risk/operators/command_frame.hpp"

namespace portcullis::tools {

/// Whose signature, by one of two ways.
struct SigningKey {
    std::string file;        ///< private key; empty: elsewhere
    std::string public_hex;  ///< where it is elsewhere: its 64 digits

    /// The public half. The error says what is missing or wrong.
    [[nodiscard]] engine::Result<risk::Ed25519Key> open() const;
};

/// Prints the lines, has them signed and gives the frame as it travels. Requires: frame.key is
/// key.open()'s, frame.action is whole.
[[nodiscard]] engine::Result<std::string> sign_shown(risk::CommandFrame frame,
                                                     const SigningKey& key);

/// `portcullis operator keygen`: writes a new private key to `out` and prints the public line for
/// the operators file.
int operator_keygen(const std::string& out);
/// `portcullis operator sign`: the text of a command comes in on standard input, its line of
/// signature goes out; the text is shown on standard error.
int operator_sign(const std::string& key_file);

}  // namespace portcullis::tools
