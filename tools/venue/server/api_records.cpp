// Api, what is remembered of an account beside its orders and trades: amendments, matches that
// prevention stopped, allocations (there are none); and the filters that bound it.
#include <algorithm>

#include "tools/venue/server/api.hpp"
#include "tools/venue/server/history_range.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {

Api::Answer Api::order_amendments(Call& call) {
    const std::string symbol = call.in.symbol();
    if (!call.in.has("orderId")) {
        call.in.fail(refusals::mandatory("orderId"));
    }
    const std::int64_t order_id = call.in.integer("orderId").value_or(-1);
    const std::int64_t from = call.in.integer("fromExecutionId").value_or(0);
    const std::int64_t limit = read_limit(call.in);
    if (auto error = call.in.finish()) {
        return *error;
    }
    const auto all = exchange_.amendments(call.account(), symbol, order_id);
    if (!all.ok()) {
        return refusals::from_exchange(all.error);
    }
    JsonWriter out;
    out.begin_array();
    std::int64_t rows = 0;
    for (const Amendment& each : *all.value) {
        if (each.execution_id >= from && rows++ < limit) {
            out.raw(render::amendment(symbol, order_id, each, call.unit));
        }
    }
    return out.end_array().take();
}

Api::Answer Api::my_prevented_matches(Call& call) {
    const std::string symbol = call.in.symbol();
    const auto match_id = call.in.integer("preventedMatchId");
    const auto order_id = call.in.integer("orderId");
    const auto from = call.in.integer("fromPreventedMatchId");
    const bool limited = call.in.has("limit");
    const std::int64_t limit = read_limit(call.in);
    if (!match_id && !order_id) {
        call.in.fail(refusals::either("preventedMatchId", "orderId"));
    }
    if ((match_id && (order_id || from || limited)) || (limited && !from)) {
        call.in.fail(refusals::bad_combination());
    }
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    std::vector<PreventedMatch> rows;
    if (order_id) {
        rows = exchange_.prevented_matches(call.account(), symbol, *order_id, from.value_or(0),
                                           static_cast<std::size_t>(limit));
    } else if (auto one = exchange_.prevented_match(call.account(), symbol, *match_id)) {
        rows.push_back(*one);
    }
    JsonWriter out;
    out.begin_array();
    for (const PreventedMatch& match : rows) {
        out.raw(render::prevented_match(symbol, match, call.unit));
    }
    return out.end_array().take();
}

/// Allocations come of smart order routing, which no symbol here has.
Api::Answer Api::my_allocations(Call& call) {
    const std::string symbol = call.in.symbol();
    const HistoryTimes times = in_range(read_times(call.in), call.now_ms);
    const auto from = call.in.integer("fromAllocationId");
    const auto order_id = call.in.integer("orderId");
    (void)read_limit(call.in);
    if ((times.start_ms || times.end_ms) && (from || order_id)) {
        call.in.fail(refusals::bad_combination());
    }
    check_day(call.in, times);
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    return std::string("[]");
}

Api::Answer Api::my_filters(Call& call) {
    const std::string symbol = call.in.symbol();
    if (auto error = call.in.finish()) {
        return *error;
    }
    if (!symbol_known(symbol)) {
        return refusals::bad_symbol();
    }
    const Symbol& value = exchange_.symbols().at(symbol);
    JsonWriter out;
    out.begin_object().raw("exchangeFilters", render::exchange_filters(exchange_.filters()));
    out.raw("symbolFilters", render::symbol_filters(value));
    out.begin_array("assetFilters");
    for (const auto& [asset, limit] : exchange_.account(call.account()).asset_max) {
        if (asset == value.base || asset == value.quote) {
            out.begin_object().text("filterType", "MAX_ASSET").text("asset", asset);
            out.decimal("limit", limit.value).end_object();
        }
    }
    return out.end_array().end_object().take();
}

}  // namespace portcullis::tools::venue
