// The WebSocket++ 0.8.2 transport: its RFC 6455 engine between our own TLS stream and the Transport
// interface.
//
// WebSocket++ offers an Asio transport; this uses its byte-in, byte-out one ("iostream", with a
// write handler) over gateways/net/tls_stream instead, because Asio's TLS stream hides which bytes
// are encrypted and unsent, runs its resolver on a lasting thread, and checks certificates only
// where a callback was not forgotten. What comes in goes through read_some(); what goes out comes
// to on_write() and waits there, in plain, while the socket blocks.
#include <websocketpp/client.hpp>
#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/core_client.hpp>
#include <websocketpp/logger/stub.hpp>
//
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <utility>

#include "engine/types/verify.hpp"
#include "gateways/net/tls_stream.hpp"
#include "gateways/net/transport.hpp"
#include "gateways/net/websocketpp/gaps.hpp"

namespace portcullis::gateways {
// What 0.8.2 does not check itself is checked here (list: gateways/net/README.md): a fragmented
// text that ends inside a code point, an extension or subprotocol that we did not ask for. It
// allocates for every message, and so is the reference and not the fast path. Exceptions of the
// library stop in this file. C++17 only. One owner.

namespace {

constexpr std::size_t read_bytes = 16 * 1024;
// Answers to pings wait in plain while the socket blocks. Above this nothing more is read, so that
// a peer who pings and does not read is held back by TCP.
constexpr std::size_t waiting_bytes_max = 16 * 1024;
constexpr std::int64_t close_timeout_ns = 2'000'000'000;
constexpr std::size_t control_bytes_max = 125;

// One owner and no thread of ours: nothing to lock. No log: errors come back as CloseCause.
struct Config : websocketpp::config::core_client {
    using type = Config;
    using concurrency_type = websocketpp::concurrency::none;
    using elog_type = websocketpp::log::stub;
    using alog_type = websocketpp::log::stub;
    using rng_type = websocketpp::random::random_device::int_generator<uint32_t, concurrency_type>;
    struct transport_config : websocketpp::config::core_client::transport_config {
        using concurrency_type = type::concurrency_type;
        using elog_type = type::elog_type;
        using alog_type = type::alog_type;
    };
    using transport_type = websocketpp::transport::iostream::endpoint<transport_config>;
    static const size_t connection_read_buffer_size = read_bytes;
    static const size_t max_http_body_size = 64 * 1024;
    static const websocketpp::log::level elog_level = websocketpp::log::elevel::none;
    static const websocketpp::log::level alog_level = websocketpp::log::alevel::none;
};

using Client = websocketpp::client<Config>;
using Connection = Client::connection_type;
using Message = Client::message_ptr;
namespace session = websocketpp::session;
namespace status = websocketpp::close::status;

// What has come and was not handed out yet, or was handed out since the last poll.
struct Inbound {
    FrameKind kind;
    Message message;      // text, binary
    std::string control;  // ping, pong
    std::size_t size;     // without the padding
};

class WebsocketppTransport final : public Transport {
public:
    ~WebsocketppTransport() override { detach(); }

    void connect(const Endpoint& endpoint, const TransportLimits& limits,
                 std::int64_t now_ns) override;
    std::size_t poll(FrameSink& sink, std::size_t messages_max, std::int64_t now_ns) override;
    SendResult send_text(std::string_view payload) override;
    SendResult send_ping(std::string_view payload) override;
    std::size_t flush() override;
    std::size_t pending_bytes() const override { return stream_.pending() + waiting_.size(); }
    void close(std::uint16_t code, std::string_view reason) override;
    void cut() override;
    TransportState state() const override { return state_; }
    bool can_send() const override { return state_ == TransportState::open && !stream_.broken(); }
    CloseCause close_cause() const override { return cause_; }
    std::uint16_t close_code() const override { return close_code_; }
    std::string_view close_reason() const override { return close_reason_; }
    std::int64_t retry_after_s() const override { return retry_after_s_; }
    bool lacks_backup_pin() const override { return stream_.lacks_backup_pin(); }
    int wait_fd() const override { return stream_.fd(); }

private:
    void start_handshake();
    void on_open();
    void on_message(const Message& message);
    void on_control(FrameKind kind, const std::string& payload);
    void on_write(const char* from, std::size_t size);
    void note_closing();
    void push_waiting();
    void read_stream(std::int64_t now_ns, std::size_t messages_max);
    void feed(std::size_t size);
    void settle(std::int64_t now_ns);
    std::size_t hand_out(FrameSink& sink, std::size_t messages_max);
    template <class Put>
    SendResult send_one(std::size_t size, std::size_t size_max, Put&& put);
    void finish(CloseCause cause, std::uint16_t code, std::string reason);
    void detach();

