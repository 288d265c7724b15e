#include "tools/venue/server/api.hpp"

#include <algorithm>

#include "engine/types/decimal.hpp"
#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t recv_window_default_us = 5'000'000;
constexpr std::int64_t recv_window_max_us = 60'000'000;
constexpr std::int64_t ahead_max_us = 1'000'000;
/// A request's timestamp above this is in microseconds: as milliseconds it would be the year 5138.
constexpr std::int64_t microseconds_from = 100'000'000'000'000;

std::int64_t depth_weight(const Params& params, const Exchange&) {
    const Param* limit = params.find("limit");
    const std::int64_t levels =
        limit == nullptr ? 100
                         : static_cast<std::int64_t>(std::min<std::uint64_t>(
                               engine::parse_unsigned(limit->value).value_or(100), 5000));
    return levels <= 100 ? 5 : levels <= 500 ? 25 : levels <= 1000 ? 50 : 250;
}
std::int64_t open_orders_weight(const Params& params, const Exchange&) {
    return params.find("symbol") != nullptr ? 6 : 80;
}
std::int64_t ticker_weight(const Params& params, const Exchange&) {
    return params.find("symbol") != nullptr ? 2 : 4;
}
std::int64_t day_ticker_weight(const Params& params, const Exchange&) {
    if (params.find("symbol") != nullptr) {
        return 2;
    }
    const Param* symbols = params.find("symbols");
    const auto list = symbols == nullptr ? std::nullopt : text_list(symbols->value);
    const std::size_t count = list ? list->size() : 0;
    return count == 0 ? 80 : count <= 20 ? 2 : count <= 100 ? 40 : 80;
}
/// 4 a symbol, at most 200.
std::int64_t window_ticker_weight(const Params& params, const Exchange&) {
    const Param* symbols = params.find("symbols");
    const auto list = symbols == nullptr ? std::nullopt : text_list(symbols->value);
    const std::size_t count = list ? std::clamp<std::size_t>(list->size(), 1, 50) : 1;
    return 4 * static_cast<std::int64_t>(count);
}
std::int64_t trades_weight(const Params& params, const Exchange&) {
    return params.find("orderId") != nullptr ? 5 : 20;
}
/// Of a symbol that is none nothing is sought.
std::int64_t prevented_matches_weight(const Params& params, const Exchange& exchange) {
    const Param* symbol = params.find("symbol");
    const bool known = symbol != nullptr && exchange.symbols().contains(symbol->value);
    return known && params.find("orderId") != nullptr ? 20 : 2;
}
/// 2 a symbol, at most 40.
std::int64_t execution_rules_weight(const Params& params, const Exchange&) {
    if (params.find("symbol") != nullptr) {
        return 2;
    }
    const Param* symbols = params.find("symbols");
    const auto list = symbols == nullptr ? std::nullopt : text_list(symbols->value);
    return list ? 2 * static_cast<std::int64_t>(std::clamp<std::size_t>(list->size(), 1, 20)) : 40;
}
std::int64_t test_weight(const Params& params, const Exchange&) {
    const Param* rates = params.find("computeCommissionRates");
    return rates != nullptr && rates->value == "true" ? 20 : 1;
}

struct Timing {
    std::int64_t timestamp_us{};
    std::int64_t window_us{recv_window_default_us};
};

std::variant<Timing, ApiError> read_timing(const Params& params) {
    ParamReader in(params);
    Timing timing;
    const std::string text = in.required("timestamp");
    const auto stamp = engine::parse_unsigned(text);
    if (text.empty() || !stamp || *stamp > std::uint64_t{1} << 60U) {
        return text.empty() ? refusals::mandatory("timestamp")
                            : refusals::illegal("timestamp", "^[0-9]{1,20}$");
    }
    const auto value = static_cast<std::int64_t>(*stamp);
    timing.timestamp_us = value >= microseconds_from ? value : value * 1000;
    if (const auto window = in.decimal("recvWindow")) {
        // Atoms are 1e-8 ms; a microsecond is 1e-3 ms, the finest that may be given.
        if (*window % 100'000 != 0) {
            return refusals::too_precise("recvWindow");
        }
        timing.window_us = *window / 100'000;
        if (timing.window_us > recv_window_max_us) {
            ApiError error = refusals::mandatory("recvWindow");
            error.message = "'recvWindow' contains unexpected value. Cannot be greater than 60000.";
            return error;
        }
    }
    if (in.error()) {
        return *in.error();
    }
    return timing;
}

