// The websocket transport of our own: RFC 6455 in place, over tls_stream. The fast path;
// WebSocket++ stands beside it, behind the same interface and under the same tests.
//
// What has come lies decrypted in one buffer, and a frame is a view of it: nothing is copied, and
// after the largest message nothing is allocated, but for a message in fragments, which is joined.
// Frames are read when they are asked for, so what comes behind a mistake or a close frame is never
// looked at. A frame of ours is made whole in a buffer of its own and encrypted as one. One owner.
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
#include "gateways/net/websocket/upgrade.hpp"
#include "gateways/net/websocket/utf8.hpp"

namespace portcullis::gateways {
namespace {

using engine::verify;

constexpr std::size_t buffer_bytes = std::size_t{64} * 1024;
constexpr std::size_t head_bytes_max = 10;
// Answers to pings wait in plain while the socket blocks. Above this nothing more is read, so that
// a peer who pings and does not read is held back by TCP.
constexpr std::size_t replies_bytes_max = std::size_t{16} * 1024;
// A peer whose frames are not handed out (we are closing) keeps a poll no longer than so often.
constexpr int reads_per_poll_max = 64;
constexpr std::int64_t close_timeout_ns = 2'000'000'000;
constexpr std::uint16_t protocol_broken = 1002;
constexpr std::uint16_t no_status = 1005;
constexpr std::uint16_t not_utf8 = 1007;
constexpr std::uint16_t message_too_big = 1009;

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
    CloseCause close_cause() const override { return cause_; }
    std::uint16_t close_code() const override { return close_code_; }
    std::string_view close_reason() const override { return close_reason_; }
    std::int64_t retry_after_s() const override { return retry_after_s_; }
    bool lacks_backup_pin() const override { return stream_.lacks_backup_pin(); }
    int wait_fd() const override { return stream_.fd(); }

private:
    /// What the buffer begins with.
    enum class Next : std::uint8_t { more_needed, handed_out, passed_by, ended };

    void advance(std::int64_t now_ns);
    void ask_for_upgrade();
    void read_answer();
    std::size_t read_frames(FrameSink& sink, std::size_t messages_max);
    [[nodiscard]] bool read_stream(std::size_t handed_out);
    [[nodiscard]] bool make_room(bool may_move);
    Next next_frame(FrameSink& sink);
    Next on_data(const FrameHead& head, FrameSink& sink);
    Next on_control(const FrameHead& head, FrameSink& sink);
    Next on_peer_close(std::string_view payload);
    Next join(const FrameHead& head, const char* payload, FrameSink& sink);
    Next hand_out(FrameSink& sink, FrameKind kind, char* data, std::size_t size);
    Next refuse(CloseCause cause, std::uint16_t code, const char* reason);
    [[nodiscard]] bool text_holds(const FrameHead& head, const char* payload, std::size_t come);

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

