// Api, the account half: what was placed, what traded, what is left.
#include <algorithm>

#include "tools/venue/server/api.hpp"
#include "tools/venue/server/history_range.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
Api::Answer Api::order_status(Call& call) {
    const std::string symbol = call.in.symbol();
    const std::int64_t order_id = call.in.integer("orderId").value_or(-1);
    const std::string client_id = call.in.optional("origClientOrderId").value_or("");
    if (order_id < 0 && client_id.empty()) {
        call.in.fail(refusals::either("origClientOrderId", "orderId"));
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    const Reply<Order> reply = exchange_.query(call.account(), symbol, order_id, client_id);
    if (!reply.ok()) {
        return refusals::from_exchange(reply.error);
    }
    return render::order_row(*reply.value, call.unit);
}

Api::Answer Api::open_orders(Call& call) {
    const std::string symbol = call.in.has("symbol") ? call.in.symbol() : std::string();
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol.empty() && !symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    JsonWriter out;
    out.begin_array();
    for (const Order& order : exchange_.open_orders(call.account(), symbol)) {
        out.raw(render::order_row(order, call.unit));
    }
    return out.end_array().take();
}

/// By the time of their last change. With a time, orderId does not count.
Api::Answer Api::all_orders(Call& call) {
    const std::string symbol = call.in.symbol();
    auto from = call.in.integer("orderId");
    const Range range = read_range(call.in, call.now_ms);
    if (range.start_ms || range.end_ms) {
        from.reset();
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    std::vector<Order> orders = exchange_.all_orders(call.account(), symbol);
    std::erase_if(orders, [&](const Order& order) {
        return !range.holds(order.update_time_ms) || order.order_id < from.value_or(0);
    });
    keep(orders, range.limit, from || range.start_ms);
    JsonWriter out;
    out.begin_array();
    for (const Order& order : orders) {
        out.raw(render::order_row(order, call.unit));
    }
    return out.end_array().take();
}

Api::Answer Api::my_trades(Call& call) {
    const std::string symbol = call.in.symbol();
    const auto order_id = call.in.integer("orderId");
    const auto from = call.in.integer("fromId");
    const Range range = read_range(call.in, call.now_ms);
    if ((order_id || from) && (range.start_ms || range.end_ms)) {
        call.in.fail(refusals::bad_combination());
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    auto rows = exchange_.my_trades(call.account(), symbol, from.value_or(0),
                                    std::numeric_limits<std::size_t>::max());
    std::erase_if(rows, [&](const Exchange::TradeRow& row) {
        return !range.holds(row.fill.time_ms) || (order_id && row.order_id != *order_id);
    });
    keep(rows, range.limit, from || range.start_ms);
    JsonWriter out;
    out.begin_array();
    for (const Exchange::TradeRow& row : rows) {
        out.raw(render::trade_row(symbol, row, call.unit));
    }
    return out.end_array().take();
}

Api::Answer Api::account_status(Call& call) {
    const bool omit_zero = call.in.boolean("omitZeroBalances").value_or(false);
    if (auto error = call.in.finish()) {
        return *error;
    }
    const auto changed = balances_ms_.find(call.account());
    return render::account(exchange_.fee_rates(call.account(), call.now_ms), call.account(),
                           exchange_.balances(call.account()), omit_zero,
                           changed == balances_ms_.end() ? balances_since_ms_ : changed->second,
                           call.unit, call.door);
}

/// Rates before the discount; special and tax commissions are nothing here.
Api::Answer Api::account_commission(Call& call) {
    const std::string symbol = call.in.symbol();
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    return render::commission(symbol, exchange_.fee_rates(call.account(), call.now_ms),
                              exchange_.account(call.account()));
}

Api::Answer Api::rate_limit_orders(Call& call) {
    if (auto error = call.in.finish()) {
        return *error;
    }
    const AccountId account = call.account();
    return limits_.usage_json(nullptr, &account, call.now_ms);
}

Api::Answer Api::coins(Call& call) {
    if (auto error = call.in.finish()) {
        return *error;
    }
    return render::coins(exchange_.balances(call.account()));
}

/// Of one symbol, or of all by name: the rates of the next fill.
Api::Answer Api::trade_fees(Call& call) {
    const std::string only = call.in.has("symbol") ? call.in.symbol() : std::string();
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!only.empty() && !symbol_known(only)) {
        return refusals::bad_symbol();
    }
    JsonWriter out;
    out.begin_array();
    for (const auto& [name, symbol] : exchange_.symbols()) {
        if (only.empty() || name == only) {
            out.raw(render::trade_fee(name, exchange_.fee_rates(call.account(), call.now_ms)));
        }
    }
    return out.end_array().take();
}

/// Whoever can ask is answered: nothing here is ever under maintenance.
Api::Answer Api::system_status(Call& call) {
    if (auto error = call.in.finish()) {
        return *error;
    }
    return std::string(R"({"status":0,"msg":"normal"})");
}

/// None: there is no margin trading here. ccxt asks for them before anything else.
Api::Answer Api::margin_pairs(Call& call) {
    if (auto error = call.in.finish()) {
        return *error;
    }
    return std::string("[]");
}

Api::Answer Api::api_restrictions(Call& call) {
    if (auto error = call.in.finish()) {
        return *error;
    }
    return render::api_restrictions(*call.key);
}

}  // namespace portcullis::tools::venue
