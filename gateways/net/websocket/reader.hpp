// FrameReader: decrypted bytes of a server -> whole messages, read in place. No socket, no TLS: the
// transport puts the bytes in and takes what comes out, and so do the benches, from memory.
//
// What has come lies in one buffer, and a frame is a view of it: nothing is copied, and after the
// largest message nothing is allocated, but for a message in fragments, which is joined. Frames are
// read when they are asked for, so what comes behind a mistake or a close frame is never looked at.
// Invariants: 1. begin_ <= end_; 2. FrameView::padding bytes lie behind end_; 3. what was found
// stays where it is until make_room(true) or release_joined(). One owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/types/verify.hpp"
#include "gateways/net/transport.hpp"
#include "gateways/net/websocket/frames.hpp"
#include "gateways/net/websocket/utf8.hpp"

namespace portcullis::gateways {

class FrameReader {
public:
    /// Why a server's bytes are refused, as its close frame will say it.
    struct Fault {
        CloseCause cause;
        std::uint16_t code;
        const char* reason;
    };
    enum class Step : std::uint8_t {
        more_needed,
        fragment,  ///< taken in; its message is not at its end
        message,
        control,
        broken
    };
    struct Found {
        Step step{Step::more_needed};
        Opcode opcode{};       ///< of a control frame
        FrameKind kind{};      ///< of a message
        char* data{};          ///< of both: FrameView::padding bytes may be read behind it
        std::size_t size{};    ///< of both
        const Fault* fault{};  ///< where it is broken
    };

    /// Requires: before anything else. A message has at most `message_bytes_max`.
    void begin(std::size_t message_bytes_max) {
        message_bytes_max_ = message_bytes_max;
        in_.resize(buffer_bytes + FrameView::padding);
    }

    /// What has come and was not read.
    [[nodiscard]] std::string_view unread() const noexcept {
        return {in_.data() + begin_, end_ - begin_};
    }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    /// Passes over bytes that are no frames.
    void skip(std::size_t size) noexcept {
        engine::verify(size <= end_ - begin_);
        begin_ += size;
    }
    /// For one byte at least, and for the rest of a frame that has begun. False: there is none, and
    /// what was found `may` not `move` to make some.
    [[nodiscard]] bool make_room(bool may_move);
    [[nodiscard]] char* room() noexcept { return in_.data() + end_; }
    [[nodiscard]] std::size_t room_size() const noexcept {
        return in_.size() - FrameView::padding - end_;
    }
    /// So many bytes have come into room().
    void came(std::size_t size) noexcept {
        engine::verify(size <= room_size());
        end_ += size;
    }

    /// What the unread bytes begin with; reads it, unless more of it is needed.
    [[nodiscard]] Found next();
    /// A message or control frame as the sink is shown it: what lies behind is zero while it looks,
    /// whatever has come there. What a reader makes of a frame is not a matter of the next.
    static void show(FrameSink& sink, FrameKind kind, char* data, std::size_t size) {
        char behind[FrameView::padding];
        std::memcpy(behind, data + size, sizeof behind);
        std::memset(data + size, 0, sizeof behind);
        sink.on_frame({kind, data, size});
        std::memcpy(data + size, behind, sizeof behind);
    }
    /// Gives back the messages that were joined from fragments.
    void release_joined() noexcept { kept_.clear(); }

private:
    static constexpr std::size_t buffer_bytes = std::size_t{64} * 1024;
    static constexpr std::size_t head_bytes_max = 10;
    static constexpr Fault no_frame{CloseCause::protocol_error, 1002, "no frame of a server"};
    static constexpr Fault no_utf8{CloseCause::protocol_error, 1007, "a text that is no UTF-8"};
    static constexpr Fault too_big{CloseCause::too_big, 1009, "a message above the limit"};

    [[nodiscard]] bool text_holds(const FrameHead& head, const char* payload, std::size_t come);
    [[nodiscard]] Found join(const FrameHead& head, const char* payload);
    [[nodiscard]] static Found broken(const Fault& fault) noexcept {
        return {.step = Step::broken, .fault = &fault};
    }

    std::size_t message_bytes_max_{};
    std::vector<char> in_;
    std::size_t begin_{};
    std::size_t end_{};
    std::size_t wanted_{};        ///< of the frame that the buffer begins with, head included
    std::size_t text_checked_{};  ///< of the payload of that frame
    Utf8Check utf8_;
    bool inside_{};  ///< a message has begun and is not at its end
    FrameKind kind_{FrameKind::text};
    std::vector<char> joined_;             ///< of a message in fragments, what has come
    std::vector<std::vector<char>> kept_;  ///< such messages, found and not given back
};

inline bool FrameReader::make_room(bool may_move) {
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

inline FrameReader::Found FrameReader::next() {
    const std::string_view come = unread();
    const FrameHead head = read_head(come, inside_);
    if (head.state == FrameHead::State::broken) {
        return broken(no_frame);
    }
    if (head.state == FrameHead::State::unfinished) {
        wanted_ = head_bytes_max;
        return {};
    }
    const bool control = is_control(head.opcode);
    if (!control && head.payload_size > message_bytes_max_ - (inside_ ? joined_.size() : 0)) {
        return broken(too_big);
    }
    wanted_ = head.size + head.payload_size;
    const char* const payload = come.data() + head.size;
    if (!control && !text_holds(head, payload, come.size() - head.size)) {
        return broken(no_utf8);
    }
    if (come.size() < wanted_) {
        return {};
    }
    begin_ += std::exchange(wanted_, 0);
    text_checked_ = 0;
    if (!control && (inside_ || !head.fin)) {
        return join(head, payload);
    }
    return {.step = control ? Step::control : Step::message,
            .opcode = head.opcode,
            .kind = kind_,
            .data = in_.data() + begin_ - head.payload_size,
            .size = head.payload_size};
}

/// Looks at what has come of a text's payload and was not looked at; at its end it must be whole.
inline bool FrameReader::text_holds(const FrameHead& head, const char* payload, std::size_t come) {
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

inline FrameReader::Found FrameReader::join(const FrameHead& head, const char* payload) {
    joined_.insert(joined_.end(), payload, payload + head.payload_size);
    inside_ = !head.fin;
    if (inside_) {
        return {.step = Step::fragment};
    }
    const std::size_t size = joined_.size();
    joined_.resize(size + FrameView::padding);
    kept_.push_back(std::exchange(joined_, {}));
    return {.step = Step::message, .kind = kind_, .data = kept_.back().data(), .size = size};
}

}  // namespace portcullis::gateways
