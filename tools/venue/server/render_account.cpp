// The second half of render.hpp: symbols, accounts, coins, and the account stream's events.
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/render.hpp"

namespace portcullis::tools::venue::render {
namespace {

/// 1e-4 units, shortest form: 50000 -> "5", 12000 -> "1.2".
std::string multiplier(std::int64_t e4) {
    std::string text = decimal_text(static_cast<engine::int128>(e4) * 10'000);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
        text.pop_back();
    }
    return text;
}

void range_filter(JsonWriter& out, std::string_view type, std::string_view low,
                  std::int64_t low_value, std::string_view high, std::int64_t high_value,
                  std::string_view step, std::int64_t step_value) {
    out.begin_object().text("filterType", type).decimal(low, low_value);
    out.decimal(high, high_value).decimal(step, step_value).end_object();
}

void count_filter(JsonWriter& out, std::string_view type, std::string_view key,
                  std::uint32_t count) {
    out.begin_object().text("filterType", type).integer(key, count).end_object();
}

void percent_filters(JsonWriter& out, const Symbol& s) {
    if (s.multiplier_up_e4 != 0 || s.multiplier_down_e4 != 0) {
        out.begin_object().text("filterType", "PERCENT_PRICE");
        out.text("multiplierUp", multiplier(s.multiplier_up_e4));
        out.text("multiplierDown", multiplier(s.multiplier_down_e4));
        out.integer("avgPriceMins", s.average_minutes.percent_price).end_object();
    }
    if (s.bid_multiplier_up_e4 != 0) {
        out.begin_object().text("filterType", "PERCENT_PRICE_BY_SIDE");
        out.text("bidMultiplierUp", multiplier(s.bid_multiplier_up_e4));
        out.text("bidMultiplierDown", multiplier(s.bid_multiplier_down_e4));
        out.text("askMultiplierUp", multiplier(s.ask_multiplier_up_e4));
        out.text("askMultiplierDown", multiplier(s.ask_multiplier_down_e4));
        out.integer("avgPriceMins", s.average_minutes.percent_price_by_side).end_object();
    }
}

void notional_filters(JsonWriter& out, const Symbol& s) {
    out.begin_object().text("filterType", "NOTIONAL");
    out.decimal("minNotional", s.notional_min.value);
    out.boolean("applyMinToMarket", s.notional_min_to_market);
    out.decimal("maxNotional", s.notional_max.value);
    out.boolean("applyMaxToMarket", s.notional_max_to_market);
    out.integer("avgPriceMins", s.average_minutes.notional).end_object();
    if (s.min_notional != AmountAtoms{0}) {
        out.begin_object().text("filterType", "MIN_NOTIONAL");
        out.decimal("minNotional", s.min_notional.value);
        out.boolean("applyToMarket", s.min_notional_to_market);
        out.integer("avgPriceMins", s.average_minutes.min_notional).end_object();
    }
}

}  // namespace

std::string symbol_filters(const Symbol& s) {
    JsonWriter out;
    out.begin_array();
    range_filter(out, "PRICE_FILTER", "minPrice", s.price_min.value, "maxPrice", s.price_max.value,
                 "tickSize", s.tick.value);
    range_filter(out, "LOT_SIZE", "minQty", s.qty_min.value, "maxQty", s.qty_max.value, "stepSize",
                 s.lot.value);
    const QtyAtoms market_max = s.market_qty_max != QtyAtoms{0} ? s.market_qty_max : s.qty_max;
    range_filter(out, "MARKET_LOT_SIZE", "minQty", s.market_qty_min.value, "maxQty",
                 market_max.value, "stepSize", s.market_lot.value);
    percent_filters(out, s);
    notional_filters(out, s);
    count_filter(out, "ICEBERG_PARTS", "limit", s.iceberg_parts_max);
    if (s.trailing_stop_allowed) {
        out.begin_object().text("filterType", "TRAILING_DELTA");
        out.integer("minTrailingAboveDelta", s.trailing_above_min);
        out.integer("maxTrailingAboveDelta", s.trailing_above_max);
        out.integer("minTrailingBelowDelta", s.trailing_below_min);
        out.integer("maxTrailingBelowDelta", s.trailing_below_max).end_object();
    }
    count_filter(out, "MAX_NUM_ORDERS", "maxNumOrders", s.orders_max);
    count_filter(out, "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", s.algo_orders_max);
    if (s.iceberg_orders_max != 0) {
        count_filter(out, "MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", s.iceberg_orders_max);
    }
    if (s.position_max != AmountAtoms{0}) {
        out.begin_object().text("filterType", "MAX_POSITION");
        out.decimal("maxPosition", s.position_max.value).end_object();
    }
    count_filter(out, "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends", s.amends_max);
    count_filter(out, "MAX_NUM_ORDER_LISTS", "maxNumOrderLists", s.order_lists_max);
    return out.end_array().take();
}

std::string exchange_filters(const ExchangeFilters& filters) {
    JsonWriter out;
    out.begin_array();
    if (filters.orders_max != 0) {
        count_filter(out, "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders", filters.orders_max);
    }
    if (filters.algo_orders_max != 0) {
        count_filter(out, "EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders",
                     filters.algo_orders_max);
    }
    if (filters.iceberg_orders_max != 0) {
        count_filter(out, "EXCHANGE_MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders",
                     filters.iceberg_orders_max);
    }
    if (filters.order_lists_max != 0) {
        count_filter(out, "EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists",
                     filters.order_lists_max);
    }
    return out.end_array().take();
}

std::string symbol_info(const Symbol& s, bool permission_sets) {
    JsonWriter out;
    out.begin_object().text("symbol", s.name).text("status", s.status);
    out.text("baseAsset", s.base).integer("baseAssetPrecision", 8);
    out.text("quoteAsset", s.quote).integer("quotePrecision", 8).integer("quoteAssetPrecision", 8);
    out.integer("baseCommissionPrecision", 8).integer("quoteCommissionPrecision", 8);
    out.begin_array("orderTypes");
    for (std::size_t i = 0; i < order_type_count; ++i) {
        if (s.order_types.has(static_cast<OrderType>(i))) {
            out.text(name(static_cast<OrderType>(i)));
        }
    }
    out.end_array()
        .boolean("icebergAllowed", s.iceberg_allowed)
        .boolean("ocoAllowed", s.oco_allowed);
    out.boolean("otoAllowed", s.oto_allowed).boolean("opoAllowed", s.opo_allowed);
    out.boolean("quoteOrderQtyMarketAllowed", s.quote_qty_market_allowed)
        .boolean("allowTrailingStop", s.trailing_stop_allowed);
    out.boolean("cancelReplaceAllowed", s.cancel_replace_allowed)
        .boolean("amendAllowed", s.amend_allowed);
    out.boolean("pegInstructionsAllowed", s.peg_allowed)
        .boolean("isSpotTradingAllowed", s.spot_trading_allowed);
    out.boolean("isMarginTradingAllowed", false);
    out.raw("filters", symbol_filters(s));
    out.begin_array("permissions").end_array();
    out.begin_array("permissionSets");
    if (permission_sets) {
        out.begin_array().text("SPOT").end_array();
    }
    out.end_array();
    out.text("defaultSelfTradePreventionMode", name(s.stp_modes.by_default));
    out.begin_array("allowedSelfTradePreventionModes");
    for (std::size_t i = 0; i < stp_count; ++i) {
        if (s.stp_modes.has(static_cast<Stp>(i))) {
            out.text(stp_names[i]);
        }
    }
    return out.end_array().end_object().take();
}

std::int64_t account_uid(AccountId id) {
    return 354'937'868 + std::int64_t{id};
}

std::string account(FeeRates rates, AccountId id, const std::map<std::string, Balance>& balances,
                    bool omit_zero, std::int64_t update_ms, Unit unit, Door door) {
    JsonWriter out;
    out.begin_object();
    out.integer("makerCommission", rates.maker_e8 / 10'000);
    out.integer("takerCommission", rates.taker_e8 / 10'000);
    out.integer("buyerCommission", 0).integer("sellerCommission", 0);
    const auto commission_rates = [&] {
        out.begin_object("commissionRates").decimal("maker", rates.maker_e8);
        out.decimal("taker", rates.taker_e8).decimal("buyer", 0).decimal("seller", 0).end_object();
    };
    if (door == Door::rest) {
        commission_rates();
    }
    // Of the account; what the key may do is told by apiRestrictions.
    out.boolean("canTrade", true).boolean("canWithdraw", true).boolean("canDeposit", true);
    if (door == Door::websocket) {
        commission_rates();
    }
    out.boolean("brokered", false)
        .boolean("requireSelfTradePrevention", false)
        .boolean("preventSor", false);
    out.integer("updateTime", in(unit, update_ms)).text("accountType", "SPOT");
    out.begin_array("balances");
    for (const auto& [asset, balance] : balances) {
        if (omit_zero && balance.free.value == 0 && balance.locked.value == 0) {
            continue;
        }
        out.begin_object().text("asset", asset).decimal("free", balance.free.value);
        out.decimal("locked", balance.locked.value).end_object();
    }
    out.end_array().begin_array("permissions").text("SPOT").end_array();
    return out.integer("uid", account_uid(id)).end_object().take();
}

void discount(JsonWriter& out, const AccountSetup& setup) {
    const bool enabled = !setup.fee_asset.empty();
    out.begin_object("discount").boolean("enabledForAccount", enabled);
    out.boolean("enabledForSymbol", enabled);
    out.text("discountAsset", enabled ? setup.fee_asset : "BNB");
    out.decimal("discount", engine::atoms_per_unit - setup.fee_discount_e8).end_object();
}

std::string commission(const std::string& symbol, FeeRates rates, const AccountSetup& setup) {
    JsonWriter out;
    out.begin_object().text("symbol", symbol);
    const auto block = [&out](std::string_view name, std::int64_t maker, std::int64_t taker) {
        out.begin_object(name).decimal("maker", maker).decimal("taker", taker);
        out.decimal("buyer", 0).decimal("seller", 0).end_object();
    };
    block("standardCommission", rates.maker_e8, rates.taker_e8);
    block("specialCommission", 0, 0);
    block("taxCommission", 0, 0);
    discount(out, setup);
    return out.end_object().take();
}

std::string trade_fee(const std::string& symbol, FeeRates rates) {
    const auto plain = [](std::int64_t rate_e8) {
        std::string text = decimal_text(rate_e8);
        text.erase(text.find_last_not_of('0') + 1);
        return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
    };
    JsonWriter out;
    out.begin_object().text("symbol", symbol).text("makerCommission", plain(rates.maker_e8));
    return out.text("takerCommission", plain(rates.taker_e8)).end_object().take();
}

std::string coins(const std::map<std::string, Balance>& balances) {
    JsonWriter out;
    out.begin_array();
    for (const auto& [asset, balance] : balances) {
        out.begin_object().text("coin", asset).boolean("depositAllEnable", false);
        out.boolean("withdrawAllEnable", false).text("name", asset);
        out.decimal("free", balance.free.value).decimal("locked", balance.locked.value);
        out.text("freeze", "0").text("withdrawing", "0").text("ipoing", "0").text("ipoable", "0");
        out.text("storage", "0").boolean("isLegalMoney", false).boolean("trading", true);
        // One made-up network: the venue has no chain to send anything to.
        out.begin_array("networkList").begin_object().text("network", "SIM").text("coin", asset);
        out.text("withdrawIntegerMultiple", "0.00000001").boolean("isDefault", true);
        out.boolean("depositEnable", false).boolean("withdrawEnable", false);
        out.text("depositDesc", "").text("withdrawDesc", "simulated venue");
        out.text("name", "Simulated").boolean("resetAddressStatus", false);
        out.text("addressRegex", "^$").text("memoRegex", "").text("withdrawFee", "0");
        out.text("withdrawMin", "0.00000001").text("withdrawMax", "10000000000");
        out.integer("minConfirm", 1).integer("unLockConfirm", 0).boolean("sameAddress", false);
        out.integer("estimatedArrivalTime", 1).boolean("busy", false);
        out.end_object().end_array().end_object();
    }
    return out.end_array().take();
}

std::string api_restrictions(const ApiKey& key) {
    JsonWriter out;
    out.begin_object().boolean("ipRestrict", !key.ips.empty());
    out.integer("createTime", key.created_ms).boolean("enableReading", key.may.read);
    out.boolean("enableWithdrawals", key.may.withdraw);
    out.boolean("enableInternalTransfer", false).boolean("enableMargin", false);
    out.boolean("enableFutures", false).boolean("permitsUniversalTransfer", false);
    out.boolean("enableVanillaOptions", false).boolean("enableFixApiTrade", false);
    out.boolean("enableFixReadOnly", false);
    out.boolean("enableSpotAndMarginTrading", key.may.trade);
    return out.boolean("enablePortfolioMarginTrading", false).end_object().take();
}

namespace {

/// The keys that appear only on an order that self-trade prevention took quantity from.
void prevention(JsonWriter& out, const Order& order, const Prevention& match) {
    out.integer("v", match.match_id).decimal("A", order.prevented_qty.value);
    out.decimal("B", match.qty.value)
        .integer("u", trade_group)
        .integer("U", match.counter_order_id);
    out.text("Cs", match.counter_symbol).decimal("pl", match.match_qty.value);
    out.decimal("pL", match.match_price.value);
    out.decimal(
        "pY",
        engine::quote_amount(match.match_price, match.match_qty, engine::Rounding::down).value);
}

/// strategyId, strategyType and peg, of an order that was sent with them.
void labels_and_peg(JsonWriter& out, const Order& order) {
    if (order.strategy.id) {
        out.integer("j", *order.strategy.id);
    }
    if (order.strategy.type) {
        out.integer("J", *order.strategy.type);
    }
    if (!order.peg.is_set()) {
        return;
    }
    out.text("gP", name(order.peg.price));
    if (order.peg.offset) {
        out.text("gOT", "PRICE_LEVEL").integer("gOV", *order.peg.offset);
    }
    if (order.working_time_ms > 0) {
        out.decimal("gp", order.price.value);
    }
}

/// Of an order that never rests, only until it trades.
bool told_on_book(const Order& order) {
    const bool rests = order.time_in_force == TimeInForce::gtc && !is_at_market(order.type);
    const bool open =
        order.status == Status::new_ || (order.status == Status::partially_filled && rests);
    return open && order.working_time_ms > 0;
}

std::string execution_report(const AccountEvent& event, Unit unit) {
    const Order& order = event.order;
    const Fill none{};
    const Fill& fill = event.fill ? *event.fill : none;
    const bool traded = event.fill.has_value();
    const bool on_book = told_on_book(order);
    const auto last_quote =
        engine::quote_amount(fill.price, fill.qty, engine::Rounding::down).value;
    JsonWriter out;
    out.begin_object().text("e", "executionReport").integer("E", in(unit, event.time_ms));
    out.text("s", order.symbol).text("c", event.client_id).text("S", name(order.side));
    out.text("o", name(order.type)).text("f", name(order.time_in_force));
    out.decimal("q", order.orig_qty.value).decimal("p", told_price(order).value);
    out.decimal("P", order.stop_price.value);
    if (order.trailing_delta != 0) {
        out.integer("d", order.trailing_delta);
    }
    out.decimal("F", order.iceberg_qty.value)
        .integer("g", order.list_id)
        .text("C", event.orig_client_id);
    out.text("x", event.exec_type).text("X", name(order.status)).text("r", event.reject_reason);
    out.integer("i", order.order_id).decimal("l", fill.qty.value);
    out.decimal("z", order.executed_qty.value).decimal("L", fill.price.value);
    if (traded) {
        out.decimal("n", fill.commission.value).text("N", fill.commission_asset);
    } else {
        out.text("n", "0").null("N");
    }
    out.integer("T", in(unit, traded ? fill.time_ms : order.update_time_ms));
    out.integer("t", traded ? fill.trade_id : -1);
    if (event.prevention) {
        prevention(out, order, *event.prevention);
    }
    out.integer("I", event.execution_id).boolean("w", on_book).boolean("m", fill.maker);
    out.boolean("M", traded).integer("O", in(unit, order.time_ms));
    out.decimal("Z", order.cumulative_quote.value).decimal("Y", last_quote);
    out.decimal("Q", order.quote_order_qty.value);
    if (order.trailing_delta != 0 && order.trailing_time_ms >= 0) {
        out.integer("D", in(unit, order.trailing_time_ms));
    }
    if (order.working_time_ms > 0) {
        out.integer("W", in(unit, order.working_time_ms));
    }
    out.text("V", name(order.stp));
    labels_and_peg(out, order);
    if (!order.expiry_reason.empty()) {
        out.text("eR", order.expiry_reason);
    }
    return out.end_object().take();
}

}  // namespace

std::string account_event(const AccountEvent& event, Unit unit) {
    JsonWriter out;
    switch (event.kind) {
        case AccountEvent::Kind::execution:
            return execution_report(event, unit);
        case AccountEvent::Kind::balances:
            out.begin_object().text("e", "outboundAccountPosition");
            out.integer("E", in(unit, event.time_ms)).integer("u", in(unit, event.time_ms));
            out.begin_array("B");
            for (const auto& [asset, balance] : event.balances) {
                out.begin_object().text("a", asset).decimal("f", balance.free.value);
                out.decimal("l", balance.locked.value).end_object();
            }
            return out.end_array().end_object().take();
        case AccountEvent::Kind::balance_update:
        case AccountEvent::Kind::external_lock:
            out.begin_object();
            out.text("e", event.kind == AccountEvent::Kind::balance_update ? "balanceUpdate"
                                                                           : "externalLockUpdate");
            out.integer("E", in(unit, event.time_ms));
            out.text("a", event.asset).decimal("d", event.delta.value);
            return out.integer("T", in(unit, event.time_ms)).end_object().take();
        case AccountEvent::Kind::list_status:
            return list_status(*event.list, event.time_ms, unit);
    }
    return {};
}

std::string bare_event(std::string_view type, std::int64_t time_ms, Unit unit) {
    return JsonWriter()
        .begin_object()
        .text("e", type)
        .integer("E", in(unit, time_ms))
        .end_object()
        .take();
}

}  // namespace portcullis::tools::venue::render
