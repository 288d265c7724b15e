#include "tools/venue/replay_source.hpp"

#include <limits>
#include <utility>

#include "engine/types/verify.hpp"
#include "tools/venue/sidecar.hpp"

namespace portcullis::tools::venue {

using engine::Done;
using engine::Error;
using engine::Outcome;
using engine::Result;

/// The book that is built while nobody looks.
struct ReplaySource::Aside {
    RecordedBook book;
    std::optional<TickerMessage> ticker;
};

Result<std::unique_ptr<ReplaySource>> ReplaySource::open(Exchange& exchange,
                                                         const std::string& recording) {
    auto symbol = load_sidecar(sidecar_path(recording));
    if (!symbol) {
        return Error{symbol.error()};
    }
    if (exchange.symbols().count(symbol.value().name) != 0) {
        return Error{recording + ": a second recording of " + symbol.value().name};
    }
    auto reader = RecordingReader::open(recording);
    if (!reader) {
        return Error{reader.error()};
    }
    exchange.add_symbol(symbol.value());
    std::unique_ptr<ReplaySource> source{
        new ReplaySource{exchange, std::move(reader).value(), symbol.value().name}};
    Aside aside;
    if (auto read = source->read_to_snapshot(aside); !read) {
        return Error{read.error()};
    }
    source->origin_ns = source->line_.receive_ns;
    if (auto begun = source->jump(0, 0); !begun) {
        return Error{begun.error()};
    }
    return source;
}

ReplaySource::ReplaySource(Exchange& exchange, RecordingReader reader, std::string symbol)
    : exchange_(exchange), reader_(std::move(reader)), symbol_(std::move(symbol)) {}

ReplaySource::~ReplaySource() = default;

Outcome ReplaySource::jump(std::int64_t position_ns, std::int64_t now_ms) {
    Aside aside;
    if (auto read = read_to_position(aside, position_ns); !read) {
        return read;
    }
    tell(aside, now_ms);
    return Done{};
}

Result<std::unique_ptr<ReplaySource>> ReplaySource::elsewhere(std::int64_t position_ns) const {
    auto reader = RecordingReader::open(reader_.path());
    if (!reader) {
        return Error{reader.error()};
    }
    std::unique_ptr<ReplaySource> there{
        new ReplaySource{exchange_, std::move(reader).value(), symbol_}};
    there->origin_ns = origin_ns;
    there->landing_ = std::make_unique<Aside>();
    if (auto read = there->read_to_position(*there->landing_, position_ns); !read) {
        return Error{read.error()};
    }
    return there;
}

void ReplaySource::land(std::int64_t now_ms) {
    engine::verify(landing_ != nullptr);
    tell(*std::exchange(landing_, nullptr), now_ms);
}

Outcome ReplaySource::read_to_position(Aside& aside, std::int64_t position_ns) {
    if (auto read = read_to_snapshot(aside); !read) {
        return read;
    }
    auto advanced = advance();
    for (; advanced && has_line_ && position_ns > lap_ns && this->position_ns() < position_ns;
         advanced = advance()) {
        if (auto skipped = skip_line(aside); !skipped) {
            return skipped;
        }
    }
    return advanced;
}

void ReplaySource::tell(const Aside& aside, std::int64_t now_ms) {
    const Exchange::BookCopy book = aside.book.depth(std::numeric_limits<std::size_t>::max());
    exchange_.market_snapshot(symbol_, book.bids, book.asks, book.last_update_id);
    if (aside.ticker) {
        exchange_.market_ticker(symbol_, aside.ticker->bid, aside.ticker->ask,
                                aside.ticker->update_id, now_ms);
    }
}

/// The venue's own rules of book synchronisation, on the events recorded before the snapshot.
/// Stands before the snapshot's line afterwards.
Outcome ReplaySource::read_to_snapshot(Aside& aside) {
    if (!std::exchange(at_beginning_, false)) {
        if (auto rewound = reader_.rewind(); !rewound) {
            return rewound;
        }
    }
    std::vector<DepthMessage> early;
    do {
        if (auto advanced = advance(); !advanced) {
            return advanced;
        }
        if (!has_line_) {
            return error("the file ends without a depth snapshot");
        }
        if (line_.snapshot) {
            break;
        }
        if (stream_kind(line_.stream) == StreamKind::depth) {
            auto event = messages_.depth(line_.data);
            if (!event) {
                return error(event.error());
            }
            early.push_back(std::move(event).value());
        } else if (auto skipped = skip_line(aside); !skipped) {
            return skipped;
        }
    } while (true);
    const auto snapshot = messages_.snapshot(line_.data);
    if (!snapshot) {
        return error(snapshot.error());
    }
    depth_id_ = snapshot.value().last_id;
    if (!early.empty() && early.front().first_id > depth_id_ + 1) {
        return error("the snapshot is older than the recorded depth stream");
    }
    aside.book.reset(snapshot.value().bids, snapshot.value().asks, depth_id_);
    for (const DepthMessage& event : early) {
        const auto newer = follows(event);
        if (!newer) {
            return Error{newer.error()};
        }
        if (newer.value()) {
            aside.book.apply_depth(event.bids, event.asks, event.last_id);
        }
    }
    return Done{};
}

Outcome ReplaySource::skip_line(Aside& aside) {
    const StreamKind kind = line_.snapshot ? StreamKind::other : stream_kind(line_.stream);
    if (kind == StreamKind::depth) {
        const auto event = messages_.depth(line_.data);
        const auto newer = event ? follows(event.value()) : Result<bool>{error(event.error())};
        if (!newer) {
            return Error{newer.error()};
        }
        if (newer.value()) {
            aside.book.apply_depth(event.value().bids, event.value().asks, event.value().last_id);
        }
    } else if (kind == StreamKind::ticker) {
        auto told = messages_.ticker(line_.data);
        if (!told) {
            return error(told.error());
        }
        aside.ticker = std::move(told).value();
    }
    return Done{};
}

Result<bool> ReplaySource::follows(const DepthMessage& event) {
    if (auto checked = check_symbol(event.symbol); !checked) {
        return Error{checked.error()};
    }
    if (event.last_id <= depth_id_) {
        return false;
    }
    if (event.first_id > depth_id_ + 1) {
        return error("gap: depth event begins at " + std::to_string(event.first_id) +
                     ", expected " + std::to_string(depth_id_ + 1));
    }
    depth_id_ = event.last_id;
    return true;
}

Result<std::optional<StreamKind>> ReplaySource::take(std::int64_t now_ms) {
    using Kind = std::optional<StreamKind>;
    if (line_.snapshot) {
        return Kind{};  // a later one adds nothing to a book without a gap
    }
    const StreamKind kind = stream_kind(line_.stream);
    if (kind == StreamKind::depth) {
        const auto event = messages_.depth(line_.data);
        const auto newer = event ? follows(event.value()) : Result<bool>{error(event.error())};
        if (!newer) {
            return Error{newer.error()};
        }
        if (!newer.value()) {
            return Kind{};
        }
        exchange_.market_depth(symbol_, event.value().bids, event.value().asks,
                               event.value().last_id, now_ms);
    } else if (kind == StreamKind::ticker) {
        const auto told = messages_.ticker(line_.data);
        const auto checked =
            told ? check_symbol(told.value().symbol) : Outcome{error(told.error())};
        if (!checked) {
            return Error{checked.error()};
        }
        exchange_.market_ticker(symbol_, told.value().bid, told.value().ask, told.value().update_id,
                                now_ms);
    } else if (kind == StreamKind::trade) {
        const auto told = messages_.trade(line_.data);
        const auto checked =
            told ? check_symbol(told.value().symbol) : Outcome{error(told.error())};
        if (!checked) {
            return Error{checked.error()};
        }
        exchange_.market_trade(symbol_, told.value().price, told.value().qty,
                               told.value().buyer_is_maker, now_ms, line_.receive_ns / 1'000'000);
    }
    return Kind{kind};
}

Outcome ReplaySource::advance() {
    auto more = reader_.next(line_);
    has_line_ = more && more.value();
    return more ? Outcome{Done{}} : Outcome{Error{more.error()}};
}

Error ReplaySource::error(const std::string& what) const {
    return Error{reader_.path() + ":" + std::to_string(line_.number) + ": " + what};
}

Outcome ReplaySource::check_symbol(const std::string& found) const {
    if (found != symbol_) {
        return error("symbol '" + found + "', expected '" + symbol_ + "' as in the sidecar");
    }
    return Done{};
}

}  // namespace portcullis::tools::venue
