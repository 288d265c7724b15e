#include "tools/venue/server/control_socket.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include "tools/venue/server/accept_loop.hpp"

namespace portcullis::tools::venue {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
using Error = boost::system::error_code;

constexpr std::size_t line_bytes_max = 4096;
/// A venue that was told to end says goodbye for a quarter of a second first.
constexpr std::chrono::milliseconds lock_patience{3000};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Local::socket socket, const ControlSocket::Handler& handler)
        : socket_(std::move(socket)), handler_(handler) {}

    void read() {
        asio::async_read_until(socket_, asio::dynamic_buffer(input_, line_bytes_max), '\n',
                               [self = shared_from_this()](Error error, std::size_t length) {
                                   if (!error) {
                                       self->answer(length);
                                   } else if (error == asio::error::not_found) {
                                       self->refuse();
                                   }
                               });
    }

private:
    /// Where the line ends, and so where the next one begins, nobody knows: the connection ends.
    void refuse() {
        output_ =
            "error: expected a line of less than " + std::to_string(line_bytes_max) + " bytes\n";
        asio::async_write(socket_, asio::buffer(output_),
                          [self = shared_from_this()](Error, std::size_t) {});
    }

    void answer(std::size_t length) {
        output_ = handler_(std::string_view(input_).substr(0, length - 1)) + "\n";
        input_.erase(0, length);
        asio::async_write(socket_, asio::buffer(output_),
                          [self = shared_from_this()](Error error, std::size_t) {
                              if (!error) {
                                  self->read();
                              }
                          });
    }

    Local::socket socket_;
    const ControlSocket::Handler& handler_;
    std::string input_;
    std::string output_;
};

}  // namespace

struct ControlSocket::State {
    State(asio::io_context& io, Handler handler_in)
        : handler(std::move(handler_in)),
          loop(std::make_shared<AcceptLoop<Local::acceptor>>(io, [this](Local::socket socket) {
              std::make_shared<Connection>(std::move(socket), handler)->read();
          })) {}

    Handler handler;
    std::shared_ptr<AcceptLoop<Local::acceptor>> loop;
    std::string path;
    FileLock lock;
};

engine::Result<FileLock> lock_control_socket(const std::string& path) {
    auto lock = FileLock::take(path + ".lock", lock_patience);
    if (!lock) {
        return engine::Error{lock.error() + "; expected no other venue at " + path +
                             ": end that one (`quit`) or take another folder"};
    }
    return lock;
}

ControlSocket::ControlSocket(asio::io_context& io, Handler handler)
    : state_(std::make_unique<State>(io, std::move(handler))) {}

ControlSocket::~ControlSocket() {
    state_->loop->stop();
    if (!state_->path.empty()) {
        ::unlink(state_->path.c_str());
    }
    state_->lock = {};  // after the last touch: the next venue's socket is not ours to unlink
}

engine::Outcome ControlSocket::start(const std::string& path, FileLock lock) {
    if (!lock.held()) {
        auto taken = lock_control_socket(path);
        if (!taken) {
            return engine::Error{taken.error()};
        }
        lock = std::move(taken).value();
    }
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode)) {
        return engine::Error{path + ": a file that is no socket; expected a path of its own for " +
                             "the control socket"};
    }
    Error error;
    ::unlink(path.c_str());
    Local::acceptor& acceptor = state_->loop->acceptor();
    acceptor.open(Local(), error);
    const mode_t before = ::umask(0177);
    if (!error && path.size() < 108) {
        acceptor.bind(Local::endpoint(path), error);
    } else if (!error) {
        error = boost::system::errc::make_error_code(boost::system::errc::filename_too_long);
    }
    ::umask(before);
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        return engine::Error{path + ": " + error.message()};
    }
    state_->path = path;
    state_->lock = std::move(lock);
    state_->loop->run();
    return engine::Done{};
}

}  // namespace portcullis::tools::venue
