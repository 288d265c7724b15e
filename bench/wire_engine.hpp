// The whole engine between the sockets of wire_line.hpp, with what a run may choose of its config.
// Apart from that file, because others of it read headers of the kernel that the engine's do not
// stand beside.
#pragma once

#include <functional>
#include <string>

#include "bench/wire_line.hpp"
#include "tools/portcullis/trade/trading_engine.hpp"

namespace portcullis::bench {

/// What the engine does not wait longer for.
struct WireLimits {
    int answer_ms{1'000};
    int mute_ms{2'000};
    int silence_ms{3'000};
    int lifetime_ms{50};  ///< of an approval
};

/// What the engine's config has that is not the same in every run, and who looks at it at the end.
struct WireEngine {
    std::string transport{"native"};
    std::string placement{"fused"};
    int latency_sample_every{16};
    bool pinned{true};
    WireLimits limits;
    std::function<void(tools::TradingEngine&, const WireExchange&)> at_end;  ///< it has shut down
};

/// One run of `count` ticks.
[[nodiscard]] WireSamples wire_engine(std::size_t count, const WireEngine& of);

}  // namespace portcullis::bench
