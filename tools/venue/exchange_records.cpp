// What is remembered of orders beside themselves: the matches that self-trade prevention stopped,
// and each amendment. Written where they happen, read by the account that they belong to.
// Invariant: a symbol's prevented matches are numbered from 0 without a gap, by their place.
#include <algorithm>

#include "tools/venue/errors.hpp"
#include "tools/venue/exchange_state.hpp"

namespace portcullis::tools::venue {

/// Carries out the taker's self-trade prevention mode against one resting order of its account.
void Exchange::State::prevent(OrderRecord& taker, const MatchStep& step, std::int64_t now_ms) {
    OrderRecord& maker = orders.record(step.maker_id);
    const Stp mode = taker.order.stp;
    std::vector<PreventedMatch>& all = markets.at(taker.order.symbol).prevented;
    PreventedMatch match;
    match.match_id = static_cast<std::int64_t>(all.size());
    match.account = taker.account;
    match.taker_order_id = taker.order.order_id;
    match.maker_order_id = maker.order.order_id;
    // Both have to want a transfer; what else a taker wants does not ask for the maker.
    match.mode = mode == Stp::transfer && maker.order.stp != mode ? Stp::decrement : mode;
    match.price = step.price;
    match.time_ms = now_ms;
    Prevention prevention;
    prevention.match_id = match.match_id;
    prevention.counter_symbol = taker.order.symbol;
    prevention.match_price = step.price;
    prevention.match_qty = step.qty;
    const QtyAtoms out_of_taker = decrements(mode) ? step.qty : taker.open_qty();
    const QtyAtoms out_of_maker = decrements(mode) ? step.qty : maker.open_qty();
    match.taker_qty = mode != Stp::expire_maker ? std::optional(out_of_taker) : std::nullopt;
    match.maker_qty = mode != Stp::expire_taker ? std::optional(out_of_maker) : std::nullopt;
    all.push_back(match);
    taker.prevented_matches.push_back(match.match_id);
    maker.prevented_matches.push_back(match.match_id);
    if (mode != Stp::expire_maker) {
        prevention.qty = out_of_taker;
        prevention.counter_order_id = maker.order.order_id;
        take_out(taker, prevention, now_ms);
    }
    if (mode != Stp::expire_taker) {
        prevention.qty = out_of_maker;
        prevention.counter_order_id = taker.order.order_id;
        take_out(maker, prevention, now_ms);
    }
}

void Exchange::State::tell_amended(OrderRecord& record, QtyAtoms orig_qty, std::int64_t now_ms) {
    const Order& order = record.order;
    report(record, "REPLACED", now_ms);
    record.amendments.push_back({last_execution_id, order.orig_client_order_id,
                                 order.client_order_id, orig_qty, order.orig_qty, now_ms});
}

std::vector<PreventedMatch> Exchange::prevented_matches(AccountId id, const std::string& symbol,
                                                        std::int64_t order_id, std::int64_t from_id,
                                                        std::size_t limit) const {
    std::vector<PreventedMatch> rows;
    const OrderRecord* record = state_->orders.by_id(id, symbol, order_id);
    if (record == nullptr) {
        return rows;
    }
    const auto& ids = record->prevented_matches;
    for (auto at = std::lower_bound(ids.begin(), ids.end(), from_id);
         at != ids.end() && rows.size() < limit; ++at) {
        rows.push_back(state_->markets.at(symbol).prevented.at(static_cast<std::size_t>(*at)));
    }
    return rows;
}

std::optional<PreventedMatch> Exchange::prevented_match(AccountId id, const std::string& symbol,
                                                        std::int64_t match_id) const {
    const auto market = state_->markets.find(symbol);
    if (market == state_->markets.end() || match_id < 0 ||
        match_id >= static_cast<std::int64_t>(market->second.prevented.size())) {
        return std::nullopt;
    }
    const PreventedMatch& match = market->second.prevented[static_cast<std::size_t>(match_id)];
    return match.account == id ? std::optional(match) : std::nullopt;
}

Reply<std::vector<Amendment>> Exchange::amendments(AccountId id, const std::string& symbol,
                                                   std::int64_t order_id) const {
    if (state_->symbols.count(symbol) == 0) {
        return {std::nullopt, errors::bad_symbol()};
    }
    const OrderRecord* record = state_->orders.by_id(id, symbol, order_id);
    if (record == nullptr) {
        return {std::nullopt, errors::no_such_order()};
    }
    return {record->amendments, {}};
}

}  // namespace portcullis::tools::venue
