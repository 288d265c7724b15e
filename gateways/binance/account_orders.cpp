// Orders in answers and events: one table for the long names, one for the short ones.
#include "gateways/binance/account_fields.hpp"
#include "gateways/binance/errors.hpp"

namespace portcullis::gateways::binance::account_json {

using engine::ExecType;
using engine::OrdStatus;
using json::decimal_of;
using json::time_of;
using json::unsigned_of;

namespace {

template <class Enum, std::size_t N>
bool find_word(std::string_view word,
               const std::array<std::pair<std::string_view, Enum>, N>& values, Enum& out) noexcept {
    for (const auto& [name, value] : values) {
        if (name == word) {
            out = value;
            return true;
        }
    }
    return false;
}

using StatusName = std::pair<std::string_view, OrdStatus>;
constexpr std::array status_names{
    StatusName{"NEW", OrdStatus::new_},
    StatusName{"PENDING_NEW", OrdStatus::new_},
    StatusName{"PARTIALLY_FILLED", OrdStatus::partially_filled},
    StatusName{"FILLED", OrdStatus::filled},
    StatusName{"CANCELED", OrdStatus::canceled},
    StatusName{"PENDING_CANCEL", OrdStatus::new_},
    StatusName{"REJECTED", OrdStatus::rejected},
    StatusName{"EXPIRED", OrdStatus::expired},
    StatusName{"EXPIRED_IN_MATCH", OrdStatus::expired},
};
using ExecName = std::pair<std::string_view, ExecType>;
constexpr std::array exec_names{
    ExecName{"NEW", ExecType::new_},
    ExecName{"TRADE", ExecType::trade},
    ExecName{"CANCELED", ExecType::canceled},
    ExecName{"REPLACED", ExecType::replaced},
    ExecName{"REJECTED", ExecType::rejected},
    ExecName{"EXPIRED", ExecType::expired},
    ExecName{"TRADE_PREVENTION", ExecType::trade_prevented},
};

DecodeError symbol(std::string_view token, const Context& context, OrderRow& row) noexcept {
    const auto error = plain_text(token, row.symbol);
    row.instrument = context.symbols.instrument(row.symbol);
    return error;
}
DecodeError order_id(std::string_view token, const Context&, OrderRow& row) noexcept {
    return unsigned_of(token, row.order_id.value);
}
/// Of an event: an order that was refused (REJECTED) may have no number and be no execution, -1.
DecodeError number_or_none(std::string_view token, std::uint64_t& out) noexcept {
    if (token.empty() || token.front() != '-') {
        return unsigned_of(token, out);
    }
    std::int64_t number = 0;
    const auto error = signed_of(token, number);
    out = 0;
    return error == DecodeError::none && number != -1 ? DecodeError::wrong_type : error;
}
DecodeError event_order_id(std::string_view token, const Context&, OrderRow& row) noexcept {
    return number_or_none(token, row.order_id.value);
}
DecodeError client_id(std::string_view token, const Context&, OrderRow& row) noexcept {
    return plain_text(token, row.client_id);
}
DecodeError orig_client_id(std::string_view token, const Context&, OrderRow& row) noexcept {
    return plain_text(token, row.orig_client_id);
}
DecodeError price(std::string_view token, const Context&, OrderRow& row) noexcept {
    return decimal_of(token, row.price.value);
}
DecodeError qty(std::string_view token, const Context&, OrderRow& row) noexcept {
    return decimal_of(token, row.qty.value);
}
DecodeError cum(std::string_view token, const Context&, OrderRow& row) noexcept {
    return decimal_of(token, row.cum_qty.value);
}
DecodeError prevented(std::string_view token, const Context&, OrderRow& row) noexcept {
    return decimal_of(token, row.prevented_qty.value);
}
DecodeError time(std::string_view token, const Context&, OrderRow& row) noexcept {
    return time_of(token, row.time);
}
DecodeError order_time(std::string_view token, const Context&, OrderRow& row) noexcept {
    engine::WallNs at{};
    const auto error = time_of(token, at);
    row.time = std::max(row.time, at);  // the later of time and updateTime
    return error;
}
DecodeError exec_id(std::string_view token, const Context&, OrderRow& row) noexcept {
    return number_or_none(token, row.exec_id.value);
}
DecodeError trade(std::string_view token, const Context&, OrderRow& row) noexcept {
    return signed_of(token, row.trade.value);
}
DecodeError last_qty(std::string_view token, const Context&, OrderRow& row) noexcept {
    return decimal_of(token, row.last_qty.value);
}
DecodeError last_price(std::string_view token, const Context&, OrderRow& row) noexcept {
    return decimal_of(token, row.last_price.value);
}
DecodeError fee(std::string_view token, const Context&, OrderRow& row) noexcept {
    std::string_view text;
    if (const auto error = json::text_of(token, text); error != DecodeError::none) {
        return error;
    }
    // A rebate is a negative commission.
    const auto parsed = engine::parse_signed_decimal(text);
    row.fee_atoms = parsed.atoms;
    return json::error_of(parsed.error);
}
DecodeError fee_asset(std::string_view token, const Context& context, OrderRow& row) noexcept {
    return asset_of(token, context, row.fee_asset);
}
DecodeError maker(std::string_view token, const Context&, OrderRow& row) noexcept {
    return json::bool_of(token, row.maker);
}
DecodeError reject(std::string_view token, const Context&, OrderRow& row) noexcept {
    std::string_view text;
    const auto error = plain_text(token, text);
    row.reject = reject_reason_of_event(text);
    return error;
}
DecodeError checked_text(std::string_view token, const Context&, OrderRow&) noexcept {
    std::string_view text;
    return plain_text(token, text);
}

/// A word of the venue, by `named`.
template <class Enum>
DecodeError one_of(std::string_view token, bool (*named)(std::string_view, Enum&) noexcept,
                   Enum& out) noexcept {
    std::string_view text;
    if (const auto error = plain_text(token, text); error != DecodeError::none) {
        return error;
    }
    return named(text, out) ? DecodeError::none : DecodeError::wrong_type;
}
DecodeError side(std::string_view token, const Context&, OrderRow& row) noexcept {
    return one_of(token, side_named, row.side);
}
DecodeError status(std::string_view token, const Context&, OrderRow& row) noexcept {
    return one_of(token, status_named, row.status);
}
DecodeError exec_type(std::string_view token, const Context&, OrderRow& row) noexcept {
    return one_of(token, exec_type_named, row.exec_type);
}

using OrderField = Field<OrderRow>;
constexpr std::array answer_fields{
    OrderField{"symbol", symbol, order_field::symbol},
    OrderField{"orderId", order_id, order_field::order_id},
    OrderField{"clientOrderId", client_id, order_field::client_id},
    OrderField{"origClientOrderId", orig_client_id, order_field::orig_client_id},
    OrderField{"price", price, order_field::price},
    OrderField{"origQty", qty, order_field::qty},
    OrderField{"qty", qty, order_field::qty},  // amendedOrder says qty
    OrderField{"executedQty", cum, order_field::cum},
    OrderField{"status", status, order_field::status},
    OrderField{"side", side, order_field::side},
    OrderField{"transactTime", order_time, order_field::transact_time},
    OrderField{"time", order_time, order_field::time},
    OrderField{"updateTime", order_time, order_field::update_time},
    OrderField{"preventedQty", prevented, order_field::prevented},
};

constexpr std::array event_fields{
    OrderField{"e", checked_text, order_field::event_type},
    OrderField{"E", order_time, order_field::event_time},
    OrderField{"s", symbol, order_field::symbol},
    OrderField{"c", client_id, order_field::client_id},
    OrderField{"C", orig_client_id, order_field::orig_client_id},
    OrderField{"S", side, order_field::side},
    OrderField{"q", qty, order_field::qty},
    OrderField{"p", price, order_field::price},
    OrderField{"x", exec_type, order_field::exec_type},
    OrderField{"X", status, order_field::status},
    OrderField{"r", reject, order_field::reject},
    OrderField{"i", event_order_id, order_field::order_id},
    OrderField{"I", exec_id, order_field::exec_id},
    OrderField{"l", last_qty, order_field::last_qty},
    OrderField{"z", cum, order_field::cum},
    OrderField{"L", last_price, order_field::last_price},
    OrderField{"n", fee, order_field::fee},
    OrderField{"N", fee_asset, order_field::fee_asset},
    OrderField{"T", time, order_field::time},
    OrderField{"t", trade, order_field::trade},
    OrderField{"m", maker, order_field::maker},
    OrderField{"A", prevented, order_field::prevented},
};

DecodeError check_order(Context& context, const OrderRow& row) noexcept {
    const OrderFault fault = order_fault(row);
    return context.blame(fault.key, fault.error);
}

DecodeError read_leg(ondemand::value value, Context& context, Leg& leg) noexcept {
    if (is_null(value.raw_json_token())) {
        return DecodeError::none;
    }
    ondemand::object object;
    if (const auto error = object_of(value, object); error != DecodeError::none) {
        return error;
    }
    bool code_seen = false;
    bool message_seen = false;
    const auto failure = [&](std::string_view key, ondemand::value part, bool& handled) {
        if (key == "code") {
            handled = true;
            const bool twice = std::exchange(code_seen, true);
            return twice ? DecodeError::duplicate_key : small_of(part.raw_json_token(), leg.code);
        }
        if (key == "msg") {
            handled = true;
            const bool twice = std::exchange(message_seen, true);
            return twice ? DecodeError::duplicate_key
                         : json::text_of(part.raw_json_token(), leg.message);
        }
        return DecodeError::none;
    };
    return walk<OrderRow>(object, answer_fields, context, leg.order, leg.order.fields, failure);
}

bool result_named(std::string_view word, LegResult& out) noexcept {
    using ResultName = std::pair<std::string_view, LegResult>;
    static constexpr std::array names{
        ResultName{"SUCCESS", LegResult::success},
        ResultName{"FAILURE", LegResult::failure},
        ResultName{"NOT_ATTEMPTED", LegResult::not_attempted},
    };
    return find_word(word, names, out);
}
DecodeError read_result(std::string_view token, LegResult& out) noexcept {
    return one_of(token, result_named, out);
}

}  // namespace

bool side_named(std::string_view word, engine::Side& out) noexcept {
    out = word == "SELL" ? engine::Side::sell : engine::Side::buy;
    return word == "SELL" || word == "BUY";
}
bool status_named(std::string_view word, OrdStatus& out) noexcept {
    return find_word(word, status_names, out);
}
bool exec_type_named(std::string_view word, ExecType& out) noexcept {
    return find_word(word, exec_names, out);
}

// The parts of an order that have no meaning of their own in an event of that type are not asked.
OrderFault order_fault(const OrderRow& row) noexcept {
    const bool filled_more = row.cum_qty > row.qty && row.qty.value > 0;
    return filled_more ? OrderFault{DecodeError::bad_range, "executedQty"} : OrderFault{};
}

OrderFault execution_fault(const OrderRow& row) noexcept {
    if (row.order_id == engine::OrderId{} && row.exec_type != ExecType::rejected) {
        return {DecodeError::wrong_type, "i"};
    }
    if (row.exec_type == ExecType::trade) {
        if (row.trade.value < 0) {
            return {DecodeError::bad_range, "t"};
        }
        if (row.last_qty.value == 0 || row.last_qty > row.cum_qty) {
            return {DecodeError::bad_range, "l"};
        }
        if (row.last_price.value == 0) {
            return {DecodeError::zero_price, "L"};
        }
    }
    return order_fault(row);
}

DecodeError read_order(ondemand::object object, Context& context, std::uint32_t required,
                       OrderRow& out) noexcept {
    out = OrderRow{};
    if (const auto error = walk<OrderRow>(object, answer_fields, context, out, out.fields);
        error != DecodeError::none) {
        return error;
    }
    if (const auto error = require<OrderRow>(answer_fields, context, out.fields, required);
        error != DecodeError::none) {
        return error;
    }
    return check_order(context, out);
}

DecodeError read_execution(ondemand::object object, Context& context, OrderRow& out) noexcept {
    out = OrderRow{};
    if (const auto error = walk<OrderRow>(object, event_fields, context, out, out.fields);
        error != DecodeError::none) {
        return error;
    }
    std::uint32_t required = order_field::of_event;
    if (out.exec_type == ExecType::trade) {
        // A fill without fee, asset and side of the book cannot be booked.
        required |= order_field::fee | order_field::fee_asset | order_field::maker;
    }
    if (const auto error = require<OrderRow>(event_fields, context, out.fields, required);
        error != DecodeError::none) {
        return error;
    }
    const OrderFault fault = execution_fault(out);
    return context.blame(fault.key, fault.error);
}

DecodeError read_orders(ondemand::value value, Context& context, std::uint32_t required,
                        std::span<OrderRow> rows, std::size_t& count) noexcept {
    count = 0;
    return each(value, [&](ondemand::value element) {
        ondemand::object object;
        if (const auto error = object_of(element, object); error != DecodeError::none) {
            return error;
        }
        if (count == rows.size()) {
            return DecodeError::frame_too_big;
        }
        // An order list: its orders lie in orderReports, and it is no order itself.
        bool is_list = false;
        OrderRow row;
        const auto reports = [&](std::string_view key, ondemand::value list, bool& handled) {
            if (key != "orderReports") {
                return DecodeError::none;
            }
            handled = true;
            is_list = true;
            return each(list, [&](ondemand::value report) {
                ondemand::object order;
                if (const auto error = object_of(report, order); error != DecodeError::none) {
                    return error;
                }
                if (count == rows.size()) {
                    return DecodeError::frame_too_big;
                }
                return read_order(order, context, required, rows[count++]);
            });
        };
        if (const auto error =
                walk<OrderRow>(object, answer_fields, context, row, row.fields, reports);
            error != DecodeError::none || is_list) {
            return error;
        }
        if (const auto error = require<OrderRow>(answer_fields, context, row.fields, required);
            error != DecodeError::none) {
            return error;
        }
        rows[count++] = row;
        return check_order(context, row);
    });
}

DecodeError read_amend(ondemand::value value, Context& context, OrderRow& out) noexcept {
    ondemand::object object;
    if (const auto error = object_of(value, object); error != DecodeError::none) {
        return error;
    }
    struct Amend {
        std::uint64_t execution{};
    } amend;
    static constexpr std::array fields{
        Field<Amend>{"executionId",
                     [](std::string_view token, const Context&, Amend& row) noexcept {
                         return unsigned_of(token, row.execution);
                     },
                     1}};
    std::uint32_t seen = 0;
    bool found = false;
    const auto nested = [&](std::string_view key, ondemand::value part, bool& handled) {
        if (key != "amendedOrder") {
            return DecodeError::none;
        }
        handled = true;
        ondemand::object order;
        if (std::exchange(found, true)) {
            return DecodeError::duplicate_key;
        }
        if (const auto error = object_of(part, order); error != DecodeError::none) {
            return error;
        }
        return read_order(order, context, order_field::of_query, out);
    };
    if (const auto error = walk<Amend>(object, fields, context, amend, seen, nested);
        error != DecodeError::none) {
        return error;
    }
    out.exec_id = engine::ExecId{amend.execution};
    return found ? DecodeError::none : context.blame("amendedOrder", DecodeError::missing_key);
}

DecodeError read_leg_key(std::string_view key, ondemand::value value, Context& context, Legs& legs,
                         bool& handled) noexcept {
    static constexpr std::array<std::string_view, 4> keys{"cancelResult", "newOrderResult",
                                                          "cancelResponse", "newOrderResponse"};
    const auto known = std::find(keys.begin(), keys.end(), key);
    if (known == keys.end()) {
        return DecodeError::none;
    }
    handled = true;
    const auto index = static_cast<std::uint32_t>(known - keys.begin());
    if ((legs.seen & (1U << index)) != 0) {
        return DecodeError::duplicate_key;
    }
    legs.seen |= 1U << index;
    switch (index) {
        case 0:
            return read_result(value.raw_json_token(), legs.cancel_leg.result);
        case 1:
            return read_result(value.raw_json_token(), legs.new_leg.result);
        case 2:
            return read_leg(value, context, legs.cancel_leg);
        default:
            return read_leg(value, context, legs.new_leg);
    }
}

DecodeError check_legs(Context& context, const Legs& legs) noexcept {
    if ((legs.seen & 3U) != 3U) {
        return context.blame("cancelResult", DecodeError::missing_key);
    }
    const auto check = [&context](const Leg& leg, std::uint32_t required, std::string_view name) {
        if (leg.result == LegResult::failure && leg.code == 0) {
            return context.blame(name, DecodeError::missing_key);
        }
        if (leg.result != LegResult::success) {
            return DecodeError::none;
        }
        return require<OrderRow>(answer_fields, context, leg.order.fields, required);
    };
    if (const auto error = check(legs.cancel_leg, order_field::of_cancel, "cancelResponse");
        error != DecodeError::none) {
        return error;
    }
    return check(legs.new_leg, order_field::of_ack, "newOrderResponse");
}

}  // namespace portcullis::gateways::binance::account_json
