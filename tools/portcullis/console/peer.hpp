// Peer: who is on the other end of the console socket, and whether they may be.
//
// The file's mode (0660) keeps strangers from connecting; this says it a second time from the
// kernel's word on the peer (SO_PEERCRED, SO_PEERGROUPS), because a mode can be changed by a script
// and a directory handed to the wrong group. Writer: accept. Reader: handler, journal.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

namespace portcullis::tools {

struct Peer {
    uid_t uid{};
    gid_t gid{};
    pid_t pid{};
    std::vector<gid_t> groups;  ///< supplementary ones
};

/// Whose console it is.
struct ConsoleOwner {
    uid_t uid{};
    gid_t gid{};  ///< of the socket's file
};

/// Root, the user that the engine runs as, and members of the socket's group.
[[nodiscard]] bool may_use_console(const Peer& peer, const ConsoleOwner& owner) noexcept;

/// Reads the peer of a connected socket; false where the kernel does not say.
[[nodiscard]] bool read_peer(int fd, Peer& peer);

}  // namespace portcullis::tools
