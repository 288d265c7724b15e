// See gate_history.hpp.
#include "tools/portcullis/journal/gate_history.hpp"

#include <algorithm>

namespace portcullis::tools {

using engine::AssetId;
using engine::MonoNs;
using engine::WallNs;

namespace {

/// An order of the second before the sixty may count.
constexpr std::int64_t prices_ns = (risk::drift_seconds + 1) * risk::second_ns;

template <class Row>
void forget(std::deque<Row>& rows, std::int64_t span_ns, const engine::EventHeader& at) {
    while (!rows.empty() && rows.front().at.age(at.mono, at.wall) > span_ns) {
        rows.pop_front();
    }
}

}  // namespace

void GateHistory::begin_run(const std::string& risk_currency) {
    on_other();
    std::fill(marks_.begin(), marks_.end(), 0);
    if (const AssetId asset = asset_of(risk_currency); asset != engine::no_asset) {
        marks_[asset.value] = engine::micros_per_unit;
    }
}

AssetId GateHistory::asset_of(const std::string& name) {
    if (name.empty() || (assets_.size() == marks_.size() && !assets_.contains(name))) {
        return engine::no_asset;
    }
    return AssetId{assets_.try_emplace(name, assets_.size()).first->second};
}

void GateHistory::on_order(const Place& place, engine::PriceAtoms price,
                           const engine::EventHeader& at) {
    prices_.push_back({place, price, PastMoment::of(at)});
    forget(prices_, prices_ns, at);
}

void GateHistory::on_fill(const Place& place, const Traded& traded, const engine::EventHeader& at) {
    fills_.push_back({place, PastMoment::of(at)});
    forget(fills_, risk::fills_span_ns, at);
    constexpr std::size_t most = engine::capacity::strategies;
    if (!place.strategy.empty() &&
        (strategies_.size() < most || strategies_.contains(place.strategy))) {
        take(strategies_.try_emplace(place.strategy, strategies_.size()).first->second, traded);
    }
    take(risk::LossBook::firm, traded);
}

void GateHistory::take(risk::LossBook::Row row, const Traded& traded) {
    engine::GateFill fill = traded.fill;
    fill.fee_asset = asset_of(traded.fee);
    losses_.take(row, fill, asset_of(traded.base), asset_of(traded.quote));
    reckon(row);
}

void GateHistory::reckon(risk::LossBook::Row row) {
    (void)losses_.value(row, [this](AssetId asset) { return marks_[asset.value]; });
}

void GateHistory::on_mark(const std::string& asset, std::int64_t micro, WallNs at) {
    if (const AssetId id = asset_of(asset); id != engine::no_asset) {
        marks_[id.value] = std::max<std::int64_t>(micro, 0);
    }
    round_ = at;
    in_round_ = true;
}

void GateHistory::on_other() {
    if (!in_round_) {
        return;
    }
    in_round_ = false;
    for (const risk::LossBook::Row row : losses_.active()) {
        reckon(row);
    }
    const std::int64_t day = round_.value / risk::day_ns;
    if (day > day_) {
        if (day_ != 0) {
            losses_.begin_day();
        }
        day_ = day;
    }
}

void GateHistory::restore(risk::RiskGate& gate, const AppConfig& config, MonoNs now,
                          WallNs wall) const {
    const auto place_of = [&config](const Place& place) {
        return std::pair{config.strategy(place.strategy).value_or(engine::no_strategy),
                         config.instrument(place.symbol).value_or(engine::no_instrument)};
    };
    for (const Price& each : prices_) {
        const auto [strategy, instrument] = place_of(each.place);
        gate.restore_price(strategy, instrument, each.place.side, each.price,
                           MonoNs{now.value - each.at.age(now, wall)});
    }
    for (const Filled& each : fills_) {
        const auto [strategy, instrument] = place_of(each.place);
        gate.restore_fill(strategy, instrument, each.place.side,
                          MonoNs{now.value - each.at.age(now, wall)});
    }
    risk::LossBook losses;
    const auto copy = [&](risk::LossBook::Row from, risk::LossBook::Row to) {
        for (const auto& [name, number] : assets_) {
            if (const auto asset = config.asset(name)) {
                losses.restore_amount(to, *asset, losses_.amount(from, AssetId{number}));
            }
        }
        losses.restore_day(to, losses_.day(from));
    };
    for (const auto& [name, number] : strategies_) {
        if (const auto strategy = config.strategy(name)) {
            copy(number, strategy->value);
        }
    }
    copy(risk::LossBook::firm, risk::LossBook::firm);
    gate.restore_losses(losses, day_);
}

}  // namespace portcullis::tools
