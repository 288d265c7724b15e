// Farewell: the end of a connection that has been told all there was to tell.
//
// What its client still sends is read and dropped, for two seconds at most. A socket that is closed
// over bytes that nobody has read resets the connection, and the answers that the client has not
// read yet are lost with it (RFC 9112, 9.6). Included by listener.cpp only. One thread.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <memory>

namespace portcullis::tools::venue {

class Farewell final : public std::enable_shared_from_this<Farewell> {
public:
    using Error = boost::beast::error_code;
    static constexpr std::chrono::seconds time_max{2};

    /// Takes the stream's socket; nothing more is written to it.
    explicit Farewell(boost::beast::tcp_stream& stream) : stream_(stream.release_socket()) {}

    void begin() {
        Error error;
        stream_.socket().shutdown(boost::asio::socket_base::shutdown_send, error);
        stream_.expires_after(time_max);
        read();
    }

private:
    void read() {
        stream_.async_read_some(boost::asio::buffer(dropped_),
                                [self = shared_from_this()](Error error, std::size_t) {
                                    if (!error) {
                                        self->read();
                                    }
                                });
    }

    boost::beast::tcp_stream stream_;
    std::array<char, 16'384> dropped_{};
};

}  // namespace portcullis::tools::venue
