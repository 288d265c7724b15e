#include "gateways/binance/account_layout.hpp"

#include "gateways/binance/account_fields.hpp"
#include "gateways/binance/errors.hpp"
#include "gateways/binance/layout_reader.hpp"

namespace portcullis::gateways::binance {

namespace order_field = account_json::order_field;

namespace {

/// An integer that nobody reads: -1, or what is not negative.
bool skip_integer(LayoutReader& in) noexcept {
    return in.literal("-1,") || in.number();
}
bool skip_bool(LayoutReader& in) noexcept {
    return in.literal("true") || in.literal("false");
}

/// An order's or execution's number; -1 is none.
bool next_number_or_none(LayoutReader& in, std::uint64_t& out) noexcept {
    out = 0;
    return in.literal("-1,") || in.number(out);
}

bool next_trade(LayoutReader& in, engine::TradeId& out) noexcept {
    std::uint64_t id = 0;
    if (in.literal("-1,")) {
        out = engine::no_trade;
        return true;
    }
    const bool good = in.number(id) && id <= LayoutReader::signed_max;
    out.value = static_cast<std::int64_t>(id);
    return good;
}

bool next_small(LayoutReader& in, std::uint32_t& out, char stop = ',') noexcept {
    std::uint64_t value = 0;
    const bool good = in.number(value, stop) && value <= std::numeric_limits<std::uint32_t>::max();
    out = static_cast<std::uint32_t>(value);
    return good;
}

bool next_side(LayoutReader& in, engine::Side& out) noexcept {
    std::string_view word;
    return in.text(word) && account_json::side_named(word, out);
}
bool next_status(LayoutReader& in, engine::OrdStatus& out) noexcept {
    std::string_view word;
    return in.text(word) && account_json::status_named(word, out);
}
bool next_exec_type(LayoutReader& in, engine::ExecType& out) noexcept {
    std::string_view word;
    return in.text(word) && account_json::exec_type_named(word, out);
}
bool next_reject(LayoutReader& in, engine::RejectReason& out) noexcept {
    std::string_view word;
    const bool good = in.text(word);
    out = reject_reason_of_event(word);
    return good;
}

/// "n" and "N": what was paid, in which asset; a rebate is negative.
bool next_fee(LayoutReader& in, const SymbolTable& symbols, OrderRow& row) noexcept {
    const auto fee = engine::parse_signed_decimal(in.until('"'));
    row.fee_atoms = fee.atoms;
    if (fee.error != engine::DecimalError::none || !in.literal(R"(,"N":)")) {
        return false;
    }
    if (in.literal("null,")) {
        return true;
    }
    std::string_view name;
    const bool good = in.literal(R"(")") && in.text(name) && in.literal(",");
    row.fee_asset = symbols.asset(name);
    return good;
}

/// What stands between price and "x": nobody reads but the id that the order had before. Nearly
/// always it is no stop, no iceberg and of no list, which is one comparison.
bool next_terms(LayoutReader& in, OrderRow& row) noexcept {
    return (in.literal(R"(,"P":"0.00000000","F":"0.00000000","g":-1,"C":")") ||
            (in.literal(R"(,"P":")") && in.text() && in.literal(R"(,"F":")") && in.text() &&
             in.literal(R"(,"g":)") && skip_integer(in) && in.literal(R"("C":")"))) &&
           in.text(row.orig_client_id);
}

/// "l" to "N": what was done and paid. Nearly always nothing is, of an order that came or went.
bool next_execution(LayoutReader& in, const SymbolTable& symbols, OrderRow& row) noexcept {
    return in.literal(R"("l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0","N":null,)") ||
           (in.literal(R"("l":")") && in.decimal(row.last_qty.value) && in.literal(R"(,"z":")") &&
            in.decimal(row.cum_qty.value) && in.literal(R"(,"L":")") &&
            in.decimal(row.last_price.value) && in.literal(R"(,"n":")") &&
            next_fee(in, symbols, row));
}

/// "Z" to "Q": amounts of the quote asset, which nobody reads.
bool next_amounts(LayoutReader& in) noexcept {
    return in.literal(R"("Z":"0.00000000","Y":"0.00000000","Q":"0.00000000")") ||
           (in.literal(R"("Z":")") && in.text() && in.literal(R"(,"Y":")") && in.text() &&
            in.literal(R"(,"Q":")") && in.text());
}

/// From "w" to the end of the event. W: since when the order works; eR: why it expired.
bool next_rest(LayoutReader& in, OrderRow& row) noexcept {
    if (!in.literal(R"("w":)") || !skip_bool(in)) {
        return false;
    }
    row.maker = in.literal(R"(,"m":true,"M":)");
    return (row.maker || in.literal(R"(,"m":false,"M":)")) && skip_bool(in) &&
           in.literal(R"(,"O":)") && in.number() && next_amounts(in) &&
           (in.literal(R"(,"V":")") ||
            (in.literal(R"(,"W":)") && in.number() && in.literal(R"("V":")"))) &&
           in.text() &&
           (in.literal("}}") || (in.literal(R"(,"eR":")") && in.text() && in.literal("}}")));
}

/// From behind the result to the end of the frame.
bool next_limits(LayoutReader& in, Usage& usage) noexcept {
    if (in.literal("}")) {
        return true;
    }
    if (!in.literal(R"(,"rateLimits":[)")) {
        return false;
    }
    if (in.literal("]}")) {
        return true;
    }
    do {
        account_json::LimitRow row;
        if (!in.literal(R"({"rateLimitType":")") || !in.text(row.type) ||
            !in.literal(R"(,"interval":")") || !in.text(row.interval) ||
            !in.literal(R"(,"intervalNum":)") || !next_small(in, row.interval_count) ||
            row.interval_count > account_json::LimitRow::interval_count_max ||
            !in.literal(R"("limit":)") || !next_small(in, row.limit) ||
            !in.literal(R"("count":)") || !next_small(in, row.count, '}')) {
            return false;
        }
        account_json::note_limit(row, true, usage);
    } while (in.literal(","));
    return in.literal("]}");
}

/// A balance up to its quote. Beyond 28 characters the walk decides.
bool next_amount(LayoutReader& in, engine::AmountAtoms& out) noexcept {
    const std::string_view text = in.until('"');
    const auto parsed = engine::parse_decimal(text);
    out = engine::AmountAtoms{parsed.atoms};
    return parsed.error == engine::DecimalError::none && text.size() <= 28;
}

}  // namespace

bool AccountLayout::read(std::string_view frame, Decoded& out) const noexcept {
    LayoutReader in(frame);
    if (in.literal(R"({"subscriptionId":)")) {
        return in.number() && in.literal(R"("event":{"e":")") && read_event(in, out) && in.at_end();
    }
    out.kind = Decoded::Kind::answer;
    return in.literal(R"({"id":)") && in.number(out.answer.id.value) &&
           in.literal(R"("status":200,"result":{)") && read_answer(in, out.answer) && in.at_end();
}

bool AccountLayout::read_event(LayoutReader& in, Decoded& out) const noexcept {
    StreamEvent& event = out.event;
    out.kind = Decoded::Kind::event;
    out.was_event = true;
    if (in.literal(R"(executionReport","E":)")) {
        event.kind = UserEvent::execution;
        const bool good = read_execution(in, event.order);
        event.time = event.order.time;
        return good;
    }
    event.kind = UserEvent::position;
    return in.literal(R"(outboundAccountPosition","E":)") && in.number() &&
           read_position(in, event);
}

bool AccountLayout::read_symbol(LayoutReader& in, OrderRow& row) const noexcept {
    const bool good = in.text(row.symbol);
    row.instrument = symbols_.instrument(row.symbol);
    return good;
}

bool AccountLayout::read_execution(LayoutReader& in, OrderRow& row) const noexcept {
    row.fields = order_field::of_layout;
    engine::WallNs told{};
    const bool order = in.time(told) && in.literal(R"("s":")") && read_symbol(in, row) &&
                       in.literal(R"(,"c":")") && in.text(row.client_id) &&
                       in.literal(R"(,"S":")") && next_side(in, row.side) &&
                       in.literal(R"(,"o":")") && in.text() && in.literal(R"(,"f":")") &&
                       in.text() && in.literal(R"(,"q":")") && in.decimal(row.qty.value) &&
                       in.literal(R"(,"p":")") && in.decimal(row.price.value) &&
                       next_terms(in, row);
    const bool execution = order && in.literal(R"(,"x":")") && next_exec_type(in, row.exec_type) &&
                           in.literal(R"(,"X":")") && next_status(in, row.status) &&
                           in.literal(R"(,"r":")") && next_reject(in, row.reject) &&
                           in.literal(R"(,"i":)") && next_number_or_none(in, row.order_id.value) &&
                           next_execution(in, symbols_, row) && in.literal(R"("T":)") &&
                           in.time(row.time) && in.literal(R"("t":)") &&
                           next_trade(in, row.trade) && in.literal(R"("I":)") &&
                           next_number_or_none(in, row.exec_id.value);
    return execution && next_rest(in, row) &&
           account_json::execution_fault(row).error == DecodeError::none;
}

bool AccountLayout::read_position(LayoutReader& in, StreamEvent& event) const noexcept {
    if (!in.literal(R"("u":)") || !in.time(event.time) || !in.literal(R"("B":[)")) {
        return false;
    }
    account_json::BalanceList list(balances_);
    do {
        BalanceRow row;
        std::string_view name;
        if (!in.literal(R"({"a":")") || !in.text(name) || !in.literal(R"(,"f":")") ||
            !next_amount(in, row.free) || !in.literal(R"(,"l":")") ||
            !next_amount(in, row.locked) || !in.literal("}")) {
            return false;
        }
        row.asset = symbols_.asset(name);
        if (!list.add(row)) {
            return false;
        }
    } while (in.literal(","));
    event.balances = balances_.first(list.count());
    event.unknown_assets = list.unknown();
    return in.literal("]}}");
}

bool AccountLayout::read_answer(LayoutReader& in, Answer& answer) const noexcept {
    answer.status = 200;
    bool good = false;
    switch (answer.id.call()) {
        case Call::place:
            good = read_placed(in, answer.order);
            break;
        case Call::cancel:
            good = read_canceled(in, answer.order);
            break;
        case Call::replace:
            answer.cancel_leg.result = LegResult::success;
            answer.new_leg.result = LegResult::success;
            good = in.literal(R"("cancelResult":"SUCCESS","newOrderResult":"SUCCESS",)"
                              R"("cancelResponse":{)") &&
                   read_canceled(in, answer.cancel_leg.order) &&
                   in.literal(R"(,"newOrderResponse":{)") &&
                   read_placed(in, answer.new_leg.order) && in.literal("}");
            break;
        default:
            break;
    }
    return good && next_limits(in, answer.usage);
}

/// The answer of kind ACK.
bool AccountLayout::read_placed(LayoutReader& in, OrderRow& row) const noexcept {
    row.fields = order_field::of_ack | order_field::transact_time;
    return in.literal(R"("symbol":")") && read_symbol(in, row) && in.literal(R"(,"orderId":)") &&
           in.number(row.order_id.value) && in.literal(R"("orderListId":)") && skip_integer(in) &&
           in.literal(R"("clientOrderId":")") && in.text(row.client_id) &&
           in.literal(R"(,"transactTime":)") && in.time(row.time, '}');
}

bool AccountLayout::read_canceled(LayoutReader& in, OrderRow& row) const noexcept {
    row.fields = order_field::of_cancel | order_field::transact_time;
    const bool names = in.literal(R"("symbol":")") && read_symbol(in, row) &&
                       in.literal(R"(,"origClientOrderId":")") && in.text(row.orig_client_id) &&
                       in.literal(R"(,"orderId":)") && in.number(row.order_id.value) &&
                       in.literal(R"("orderListId":)") && skip_integer(in) &&
                       in.literal(R"("clientOrderId":")") && in.text(row.client_id) &&
                       in.literal(R"(,"transactTime":)") && in.time(row.time);
    return names && in.literal(R"("price":")") && in.decimal(row.price.value) &&
           in.literal(R"(,"origQty":")") && in.decimal(row.qty.value) &&
           in.literal(R"(,"executedQty":")") && in.decimal(row.cum_qty.value) &&
           in.literal(R"(,"origQuoteOrderQty":")") && in.text() &&
           in.literal(R"(,"cummulativeQuoteQty":")") && in.text() && in.literal(R"(,"status":")") &&
           next_status(in, row.status) && in.literal(R"(,"timeInForce":")") && in.text() &&
           in.literal(R"(,"type":")") && in.text() && in.literal(R"(,"side":")") &&
           next_side(in, row.side) && in.literal(R"(,"selfTradePreventionMode":")") && in.text() &&
           in.literal("}") && account_json::order_fault(row).error == DecodeError::none;
}

}  // namespace portcullis::gateways::binance
