// The envelope of the ws-api: what has an id is an answer, of the shape of its request. Events:
// account_events.cpp.
#include "gateways/binance/account_state.hpp"

namespace portcullis::gateways::binance {

namespace ondemand = json::ondemand;
using account_json::Context;
using account_json::Field;
using account_json::object_of;
using account_json::walk;

namespace {

/// Whether it is of a kind that is usually read by its layout.
bool usual_kind(const Decoded& out) noexcept {
    if (out.kind == Decoded::Kind::event) {
        return out.event.kind == UserEvent::execution || out.event.kind == UserEvent::position;
    }
    const Call call = out.answer.id.call();
    return out.kind == Decoded::Kind::answer && out.answer.status == 200 &&
           (call == Call::place || call == Call::replace || call == Call::cancel);
}

}  // namespace

AccountDecoder::AccountDecoder(const SymbolTable& symbols, std::size_t frame_bytes_max)
    : state_(std::make_unique<State>(symbols, frame_bytes_max)) {
    engine::verify(state_->parser.allocate(frame_bytes_max) == simdjson::SUCCESS);
}

AccountDecoder::~AccountDecoder() = default;

const Decoded& AccountDecoder::decode(std::string_view frame) noexcept {
    State& it = *state_;
    it.out = Decoded{};
    it.context.key = {};
    it.legs_told = false;
    if (frame.size() <= it.frame_bytes_max && it.layout.read(frame, it.out)) [[likely]] {
        return it.out;
    }
    it.out = Decoded{};
    const DecodeError error = it.decode(frame);
    it.out.layout_missed = usual_kind(it.out);
    if (error != DecodeError::none) {
        // Nothing of a refused message is handed out, but whose answer it was.
        const RequestId id = it.out.answer.id;
        const bool was_event = it.out.was_event;
        it.out = Decoded{};
        it.out.error = error;
        it.out.id = id;
        it.out.was_event = was_event;
        it.out.key = it.context.key;
    }
    return it.out;
}

DecodeError AccountDecoder::State::decode(std::string_view frame) noexcept {
    if (frame.size() > frame_bytes_max) {
        return DecodeError::frame_too_big;
    }
    ondemand::document document;
    const simdjson::padded_string_view padded(frame.data(), frame.size(),
                                              frame.size() + simdjson::SIMDJSON_PADDING);
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) {
        return DecodeError::bad_json;
    }
    ondemand::object root;
    if (document.get_object().get(root) != simdjson::SUCCESS) {
        return DecodeError::not_an_object;
    }
    // The shape of an answer follows from its id, which may stand behind the result.
    bool is_answer = false;
    if (const auto error = read_id(root, is_answer); error != DecodeError::none) {
        return error;
    }
    if (root.reset().error() != simdjson::SUCCESS) {
        return DecodeError::bad_json;
    }
    const auto error = is_answer ? read_answer(root) : read_event_frame(root);
    if (error != DecodeError::none) {
        return error;
    }
    return json::at_end(document) ? DecodeError::none : DecodeError::bad_json;
}

DecodeError AccountDecoder::State::read_id(ondemand::object& root, bool& is_answer) noexcept {
    ondemand::value id;
    if (root.find_field_unordered("id").get(id) != simdjson::SUCCESS) {
        return DecodeError::none;
    }
    is_answer = true;
    const std::string_view token = id.raw_json_token();
    if (account_json::is_null(token)) {
        return DecodeError::none;
    }
    return context.blame("id", json::unsigned_of(token, out.answer.id.value));
}

// --- answers

