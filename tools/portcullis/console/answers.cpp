// Rendering of the status board. See answers.hpp.
#include "tools/portcullis/console/answers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "risk/credentials/signals.hpp"
#include "risk/deny_reason.hpp"
#include "risk/limit_names.hpp"
#include "tools/portcullis/amounts.hpp"
#include "tools/portcullis/console/requests.hpp"

namespace portcullis::tools {
namespace {

const char* yes(bool value) noexcept {
    return value ? "true" : "false";
}

// The control that has halted a scope, null where none has.
std::string control_name(std::uint32_t cause) {
    return engine::is_latched(cause)
               ? json_text(risk::name(static_cast<risk::DenyReason>(cause & 0xffffU)))
               : "null";
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

bool word_down(const risk::KillPage& page, engine::Scope scope, std::size_t index) noexcept {
    return risk::is_killed(page.word(scope, index));
}

// Orders that an earlier run left behind belong to no strategy of this config.
std::string strategy_of(const AppConfig& config, std::uint8_t index) {
    return index < config.strategies.size() ? json_text(config.strategies[index].name) : "null";
}
std::string symbol_of(const AppConfig& config, std::uint16_t index) {
    return index < config.instruments.size() ? json_text(config.instruments[index].symbol) : "null";
}

/// Rows of `limits`: each limit, and what is used of it where that is a state and not an order.
class LimitRows {
public:
    explicit LimitRows(const LimitBook& book) noexcept : book_(book) {}
    template <class Limits, std::size_t N, class Used>
    void add(const std::string& where, engine::Scope scope, std::size_t index,
             const std::array<risk::LimitKey<Limits>, N>& keys, const Limits& limits,
             Used&& used_of) {
        for (const auto& each : keys) {
            row(where, risk::toml_limit(each.key, each.unit).key, each, limits.*(each.field),
                used_of(each.key),
                book_.changed_by(scope, static_cast<std::uint16_t>(index), each.key));
        }
    }
    /// "windows[60s].messages_max", for each row.
    void add_windows(const std::string& where, const risk::WindowSet& windows,
                     const WindowUse& use) {
        for (std::size_t i = 0; i < windows.size() && windows[i].span_ns > 0; ++i) {
            for (std::size_t m = 0; m < risk::window_keys.size(); ++m) {
                const auto& each = risk::window_keys[m];
                const std::string key = "windows[" + risk::span_text(windows[i].span_ns) + "]." +
                                        risk::toml_limit(each.key, each.unit).key;
                row(where, key, each, windows[i].*(each.field), use[i][m], "configuration");
            }
        }
    }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    void row(const std::string& where, const std::string& key, const auto& named,
             std::int64_t limit, std::optional<std::int64_t> used, const std::string& by) {
        const std::int64_t in_use = std::max<std::int64_t>(0, used.value_or(0));
        const double percent =
            limit > 0 ? 100.0 * static_cast<double>(in_use) / static_cast<double>(limit) : 0.0;
        const auto text = [&named](std::int64_t value) {
            return limit_text(named.key, named.unit, value);
        };
        text_ += fmt::format(
            "{}{{\"scope\":{},\"limit\":{},\"value\":{},\"used\":{},\"left\":{},"
            "\"percent\":{},\"changed_by\":{}}}",
            text_.empty() ? "" : ",", json_text(where), json_text(key), text(limit),
            used ? text(in_use) : "null",
            used ? text(std::max<std::int64_t>(0, limit - in_use)) : "null",
            used ? fmt::format("{:.1f}", percent) : "null", json_text(by));
    }
    const LimitBook& book_;
    std::string text_;
};

std::int64_t worst_position(const InstrumentStatusRow& row) noexcept {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const std::int64_t down = row.short_worst_atoms < -most ? most : -row.short_worst_atoms;
    return std::max(row.long_worst_atoms, down);
}

std::optional<std::int64_t> instrument_used(std::string_view key, const InstrumentStatusRow& row) {
    if (key == "position_atoms_max") {
        return worst_position(row);
    }
    if (key == "orders_open_max") {
        return row.orders_open;
    }
    if (key == "quote_age_ns_max") {
        return row.top_age_ns;
    }
    return key == "feed_silence_ns_max" ? std::optional(row.alive_age_ns) : std::nullopt;
}

/// Of the accounts or credentials that this engine uses.
std::string numbered_json(const char* what, engine::Scope scope, std::size_t count,
                          const ScopeStatusRow* rows, const risk::KillPage& page) {
    std::string json = fmt::format(",\"{}\":[", what);
    for (std::size_t i = 0; i < count; ++i) {
        json += fmt::format("{}{{\"name\":\"{}\",\"state\":\"{}\",\"control\":{},\"killed\":{}",
                            i == 0 ? "" : ",", i, state_name(rows[i].trading_state),
                            control_name(rows[i].state_cause), yes(word_down(page, scope, i)));
        if (scope == engine::Scope::credential) {
            json += fmt::format(",\"standing\":\"{}\",\"signal\":\"{}\"",
                                risk::name(static_cast<engine::CredentialState>(rows[i].standing)),
                                risk::name(static_cast<risk::Signal>(rows[i].signal)));
        }
        json += "}";
    }
    return json + "]";
}

std::string scopes_json(const CoreStatus& status, const AppConfig& config,
                        const risk::KillPage& page) {
    std::string json = fmt::format(
        "\"venue\":{{\"name\":{},\"state\":\"{}\",\"control\":{},\"killed\":{}}},"
        "\"instruments\":[",
        json_text(config.venue.name), state_name(status.venue_state),
        control_name(status.venue_cause), yes(word_down(page, engine::Scope::venue, 0)));
    for (std::size_t i = 0; i < config.instruments.size(); ++i) {
        const InstrumentStatusRow& row = status.instruments[i];
        json += fmt::format(
            "{}{{\"symbol\":{},\"valid\":{},\"state\":\"{}\",\"control\":{},\"killed\":{},\"bid\":{"
            "},"
            "\"bid_qty\":{},\"ask\":{},\"ask_qty\":{},\"top_age_ms\":{},\"alive_age_ms\":{},"
            "\"update\":{},\"levels\":[{},{}],\"orders_open\":{}}}",
            i == 0 ? "" : ",", json_text(config.instruments[i].symbol), yes(row.valid),
            state_name(row.trading_state), control_name(row.state_cause),
            yes(word_down(page, engine::Scope::instrument, i)), quoted(row.bid_atoms),
            quoted(row.bid_qty_atoms), quoted(row.ask_atoms), quoted(row.ask_qty_atoms),
            row.top_age_ns / 1'000'000, row.alive_age_ns / 1'000'000, row.last_update,
            row.bid_levels, row.ask_levels, row.orders_open);
    }
    json += "],\"strategies\":[";
    for (std::size_t i = 0; i < config.strategies.size(); ++i) {
        const StrategyStatusRow& row = status.strategies[i];
        const std::size_t instrument = config.strategies[i].instrument.value;
        json += fmt::format(
            "{}{{\"name\":{},\"symbol\":{},\"state\":\"{}\",\"control\":{},\"killed\":{},\"orders_"
            "open\":{},"
            "\"messages\":{}}}",
            i == 0 ? "" : ",", json_text(config.strategies[i].name),
            symbol_of(config, static_cast<std::uint16_t>(instrument)),
            state_name(row.trading_state), control_name(row.state_cause),
            yes(word_down(page, engine::Scope::strategy, i)), row.orders_open,
            row.windows[0][static_cast<std::size_t>(risk::Measure::messages)]);
    }
    json += "]";
    json += numbered_json("accounts", engine::Scope::account, session_accounts,
                          status.accounts.data(), page);
    json += numbered_json("credentials", engine::Scope::credential, session_credentials,
                          status.credentials.data(), page);
    return json + fmt::format(",\"withdrawals_killed\":{}",
                              yes(word_down(page, engine::Scope::withdrawals, 0)));
}

}  // namespace

std::string status_json(const CoreStatus& status, const AppConfig& config,
                        const risk::KillPage& kill_page, const LatencySummary& latency,
                        std::size_t pending) {
    const engine::CoreCounters& c = status.counters;
    const bool killed = word_down(kill_page, engine::Scope::firm, 0);
    std::string json = fmt::format(
        "{{\"time_ns\":{},\"killed\":{},\"session_ready\":{},\"reconciled\":{},\"drained\":{},"
        "\"market_events\":{},\"inputs\":{},\"orders_approved\":{},\"orders_denied\":{},"
        "\"cancels\":{},\"mass_cancels\":{},\"fills_buy\":{},\"fills_sell\":{},\"rejects\":{},"
        "\"unknowns\":{},\"breaches\":{},\"resyncs\":{},\"orders_open\":{},\"unanswered\":{},"
        "\"line_stopped\":{},\"symbols_uncovered\":{},"
        "\"pnl\":{},\"gross\":\"{}\",\"kill_epoch\":{},",
        status.wall_ns, yes(killed), yes(status.session_ready), yes(status.reconciled),
        yes(status.drained), c.market_events, c.inputs, c.orders_approved, c.orders_denied,
        c.cancels, c.mass_cancels, c.fills_buy, c.fills_sell, c.rejects, c.unknowns, c.breaches,
        c.resyncs, status.orders_open, status.unanswered, yes(status.line_stopped),
        status.symbols_uncovered,
        status.pnl_known ? "\"" + micro_text(status.pnl_micro) + "\"" : std::string("null"),
        micro_text(status.gross_micro), kill_page.changes());
    json += fmt::format(
        "\"drains\":{{\"begun\":{},\"proven\":{},\"rounds\":{},\"ms_max\":{},\"orders_left\":{}}},",
        c.drains, c.drains_proven, c.drain_rounds, c.drain_ns_max / 1'000'000, c.drain_orders_left);
    json += fmt::format(
        "\"trips\":{},\"commands_refused\":{},\"pending\":{},\"credential_signals\":{},"
        "\"alerts\":{},\"currency\":{},\"state\":\"{}\","
        "\"control\":{},"
        "\"tick_to_order_ns\":{{\"p50\":{},\"p99\":{},"
        "\"p999\":{},\"max\":{},\"n\":{}}},",
        c.trips, c.commands_refused, pending, c.credential_signals, status.alerts_open,
        json_text(config.assets[config.risk_currency.value].name), state_name(status.firm_state),
        control_name(status.firm_cause), latency.p50_ns, latency.p99_ns, latency.p999_ns,
        latency.max_ns, latency.n);
    return json + scopes_json(status, config, kill_page) + "}";
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
            strategy_of(config, row.strategy), symbol_of(config, row.instrument),
            row.side == static_cast<std::uint8_t>(engine::Side::buy) ? "buy" : "sell",
            quoted(row.price_atoms), quoted(row.qty_atoms), quoted(row.cum_atoms),
            status_name(row.status), yes(row.cancel_pending), row.age_ns / 1'000'000);
    }
    return json + "]}";
}

