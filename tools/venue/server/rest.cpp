#include "tools/venue/server/rest.hpp"

#include <algorithm>
#include <array>

#include "tools/venue/server/stream_names.hpp"

namespace portcullis::tools::venue {
namespace {

struct Route {
    std::string_view verb, path, method;
};

constexpr std::array<Route, 56> routes = {{
    {"GET", "/api/v3/ping", "ping"},
    {"GET", "/api/v3/time", "time"},
    {"GET", "/api/v3/exchangeInfo", "exchangeInfo"},
    {"GET", "/api/v3/depth", "depth"},
    {"GET", "/api/v3/trades", "trades.recent"},
    {"GET", "/api/v3/historicalTrades", "trades.historical"},
    {"GET", "/api/v3/aggTrades", "trades.aggregate"},
    {"GET", "/api/v3/klines", "klines"},
    {"GET", "/api/v3/uiKlines", "uiKlines"},
    {"GET", "/api/v3/avgPrice", "avgPrice"},
    {"GET", "/api/v3/ticker/24hr", "ticker.24hr"},
    {"GET", "/api/v3/ticker", "ticker"},
    {"GET", "/api/v3/ticker/tradingDay", "ticker.tradingDay"},
    {"GET", "/api/v3/ticker/price", "ticker.price"},
    {"GET", "/api/v3/ticker/bookTicker", "ticker.book"},
    {"GET", "/api/v3/historicalBlockTrades", "blockTrades.historical"},
    {"GET", "/api/v3/executionRules", "executionRules"},
    {"GET", "/api/v3/referencePrice", "referencePrice"},
    {"GET", "/api/v3/referencePrice/calculation", "referencePrice.calculation"},
    {"POST", "/api/v3/sor/order", "sor.order.place"},
    {"POST", "/api/v3/sor/order/test", "sor.order.test"},
    {"GET", "/api/v3/order/amendments", "order.amendments"},
    {"GET", "/api/v3/myPreventedMatches", "myPreventedMatches"},
    {"GET", "/api/v3/myAllocations", "myAllocations"},
    {"GET", "/api/v3/myFilters", "myFilters"},
    {"POST", "/api/v3/order", "order.place"},
    {"POST", "/api/v3/order/test", "order.test"},
    {"DELETE", "/api/v3/order", "order.cancel"},
    {"GET", "/api/v3/order", "order.status"},
    {"POST", "/api/v3/order/cancelReplace", "order.cancelReplace"},
    {"PUT", "/api/v3/order/amend/keepPriority", "order.amend.keepPriority"},
    {"POST", "/api/v3/order/oco", "orderList.place"},
    {"POST", "/api/v3/orderList/oco", "orderList.place.oco"},
    {"POST", "/api/v3/orderList/oto", "orderList.place.oto"},
    {"POST", "/api/v3/orderList/otoco", "orderList.place.otoco"},
    {"POST", "/api/v3/orderList/opo", "orderList.place.opo"},
    {"POST", "/api/v3/orderList/opoco", "orderList.place.opoco"},
    {"DELETE", "/api/v3/orderList", "orderList.cancel"},
    {"GET", "/api/v3/orderList", "orderList.status"},
    {"GET", "/api/v3/openOrderList", "openOrderLists.status"},
    {"GET", "/api/v3/allOrderList", "allOrderLists"},
    {"GET", "/api/v3/openOrders", "openOrders.status"},
    {"DELETE", "/api/v3/openOrders", "openOrders.cancelAll"},
    {"GET", "/api/v3/allOrders", "allOrders"},
    {"GET", "/api/v3/myTrades", "myTrades"},
    {"GET", "/api/v3/account", "account.status"},
    {"GET", "/api/v3/account/commission", "account.commission"},
    {"GET", "/api/v3/rateLimit/order", "account.rateLimits.orders"},
    {"GET", "/sapi/v1/capital/config/getall", "sapi.capital.config.getall"},
    {"GET", "/sapi/v1/capital/deposit/hisrec", "sapi.capital.deposit.hisrec"},
    {"GET", "/sapi/v1/capital/withdraw/history", "sapi.capital.withdraw.history"},
    {"GET", "/sapi/v1/account/apiRestrictions", "sapi.account.apiRestrictions"},
    {"GET", "/sapi/v1/asset/tradeFee", "sapi.asset.tradeFee"},
    {"GET", "/sapi/v1/system/status", "sapi.system.status"},
    {"GET", "/sapi/v1/margin/allPairs", "sapi.margin.allPairs"},
    {"GET", "/sapi/v1/margin/isolated/allPairs", "sapi.margin.allPairs"},
}};

bool is_escape_free(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7F && c != '"' && c != '<' && c != '>' && c != '[' && c != ']' &&
           c != '{' && c != '}' && c != '|' && c != '\\' && c != '^' && c != '`';
}

/// The types that a header names, without their `;q=...` and the like.
std::vector<std::string> media_types(std::string_view header) {
    std::vector<std::string> types;
    for (const std::string& item : split(header, ',')) {
        std::string type = lower_case(item.substr(0, item.find(';')));
        std::erase_if(type, [](char c) { return c == ' ' || c == '\t'; });
        types.push_back(std::move(type));
    }
    return types;
}

/// SBE and nothing that JSON would do for.
bool only_sbe(std::string_view accept) {
    bool sbe = false;
    for (const std::string& type : media_types(accept)) {
        if (type == "application/json" || type == "application/*" || type == "*/*") {
            return false;
        }
        sbe = sbe || type == "application/sbe";
    }
    return sbe;
}

/// The parameters in the body: of a GET there are none, and a body that says that it is no form, or
/// does not say what it is, is not read.
std::string_view form(const HttpRequest& request) {
    const bool is_form =
        media_types(request.content_type).front() == "application/x-www-form-urlencoded";
    return is_form && request.verb != "GET" ? std::string_view(request.body) : std::string_view();
}

}  // namespace

std::vector<std::string> RestDoor::routes_of(std::string_view method) {
    std::vector<std::string> out;
    for (const Route& route : routes) {
        if (route.method == method) {
            out.push_back(std::string(route.verb) + " " + std::string(route.path));
        }
    }
    return out;
}

std::string without_signature(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find('&', at), text.size());
        if (text.substr(at, end - at).starts_with("signature=")) {
            const bool first = at == 0;
            std::string out(text.substr(0, first ? 0 : at - 1));
            out += text.substr(first && end < text.size() ? end + 1 : end);
            return out;
        }
        at = end + 1;
    }
    return std::string(text);
}

