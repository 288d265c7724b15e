#include "tools/venue/replay.hpp"

#include <algorithm>
#include <utility>

#include "engine/types/verify.hpp"
#include "tools/venue/durations.hpp"
#include "tools/venue/replay_source.hpp"

namespace portcullis::tools::venue {

using engine::Done;
using engine::Error;
using engine::int128;
using engine::Outcome;
using engine::Result;
using engine::verify;

namespace {

constexpr std::int64_t tick_ns = 100 * ns_per_ms;
constexpr std::int64_t ticks_per_second = 10;
constexpr std::int64_t same_session_ns = 60LL * 1'000'000'000;

std::int64_t clamp_to_64(int128 value) {
    const int128 most = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::clamp(value, -most, most));
}

}  // namespace

struct Replay::State {
    explicit State(const ReplayOptions& with) : options(with), paused(with.paused) {}
    ReplayOptions options;
    Listener listener;
    std::function<void(const std::string&)> taker_began;
    std::function<void(const std::string&)> jumped;
    std::function<void(bool, std::int64_t)> ticked;
    std::int64_t next_tick{1};  ///< in ticks
    std::vector<std::unique_ptr<ReplaySource>> sources;
    std::vector<std::unique_ptr<LiveMarket>> live;
    ReplayCounts counts;
    bool started{};
    bool paused{};
    std::string failure;  ///< file, line and why; then nothing recorded is played
    // The clock: it stood at `anchor_position_ns` when the venue's time was `anchor_ns`.
    std::int64_t anchor_position_ns{};
    std::int64_t anchor_ns{};
    std::int64_t last_position_ns{};  ///< of what was played last

    [[nodiscard]] std::int64_t clock_position_ns(std::int64_t now_ns) const;
    [[nodiscard]] std::int64_t played_position_ns(std::int64_t now_ns) const;
    [[nodiscard]] std::int64_t due_ns(std::int64_t position_ns) const;
    /// What comes next. Of several at one position a live market is first, then the tick.
    struct Next {
        enum class What : std::uint8_t { nothing, live, tick, line };
        What what{What::nothing};
        std::int64_t position_ns{};
        LiveMarket* market{};
        ReplaySource* source{};
    };
    [[nodiscard]] Next next() const;
    [[nodiscard]] ReplaySource* next_source() const;
    [[nodiscard]] LiveMarket* next_live() const;
    void play_tick();
    Outcome play(const Next& what, std::int64_t now_ns);
    void publish(const std::string& symbol, std::string_view stream, std::string_view data,
                 StreamKind kind);
    void anchor(std::int64_t now_ns);
    Outcome play_next(ReplaySource& source, std::int64_t now_ns);
    Outcome next_lap(const ReplaySource& ended, std::int64_t now_ns);
    Outcome next_laps(std::int64_t now_ns);
    Outcome jump(ReplaySource& source, std::int64_t position_ns, std::int64_t now_ns);
};

Result<std::unique_ptr<Replay>> Replay::open(Exchange& exchange,
                                             const std::vector<std::string>& recordings,
                                             const ReplayOptions& options) {
    if (options.speed_e3 <= 0) {
        return Error{"replay speed " + std::to_string(options.speed_e3) +
                     " thousandths, expected more than zero"};
    }
    auto state = std::make_unique<State>(options);
    for (const std::string& path : recordings) {
        auto source = ReplaySource::open(exchange, path);
        if (!source) {
            return Error{source.error()};
        }
        state->sources.push_back(std::move(source).value());
    }
    for (auto& source : state->sources) {
        for (const auto& other : state->sources) {
            if (other->origin_ns < source->origin_ns &&
                source->origin_ns - other->origin_ns <= same_session_ns) {
                source->origin_ns = other->origin_ns;
            }
        }
    }
    return std::unique_ptr<Replay>{new Replay{std::move(state)}};
}

