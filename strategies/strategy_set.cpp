// The one list of strategies. See strategy_set.hpp.
#include "strategies/strategy_set.hpp"

namespace portcullis::strategies {

StrategySet::StrategySet(std::span<const StrategyConfig> configs) {
    strategies_.reserve(configs.size());
    for (const StrategyConfig& config : configs) {
        strategies_.push_back(Running{config, make_model(config), QuoteManager(config.quoting)});
    }
}

StrategySet::Model StrategySet::make_model(const StrategyConfig& config) {
    return Ladder(config.ladder);
}

void StrategySet::quote(engine::StrategyId id, const engine::StrategyView& view,
                        engine::ActionList& actions) noexcept {
    Running& strategy = strategies_[id.value];
    wishes_.clear();
    if (view.top.two_sided()) {
        const double fair = weighted_mid(view.top);
        std::visit([&](auto& model) { model.wish(view, fair, wishes_); }, strategy.model);
    }
    strategy.quotes.update(view, wishes_, actions);
}

void StrategySet::on_trade(engine::StrategyId, const engine::TradePrint&, engine::MonoNs) noexcept {
}

void StrategySet::on_fill(engine::StrategyId, const engine::OwnFill&, engine::MonoNs) noexcept {}

void StrategySet::on_refused(engine::StrategyId id, const engine::Refusal& refusal,
                             engine::MonoNs now) noexcept {
    strategies_[id.value].quotes.on_refused(refusal, now);
}

void StrategySet::hash(engine::StateHasher& hasher) const noexcept {
    for (const Running& strategy : strategies_) {
        hasher.add(strategy.config.instrument);
        strategy.quotes.hash(hasher);
    }
}

}  // namespace portcullis::strategies
