// Api, the public half: time, symbols, book, recent trades.
#include <simdjson.h>

#include <algorithm>

#include "engine/types/decimal.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

/// ["A","B"] -> A, B; nothing when it is not that.
std::optional<std::vector<std::string>> symbol_list(const std::string& json) {
    simdjson::dom::parser parser;
    simdjson::dom::array array;
    if (parser.parse(json).get(array)) {
        return std::nullopt;
    }
    std::vector<std::string> out;
    for (const simdjson::dom::element element : array) {
        std::string_view text;
        if (element.get(text)) {
            return std::nullopt;
        }
        out.emplace_back(text);
    }
    return out;
}

/// "SPOT" or a list with it: the only permission that a symbol here asks for.
bool names_spot(const std::string& permissions) {
    const auto list = symbol_list(permissions).value_or(std::vector<std::string>{permissions});
    return std::find(list.begin(), list.end(), "SPOT") != list.end();
}

/// A recorded trade event as a row of trades.recent.
std::string tape_row(const std::string& json, Unit unit) {
    simdjson::dom::parser parser;
    simdjson::dom::element event;
    std::string_view price;
    std::string_view qty;
    std::int64_t id = 0;
    std::int64_t time = 0;
    bool maker = false;
    if (parser.parse(json).get(event) || event["p"].get(price) || event["q"].get(qty) ||
        event["t"].get(id) || event["T"].get(time) || event["m"].get(maker)) {
        return {};
    }
    JsonWriter out;
    const auto p = engine::parse_decimal(price).atoms;
    const auto q = engine::parse_decimal(qty).atoms;
    out.begin_object().integer("id", id).text("price", price).text("qty", qty);
    out.decimal("quoteQty", engine::quote_amount(engine::PriceAtoms{p}, engine::QtyAtoms{q},
                                                 engine::Rounding::down)
                                .value);
    out.integer("time", unit == Unit::microseconds ? time * 1000 : time);
    return out.boolean("isBuyerMaker", maker).boolean("isBestMatch", true).end_object().take();
}

}  // namespace

Api::Answer Api::ping(Call& call) {
    if (auto error = call.in.finish()) {
        return *error;
    }
    return std::string("{}");
}

Api::Answer Api::time(Call& call) {
    if (auto error = call.in.finish()) {
        return *error;
    }
    const std::int64_t now = call.unit == Unit::microseconds ? call.now_us : call.now_ms;
    return JsonWriter().begin_object().integer("serverTime", now).end_object().take();
}

Api::Answer Api::exchange_info(Call& call) {
    const auto symbol = call.in.optional("symbol");
    const auto symbols = call.in.optional("symbols");
    const auto permissions = call.in.optional("permissions");
    const auto status = call.in.optional("symbolStatus");
    const bool sets = call.in.boolean("showPermissionSets").value_or(true);
    if (auto error = call.in.finish()) {
        return *error;
    }
    const int given = (symbol ? 1 : 0) + (symbols ? 1 : 0) + (permissions ? 1 : 0);
    if (given > 1 || (status && (symbol || symbols))) {
        ApiError error;
        error.code = -1128;
        error.message = "Combination of optional parameters invalid.";
        return error;
    }
    std::vector<std::string> wanted;
    if (permissions && !names_spot(*permissions)) {
        return refusals::invalid_data("permissions");
    }
    if (symbols) {
        auto list = symbol_list(*symbols);
        if (!list) {
            return refusals::invalid_data("symbols");
        }
        wanted = std::move(*list);
    } else if (symbol) {
        wanted.push_back(*symbol);
    }
    if (std::any_of(wanted.begin(), wanted.end(),
                    [&](const std::string& name) { return !symbol_known(name); })) {
        return refusals::bad_symbol();
    }
    JsonWriter out;
    out.begin_object().text("timezone", "UTC");
    out.integer("serverTime", call.unit == Unit::microseconds ? call.now_us : call.now_ms);
    out.raw("rateLimits", limits_.limits_json()).begin_array("exchangeFilters").end_array();
    out.begin_array("symbols");
    for (const auto& [name, value] : exchange_.symbols()) {
        const bool chosen =
            wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
        if (chosen && (!status || *status == value.status)) {
            out.raw(render::symbol_info(value, sets));
        }
    }
    return out.end_array().end_object().take();
}

Api::Answer Api::depth(Call& call) {
    const std::string symbol = call.in.symbol();
    const std::int64_t limit = call.in.integer("limit").value_or(100);
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (limit < 1) {
        return refusals::invalid_data("limit");
    }
    const auto book =
        exchange_.book(symbol, static_cast<std::size_t>(std::min<std::int64_t>(limit, 5000)));
    if (!symbol_known(symbol) || !book) {
        return refusals::bad_symbol();
    }
    return render::book(*book);
}

Api::Answer Api::trades_recent(Call& call) {
    const std::string symbol = call.in.symbol();
    const std::int64_t limit = call.in.integer("limit").value_or(500);
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    if (limit < 1) {
        return refusals::invalid_data("limit");
    }
    const std::deque<std::string>& tape = tape_[symbol];
    const std::size_t count =
        std::min(tape.size(), static_cast<std::size_t>(std::min<std::int64_t>(limit, 1000)));
    JsonWriter out;
    out.begin_array();
    for (std::size_t i = tape.size() - count; i < tape.size(); ++i) {
        out.raw(tape_row(tape[i], call.unit));
    }
    return out.end_array().take();
}

Api::Answer Api::book_ticker(Call& call) {
    const auto symbol = call.in.optional("symbol");
    const auto symbols = call.in.optional("symbols");
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (symbol) {
        const auto book = exchange_.book(*symbol, 1);
        if (!symbol_known(*symbol) || !book) {
            return refusals::bad_symbol();
        }
        return render::book_ticker(*symbol, *book);
    }
    std::optional<std::vector<std::string>> wanted;
    if (symbols) {
        wanted = symbol_list(*symbols);
        if (!wanted) {
            return refusals::invalid_data("symbols");
        }
    }
    JsonWriter out;
    out.begin_array();
    for (const auto& [name, value] : exchange_.symbols()) {
        const auto book = exchange_.book(name, 1);
        const bool chosen =
            !wanted || std::find(wanted->begin(), wanted->end(), name) != wanted->end();
        if (chosen && book) {
            out.raw(render::book_ticker(name, *book));
        }
    }
    return out.end_array().take();
}

}  // namespace portcullis::tools::venue
