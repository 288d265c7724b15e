// WebSocketConnection: one WebSocket of the venue, from its upgrade to its end.
//
// What a handler sends is framed here, past Beast, into a GatheringStream, in which frames share
// TLS records; Beast reads, answers the upgrade and says goodbye. A cut closes the socket and
// leaves the end to the read that fails of it, so that a handler never dies inside a call of its
// own. Included by listener.cpp alone. One owner: the server's thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tools/venue/server/connection_life.hpp"
#include "tools/venue/server/farewell.hpp"
#include "tools/venue/server/gathering_stream.hpp"
#include "tools/venue/server/wire.hpp"

namespace portcullis::tools::venue {

/// One WebSocket connection: reads to the handler, frames gathered on their way out, pings, a
/// longest life.
class WebSocketConnection final : public Peer,
                                  public std::enable_shared_from_this<WebSocketConnection> {
public:
    using Error = boost::beast::error_code;
    using Request = boost::beast::http::request<boost::beast::http::string_body>;
    using milliseconds = std::chrono::milliseconds;
    using seconds = std::chrono::seconds;
    using steady_clock = std::chrono::steady_clock;
    static constexpr seconds handshake_timeout{10};
    static constexpr std::size_t message_bytes_max = std::size_t{1} << 20;
    /// Above it a replay without a clock waits, for a client that read something in this time.
    static constexpr std::size_t behind_bytes = std::size_t{1} << 20;
    static constexpr seconds behind_patience{1};

    WebSocketConnection(PlainStream stream, Service::Timing timing, std::size_t backlog_bytes_max)
        : socket_(GatheringStream(std::move(stream))),
          backlog_bytes_max_(backlog_bytes_max),
          life_(timing, steady_ms()),
          life_timer_(socket_.get_executor()) {}

    /// The handler is made first, because it may refuse; then the upgrade is accepted.
    bool attach(Service& service, const std::string& target, const std::string& ip,
                HttpReply& refusal) {
        handler_ = service.open(target, ip, *this, refusal);
        return handler_ != nullptr;
    }
    PlainStream release() { return std::move(socket_.next_layer().next_layer()); }

    void accept(const Request& request) {
        boost::beast::get_lowest_layer(socket_).expires_never();
        socket_.set_option(boost::beast::websocket::stream_base::timeout{
            handshake_timeout, boost::beast::websocket::stream_base::none(), false});
        socket_.read_message_max(message_bytes_max);
        socket_.auto_fragment(false);
        socket_.control_callback(
            [this](boost::beast::websocket::frame_type kind, boost::beast::string_view payload) {
                on_control(kind, payload);
            });
        socket_.set_option(boost::beast::websocket::stream_base::decorator(
            [](boost::beast::websocket::response_type& answer) {
                answer.set(boost::beast::http::field::server, "");  // Beast would name itself
            }));
        socket_.async_accept(request, [self = shared_from_this()](Error error) {
            if (error) {
                self->finish();
                return;
            }
            self->open_ = true;
            self->live();
            self->read();
            self->socket_.next_layer().buffer().append(std::exchange(self->early_, {}));
            self->socket_.next_layer().flush();
            self->close_if_asked();
        });
    }

    void send(std::shared_ptr<const std::string> text) override {
        if (closing_ || finished_) {
            return;
        }
        GatheringStream& out = socket_.next_layer();
        append_text_frame(open_ ? out.buffer() : early_, *text);
        if (out.backlog_bytes() + early_.size() > backlog_bytes_max_) {
            cut();
        } else if (open_) {
            out.flush();
        }
    }

    void close(std::uint16_t code, std::string_view reason) override {
        if (!closing_) {
            closing_ = boost::beast::websocket::close_reason(
                static_cast<boost::beast::websocket::close_code>(code),
                boost::beast::string_view(reason.data(), reason.size()));
            close_if_asked();
        }
    }

    void cut() override {
        cut_ = true;
        // The pending read fails and finish() follows from there, never from inside the handler.
        boost::beast::get_lowest_layer(socket_).close();
    }

    [[nodiscard]] bool behind() const override {
        const GatheringStream& out = socket_.next_layer();
        return open_ && !closing_ && !finished_ && out.backlog_bytes() > behind_bytes &&
               steady_clock::now() - out.written_at() < behind_patience;
    }

    void tear() override {
        // Past the framing: the header promises 256 bytes. A frame under way is torn by a cut.
        static constexpr std::string_view torn{"\x81\x7E\x01\x00{\"torn\":", 12};
        GatheringStream& out = socket_.next_layer();
        if (!open_ || out.busy() || closing_ || finished_) {
            cut();
            return;
        }
        cut_ = true;
        out.buffer().append(torn);
        out.flush();
        out.when_drained([self = shared_from_this()](Error) { self->cut(); });
    }

    [[nodiscard]] bool reachable() const override {
        return !cut_ && !closing_ && !finished_ &&
               !socket_.next_layer().next_layer().shape().swallow;
    }

    void shape(const WireAct& what) override {
        shape_bytes(socket_.next_layer().next_layer(), what);
    }

private:
    /// Without compression: it is never offered here, so its code need not be there.
    using WebSocket = boost::beast::websocket::stream<GatheringStream, false>;

    static std::int64_t steady_ms() {
        return std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch())
            .count();
    }

