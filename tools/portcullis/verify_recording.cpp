// Runs one recording; the report's texts are in verify_recording_report.cpp. See
// verify_recording.hpp.
#include "tools/portcullis/verify_recording.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <numeric>
#include <optional>

#include "engine/book/market.hpp"
#include "gateways/binance/book_sync.hpp"
#include "gateways/binance/market_data.hpp"
#include "tools/recording/recording.hpp"

namespace portcullis::tools {
namespace {

using engine::BookDelta;
using engine::Side;
namespace binance = gateways::binance;

constexpr engine::InstrumentId instrument{0};

/// Holds depth events back until the ticker that they are compared with is certain.
class TickerOracle {
public:
    explicit TickerOracle(RecordingReport& report) : report_(report) {}

    void on_ticker(const engine::TopOfBook& ticker) {
        if (!tickers_.empty() && ticker.update < tickers_.back().update) {
            return;  // older than one that came before
        }
        tickers_.push_back(ticker);
        resolve(ticker.update.value);
    }
    void on_book(std::uint64_t update, const engine::L2Book& book) {
        waiting_.push_back({update, book.best(Side::buy).value_or(engine::BookLevel{}),
                            book.best(Side::sell).value_or(engine::BookLevel{})});
        if (!tickers_.empty()) {
            resolve(tickers_.back().update.value);
        }
    }
    void finish() { resolve(std::uint64_t(-1)); }

private:
    struct Waiting {
        std::uint64_t update{};
        engine::BookLevel bid{};
        engine::BookLevel ask{};
    };

    [[nodiscard]] static bool equal(const engine::BookLevel& a, const engine::BookLevel& b) {
        return a.price == b.price && a.qty == b.qty;
    }

    /// Compares every waiting event below `seen`: no later ticker can belong to it.
    void resolve(std::uint64_t seen) {
        for (; !waiting_.empty() && waiting_.front().update < seen; waiting_.pop_front()) {
            const Waiting& event = waiting_.front();
            while (tickers_.size() > 1 && tickers_[1].update.value <= event.update) {
                tickers_.pop_front();
            }
            if (tickers_.empty() || tickers_.front().update.value > event.update) {
                ++report_.no_ticker;
            } else if (equal(tickers_.front().bid, event.bid) &&
                       equal(tickers_.front().ask, event.ask)) {
                ++report_.agree;
            } else {
                report_.disagree_at.emplace_back(event.update, tickers_.front().update.value);
            }
        }
    }

    RecordingReport& report_;
    std::deque<engine::TopOfBook> tickers_;
    std::deque<Waiting> waiting_;
};

/// The production chain for one instrument, with the oracle at its end.
class Chain final : private binance::BookSink {
public:
    Chain(const std::string& symbol, RecordingReport& report)
        : report_(report), decoder_({{symbol, instrument}}), sync_(instrument), oracle_(report) {}

    void on_line(const RecordedLine& line) {
        now_ = engine::MonoNs{line.receive_ns};
        if (line.snapshot) {
            on_snapshot(line.json);
            return;
        }
        const binance::DecodedMessage& message = decoder_.decode(line.json);
        switch (message.kind) {
            case binance::MessageKind::depth:
                ++report_.depth_messages;
                report_.futures = message.depth.futures;
                sync_.on_depth(message.depth, *this);
                return;
            case binance::MessageKind::top_of_book:
                ++report_.tickers;
                oracle_.on_ticker(message.top);
                note(market_.on(message.top, now_));
                return;
            case binance::MessageKind::trade:
                ++report_.trades;
                report_.trade_qty_atoms += message.trade.qty.value;
                market_.on(message.trade, now_);
                return;
            case binance::MessageKind::none:
                refuse(message.error, message.key);
                return;
            case binance::MessageKind::ignored:
            case binance::MessageKind::control_reply:
            case binance::MessageKind::venue_error:
            case binance::MessageKind::server_shutdown:
                ++report_.ignored;
                return;
        }
    }

    void finish() {
        oracle_.finish();
        report_.stale = sync_.counters().dropped_old;
        report_.gaps += sync_.counters().gaps;
        const engine::L2Book& book = market_.book();
        report_.valid = book.valid();
        if (!report_.valid) {
            return;
        }
        report_.final_id = book.last_update().value;
        report_.bid_levels = book.level_count(Side::buy);
        report_.ask_levels = book.level_count(Side::sell);
        constexpr std::size_t shown = 20;
        for (std::size_t i = 0; i < std::min(shown, report_.bid_levels); ++i) {
            report_.bids.push_back(book.level(Side::buy, i));
        }
        for (std::size_t i = 0; i < std::min(shown, report_.ask_levels); ++i) {
            report_.asks.push_back(book.level(Side::sell, i));
        }
    }

private:
    void on_snapshot(std::string_view json) {
        const auto error = snapshot_decoder_.decode(json, snapshot_);
        if (error != binance::DecodeError::none) {
            refuse(error, "snapshot");
            return;
        }
        snapshot_.instrument = instrument;
        market_.set_tick(tick_of(snapshot_));
        const auto outcome = sync_.on_snapshot(snapshot_, *this);
        if (outcome == binance::SnapshotOutcome::published ||
            outcome == binance::SnapshotOutcome::held) {
            report_.snapshot_id = snapshot_.last_update.value;
        }
    }

