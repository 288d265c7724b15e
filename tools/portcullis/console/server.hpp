// ConsoleServer: the risk officer's door. A Unix socket, mode 0660, JSON frames (frames.hpp).
//
// Who may come in is said twice: by the file's mode and by the kernel's word on the peer
// (peer.hpp), which is also what is journaled. Garbage, too long a frame, a frame that does not
// arrive within two seconds, or a client that does not read its answers costs that client its
// connection and nobody else anything: the server never blocks, gives each client a bounded share
// of a round, and runs on the control thread, which the hot path does not know. A user's fifth
// connection ends the one of theirs that has been silent longest: four forgotten live views must
// not keep a risk officer from the switch.
// Owner: control agent.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "engine/types/units.hpp"
#include "tools/portcullis/console/peer.hpp"

namespace portcullis::tools {

/// Who is on a connection, and the one number with which they may sign on it.
struct ConsoleVisitor : Peer {
    std::optional<std::array<std::uint8_t, 16>> nonce;  ///< of this connection, for one command
    engine::MonoNs nonce_made{};
};

/// A frame in, JSON out. Called on the control thread; must not block.
using ConsoleHandler = std::function<std::string(ConsoleVisitor&, std::string_view)>;

class ConsoleServer {
public:
    static constexpr std::size_t connections_per_user = 4;
    static constexpr std::size_t connections_max = 16;
    static constexpr std::int64_t frame_deadline_ns = 2'000'000'000;

    /// Binds `path`, replacing a dead socket there. The error says what is in the way.
    /// `owner` is the process itself unless a test says otherwise.
    [[nodiscard]] static engine::Result<std::unique_ptr<ConsoleServer>> listen(
        const std::string& path, ConsoleHandler handler,
        std::optional<ConsoleOwner> owner = std::nullopt);
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
        ConsoleVisitor peer{};
        std::string in;
        std::string out;
        engine::MonoNs frame_since{};  ///< when the frame now arriving began
        engine::MonoNs active{};       ///< last frame, or when it came
        bool fresh{};                  ///< not heard yet
    };
    static constexpr int reads_a_round = 8;  ///< of one client

    ConsoleServer(std::string path, int fd, ConsoleHandler handler, ConsoleOwner owner);
    void refuse(int fd, std::string_view why);
    void make_room(uid_t uid);
    void close_at(std::size_t index);
    bool accept_one(engine::MonoNs now);
    [[nodiscard]] bool serve(Connection& connection, engine::MonoNs now, std::size_t& work);
    [[nodiscard]] bool answer_frames(Connection& connection, engine::MonoNs now);
    [[nodiscard]] static bool flush(Connection& connection);

    std::string path_;
    int fd_{-1};
    ConsoleHandler handler_;
    ConsoleOwner owner_;
    std::vector<Connection> connections_;
    std::uint64_t dropped_{};
};

}  // namespace portcullis::tools
