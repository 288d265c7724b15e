#include "tools/venue/synthetic/synthetic_market.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

constexpr std::int64_t depth_every_ns = 100'000'000;
constexpr std::int64_t ns_per_ms = 1'000'000;

}  // namespace

SyntheticMarket::SyntheticMarket(Exchange& exchange, const SyntheticOptions& options)
    : speed_e3_(options.speed_e3),
      flow_(exchange, options.parameters, script_phases(options.script), options.seed),
      publisher_(options.parameters.symbol.name, flow_.engine()) {
    verify(speed_e3_ > 0);
    verify(script_known(options.script));
    MatchingEngine& engine = exchange.matched_engine(options.parameters.symbol.name);
    exchange.on_matched_change([this, &engine](const std::string&, std::int64_t now_ms) {
        publisher_.on_changes(engine.take_changes(), now_ms);
    });
    flow_.open(0);
    publisher_.start();
}

void SyntheticMarket::start(std::int64_t now_ns) {
    verify(start_ns_ < 0);
    start_ns_ = now_ns;
    depth_due_ns_ = now_ns + depth_every_ns;
}

std::int64_t SyntheticMarket::flow_due_ns() const {
    const auto own_ns = static_cast<engine::int128>(flow_.next_us()) * 1000;
    return start_ns_ + static_cast<std::int64_t>(own_ns * 1000 / speed_e3_);
}

std::int64_t SyntheticMarket::next_due_ns() const {
    verify(start_ns_ >= 0);
    return std::min(flow_due_ns(), depth_due_ns_);
}

std::size_t SyntheticMarket::poll(std::int64_t now_ns, std::size_t steps_max) {
    std::size_t steps = 0;
    for (; steps < steps_max && next_due_ns() <= now_ns; ++steps) {
        const std::int64_t due_ns = next_due_ns();
        if (due_ns == depth_due_ns_) {
            publisher_.depth(due_ns / ns_per_ms);
            depth_due_ns_ += depth_every_ns;
            if (tick_) {
                tick_(++ticks_ % 10 == 0);
            }
        } else {
            flow_.step(due_ns / ns_per_ms);
        }
    }
    return steps;
}

}  // namespace portcullis::tools::venue
