#include "tools/venue/synthetic/synthetic_market.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"
#include "tools/venue/durations.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

constexpr std::int64_t depth_every_ns = 100'000'000;
constexpr std::int64_t ns_per_us = 1'000;

}  // namespace

SyntheticMarket::SyntheticMarket(Exchange& exchange, const SyntheticOptions& options)
    : symbol_(options.parameters.symbol.name),
      flow_(exchange, options.parameters, script_phases(options.script), options.seed),
      publisher_(symbol_, flow_.engine()),
      depth_position_ns_(depth_every_ns) {
    verify(script_known(options.script));
    MatchingEngine& engine = exchange.matched_engine(symbol_);
    exchange.on_matched_change(symbol_, [this, &engine](std::int64_t now_ms) {
        // A client's order comes when it comes: perhaps after what was due and is not done yet.
        told_ms_ = std::max(told_ms_, now_ms);
        publisher_.on_changes(engine.take_changes(), told_ms_);
        if (!in_step_) {
            publisher_.ticker();
        }
    });
    flow_.open(0);
    publisher_.start();
}

std::int64_t SyntheticMarket::next_position_ns() const {
    return std::min(flow_.next_us() * ns_per_us, depth_position_ns_);
}

void SyntheticMarket::step(std::int64_t due_ns) {
    told_ms_ = std::max(told_ms_, due_ns / ns_per_ms);
    if (next_position_ns() == depth_position_ns_) {
        publisher_.depth(told_ms_);
        depth_position_ns_ += depth_every_ns;
    } else {
        in_step_ = true;
        flow_.step(told_ms_);
        in_step_ = false;
        publisher_.ticker();
    }
}

}  // namespace portcullis::tools::venue
