// The websocket transport of our own: RFC 6455 in place, over tls_stream. The fast path;
// WebSocket++ stands beside it, behind the same interface and under the same tests.
//
// What has come is decrypted into the reader, which finds the frames in it (reader.hpp). A frame of
// ours is made whole in a buffer of its own and encrypted as one. One owner.
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/types/verify.hpp"
#include "gateways/codec/text_codes.hpp"
#include "gateways/net/tls_stream.hpp"
#include "gateways/net/transport.hpp"
#include "gateways/net/websocket/frames.hpp"
#include "gateways/net/websocket/masks.hpp"
#include "gateways/net/websocket/reader.hpp"
#include "gateways/net/websocket/upgrade.hpp"
#include "gateways/net/websocket/utf8.hpp"

namespace portcullis::gateways {
namespace {

using engine::verify;

// Answers to pings wait in plain while the socket blocks. Above this nothing more is read, so that
// a peer who pings and does not read is held back by TCP.
constexpr std::size_t replies_bytes_max = std::size_t{16} * 1024;
// A peer whose frames are not handed out (we are closing) keeps a poll no longer than so often.
constexpr int reads_per_poll_max = 64;
// No order of ours is longer: the first of a connection finds its buffer.
constexpr std::size_t order_bytes = 4096;
constexpr std::int64_t close_timeout_ns = 2'000'000'000;
constexpr FrameReader::Fault no_close_frame{CloseCause::protocol_error, 1002,
                                            "a close frame that is none"};
constexpr std::uint16_t no_status = 1005;

class WebsocketTransport final : public Transport {
public:
    void connect(const Endpoint& endpoint, const TransportLimits& limits,
                 std::int64_t now_ns) override;
    std::size_t poll(FrameSink& sink, std::size_t messages_max, std::int64_t now_ns) override;
    SendResult send_text(std::string_view payload) override;
    SendResult send_ping(std::string_view payload) override;
    std::size_t flush() override;
    std::size_t pending_bytes() const override { return stream_.pending() + replies_.size(); }
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
    /// What became of what the reader found.
    enum class Next : std::uint8_t { more_needed, handed_out, passed_by, ended };

    void advance(std::int64_t now_ns);
    void ask_for_upgrade();
    void read_answer();
    void finish_unanswered(CloseCause cause, std::string reason);
    std::size_t read_frames(FrameSink& sink, std::size_t messages_max);
    [[nodiscard]] bool read_stream(std::size_t handed_out);
    Next next_frame(FrameSink& sink);
    Next on_control(const FrameReader::Found& found, FrameSink& sink);
    Next on_peer_close(std::string_view payload);
    Next hand_out(FrameSink& sink, FrameKind kind, const FrameReader::Found& found);
    Next refuse(const FrameReader::Fault& fault);

    [[nodiscard]] SendResult send(Opcode opcode, std::string_view payload, std::size_t size_max);
    void reply(Opcode opcode, std::string_view payload);
    void reply_close(std::uint16_t code, std::string_view reason);
    void push_replies();
    void finish(CloseCause cause, std::uint16_t code, std::string reason);

    TransportLimits limits_;
    Endpoint endpoint_;
    TlsStream stream_;
    TransportState state_{TransportState::closed};
    CloseCause cause_{CloseCause::none};
    std::uint16_t close_code_{};
    std::string close_reason_;
    std::int64_t retry_after_s_{};
    std::int64_t deadline_ns_{};
    std::int64_t last_now_ns_{};
    std::string key_;  ///< of the upgrade request; empty before it is sent