    void read() {
        socket_.async_read(buffer_, [self = shared_from_this()](Error error, std::size_t) {
            if (error || self->finished_) {
                // Beast has said what there was to say where the client broke the protocol.
                const bool told =
                    error.category() ==
                    make_error_code(boost::beast::websocket::error::closed).category();
                self->finish(told);
                return;
            }
            const auto data = self->buffer_.cdata();
            if (!self->socket_.next_layer().next_layer().shape().swallow) {  // half open: nobody
                                                                             // listens
                self->handler_->on_text({static_cast<const char*>(data.data()), data.size()});
            }
            self->buffer_.consume(self->buffer_.size());
            self->read();
        });
    }

    void close_if_asked() {
        if (open_ && closing_ && !finished_) {
            socket_.async_close(*closing_, [self = shared_from_this()](Error) { self->cut(); });
        }
    }

    void on_control(boost::beast::websocket::frame_type kind, boost::beast::string_view payload) {
        if (kind == boost::beast::websocket::frame_type::pong) {
            life_.on_pong({payload.data(), payload.size()});
        }
        if (kind != boost::beast::websocket::frame_type::close && handler_) {
            handler_->on_control();
        }
    }

    void live() {
        life_timer_.expires_at(steady_clock::time_point(milliseconds(life_.next_ms())));
        life_timer_.async_wait([weak = weak_from_this()](Error error) {
            const auto self = weak.lock();
            if (!self || error || self->finished_) {
                return;
            }
            self->obey(self->life_.on_time(steady_ms()));
            self->live();
        });
    }

    void obey(ConnectionLife::Act act) {
        if (act == ConnectionLife::Act::cut) {
            cut();
        } else if (act == ConnectionLife::Act::too_old) {
            close(1001, "connection is 24 hours old");
        } else if (act == ConnectionLife::Act::ping && !pinging_ && !closing_) {
            pinging_ = true;
            const std::string& payload = life_.payload();
            socket_.async_ping(boost::beast::websocket::ping_data(
                                   boost::beast::string_view(payload.data(), payload.size())),
                               [self = shared_from_this()](Error) { self->pinging_ = false; });
        }
    }

    void finish(bool told = false) {
        if (finished_) {
            return;
        }
        finished_ = true;
        handler_.reset();
        life_timer_.cancel();
        if (told) {
            std::make_shared<Farewell>(boost::beast::get_lowest_layer(socket_))->begin();
        } else {
            cut();
        }
    }

    WebSocket socket_;
    std::size_t backlog_bytes_max_;
    std::unique_ptr<WebSocketHandler> handler_;
    boost::beast::flat_buffer buffer_;
    std::string early_;  ///< frames that wait for the upgrade's answer to go first
    std::optional<boost::beast::websocket::close_reason> closing_;
    bool open_{false}, pinging_{false}, finished_{false}, cut_{false};
    ConnectionLife life_;
    boost::asio::steady_timer life_timer_;
};

}  // namespace portcullis::tools::venue
