// FaultStrategies: the shipped strategies, or, where the plan says so, one that asks for anything:
// orders on either side at and beyond every limit, replaces, amends and cancels of whatever is
// there, in no order. The gate must hold against both. Its dice are part of its state, so a replay
// throws alike.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "strategies/strategy_set.hpp"
#include "tests/sim/fault_plan.hpp"

namespace portcullis::tests {

class FaultStrategies {
public:
    FaultStrategies(const std::vector<strategies::StrategyConfig>& configs, std::uint64_t seed,
                    bool wild)
        : set_(configs), dice_(seed, 3), amends_(seed, 4), wild_(wild) {}

    [[nodiscard]] std::size_t count() const noexcept { return set_.count(); }
    [[nodiscard]] InstrumentId instrument(StrategyId id) const noexcept {
        return set_.instrument(id);
    }
    /// Called with all that a strategy is shown, before it looks.
    void watch(std::function<void(StrategyId, const StrategyView&)> shown) {
        shown_ = std::move(shown);
    }
    void quote(StrategyId id, const StrategyView& view, ActionList& actions) noexcept {
        if (shown_) {
            shown_(id, view);
        }
        if (!wild_) {
            return set_.quote(id, view, actions);
        }
        for (std::int64_t i = dice_.between(-6, 3); i > 0; --i) {
            (void)actions.push(anything(view));
        }
    }
    void on_trade(StrategyId id, const TradePrint& trade, MonoNs now) noexcept {
        set_.on_trade(id, trade, now);
    }
    void on_fill(StrategyId id, const OwnFill& fill, MonoNs now) noexcept {
        set_.on_fill(id, fill, now);
    }
    void on_refused(StrategyId id, const Refusal& refusal, MonoNs now) noexcept {
        set_.on_refused(id, refusal, now);
    }
    void hash(StateHasher& hasher) const noexcept {
        set_.hash(hasher);
        for (Dice next : {dice_, amends_}) {
            hasher.add(next.next());
        }
    }

private:
    [[nodiscard]] Action anything(const StrategyView& view) noexcept {
        Action action;
        action.side = dice_.permille(500) ? Side::buy : Side::sell;
        action.type = dice_.permille(700) ? OrdType::limit_maker : OrdType::limit;
        if (action.type == OrdType::limit && dice_.permille(500)) {
            action.time_in_force = TimeInForce::ioc;
        }
        const std::int64_t mid = view.instrument.ticks(view.top.bid.price, Rounding::down).value;
        const std::int64_t away = dice_.permille(20) ? 1'000'000 : 300;
        action.price = PriceTicks{mid + dice_.between(-away, away)};
        action.qty = QtyLots{dice_.permille(20) ? dice_.between(-5, 1'000'000'000)
                                                : dice_.between(10, 5'000)};
        if (!view.working.empty() && dice_.permille(500)) {
            const auto last = static_cast<std::int64_t>(view.working.size()) - 1;
            const auto at = static_cast<std::size_t>(dice_.between(0, last));
            action.target = view.working[at].cl_ord_id;
            action.kind = dice_.permille(500) ? ActionKind::cancel : ActionKind::replace;
            if (action.kind == ActionKind::replace && amends_.permille(500)) {
                action.kind = ActionKind::amend;
                const std::int64_t leaves = view.working[at].leaves.value;
                action.qty =
                    QtyLots{amends_.permille(900) ? amends_.between(0, leaves) : action.qty.value};
            }
        }
        return action;
    }
    strategies::StrategySet set_;
    Dice dice_;
    Dice amends_;
    bool wild_{};
    std::function<void(StrategyId, const StrategyView&)> shown_;
};
static_assert(QuotingStrategies<FaultStrategies>);

}  // namespace portcullis::tests
