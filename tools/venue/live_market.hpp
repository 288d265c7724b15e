// LiveMarket: a market that makes its own messages as time goes on, beside recordings.
//
// The replay moves it by the one clock of all markets, in order of position, so that it can be
// paused and hurried like a recording. It cannot be sought in: nobody knows what it will have done.
// The seam between the replay and synthetic/; neither knows more of the other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace portcullis::tools::venue {

class LiveMarket {
public:
    using Sink = std::function<void(std::string_view stream, std::string_view data)>;

    LiveMarket() = default;
    LiveMarket(const LiveMarket&) = delete;
    LiveMarket& operator=(const LiveMarket&) = delete;
    virtual ~LiveMarket() = default;

    [[nodiscard]] virtual const std::string& symbol() const = 0;
    /// Where its messages go from here on; those that clients' orders cause come between steps.
    virtual void on_message(Sink sink) = 0;
    /// Called before the first trade of each order that takes, which the messages do not tell.
    virtual void on_taker(std::function<void()> listener) = 0;
    /// When it does something next, in nanoseconds since the beginning; never earlier than before.
    [[nodiscard]] virtual std::int64_t next_position_ns() const = 0;
    /// Does it. due_ns: the venue's time that the position falls on.
    virtual void step(std::int64_t due_ns) = 0;
};

}  // namespace portcullis::tools::venue