    std::vector<char>
        in_;  ///< bytes begin_ to end_ are there and not read; FrameView::padding left
    std::size_t begin_{};
    std::size_t end_{};
    std::size_t wanted_{};        ///< of the frame that the buffer begins with, head included
    std::size_t text_checked_{};  ///< of the payload of that frame
    Utf8Check utf8_;
    bool inside_{};  ///< a message has begun and is not at its end
    FrameKind kind_{FrameKind::text};
    std::vector<char> joined_;             ///< of a message in fragments, what has come
    std::vector<std::vector<char>> kept_;  ///< such messages, handed out since the last poll

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
    in_.resize(buffer_bytes + FrameView::padding);
    replies_.reserve(2 * replies_bytes_max);
    state_ = TransportState::connecting;
    stream_.connect(endpoint_, deadline_ns_);
    if (stream_.phase() == TlsStream::Phase::ended) {
        finish(stream_.cause(), 0, stream_.error());
    }
}

std::size_t WebsocketTransport::poll(FrameSink& sink, std::size_t messages_max,
                                     std::int64_t now_ns) {
    last_now_ns_ = now_ns;
    kept_.clear();
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
        finish(CloseCause::timeout, 0, "no answer to the upgrade request");
    }
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
        const UpgradeAnswer answer =
            read_upgrade_answer({in_.data() + begin_, end_ - begin_}, key_);
        if (answer.state == UpgradeAnswer::State::refused) {
            retry_after_s_ = answer.retry_after_s;
            return finish(CloseCause::handshake_failed, answer.status, answer.reason);
        }
        if (answer.state == UpgradeAnswer::State::agreed) {
            begin_ += answer.size;
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
        const Next next = begin_ == end_ ? Next::more_needed : next_frame(sink);
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
    if (!make_room(handed_out == 0)) {
        return false;
    }
    const long got = stream_.read(in_.data() + end_, in_.size() - FrameView::padding - end_);
    if (got < 0) {
        const bool agreed = state_ == TransportState::closing;
        finish(agreed ? CloseCause::local : stream_.cause(), agreed ? close_code_ : 0,
               agreed ? close_reason_ : stream_.error());
    }
    end_ += got > 0 ? static_cast<std::size_t>(got) : 0;
    return got > 0;
}

bool WebsocketTransport::make_room(bool may_move) {
    const std::size_t room = in_.size() - FrameView::padding;
    const bool fits = std::max(begin_ + wanted_, end_ + 1) <= room;
    if (!may_move) {
        return fits;
    }
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (!fits || begin_ > room / 2) {
        std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
        end_ -= std::exchange(begin_, 0);
    }
    if (wanted_ > room) {  // its length is within the limit, and was looked at before
        in_.resize(wanted_ + FrameView::padding);
    }
    return true;
}

WebsocketTransport::Next WebsocketTransport::next_frame(FrameSink& sink) {
    const std::string_view come(in_.data() + begin_, end_ - begin_);
    const FrameHead head = read_head(come, inside_);
    if (head.state == FrameHead::State::broken) {
        return refuse(CloseCause::protocol_error, protocol_broken, "no frame of a server");
    }
    if (head.state == FrameHead::State::unfinished) {
        wanted_ = head_bytes_max;
        return Next::more_needed;
    }
    if (!is_control(head.opcode) &&
        head.payload_size > limits_.message_bytes_max - (inside_ ? joined_.size() : 0)) {
        return refuse(CloseCause::too_big, message_too_big, "a message above the limit");
    }
    wanted_ = head.size + head.payload_size;
    const char* const payload = come.data() + head.size;
    if (!is_control(head.opcode) && !text_holds(head, payload, come.size() - head.size)) {
        return refuse(CloseCause::protocol_error, not_utf8, "a text that is no UTF-8");
    }
    if (come.size() < wanted_) {
        return Next::more_needed;
    }
    begin_ += std::exchange(wanted_, 0);
    text_checked_ = 0;
    return is_control(head.opcode) ? on_control(head, sink) : on_data(head, sink);
}

/// Looks at what has come of a text's payload and was not looked at; at its end it must be whole.
bool WebsocketTransport::text_holds(const FrameHead& head, const char* payload, std::size_t come) {
    if (!inside_) {
        kind_ = head.opcode == Opcode::text ? FrameKind::text : FrameKind::binary;
    }
    if (kind_ != FrameKind::text) {
        return true;
    }
    const std::size_t there = std::min<std::size_t>(come, head.payload_size);
    const std::size_t from = std::exchange(text_checked_, there);
    return utf8_.feed(payload + from, there - from) &&
           (!head.fin || there < head.payload_size || utf8_.whole());
}

WebsocketTransport::Next WebsocketTransport::on_data(const FrameHead& head, FrameSink& sink) {
    char* const payload = in_.data() + begin_ - head.payload_size;
    if (inside_ || !head.fin) {
        return join(head, payload, sink);
    }
    return hand_out(sink, kind_, payload, head.payload_size);
}

WebsocketTransport::Next WebsocketTransport::join(const FrameHead& head, const char* payload,
                                                  FrameSink& sink) {
    joined_.insert(joined_.end(), payload, payload + head.payload_size);
    inside_ = !head.fin;
    if (inside_) {
        return Next::passed_by;
    }
    const std::size_t size = joined_.size();
    joined_.resize(size + FrameView::padding);
    kept_.push_back(std::exchange(joined_, {}));
    return hand_out(sink, kind_, kept_.back().data(), size);
}

/// A view whose padding is zero while it is handed out, whatever has come behind it: what a reader
/// makes of a frame is not a matter of the next.
WebsocketTransport::Next WebsocketTransport::hand_out(FrameSink& sink, FrameKind kind, char* data,
                                                      std::size_t size) {
    if (state_ != TransportState::open) {
        return Next::passed_by;
    }
    char behind[FrameView::padding];
    std::memcpy(behind, data + size, sizeof behind);
    std::memset(data + size, 0, sizeof behind);
    sink.on_frame({kind, data, size});
    std::memcpy(data + size, behind, sizeof behind);
    return Next::handed_out;
}

WebsocketTransport::Next WebsocketTransport::on_control(const FrameHead& head, FrameSink& sink) {
    char* const payload = in_.data() + begin_ - head.payload_size;
    const std::string_view text(payload, head.payload_size);
    if (head.opcode == Opcode::close) {
        return on_peer_close(text);
    }
    const bool ping = head.opcode == Opcode::ping;
    if (ping && state_ == TransportState::open) {
        reply(Opcode::pong, text);
    }
    return hand_out(sink, ping ? FrameKind::ping : FrameKind::pong, payload, head.payload_size);
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
            return refuse(CloseCause::protocol_error, protocol_broken,
                          "a close frame that is none");
        }
    }
    reply_close(code == no_status ? std::uint16_t{1000} : code, payload);
    finish(CloseCause::peer, code, std::string(payload));
    return Next::ended;
}

WebsocketTransport::Next WebsocketTransport::refuse(CloseCause cause, std::uint16_t code,
                                                    const char* reason) {
    if (state_ == TransportState::closing) {
        finish(CloseCause::local, close_code_, close_reason_);
        return Next::ended;
    }
    reply_close(code, reason);
    finish(cause, code, reason);
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
    if (state_ != TransportState::open || stream_.phase() != TlsStream::Phase::open) {
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