    FrameReader reader_;
    MaskSource masks_;
    std::vector<char> frame_;  ///< the frame that is sent
    std::string replies_;      ///< plain frames that wait for the socket
};

void WebsocketTransport::connect(const Endpoint& endpoint, const TransportLimits& limits,
                                 std::int64_t now_ns) {
    verify(endpoint_.host.empty() && cause_ == CloseCause::none);  // a transport is one connection
    limits_ = limits;
    endpoint_ = endpoint;
    last_now_ns_ = now_ns;
    deadline_ns_ = now_ns + limits.connect_timeout_ns;
    reader_.begin(limits.message_bytes_max);
    replies_.reserve(2 * replies_bytes_max);
    frame_.resize(frame_size_max(order_bytes));
    state_ = TransportState::connecting;
    stream_.connect(endpoint_, deadline_ns_);
    if (stream_.phase() == TlsStream::Phase::ended) {
        finish(stream_.cause(), 0, stream_.error());
    }
}

std::size_t WebsocketTransport::poll(FrameSink& sink, std::size_t messages_max,
                                     std::int64_t now_ns) {
    last_now_ns_ = now_ns;
    reader_.release_joined();
    if (state_ == TransportState::closed) {
        return 0;
    }
    if (state_ == TransportState::connecting) {
        advance(now_ns);
        if (state_ != TransportState::open) {
            return 0;
        }
    }
    push_replies();
    const std::size_t handed_out = messages_max == 0 ? 0 : read_frames(sink, messages_max);
    masks_.refill();
    if (state_ == TransportState::closing && now_ns >= deadline_ns_) {
        finish(CloseCause::local, close_code_, close_reason_);
    }
    return handed_out;
}

// --- the upgrade

void WebsocketTransport::advance(std::int64_t now_ns) {
    const TlsStream::Phase phase = stream_.advance(now_ns);
    if (phase == TlsStream::Phase::ended) {
        return finish(stream_.cause(), 0, stream_.error());
    }
    if (phase != TlsStream::Phase::open) {
        return;
    }
    if (key_.empty()) {
        ask_for_upgrade();
    }
    read_answer();
    if (state_ == TransportState::connecting && now_ns >= deadline_ns_) {
        finish_unanswered(CloseCause::timeout, "no answer to the upgrade request");
    }
}

/// Without an answer, or with one that has only begun: what its status says counts.
void WebsocketTransport::finish_unanswered(CloseCause cause, std::string reason) {
    const UpgradeAnswer answer = read_cut_upgrade_answer(reader_.unread(), key_);
    if (answer.state != UpgradeAnswer::State::refused) {
        return finish(cause, 0, std::move(reason));
    }
    retry_after_s_ = answer.retry_after_s;
    finish(CloseCause::handshake_failed, answer.status, answer.reason);
}

void WebsocketTransport::ask_for_upgrade() {
    std::uint8_t bytes[16];
    verify(RAND_bytes(bytes, sizeof bytes) == 1);
    key_.assign(base64_size(sizeof bytes), '\0');
    write_base64(bytes, sizeof bytes, key_.data());
    masks_.refill();
    const auto request = upgrade_request(endpoint_, key_);
    if (!request) {
        return finish(CloseCause::handshake_failed, 0, "no such address: host or path");
    }
    (void)stream_.write(request->data(), request->size());
}

void WebsocketTransport::read_answer() {
    while (state_ == TransportState::connecting) {
        const UpgradeAnswer answer = read_upgrade_answer(reader_.unread(), key_);
        if (answer.state == UpgradeAnswer::State::refused) {
            retry_after_s_ = answer.retry_after_s;
            return finish(CloseCause::handshake_failed, answer.status, answer.reason);
        }
        if (answer.state == UpgradeAnswer::State::agreed) {
            reader_.skip(answer.size);
            state_ = TransportState::open;
            return;
        }
        (void)stream_.flush();
        if (!read_stream(0)) {
            return;
        }
    }
}

// --- frames that come

std::size_t WebsocketTransport::read_frames(FrameSink& sink, std::size_t messages_max) {
    std::size_t handed_out = 0;
    int reads = 0;
    while (handed_out < messages_max) {
        const Next next = reader_.empty() ? Next::more_needed : next_frame(sink);
        if (next == Next::ended || state_ == TransportState::closed) {
            return handed_out + (next == Next::handed_out ? 1 : 0);
        }
        handed_out += next == Next::handed_out ? 1 : 0;
        if (next != Next::more_needed) {
            continue;
        }
        push_replies();
        if (replies_.size() >= replies_bytes_max || ++reads > reads_per_poll_max ||
            !read_stream(handed_out)) {
            break;
        }
    }
    push_replies();
    return handed_out;
}

/// More from the stream, behind what is there. False: nothing now, no room, or it has ended. What
/// was handed out in this poll stays where it is.
bool WebsocketTransport::read_stream(std::size_t handed_out) {
    if (!reader_.make_room(handed_out == 0)) {
        return false;
    }
    const long got = stream_.read(reader_.room(), reader_.room_size());
    if (got < 0 && state_ == TransportState::connecting) {
        finish_unanswered(stream_.cause(), stream_.error());
    } else if (got < 0) {
        const bool agreed = state_ == TransportState::closing;
        finish(agreed ? CloseCause::local : stream_.cause(), agreed ? close_code_ : 0,
               agreed ? close_reason_ : stream_.error());
    }
    reader_.came(got > 0 ? static_cast<std::size_t>(got) : 0);
    return got > 0;
}

WebsocketTransport::Next WebsocketTransport::next_frame(FrameSink& sink) {
    const FrameReader::Found found = reader_.next();
    switch (found.step) {
        case FrameReader::Step::more_needed:
            return Next::more_needed;
        case FrameReader::Step::fragment:
            return Next::passed_by;
        case FrameReader::Step::message:
            return hand_out(sink, found.kind, found);
        case FrameReader::Step::control:
            return on_control(found, sink);
        case FrameReader::Step::broken:
            break;
    }
    verify(found.fault != nullptr);
    return refuse(*found.fault);
}

WebsocketTransport::Next WebsocketTransport::hand_out(FrameSink& sink, FrameKind kind,
                                                      const FrameReader::Found& found) {
    if (state_ != TransportState::open) {
        return Next::passed_by;
    }
    FrameReader::show(sink, kind, found.data, found.size);
    return Next::handed_out;
}

WebsocketTransport::Next WebsocketTransport::on_control(const FrameReader::Found& found,
                                                        FrameSink& sink) {
    const std::string_view text(found.data, found.size);
    if (found.opcode == Opcode::close) {
        return on_peer_close(text);
    }
    const bool ping = found.opcode == Opcode::ping;
    if (ping && state_ == TransportState::open) {
        reply(Opcode::pong, text);
    }
    return hand_out(sink, ping ? FrameKind::ping : FrameKind::pong, found);
}

WebsocketTransport::Next WebsocketTransport::on_peer_close(std::string_view payload) {
    if (state_ == TransportState::closing) {
        finish(CloseCause::local, close_code_, close_reason_);
        return Next::ended;
    }
    std::uint16_t code = no_status;
    if (!payload.empty()) {
        const auto byte = [payload](std::size_t i) {
            return unsigned{static_cast<unsigned char>(payload[i])};
        };
        code = static_cast<std::uint16_t>(payload.size() < 2 ? 0 : byte(0) << 8U | byte(1));
        payload.remove_prefix(std::min<std::size_t>(2, payload.size()));
        Utf8Check reason;
        if (!close_code_legal(code) || !reason.feed(payload.data(), payload.size()) ||
            !reason.whole()) {
            return refuse(no_close_frame);
        }
    }
    reply_close(code == no_status ? std::uint16_t{1000} : code, payload);
    finish(CloseCause::peer, code, std::string(payload));
    return Next::ended;
}

WebsocketTransport::Next WebsocketTransport::refuse(const FrameReader::Fault& fault) {
    if (state_ == TransportState::closing) {
        finish(CloseCause::local, close_code_, close_reason_);
        return Next::ended;
    }
    reply_close(fault.code, fault.reason);
    finish(fault.cause, fault.code, fault.reason);
    return Next::ended;
}

// --- frames that go

SendResult WebsocketTransport::send_text(std::string_view payload) {
    return send(Opcode::text, payload, limits_.message_bytes_max);
}

SendResult WebsocketTransport::send_ping(std::string_view payload) {
    return send(Opcode::ping, payload, control_bytes_max);
}

SendResult WebsocketTransport::send(Opcode opcode, std::string_view payload, std::size_t size_max) {
    if (payload.size() > size_max) {
        return SendResult::too_big;
    }
    if (state_ == TransportState::open) {
        push_replies();
    }
    if (!can_send() || stream_.phase() != TlsStream::Phase::open) {
        return SendResult::closed;
    }
    if (pending_bytes() > 0) {
        return SendResult::blocked;
    }
    if (frame_.size() < frame_size_max(payload.size())) {
        frame_.resize(frame_size_max(payload.size()));
    }
    const std::size_t size = write_frame(opcode, payload, masks_.next(), frame_.data());
    if (!stream_.write(frame_.data(), size)) {
        return SendResult::closed;
    }
    return pending_bytes() == 0 ? SendResult::sent : SendResult::buffered;
}

void WebsocketTransport::reply(Opcode opcode, std::string_view payload) {
    char frame[frame_size_max(control_bytes_max)];
    const std::size_t size =
        write_frame(opcode, payload.substr(0, control_bytes_max), masks_.next(), frame);
    replies_.append(frame, size);
}

void WebsocketTransport::reply_close(std::uint16_t code, std::string_view reason) {
    char payload[control_bytes_max];
    payload[0] = static_cast<char>(code >> 8U);
    payload[1] = static_cast<char>(code & 0xffU);
    const std::size_t size = std::min(reason.size(), sizeof payload - 2);
    std::copy_n(reason.data(), size, payload + 2);
    reply(Opcode::close, {payload, size + 2});
    push_replies();
}

/// Encrypts what waits, but only when nothing that is encrypted waits for the socket.
void WebsocketTransport::push_replies() {
    if (stream_.pending() == 0 && replies_.empty()) {
        return;
    }
    if (stream_.flush() == 0 && !replies_.empty()) {
        (void)stream_.write(replies_.data(), replies_.size());
        replies_.clear();
    }
}

std::size_t WebsocketTransport::flush() {
    push_replies();
    return pending_bytes();
}

// --- the end

void WebsocketTransport::close(std::uint16_t code, std::string_view reason) {
    if (state_ == TransportState::connecting) {
        return finish(CloseCause::local, code, std::string(reason));
    }
    if (state_ != TransportState::open) {
        return;
    }
    state_ = TransportState::closing;
    close_code_ = code;
    close_reason_ = std::string(reason);
    deadline_ns_ = last_now_ns_ + close_timeout_ns;
    reply_close(code, reason);
}

void WebsocketTransport::cut() {
    if (state_ == TransportState::closed) {
        return;
    }
    replies_.clear();
    stream_.cut();
    finish(CloseCause::local, 0, "cut");
}

void WebsocketTransport::finish(CloseCause cause, std::uint16_t code, std::string reason) {
    if (state_ == TransportState::closed && cause_ != CloseCause::none) {
        return;
    }
    state_ = TransportState::closed;
    cause_ = cause;
    close_code_ = code;
    close_reason_ = std::move(reason);
    stream_.shutdown();
    replies_.clear();
}

}  // namespace

std::unique_ptr<Transport> make_websocket_transport() {
    return std::make_unique<WebsocketTransport>();
}

}  // namespace portcullis::gateways
