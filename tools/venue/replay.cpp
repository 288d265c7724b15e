#include "tools/venue/replay.hpp"

#include <algorithm>
#include <utility>

#include "engine/types/verify.hpp"
#include "tools/recording/recording.hpp"
#include "tools/venue/sidecar.hpp"

namespace portcullis::tools::venue {

using engine::Done;
using engine::Error;
using engine::int128;
using engine::Outcome;
using engine::Result;
using engine::verify;

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t same_session_ns = 60LL * 1'000'000'000;

/// One recording, standing before its next line to be published.
struct Source {
    Source(RecordingReader opened, std::string symbol_name)
        : reader(std::move(opened)), symbol(std::move(symbol_name)) {}
    RecordingReader reader;
    std::string symbol;
    MessageReader messages;
    RecordedLine line;  ///< the next to publish; its views live until reader.next()
    bool has_line{};
    std::int64_t origin_ns{};  ///< recorded time that plays at `start_ns`
    std::int64_t start_ns{};
    std::uint64_t depth_id{};

    [[nodiscard]] Error error(const std::string& what) const {
        return Error{reader.path() + ":" + std::to_string(line.number) + ": " + what};
    }
    Outcome advance() {
        auto more = reader.next(line);
        if (!more) {
            has_line = false;
            return Error{more.error()};
        }
        has_line = more.value();
        return Done{};
    }
    Outcome check_symbol(const std::string& found) const {
        if (found != symbol) {
            return error("symbol '" + found + "', expected '" + symbol + "' as in the sidecar");
        }
        return Done{};
    }
};

}  // namespace

struct Replay::State {
    State(Exchange& to, const ReplayOptions& with) : exchange(to), options(with) {}
    Exchange& exchange;
    ReplayOptions options;
    Listener listener;
    std::vector<std::unique_ptr<Source>> sources;
    ReplayCounts counts;
    bool started{};
    bool failed{};

    Outcome begin(Source& source, std::int64_t now_ms);
    Outcome sync(Source& source, const DepthMessage& snapshot,
                 const std::vector<DepthMessage>& early, std::int64_t now_ms);
    Outcome take_depth(Source& source, const DepthMessage& event, std::int64_t now_ms);
    Outcome publish(Source& source, std::int64_t now_ms);
    Outcome play_next(Source& source, std::int64_t now_ns);
    [[nodiscard]] std::int64_t due_ns(const Source& source) const;
    [[nodiscard]] Source* next_source() const;
};

