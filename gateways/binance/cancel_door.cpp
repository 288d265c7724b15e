// The two requests, and how their answers are read. See cancel_door.hpp.
#include "gateways/binance/cancel_door.hpp"

#include <simdjson.h>

#include <array>

namespace portcullis::gateways::binance {

using engine::Error;
using engine::Result;
using engine::WallNs;

namespace {

constexpr std::int64_t timestamp_refused = -1021;
constexpr std::int64_t no_such_order = -2011;  // "Unknown order sent.": nothing was open

/// As it may stand in a query: base64 has three signs that may not.
std::string in_query(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : std::string(1, c);
    }
    return out;
}

/// Names of symbols are upper case letters and digits; what is not never reaches a target.
bool is_symbol(std::string_view text) noexcept {
    for (const char c : text) {
        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9')) {
            return false;
        }
    }
    return !text.empty() && text.size() <= 32;
}

std::int64_t code_of(const HttpResponse& answer) {
    simdjson::dom::parser parser;
    simdjson::dom::element json;
    std::int64_t code = 0;
    const bool read = parser.parse(answer.body()).get(json) == simdjson::SUCCESS &&
                      json["code"].get_int64().get(code) == simdjson::SUCCESS;
    return read ? code : 0;
}

/// Of a list of orders the venue tells its own form: what has no order's number is left out, and
/// so is an answer that cannot be read. It was done all the same, and the next question shows it.
std::vector<CanceledRow> canceled_in(const HttpResponse& answer) {
    std::vector<CanceledRow> rows;
    simdjson::dom::parser parser;
    simdjson::dom::array list;
    if (parser.parse(answer.body()).get_array().get(list) != simdjson::SUCCESS) {
        return rows;
    }
    for (const simdjson::dom::element each : list) {
        std::string_view client;
        std::string_view cancel;
        CanceledRow row;
        if (each["origClientOrderId"].get_string().get(client) == simdjson::SUCCESS &&
            each["clientOrderId"].get_string().get(cancel) == simdjson::SUCCESS &&
            each["orderId"].get_uint64().get(row.order_id) == simdjson::SUCCESS) {
            row.client_id = client;
            row.cancel_id = cancel;
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

Error refused_by_venue(const HttpResponse& answer) {
    return Error{"the venue says " + std::to_string(answer.status) + ", code " +
                 std::to_string(code_of(answer))};
}

}  // namespace

Result<HttpResponse> CancelDoor::ask(HttpMethod method, std::string_view symbol, WallNs now) {
    const std::int64_t at_ms = now.value / 1'000'000 + venue_less_ours_ms_;
    std::string query = "recvWindow=" + std::to_string(recv_window_ms);
    if (!symbol.empty()) {
        query.append("&symbol=").append(symbol);
    }
    query += "&timestamp=" + std::to_string(at_ms);
    std::array<char, Signer::signature_text_max> signature;
    const std::size_t size = signer_.sign(query, signature.data());
    if (size == 0) {
        return Error{"the signer is away"};
    }
    HttpRequest request;
    request.method = method;
    request.target =
        prefix_ + "/openOrders?" + query + "&signature=" + in_query({signature.data(), size});
    request.headers = {{"X-MBX-APIKEY", std::string(signer_.api_key())}};
    auto answer = perform_(request);
    if (answer && answer.value().status == 400 && code_of(answer.value()) == timestamp_refused) {
        learn_time(now);
    }
    return answer;
}

/// The next one carries the venue's time.
void CancelDoor::learn_time(WallNs now) {
    HttpRequest request;
    request.target = prefix_ + "/time";
    const auto answer = perform_(request);
    simdjson::dom::parser parser;
    simdjson::dom::element json;
    std::int64_t time_ms = 0;
    if (answer && answer.value().status == 200 &&
        parser.parse(answer.value().body()).get(json) == simdjson::SUCCESS &&
        json["serverTime"].get_int64().get(time_ms) == simdjson::SUCCESS) {
        venue_less_ours_ms_ = time_ms - now.value / 1'000'000;
    }
}

Result<std::vector<OpenRow>> CancelDoor::open_orders(WallNs now) {
    const auto answer = ask(HttpMethod::get, {}, now);
    if (!answer) {
        return Error{answer.error()};
    }
    if (answer.value().status != 200) {
        return refused_by_venue(answer.value());
    }
    simdjson::dom::parser parser;
    simdjson::dom::array list;
    if (parser.parse(answer.value().body()).get_array().get(list) != simdjson::SUCCESS) {
        return Error{"the answer is no list of orders"};
    }
    std::vector<OpenRow> rows;
    for (const simdjson::dom::element each : list) {
        std::string_view symbol;
        std::string_view client;
        OpenRow row;
        if (each["symbol"].get_string().get(symbol) != simdjson::SUCCESS ||
            each["clientOrderId"].get_string().get(client) != simdjson::SUCCESS ||
            each["orderId"].get_uint64().get(row.order_id) != simdjson::SUCCESS) {
            return Error{"the answer has a row that is no order"};
        }
        row.symbol = symbol;
        row.client_id = client;
        rows.push_back(std::move(row));
    }
    return rows;
}

Result<std::vector<CanceledRow>> CancelDoor::cancel_all(std::string_view symbol, WallNs now) {
    if (!is_symbol(symbol)) {
        return Error{"no name of a symbol"};
    }
    const auto answer = ask(HttpMethod::del, symbol, now);
    if (!answer) {
        return Error{answer.error()};
    }
    if (answer.value().status == 200) {
        return canceled_in(answer.value());
    }
    if (code_of(answer.value()) == no_such_order) {
        return std::vector<CanceledRow>{};
    }
    return refused_by_venue(answer.value());
}

}  // namespace portcullis::gateways::binance
