// ShapedStream: a stream that lets bytes through as a fault says: one by one, not at all, or so
// many and then the end.
//
// It lies twice in each connection: above the TLS, where one byte a write makes one byte a record
// and a half-open line swallows everything, and below it, where a cut falls between any two bytes
// of the wire. Reads pass untouched. Beast sees an ordinary layer. One owner: the server's thread.
#pragma once

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <cstddef>
#include <functional>
#include <limits>
#include <utility>

#include "tools/venue/server/wire.hpp"

namespace portcullis::tools::venue {

struct ByteShape {
    std::size_t at_once{std::numeric_limits<std::size_t>::max()};  ///< bytes a write takes
    std::size_t left{std::numeric_limits<std::size_t>::max()};     ///< then the line is cut
    std::function<void()> when_cut{};                              ///< told once
    bool swallow{false};
};

template <class Next>
class ShapedStream {
public:
    using next_layer_type = Next;
    using executor_type = typename Next::executor_type;
    using lowest_layer_type = boost::beast::lowest_layer_type<Next>;  ///< asked for by asio::ssl

    template <class... Arguments>
    explicit ShapedStream(Arguments&&... arguments)
        : next_(std::forward<Arguments>(arguments)...) {}
    ShapedStream(ShapedStream&&) = default;
    ShapedStream& operator=(ShapedStream&&) = default;

    [[nodiscard]] executor_type get_executor() { return next_.get_executor(); }
    [[nodiscard]] lowest_layer_type& lowest_layer() {
        return boost::beast::get_lowest_layer(next_);
    }
    [[nodiscard]] Next& next_layer() { return next_; }
    [[nodiscard]] const Next& next_layer() const { return next_; }
    [[nodiscard]] ByteShape& shape() { return shape_; }
    [[nodiscard]] const ByteShape& shape() const { return shape_; }

    template <class Buffers, class Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        next_.async_read_some(buffers, std::forward<Handler>(handler));
    }

    template <class Buffers, class Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        const std::size_t size = boost::beast::buffer_bytes(buffers);
        if (shape_.swallow) {
            finish(std::forward<Handler>(handler), {}, size);
            return;
        }
        if (shape_.left == 0 && size > 0) {
            boost::beast::get_lowest_layer(next_).close();
            if (const auto cut = std::exchange(shape_.when_cut, nullptr)) {
                cut();
            }
            finish(std::forward<Handler>(handler), boost::asio::error::connection_reset, 0);
            return;
        }
        const std::size_t taken = std::min({size, shape_.at_once, shape_.left});
        if (taken == size && shape_.left == std::numeric_limits<std::size_t>::max()) {
            next_.async_write_some(buffers, std::forward<Handler>(handler));
            return;
        }
        if (shape_.left != std::numeric_limits<std::size_t>::max()) {
            shape_.left -= taken;
        }
        next_.async_write_some(boost::beast::buffers_prefix(taken, buffers),
                               std::forward<Handler>(handler));
    }

private:
    template <class Handler>
    void finish(Handler&& handler, boost::beast::error_code error, std::size_t size) {
        boost::asio::post(get_executor(), boost::beast::bind_front_handler(
                                              std::forward<Handler>(handler), error, size));
    }

    Next next_;
    ByteShape shape_;
};

/// The layers of a connection: faults shape its bytes below and above the TLS.
using WireStream = ShapedStream<boost::beast::tcp_stream>;
using PlainStream = ShapedStream<boost::beast::ssl_stream<WireStream>>;

/// cut_after, half_open and one_byte.
inline void shape_bytes(PlainStream& stream, const WireAct& act) {
    if (act.kind == WireAct::Kind::cut_after) {
        ByteShape& wire = stream.next_layer().next_layer().shape();
        wire.left = static_cast<std::size_t>(act.count);
        wire.when_cut = act.when_cut;
    } else if (act.kind == WireAct::Kind::half_open) {
        stream.shape().swallow = true;
    } else if (act.kind == WireAct::Kind::one_byte) {
        stream.shape().at_once = act.count > 0 ? 1 : ByteShape{}.at_once;
    }
}

/// Found by Beast through the stream's namespace: the layer below knows how to say goodbye.
template <class Next, class Handler>
void async_teardown(boost::beast::role_type role, ShapedStream<Next>& stream, Handler&& handler) {
    using boost::beast::websocket::async_teardown;
    async_teardown(role, stream.next_layer(), std::forward<Handler>(handler));
}

}  // namespace portcullis::tools::venue
