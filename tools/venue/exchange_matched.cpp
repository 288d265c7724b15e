// Synthetic symbols: their orders match in a MatchingEngine, which is told of each and asked what
// it did. Accounts, locks, fees and filters stay where they are for recorded symbols.
#include "engine/types/verify.hpp"
#include "tools/venue/exchange_state.hpp"

namespace portcullis::tools::venue {

using engine::verify;

MatchingEngine& Exchange::add_matched_symbol(const Symbol& symbol) {
    add_symbol(symbol);
    Market& market = state_->markets[symbol.name];
    market.matched = std::make_unique<MatchingEngine>();
    return *market.matched;
}

MatchingEngine& Exchange::matched_engine(const std::string& symbol) {
    verify(state_->matched(symbol) != nullptr);
    return *state_->matched(symbol);
}

void Exchange::on_matched_change(const std::string& symbol,
                                 std::function<void(std::int64_t)> listener) {
    verify(state_->matched(symbol) != nullptr);
    state_->markets.at(symbol).matched_listener = std::move(listener);
}

MatchingEngine* Exchange::State::matched(const std::string& symbol) {
    return markets.at(symbol).matched.get();
}

Incoming Exchange::State::incoming_of(const NewOrder& order, const Taker& taker, std::int64_t id) {
    Incoming incoming;
    incoming.id = id;
    incoming.taker = taker;
    incoming.post_only = order.type == OrderType::limit_maker;
    incoming.time_in_force =
        order.type == OrderType::limit ? order.time_in_force : TimeInForce::gtc;
    incoming.display = order.iceberg_qty;
    return incoming;
}

void Exchange::State::submit_matched(MatchingEngine& engine, const OrderRecord& record,
                                     const NewOrder& from, const MatchPlan& plan) {
    Market& market = markets.at(from.symbol);
    verify(market.last_trade_id == engine.last_trade_id());
    const Taker taker = taker_of(record.account, from);
    const auto arrival = engine.submit(incoming_of(from, taker, record.order.order_id));
    verify(arrival.outcome != Arrived::would_take);
    verify(arrival.plan.steps == plan.steps);
}

void Exchange::flow_submit(const std::string& symbol, const Incoming& order, std::int64_t now_ms) {
    Market& market = state_->markets.at(symbol);
    verify(market.matched != nullptr);
    verify(order.id < 0);
    verify(order.taker.account == flow_account);
    const auto arrival = market.matched->submit(order);
    for (const MatchStep& step : arrival.plan.steps) {
        verify(step.kind != MatchStep::Kind::prevented);
        ++market.last_trade_id;
        if (step.kind == MatchStep::Kind::order) {
            state_->fill(state_->orders.record(step.maker_id), step.price, step.qty, true,
                         market.last_trade_id, now_ms);
        }
        state_->on_trade(market, step.price, step.qty, now_ms);
    }
    state_->finish_call(now_ms);
}

void Exchange::flow_cancel(const std::string& symbol, std::int64_t id, std::int64_t now_ms) {
    Market& market = state_->markets.at(symbol);
    verify(market.matched != nullptr);
    verify(id < 0);
    market.matched->cancel(id);
    state_->finish_call(now_ms);
}

void Exchange::State::tell_matched_markets(std::int64_t now_ms) {
    for (const auto& [symbol, market] : markets) {
        if (market.matched && market.matched->changed() && market.matched_listener) {
            market.matched_listener(now_ms);
        }
    }
}

}  // namespace portcullis::tools::venue