DecodeError AccountDecoder::State::read_answer(ondemand::object& root) noexcept {
    struct Head {
        std::int32_t status{};
    } head;
    static constexpr std::array fields{
        Field<Head>{"id",
                    [](std::string_view, const Context&, Head&) noexcept {
                        return DecodeError::none;  // read already
                    },
                    1},
        Field<Head>{"status",
                    [](std::string_view token, const Context&, Head& row) noexcept {
                        return account_json::small_of(token, row.status);
                    },
                    2}};
    std::uint32_t seen = 0;
    unsigned parts = 0;  // bit 0 result, 1 error, 2 rateLimits
    const auto nested = [&](std::string_view key, ondemand::value value, bool& handled) {
        const unsigned part = key == "result"       ? 1
                              : key == "error"      ? 2
                              : key == "rateLimits" ? 4
                                                    : 0;
        if (part == 0) {
            return DecodeError::none;
        }
        handled = true;
        if ((parts & part) != 0) {
            return DecodeError::duplicate_key;
        }
        parts |= part;
        switch (part) {
            case 1:
                return read_result(value);
            case 2:
                return read_error(value);
            default:
                return account_json::read_rate_limits(value, context, out.answer.usage);
        }
    };
    if (const auto error = walk<Head>(root, fields, context, head, seen, nested);
        error != DecodeError::none) {
        return error;
    }
    if (const auto error = account_json::require<Head>(fields, context, seen, 3);
        error != DecodeError::none) {
        return error;
    }
    out.kind = Decoded::Kind::answer;
    out.answer.status = head.status;
    if (head.status == 200 && (parts & 3U) != 1) {
        return context.blame("result", DecodeError::missing_key);
    }
    if (head.status != 200 && (parts & 1U) != 0) {
        return context.blame("result", DecodeError::ambiguous);
    }
    const bool replaced = out.answer.id.call() == Call::replace && head.status == 200;
    return replaced && !legs_told ? context.blame("cancelResult", DecodeError::missing_key)
                                  : DecodeError::none;
}

DecodeError AccountDecoder::State::read_result(ondemand::value value) noexcept {
    Answer& answer = out.answer;
    std::size_t count = 0;
    ondemand::object object;
    switch (answer.id.call()) {
        case Call::place:
        case Call::cancel:
        case Call::status: {
            const std::uint32_t required =
                answer.id.call() == Call::place    ? account_json::order_field::of_ack
                : answer.id.call() == Call::cancel ? account_json::order_field::of_cancel
                                                   : account_json::order_field::of_query;
            if (const auto error = object_of(value, object); error != DecodeError::none) {
                return error;
            }
            return account_json::read_order(object, context, required, answer.order);
        }
        case Call::replace:
            return read_replace(value);
        case Call::amend:
            return account_json::read_amend(value, context, answer.order);
        case Call::cancel_all:
        case Call::open_orders: {
            const std::uint32_t required = answer.id.call() == Call::cancel_all
                                               ? account_json::order_field::of_cancel
                                               : account_json::order_field::of_query;
            const auto error = account_json::read_orders(value, context, required, orders, count);
            answer.orders = {orders.data(), count};
            return error;
        }
        case Call::trades: {
            const auto error = account_json::read_trades(value, context, trades, count);
            answer.trades = {trades.data(), count};
            return error;
        }
        case Call::account:
        case Call::exchange_info:
        case Call::time:
        case Call::logon:
        case Call::subscribe:
            return read_info(value);
        case Call::depth:
            return DecodeError::none;  // SnapshotDecoder reads the whole frame, elsewhere
        case Call::none:
            break;
    }
    return json::check_value(value, 1);  // not a request of ours: the agent will say so
}

DecodeError AccountDecoder::State::read_replace(ondemand::value value) noexcept {
    ondemand::object object;
    if (const auto error = object_of(value, object); error != DecodeError::none) {
        return error;
    }
    account_json::Legs legs{out.answer.cancel_leg, out.answer.new_leg};
    std::uint32_t seen = 0;
    struct None {
    } none;
    const auto nested = [&](std::string_view key, ondemand::value part, bool& handled) {
        return account_json::read_leg_key(key, part, context, legs, handled);
    };
    if (const auto error = walk<None>(object, {}, context, none, seen, nested);
        error != DecodeError::none) {
        return error;
    }
    legs_told = true;
    return account_json::check_legs(context, legs);
}

