// Events of the account stream, by their `e`.
#include "gateways/binance/account_state.hpp"

namespace portcullis::gateways::binance {

namespace ondemand = json::ondemand;
using account_json::Context;
using account_json::Field;
using account_json::object_of;
using account_json::walk;

DecodeError AccountDecoder::State::read_event_frame(ondemand::object& root) noexcept {
    out.was_event = true;
    bool found = false;
    std::uint32_t seen = 0;
    struct None {
    } none;
    const auto nested = [&](std::string_view key, ondemand::value value, bool& handled) {
        if (key != "event") {
            return DecodeError::none;
        }
        handled = true;
        return std::exchange(found, true) ? DecodeError::duplicate_key : read_event(value);
    };
    if (const auto error = walk<None>(root, {}, context, none, seen, nested);
        error != DecodeError::none) {
        return error;
    }
    out.kind = Decoded::Kind::event;
    return found ? DecodeError::none : context.blame("event", DecodeError::missing_key);
}

DecodeError AccountDecoder::State::read_event(ondemand::value value) noexcept {
    ondemand::object object;
    if (const auto error = object_of(value, object); error != DecodeError::none) {
        return error;
    }
    ondemand::value kind_value;
    if (object.find_field_unordered("e").get(kind_value) != simdjson::SUCCESS) {
        return context.blame("e", DecodeError::missing_key);
    }
    std::string_view kind;
    if (const auto error = account_json::plain_text(kind_value.raw_json_token(), kind);
        error != DecodeError::none) {
        return context.blame("e", error);
    }
    if (object.reset().error() != simdjson::SUCCESS) {
        return DecodeError::bad_json;
    }
    StreamEvent& event = out.event;
    if (kind == "executionReport") {
        event.kind = UserEvent::execution;
        const auto error = account_json::read_execution(object, context, event.order);
        event.time = event.order.time;
        return error;
    }
    if (kind == "outboundAccountPosition") {
        event.kind = UserEvent::position;
        return read_position(object);
    }
    if (kind == "balanceUpdate" || kind == "externalLockUpdate") {
        event.kind = kind == "balanceUpdate" ? UserEvent::balance_update : UserEvent::external_lock;
        return read_balance_update(object);
    }
    event.kind = kind == "eventStreamTerminated" ? UserEvent::stream_terminated
                 : kind == "serverShutdown"      ? UserEvent::server_shutdown
                 : kind == "listStatus"          ? UserEvent::list_status
                                                 : UserEvent::other;
    return check_rest(object);
}

DecodeError AccountDecoder::State::read_position(ondemand::object object) noexcept {
    static constexpr std::array fields{
        Field<StreamEvent>{"u",
                           [](std::string_view token, const Context&, StreamEvent& row) noexcept {
                               return json::time_of(token, row.time);
                           },
                           1}};
    std::uint32_t seen = 0;
    bool list_seen = false;
    const auto nested = [&](std::string_view key, ondemand::value part, bool& handled) {
        if (key != "B") {
            return DecodeError::none;
        }
        handled = true;
        if (std::exchange(list_seen, true)) {
            return DecodeError::duplicate_key;
        }
        std::size_t count = 0;
        const auto error = account_json::read_balances(part, context, true, balances, count,
                                                       out.event.unknown_assets);
        out.event.balances = {balances.data(), count};
        return error;
    };
    if (const auto error = walk<StreamEvent>(object, fields, context, out.event, seen, nested);
        error != DecodeError::none) {
        return error;
    }
    if (const auto error = account_json::require<StreamEvent>(fields, context, seen, 1);
        error != DecodeError::none) {
        return error;
    }
    return list_seen ? DecodeError::none : context.blame("B", DecodeError::missing_key);
}

DecodeError AccountDecoder::State::read_balance_update(ondemand::object object) noexcept {
    static constexpr std::array fields{
        Field<StreamEvent>{
            "a",
            [](std::string_view token, const Context& where, StreamEvent& row) noexcept {
                return account_json::asset_of(token, where, row.asset);
            },
            1},
        Field<StreamEvent>{"d",
                           [](std::string_view token, const Context&, StreamEvent& row) noexcept {
                               return account_json::amount_of(token, true, row.delta);
                           },
                           2},
        Field<StreamEvent>{"T",
                           [](std::string_view token, const Context&, StreamEvent& row) noexcept {
                               return json::time_of(token, row.time);
                           },
                           4}};
    std::uint32_t seen = 0;
    if (const auto error = walk<StreamEvent>(object, fields, context, out.event, seen);
        error != DecodeError::none) {
        return error;
    }
    return account_json::require<StreamEvent>(fields, context, seen, 7);
}

DecodeError AccountDecoder::State::check_rest(ondemand::object object) noexcept {
    struct None {
    } none;
    std::uint32_t seen = 0;
    return walk<None>(object, {}, context, none, seen);
}

}  // namespace portcullis::gateways::binance
