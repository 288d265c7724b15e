// Parts: what the gateway's agents ask of the program around them, each a few lines.
//
// The agents know interfaces only (a kill page's sum, where connections come from), so that tests
// hand them others. Here are the real ones; the clock at the exit is in latency/stages.hpp.
// Owners: named at each class.
#pragma once

#include <memory>
#include <utility>

#include "gateways/binance/order_agent.hpp"
#include "gateways/net/connector.hpp"
#include "risk/kill_switch.hpp"

namespace portcullis::tools {

/// The order agent's last look. Reads shared memory; any thread.
class PageKillView final : public gateways::binance::KillView {
public:
    explicit PageKillView(const risk::KillPage& page) : page_(page) {}
    [[nodiscard]] std::uint32_t stamp(const engine::OrderScopes& order) const noexcept override {
        return page_.stamp(order);
    }

private:
    const risk::KillPage& page_;
};

/// Connections to one endpoint, opened by the connector's thread. Owner: order agent.
class EndpointSource final : public gateways::binance::TransportSource {
public:
    EndpointSource(gateways::Endpoint endpoint, gateways::TransportLimits limits,
                   gateways::Connector::Lane& lane)
        : endpoint_(std::move(endpoint)), limits_(limits), lane_(lane) {}
    [[nodiscard]] std::unique_ptr<gateways::Transport> next(engine::MonoNs now) override {
        auto transport = lane_.make();
        transport->connect(endpoint_, limits_, now.value);
        return transport;
    }

private:
    gateways::Endpoint endpoint_;
    gateways::TransportLimits limits_;
    gateways::Connector::Lane& lane_;
};

}  // namespace portcullis::tools
