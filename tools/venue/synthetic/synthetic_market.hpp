// SyntheticMarket: one synthetic symbol on the venue's clock: flow, matching engine and publisher.
//
// The counterpart of Replay for a market that nobody recorded. Its own time runs at `speed_e3` /
// 1000 from start(); messages carry the venue's time, so at speed 10 ten seconds of life pass in
// one, with depth every 100 ms of the venue's all the same.
// One owner, the exchange's thread. Clients' orders change the book between polls, and are told
// by the exchange's own listener at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/types/result.hpp"
#include "tools/venue/exchange.hpp"
#include "tools/venue/synthetic/flow.hpp"
#include "tools/venue/synthetic/publisher.hpp"

namespace portcullis::tools::venue {

struct SyntheticOptions {
    FlowParameters parameters;
    std::string script;
    std::uint64_t seed{1};
    std::int64_t speed_e3{1000};
};

class SyntheticMarket {
public:
    /// Adds the symbol to the exchange, puts up its first book, and becomes the exchange's
    /// listener for matched books. Requires: a known script, a speed above zero.
    SyntheticMarket(Exchange& exchange, const SyntheticOptions& options);
    SyntheticMarket(const SyntheticMarket&) = delete;
    SyntheticMarket& operator=(const SyntheticMarket&) = delete;

    void on_message(Publisher::Sink sink) { publisher_.on_message(std::move(sink)); }
    /// Called after each 100 ms, with whether a second is full: slower streams are made of it.
    void on_tick(std::function<void(bool full_second)> tick) { tick_ = std::move(tick); }
    /// Requires: not started.
    void start(std::int64_t now_ns);
    /// Does what is due, at most `steps_max`; gives how many. Requires: started.
    std::size_t poll(std::int64_t now_ns,
                     std::size_t steps_max = std::numeric_limits<std::size_t>::max());
    /// Requires: started.
    [[nodiscard]] std::int64_t next_due_ns() const;
    [[nodiscard]] const MatchingEngine& engine() const { return flow_.engine(); }

private:
    [[nodiscard]] std::int64_t flow_due_ns() const;

    const std::int64_t speed_e3_;
    Flow flow_;
    Publisher publisher_;
    std::int64_t start_ns_{-1};
    std::int64_t depth_due_ns_{};
    std::int64_t ticks_{};
    std::function<void(bool)> tick_;
};

}  // namespace portcullis::tools::venue