Envelope envelope_of(Door door, Security security) {
    const bool is_signed = security != Security::none;
    if (door == Door::rest) {
        return is_signed ? Envelope::signed_rest : Envelope::nothing;
    }
    return is_signed ? Envelope::signed_websocket : Envelope::uncounted;
}

bool permitted(const ApiKey& key, Security security) {
    return security == Security::trade ? key.may.trade : key.may.read;
}

}  // namespace

std::map<std::string_view, Api::Method> Api::list_methods() {
    using S = Security;
    return {
        {"orderList.place", {S::trade, 1, true, true, &Api::list_place_old, nullptr}},
        {"orderList.place.oco", {S::trade, 1, true, true, &Api::list_place_oco, nullptr}},
        {"orderList.place.oto", {S::trade, 1, true, true, &Api::list_place_oto, nullptr}},
        {"orderList.place.otoco", {S::trade, 1, true, true, &Api::list_place_otoco, nullptr}},
        {"orderList.place.opo", {S::trade, 1, true, true, &Api::list_place_opo, nullptr}},
        {"orderList.place.opoco", {S::trade, 1, true, true, &Api::list_place_opoco, nullptr}},
        {"orderList.cancel", {S::trade, 1, true, false, &Api::list_cancel, nullptr}},
        {"orderList.status", {S::user_data, 4, false, false, &Api::list_status, nullptr}},
        {"openOrderLists.status", {S::user_data, 6, false, false, &Api::open_lists, nullptr}},
        {"allOrderLists", {S::user_data, 20, false, false, &Api::all_lists, nullptr}},
    };
}

std::map<std::string_view, Api::Method> Api::single_methods() {
    using S = Security;
    return {
        {"ping", {S::none, 1, false, false, &Api::ping, nullptr}},
        {"time", {S::none, 1, false, false, &Api::time, nullptr}},
        {"exchangeInfo", {S::none, 20, false, false, &Api::exchange_info, nullptr}},
        {"depth", {S::none, 5, false, false, &Api::depth, depth_weight}},
        {"executionRules",
         {S::none, 40, false, false, &Api::execution_rules, execution_rules_weight}},
        {"referencePrice", {S::none, 2, false, false, &Api::reference_price, nullptr}},
        {"referencePrice.calculation",
         {S::none, 2, false, false, &Api::reference_price_calculation, nullptr}},
        {"trades.recent", {S::none, 25, false, false, &Api::trades_recent, nullptr}},
        {"trades.historical", {S::none, 25, false, false, &Api::trades_historical, nullptr}},
        {"trades.aggregate", {S::none, 4, false, false, &Api::trades_aggregate, nullptr}},
        {"blockTrades.historical", {S::none, 25, false, false, &Api::block_trades, nullptr}},
        {"klines", {S::none, 2, false, false, &Api::klines, nullptr}},
        {"uiKlines", {S::none, 2, false, false, &Api::klines, nullptr}},
        {"avgPrice", {S::none, 2, false, false, &Api::average_price, nullptr}},
        {"ticker.24hr", {S::none, 2, false, false, &Api::ticker_24hr, day_ticker_weight}},
        {"ticker", {S::none, 4, false, false, &Api::ticker_rolling, window_ticker_weight}},
        {"ticker.tradingDay",
         {S::none, 4, false, false, &Api::ticker_trading_day, window_ticker_weight}},
        {"ticker.price", {S::none, 2, false, false, &Api::ticker_price, ticker_weight}},
        {"ticker.book", {S::none, 2, false, false, &Api::book_ticker, ticker_weight}},
        {"order.place", {S::trade, 1, true, true, &Api::order_place, nullptr}},
        {"order.test", {S::trade, 1, false, false, &Api::order_test, test_weight}},
        {"order.cancel", {S::trade, 1, true, false, &Api::order_cancel, nullptr}},
        {"order.cancelReplace", {S::trade, 1, true, true, &Api::order_cancel_replace, nullptr}},
        {"order.amend.keepPriority", {S::trade, 4, false, true, &Api::order_amend, nullptr}},
        {"sor.order.place", {S::trade, 1, true, true, &Api::sor_order_place, nullptr}},
        {"sor.order.test", {S::trade, 1, false, false, &Api::sor_order_test, test_weight}},
        {"openOrders.cancelAll", {S::trade, 1, true, false, &Api::cancel_all, nullptr}},
        {"order.status", {S::user_data, 4, false, false, &Api::order_status, nullptr}},
        {"openOrders.status",
         {S::user_data, 6, false, false, &Api::open_orders, open_orders_weight}},
        {"allOrders", {S::user_data, 20, false, false, &Api::all_orders, nullptr}},
        {"myTrades", {S::user_data, 20, false, false, &Api::my_trades, trades_weight}},
        {"order.amendments", {S::user_data, 4, false, false, &Api::order_amendments, nullptr}},
        {"myPreventedMatches",
         {S::user_data, 2, false, false, &Api::my_prevented_matches, prevented_matches_weight}},
        {"myAllocations", {S::user_data, 20, false, false, &Api::my_allocations, nullptr}},
        {"myFilters", {S::user_data, 40, false, false, &Api::my_filters, nullptr}},
        {"account.status", {S::user_data, 20, false, false, &Api::account_status, nullptr}},
        {"account.commission", {S::user_data, 20, false, false, &Api::account_commission, nullptr}},
        {"account.rateLimits.orders",
         {S::user_data, 40, false, false, &Api::rate_limit_orders, nullptr}},
    };
}

