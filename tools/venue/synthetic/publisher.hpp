// Publisher: what happened in a matched book as Binance's market messages, byte for byte.
//
// Trades are told at once, bookTickers once a step of the flow or a client's call is done (makers
// who move their quotes do it order by order, which no venue shows as so many tops), depth every
// 100 ms with all levels that changed, as they stand then. Ids are the engine's own: a depth
// message covers (the last one's `u`, now], and a bookTicker's `u` is the change that made it; so a
// client synchronises by Binance's rules and ends at the engine's book. Slower streams and
// aggregates are the venue's to make, as of a recording. One owner, the exchange's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "tools/venue/exchange.hpp"
#include "tools/venue/live_market.hpp"
#include "tools/venue/synthetic/matching_engine.hpp"

namespace portcullis::tools::venue {

class Publisher {
public:
    using Sink = LiveMarket::Sink;

    Publisher(const std::string& symbol, const MatchingEngine& engine);
    void on_message(Sink sink) { sink_ = std::move(sink); }
    /// Called before the first trade of each order that takes.
    void on_taker(std::function<void()> listener) { taker_began_ = std::move(listener); }
    /// Messages begin with what changes from here on.
    void start();
    /// Trades at once. The top of the book is told by ticker(), once what moves it is done.
    void on_changes(const MatchingEngine::Changes& changes, std::int64_t now_ms);
    /// The top of the book, where it is not as last told.
    void ticker();
    /// The depth message of the time since the last; nothing where nothing changed.
    void depth(std::int64_t now_ms);

private:
    void trade(const MatchingEngine::Trade& trade, std::int64_t now_ms);
    void levels(const char* name, Side side, const std::set<PriceAtoms>& prices);
    void send(const std::string& stream) { sink_(stream, text_); }

    const std::string symbol_;
    const MatchingEngine& engine_;
    const std::string depth_stream_, ticker_stream_, trade_stream_;
    Sink sink_;
    std::function<void()> taker_began_;
    std::int64_t taker_id_{};  ///< of the last trade told
    std::string text_;
    std::set<PriceAtoms> bids_, asks_;  ///< changed since the last depth message
    std::uint64_t told_id_{};           ///< of the last depth message
    std::optional<Level> bid_, ask_;    ///< as last told
};

}  // namespace portcullis::tools::venue