bool percent_encoded(std::string_view text) {
    for (std::size_t at = text.find('%'); at < text.size(); at = text.find('%', at + 1)) {
        if (at + 2 >= text.size() || !percent_decode(text.substr(at, 3))) {
            return false;
        }
    }
    return std::all_of(text.begin(), text.end(), is_escape_free);
}

HttpReply RestDoor::plain(const HttpRequest& request, const ApiError& error) const {
    ApiReply reply;
    reply.failed = true;
    reply.status = error.status;
    reply.body = error.json();
    reply.retry_after_ms = error.retry_after_ms;
    return dress(request, reply);
}

/// Of a path that there is not.
HttpReply RestDoor::not_found(const HttpRequest& request) const {
    const std::vector<std::string> types = media_types(request.accept);
    HttpReply reply = plain(request, refusals::of(-1020, "This operation is not supported.", 404));
    if (std::find(types.begin(), types.end(), "text/html") != types.end()) {
        reply.html = true;
        reply.body = "<html><body><h2>404 Not found</h2></body></html>";
    }
    return reply;
}

HttpReply RestDoor::refused(const HttpRequest& request, const Outgoing& out,
                            const ApiError& error) {
    HttpReply dressed = plain(request, error);
    faults_.pass(out, dressed);
    return dressed;
}

