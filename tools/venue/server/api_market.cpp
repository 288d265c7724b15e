// Api, the public half: time, symbols and their rules, book. What traded: api_trades.cpp,
// api_ticker.cpp.
#include <algorithm>

#include "engine/types/decimal.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

/// SPOT, MARGIN, LEVERAGED and TRD_GRP_002 to TRD_GRP_025, as Binance counts them.
bool is_permission(std::string_view name) {
    if (name.starts_with("TRD_GRP_") && name.size() == 11) {
        const auto number = engine::parse_unsigned(name.substr(8));
        return number && *number >= 2 && *number <= 25;
    }
    return name == "SPOT" || name == "MARGIN" || name == "LEVERAGED";
}

ApiError no_reference_price() {
    return refusals::of(-2043, "This symbol doesn't have a reference price.");
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
    const auto symbols = call.in.text_list("symbols");
    const auto permissions = call.in.optional("permissions");
    const auto status = read_status(call);
    const bool sets = call.in.boolean("showPermissionSets").value_or(true);
    if (auto error = call.in.finish()) {
        return *error;
    }
    const int given = (symbol ? 1 : 0) + (symbols ? 1 : 0) + (permissions ? 1 : 0);
    if (given > 1 || (status && (symbol || symbols))) {
        return refusals::bad_combination();
    }
    std::vector<std::string> wanted;
    std::vector<std::string> permitted{"SPOT"};  // the one that each symbol here asks for
    if (permissions) {
        permitted = text_list(*permissions).value_or(std::vector<std::string>{*permissions});
    }
    if (permitted.empty() || !std::all_of(permitted.begin(), permitted.end(), is_permission)) {
        return refusals::invalid_data("permissions");
    }
    const bool spot = std::find(permitted.begin(), permitted.end(), "SPOT") != permitted.end();
    if (symbols) {
        wanted = *symbols;
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
    out.raw("rateLimits", limits_.limits_json(call.door));
    out.raw("exchangeFilters", render::exchange_filters(exchange_.filters()));
    out.begin_array("symbols");
    for (const auto& [name, value] : exchange_.symbols()) {
        const bool chosen =
            wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
        if (spot && chosen && (!status || *status == value.status)) {
            out.raw(render::symbol_info(value, sets));
        }
    }
    return out.end_array().end_object().take();
}

Api::Answer Api::depth(Call& call) {
    const std::string symbol = call.in.symbol();
    const std::int64_t limit = call.in.integer("limit").value_or(100);
    const auto status = read_status(call);
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
    if (status && *status != exchange_.symbols().at(symbol).status) {
        return refusals::status_mismatch();
    }
    return render::book(*book);
}

/// No symbol here has one: the only rule there is needs a reference price.
Api::Answer Api::execution_rules(Call& call) {
    const auto symbol = call.in.optional("symbol");
    const auto symbols = call.in.text_list("symbols");
    const auto status = read_status(call);
    if ((symbol ? 1 : 0) + (symbols ? 1 : 0) + (status ? 1 : 0) > 1) {
        call.in.fail(refusals::bad_combination());
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    std::vector<std::string> named = symbols.value_or(std::vector<std::string>{});
    if (symbol) {
        named.push_back(*symbol);
    }
    if (std::any_of(named.begin(), named.end(),
                    [&](const std::string& name) { return !symbol_known(name); })) {
        return refusals::bad_symbol();
    }
    return std::string(R"({"symbolRules":[]})");
}

/// What Binance answers for a symbol that never had one.
Api::Answer Api::reference_price(Call& call) {
    const std::string symbol = call.in.symbol();
    if (auto error = call.in.finish()) {
        return *error;
    }
    return symbol_known(symbol) ? no_reference_price() : refusals::bad_symbol();
}

Api::Answer Api::reference_price_calculation(Call& call) {
    const std::string symbol = call.in.symbol();
    (void)read_status(call);
    if (auto error = call.in.finish()) {
        return *error;
    }
    return symbol_known(symbol) ? no_reference_price() : refusals::bad_symbol();
}

}  // namespace portcullis::tools::venue
