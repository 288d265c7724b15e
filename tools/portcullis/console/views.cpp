#include "tools/portcullis/console/views.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

namespace portcullis::tools {
namespace {

constexpr std::size_t all_rows = ~std::size_t{0};

// "61843.24" and a quantity, or a dash where the book has no such side.
std::string quote(const Answer& row, const char* price, const char* qty) {
    const std::string at = field(row, price);
    return at == "0" ? "-" : at + " x " + field(row, qty);
}

std::string microseconds(const Answer& latency, const char* key) {
    std::int64_t ns = 0;
    return latency[key].get_int64().get(ns) == simdjson::SUCCESS
               ? fmt::format("{:.1f} us", static_cast<double>(ns) / 1000.0)
               : "?";
}

std::string amount(const Answer& object, const char* key) {
    const std::string text = field(object, key);
    return text == "null" ? "unknown" : text;
}

Cell state_cell(const Answer& row) {
    if (truth(row, "killed")) {
        return {"KILLED", Style::alarm};
    }
    const std::string state = field(row, "state");
    return {state, state == "active"   ? Style::good
                   : state == "halted" ? Style::alarm
                                       : Style::warning};
}

/// " by price_drift": the control that has halted it, where one has.
std::string by(const Answer& row) {
    const std::string control = field(row, "control");
    return control == "null" || control.empty() ? std::string{} : " by " + control;
}

/// Scopes below the firm that are killed or halted: "strategy touch killed".
std::string stopped_scopes(const Answer& status) {
    std::string out;
    const auto look = [&out](const std::string& name, const Answer& row) {
        const bool killed = truth(row, "killed");
        const std::string state = field(row, "state");
        if (killed || state == "halted" || state == "reduce_only") {
            out += (out.empty() ? "" : ", ") + name + " " + (killed ? "killed" : state + by(row));
        }
    };
    Answer venue;
    if (status["venue"].get(venue) == simdjson::SUCCESS) {
        look("venue " + field(venue, "name"), venue);
    }
    for (const Answer& row : rows_of(status, "instruments")) {
        look("instrument " + field(row, "symbol"), row);
    }
    for (const Answer& row : rows_of(status, "strategies")) {
        look("strategy " + field(row, "name"), row);
    }
    for (const Answer& row : rows_of(status, "accounts")) {
        look("account " + field(row, "name"), row);
    }
    for (const Answer& row : rows_of(status, "credentials")) {
        look("credential " + field(row, "name"), row);
        const std::string standing = field(row, "standing");
        if (standing == "suspect" || standing == "suspended") {
            out += " (" + standing + ": " + field(row, "signal") + ")";
        }
    }
    if (truth(status, "withdrawals_killed")) {
        out += std::string(out.empty() ? "" : ", ") + "withdrawals killed";
    }
    return out;
}

Style pnl_style(const std::string& pnl) {
    return pnl == "unknown" ? Style::warning : pnl.front() == '-' ? Style::bad : Style::good;
}

void view_counts(const Answer& status, Screen& screen) {
    const std::string currency = field(status, "currency");
    const std::string pnl = amount(status, "pnl");
    const auto name = [&screen](const char* text) -> Screen& {
        return screen.line().add(text, Style::dim);
    };
    name("  P&L         ").add(pnl + " " + currency, pnl_style(pnl));
    screen.add("   gross exposure ", Style::dim).add(field(status, "gross") + " " + currency);
    name("  orders      ").add(field(status, "orders_open") + " open");
    screen.add(", " + field(status, "unanswered") + " unanswered",
               field(status, "unanswered") == "0" ? Style::plain : Style::warning);
    screen.add(", " + field(status, "orders_approved") + " approved, " +
               field(status, "orders_denied") + " denied, " + field(status, "rejects") +
               " rejected by the venue");
    name("  fills       ")
        .add(field(status, "fills_buy") + " buy, " + field(status, "fills_sell") + " sell");
    if (field(status, "breaches") != "0") {
        screen.add("   BREACHES " + field(status, "breaches"), Style::alarm);
    }
    name("  market      ")
        .add(field(status, "market_events") + " events, " + field(status, "resyncs") + " resyncs");
    Answer drains;
    if (status["drains"].get(drains) == simdjson::SUCCESS && field(drains, "begun") != "0") {
        const bool all = field(drains, "begun") == field(drains, "proven");
        name("  drains      ")
            .add(field(drains, "begun") + " begun, " + field(drains, "proven") + " proven",
                 all ? Style::plain : Style::alarm);
        screen.add(", " + field(drains, "rounds") + " rounds, " + field(status, "mass_cancels") +
                   " mass cancels, longest " + field(drains, "ms_max") +
                   " ms, open in the last answer: " + field(drains, "orders_left"));
    }
    Answer latency;
    if (status["tick_to_order_ns"].get(latency) == simdjson::SUCCESS) {
        name("  tick->order ")
            .add("p50 " + microseconds(latency, "p50") + "   p99 " + microseconds(latency, "p99") +
                 "   p99.9 " + microseconds(latency, "p999") + "   max " +
                 microseconds(latency, "max") + "   n " + field(latency, "n"));
    }
}

}  // namespace

void view_state(const Answer& status, Screen& screen) {
    const std::string state = field(status, "state");
    const std::string stopped = stopped_scopes(status);
    if (truth(status, "killed")) {
        const bool drained = truth(status, "drained") && field(status, "orders_open") == "0";
        screen.banner(std::string(" KILLED: no order leaves. ") +
                          (drained ? "Proven: nothing of ours is open at the venue."
                                   : "Not yet proven that nothing is open at the venue."),
                      Style::alarm);
    } else if (state == "halted") {
        screen.banner(by(status).empty()
                          ? " HALTED: no new order; `resume` lifts it."
                          : " HALTED" + by(status) + ": no new order; `re-enable` lifts it.",
                      Style::alarm);
    } else if (truth(status, "line_stopped")) {
        screen.banner(" STOPPED: an approval came out of order; no new order until a restart.",
                      Style::alarm);
    } else if (!truth(status, "session_ready")) {
        screen.banner(" NOT CONNECTED: the order session is down; no new order.", Style::alarm);
    } else if (!truth(status, "reconciled")) {
        screen.banner(" NOT RECONCILED with the venue; no new order.", Style::alarm);
    } else if (state == "reduce_only") {
        screen.line().add(" REDUCE ONLY: orders that could raise a position are denied.",
                          Style::warning);
    } else {
        screen.line().add(" TRADING", Style::good);
        screen.add("   session ready, reconciled");
    }
    if (!stopped.empty()) {
        screen.banner(" stopped: " + stopped, Style::alarm);
    }
    if (const std::uint64_t alerts = count(status, "alerts"); alerts != 0) {
        screen.banner(" ALERTS: " + std::to_string(alerts) +
                          " that nobody has acknowledged; one that stays so for a minute halts the "
                          "firm: `console alerts`, `console ack N`.",
                      Style::alarm);
    }
    if (const std::uint64_t waiting = count(status, "pending"); waiting != 0) {
        screen.line().add(" " + std::to_string(waiting) +
                              " of what takes two keys pending: `console pending` lists it.",
                          Style::warning);
    }
    if (count(status, "symbols_uncovered") != 0) {
        screen.banner(
            " NOT COVERED: the account is active on symbols that no cancel of everything "
            "reaches.",
            Style::alarm);
    }
}

void view_status(const Answer& status, Screen& screen) {
    view_counts(status, screen);
    Table books({"<instrument", "<state", "<book", ">bid", ">ask", ">top age ms", ">feed age ms",
                 ">open orders"});
    for (const Answer& row : rows_of(status, "instruments")) {
        const bool valid = truth(row, "valid");
        books.row({{field(row, "symbol")},
                   state_cell(row),
                   {valid ? "valid" : "INVALID", valid ? Style::good : Style::bad},
                   {quote(row, "bid", "bid_qty")},
                   {quote(row, "ask", "ask_qty")},
                   {field(row, "top_age_ms")},
                   {field(row, "alive_age_ms")},
                   {field(row, "orders_open")}});
    }
    screen.line();
    books.write(screen);
    Table strategies({"<strategy", "<instrument", "<state", ">open orders", ">messages in 1 s"});
    for (const Answer& row : rows_of(status, "strategies")) {
        strategies.row({{field(row, "name")},
                        {field(row, "symbol")},
                        state_cell(row),
                        {field(row, "orders_open")},
                        {field(row, "messages")}});
    }
    screen.line();
    strategies.write(screen);
}

void view_positions(const Answer& positions, Screen& screen) {
    const std::string currency = field(positions, "currency");
    Table table(
        {"<asset", ">balance", ">position", ">reserved", ">fees paid", ">mark " + currency});
    for (const Answer& row : rows_of(positions, "positions")) {
        const std::string position = field(row, "position");
        table.row({{field(row, "asset")},
                   {field(row, "balance")},
                   {position, position == "0" ? Style::dim : Style::bold},
                   {field(row, "reserved")},
                   {field(row, "fees")},
                   {amount(row, "mark")}});
    }
    table.write(screen);
    const std::string pnl = amount(positions, "pnl");
    screen.line().add("  P&L ", Style::dim).add(pnl + " " + currency, pnl_style(pnl));
}

void view_orders(const Answer& orders, std::size_t rows_max, Screen& screen) {
    const std::vector<Answer> rows = rows_of(orders, "orders");
    if (rows.empty()) {
        screen.line().add("  no open orders", Style::dim);
        return;
    }
    Table table({"<id", "<strategy", "<instrument", "<side", ">price", ">quantity", ">filled",
                 "<status", ">age ms"});
    for (const Answer& row : rows) {
        const bool buy = field(row, "side") == "buy";
        const std::string status = field(row, "status");
        table.row({{field(row, "id")},
                   {field(row, "strategy")},
                   {field(row, "symbol")},
                   {buy ? "buy" : "sell", buy ? Style::good : Style::bad},
                   {field(row, "price")},
                   {field(row, "qty")},
                   {field(row, "filled")},
                   {truth(row, "cancel_pending") ? status + ", cancelling" : status,
                    status == "unknown" ? Style::alarm : Style::plain},
                   {field(row, "age_ms")}});
    }
    table.write(screen, rows_max);
    if (field(orders, "open") != std::to_string(rows.size())) {
        screen.line().add("  " + field(orders, "open") + " open, the first " +
                              std::to_string(rows.size()) + " listed",
                          Style::dim);
    }
}

void view_limits(const Answer& limits, bool in_use_only, Screen& screen) {
    Table table(
        {"<scope", "<limit", ">value", "<in use", ">used", ">left", ">percent", "<changed by"});
    for (const Answer& row : rows_of(limits, "limits")) {
        const std::string by = field(row, "changed_by");
        const Cell changed{by, by == "configuration" ? Style::dim : Style::warning};
        double percent = 0.0;
        if (row["percent"].get_double().get(percent) == simdjson::SUCCESS) {
            table.row({{field(row, "scope")},
                       {field(row, "limit")},
                       {field(row, "value")},
                       {bar(percent), bar_style(percent)},
                       {field(row, "used")},
                       {field(row, "left")},
                       {fmt::format("{:.1f}", percent), bar_style(percent)},
                       changed});
        } else if (!in_use_only) {
            table.row({{field(row, "scope")},
                       {field(row, "limit")},
                       {field(row, "value")},
                       {"of each order", Style::dim},
                       {""},
                       {""},
                       {""},
                       changed});
        }
    }
    table.write(screen);
    if (!in_use_only) {
        screen.line().add(
            "  version " + field(limits, "version") + ", hash " + field(limits, "hash"),
            Style::dim);
        if (!truth(limits, "in_force")) {
            screen.add(", not yet in force", Style::alarm);
        }
    }
}

void view_denials(const Answer& denials, Screen& screen) {
    const std::vector<Answer> rows = rows_of(denials, "denials");
    if (rows.empty()) {
        screen.line().add("  no order has been denied", Style::dim);
        return;
    }
    Table table({">count", "<reason", "<what breaks it"});
    for (const Answer& row : rows) {
        table.row({{field(row, "count")}, {field(row, "reason")}, {field(row, "breaks")}});
    }
    table.write(screen);
}

void view_alerts(const Answer& alerts, Screen& screen) {
    Table table({">id", "<scope", "<control", "<owner", ">halts the firm in s"});
    for (const Answer& row : rows_of(alerts, "alerts")) {
        table.row({{field(row, "id"), Style::bold},
                   {field(row, "scope"), Style::plain},
                   {field(row, "control"), Style::alarm},
                   {field(row, "owner"), Style::plain},
                   {field(row, "left_s"), Style::warning}});
    }
    if (table.empty()) {
        screen.line().add("  no alert is open");
        return;
    }
    table.write(screen);
}

void view_pending(const Answer& pending, Screen& screen) {
    Table table({">id", "<action", "<scope", "<change", "<signed by", "<stage", "<reason"});
    const auto text = [](const Answer& row, const char* key) {
        const std::string found = field(row, key);
        return found == "?" ? std::string{} : found;  // this action has none
    };
    for (const Answer& row : rows_of(pending, "pending")) {
        const std::string stage = field(row, "stage");
        const std::string limit = text(row, "limit");
        const std::string change =
            text(row, "was") + (text(row, "value").empty() ? "" : " -> ") + text(row, "value");
        table.row(
            {{field(row, "id"), Style::bold},
             {field(row, "action"), Style::plain},
             {field(row, "scope") + (text(row, "name").empty() ? "" : " ") + text(row, "name"),
              Style::plain},
             {limit + (limit.empty() ? "" : ": ") + change, Style::plain},
             {field(row, "signers"), Style::plain},
             {stage == "delay" ? "delay, " + field(row, "delay_left_s") + " s left" : stage,
              stage == "due" ? Style::alarm : Style::warning},
             {field(row, "reason"), Style::plain}});
    }
    if (table.empty()) {
        screen.line().add("  nothing is pending");
        return;
    }
    table.write(screen);
}

void view_answer(const std::string& command, const Answer& answer, Screen& screen) {
    if (command == "status") {
        view_state(answer, screen);
        view_status(answer, screen);
    } else if (command == "positions") {
        view_positions(answer, screen);
    } else if (command == "orders") {
        view_orders(answer, all_rows, screen);
    } else if (command == "limits") {
        view_limits(answer, false, screen);
    } else if (command == "denials") {
        view_denials(answer, screen);
    } else if (command == "alerts") {
        view_alerts(answer, screen);
    } else if (command == "pending") {
        view_pending(answer, screen);
    } else if (command == "latency") {
        view_latency(answer, false, screen);
    } else {
        screen.line().add(field(answer, "ok"));
    }
}

}  // namespace portcullis::tools