std::string limits_json(const CoreStatus& status, const AppConfig& config, const LimitBook& book) {
    using engine::Scope;
    LimitRows rows(book);
    const risk::Limits& limits = book.limits();
    const auto of_orders = [](std::int64_t open) {
        return [open](std::string_view key) {
            return key == "orders_open_max" ? std::optional(open) : std::nullopt;
        };
    };
    rows.add("firm", Scope::firm, 0, risk::firm_keys, limits.firm,
             [&status](std::string_view key) -> std::optional<std::int64_t> {
                 return key == "gross_exposure_micro_max" ? std::optional(status.gross_micro)
                        : key == "orders_open_max" ? std::optional<std::int64_t>(status.orders_open)
                                                   : std::nullopt;
             });
    rows.add_windows("firm", limits.firm.windows, status.firm_windows);
    const std::string venue = "venue " + config.venue.name;
    rows.add(venue, Scope::venue, 0, risk::venue_keys, limits.venue[0],
             of_orders(status.venue_orders_open));
    rows.add_windows(venue, limits.venue[0].windows, status.venue_windows);
    rows.add("account", Scope::account, 0, risk::account_keys, limits.account[0], of_orders(0));
    rows.add_windows("account", limits.account[0].windows, status.account_windows);
    for (std::size_t i = 0; i < config.instruments.size(); ++i) {
        const std::string where = "instrument " + config.instruments[i].symbol;
        rows.add(where, Scope::instrument, i, risk::instrument_keys, limits.instrument[i],
                 [&](std::string_view key) { return instrument_used(key, status.instruments[i]); });
        rows.add_windows(where, limits.instrument[i].windows, status.instruments[i].windows);
    }
    for (std::size_t i = 0; i < config.strategies.size(); ++i) {
        const StrategyStatusRow& row = status.strategies[i];
        const std::string where = "strategy " + config.strategies[i].name;
        rows.add(where, Scope::strategy, i, risk::strategy_keys, limits.strategy[i],
                 of_orders(row.orders_open));
        rows.add_windows(where, limits.strategy[i].windows, row.windows);
    }
    // What the core has may be a tick behind the book; that it stays so is told by `in_force`.
    const bool in_force = status.limits_hash == book.hash();
    return fmt::format("{{\"version\":{},\"hash\":\"{:016x}\",\"in_force\":{},\"limits\":[{}]}}",
                       book.version(), book.hash(), yes(in_force), rows.text());
}

