#include "tools/portcullis/console/peer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace portcullis::tools {

bool may_use_console(const Peer& peer, const ConsoleOwner& owner) noexcept {
    return peer.uid == 0 || peer.uid == owner.uid || peer.gid == owner.gid ||
           std::find(peer.groups.begin(), peer.groups.end(), owner.gid) != peer.groups.end();
}

bool read_peer(int fd, Peer& peer) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return false;
    }
    peer.uid = credentials.uid;
    peer.gid = credentials.gid;
    peer.pid = credentials.pid;
    peer.groups.resize(64);
    size = static_cast<socklen_t>(peer.groups.size() * sizeof(gid_t));
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &size) != 0) {
        if (errno != ERANGE) {
            return false;
        }
        peer.groups.resize(size / sizeof(gid_t));  // the kernel says how many there are
        if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &size) != 0) {
            return false;
        }
    }
    peer.groups.resize(size / sizeof(gid_t));
    return true;
}

}  // namespace portcullis::tools
