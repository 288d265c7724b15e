// Replay: plays recordings into the exchange and to whoever publishes them, on the venue's clock.
// Live markets (live_market.hpp) are moved by the same clock.
//
// Every message comes out byte for byte as recorded, with its recorded timestamps and update ids,
// after the exchange has taken it in; so a snapshot asked for at any moment is never older than
// what was published. A client must be able to synchronise from the first message on: the messages
// before the recorded REST snapshot, and those that it makes stale, are taken in while opening and
// never published.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/venue/exchange.hpp"
#include "tools/venue/live_market.hpp"
#include "tools/venue/market_message.hpp"

namespace portcullis::tools::venue {

/// More seconds in one than one processor lives through; recordings alone go at any speed.
inline constexpr std::int64_t live_speed_max_e3 = 1'000'000;

struct ReplayOptions {
    std::int64_t speed_e3{1000};  ///< thousandths: 1000 is as recorded, 10000 ten times as fast
    bool loop{false};
    bool paused{false};  ///< begins with its clock stopped
    /// Of the venue's time: a lap begins no sooner after the one before, for clients come anew for
    /// each. Meanwhile the clock stands, but for a live market.
    std::int64_t lap_ns_min{0};
};

struct ReplayCounts {
    std::uint64_t depth{}, tickers{}, trades{}, others{};
    std::uint64_t laps{};  ///< begun again, of all sessions
    [[nodiscard]] std::uint64_t messages() const { return depth + tickers + trades + others; }
};

// Clock: one position, in recorded nanoseconds since the beginning, which runs at `speed_e3` / 1000
// and can be stopped, moved and changed in speed while it runs. Recordings that begin within a
// minute of one another are one session and keep their distance; the others all begin at position
// 0. With `loop` a session whose recordings have all ended begins again from its snapshots: update
// ids then jump back, so whoever publishes them has to part from its clients (on_jump).
//
// One owner, the exchange's thread. Invariant: depth events reach the exchange without a gap; a
// recording that has one, or is cut short, ends with an error that names its line.
class Replay {
public:
    using Listener = std::function<void(const std::string& symbol, std::string_view stream,
                                        std::string_view data, StreamKind kind)>;

    /// Opens each recording with its sidecar, adds its symbol to the exchange (which must not have
    /// it) and sets its book. The exchange must outlive the replay.
    [[nodiscard]] static engine::Result<std::unique_ptr<Replay>> open(
        Exchange& exchange, const std::vector<std::string>& recordings,
        const ReplayOptions& options);
    /// A market that lives beside the recordings. Requires: not started, no other market of its
    /// symbol, a speed of at most live_speed_max_e3.
    void add(std::unique_ptr<LiveMarket> market);
    [[nodiscard]] std::size_t recordings() const;
    [[nodiscard]] std::size_t live_markets() const;
    ~Replay();
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;

    /// Called for each published message, in order.
    void on_message(Listener listener);
    /// Called before the first trade of each order that takes in a live market; of recorded trades
    /// nobody knows.
    void on_taker(std::function<void(const std::string& symbol)> listener);
    /// Called after a symbol's book was set anew: a lap of a loop, a seek.
    void on_jump(std::function<void(const std::string& symbol)> listener);
    /// Called every 100 ms of position, between what is recorded before and after it, after what a
    /// live market does at it, and for a second after the last message; `full_second` each tenth
    /// time, and the venue's time that the position falls on.
    void on_tick(std::function<void(bool full_second, std::int64_t due_ns)> listener);
    /// Sets the venue's time at which the recordings begin. Requires: not started.
    void start(std::int64_t now_ns);
    [[nodiscard]] bool started() const;

    /// The clock's commands. Require: started, and times that do not go back.
    void pause(std::int64_t now_ns);
    void resume(std::int64_t now_ns);
    [[nodiscard]] bool paused() const;
    /// Requires: more than zero, and at most live_speed_max_e3 beside a live market.
    void set_speed(std::int64_t speed_e3, std::int64_t now_ns);
    [[nodiscard]] std::int64_t speed_e3() const;
    [[nodiscard]] engine::Outcome set_loop(bool loop, std::int64_t now_ns);
    /// Sets every book to that of `position_ns`; what lies between is not published and fills
    /// nobody. Behind its end a recording shows its last book, or begins again where it loops. What
    /// has failed is played again, from there. An error, and nothing changed, where a market lives
    /// or one of the recordings cannot be read up to there.
    /// Requires: position_ns >= 0.
    /// Nobody recorded what a synthetic market will have done.
    [[nodiscard]] engine::Outcome can_seek() const;
    [[nodiscard]] engine::Outcome seek(std::int64_t position_ns, std::int64_t now_ns);
    /// Everything before it has been played: never beyond the next message.
    [[nodiscard]] std::int64_t position_ns(std::int64_t now_ns) const;

    /// Plays what is due, at most `messages_max`; gives how many. Requires: started. Times given to
    /// the exchange are `now_ns`, the same clock as the one that orders arrive on.
    [[nodiscard]] engine::Result<std::size_t> poll(
        std::int64_t now_ns, std::size_t messages_max = std::numeric_limits<std::size_t>::max());
    /// When the next message is due; none when finished or paused. Requires: started.
    [[nodiscard]] std::optional<std::int64_t> next_due_ns() const;
    /// All recordings have ended (or one failed), and no market lives.
    [[nodiscard]] bool finished() const;
    /// Why a recording could not be played to its end, with file and line; empty: none. Then no
    /// recording goes on until a seek.
    [[nodiscard]] const std::string& failure() const;
    [[nodiscard]] const ReplayCounts& counts() const;

private:
    struct State;
    explicit Replay(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace portcullis::tools::venue