std::int64_t Replay::State::clock_position_ns(std::int64_t now_ns) const {
    if (paused) {
        return anchor_position_ns;
    }
    const int128 passed = std::max(int128{now_ns} - anchor_ns, int128{0});
    return clamp_to_64(anchor_position_ns + passed * options.speed_e3 / 1000);
}

std::int64_t Replay::State::played_position_ns(std::int64_t now_ns) const {
    const ReplaySource* line = next_source();
    const LiveMarket* market = next_live();
    if (line == nullptr && market == nullptr) {
        return last_position_ns;
    }
    std::int64_t position_ns = clock_position_ns(now_ns);
    if (line != nullptr) {
        position_ns = std::min(position_ns, line->position_ns());
    }
    return market == nullptr ? position_ns : std::min(position_ns, market->next_position_ns());
}

std::int64_t Replay::State::due_ns(std::int64_t position_ns) const {
    const int128 ahead = int128{position_ns} - anchor_position_ns;
    return clamp_to_64(anchor_ns + ahead * 1000 / options.speed_e3);
}

/// The source that stands before the earliest line; the first of them where several are as early.
ReplaySource* Replay::State::next_source() const {
    ReplaySource* next = nullptr;
    for (const auto& source : sources) {
        if (source->has_line() &&
            (next == nullptr || source->position_ns() < next->position_ns())) {
            next = source.get();
        }
    }
    return failure.empty() ? next : nullptr;
}

/// The same among live markets.
LiveMarket* Replay::State::next_live() const {
    LiveMarket* next = nullptr;
    for (const auto& market : live) {
        if (next == nullptr || market->next_position_ns() < next->next_position_ns()) {
            next = market.get();
        }
    }
    return next;
}

Replay::State::Next Replay::State::next() const {
    constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    Next next;
    next.source = next_source();
    next.market = next_live();
    const std::int64_t line_ns = next.source != nullptr ? next.source->position_ns() : never;
    const std::int64_t live_ns = next.market != nullptr ? next.market->next_position_ns() : never;
    const bool ended = next.source == nullptr && next.market == nullptr;
    const std::int64_t tick_at_ns = next_tick * tick_ns;
    const std::int64_t ticks_until_ns =
        ended ? last_position_ns + ticks_per_second * tick_ns : std::min(line_ns, live_ns);
    const bool ticks = ticked && !(ended && !failure.empty());
    if (next.market != nullptr && live_ns <= line_ns && (!ticks || live_ns <= tick_at_ns)) {
        next.what = Next::What::live;
        next.position_ns = live_ns;
    } else if (ticks && tick_at_ns <= ticks_until_ns) {
        next.what = Next::What::tick;
        next.position_ns = tick_at_ns;
    } else if (next.source != nullptr) {
        next.what = Next::What::line;
        next.position_ns = line_ns;
    }
    return next;
}

void Replay::State::play_tick() {
    const std::int64_t tick = next_tick++;
    ticked(tick % ticks_per_second == 0, due_ns(tick * tick_ns));
}

/// What is due and not yet played stays so: the clock goes on from what has been played.
void Replay::State::anchor(std::int64_t now_ns) {
    verify(started);
    anchor_position_ns = played_position_ns(now_ns);
    anchor_ns = std::max(anchor_ns, now_ns);  // a lap that waits goes on waiting
}

void Replay::State::publish(const std::string& symbol, std::string_view stream,
                            std::string_view data, StreamKind kind) {
    counts.depth += kind == StreamKind::depth ? 1U : 0U;
    counts.tickers += kind == StreamKind::ticker ? 1U : 0U;
    counts.trades += kind == StreamKind::trade ? 1U : 0U;
    counts.others += kind == StreamKind::other ? 1U : 0U;
    if (listener) {
        listener(symbol, stream, data, kind);
    }
}

Outcome Replay::State::play(const Next& what, std::int64_t now_ns) {
    switch (what.what) {
        case Next::What::nothing:
            break;
        case Next::What::live:
            what.market->step(due_ns(what.position_ns));
            last_position_ns = std::max(last_position_ns, what.position_ns);
            break;
        case Next::What::tick:
            play_tick();
            break;
        case Next::What::line:
            return play_next(*what.source, now_ns);
    }
    return Done{};
}