    TransportLimits limits_;
    Endpoint endpoint_;
    TlsStream stream_;
    Client client_;
    Client::connection_ptr connection_;
    TransportState state_{TransportState::closed};
    CloseCause cause_{CloseCause::none};
    std::uint16_t close_code_{};
    std::string close_reason_;
    std::int64_t retry_after_s_{};
    std::int64_t deadline_ns_{};
    std::int64_t last_now_ns_{};
    bool connect_called_{};
    bool opened_{};
    bool refused_answer_{};
    bool closing_by_us_{};
    bool bad_text_{};
    Closing closing_;
    std::string waiting_;  // plain frames of ours that wait for the socket
    std::deque<Inbound> inbox_;
    std::vector<Inbound> handed_out_;
    char buffer_[read_bytes];
};

void WebsocketppTransport::connect(const Endpoint& endpoint, const TransportLimits& limits,
                                   std::int64_t now_ns) {
    engine::verify(!std::exchange(connect_called_, true));  // a transport is one connection
    limits_ = limits;
    endpoint_ = endpoint;
    last_now_ns_ = now_ns;
    deadline_ns_ = now_ns + limits.connect_timeout_ns;
    state_ = TransportState::connecting;
    stream_.connect(endpoint_, deadline_ns_);
    if (stream_.phase() == TlsStream::Phase::ended) {
        finish(stream_.cause(), 0, stream_.error());
    }
}

void WebsocketppTransport::start_handshake() {
    const bool plain_port = endpoint_.port == 443;
    const bool v6 = endpoint_.host.find(':') != std::string::npos;
    const std::string host = v6 ? "[" + endpoint_.host + "]" : endpoint_.host;
    const std::string path = endpoint_.path.empty() ? "/" : endpoint_.path;
    websocketpp::lib::error_code error;
    client_.set_user_agent("portcullis");
    client_.set_secure(true);
    connection_ = client_.get_connection(
        "wss://" + host + (plain_port ? "" : ":" + std::to_string(endpoint_.port)) + path, error);
    if (error || connection_ == nullptr) {
        finish(CloseCause::handshake_failed, 0, "no such address: " + error.message());
        return;
    }
    connection_->set_max_message_size(limits_.message_bytes_max);
    connection_->set_write_handler(
        [this](websocketpp::connection_hdl, char const* from, std::size_t size) {
            on_write(from, size);
            return websocketpp::lib::error_code();
        });
    connection_->set_open_handler([this](websocketpp::connection_hdl) { on_open(); });
    connection_->set_message_handler(
        [this](websocketpp::connection_hdl, const Message& message) { on_message(message); });
    connection_->set_ping_handler([this](websocketpp::connection_hdl, std::string payload) {
        on_control(FrameKind::ping, payload);
        return true;  // answer it
    });
    connection_->set_pong_handler([this](websocketpp::connection_hdl, std::string payload) {
        on_control(FrameKind::pong, payload);
    });
    client_.connect(connection_);
    push_waiting();
}

void WebsocketppTransport::on_open() {
    // We offered neither; a peer that answers with one speaks another protocol (RFC 6455, 4.1).
    if (!connection_->get_response_header("Sec-WebSocket-Extensions").empty() ||
        !connection_->get_response_header("Sec-WebSocket-Protocol").empty()) {
        refused_answer_ = true;
        return;
    }
    opened_ = true;
    state_ = TransportState::open;
}

void WebsocketppTransport::on_message(const Message& message) {
    if (refused_answer_ || bad_text_ || closing_by_us_) {
        return;
    }
    const bool text = message->get_opcode() == websocketpp::frame::opcode::text;
    std::string& payload = message->get_raw_payload();
    if (text && ends_inside_code_point(payload)) {
        bad_text_ = true;  // at once: what follows in the same bytes may be another mistake
        websocketpp::lib::error_code ignored;
        connection_->close(status::invalid_payload, "text ends inside a code point", ignored);
        return;
    }
    const std::size_t size = payload.size();
    payload.append(FrameView::padding, '\0');
    inbox_.push_back({text ? FrameKind::text : FrameKind::binary, message, {}, size});
}

void WebsocketppTransport::on_control(FrameKind kind, const std::string& payload) {
    if (refused_answer_ || bad_text_ || closing_by_us_) {
        return;
    }
    Inbound in{kind, {}, payload, payload.size()};
    in.control.append(FrameView::padding, '\0');
    inbox_.push_back(std::move(in));
}

// The library believes that this is the wire. It is the queue of plain bytes before it.
void WebsocketppTransport::on_write(const char* from, std::size_t size) {
    waiting_.append(from, size);
    if (opened_ && connection_->get_state() != session::state::open) {
        note_closing();
    }
}

void WebsocketppTransport::note_closing() {
    if (!std::exchange(closing_.noted, true)) {
        closing_.local = static_cast<std::uint16_t>(connection_->get_local_close_code());
        closing_.remote = static_cast<std::uint16_t>(connection_->get_remote_close_code());
        closing_.local_reason = connection_->get_local_close_reason();
        closing_.remote_reason = connection_->get_remote_close_reason();
    }
}

// Encrypts what waits, but only when nothing that is encrypted waits for the socket.
void WebsocketppTransport::push_waiting() {
    if (stream_.flush() == 0 && !waiting_.empty()) {
        (void)stream_.write(waiting_.data(), waiting_.size());
        waiting_.clear();
    }
}

std::size_t WebsocketppTransport::poll(FrameSink& sink, std::size_t messages_max,
                                       std::int64_t now_ns) {
    last_now_ns_ = now_ns;
    handed_out_.clear();
    if (state_ == TransportState::closed && inbox_.empty()) {
        return 0;
    }
    try {
        if (connection_ == nullptr && state_ == TransportState::connecting) {
            const TlsStream::Phase phase = stream_.advance(now_ns);
            if (phase == TlsStream::Phase::ended) {
                finish(stream_.cause(), 0, stream_.error());
            } else if (phase == TlsStream::Phase::open) {
                start_handshake();
            }
        }
        if (connection_ != nullptr && state_ != TransportState::closed) {
            push_waiting();
            read_stream(now_ns, messages_max);
        }
    } catch (const std::exception& failure) {
        finish(opened_ ? CloseCause::protocol_error : CloseCause::handshake_failed, 0,
               failure.what());
    }
    return hand_out(sink, messages_max);
}

void WebsocketppTransport::read_stream(std::int64_t now_ns, std::size_t messages_max) {
    bool ended = stream_.phase() == TlsStream::Phase::ended;
    while (!ended && (!opened_ || inbox_.size() < messages_max) &&
           waiting_.size() < waiting_bytes_max) {
        const long got = stream_.read(buffer_, read_bytes);
        if (got <= 0) {
            ended = got < 0;
            break;
        }
        feed(static_cast<std::size_t>(got));
        push_waiting();
        settle(now_ns);
        if (state_ == TransportState::closed) {
            return;
        }
    }
    if (ended) {
        const bool agreed = closing_by_us_;
        finish(agreed ? CloseCause::local : stream_.cause(), agreed ? close_code_ : 0,
               agreed ? close_reason_ : stream_.error());
        return;
    }
    settle(now_ns);
}

void WebsocketppTransport::feed(std::size_t size) {
    std::size_t at = 0;
    while (at < size) {
        const std::size_t taken = connection_->read_some(buffer_ + at, size - at);
        if (taken == 0) {
            return;  // the library has stopped reading; settle() says why
        }
        at += taken;
    }
}

// Turns the state that the library is in now into ours.
void WebsocketppTransport::settle(std::int64_t now_ns) {
    if (refused_answer_) {
        finish(CloseCause::handshake_failed, 0, "the peer chose an extension that was not offered");
        return;
    }
    const session::state::value at = connection_->get_state();
    if (!opened_) {
        if (at == session::state::closed) {
            const int status_code = connection_->get_response_code();
            const bool three_digits = status_code >= 100 && status_code <= 999;
            const auto http = static_cast<std::uint16_t>(three_digits ? status_code : 0);
            retry_after_s_ = std::clamp(
                std::strtol(connection_->get_response_header("Retry-After").c_str(), nullptr, 10),
                0L, 7L * 86'400);
            finish(CloseCause::handshake_failed, http, connection_->get_ec().message());
        } else if (now_ns >= deadline_ns_) {
            finish(CloseCause::timeout, 0, "no answer to the upgrade request");
        }
        return;
    }
    if (at == session::state::open) {
        return;
    }
    if (closing_by_us_) {
        // 0.8.2 clears its remote code only when a close frame has come.
        if (connection_->get_remote_close_code() != status::abnormal_close ||
            at == session::state::closed || now_ns >= deadline_ns_) {
            finish(CloseCause::local, close_code_, close_reason_);
        }
        return;
    }
    note_closing();  // where it has not written, what it says now
    const CloseCause cause = closing_.cause();
    const bool peer = cause == CloseCause::peer;
    finish(cause, peer ? closing_.remote : closing_.local,
           peer ? closing_.remote_reason : closing_.local_reason);
}

std::size_t WebsocketppTransport::hand_out(FrameSink& sink, std::size_t messages_max) {
    std::size_t count = 0;
    while (count < messages_max && !inbox_.empty()) {
        handed_out_.push_back(std::move(inbox_.front()));
        inbox_.pop_front();
        ++count;
    }
    // By index: the sink may send, close or cut, but never poll.
    for (std::size_t at = 0; at < count; ++at) {
        const Inbound& in = handed_out_[at];
        const bool data = in.message != nullptr;
        sink.on_frame(
            {in.kind, data ? in.message->get_payload().data() : in.control.data(), in.size});
    }
    return count;
}

// One frame or nothing: `put` gives it to the library, which hands its bytes to on_write().
template <class Put>
SendResult WebsocketppTransport::send_one(std::size_t size, std::size_t size_max, Put&& put) {
    if (size > size_max) {
        return SendResult::too_big;
    }
    if (state_ == TransportState::open) {
        push_waiting();
    }
    if (!can_send() || stream_.phase() != TlsStream::Phase::open) {
        return SendResult::closed;
    }
    if (pending_bytes() > 0) {
        return SendResult::blocked;
    }
    try {
        if (put()) {
            return SendResult::closed;
        }
    } catch (const std::exception& failure) {
        waiting_.clear();
        finish(CloseCause::local, 0, failure.what());
        return SendResult::closed;
    }
    push_waiting();
    if (stream_.phase() == TlsStream::Phase::ended || stream_.broken()) {
        return SendResult::closed;
    }
    return pending_bytes() == 0 ? SendResult::sent : SendResult::buffered;
}

SendResult WebsocketppTransport::send_text(std::string_view payload) {
    return send_one(payload.size(), limits_.message_bytes_max, [&] {
        return connection_->send(payload.data(), payload.size(), websocketpp::frame::opcode::text);
    });
}

SendResult WebsocketppTransport::send_ping(std::string_view payload) {
    return send_one(payload.size(), control_bytes_max, [&] {
        websocketpp::lib::error_code error;
        connection_->ping(std::string(payload), error);
        return error;
    });
}

std::size_t WebsocketppTransport::flush() {
    push_waiting();
    return pending_bytes();
}

void WebsocketppTransport::close(std::uint16_t code, std::string_view reason) {
    if (state_ == TransportState::connecting) {
        finish(CloseCause::local, code, std::string(reason));
        return;
    }
    if (state_ != TransportState::open) {
        return;
    }
    state_ = TransportState::closing;
    closing_by_us_ = true;
    close_code_ = code;
    close_reason_ = std::string(reason);
    deadline_ns_ = last_now_ns_ + close_timeout_ns;
    websocketpp::lib::error_code error;
    try {
        connection_->close(code, close_reason_, error);
    } catch (const std::exception&) {
        error = websocketpp::error::make_error_code(websocketpp::error::general);
    }
    if (error) {
        finish(CloseCause::local, code, std::string(reason));
        return;
    }
    push_waiting();
}

void WebsocketppTransport::cut() {
    if (state_ == TransportState::closed) {
        return;
    }
    waiting_.clear();
    inbox_.clear();
    stream_.cut();
    finish(CloseCause::local, 0, "cut");
}

void WebsocketppTransport::finish(CloseCause cause, std::uint16_t code, std::string reason) {
    if (state_ == TransportState::closed && cause_ != CloseCause::none) {
        return;
    }
    state_ = TransportState::closed;
    cause_ = cause;
    close_code_ = code;
    close_reason_ = std::move(reason);
    stream_.shutdown();
    waiting_.clear();
}

// The library holds callbacks into this object, and a pending read that holds the library's
// connection: both die first, else each connection leaks.
void WebsocketppTransport::detach() {
    if (connection_ == nullptr) {
        return;
    }
    connection_->set_write_handler([](websocketpp::connection_hdl, char const*, std::size_t) {
        return websocketpp::lib::error_code();
    });
    connection_->set_open_handler(nullptr);
    connection_->set_message_handler(nullptr);
    connection_->set_ping_handler(nullptr);
    connection_->set_pong_handler(nullptr);
    try {
        connection_->fatal_error();  // completes the pending read
    } catch (const std::exception&) {
        // It was to be destroyed, and will be.
    }
    connection_.reset();
}

}  // namespace

std::unique_ptr<Transport> make_websocketpp_transport() {
    return std::make_unique<WebsocketppTransport>();
}

}  // namespace portcullis::gateways