HttpReply RestDoor::handle(const HttpRequest& request) {
    Outgoing out;
    out.rest = true;
    if (const auto banned = faults_.ban(request.ip, api_.now_ms())) {
        return refused(request, out, *banned);
    }
    const std::string_view target = request.target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view path = target.substr(0, mark);
    const std::string_view query = target.substr(std::min(mark + 1, target.size()));
    const auto route = std::find_if(routes.begin(), routes.end(), [&](const Route& r) {
        return r.verb == request.verb && r.path == path;
    });
    if (route == routes.end()) {
        const bool path_known = std::any_of(routes.begin(), routes.end(),
                                            [&](const Route& r) { return r.path == path; });
        return path_known
                   ? plain(request, refusals::of(-1020, "This operation is not supported.", 405))
                   : not_found(request);
    }
    if (only_sbe(request.accept)) {
        return plain(request, refusals::no_sbe(406));
    }
    ApiRequest call;
    call.ip = request.ip;
    call.door = Door::rest;
    call.method = route->method;
    const bool micro = request.time_unit == "MICROSECOND" || request.time_unit == "microsecond";
    const bool milli = request.time_unit.empty() || request.time_unit == "MILLISECOND" ||
                       request.time_unit == "millisecond";
    if (!micro && !milli) {
        return plain(request, refusals::of(-1194,
                                           "Invalid value for time unit; expected either "
                                           "MICROSECOND or MILLISECOND."));
    }
    call.unit = micro ? Unit::microseconds : Unit::milliseconds;
    const std::string_view body = form(request);
    auto malformed = params_from_query(query, call.params);
    if (!malformed) {
        malformed = params_from_query(body, call.params);
    }
    const bool encoded = percent_encoded(query) && percent_encoded(body);
    if (malformed) {
        const bool unsigned_payload = Api::is_signed(call.method) && !encoded;
        return plain(request, unsigned_payload ? refusals::bad_signature() : *malformed);
    }
    // An absent header is an api key of no characters: -2014, as Binance answers.
    call.api_key = request.api_key;
    if (encoded) {
        call.signed_text = without_signature(query) + without_signature(body);
    }
    if (faults_.idle()) {
        return dress(request, api_.call(call));
    }
    out.method = call.method;
    if (const auto refusal = faults_.refuse(out)) {
        return refused(request, out, *refusal);
    }
    ApiReply reply = api_.call(call);
    out.failed = reply.failed && reply.status != half_done_status;
    faults_.answer(out, call, reply);
    HttpReply dressed = dress(request, reply);
    if (!dressed.silent) {
        faults_.pass(out, dressed);
    }
    return dressed;
}

void tell_retry_after(HttpReply& reply, std::int64_t retry_ms, std::int64_t now_ms) {
    if (retry_ms > 0) {
        reply.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(
                                                      1, (retry_ms - now_ms + 999) / 1000)));
    }
}

HttpReply RestDoor::dress(const HttpRequest& request, const ApiReply& reply) const {
    HttpReply out;
    out.status = reply.status;
    out.body = reply.body;
    out.silent = reply.silent;
    const std::int64_t now = api_.now_ms();
    Limits& limits = api_.limits();
    if (reply.wallet_weight) {
        const auto& [name, used] = *reply.wallet_weight;
        out.headers.emplace_back(name, std::to_string(used));
    }
    if (request.target.starts_with("/api/")) {
        const std::string used = std::to_string(limits.weight_used(request.ip, now));
        out.headers.emplace_back("X-MBX-USED-WEIGHT", used);
        out.headers.emplace_back("X-MBX-USED-WEIGHT-1M", used);
    }
    if (reply.orders_account) {
        const auto used = limits.orders_used(*reply.orders_account, now);
        out.headers.emplace_back("X-MBX-ORDER-COUNT-10S", std::to_string(used[0]));
        out.headers.emplace_back("X-MBX-ORDER-COUNT-1D", std::to_string(used[1]));
    }
    tell_retry_after(out, reply.retry_after_ms, now);
    return out;
}

}  // namespace portcullis::tools::venue