std::string scope_name(const AppConfig& config, engine::Scope scope, std::size_t index) {
    const std::string number = std::to_string(index);
    switch (scope) {
        case engine::Scope::firm:
            return "firm";
        case engine::Scope::venue:
            return "venue " + config.venue.name;
        case engine::Scope::strategy:
            return "strategy " +
                   (index < config.strategies.size() ? config.strategies[index].name : number);
        case engine::Scope::instrument:
            return "instrument " +
                   (index < config.instruments.size() ? config.instruments[index].symbol : number);
        case engine::Scope::account:
            return "account " + number;
        case engine::Scope::credential:
            return "credential " + number;
        case engine::Scope::withdrawals:
            return "withdrawals";
    }
    return "unknown";
}

std::string alerts_json(const CoreStatus& status, const AppConfig& config,
                        const risk::Operators* owners) {
    constexpr std::int64_t ns_per_second = 1'000'000'000;
    std::string json = "{\"alerts\":[";
    for (std::uint32_t i = 0; i < status.alerts_open; ++i) {
        const AlertRow& row = status.alerts[i];
        const std::string scope =
            scope_name(config, static_cast<engine::Scope>(row.scope), row.index);
        json +=
            fmt::format("{}{{\"id\":{},\"scope\":{},\"control\":{},\"owner\":{},\"left_s\":{}}}",
                        i == 0 ? "" : ",", row.number, json_text(scope),
                        json_text(risk::name(static_cast<risk::DenyReason>(row.reason))),
                        json_text(owners != nullptr ? owners->owners_of(scope) : "nobody"),
                        std::max<std::int64_t>(0, row.left_ns) / ns_per_second);
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

std::string refusal(const CoreStatus& status, engine::Command command, engine::Scope scope,
                    std::uint16_t index) {
    const std::uint32_t cause = state_cause(status, scope, index);
    if (command == engine::Command::re_enable && !engine::is_latched(cause)) {
        return "not halted by a control: `resume` ends what an operator has ordered";
    }
    return engine::sets_state_alone(command) && engine::is_latched(cause)
               ? "halted by the control " + control_name(cause) + ": `re-enable` ends it"
               : std::string{};
}

std::string error_json(std::string_view message) {
    return "{\"error\":" + json_text(message) + "}";
}

std::string ok_json(std::string_view message) {
    return "{\"ok\":" + json_text(message) + "}";
}

}  // namespace portcullis::tools
