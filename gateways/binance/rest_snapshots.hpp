// RestSnapshots: depth snapshots over REST, for feeds that must not wait.
//
// The feed agent leaves a wish in a ring; a thread that may block fetches one after the other,
// paced by a rate budget of its own, and leaves the result in the other ring. What the venue says
// of its patience is heard: the weight that it reports used, and Retry-After of 429 and 418, after
// which nothing is asked before that time, by any door of the address (closed_doors.hpp). A fetch
// that failed is an empty snapshot: the feed asks again after its pause. Writer of `wanted_`,
// reader of `fetched_`: feed agent. The other way round: the fetching thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/rings/spsc_ring.hpp"
#include "gateways/binance/feed_agent.hpp"
#include "gateways/net/http_client.hpp"
#include "gateways/session/closed_doors.hpp"
#include "gateways/session/rate_budget.hpp"

namespace portcullis::gateways::binance {

class RestSnapshots final : public SnapshotSource {
public:
    struct Times {
        engine::MonoNs mono{};
        engine::WallNs wall{};
    };
    /// Read by the fetching thread alone. A clock and not a time: an answer may be seconds late,
    /// and what it says of the venue's patience counts from when it came.
    using Clock = std::function<Times()>;

    /// `symbols` by instrument index; `endpoint.path` is what stands before "/depth".
    RestSnapshots(const Endpoint& endpoint, std::vector<std::string> symbols, RateBudget budget,
                  ClosedDoors& doors, Clock clock, HttpLimits limits = {});

    [[nodiscard]] bool request(engine::InstrumentId instrument) override {
        return wanted_.try_push(std::move(instrument));
    }
    [[nodiscard]] std::unique_ptr<DepthSnapshot> poll() override;

    /// The fetching thread's round: at most one request, however long it takes.
    std::size_t fetch_one();

    [[nodiscard]] std::uint64_t failures() const noexcept {
        return failures_.load(std::memory_order_relaxed);  // relaxed: a counter
    }

private:
    [[nodiscard]] bool fetch(DepthSnapshot& into);

    std::string prefix_;
    std::vector<std::string> symbols_;
    RateBudget budget_;
    ClosedDoors& doors_;
    Clock clock_;
    HttpClient client_;
    SnapshotDecoder decoder_;
    engine::SpscRing<engine::InstrumentId, 64> wanted_;
    engine::SpscRing<std::unique_ptr<DepthSnapshot>, 128> fetched_;
    std::atomic<std::uint64_t> failures_{0};
};

}  // namespace portcullis::gateways::binance
