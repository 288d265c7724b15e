// ConsoleServer: the risk officer's door. A Unix socket, mode 0660, JSON frames (frames.hpp).
//
// Who may come in is the file system's business (owner and group); who did come in is the kernel's
// word (SO_PEERCRED), handed to the handler and journaled. Garbage, too long a frame, a frame that
// does not arrive within two seconds, or a client that does not read its answers costs that client
// its connection and nobody else anything: the server never blocks, and runs on the control thread,
// which the hot path does not know.
// Owner: control agent.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "engine/types/units.hpp"

namespace portcullis::tools {

/// Who is on the other end of the socket.
struct Peer {
    uid_t uid{};
    gid_t gid{};
    pid_t pid{};
};

/// JSON in, JSON out. Called on the control thread; must not block.
using ConsoleHandler = std::function<std::string(const Peer&, std::string_view)>;

class ConsoleServer {
public:
    static constexpr std::size_t connections_per_user = 4;
    static constexpr std::size_t connections_max = 16;
    static constexpr std::int64_t frame_deadline_ns = 2'000'000'000;

    /// Binds `path`, replacing a dead socket there. The error says what is in the way.
    [[nodiscard]] static engine::Result<std::unique_ptr<ConsoleServer>> listen(
        const std::string& path, ConsoleHandler handler);
    ~ConsoleServer();
    ConsoleServer(const ConsoleServer&) = delete;
    ConsoleServer& operator=(const ConsoleServer&) = delete;

    /// Accepts, reads, answers, drops. Never blocks. Returns how much it did.
    std::size_t poll(engine::MonoNs now);
    [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

private:
    struct Connection {
        int fd{-1};
        Peer peer{};
        std::string in;
        std::string out;
        engine::MonoNs frame_since{};  ///< when the frame now arriving began
    };

    ConsoleServer(std::string path, int fd, ConsoleHandler handler);
    bool accept_one(engine::MonoNs now);
    [[nodiscard]] bool serve(Connection& connection, engine::MonoNs now, std::size_t& work);
    [[nodiscard]] bool answer_frames(Connection& connection, engine::MonoNs now);
    [[nodiscard]] static bool flush(Connection& connection);

    std::string path_;
    int fd_{-1};
    ConsoleHandler handler_;
    std::vector<Connection> connections_;
    std::uint64_t dropped_{};
};

}  // namespace portcullis::tools
