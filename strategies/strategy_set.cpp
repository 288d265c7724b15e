// The one list of strategies. See strategy_set.hpp.
#include "strategies/strategy_set.hpp"

namespace portcullis::strategies {

StrategySet::StrategySet(std::span<const StrategyConfig> configs) {
    strategies_.reserve(configs.size());
    for (const StrategyConfig& config : configs) {
        strategies_.push_back(Running{config, make_model(config),
                                      FairValue(config.fair_value, config.micro_price),
                                      QuoteManager(config.quoting)});
    }
}

StrategySet::Model StrategySet::make_model(const StrategyConfig& config) {
    switch (config.kind) {
        case StrategyKind::avellaneda_stoikov:
            return AvellanedaStoikov(config.avellaneda_stoikov);
        case StrategyKind::ladder:
            break;
    }
    return Ladder(config.ladder);
}

void StrategySet::quote(engine::StrategyId id, const engine::StrategyView& view,
                        engine::ActionList& actions) noexcept {
    Running& strategy = strategies_[id.value];
    wishes_.clear();
    if (view.top.two_sided()) {
        const double fair = strategy.fair_value.update(view.top, view.instrument.tick, view.now);
        std::visit([&](auto& model) { model.wish(view, fair, wishes_); }, strategy.model);
    }
    strategy.quotes.update(view, wishes_, actions);
}

void StrategySet::on_trade(engine::StrategyId id, const engine::TradePrint& trade,
                           engine::MonoNs) noexcept {
    std::visit(
        [&trade](auto& model) {
            if constexpr (requires { model.on_trade(trade); }) {
                model.on_trade(trade);
            }
        },
        strategies_[id.value].model);
}

void StrategySet::on_fill(engine::StrategyId, const engine::OwnFill&, engine::MonoNs) noexcept {}

void StrategySet::on_refused(engine::StrategyId id, const engine::Refusal& refusal,
                             engine::MonoNs now) noexcept {
    strategies_[id.value].quotes.on_refused(refusal, now);
}

void StrategySet::hash(engine::StateHasher& hasher) const noexcept {
    for (const Running& strategy : strategies_) {
        hasher.add(strategy.config.instrument);
        std::visit(
            [&hasher](const auto& model) {
                if constexpr (requires { model.hash(hasher); }) {
                    model.hash(hasher);
                }
            },
            strategy.model);
        strategy.fair_value.hash(hasher);
        strategy.quotes.hash(hasher);
    }
}

}  // namespace portcullis::strategies
