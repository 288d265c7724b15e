// ControlSocket: lines in, "ok" or "error: why" out, on a Unix socket that only its owner may open.
//
// For tests and drills; the venue's wire never sees it. One thread: the server's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/types/result.hpp"

namespace boost::asio {
class io_context;
}

namespace portcullis::tools::venue {

class ControlSocket {
public:
    using Handler = std::function<std::string(std::string_view line)>;
    ControlSocket(boost::asio::io_context& io, Handler handler);
    ~ControlSocket();
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;

    /// Replaces a socket file that nobody listens on any more.
    [[nodiscard]] engine::Outcome start(const std::string& path);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace portcullis::tools::venue