    void on_reset(const engine::BookReset& reset) override { market_.on_reset(reset.reason); }

    void on_book(std::span<const BookDelta> message) override {
        const bool snapshot = (message.front().flags & BookDelta::snapshot) != 0;
        for (const BookDelta& part : message) {
            const auto result = market_.on(part, now_);
            note(result);
            if (result.outcome == engine::BookOutcome::complete && !snapshot) {
                ++report_.applied;
                oracle_.on_book(part.last_update.value, market_.book());
            }
        }
        market_.recentre();
    }

    /// A recording has no definition of its instrument: what all prices of its snapshot are
    /// multiples of. A book is right with any tick; so it works as it does in trading.
    [[nodiscard]] static engine::PriceAtoms tick_of(const binance::DepthSnapshot& snapshot) {
        std::int64_t tick = 0;
        for (const auto* side : {&snapshot.bids, &snapshot.asks}) {
            for (const engine::BookLevel& level : *side) {
                tick = std::gcd(tick, level.price.value);
            }
        }
        return engine::PriceAtoms{tick};
    }

    void note(const engine::ApplyResult& result) {
        if (result.outcome != engine::BookOutcome::reset) {
            return;
        }
        if (result.reason == engine::ResetReason::gap) {
            ++report_.gaps;
        } else if (result.reason == engine::ResetReason::crossed) {
            ++report_.crossed;
        } else {
            ++report_.other_resets;
        }
    }

    void refuse(binance::DecodeError error, const char* key) {
        ++report_.refused;
        ++report_.refusals[std::string{binance::describe(error)} + " (" + key + ")"];
    }

    RecordingReport& report_;
    binance::MarketDataDecoder decoder_;
    binance::SnapshotDecoder snapshot_decoder_;
    binance::DepthSnapshot snapshot_;
    binance::BookSynchronizer sync_;
    engine::InstrumentMarket market_;
    TickerOracle oracle_;
    engine::MonoNs now_{};
};

[[nodiscard]] std::int64_t clock_ns() {
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds{1};
}

/// "btcusd_perp@depth@0ms" -> "BTCUSD_PERP".
[[nodiscard]] std::string symbol_of(std::string_view stream) {
    std::string symbol{stream.substr(0, stream.find('@'))};
    for (char& c : symbol) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return symbol;
}

/// The symbol of the first line that has a stream.
[[nodiscard]] engine::Result<std::string> find_symbol(RecordingReader& reader) {
    RecordedLine line;
    for (;;) {
        const auto more = reader.next(line);
        if (!more.ok()) {
            return engine::Error{more.error()};
        }
        if (!more.value()) {
            return engine::Error{reader.path() + ": holds no stream message"};
        }
        if (!line.snapshot) {
            break;
        }
    }
    std::string symbol = symbol_of(line.stream);
    if (symbol.empty() || symbol.size() > 31) {
        return engine::Error{reader.path() + ": no symbol in stream " + std::string{line.stream}};
    }
    if (const auto back = reader.rewind(); !back.ok()) {
        return engine::Error{back.error()};
    }
    return symbol;
}

}  // namespace

engine::Result<RecordingReport> run_recording(const std::string& path) {
    const std::int64_t start = clock_ns();
    auto opened = RecordingReader::open(path);
    if (!opened.ok()) {
        return engine::Error{opened.error()};
    }
    RecordingReader& reader = opened.value();
    const auto symbol = find_symbol(reader);
    if (!symbol.ok()) {
        return engine::Error{symbol.error()};
    }
    RecordingReport report;
    report.file = path.substr(path.find_last_of('/') + 1);
    report.symbol = symbol.value();
    const auto chain = std::make_unique<Chain>(report.symbol, report);
    for (RecordedLine line;;) {
        const auto more = reader.next(line);
        if (!more.ok()) {
            return engine::Error{more.error()};
        }
        if (!more.value()) {
            break;
        }
        ++report.lines;
        report.bytes += line.json.size();
        const std::int64_t before = clock_ns();
        chain->on_line(line);
        report.work_ns += clock_ns() - before;
    }
    chain->finish();
    report.total_ns = clock_ns() - start;
    return report;
}

}  // namespace portcullis::tools
