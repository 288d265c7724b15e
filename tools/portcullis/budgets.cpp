// The shares. See budgets.hpp.
#include "tools/portcullis/budgets.hpp"

#include "gateways/binance/depth_request.hpp"
#include "tools/portcullis/config.hpp"

namespace portcullis::tools {
namespace {

using engine::milliseconds;
using gateways::RateBudget;
using gateways::RateKind;
using gateways::RateLimit;

// What Binance documents for one address and one account; the live numbers of exchangeInfo and of
// each answer replace them (RateBudget::on_reported).
RateBudget::Settings settings(std::uint32_t share_permille, std::uint32_t snapshot_permille,
                              bool sends_cancels) {
    return {{RateLimit{RateKind::request_weight, milliseconds(60'000), 6000},
             RateLimit{RateKind::raw_requests, milliseconds(300'000), 300'000},
             RateLimit{RateKind::orders, milliseconds(10'000), 100},
             RateLimit{RateKind::orders, milliseconds(86'400'000), 200'000},
             RateLimit{RateKind::connections, milliseconds(300'000), 300}},
            share_permille,
            snapshot_permille,
            sends_cancels};
}

}  // namespace

std::optional<Budgets> make_budgets(const VenueSettings& venue) {
    const bool apart = venue.snapshots == Snapshots::rest;
    const std::uint32_t share = venue.rate_share_percent * 10;
    auto orders =
        RateBudget::make(apart ? settings(share * 4 / 5, 10, true) : settings(share, 200, true));
    if (!orders) {
        return std::nullopt;
    }
    Budgets budgets{std::move(orders).value(), std::nullopt};
    if (apart) {
        auto snapshots = RateBudget::make(settings(share / 5, 1000, false));
        if (!snapshots) {
            return std::nullopt;
        }
        budgets.snapshots = std::move(snapshots).value();
    }
    RateBudget& pays = apart ? *budgets.snapshots : budgets.orders;
    if (!pays.has_room(gateways::RequestKind::snapshot, gateways::binance::snapshot_cost,
                       engine::WallNs{1})) {
        return std::nullopt;
    }
    return budgets;
}

}  // namespace portcullis::tools
