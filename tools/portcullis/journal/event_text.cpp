// One line for each kind of record. See event_text.hpp.
#include "tools/portcullis/journal/event_text.hpp"

#include <fmt/core.h>

#include "engine/events/account.hpp"
#include "engine/events/control.hpp"
#include "engine/events/decisions.hpp"
#include "engine/events/market.hpp"
#include "engine/events/recovery.hpp"
#include "risk/deny_reason.hpp"
#include "tools/portcullis/amounts.hpp"
#include "tools/portcullis/journal/credential_text.hpp"
#include "tools/portcullis/journal/operator_text.hpp"

namespace portcullis::tools {
namespace {

using namespace engine;

std::string amount(std::int64_t atoms) {
    return decimal_text(atoms);
}

std::string amount(int128 atoms) {
    const auto narrow = to_int64(atoms);
    return narrow ? amount(*narrow) : std::string("beyond 64 bits");
}

std::string id(ClOrdId order) {
    return fmt::format("{}-{}", order.epoch().value, order.sequence());
}

const char* side(Side of) {
    return of == Side::buy ? "buy" : "sell";
}

std::string order_text(const NewOrderSingle& order) {
    return fmt::format("id={} instrument={} strategy={} {} {} lots at {} ticks",
                       id(order.cl_ord_id), order.instrument.value, order.strategy.value,
                       side(order.side), order.qty.value, order.price.value);
}

// Besides the first one.
std::string other_reasons(const OrderDenied& denied) {
    std::string text;
    denied.all_reasons().for_each([&](ReasonId reason) {
        if (reason.value != denied.reason) {
            text += text.empty() ? ", also " : " ";
            text += risk::name(static_cast<risk::DenyReason>(reason.value));
        }
    });
    return text;
}

std::string market_text(const Event& event) {
    switch (event.header.type) {
        case EventType::instrument_definition: {
            const auto e = event.as<InstrumentDefinition>();
            return fmt::format("instrument={} version={} tick={} lot={} status={}",
                               e.instrument.value, e.version, amount(e.tick.value),
                               amount(e.lot.value), static_cast<int>(e.status));
        }
        case EventType::book_reset: {
            const auto e = event.as<BookReset>();
            return fmt::format("instrument={} reason={}", e.instrument.value,
                               static_cast<int>(e.reason));
        }
        case EventType::book_delta: {
            const auto e = event.as<BookDelta>();
            std::string text = fmt::format("instrument={} U={} u={} flags={}", e.instrument.value,
                                           e.first_update.value, e.last_update.value, e.flags);
            for (std::size_t i = 0; i < e.level_count && i < BookDelta::levels_max; ++i) {
                text += fmt::format(" {}={} x {}", (e.ask_mask >> i & 1) != 0 ? "ask" : "bid",
                                    amount(e.levels[i].price.value), amount(e.levels[i].qty.value));
            }
            return text;
        }
        case EventType::top_of_book: {
            const auto e = event.as<TopOfBook>();
            return fmt::format("instrument={} u={} bid={} x {} ask={} x {}", e.instrument.value,
                               e.update.value, amount(e.bid.price.value), amount(e.bid.qty.value),
                               amount(e.ask.price.value), amount(e.ask.qty.value));
        }
        case EventType::trade_print: {
            const auto e = event.as<TradePrint>();
            return fmt::format("instrument={} trade={} {} x {} taker={}", e.instrument.value,
                               e.trade.value, amount(e.price.value), amount(e.qty.value),
                               side(e.aggressor));
        }
        case EventType::feed_alive:
            return fmt::format("instruments={:#x}", event.as<FeedAlive>().instruments);
        default:
            return {};
    }
}

// style: long-function because it is one table, a row for each type
std::string account_text(const Event& event) {
    switch (event.header.type) {
        case EventType::execution_report: {
            const auto e = event.as<ExecutionReport>();
            return fmt::format(
                "id={} order={} type={} status={} qty={} last={} x {} cum={} trade={} fee={} "
                "source={}",
                id(e.cl_ord_id), e.order_id.value, static_cast<int>(e.exec_type),
                static_cast<int>(e.status), amount(e.order_qty.value), amount(e.last_price.value),
                amount(e.last_qty.value), amount(e.cum_qty.value), e.trade.value,
                amount(e.fee_atoms), static_cast<int>(e.source()));
        }
        case EventType::order_cancel_reject: {
            const auto e = event.as<OrderCancelReject>();
            return fmt::format("id={} reason={} code={}", id(e.cl_ord_id),
                               static_cast<int>(e.reason), e.venue_code);
        }
        case EventType::request_outcome: {
            const auto e = event.as<RequestOutcome>();
            return fmt::format("id={} kind={} fate={} reason={} code={} sent={}", id(e.cl_ord_id),
                               static_cast<int>(e.kind), static_cast<int>(e.fate),
                               static_cast<int>(e.reason), e.venue_code, e.sent.value);
        }
        case EventType::account_balance: {
            const auto e = event.as<AccountBalance>();
            return fmt::format("asset={} free={} locked={} snapshot={}", e.asset.value,
                               amount(e.free.value), amount(e.locked.value), e.from_snapshot);
        }
        case EventType::balance_delta: {
            const auto e = event.as<BalanceDelta>();
            return fmt::format("asset={} delta={} source={}", e.asset.value, amount(e.delta.value),
                               static_cast<int>(e.source));
        }
        case EventType::open_order: {
            const auto e = event.as<OpenOrder>();
            return fmt::format("id={} order={} {} {} x {} filled={}", id(e.cl_ord_id),
                               e.order_id.value, side(e.side), amount(e.price.value),
                               amount(e.order_qty.value), amount(e.cum_qty.value));
        }
        case EventType::account_fill: {
            const auto e = event.as<AccountFill>();
            return fmt::format("id={} order={} trade={} {} {} x {} fee={}", id(e.cl_ord_id),
                               e.order_id.value, e.trade.value, side(e.side), amount(e.price.value),
                               amount(e.qty.value), amount(e.fee_atoms));
        }
        case EventType::order_not_found:
            return fmt::format("id={}", id(event.as<OrderNotFound>().cl_ord_id));
        case EventType::foreign_activity: {
            const auto e = event.as<ForeignActivity>();
            return fmt::format("kind={} order={} trade={}", static_cast<int>(e.kind),
                               e.order_id.value, e.trade.value);
        }
        default:
            return {};
    }
}

std::string control_text(const Event& event) {
    switch (event.header.type) {
        case EventType::session_start: {
            const auto e = event.as<SessionStart>();
            return fmt::format("epoch={} config={:016x}", e.epoch, e.config_hash);
        }
        case EventType::session_state: {
            const auto e = event.as<SessionState>();
            return fmt::format("session={} status={} index={}", static_cast<int>(e.session),
                               static_cast<int>(e.status), e.index);
        }
        case EventType::reconcile_step: {
            const auto e = event.as<ReconcileStep>();
            return fmt::format("phase={} open_orders={} only={} round={}",
                               static_cast<int>(e.phase), e.open_orders, e.open_orders_only,
                               e.round);
        }
        case EventType::timer:
            return fmt::format("count={}", event.as<Timer>().count);
        case EventType::kill_changed: {
            const auto e = event.as<KillChanged>();
            return fmt::format("scope={} index={} word={} ({}) wall={}", static_cast<int>(e.scope),
                               e.index, e.word, (e.word & 1U) != 0 ? "killed" : "open",
                               event.header.wall.value);
        }
        case EventType::rate_usage: {
            const auto e = event.as<RateUsage>();
            return fmt::format("weight={}/{} orders={}/{}", e.weight_used, e.weight_max,
                               e.orders_used, e.orders_max);
        }
        case EventType::venue_clock:
            return fmt::format("offset_ns={}", event.as<VenueClock>().offset.value);
        case EventType::mark_set: {
            const auto e = event.as<MarkSet>();
            return fmt::format("asset={} price_micro={}", e.asset.value, e.price_micro);
        }
        default:
            return {};
    }
}

std::string decision_text(const Event& event) {
    switch (event.header.type) {
        case EventType::order_approved: {
            const auto e = event.as<OrderApproved>();
            return fmt::format("{} approval={}", order_text(e.order), e.approval.value);
        }
        case EventType::replace_approved: {
            const auto e = event.as<ReplaceApproved>();
            const bool amend = e.mode == engine::ReplaceMode::amend_in_place;
            return fmt::format("{} {}={} approval={}", order_text(e.order),
                               amend ? "amends" : "replaces", id(e.orig_cl_ord_id),
                               e.approval.value);
        }
        case EventType::resync_requested: {
            const auto e = event.as<ResyncRequested>();
            return fmt::format("instrument={} reason={}", e.instrument.value, e.reason);
        }
        case EventType::order_denied: {
            const auto e = event.as<OrderDenied>();
            const auto reason = static_cast<risk::DenyReason>(e.reason);
            const std::string window =
                e.window == 0 ? std::string{} : fmt::format(" window={}", e.window);
            return fmt::format("{} limit={} value={}{} strategy={} {} {} lots at {} ticks{}",
                               risk::name(reason), e.limit, e.value, window, e.strategy.value,
                               side(e.side), e.qty.value, e.price.value, other_reasons(e));
        }
        case EventType::cancel_requested:
            return fmt::format("id={}", id(event.as<CancelRequested>().request.cl_ord_id));
        case EventType::mass_cancel_requested:
            return fmt::format("instrument={}",
                               event.as<MassCancelRequested>().request.instrument.value);
        case EventType::status_requested:
            return fmt::format("id={}", id(event.as<StatusRequested>().request.cl_ord_id));
        case EventType::mark_taken: {
            const auto e = event.as<MarkTaken>();
            return fmt::format("asset={} price_micro={} pnl_micro={} known={}", e.asset.value,
                               e.price_micro, e.pnl.value, e.pnl_known);
        }
        case EventType::trading_state_changed: {
            const auto e = event.as<TradingStateChanged>();
            const auto control = static_cast<risk::DenyReason>(e.cause & 0xffffU);
            return fmt::format(
                "scope={} index={} state={} cause={}", static_cast<int>(e.scope), e.index,
                static_cast<int>(e.state),
                is_latched(e.cause) ? std::string(risk::name(control)) : std::to_string(e.cause));
        }
        case EventType::risk_trip: {
            const auto e = event.as<RiskTrip>();
            return fmt::format("{} limit={} value={} {} scope={} index={}",
                               risk::name(static_cast<risk::DenyReason>(e.reason)), e.limit,
                               e.value, risk::name(static_cast<BreachAction>(e.action)),
                               static_cast<int>(e.scope), e.index);
        }
        case EventType::breach: {
            const auto e = event.as<Breach>();
            return fmt::format("kind={} order={}", e.kind, e.order_id.value);
        }
        case EventType::state_hash: {
            const auto e = event.as<StateHashTaken>();
            return fmt::format("hash={:016x} inputs={}", e.hash, e.inputs);
        }
        case EventType::drain_completed: {
            const auto e = event.as<DrainCompleted>();
            return fmt::format("scope={} index={} rounds={} killed={}", static_cast<int>(e.scope),
                               e.index, e.rounds, e.killed);
        }
        default:
            return {};
    }
}

std::string books_text(const Event& event) {
    switch (event.header.type) {
        case EventType::fill_booked: {
            const auto e = event.as<FillBooked>();
            return fmt::format("id={} trade={} {} {} x {} fee={}", id(e.cl_ord_id), e.trade.value,
                               side(e.side), amount(e.price.value), amount(e.qty.value),
                               amount(e.fee_atoms));
        }
        case EventType::order_closed: {
            const auto e = event.as<OrderClosed>();
            return fmt::format("id={} order={} filled={} end={}", id(e.cl_ord_id), e.order_id.value,
                               amount(e.cum.value), e.end);
        }
        case EventType::balance_taken: {
            const auto e = event.as<BalanceTaken>();
            return fmt::format("asset={} balance={} cause={}", e.asset.value,
                               amount(e.balance.value), e.cause);
        }
        case EventType::reconciled: {
            const auto e = event.as<Reconciled>();
            return fmt::format("agent={} attempts={}", e.agent.value, e.attempts);
        }
        case EventType::restored_balance: {
            const auto e = event.as<RestoredBalance>();
            return fmt::format("asset={} balance={}", e.asset.value, amount(e.balance.value));
        }
        case EventType::trade_baseline: {
            const auto e = event.as<TradeBaseline>();
            return fmt::format("instrument={} last={}", e.instrument.value, e.last.value);
        }
        case EventType::restored_order: {
            const auto e = event.as<RestoredOrder>();
            return fmt::format("id={} order={} {} {} x {} filled={}", id(e.cl_ord_id),
                               e.order_id.value, side(e.side), amount(e.price.value),
                               amount(e.qty.value), amount(e.cum.value));
        }
        case EventType::restored_state: {
            const auto e = event.as<RestoredState>();
            return fmt::format("scope={} index={} state={} cause={}", static_cast<int>(e.scope),
                               e.index, static_cast<int>(e.state), e.cause);
        }
        default:
            return {};
    }
}

}  // namespace

// style: long-function because it is one table, a row for each type
const char* event_name(EventType type) noexcept {
    switch (type) {
        case EventType::none:
            return "none";
        case EventType::instrument_definition:
            return "instrument_definition";
        case EventType::book_reset:
            return "book_reset";
        case EventType::book_delta:
            return "book_delta";
        case EventType::top_of_book:
            return "top_of_book";
        case EventType::trade_print:
            return "trade_print";
        case EventType::feed_alive:
            return "feed_alive";
        case EventType::execution_report:
            return "execution_report";
        case EventType::order_cancel_reject:
            return "order_cancel_reject";
        case EventType::request_outcome:
            return "request_outcome";
        case EventType::account_balance:
            return "account_balance";
        case EventType::balance_delta:
            return "balance_delta";
        case EventType::open_order:
            return "open_order";
        case EventType::account_fill:
            return "account_fill";
        case EventType::order_not_found:
            return "order_not_found";
        case EventType::foreign_activity:
            return "foreign_activity";
        case EventType::session_state:
            return "session_state";
        case EventType::reconcile_step:
            return "reconcile_step";
        case EventType::timer:
            return "timer";
        case EventType::kill_changed:
            return "kill_changed";
        case EventType::operator_command:
            return "operator_command";
        case EventType::operator_note:
            return "operator_note";
        case EventType::limit_change:
            return "limit_change";
        case EventType::limits_take:
            return "limits_take";
        case EventType::rate_usage:
            return "rate_usage";
        case EventType::venue_clock:
            return "venue_clock";
        case EventType::mark_set:
            return "mark_set";
        case EventType::session_start:
            return "session_start";
        case EventType::restored_balance:
            return "restored_balance";
        case EventType::trade_baseline:
            return "trade_baseline";
        case EventType::restored_order:
            return "restored_order";
        case EventType::restored_state:
            return "restored_state";
        case EventType::order_approved:
            return "order_approved";
        case EventType::replace_approved:
            return "replace_approved";
        case EventType::order_denied:
            return "order_denied";
        case EventType::cancel_requested:
            return "cancel_requested";
        case EventType::mass_cancel_requested:
            return "mass_cancel_requested";
        case EventType::status_requested:
            return "status_requested";
        case EventType::open_orders_requested:
            return "open_orders_requested";
        case EventType::resync_requested:
            return "resync_requested";
        case EventType::mark_taken:
            return "mark_taken";
        case EventType::trading_state_changed:
            return "trading_state_changed";
        case EventType::breach:
            return "breach";
        case EventType::state_hash:
            return "state_hash";
        case EventType::drain_completed:
            return "drain_completed";
        case EventType::reconcile_requested:
            return "reconcile_requested";
        case EventType::fill_booked:
            return "fill_booked";
        case EventType::order_closed:
            return "order_closed";
        case EventType::balance_taken:
            return "balance_taken";
        case EventType::reconciled:
            return "reconciled";
        case EventType::risk_trip:
            return "risk_trip";
        case EventType::limits_taken:
            return "limits_taken";
        case EventType::alert:
            return "alert";
        case EventType::raw_message:
            return "raw_message";
        case EventType::sighting:
            return "sighting";
        case EventType::restored_credential:
            return "restored_credential";
        case EventType::credential_signal:
            return "credential_signal";
        case EventType::credential_state_changed:
            return "credential_state_changed";
        case EventType::session_end:
            return "session_end";
    }
    return "unknown";
}

std::string event_text(const Event& event) {
    std::string body = market_text(event);
    for (auto* text :
         {account_text, control_text, decision_text, books_text, credential_text, operator_text}) {
        if (body.empty()) {
            body = text(event);
        }
    }
    const char* name = event_name(event.header.type);
    return body.empty() ? std::string(name) : fmt::format("{} {}", name, body);
}

}  // namespace portcullis::tools