Result<std::unique_ptr<Replay>> Replay::open(Exchange& exchange,
                                             const std::vector<std::string>& recordings,
                                             const ReplayOptions& options) {
    if (options.speed_e3 <= 0) {
        return Error{"replay speed " + std::to_string(options.speed_e3) +
                     " thousandths, expected more than zero"};
    }
    auto state = std::make_unique<State>(exchange, options);
    for (const std::string& path : recordings) {
        auto symbol = load_sidecar(sidecar_path(path));
        if (!symbol) {
            return Error{symbol.error()};
        }
        if (exchange.symbols().count(symbol.value().name) != 0) {
            return Error{path + ": a second recording of " + symbol.value().name};
        }
        auto reader = RecordingReader::open(path);
        if (!reader) {
            return Error{reader.error()};
        }
        exchange.add_symbol(symbol.value());
        state->sources.push_back(
            std::make_unique<Source>(std::move(reader).value(), symbol.value().name));
        if (auto begun = state->begin(*state->sources.back(), 0); !begun) {
            return Error{begun.error()};
        }
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

/// Reads up to the first snapshot, sets the book, and stands before the first line to publish.
Outcome Replay::State::begin(Source& source, std::int64_t now_ms) {
    std::vector<DepthMessage> early;
    std::optional<TickerMessage> ticker;
    do {
        if (auto advanced = source.advance(); !advanced) {
            return advanced;
        }
        if (!source.has_line) {
            return source.error("the file ends without a depth snapshot");
        }
        const StreamKind kind =
            source.line.snapshot ? StreamKind::other : stream_kind(source.line.stream);
        if (kind == StreamKind::depth) {
            auto event = source.messages.depth(source.line.data);
            if (!event) {
                return source.error(event.error());
            }
            early.push_back(std::move(event).value());
        } else if (kind == StreamKind::ticker) {
            auto told = source.messages.ticker(source.line.data);
            if (!told) {
                return source.error(told.error());
            }
            ticker = std::move(told).value();
        }
    } while (!source.line.snapshot);

    auto snapshot = source.messages.snapshot(source.line.data);
    if (!snapshot) {
        return source.error(snapshot.error());
    }
    if (auto synced = sync(source, snapshot.value(), early, now_ms); !synced) {
        return synced;
    }
    if (ticker) {
        exchange.market_ticker(source.symbol, ticker->bid, ticker->ask, ticker->update_id, now_ms);
    }
    source.origin_ns = source.line.receive_ns;
    return source.advance();
}

/// The venue's own rules of book synchronisation, on the events recorded before the snapshot.
Outcome Replay::State::sync(Source& source, const DepthMessage& snapshot,
                            const std::vector<DepthMessage>& early, std::int64_t now_ms) {
    exchange.market_snapshot(source.symbol, snapshot.bids, snapshot.asks, snapshot.last_id);
    source.depth_id = snapshot.last_id;
    if (!early.empty() && early.front().first_id > snapshot.last_id + 1) {
        return source.error("the snapshot is older than the recorded depth stream");
    }
    for (const DepthMessage& event : early) {
        if (auto taken = take_depth(source, event, now_ms); !taken) {
            return taken;
        }
    }
    return Done{};
}

/// Stale events are passed over; the first that is not may reach back before the snapshot.
Outcome Replay::State::take_depth(Source& source, const DepthMessage& event, std::int64_t now_ms) {
    if (auto checked = source.check_symbol(event.symbol); !checked) {
        return checked;
    }
    if (event.last_id <= source.depth_id) {
        return Done{};
    }
    if (event.first_id > source.depth_id + 1) {
        return source.error("gap: depth event begins at " + std::to_string(event.first_id) +
                            ", expected " + std::to_string(source.depth_id + 1));
    }
    exchange.market_depth(source.symbol, event.bids, event.asks, event.last_id, now_ms);
    source.depth_id = event.last_id;
    return Done{};
}

/// Gives the source's line to the exchange and to the listener.
Outcome Replay::State::publish(Source& source, std::int64_t now_ms) {
    const StreamKind kind = stream_kind(source.line.stream);
    if (source.line.snapshot) {
        return Done{};  // a later one adds nothing to a book without a gap
    }
    if (kind == StreamKind::depth) {
        auto event = source.messages.depth(source.line.data);
        const std::uint64_t before = source.depth_id;
        auto taken = event ? take_depth(source, event.value(), now_ms)
                           : Outcome{source.error(event.error())};
        if (!taken || source.depth_id == before) {
            return taken;
        }
        ++counts.depth;
    } else if (kind == StreamKind::ticker) {
        auto told = source.messages.ticker(source.line.data);
        auto checked =
            told ? source.check_symbol(told.value().symbol) : Outcome{source.error(told.error())};
        if (!checked) {
            return checked;
        }
        exchange.market_ticker(source.symbol, told.value().bid, told.value().ask,
                               told.value().update_id, now_ms);
        ++counts.tickers;
    } else if (kind == StreamKind::trade) {
        auto told = source.messages.trade(source.line.data);
        auto checked =
            told ? source.check_symbol(told.value().symbol) : Outcome{source.error(told.error())};
        if (!checked) {
            return checked;
        }
        exchange.market_trade(source.symbol, told.value().price, told.value().qty,
                              told.value().buyer_is_maker, now_ms);
        ++counts.trades;
    } else {
        ++counts.others;
    }
    if (listener) {
        listener(source.symbol, source.line.stream, source.line.data, kind);
    }
    return Done{};
}

Outcome Replay::State::play_next(Source& source, std::int64_t now_ns) {
    if (auto published = publish(source, now_ns / ns_per_ms); !published) {
        return published;
    }
    if (auto advanced = source.advance(); !advanced || source.has_line || !options.loop) {
        return advanced;
    }
    if (auto rewound = source.reader.rewind(); !rewound) {
        return rewound;
    }
    source.start_ns = now_ns;
    return begin(source, now_ns / ns_per_ms);
}

std::int64_t Replay::State::due_ns(const Source& source) const {
    const int128 recorded = source.line.receive_ns - source.origin_ns;
    return source.start_ns + static_cast<std::int64_t>(recorded * 1000 / options.speed_e3);
}

Source* Replay::State::next_source() const {
    Source* next = nullptr;
    for (const auto& source : sources) {
        if (source->has_line && (next == nullptr || due_ns(*source) < due_ns(*next))) {
            next = source.get();
        }
    }
    return failed ? nullptr : next;
}

Replay::Replay(std::unique_ptr<State> state) : state_(std::move(state)) {}
Replay::~Replay() = default;

void Replay::on_message(Listener listener) {
    state_->listener = std::move(listener);
}

void Replay::start(std::int64_t now_ns) {
    verify(!state_->started);
    state_->started = true;
    for (auto& source : state_->sources) {
        source->start_ns = now_ns;
    }
}

bool Replay::started() const {
    return state_->started;
}

Result<std::size_t> Replay::poll(std::int64_t now_ns, std::size_t messages_max) {
    verify(state_->started);
    std::size_t played = 0;
    for (Source* next = state_->next_source();
         next != nullptr && played < messages_max && state_->due_ns(*next) <= now_ns;
         next = state_->next_source()) {
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
    const Source* next = state_->next_source();
    return next == nullptr ? std::nullopt : std::optional{state_->due_ns(*next)};
}

bool Replay::finished() const {
    return state_->next_source() == nullptr;
}

const ReplayCounts& Replay::counts() const {
    return state_->counts;
}

}  // namespace portcullis::tools::venue