DecodeError AccountDecoder::State::read_error(ondemand::value value) noexcept {
    ondemand::object object;
    if (const auto error = object_of(value, object); error != DecodeError::none) {
        return error;
    }
    static constexpr std::array fields{
        Field<Answer>{"code",
                      [](std::string_view token, const Context&, Answer& row) noexcept {
                          return account_json::small_of(token, row.code);
                      },
                      1},
        Field<Answer>{"msg",
                      [](std::string_view token, const Context&, Answer& row) noexcept {
                          return json::text_of(token, row.message);
                      },
                      2}};
    std::uint32_t seen = 0;
    bool data_seen = false;
    const auto nested = [&](std::string_view key, ondemand::value part, bool& handled) {
        if (key != "data") {
            return DecodeError::none;
        }
        handled = true;
        return std::exchange(data_seen, true) ? DecodeError::duplicate_key : read_error_data(part);
    };
    if (const auto error = walk<Answer>(object, fields, context, out.answer, seen, nested);
        error != DecodeError::none) {
        return error;
    }
    return account_json::require<Answer>(fields, context, seen, 1);
}

DecodeError AccountDecoder::State::read_error_data(ondemand::value value) noexcept {
    if (account_json::is_null(value.raw_json_token())) {
        return DecodeError::none;
    }
    ondemand::object object;
    if (const auto error = object_of(value, object); error != DecodeError::none) {
        return error;
    }
    static constexpr std::array fields{
        Field<Answer>{"serverTime",
                      [](std::string_view token, const Context&, Answer& row) noexcept {
                          return account_json::signed_of(token, row.server_time_ms);
                      },
                      1},
        Field<Answer>{"retryAfter",
                      [](std::string_view token, const Context&, Answer& row) noexcept {
                          return account_json::signed_of(token, row.retry_after_ms);
                      },
                      2}};
    account_json::Legs legs{out.answer.cancel_leg, out.answer.new_leg};
    std::uint32_t seen = 0;
    const auto nested = [&](std::string_view key, ondemand::value part, bool& handled) {
        return account_json::read_leg_key(key, part, context, legs, handled);
    };
    if (const auto error = walk<Answer>(object, fields, context, out.answer, seen, nested);
        error != DecodeError::none) {
        return error;
    }
    if (legs.seen == 0) {
        return DecodeError::none;
    }
    legs_told = true;
    return account_json::check_legs(context, legs);
}

DecodeError AccountDecoder::State::read_info(ondemand::value value) noexcept {
    ondemand::object object;
    if (const auto error = object_of(value, object); error != DecodeError::none) {
        return error;
    }
    static constexpr std::array fields{
        Field<Answer>{"serverTime",
                      [](std::string_view token, const Context&, Answer& row) noexcept {
                          return account_json::signed_of(token, row.server_time_ms);
                      },
                      1},
    };
    Answer& answer = out.answer;
    const Call call = answer.id.call();
    std::uint32_t seen = 0;
    bool list_seen = false;
    const auto nested = [&](std::string_view key, ondemand::value part, bool& handled) {
        const bool balances_list = call == Call::account && key == "balances";
        const bool symbols_list = call == Call::exchange_info && key == "symbols";
        if (call == Call::exchange_info && key == "rateLimits") {
            handled = true;
            return account_json::read_rate_limits(part, context, answer.usage);
        }
        if (!balances_list && !symbols_list) {
            return DecodeError::none;
        }
        handled = true;
        if (std::exchange(list_seen, true)) {
            return DecodeError::duplicate_key;
        }
        std::size_t count = 0;
        if (balances_list) {
            const auto error = account_json::read_balances(part, context, false, balances, count,
                                                           answer.unknown_assets);
            answer.balances = {balances.data(), count};
            return error;
        }
        const auto error = account_json::read_symbols(part, context, definitions, count);
        answer.definitions = {definitions.data(), count};
        return error;
    };
    if (const auto error = walk<Answer>(object, fields, context, answer, seen, nested);
        error != DecodeError::none) {
        return error;
    }
    if (call == Call::time) {
        return account_json::require<Answer>(fields, context, seen, 1);
    }
    const bool list_needed = call == Call::account || call == Call::exchange_info;
    return list_needed && !list_seen ? context.blame(call == Call::account ? "balances" : "symbols",
                                                     DecodeError::missing_key)
                                     : DecodeError::none;
}

}  // namespace portcullis::gateways::binance
