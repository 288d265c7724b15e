// Rendering of the status board. See answers.hpp.
#include "tools/portcullis/console/answers.hpp"

#include <fmt/core.h>

#include "risk/deny_reason.hpp"
#include "risk/limit_names.hpp"
#include "tools/portcullis/amounts.hpp"
#include "tools/portcullis/console/requests.hpp"

namespace portcullis::tools {
namespace {

const char* yes(bool value) noexcept {
    return value ? "true" : "false";
}

const char* state_name(std::uint8_t state) noexcept {
    switch (static_cast<engine::TradingState>(state)) {
        case engine::TradingState::active:
            return "active";
        case engine::TradingState::reduce_only:
            return "reduce_only";
        case engine::TradingState::halted:
            return "halted";
    }
    return "unknown";
}

const char* status_name(std::uint8_t status) noexcept {
    constexpr const char* names[] = {"none",     "pending_new", "new",      "partially_filled",
                                     "canceled", "expired",     "rejected", "filled",
                                     "unknown"};
    return status < std::size(names) ? names[status] : "none";
}

std::string quoted(std::int64_t atoms) {
    return "\"" + decimal_text(atoms) + "\"";
}

std::string limit_row(const std::string& scope, std::string_view key, std::string_view unit,
                      std::int64_t limit, std::int64_t used, bool known) {
    const risk::TomlLimit toml = risk::toml_limit(key, unit);
    const auto show = [&toml](std::int64_t value) {
        switch (toml.form) {
            case risk::TomlForm::decimal:
                return "\"" + (toml.divide_by == 100 ? micro_text(value) : decimal_text(value)) +
                       "\"";
            case risk::TomlForm::milliseconds:
                return fmt::format("{}", value / 1'000'000);
            case risk::TomlForm::count:
                break;
        }
        return fmt::format("{}", value);
    };
    const double share =
        limit > 0 ? 100.0 * static_cast<double>(used) / static_cast<double>(limit) : 0.0;
    return fmt::format("{{\"scope\":{},\"limit\":{},\"value\":{},\"used\":{},\"percent\":{:.1f}}}",
                       json_text(scope), json_text(toml.key), show(limit),
                       known ? show(used) : "null", known ? share : 0.0);
}

}  // namespace

std::string status_json(const CoreStatus& status, const AppConfig& config,
                        const risk::KillPage& kill_page, const LatencySummary& latency) {
    const engine::CoreCounters& c = status.counters;
    const bool killed = risk::is_killed(kill_page.word(engine::Scope::firm, 0));
    std::string json = fmt::format(
        "{{\"time_ns\":{},\"killed\":{},\"session_ready\":{},\"reconciled\":{},\"drained\":{},"
        "\"market_events\":{},\"inputs\":{},\"orders_approved\":{},\"orders_denied\":{},"
        "\"cancels\":{},\"mass_cancels\":{},\"fills_buy\":{},\"fills_sell\":{},\"rejects\":{},"
        "\"unknowns\":{},\"breaches\":{},\"resyncs\":{},\"orders_open\":{},\"unanswered\":{},"
        "\"pnl\":{},\"gross\":\"{}\",\"kill_epoch\":{},",
        status.wall_ns, yes(killed), yes(status.session_ready), yes(status.reconciled),
        yes(status.drained), c.market_events, c.inputs, c.orders_approved, c.orders_denied,
        c.cancels, c.mass_cancels, c.fills_buy, c.fills_sell, c.rejects, c.unknowns, c.breaches,
        c.resyncs, status.orders_open, status.unanswered,
        status.pnl_known ? "\"" + micro_text(status.pnl_micro) + "\"" : std::string("null"),
        micro_text(status.gross_micro), kill_page.changes());
    json += fmt::format(
        "\"tick_to_order_ns\":{{\"p50\":{},\"p99\":{},\"p999\":{},\"max\":{},\"n\":{}}},"
        "\"instruments\":[",
        latency.p50_ns, latency.p99_ns, latency.p999_ns, latency.max_ns, latency.n);
    for (std::size_t i = 0; i < config.instruments.size(); ++i) {
        const InstrumentStatusRow& row = status.instruments[i];
        json += fmt::format(
            "{}{{\"symbol\":{},\"valid\":{},\"bid\":{},\"bid_qty\":{},\"ask\":{},\"ask_qty\":{},"
            "\"top_age_ms\":{},\"alive_age_ms\":{},\"update\":{},\"levels\":[{},{}],"
            "\"orders_open\":{}}}",
            i == 0 ? "" : ",", json_text(config.instruments[i].symbol), yes(row.valid),
            quoted(row.bid_atoms), quoted(row.bid_qty_atoms), quoted(row.ask_atoms),
            quoted(row.ask_qty_atoms), row.top_age_ns / 1'000'000, row.alive_age_ns / 1'000'000,
            row.last_update, row.bid_levels, row.ask_levels, row.orders_open);
    }
    json += "],\"strategies\":[";
    for (std::size_t i = 0; i < config.strategies.size(); ++i) {
        const StrategyStatusRow& row = status.strategies[i];
        json += fmt::format("{}{{\"name\":{},\"state\":\"{}\",\"killed\":{},\"orders_open\":{}}}",
                            i == 0 ? "" : ",", json_text(config.strategies[i].name),
                            state_name(row.trading_state), yes(row.killed), row.orders_open);
    }
    return json + "]}";
}

std::string positions_json(const CoreStatus& status, const AppConfig& config) {
    std::string json = fmt::format(
        "{{\"currency\":{},\"pnl\":{},\"positions\":[",
        json_text(config.assets[config.risk_currency.value].name),
        status.pnl_known ? "\"" + micro_text(status.pnl_micro) + "\"" : std::string("null"));
    for (std::size_t i = 0; i < config.assets.size(); ++i) {
        const AssetStatusRow& row = status.assets[i];
        json += fmt::format(
            "{}{{\"asset\":{},\"balance\":{},\"position\":{},\"reserved\":{},\"fees\":{},"
            "\"mark\":{}}}",
            i == 0 ? "" : ",", json_text(config.assets[i].name), quoted(row.balance_atoms),
            quoted(row.position_atoms), quoted(row.reserved_atoms), quoted(row.fees_atoms),
            row.marked ? "\"" + micro_text(row.mark_micro) + "\"" : std::string("null"));
    }
    return json + "]}";
}

std::string orders_json(const CoreStatus& status, const AppConfig& config) {
    std::string json = fmt::format("{{\"open\":{},\"orders\":[", status.orders_open);
    for (std::uint32_t i = 0; i < status.orders_listed; ++i) {
        const OrderStatus& row = status.orders[i];
        const engine::ClOrdId id{row.cl_ord_id};
        json += fmt::format(
            "{}{{\"id\":\"{}-{}\",\"order_id\":{},\"strategy\":{},\"symbol\":{},\"side\":\"{}\","
            "\"price\":{},\"qty\":{},\"filled\":{},\"status\":\"{}\",\"cancel_pending\":{},"
            "\"age_ms\":{}}}",
            i == 0 ? "" : ",", id.epoch().value, id.sequence(), row.order_id,
            json_text(config.strategies[row.strategy].name),
            json_text(config.instruments[row.instrument].symbol),
            row.side == static_cast<std::uint8_t>(engine::Side::buy) ? "buy" : "sell",
            quoted(row.price_atoms), quoted(row.qty_atoms), quoted(row.cum_atoms),
            status_name(row.status), yes(row.cancel_pending), row.age_ns / 1'000'000);
    }
    return json + "]}";
}

std::string limits_json(const CoreStatus& status, const AppConfig& config) {
    std::string json = fmt::format("{{\"version\":{},\"limits\":[", config.limits.version);
    const char* separator = "";
    const auto add = [&](const std::string& row) {
        json += separator + row;
        separator = ",";
    };
    for (const auto& limit : risk::firm_keys) {
        const bool gross = limit.key == "gross_exposure_micro_max";
        const bool open = limit.key == "orders_open_max";
        add(limit_row("firm", limit.key, limit.unit, config.limits.firm.*(limit.field),
                      gross ? status.gross_micro : static_cast<std::int64_t>(status.orders_open),
                      gross || open));
    }
    for (std::size_t i = 0; i < config.instruments.size(); ++i) {
        const InstrumentStatusRow& row = status.instruments[i];
        const std::int64_t worst = std::max(row.long_worst_atoms, -row.short_worst_atoms);
        for (const auto& limit : risk::instrument_keys) {
            const bool position = limit.key == "position_atoms_max";
            const bool open = limit.key == "orders_open_max";
            const bool age = limit.key == "quote_age_ns_max";
            const bool silence = limit.key == "feed_silence_ns_max";
            const std::int64_t used = position  ? worst
                                      : open    ? row.orders_open
                                      : age     ? row.top_age_ns
                                      : silence ? row.alive_age_ns
                                                : 0;
            add(limit_row("instrument " + config.instruments[i].symbol, limit.key, limit.unit,
                          config.limits.instrument[i].*(limit.field), used,
                          position || open || age || silence));
        }
    }
    for (std::size_t i = 0; i < config.strategies.size(); ++i) {
        for (const auto& limit : risk::strategy_keys) {
            const bool open = limit.key == "orders_open_max";
            add(limit_row("strategy " + config.strategies[i].name, limit.key, limit.unit,
                          config.limits.strategy[i].*(limit.field),
                          status.strategies[i].orders_open, open));
        }
    }
    return json + "]}";
}

std::string denials_json(const CoreStatus& status) {
    std::string json = fmt::format("{{\"total\":{},\"denials\":[", status.counters.orders_denied);
    const char* separator = "";
    for (const risk::ReasonInfo& info : risk::deny_reasons) {
        const auto count = status.counters.denials[static_cast<std::size_t>(info.reason)];
        if (count != 0) {
            json += fmt::format("{}{{\"reason\":\"{}\",\"count\":{},\"breaks\":{}}}", separator,
                                info.name, count, json_text(info.breaks));
            separator = ",";
        }
    }
    return json + "]}";
}

std::string error_json(std::string_view message) {
    return "{\"error\":" + json_text(message) + "}";
}

std::string ok_json(std::string_view message) {
    return "{\"ok\":" + json_text(message) + "}";
}

}  // namespace portcullis::tools
