// LatencyRig: the stamps and histograms of an engine's latencies, on any clock, with the calls that
// an order makes to them on its way. Used by the rows latency.* and by the counted paths.
#pragma once

#include <memory>

#include "tools/portcullis/latency/stages.hpp"

namespace portcullis::bench {

class LatencyRig {
public:
    explicit LatencyRig(gateways::StampClock& clock)
        : core_(clock, *ring_), orders_(clock, *ring_, *board_) {}

    /// All that is told of one order from the core to its egress. `stamped`: of a sampled message.
    void order(engine::MonoNs cause, bool stamped) noexcept {
        const engine::ClOrdId id = engine::ClOrdId::of(engine::Epoch{1}, ++sequence_);
        if (stamped) {
            core_.begin(cause);
        }
        core_.on_approved(id);
        if (stamped) {
            core_.end();
        }
        orders_.on_begun(id);
        sent_ = orders_.on_order_sent(id, cause);
    }
    [[nodiscard]] std::uint64_t count(tools::LatencyStage stage) const {
        auto counts = std::make_unique<tools::LatencyCounts>();
        board_->at(stage).read(*counts);
        return counts->n;
    }

private:
    std::unique_ptr<tools::StampRing> ring_ = std::make_unique<tools::StampRing>();
    std::unique_ptr<tools::LatencyBoard> board_ = std::make_unique<tools::LatencyBoard>();
    tools::CoreStamps core_;
    tools::OrderStamps orders_;
    std::uint64_t sequence_{};
    engine::MonoNs sent_{};
};

}  // namespace portcullis::bench
