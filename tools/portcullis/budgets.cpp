// The shares. See budgets.hpp.
#include "tools/portcullis/budgets.hpp"

#include "gateways/binance/depth_request.hpp"
#include "gateways/session/back_off.hpp"
#include "tools/portcullis/config.hpp"

namespace portcullis::tools {
namespace {

using engine::milliseconds;
using gateways::RateBudget;
using gateways::RateKind;
using gateways::RateLimit;

constexpr RateLimit connections{RateKind::connections, gateways::ConnectionBudget::binance_window,
                                gateways::ConnectionBudget::binance_attempts};

// What Binance documents for one address and one account; the live numbers of exchangeInfo and of
// each answer replace them (RateBudget::on_reported).
RateBudget::Settings settings(std::uint32_t share_permille) {
    return {.limits = {RateLimit{RateKind::request_weight, milliseconds(60'000), 6000},
                       RateLimit{RateKind::raw_requests, milliseconds(300'000), 300'000},
                       RateLimit{RateKind::orders, milliseconds(10'000), 100},
                       RateLimit{RateKind::orders, milliseconds(86'400'000), 200'000}},
            .share_permille = share_permille,
            .snapshot_permille = 1000};
}

// Of a share that is theirs alone, or the snapshots' as well: those pay a fifth of it, and so much
// of the attempts to connect is the feed's.
RateBudget::Settings of_orders(std::uint32_t share_permille, bool snapshots_apart) {
    RateBudget::Settings made = settings(snapshots_apart ? share_permille * 4 / 5 : share_permille);
    made.limits.push_back(connections);
    made.connect_permille = snapshots_apart ? 1000 : 800;
    made.snapshot_permille = snapshots_apart ? 1000 : 200;  // apart: it pays for none
    return made;
}

}  // namespace

engine::Result<Budgets> make_budgets(const VenueSettings& venue) {
    const bool apart = venue.snapshots == Snapshots::rest;
    const std::uint32_t share = venue.rate_share_percent * 10;
    auto orders = RateBudget::make(of_orders(share, apart));
    if (!orders) {
        return engine::Error{"the part of the orders: " + orders.error()};
    }
    Budgets budgets{std::move(orders).value(), std::nullopt, 0};
    const std::uint64_t all = std::uint64_t{connections.limit} * share / 1000;
    const std::uint64_t sessions = budgets.orders.part(RateKind::connections, connections.interval);
    budgets.feed_connections = all - sessions;
    constexpr std::size_t one_and_successor = 2;
    if (sessions < 2 * one_and_successor || budgets.feed_connections < one_and_successor) {
        return engine::Error{"the connections: " + std::to_string(all) +
                             " attempts in five minutes, which leaves none a successor"};
    }
    if (apart) {
        RateBudget::Settings of_snapshots = settings(share / 5);
        of_snapshots.keeps_cancel_reserve = false;
        auto snapshots = RateBudget::make(of_snapshots);
        if (!snapshots) {
            return engine::Error{"the part of the snapshots: " + snapshots.error()};
        }
        budgets.snapshots = std::move(snapshots).value();
    }
    RateBudget& pays = apart ? *budgets.snapshots : budgets.orders;
    if (!pays.has_room(gateways::RequestKind::snapshot, gateways::binance::snapshot_cost,
                       engine::WallNs{1})) {
        return engine::Error{"no room for one depth snapshot (weight " +
                             std::to_string(gateways::binance::snapshot_cost.weight) + ")"};
    }
    return budgets;
}

}  // namespace portcullis::tools
