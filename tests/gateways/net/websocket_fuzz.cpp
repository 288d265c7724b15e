// Any bytes of a server, cut anywhere, into each transport: ours and WebSocket++.
//
// The seam is the linker's: this file defines TlsStream itself, over a script in memory, so that
// the library's file is not taken from its archive and the shipped transport runs unchanged,
// without socket, TLS or clock. (A second interface below Transport would cost a virtual call a
// read and serve this test alone.)
#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "gateways/codec/text_codes.hpp"
#include "gateways/net/tls_stream.hpp"
#include "tests/gateways/net/websocket_twin.hpp"

namespace portcullis::gateways {
//   1. What is handed out is what the naive reader of RFC 6455 makes of the bytes, frame by frame,
//      and so is the end. Cut in other pieces, the same comes out.
//   2. Every view can be read to the end of its padding; every stream ends in `closed` with a
//   cause,
//      after a bounded number of polls; what goes out is well-formed and masked, pongs in order,
//      and never encrypted while earlier bytes are pending.
//
// Bytes: 0 mode, 1-2 sizes of the pieces, 3 messages a poll, 4 what we do, 5 at which frame; then
// the server's. In mode bit 0 they begin with the upgrade's answer, where @ACCEPT@ stands for the
// right key. Mode bits 3-4 choose what a message may have at most; @LONG@ stands for 64 KiB of
// text, so that an input with a long message is short.

namespace {

constexpr std::size_t limits_of_a_message[] = {1024, 65'536, 1 << 20, 125};
std::size_t message_bytes_max = limits_of_a_message[0];  ///< of this input

void check(bool condition) {
    if (!condition) {
        std::abort();
    }
}

/// The script that TlsStream plays, and what came back.
struct Wire {
    std::string incoming;
    std::size_t at{};
    std::size_t pieces[2]{1, 1};
    std::size_t piece{};
    bool silent{};  ///< nothing comes
    bool pauses{};  ///< nothing comes after each piece, once
    bool paused{};
    std::size_t takes{};  ///< bytes that the socket takes at a time; 0: all
    std::string outgoing;
};
Wire wire;

}  // namespace

TlsStream::~TlsStream() = default;

void TlsStream::connect(const Endpoint&, std::int64_t) {
    phase_ = Phase::handshaking;
}

TlsStream::Phase TlsStream::advance(std::int64_t) {
    phase_ = phase_ == Phase::handshaking ? Phase::open : phase_;
    return phase_;
}

long TlsStream::read(char* to, std::size_t room) {
    if (phase_ != Phase::open) {
        return -1;
    }
    if (wire.silent || (wire.pauses && std::exchange(wire.paused, !wire.paused))) {
        return 0;
    }
    if (wire.at == wire.incoming.size()) {
        end(CloseCause::lost, "the script is at its end");
        return -1;
    }
    const std::size_t size =
        std::min({room, wire.pieces[wire.piece++ % 2], wire.incoming.size() - wire.at});
    std::memcpy(to, wire.incoming.data() + wire.at, size);
    wire.at += size;
    return static_cast<long>(size);
}

bool TlsStream::write(const char* from, std::size_t size) {
    check(phase_ == Phase::open && pending() == 0);
    out_.assign(from, from + size);
    out_sent_ = 0;
    (void)flush();
    return true;
}

std::size_t TlsStream::flush() {
    const std::size_t taken = wire.takes == 0 ? pending() : std::min(wire.takes, pending());
    wire.outgoing.append(out_.data() + out_sent_, taken);
    out_sent_ += taken;
    return pending();
}

void TlsStream::shutdown() {
    if (phase_ != Phase::ended) {
        end(CloseCause::local, "closed by us");
    }
}

void TlsStream::cut() {
    shutdown();
}

void TlsStream::end(CloseCause cause, std::string error) {
    phase_ = Phase::ended;
    cause_ = cause;
    error_ = std::move(error);
    out_.clear();
    out_sent_ = 0;
}

namespace {

enum Act : std::uint8_t { none, text, ping, too_big, close, cut };

struct Seen final : FrameSink {
    std::vector<test::TwinFrame> frames;
    Transport* transport{};
    Act act{};
    std::size_t act_at{};
    unsigned sum{};

