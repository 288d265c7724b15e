#include "tools/venue/replay.hpp"

#include <algorithm>
#include <utility>

#include "engine/types/verify.hpp"
#include "tools/venue/replay_source.hpp"

namespace portcullis::tools::venue {

using engine::Done;
using engine::Error;
using engine::int128;
using engine::Outcome;
using engine::Result;
using engine::verify;

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
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
    std::function<void(const std::string&)> jumped;
    std::function<void(bool)> ticked;
    std::int64_t next_tick{1};  ///< in ticks
    std::vector<std::unique_ptr<ReplaySource>> sources;
    ReplayCounts counts;
    bool started{};
    bool paused{};
    bool failed{};
    // The clock: it stood at `anchor_position_ns` when the venue's time was `anchor_ns`.
    std::int64_t anchor_position_ns{};
    std::int64_t anchor_ns{};
    std::int64_t last_position_ns{};  ///< of what was played last

    [[nodiscard]] std::int64_t clock_position_ns(std::int64_t now_ns) const;
    [[nodiscard]] std::int64_t played_position_ns(std::int64_t now_ns) const;
    [[nodiscard]] std::int64_t due_ns(std::int64_t position_ns) const;
    [[nodiscard]] std::optional<std::int64_t> next_position_ns() const;
    [[nodiscard]] bool tick_is_next(const ReplaySource* next) const;
    void play_tick();
    [[nodiscard]] ReplaySource* next_source() const;
    void anchor(std::int64_t now_ns);
    Outcome play_next(ReplaySource& source, std::int64_t now_ns);
    Outcome next_lap(const ReplaySource& ended, std::int64_t now_ns);
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
    const int128 passed = int128{now_ns} - anchor_ns;
    return clamp_to_64(anchor_position_ns + passed * options.speed_e3 / 1000);
}

std::int64_t Replay::State::played_position_ns(std::int64_t now_ns) const {
    const ReplaySource* next = next_source();
    return next == nullptr ? last_position_ns
                           : std::min(clock_position_ns(now_ns), next->position_ns());
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
    return failed ? nullptr : next;
}

bool Replay::State::tick_is_next(const ReplaySource* next) const {
    const std::int64_t until =
        next != nullptr ? next->position_ns() : last_position_ns + ticks_per_second * tick_ns;
    return ticked && !failed && next_tick * tick_ns <= until;
}

/// Of the tick or message that comes next.
std::optional<std::int64_t> Replay::State::next_position_ns() const {
    const ReplaySource* next = next_source();
    if (tick_is_next(next)) {
        return next_tick * tick_ns;
    }
    return next == nullptr ? std::nullopt : std::optional{next->position_ns()};
}

void Replay::State::play_tick() {
    const bool full_second = next_tick % ticks_per_second == 0;
    ++next_tick;
    ticked(full_second);
}

/// What is due and not yet played stays so: the clock goes on from what has been played.
void Replay::State::anchor(std::int64_t now_ns) {
    verify(started);
    anchor_position_ns = played_position_ns(now_ns);
    anchor_ns = now_ns;
}

Outcome Replay::State::play_next(ReplaySource& source, std::int64_t now_ns) {
    const auto taken = source.take(now_ns / ns_per_ms);
    if (!taken) {
        return Error{taken.error()};
    }
    if (taken.value()) {
        const StreamKind kind = *taken.value();
        counts.depth += kind == StreamKind::depth ? 1U : 0U;
        counts.tickers += kind == StreamKind::ticker ? 1U : 0U;
        counts.trades += kind == StreamKind::trade ? 1U : 0U;
        counts.others += kind == StreamKind::other ? 1U : 0U;
        if (listener) {
            listener(source.symbol(), source.line().stream, source.line().data, kind);
        }
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
    anchor_position_ns = last_position_ns;
    anchor_ns = now_ns;
    for (const auto& source : sources) {
        if (same_session(source)) {
            source->lap_ns = last_position_ns;
            if (auto jumped_to = jump(*source, last_position_ns, now_ns); !jumped_to) {
                return jumped_to;
            }
        }
    }
    return Done{};
}

Outcome Replay::State::jump(ReplaySource& source, std::int64_t position_ns, std::int64_t now_ns) {
    if (auto done = source.jump(position_ns, now_ns / ns_per_ms); !done) {
        failed = true;
        return done;
    }
    if (jumped) {
        jumped(source.symbol());
    }
    return Done{};
}

Replay::Replay(std::unique_ptr<State> state) : state_(std::move(state)) {}
Replay::~Replay() = default;

void Replay::on_message(Listener listener) {
    state_->listener = std::move(listener);
}

void Replay::on_jump(std::function<void(const std::string&)> listener) {
    state_->jumped = std::move(listener);
}

void Replay::on_tick(std::function<void(bool)> listener) {
    state_->ticked = std::move(listener);
}

void Replay::start(std::int64_t now_ns) {
    verify(!state_->started);
    state_->started = true;
    state_->anchor_ns = now_ns;
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
    state_->anchor(now_ns);
    state_->options.speed_e3 = speed_e3;
}

std::int64_t Replay::speed_e3() const {
    return state_->options.speed_e3;
}

void Replay::set_loop(bool loop, std::int64_t now_ns) {
    state_->anchor(now_ns);
    state_->options.loop = loop;
}

Outcome Replay::seek(std::int64_t position_ns, std::int64_t now_ns) {
    verify(state_->started);
    verify(position_ns >= 0);
    for (const auto& source : state_->sources) {
        source->lap_ns = 0;
        if (auto done = state_->jump(*source, position_ns, now_ns); !done) {
            return done;
        }
    }
    state_->anchor_position_ns = position_ns;
    state_->anchor_ns = now_ns;
    state_->last_position_ns = position_ns;
    state_->next_tick = position_ns / tick_ns + 1;
    return Done{};
}

std::int64_t Replay::position_ns(std::int64_t now_ns) const {
    return state_->played_position_ns(now_ns);
}

Result<std::size_t> Replay::poll(std::int64_t now_ns, std::size_t messages_max) {
    verify(state_->started);
    std::size_t played = 0;
    while (!state_->paused && played < messages_max) {
        const auto position_ns = state_->next_position_ns();
        if (!position_ns || state_->due_ns(*position_ns) > now_ns) {
            break;
        }
        ReplaySource* next = state_->next_source();
        if (state_->tick_is_next(next)) {
            state_->play_tick();
            continue;
        }
        if (auto done = state_->play_next(*next, now_ns); !done) {
            state_->failed = true;
            return Error{done.error()};
        }
        ++played;
    }
    return played;
}

std::optional<std::int64_t> Replay::next_due_ns() const {
    verify(state_->started);
    const auto position_ns = state_->next_position_ns();
    return !position_ns || state_->paused ? std::nullopt
                                          : std::optional{state_->due_ns(*position_ns)};
}

bool Replay::finished() const {
    return state_->next_source() == nullptr;
}

const ReplayCounts& Replay::counts() const {
    return state_->counts;
}

}  // namespace portcullis::tools::venue
