// StrategySet: the strategies of one engine, built from the config, run by the core.
//
// One closed variant: a new strategy is added to `Model` and to `make_model`, nowhere else. Virtual
// calls would do as well and could not be hashed or laid out side by side. A model has wish(view,
// fair, quotes); one that learns has hash(hasher), and on_trade(print) if it learns from trades.
// Satisfies engine::QuotingStrategies. Owner: core thread.
#pragma once

#include <span>
#include <variant>
#include <vector>

#include "engine/core/strategy_api.hpp"
#include "strategies/avellaneda_stoikov.hpp"
#include "strategies/fair_value.hpp"
#include "strategies/ladder.hpp"
#include "strategies/quote_manager.hpp"
#include "strategies/strategy_config.hpp"

namespace portcullis::strategies {

class StrategySet {
public:
    explicit StrategySet(std::span<const StrategyConfig> configs);
    StrategySet(const StrategySet&) = delete;
    StrategySet& operator=(const StrategySet&) = delete;

    [[nodiscard]] std::size_t count() const noexcept { return strategies_.size(); }
    [[nodiscard]] engine::InstrumentId instrument(engine::StrategyId id) const noexcept {
        return strategies_[id.value].config.instrument;
    }
    void quote(engine::StrategyId id, const engine::StrategyView& view,
               engine::ActionList& actions) noexcept;
    /// The working orders that the next quote() will show, at that revision, ahead of it.
    void on_working(engine::StrategyId id, std::span<const engine::WorkingOrder> working,
                    std::uint64_t revision) noexcept {
        strategies_[id.value].quotes.look_at(working, revision);
    }
    void on_trade(engine::StrategyId id, const engine::TradePrint& trade,
                  engine::MonoNs now) noexcept;
    void on_fill(engine::StrategyId id, const engine::OwnFill& fill, engine::MonoNs now) noexcept;
    void on_refused(engine::StrategyId id, const engine::Refusal& refusal,
                    engine::MonoNs now) noexcept;
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    using Model = std::variant<Ladder, AvellanedaStoikov>;
    struct Running {
        StrategyConfig config;
        Model model;
        FairValue fair_value;
        QuoteManager quotes;
    };
    [[nodiscard]] static Model make_model(const StrategyConfig& config);

    std::vector<Running> strategies_;
    Quotes wishes_;  // scratch of one quote()
};
static_assert(engine::QuotingStrategies<StrategySet>);

}  // namespace portcullis::strategies
