// Parts: what the gateway's agents ask of the program around them, each a few lines.
//
// The agents know interfaces only (a kill page's sum, a clock at the exit, where connections and
// snapshots come from), so that tests hand them others. Here are the real ones.
// Owners: named at each class.
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/rings/spsc_ring.hpp"
#include "engine/time/tsc_clock.hpp"
#include "gateways/binance/feed_agent.hpp"
#include "gateways/binance/order_agent.hpp"
#include "gateways/net/http_client.hpp"
#include "risk/kill_switch.hpp"
#include "tools/portcullis/trade/latency.hpp"

namespace portcullis::tools {

/// The order agent's last look. Reads shared memory; any thread.
class PageKillView final : public gateways::binance::KillView {
public:
    explicit PageKillView(const risk::KillPage& page) : page_(page) {}
    [[nodiscard]] std::uint32_t stamp(engine::VenueId venue, engine::StrategyId strategy,
                                      engine::InstrumentId instrument) const noexcept override {
        return page_.stamp(venue, strategy, instrument);
    }

private:
    const risk::KillPage& page_;
};

/// Stamps the moment after the socket has taken an order, and counts it. Owner: order agent.
class EgressStamp final : public gateways::binance::EgressClock {
public:
    EgressStamp(const engine::TscCalibrator& calibrator, LatencyHistogram& histogram)
        : clock_(calibrator), histogram_(histogram) {}
    [[nodiscard]] engine::MonoNs on_sent(engine::ClOrdId, engine::MonoNs cause) noexcept override {
        const engine::MonoNs now = clock_.mono();
        if (cause != engine::MonoNs{}) {
            histogram_.add((now - cause).value);
        }
        return now;
    }

private:
    engine::TscClock clock_;
    LatencyHistogram& histogram_;
};

/// Opens connections to one endpoint. Owner: order agent.
class EndpointSource final : public gateways::binance::TransportSource {
public:
    EndpointSource(gateways::Endpoint endpoint, gateways::TransportLimits limits)
        : endpoint_(std::move(endpoint)), limits_(limits) {}
    [[nodiscard]] std::unique_ptr<gateways::Transport> next(engine::MonoNs now) override {
        auto transport = gateways::make_websocketpp_transport();
        transport->connect(endpoint_, limits_, now.value);
        return transport;
    }

private:
    gateways::Endpoint endpoint_;
    gateways::TransportLimits limits_;
};

/// Depth snapshots over REST: asked for by the feed agent, fetched by a thread that may block.
/// Writer of `wanted_`, reader of `fetched_`: feed agent. The other way round: fetch thread.
class RestSnapshots final : public gateways::binance::SnapshotSource {
public:
    RestSnapshots(const gateways::Endpoint& endpoint, std::vector<std::string> symbols,
                  gateways::RateBudget budget)
        : prefix_(endpoint.path),
          symbols_(std::move(symbols)),
          budget_(std::move(budget)),
          client_(endpoint, {}) {}

    [[nodiscard]] bool request(engine::InstrumentId instrument) override {
        return wanted_.try_push(std::move(instrument));
    }
    [[nodiscard]] std::unique_ptr<gateways::binance::DepthSnapshot> poll() override {
        std::unique_ptr<gateways::binance::DepthSnapshot> snapshot;
        const bool any =
            fetched_.try_consume([&snapshot](auto&& each) { snapshot = std::move(each); });
        return any ? std::move(snapshot) : nullptr;
    }

    /// The fetch thread's round: at most one request, however long it takes.
    std::size_t fetch_one(engine::WallNs wall) {
        engine::InstrumentId instrument{};
        if (!budget_.has_room(gateways::RequestKind::snapshot, cost, wall) ||
            !wanted_.try_consume([&instrument](engine::InstrumentId&& id) { instrument = id; })) {
            return 0;
        }
        (void)budget_.take(gateways::RequestKind::snapshot, cost, wall);
        auto snapshot = std::make_unique<gateways::binance::DepthSnapshot>();
        snapshot->instrument = instrument;
        gateways::HttpRequest request;
        request.target =
            fmt::format("{}/depth?symbol={}&limit=1000", prefix_, symbols_[instrument.value]);
        auto response = client_.perform(request);
        const bool answered = response.ok() && response.value().status == 200;
        if (!answered || decoder_.decode(response.value().body(), *snapshot) !=
                             gateways::binance::DecodeError::none) {
            snapshot->bids.clear();
            snapshot->asks.clear();
            failures_.fetch_add(1, std::memory_order_relaxed);  // a counter
        }
        engine::verify(fetched_.try_push(std::move(snapshot)));  // no more than were wanted
        return 1;
    }

private:
    static constexpr gateways::RequestCost cost{50, 0};  // limit 501..1000
    std::string prefix_;
    std::vector<std::string> symbols_;
    gateways::RateBudget budget_;
    gateways::HttpClient client_;
    gateways::binance::SnapshotDecoder decoder_;
    engine::SpscRing<engine::InstrumentId, 64> wanted_;
    engine::SpscRing<std::unique_ptr<gateways::binance::DepthSnapshot>, 128> fetched_;
    std::atomic<std::uint64_t> failures_{0};
};

}  // namespace portcullis::tools