Outcome Replay::State::play_next(ReplaySource& source, std::int64_t now_ns) {
    const auto taken = source.take(now_ns / ns_per_ms);
    if (!taken) {
        return Error{taken.error()};
    }
    if (taken.value()) {
        const StreamKind kind = *taken.value();
        publish(source.symbol(), source.line().stream, source.line().data, kind);
    }
    last_position_ns = std::max(last_position_ns, source.position_ns());
    if (auto advanced = source.advance(); !advanced) {
        return advanced;
    }
    return source.has_line() || !options.loop ? Outcome{Done{}} : next_lap(source, now_ns);
}

/// When all of a session have ended it begins again, now.
Outcome Replay::State::next_lap(const ReplaySource& ended, std::int64_t now_ns) {
    const auto same_session = [&](const auto& source) {
        return source->origin_ns == ended.origin_ns;
    };
    for (const auto& source : sources) {
        if (same_session(source) && source->has_line()) {
            return Done{};
        }
    }
    const std::int64_t wait_ns =
        std::max<std::int64_t>(0, ended.lap_began_ns + options.lap_ns_min - now_ns);
    std::int64_t lap_position_ns = last_position_ns;
    if (live.empty()) {
        anchor_position_ns = last_position_ns;
        anchor_ns = now_ns + wait_ns;
    } else {  // a live market's times do not depend on what is played beside it
        lap_position_ns += wait_ns / 1000 * options.speed_e3;
    }
    ++counts.laps;
    for (const auto& source : sources) {
        if (same_session(source)) {
            source->lap_began_ns = now_ns + wait_ns;
            source->lap_ns = lap_position_ns;
            if (auto jumped_to = jump(*source, lap_position_ns, now_ns); !jumped_to) {
                return jumped_to;
            }
        }
    }
    return Done{};
}

/// The same for whatever has ended already, where the clock or the wish for laps has just changed.
Outcome Replay::State::next_laps(std::int64_t now_ns) {
    for (const auto& source : sources) {
        if (options.loop && started && !source->has_line()) {
            if (auto begun = next_lap(*source, now_ns); !begun) {
                return begun;
            }
        }
    }
    return Done{};
}

Outcome Replay::State::jump(ReplaySource& source, std::int64_t position_ns, std::int64_t now_ns) {
    if (auto done = source.jump(position_ns, now_ns / ns_per_ms); !done) {
        failure = done.error();
        return done;
    }
    if (jumped) {
        jumped(source.symbol());
    }
    return Done{};
}

void Replay::add(std::unique_ptr<LiveMarket> market) {
    verify(!state_->started);
    verify(state_->options.speed_e3 <= live_speed_max_e3);
    const auto same = [&market](const auto& other) { return other->symbol() == market->symbol(); };
    verify(std::none_of(state_->sources.begin(), state_->sources.end(), same));
    verify(std::none_of(state_->live.begin(), state_->live.end(), same));
    market->on_message([state = state_.get(), symbol = market->symbol()](std::string_view stream,
                                                                         std::string_view data) {
        state->publish(symbol, stream, data, stream_kind(stream));
    });
    market->on_taker([state = state_.get(), symbol = market->symbol()] {
        if (state->taker_began) {
            state->taker_began(symbol);
        }
    });
    state_->live.push_back(std::move(market));
}

std::size_t Replay::recordings() const {
    return state_->sources.size();
}

std::size_t Replay::live_markets() const {
    return state_->live.size();
}

Replay::Replay(std::unique_ptr<State> state) : state_(std::move(state)) {}
Replay::~Replay() = default;

void Replay::on_message(Listener listener) {
    state_->listener = std::move(listener);
}

void Replay::on_taker(std::function<void(const std::string&)> listener) {
    state_->taker_began = std::move(listener);
}

