// The cases of the Autobahn testsuite (crossbario/autobahn-testsuite, Apache-2.0) rebuilt as bytes
// that a server sends and what a client must make of them. Written anew from the descriptions: the
// suite itself is Python 2. Used for every transport behind the interface.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateways/net/transport.hpp"

namespace portcullis::gateways::test {

enum class End : std::uint8_t {
    clean = 1,       ///< our peer closes with 1000 after all was answered, the client echoes it
    peer_close = 2,  ///< the case itself sends the close frame
    protocol = 3,    ///< failed, 1002 (or dropped)
    bad_text = 4,    ///< failed, 1007 (or dropped)
    too_big = 5,     ///< failed, 1009 (or dropped)
};

struct Message {
    FrameKind kind;
    std::string payload;
};

struct Case {
    std::string id;
    std::vector<std::string> chunks;  ///< each one a write of its own
    std::vector<Message> messages;    ///< text and binary that must be handed out, in order
    std::vector<std::string> pongs;   ///< answers that the peer must see
    End end{End::clean};
    std::uint16_t close_code{1000};  ///< peer_close: the code that the transport must tell
};

[[nodiscard]] std::vector<Case> autobahn_cases();
/// One text as such and in fragments of one octet.
[[nodiscard]] std::vector<Case> utf8_cases(const std::string& name, const std::string& payload,
                                           bool valid);
/// `bytes` in pieces of `size`.
[[nodiscard]] std::vector<std::string> chop(const std::string& bytes, std::size_t size);

}  // namespace portcullis::gateways::test
