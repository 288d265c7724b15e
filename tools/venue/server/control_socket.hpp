// ControlSocket: lines in, "ok" or "error: why" out, on a Unix socket that only its owner may open.
//
// For tests and drills; the venue's wire never sees it. One thread: the server's. Of two venues
// that want one path the second is refused: whoever listens holds PATH.lock, until it has taken its
// socket away again or has died.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/types/result.hpp"
#include "tools/venue/server/file_lock.hpp"

namespace boost::asio {
class io_context;
}

namespace portcullis::tools::venue {

/// The right to listen at `path`. A venue that is just ending is waited for.
[[nodiscard]] engine::Result<FileLock> lock_control_socket(const std::string& path);

class ControlSocket {
public:
    using Handler = std::function<std::string(std::string_view line)>;
    ControlSocket(boost::asio::io_context& io, Handler handler);
    ~ControlSocket();
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;

    /// Replaces a socket that nobody listens on any more, and no file that is none. `lock`: that of
    /// the path, if it is held already.
    [[nodiscard]] engine::Outcome start(const std::string& path, FileLock lock = {});

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portcullis::tools::venue
