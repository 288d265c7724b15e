// Rows of the windows: each measure at each scope, and each limit of a window's row alone.
//
// Three are admitted in the window under test, of the order's own size (6,000 of the risk
// currency); an earlier run has sent, or was filled, two or three of them.
#include "tests/risk/spec_rows.hpp"

namespace portcullis::risk {

using engine::Scope;
using enum Expect;
using W = GateWorld;

namespace {

constexpr std::int64_t admitted = 3;
constexpr std::int64_t order_micro = 6'000 * micro;

struct MeasureOf {
    Measure measure;
    const char* name;
    const char* key;
    std::int64_t WindowLimits::*field;
    std::int64_t unit;
};
constexpr MeasureOf measures[]{
    {Measure::messages, "messages", "messages_max", &WindowLimits::messages_max, 1},
    {Measure::orders, "orders", "orders_max", &WindowLimits::orders_max, 1},
    {Measure::submitted, "submitted", "submitted_micro_max", &WindowLimits::submitted_micro_max,
     order_micro},
    {Measure::fills, "fills", "fills_max", &WindowLimits::fills_max, 1},
    {Measure::filled, "filled", "filled_micro_max", &WindowLimits::filled_micro_max, order_micro}};
constexpr Scope scopes[]{Scope::strategy, Scope::instrument, Scope::venue, Scope::account,
                         Scope::firm};
constexpr const char* scope_names[]{"strategy", "instrument", "venue", "account", "firm"};

WindowSet& windows_of(W& w, Scope scope) {
    switch (scope) {
        case Scope::strategy:
            return w.config.limits.strategy[0].windows;
        case Scope::instrument:
            return w.config.limits.instrument[0].windows;
        case Scope::venue:
            return w.config.limits.venue[0].windows;
        case Scope::account:
            return w.config.limits.account[0].windows;
        default:
            return w.config.limits.firm.windows;
    }
}

template <std::size_t S, std::size_t M>
void limit_to(W& w, std::int64_t limit) {
    for (WindowLimits& window : windows_of(w, scopes[S])) {
        window.*measures[M].field = window.span_ns > 0 ? limit : 0;
    }
}
/// An entry of the order's scopes, `age_ns` ago.
template <std::size_t M>
void past(W& w, int n, Weight weight, std::int64_t age_ns = 0) {
    const PastEntry entry{.at = engine::MonoNs{w.context.now.value - age_ns},
                          .weight = weight,
                          .instrument = w.order.instrument,
                          .strategy = w.order.strategy};
    for (int i = 0; i < n; ++i) {
        measures[M].measure >= Measure::fills ? w.gate().restore_filled(entry)
                                              : w.gate().restore_sent(entry);
    }
}
constexpr Weight of_order = Weight{order_micro} * weight_per_micro;

template <std::size_t S, std::size_t M>
void edge(W& w) {
    limit_to<S, M>(w, admitted * measures[M].unit);
    past<M>(w, admitted - 1, of_order);
}
template <std::size_t S, std::size_t M>
void one_more(W& w) {
    limit_to<S, M>(w, admitted * measures[M].unit);
    past<M>(w, admitted, of_order);
}
/// A weight by its least part, a count by one.
template <std::size_t S, std::size_t M>
void least_more(W& w) {
    limit_to<S, M>(w, admitted * measures[M].unit);
    past<M>(w, admitted - 1, of_order);
    past<M>(w, 1, measures[M].unit > 1 ? 1 : of_order);
}
template <std::size_t S, std::size_t M>
void when_the_window_ends(W& w) {
    limit_to<S, M>(w, admitted * measures[M].unit);
    past<M>(w, admitted, of_order, 60'000 * ms);
}
template <std::size_t S, std::size_t M>
void one_ns_before(W& w) {
    limit_to<S, M>(w, admitted * measures[M].unit);
    past<M>(w, admitted, of_order, 60'000 * ms - 1);
}
template <std::size_t S, std::size_t M>
void absent(W& w) {
    limit_to<S, M>(w, 0);
}
/// More than the log remembers, each of more than any limit.
template <std::size_t S, std::size_t M>
void overflow(W& w) {
    past<M>(w, 1'100, weight_max);
}
template <std::size_t S, std::size_t M>
void the_gate_counts_its_own(W& w) {
    limit_to<S, M>(w, admitted * measures[M].unit);
    for (int i = 0; i < admitted; ++i) {
        w.place();
        w.gate().tidy(w.context.now);
        if (measures[M].measure >= Measure::fills) {
            w.gate().on_fill(static_cast<engine::OrderSlot>(i),
                             {.price = engine::PriceAtoms{middle},
                              .qty = engine::QtyAtoms{tenth},
                              .instrument = btcusdt,
                              .side = engine::Side::buy},
                             w.context.now);
        }
    }
}
template <std::size_t S, std::size_t M>
void of_another(W& w) {
    limit_to<S, M>(w, admitted * measures[M].unit);
    const PastEntry entry{.at = w.context.now,
                          .weight = of_order,
                          .instrument = ethusdt,
                          .strategy = engine::StrategyId{1},
                          .venue = engine::VenueId{1},
                          .account = engine::AccountId{1}};
    for (int i = 0; i < admitted; ++i) {
        w.gate().restore_sent(entry);
        w.gate().restore_filled(entry);
    }
}

template <std::size_t S, std::size_t M>
void add(std::vector<Row>& rows) {
    const std::string name = std::string{measures[M].name} + "_" + scope_names[S];
    const std::string limit = std::string{scope_names[S]} + "_window_" + measures[M].key;
    DenyReason reason{};
    for (const ReasonInfo& each : deny_reasons) {
        reason = each.name == name ? each.reason : reason;
    }
    rows.push_back({name, "edge", reason, pass, &edge<S, M>});
    rows.push_back({name, "one_more", reason, deny, &one_more<S, M>});
    rows.push_back({name, "least_more", reason, deny, &least_more<S, M>});
    rows.push_back({name, "when_the_window_ends", reason, pass, &when_the_window_ends<S, M>});
    rows.push_back({name, "one_ns_before_it_ends", reason, deny, &one_ns_before<S, M>});
    rows.push_back({name, "absent", reason, deny, &absent<S, M>});
    rows.push_back({name, "overflow", reason, among, &overflow<S, M>});
    rows.push_back({name, "the_gate_counts_its_own", reason, deny, &the_gate_counts_its_own<S, M>});
    rows.push_back(
        {name, "of_another", reason, scopes[S] == Scope::firm ? deny : pass, &of_another<S, M>});
    rows.push_back({limit, "edge", reason, pass, &edge<S, M>});
    rows.push_back({limit, "beyond", reason, deny, &one_more<S, M>});
}
template <std::size_t... I>
std::vector<Row> all(std::index_sequence<I...>) {
    std::vector<Row> rows;
    (add<I / std::size(measures), I % std::size(measures)>(rows), ...);
    return rows;
}

std::int64_t& strategy_order(W& w) {
    return w.config.limits.strategy[0].order_notional_micro_max;
}
std::int64_t& venue_order(W& w) {
    return w.config.limits.venue[0].order_notional_micro_max;
}
std::int64_t& account_order(W& w) {
    return w.config.limits.account[0].order_notional_micro_max;
}
std::int64_t& firm_order(W& w) {
    return w.config.limits.firm.order_notional_micro_max;
}
template <auto Of>
void add_order_notional(std::vector<Row>& rows, DenyReason reason) {
    const std::string of{name(reason)};
    rows.push_back({of, "edge", reason, pass, [](W& w) { Of(w) = order_micro; }});
    rows.push_back({of, "one_above", reason, deny, [](W& w) { Of(w) = order_micro - 1; }});
    rows.push_back({of, "absent", reason, deny, [](W& w) { Of(w) = 0; }});
    rows.push_back({of, "overflow", reason, among, [](W& w) {
                        w.order.price.value = largest;
                        w.order.qty.value = largest;
                    }});
}

}  // namespace

std::vector<Row> rows_of_windows() {
    std::vector<Row> rows =
        all(std::make_index_sequence<std::size(scopes) * std::size(measures)>{});
    add_order_notional<strategy_order>(rows, DenyReason::order_notional_strategy);
    add_order_notional<venue_order>(rows, DenyReason::order_notional_venue);
    add_order_notional<account_order>(rows, DenyReason::order_notional_account);
    add_order_notional<firm_order>(rows, DenyReason::order_notional_firm);
    return rows;
}

}  // namespace portcullis::risk
