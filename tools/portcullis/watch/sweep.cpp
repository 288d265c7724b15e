// Rounds of cancels and questions. See sweep.hpp.
#include "tools/portcullis/watch/sweep.hpp"

#include <fmt/core.h>

#include "tools/portcullis/console/requests.hpp"

namespace portcullis::tools {

void Sweep::begin(engine::MonoNs now) noexcept {
    counters_ = {};
    counters_.begun = now;
    unasked_ = true;
}

bool Sweep::round(engine::MonoNs now, engine::WallNs wall) {
    ++counters_.rounds;
    if (unasked_) {  // the first instant counts: what is open is asked afterwards
        unasked_ = false;
        for (const std::string& symbol : symbols_) {
            cancel(symbol, "", wall);
        }
    }
    const auto rows = door_.open_orders(wall);
    if (!rows) {
        ++counters_.failures;
        trouble_ = rows.error();
        return false;
    }
    counters_.open = rows.value().size();
    if (rows.value().empty()) {
        counters_.empty_first = counters_.empty_first.value == 0 ? now : counters_.empty_first;
        if (now - counters_.begun >= lives_) {
            counters_.proven = now;
            return true;
        }
        return false;
    }
    counters_.empty_first = {};
    std::map<std::string, std::string> by_symbol;
    for (const gateways::binance::OpenRow& row : rows.value()) {
        std::string& orders = by_symbol[row.symbol];
        orders += fmt::format("{}{{\"order\":{},\"client\":{}}}", orders.empty() ? "" : ",",
                              row.order_id, json_text(row.client_id));
    }
    for (const auto& [symbol, orders] : by_symbol) {
        cancel(symbol, orders, wall);
    }
    return false;
}

void Sweep::cancel(std::string_view symbol, const std::string& orders, engine::WallNs wall) {
    // What cannot be written down is cancelled all the same: a cancel takes no risk.
    if (!journal_(fmt::format("{{\"cancel_all\":{},\"wall_ns\":{},\"orders\":[{}]}}",
                              json_text(symbol), wall.value, orders))) {
        trouble_ = "the watch's journal cannot be written";
    }
    ++counters_.cancels;
    const auto done = door_.cancel_all(symbol, wall);
    if (!done) {
        ++counters_.failures;
        trouble_ = done.error();
        return;
    }
    std::string ended;
    for (const gateways::binance::CanceledRow& row : done.value()) {
        ended +=
            fmt::format("{}{{\"order\":{},\"client\":{},\"cancel\":{}}}", ended.empty() ? "" : ",",
                        row.order_id, json_text(row.client_id), json_text(row.cancel_id));
    }
    if (!ended.empty()) {
        (void)journal_(
            fmt::format("{{\"canceled\":{},\"orders\":[{}]}}", json_text(symbol), ended));
    }
}

}  // namespace portcullis::tools