std::map<std::string_view, Api::Method> Api::wallet_methods() {
    using S = Security;
    const auto row = [](Security security, std::int64_t weight, Answer (Api::*run)(Call&),
                        Budget budget = Budget::wallet_of_address) {
        return Method{security, weight, false, false, run, nullptr, budget};
    };
    return {
        {"sapi.capital.config.getall", row(S::user_data, 10, &Api::coins)},
        {"sapi.capital.deposit.hisrec", row(S::user_data, 1, &Api::deposits)},
        {"sapi.capital.withdraw.history",
         row(S::user_data, 18'000, &Api::withdrawals, Budget::wallet_of_account)},
        {"sapi.asset.tradeFee", row(S::user_data, 1, &Api::trade_fees)},
        {"sapi.system.status", row(S::none, 1, &Api::system_status)},
        {"sapi.margin.allPairs", row(S::user_data, 1, &Api::margin_pairs)},
        {"sapi.account.apiRestrictions", row(S::user_data, 1, &Api::api_restrictions)},
    };
}

const std::map<std::string_view, Api::Method>& Api::methods() {
    static const std::map<std::string_view, Method> table = [] {
        std::map<std::string_view, Method> all = single_methods();
        all.merge(list_methods());
        all.merge(wallet_methods());
        return all;
    }();
    return table;
}

Api::Api(Exchange& exchange, KeyRing& keys, Limits& limits, ClockUs clock)
    : exchange_(exchange),
      keys_(keys),
      limits_(limits),
      clock_(std::move(clock)),
      balances_since_ms_(now_ms()) {
    exchange_.on_account_event(
        [this](AccountId account, const AccountEvent& event) { hear(account, event); });
}

bool Api::knows(std::string_view method) {
    return methods().contains(method);
}

std::vector<std::string_view> Api::method_names() {
    std::vector<std::string_view> names;
    for (const auto& [name, method] : methods()) {
        names.push_back(name);
    }
    return names;
}

bool Api::is_signed(std::string_view method) {
    const auto at = methods().find(method);
    return at != methods().end() && at->second.security != Security::none;
}

bool Api::needs_trading(std::string_view method) {
    const auto at = methods().find(method);
    return at != methods().end() && at->second.security == Security::trade;
}

ApiReply Api::call(const ApiRequest& request) {
    const auto at = methods().find(request.method);
    engine::verify(at != methods().end());
    const Method& method = at->second;
    const std::int64_t weight =
        method.weigh == nullptr ? method.weight : method.weigh(request.params, exchange_);
    Call call{ParamReader(request.params, envelope_of(request.door, method.security)),
              request.door,
              nullptr,
              request.unit,
              now_ms(),
              now_us()};
    ApiReply reply;
    const auto refuse = [&](const ApiError& error) {
        reply.failed = true;
        reply.status = error.status;
        reply.body = error.json(request.door);
        reply.retry_after_ms = error.retry_after_ms;
    };
    if (const auto limited = admit(request, method, weight, reply)) {
        refuse(*limited);
        return reply;
    }
    if (method.security != Security::none) {
        auto who = authenticate(request, method.security);
        if (const ApiError* error = std::get_if<ApiError>(&who)) {
            refuse(*error);
        } else {
            call.key = std::get<const ApiKey*>(who);
            if (method.orders) {
                reply.orders_account = call.account();
            }
            if (const auto limited = admit_account(call.account(), method, reply)) {
                refuse(*limited);
            }
        }
    }
    if (!reply.failed) {
        Answer answer = (this->*method.run)(call);
        if (answer.error) {
            refuse(*answer.error);
        } else {
            reply.body = std::move(answer.body);
        }
    }
    if (reply.failed && method.free_when_successful) {
        limits_.charge(request.ip, weight, call.now_ms);
    }
    return reply;
}

std::optional<ApiError> Api::admit(const ApiRequest& request, const Method& method,
                                   std::int64_t weight, ApiReply& reply) {
    if (method.budget == Budget::address) {
        return limits_.admit(request.ip, method.free_when_successful ? 0 : weight, now_ms());
    }
    const bool of_address = method.budget == Budget::wallet_of_address;
    auto limited =
        limits_.admit_wallet(request.ip, request.method, of_address ? weight : 0, now_ms());
    if (of_address) {
        reply.wallet_weight = {"X-SAPI-USED-IP-WEIGHT-1M",
                               limits_.wallet_weight_used(request.ip, request.method, now_ms())};
    }
    return limited;
}

std::optional<ApiError> Api::admit_account(AccountId account, const Method& method,
                                           ApiReply& reply) {
    if (method.budget != Budget::wallet_of_account) {
        return std::nullopt;
    }
    auto limited = limits_.add_wallet_weight(account, method.weight, now_ms());
    reply.wallet_weight = {"X-SAPI-USED-UID-WEIGHT-1S",
                           limits_.wallet_weight_used(account, now_ms())};
    return limited;
}

std::variant<const ApiKey*, ApiError> Api::authenticate(const ApiRequest& request,
                                                        Security security) const {
    const ApiKey* key = request.session_key;
    if (request.api_key) {
        if (!api_key_well_formed(*request.api_key)) {
            return refusals::key_format();
        }
        key = keys_.find(*request.api_key);
        if (key == nullptr) {
            return refusals::key_rejected();
        }
    } else if (key == nullptr) {
        return refusals::mandatory("apiKey");
    }
    if (key->revoked || !ip_allowed(key->ips, request.ip)) {
        return refusals::key_rejected();
    }
    const Param* signature = request.params.find("signature");
    const bool signed_now = request.api_key.has_value();
    if (signed_now && signature == nullptr) {
        return refusals::mandatory("signature");
    }
    if (signed_now && (request.signed_text.empty() ||
                       !KeyRing::verify_signature(*key, request.signed_text, signature->value))) {
        return refusals::bad_signature();
    }
    const auto timing = read_timing(request.params);
    if (const ApiError* error = std::get_if<ApiError>(&timing)) {
        return *error;
    }
    const auto& [timestamp_us, window_us] = std::get<Timing>(timing);
    const std::int64_t server_us = now_us();
    if (timestamp_us >= server_us + ahead_max_us) {
        return refusals::ahead_of_server();
    }
    if (server_us - timestamp_us > window_us) {
        return refusals::outside_window();
    }
    if (!permitted(*key, security)) {
        return refusals::key_rejected();
    }
    return key;
}

void Api::balances_set_anew() {
    balances_ms_.clear();
    balances_since_ms_ = now_ms();
}

void Api::add_listener(AccountListener& listener) {
    listeners_.push_back(&listener);
}

void Api::remove_listener(AccountListener& listener) {
    std::erase(listeners_, &listener);
}

void Api::hear(AccountId account, const AccountEvent& event) {
    if (event.kind == AccountEvent::Kind::execution) {
        last_execution_id_ = event.execution_id;
        const bool first_fill =
            event.fill.has_value() && event.order.executed_qty == event.fill->qty;
        if (first_fill) {
            limits_.first_fill(account, event.fill->maker, now_ms());
        }
    }
    if (event.kind == AccountEvent::Kind::balances) {
        balances_ms_[account] = event.time_ms;
    }
    // A listener may leave while it is told (its connection breaks): walk over a copy.
    const std::vector<AccountListener*> now = listeners_;
    for (AccountListener* listener : now) {
        listener->on_account_event(account, event);
    }
}

bool Api::symbol_known(const std::string& symbol) const {
    return exchange_.symbols().contains(symbol);
}

}  // namespace portcullis::tools::venue
