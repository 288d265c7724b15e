// GatheringStream: the layer between WebSocket and TLS that gathers what is to be written.
//
// A market sends many small frames. A TLS record and a system call for each would cost more than
// all the rest, so bytes are appended to one buffer, and what has come while a write is under way
// goes out together with the next: the first frame leaves at once, the others share its successor.
// Beast writes its control frames through the same buffer, each in one call, so frames never mix.
// Included by listener.cpp only (the style check knows). One thread. Invariants: 1. one write is
// under way at most; 2. bytes leave in the order in which they were appended; 3. after a failure
// nothing leaves any more.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tools/venue/server/shaped_stream.hpp"

namespace portcullis::tools::venue {

/// One whole unmasked text frame (RFC 6455, 5.2), appended to `out`.
inline void append_text_frame(std::string& out, std::string_view payload) {
    const auto byte = [&out](std::size_t value) { out.push_back(static_cast<char>(value & 0xFF)); };
    byte(0x81);
    if (payload.size() < 126) {
        byte(payload.size());
    } else {
        const bool wide = payload.size() > 0xFFFF;
        byte(wide ? 127 : 126);
        for (unsigned shift = wide ? 56 : 8;; shift -= 8) {
            byte(payload.size() >> shift);
            if (shift == 0) {
                break;
            }
        }
    }
    out.append(payload);
}

class GatheringStream {
public:
    using Tls = PlainStream;
    using Error = boost::beast::error_code;
    using executor_type = Tls::executor_type;

    explicit GatheringStream(Tls stream) : state_(std::make_shared<State>(std::move(stream))) {}

    executor_type get_executor() noexcept { return state_->tls.get_executor(); }
    Tls& next_layer() noexcept { return state_->tls; }
    [[nodiscard]] const Tls& next_layer() const noexcept { return state_->tls; }

    /// Bytes that have not left this process.
    [[nodiscard]] std::size_t backlog_bytes() const {
        return state_->pending.size() + state_->flying.size();
    }
    /// When a write last came to its end.
    [[nodiscard]] std::chrono::steady_clock::time_point written_at() const {
        return state_->written_at;
    }
    [[nodiscard]] bool busy() const { return state_->writing; }
    /// Where the next bytes are put; flush() afterwards.
    [[nodiscard]] std::string& buffer() { return state_->pending; }
    void flush() { state_->flush(); }
    /// Nothing leaves any more: TLS says goodbye. A write behind it would fail at once, and Asio
    /// completes such a one by a read of no bytes, beside the read that waits for the peer's
    /// goodbye.
    void shut() {
        state_->shut = true;
        state_->pending.clear();
    }
    /// Calls back, never from inside, when all has left or the stream has failed. One at a time.
    void when_drained(std::function<void(Error)> then) {
        state_->drained = std::move(then);
        boost::asio::post(get_executor(), [state = state_] { state->tell_drained(); });
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return state_->tls.async_read_some(buffers, std::forward<Token>(token));
    }

    /// Takes all of it and completes at once.
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, void(Error, std::size_t)>(
            [state = state_](auto handler, const Buffers& from) {
                const std::size_t size = boost::beast::buffer_bytes(from);
                for (const auto part : boost::beast::buffers_range_ref(from)) {
                    state->pending.append(static_cast<const char*>(part.data()), part.size());
                }
                state->flush();
                boost::asio::post(
                    state->tls.get_executor(),
                    boost::beast::bind_front_handler(std::move(handler), state->failure,
                                                     state->failure ? std::size_t{0} : size));
            },
            token, buffers);
    }

private:
    struct State : std::enable_shared_from_this<State> {
        explicit State(Tls stream) : tls(std::move(stream)) {}

        void flush() {
            if (shut) {
                pending.clear();
            }
            if (writing || pending.empty() || failure) {
                return;
            }
            writing = true;
            flying.swap(pending);
            boost::asio::async_write(
                tls, boost::asio::buffer(flying),
                [self = shared_from_this()](Error error, std::size_t) { self->written(error); });
        }
        void written(Error error) {
            writing = false;
            written_at = std::chrono::steady_clock::now();
            flying.clear();
            if (error) {
                failure = error;
                pending.clear();
                // The pending read fails, and the owner learns of it there.
                boost::beast::get_lowest_layer(tls).close();
            }
            flush();
            tell_drained();
        }
        void tell_drained() {
            if (drained && !writing) {
                std::exchange(drained, nullptr)(failure);
            }
        }

        Tls tls;
        std::string pending, flying;
        std::function<void(Error)> drained;
        std::chrono::steady_clock::time_point written_at{std::chrono::steady_clock::now()};
        Error failure;
        bool writing{false}, shut{false};
    };
    std::shared_ptr<State> state_;
};

/// Found by Beast through the stream's namespace: TLS may say goodbye when the rest has left.
template <class Handler>
void async_teardown(boost::beast::role_type role, GatheringStream& stream, Handler&& handler) {
    auto kept = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
    stream.when_drained([role, kept, layer = stream](GatheringStream::Error error) mutable {
        if (error) {
            std::move (*kept)(error);
        } else {
            layer.shut();
            async_teardown(role, layer.next_layer(), std::move(*kept));
        }
    });
}

}  // namespace portcullis::tools::venue