    void on_frame(const FrameView& frame) override {
        for (std::size_t i = 0; i < frame.size + FrameView::padding; ++i) {
            sum += static_cast<unsigned char>(frame.data[i]);
        }
        const bool control = frame.kind == FrameKind::ping || frame.kind == FrameKind::pong;
        check(frame.size <= (control ? 125 : message_bytes_max));
        frames.push_back({frame.kind, std::string(frame.data, frame.size)});
        if (frames.size() == act_at + 1) {
            take_part();
        }
    }
    void take_part() const {
        const std::string big(message_bytes_max + 1, 'x');
        if (act == Act::text || act == Act::ping) {
            const std::size_t before = transport->pending_bytes();
            const SendResult result = act == Act::text ? transport->send_text("{\"id\":1}")
                                                       : transport->send_ping("are you there");
            check(result != SendResult::too_big);
            check(result != SendResult::blocked || transport->pending_bytes() <= before);
        } else if (act == Act::too_big) {
            check(transport->send_text(big) == SendResult::too_big);
        } else if (act == Act::close) {
            transport->close(1000, "done");
        } else if (act == Act::cut) {
            transport->cut();
            check(transport->state() == TransportState::closed);
        }
    }
};

struct Outcome {
    std::vector<test::TwinFrame> frames;
    CloseCause cause{};
    std::uint16_t code{};
    std::string reason;
    /// Whether WebSocket++ refuses an answer that is no HTTP or waits for more of it until the line
    /// is lost, and in which words, depends on where it was cut; and in pieces a long one takes
    /// more than its time. No frame comes of it either way.
    [[nodiscard]] bool never_opened() const {
        return frames.empty() && (cause == CloseCause::handshake_failed ||
                                  cause == CloseCause::lost || cause == CloseCause::timeout);
    }
    bool operator==(const Outcome& other) const {
        return (never_opened() && other.never_opened()) ||
               (frames == other.frames && cause == other.cause && code == other.code &&
                reason == other.reason);
    }
};

void tell(const char* name, const Outcome& outcome) {
    std::fprintf(stderr, "%s: %zu frames, cause %d, code %d, %s\n", name, outcome.frames.size(),
                 static_cast<int>(outcome.cause), outcome.code, outcome.reason.c_str());
}

/// The key's answer, as the server's side of the upgrade has it (RFC 6455, 4.2.2).
std::string accept_key(const std::string& request) {
    const std::string name = "Sec-WebSocket-Key: ";
    const std::size_t at = request.find(name);
    check(at != std::string::npos && request.ends_with("\r\n\r\n"));
    const std::string key =
        request.substr(at + name.size(), 24) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[20];
    check(EVP_Digest(key.data(), key.size(), digest, nullptr, EVP_sha1(), nullptr) == 1);
    std::string accept(base64_size(sizeof digest), '\0');
    write_base64(digest, sizeof digest, accept.data());
    return accept;
}

void put(std::string& bytes, std::string_view place, const std::string& text) {
    const std::size_t at = bytes.find(place);
    if (at != std::string::npos) {
        bytes.replace(at, place.size(), text);
    }
}

using Make = std::unique_ptr<Transport> (*)();

/// Plays `bytes` to a new transport until it is closed and empty.
Outcome play(Make make, const std::string& bytes, std::size_t messages_max, Act act,
             std::size_t act_at) {
    const auto transport = make();
    Seen seen;
    seen.transport = transport.get();
    seen.act = act;
    seen.act_at = act_at;
    TransportLimits limits;
    limits.message_bytes_max = message_bytes_max;
    Endpoint endpoint;
    endpoint.host = "venue.test";
    endpoint.path = "/ws-api/v3";
    std::int64_t now = 1;
    transport->connect(endpoint, limits, now);
    wire.silent = true;
    for (int polls = 0; !wire.outgoing.ends_with("\r\n\r\n"); ++polls) {
        (void)transport->poll(seen, messages_max, now);
        check(transport->state() == TransportState::connecting && polls < 1000);
    }
    wire.silent = false;
    const std::string request = std::exchange(wire.outgoing, {});
    wire.incoming = bytes;
    put(wire.incoming, "@ACCEPT@", accept_key(request));
    Outcome outcome;
    // A poll reads a piece, hands out a message or sends: more polls than bytes of all is a hang.
    std::size_t polls = 8 * wire.incoming.size() + 256;
    for (std::size_t handed_out = 1;
         transport->state() != TransportState::closed || handed_out != 0;) {
        check(polls-- > 0);
        now += 1'000'000;
        handed_out = transport->poll(seen, messages_max, now);
        check(handed_out <= messages_max);
    }
    check(transport->close_cause() != CloseCause::none);
    const std::uint16_t code = transport->close_code();
    check(transport->close_cause() != CloseCause::handshake_failed || code == 0 ||
          (code >= 100 && code <= 999));
    check(transport->send_text("late") == SendResult::closed);
    check(transport->poll(seen, messages_max, now) == 0);
    outcome.frames = std::move(seen.frames);
    outcome.cause = transport->close_cause();
    outcome.code = transport->close_code();
    outcome.reason = std::string(transport->close_reason());
    return outcome;
}

/// What we ended ourselves, at a frame that came: nothing is handed out behind it, and what the
/// peer does then changes neither cause nor code.
void check_end_of_ours(const Outcome& outcome, Act act, std::size_t act_at) {
    if (outcome.frames.size() <= act_at) {
        return;  // it ended before
    }
    check(outcome.frames.size() == act_at + 1 && outcome.cause == CloseCause::local);
    check(outcome.code == (act == Act::close ? 1000 : 0));
    check(outcome.reason == (act == Act::close ? "done" : "cut"));
}

void check_against(const test::TwinReading& twin, const Outcome& outcome, Act act,
                   std::size_t act_at, bool ours) {
    std::vector<test::TwinFrame> pongs;
    check(test::twin_read_client(wire.outgoing, pongs));
    std::size_t answered = 0;
    for (const test::TwinFrame& frame : twin.frames) {
        if (frame.kind == FrameKind::ping && answered < pongs.size()) {
            check(pongs[answered++].payload == frame.payload);
        }
    }
    check(answered == pongs.size());
    if (act == Act::close || act == Act::cut) {
        check(outcome.frames.size() <= twin.frames.size());
        check(std::equal(outcome.frames.begin(), outcome.frames.end(), twin.frames.begin()));
        if (ours) {
            check_end_of_ours(outcome, act, act_at);
        }
        if (outcome.frames.size() > act_at) {
            return;
        }
    }
    check(outcome.frames == twin.frames);
    switch (twin.end) {
        case test::TwinEnd::unfinished:
            return check(outcome.cause == CloseCause::lost);
        case test::TwinEnd::closed:
            check(outcome.cause == CloseCause::peer && outcome.code == twin.close_code);
            return check(outcome.reason == twin.close_reason);
        case test::TwinEnd::broken:
            if (ours) {
                check(outcome.cause == CloseCause::protocol_error);
                return check(outcome.code == 1002 || outcome.code == 1007);
            }
            // To WebSocket++ a length of 2^63 is too big.
            return check(outcome.cause == CloseCause::protocol_error ||
                         outcome.cause == CloseCause::too_big);
        case test::TwinEnd::too_big:
            return check(outcome.cause == CloseCause::too_big && (!ours || outcome.code == 1009));
    }
}

}  // namespace
}  // namespace portcullis::gateways

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portcullis::gateways;  // NOLINT: one file, one purpose
    constexpr std::size_t head = 6;
    if (size < head || size > 8192) {
        return 0;
    }
    const bool raw = (data[0] & 1U) != 0;
    const auto act = static_cast<Act>(data[4] % 6);
    message_bytes_max = limits_of_a_message[data[0] >> 3U & 3U];
    std::string bytes(reinterpret_cast<const char*>(data) + head, size - head);
    put(bytes, "@LONG@", std::string(65'536, 'x'));
    const std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: @ACCEPT@\r\n\r\n";
    const std::string all = raw ? bytes : answer + bytes;

    for (const Make make : {&make_websocket_transport, &make_websocketpp_transport}) {
        wire = Wire{};
        wire.pieces[0] = 1 + std::size_t{data[1]};
        wire.pieces[1] = 1 + std::size_t{data[2]};
        wire.pauses = (data[0] & 2U) != 0;
        wire.takes = (data[0] & 4U) != 0 ? 1 + data[2] % 16U : 0;
        const Outcome cut = play(make, all, 1 + data[3] % 8U, act, data[5]);
        if (!raw) {
            check(cut.cause != CloseCause::handshake_failed);
            check_against(test::twin_read(bytes, message_bytes_max), cut, act, data[5],
                          make == &make_websocket_transport);
        }
        if (act == Act::close || act == Act::cut) {
            continue;  // how much had come by then is a matter of the pieces
        }
        wire = Wire{};
        wire.pieces[0] = wire.pieces[1] = all.size() + 32;
        const Outcome at_once = play(make, all, 1'000'000, act, data[5]);
        if (!(at_once == cut)) {
            tell("in pieces", cut);
            tell("at once", at_once);
            std::abort();
        }
    }
    return 0;
}
