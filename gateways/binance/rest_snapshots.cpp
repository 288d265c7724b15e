// Depth snapshots over REST: see rest_snapshots.hpp.
#include "gateways/binance/rest_snapshots.hpp"

#include <optional>
#include <utility>

#include "gateways/binance/depth_request.hpp"

namespace portcullis::gateways::binance {

using engine::milliseconds;

RestSnapshots::RestSnapshots(const Endpoint& endpoint, std::vector<std::string> symbols,
                             RateBudget budget, ClosedDoors& doors, Clock clock, HttpLimits limits)
    : prefix_(endpoint.path),
      symbols_(std::move(symbols)),
      budget_(std::move(budget)),
      doors_(doors),
      clock_(std::move(clock)),
      client_(endpoint, limits) {}

std::unique_ptr<DepthSnapshot> RestSnapshots::poll() {
    std::unique_ptr<DepthSnapshot> snapshot;
    const bool any = fetched_.try_consume([&snapshot](auto&& each) { snapshot = std::move(each); });
    return any ? std::move(snapshot) : nullptr;
}

std::size_t RestSnapshots::fetch_one() {
    engine::InstrumentId instrument{};
    const auto [now, wall] = clock_();
    budget_.at(now);
    if (now < doors_.requests() || !budget_.has_room(RequestKind::snapshot, snapshot_cost, wall) ||
        !wanted_.try_consume([&instrument](engine::InstrumentId&& id) { instrument = id; })) {
        return 0;
    }
    (void)budget_.take(RequestKind::snapshot, snapshot_cost, wall);
    auto snapshot = std::make_unique<DepthSnapshot>();
    snapshot->instrument = instrument;
    if (!fetch(*snapshot)) {
        snapshot->bids.clear();
        snapshot->asks.clear();
        failures_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a counter
    }
    engine::verify(fetched_.try_push(std::move(snapshot)));  // no more than were wanted
    return 1;
}

bool RestSnapshots::fetch(DepthSnapshot& into) {
    HttpRequest request;
    request.target = prefix_ + "/depth?symbol=" + symbols_[into.instrument.value] +
                     "&limit=" + std::to_string(snapshot_levels);
    const auto answer = client_.perform(request);
    if (!answer) {
        return false;
    }
    const HttpResponse& response = answer.value();
    const auto [now, wall] = clock_();
    budget_.at(now);
    constexpr std::uint64_t most = 1'000'000'000;  // above it the answer is broken
    if (response.used_weight && *response.used_weight <= most) {
        budget_.on_reported(RateKind::request_weight, milliseconds(60'000),
                            static_cast<std::uint32_t>(*response.used_weight), 0, 0, wall);
    }
    if (response.status == 429 || response.status == 418) {
        const bool named = response.retry_after_s && *response.retry_after_s <= most;
        const auto wait = named ? std::optional{milliseconds(
                                      static_cast<std::int64_t>(*response.retry_after_s) * 1000)}
                                : std::nullopt;
        const auto status = static_cast<std::uint16_t>(response.status);
        doors_.close(status, budget_.on_refused(status, wait));
    }
    if (response.status != 200 || decoder_.decode(response.body(), into) != DecodeError::none) {
        return false;
    }
    mark_cut(into);
    return true;
}

}  // namespace portcullis::gateways::binance
