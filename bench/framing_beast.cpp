// Boost.Beast's websocket, read synchronously from memory. (Its own test stream has a lock and
// allocates; this one copies bytes and does nothing else.)
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include "bench/framing.hpp"
#include "bench/harness.hpp"

namespace portcullis::bench {
namespace {

namespace beast = boost::beast;
namespace net = boost::asio;

/// One record at a time; answers the request for the upgrade itself.
class MemoryStream {
public:
    using executor_type = net::io_context::executor_type;
    explicit MemoryStream(net::io_context& io) : executor_(io.get_executor()) {}
    [[nodiscard]] executor_type get_executor() noexcept { return executor_; }

    template <class Buffers>
    std::size_t read_some(const Buffers& to, beast::error_code& error) {
        require(at_ != end_, "Beast reads what is not there");
        error = {};
        const std::size_t size = net::buffer_copy(to, net::buffer(*at_) + taken_);
        taken_ += size;
        if (taken_ == at_->size()) {
            ++at_;
            taken_ = 0;
        }
        return size;
    }
    template <class Buffers>
    std::size_t read_some(const Buffers& to) {
        beast::error_code error;
        return read_some(to, error);
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& from, beast::error_code& error) {
        error = {};
        const std::size_t size = net::buffer_size(from);
        std::string more(size, '\0');
        net::buffer_copy(net::buffer(more), from);
        written_ += more;
        if (answer_.empty() && written_.find("\r\n\r\n") != std::string::npos) {
            answer_ = upgrade_answer_to(written_);
            at_ = &answer_;
            end_ = at_ + 1;
        }
        return size;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& from) {
        beast::error_code error;
        return write_some(from, error);
    }

    void bring(const Wire& wire) {
        require(at_ == end_, "Beast left bytes of a server unread");
        at_ = wire.records.data();
        end_ = at_ + wire.records.size();
    }
    /// What is left is of no interest: the connection has ended.
    void drop() { at_ = end_; }

private:
    executor_type executor_;
    std::string written_, answer_;
    const std::string* at_{};
    const std::string* end_{};
    std::size_t taken_{};  ///< of *at_
};

void teardown(beast::role_type, MemoryStream&, beast::error_code& error) {
    error = {};
}

class FramingBeast final : public FramingClient {
public:
    FramingBeast() : websocket_(io_) {
        websocket_.read_message_max(1 << 20);
        websocket_.handshake("localhost", "/");
    }
    bool take(const Wire& wire, Received& to) override {
        websocket_.next_layer().bring(wire);
        for (std::size_t i = 0; i < wire.messages; ++i) {
            beast::error_code error;
            (void)websocket_.read(buffer_, error);
            if (error) {
                websocket_.next_layer().drop();
                return false;
            }
            to.take(static_cast<const char*>(buffer_.data().data()), buffer_.size());
            buffer_.clear();
        }
        return true;
    }

private:
    net::io_context io_{1};
    beast::websocket::stream<MemoryStream> websocket_;
    beast::flat_buffer buffer_;
};

}  // namespace

std::unique_ptr<FramingClient> make_framing_beast() {
    return std::make_unique<FramingBeast>();
}

}  // namespace portcullis::bench
