// AcceptLoop: takes connections from a Boost.Asio acceptor until it is closed.
//
// Where the system has no descriptor for a newcomer, trying again at once would keep the one thread
// from everybody else: it pauses, and takes who still waits as soon as there are descriptors again.
// For TCP and Unix sockets alike; included by the sources that own one. One thread.
#pragma once

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace portcullis::tools::venue {

template <class Acceptor>
class AcceptLoop : public std::enable_shared_from_this<AcceptLoop<Acceptor>> {
public:
    using Socket = typename Acceptor::protocol_type::socket;
    using Error = boost::system::error_code;
    static constexpr std::chrono::milliseconds pause_ms{50};

    template <class Context>
    AcceptLoop(Context& io, std::function<void(Socket)> take)
        : acceptor_(io), pause_(io), take_(std::move(take)) {}

    /// To be opened, bound and listening before run().
    [[nodiscard]] Acceptor& acceptor() { return acceptor_; }

    void run() {
        acceptor_.async_accept([self = this->shared_from_this()](Error error, Socket socket) {
            if (error == boost::asio::error::operation_aborted || !self->acceptor_.is_open()) {
                return;
            }
            if (!error) {
                self->take_(std::move(socket));
                self->run();
                return;
            }
            self->pause_.expires_after(pause_ms);
            self->pause_.async_wait([self](Error cancelled) {
                if (!cancelled) {
                    self->run();
                }
            });
        });
    }

    void stop() {
        Error error;
        acceptor_.close(error);
        pause_.cancel();
    }

private:
    Acceptor acceptor_;
    boost::asio::steady_timer pause_;
    std::function<void(Socket)> take_;
};

}  // namespace portcullis::tools::venue
