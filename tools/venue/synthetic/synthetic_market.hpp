// SyntheticMarket: one synthetic symbol on the clock of all markets: flow, engine and publisher.
//
// Lives by position, which the replay moves; messages carry the venue's time. At speed 10 ten
// seconds of life pass in one, and depth comes every 10 ms of the venue's time, as of a recording.
// One owner, the exchange's thread. Clients' orders change the book between steps, and are told
// by the exchange's own listener at once. Invariants: 1. what it does depends on its options and on
// the orders of clients in it, not on what else the venue plays; 2. its times never go back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "tools/venue/exchange.hpp"
#include "tools/venue/live_market.hpp"
#include "tools/venue/synthetic/flow.hpp"
#include "tools/venue/synthetic/publisher.hpp"

namespace portcullis::tools::venue {

struct SyntheticOptions {
    FlowParameters parameters;
    std::string script;
    std::uint64_t seed{1};
};

class SyntheticMarket final : public LiveMarket {
public:
    /// Adds the symbol to the exchange, which must not have it and must outlive the market, puts
    /// up its first book and becomes the listener for it. Requires: a known script.
    SyntheticMarket(Exchange& exchange, const SyntheticOptions& options);

    [[nodiscard]] const std::string& symbol() const override { return symbol_; }
    void on_message(Sink sink) override { publisher_.on_message(std::move(sink)); }
    void on_taker(std::function<void()> listener) override {
        publisher_.on_taker(std::move(listener));
    }
    [[nodiscard]] std::int64_t next_position_ns() const override;
    void step(std::int64_t due_ns) override;
    [[nodiscard]] const MatchingEngine& engine() const { return flow_.engine(); }

private:
    const std::string symbol_;
    Flow flow_;
    Publisher publisher_;
    std::int64_t depth_position_ns_;  ///< of the next depth message
    std::int64_t told_ms_{};          ///< the latest time in a message
    bool in_step_{false};             ///< of the flow: its tops in between are nobody's
};

}  // namespace portcullis::tools::venue