void Replay::on_jump(std::function<void(const std::string&)> listener) {
    state_->jumped = std::move(listener);
}

void Replay::on_tick(std::function<void(bool, std::int64_t)> listener) {
    state_->ticked = std::move(listener);
}

void Replay::start(std::int64_t now_ns) {
    verify(!state_->started);
    state_->started = true;
    state_->anchor_ns = now_ns;
    for (const auto& source : state_->sources) {
        source->lap_began_ns = now_ns;
    }
}

bool Replay::started() const {
    return state_->started;
}

void Replay::pause(std::int64_t now_ns) {
    state_->anchor(now_ns);
    state_->paused = true;
}

void Replay::resume(std::int64_t now_ns) {
    state_->anchor(now_ns);
    state_->paused = false;
}

bool Replay::paused() const {
    return state_->paused;
}

void Replay::set_speed(std::int64_t speed_e3, std::int64_t now_ns) {
    verify(speed_e3 > 0);
    verify(state_->live.empty() || speed_e3 <= live_speed_max_e3);
    state_->anchor(now_ns);
    state_->options.speed_e3 = speed_e3;
}

std::int64_t Replay::speed_e3() const {
    return state_->options.speed_e3;
}

Outcome Replay::set_loop(bool loop, std::int64_t now_ns) {
    if (!failure().empty()) {
        return Error{failure()};
    }
    state_->anchor(now_ns);
    state_->options.loop = loop;
    return state_->next_laps(now_ns);
}

Outcome Replay::can_seek() const {
    return state_->live.empty() ? Outcome{Done{}}
                                : Error{"seek: " + state_->live.front()->symbol() +
                                        " is synthetic: nobody recorded what it will have done"};
}

Outcome Replay::seek(std::int64_t position_ns, std::int64_t now_ns) {
    verify(state_->started);
    verify(position_ns >= 0);
    if (auto can = can_seek(); !can) {
        return can;
    }
    std::vector<std::unique_ptr<ReplaySource>> there;  // all of them, or none of them moves
    for (const auto& source : state_->sources) {
        auto found = source->elsewhere(position_ns);
        if (!found) {
            return Error{found.error()};
        }
        there.push_back(std::move(found).value());
    }
    state_->failure.clear();
    state_->sources = std::move(there);
    for (const auto& source : state_->sources) {
        source->land(now_ns / ns_per_ms);
        if (state_->jumped) {
            state_->jumped(source->symbol());
        }
    }
    state_->anchor_position_ns = position_ns;
    state_->anchor_ns = now_ns;
    state_->last_position_ns = position_ns;
    state_->next_tick = position_ns / tick_ns + 1;
    return state_->next_laps(now_ns);
}

std::int64_t Replay::position_ns(std::int64_t now_ns) const {
    return state_->played_position_ns(now_ns);
}

Result<std::size_t> Replay::poll(std::int64_t now_ns, std::size_t messages_max) {
    verify(state_->started);
    std::size_t played = 0;
    while (!state_->paused && played < messages_max) {
        const State::Next next = state_->next();
        if (next.what == State::Next::What::nothing || state_->due_ns(next.position_ns) > now_ns) {
            break;
        }
        if (auto done = state_->play(next, now_ns); !done) {
            state_->failure = done.error();
            return Error{done.error()};
        }
        played += next.what == State::Next::What::tick ? 0U : 1U;
    }
    return played;
}

std::optional<std::int64_t> Replay::next_due_ns() const {
    verify(state_->started);
    const State::Next next = state_->next();
    return next.what == State::Next::What::nothing || state_->paused
               ? std::nullopt
               : std::optional{state_->due_ns(next.position_ns)};
}

bool Replay::finished() const {
    return state_->next_source() == nullptr && state_->live.empty();
}

const std::string& Replay::failure() const {
    return state_->failure;
}

const ReplayCounts& Replay::counts() const {
    return state_->counts;
}

}  // namespace portcullis::tools::venue
