// One walk over the fields of a message, then one function for each kind. See market_data.hpp.
//
// Fields come in any order and the same letter means different things in different messages ("b" is
// a list of levels, a price, or an order number), so the walk only collects raw tokens (levels it
// decodes at once into the scratch, because a container can be walked but once) and the kind is
// told at the end by "e", or by its absence.
#include "gateways/binance/market_data.hpp"

#include <bit>
#include <iterator>
#include <limits>
#include <utility>

#include "engine/types/verify.hpp"
#include "gateways/binance/market_data_fields.hpp"
#include "gateways/binance/market_data_json.hpp"
#include "gateways/binance/market_data_layout.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::BookDelta;
using engine::UpdateId;
using engine::verify;
using json::ondemand::field;
using json::ondemand::object;
using json::ondemand::value;

/// Copied where a part begins. (g++ 12 fails on assigning BookDelta{} under
/// -ftrivial-auto-var-init=zero.)
constexpr BookDelta no_levels{};

}  // namespace

struct MarketDataDecoder::State {
    State(const std::vector<SymbolEntry>& entries, std::size_t frame_bytes_max)
        : symbols(entries),
          layout(entries, symbols),
          bytes_max(frame_bytes_max),
          deltas(message_deltas_max) {
        verify(parser.allocate(frame_bytes_max) == simdjson::SUCCESS);
    }

    bool decode_layout(std::string_view frame) noexcept;
    DecodeError decode_frame(std::string_view frame) noexcept;
    DecodeError walk_root(object root, bool& wrapped) noexcept;
    DecodeError walk(object message) noexcept;
    DecodeError take(field& entry, std::string_view name) noexcept;
    DecodeError take_level(Key side, engine::PriceAtoms price, engine::QtyAtoms qty) noexcept;
    DecodeError finish() noexcept;
    DecodeError finish_depth() noexcept;
    DecodeError finish_top() noexcept;
    DecodeError finish_trade() noexcept;
    DecodeError finish_common(std::uint32_t needed, std::uint32_t optional) noexcept;
    DecodeError check_unread(std::uint32_t read) noexcept;
    DecodeError read_decimal(Key key, std::int64_t& out) noexcept;
    DecodeError read_unsigned(Key key, std::uint64_t& out) noexcept;
    DecodeError at(Key key, DecodeError error) noexcept;
    DecodeError at(std::string_view name, DecodeError error) noexcept;
    void cut_deltas(UpdateId first, UpdateId last, std::uint8_t flags) noexcept;

    SymbolIndex symbols;
    MarketDataLayout layout;
    std::size_t bytes_max;
    json::ondemand::parser parser;
    Fields fields;
    std::size_t level_count{};
    std::vector<BookDelta> deltas;  ///< scratch; level i lies in deltas[i / 3]
    DecodedMessage message;
};

MarketDataDecoder::MarketDataDecoder(const std::vector<SymbolEntry>& symbols,
                                     std::size_t frame_bytes_max)
    : state_(std::make_unique<State>(symbols, frame_bytes_max)) {}
MarketDataDecoder::~MarketDataDecoder() = default;

const DecodedMessage& MarketDataDecoder::decode(std::string_view frame) noexcept {
    DecodedMessage& message = state_->message;
    message.key[0] = '\0';
    message.event_time = engine::WallNs{};
    message.depth.deltas = {};
    if (frame.size() <= state_->bytes_max && state_->decode_layout(frame)) [[likely]] {
        message.error = DecodeError::none;
        message.layout_missed = false;
        return message;
    }
    message.kind = MessageKind::none;
    message.instrument = engine::no_instrument;
    message.event_time = engine::WallNs{};
    message.error = state_->decode_frame(frame);
    if (message.error != DecodeError::none) {
        message.kind = MessageKind::none;
        message.depth.deltas = {};
    }
    message.layout_missed = has_layout(message.kind);
    return message;
}

/// True: `message` is what the frame says, in the usual layout.
bool MarketDataDecoder::State::decode_layout(std::string_view frame) noexcept {
    level_count = 0;
    const MessageKind kind =
        layout.read(frame, message, [this](Key side, auto price, auto qty) noexcept {
            return take_level(side, price, qty) == DecodeError::none;
        });
    if (kind == MessageKind::depth) {
        cut_deltas(message.depth.first, message.depth.last, 0);
    }
    return kind != MessageKind::none;
}

DecodeError MarketDataDecoder::State::decode_frame(std::string_view frame) noexcept {
    if (frame.size() > bytes_max) {
        return DecodeError::frame_too_big;
    }
    fields.seen = fields.containers = fields.lists = 0;
    level_count = 0;
    json::ondemand::document document;
    if (parser.iterate(frame.data(), frame.size(), frame.size() + engine::capacity::frame_padding)
            .get(document) != simdjson::SUCCESS) {
        return DecodeError::bad_json;
    }
    object root;
    if (const auto error = document.get_object().get(root); error != simdjson::SUCCESS) {
        return error == simdjson::INCORRECT_TYPE ? DecodeError::not_an_object
                                                 : DecodeError::bad_json;
    }
    bool wrapped = false;
    if (const auto error = walk_root(root, wrapped); error != DecodeError::none) {
        return error;
    }
    if (!json::at_end(document)) {
        return DecodeError::bad_json;
    }
    return finish();
}

/// The outermost object: the message itself, or {"stream":..,"data":{message}}.
DecodeError MarketDataDecoder::State::walk_root(object root, bool& wrapped) noexcept {
    bool bare = false;
    bool stream_seen = false;
    for (auto entry : root) {
        field item;
        std::string_view name;
        if (std::move(entry).get(item) != simdjson::SUCCESS) {
            return DecodeError::bad_json;
        }
        if (const auto error = json::key_of(item, name); error != DecodeError::none) {
            return error;
        }
        if (name == "stream") {
            const DecodeError error = stream_seen ? DecodeError::duplicate_key
                                                  : json::check_text(json::token_of(item.value()));
            if (error != DecodeError::none) {
                return at(name, error);
            }
            stream_seen = true;
        } else if (name == "data") {
            object data;
            if (wrapped) {
                return at(name, DecodeError::duplicate_key);
            }
            if (item.value().get_object().get(data) != simdjson::SUCCESS) {
                return at(name, DecodeError::wrong_type);
            }
            wrapped = true;
            if (bare) {
                return at(name, DecodeError::ambiguous);
            }
            if (const auto error = walk(data); error != DecodeError::none) {
                return error;
            }
        } else {
            if (classify(name) != key_unknown) {
                if (wrapped) {
                    return at(name, DecodeError::ambiguous);
                }
                bare = true;
            }
            if (const auto error = take(item, name); error != DecodeError::none) {
                return error;
            }
        }
    }
    return DecodeError::none;
}

DecodeError MarketDataDecoder::State::walk(object inner) noexcept {
    for (auto entry : inner) {
        field item;
        std::string_view name;
        if (std::move(entry).get(item) != simdjson::SUCCESS) {
            return DecodeError::bad_json;
        }
        if (const auto error = json::key_of(item, name); error != DecodeError::none) {
            return error;
        }
        if (const auto error = take(item, name); error != DecodeError::none) {
            return error;
        }
    }
    return DecodeError::none;
}

/// Notes one field: its token, or its levels.
DecodeError MarketDataDecoder::State::take(field& entry, std::string_view name) noexcept {
    const Key key = classify(name);
    value& content = entry.value();
    if (key == key_unknown) {
        return at(name, json::check_value(content, 1));
    }
    if (fields.has(key)) {
        return at(key, DecodeError::duplicate_key);
    }
    fields.seen |= bit(key);
    const std::string_view token = json::token_of(content);
    if (token.empty()) {
        return at(key, DecodeError::bad_json);
    }
    if (token.front() != '[' && token.front() != '{') {
        fields.tokens[key] = token;
        return DecodeError::none;
    }
    fields.tokens[key] = {};
    fields.containers |= bit(key);
    if (token.front() == '[' && (key == key_b || key == key_a)) {
        fields.lists |= bit(key);
        return at(key, json::each_level(content, [this, key](auto price, auto qty) noexcept {
                      return take_level(key, price, qty);
                  }));
    }
    return at(key, json::check_value(content, 1));
}

DecodeError MarketDataDecoder::State::take_level(Key side, engine::PriceAtoms price,
                                                 engine::QtyAtoms qty) noexcept {
    if (level_count == message_levels_max) {
        return DecodeError::too_many_levels;
    }
    BookDelta& delta = deltas[level_count / BookDelta::levels_max];
    const std::size_t place = level_count % BookDelta::levels_max;
    if (place == 0) {
        delta = no_levels;
    }
    delta.levels[place] = {price, qty};
    delta.level_count = static_cast<std::uint8_t>(place + 1);
    if (side == key_a) {
        delta.ask_mask = static_cast<std::uint8_t>(delta.ask_mask | (1U << place));
    }
    ++level_count;
    return DecodeError::none;
}

/// All fields are known: which message is it?
DecodeError MarketDataDecoder::State::finish() noexcept {
    if (!fields.has(key_e)) {
        constexpr auto reply =
            bit(key_result) | bit(key_code) | bit(key_msg) | bit(key_id) | bit(key_error);
        if (fields.seen != 0 && (fields.seen & ~reply) == 0) {
            const bool failed = fields.has(key_code) || fields.has(key_error);
            message.kind = failed ? MessageKind::venue_error : MessageKind::control_reply;
            return check_unread(0);
        }
        return finish_top();
    }
    std::string_view type;
    if (const auto error = json::text_of(fields.tokens[key_e], type); error != DecodeError::none) {
        return at(key_e, error);
    }
    if (json::has_escape(type)) {
        return at(key_e, DecodeError::escaped_text);
    }
    if (type == "depthUpdate") {
        return finish_depth();
    }
    if (type == "trade") {
        return finish_trade();
    }
    if (type == "bookTicker") {
        return finish_top();
    }
    message.kind = type == "serverShutdown" ? MessageKind::server_shutdown : MessageKind::ignored;
    return check_unread(bit(key_e));
}

DecodeError MarketDataDecoder::State::finish_depth() noexcept {
    constexpr auto needed = bit(key_s) | bit(key_U) | bit(key_u) | bit(key_b) | bit(key_a);
    if (const auto error = finish_common(needed, bit(key_pu)); error != DecodeError::none) {
        return error;
    }
    for (const Key side : {key_b, key_a}) {
        if ((fields.lists & bit(side)) == 0) {
            return at(side, DecodeError::wrong_type);
        }
    }
    DepthUpdate& depth = message.depth;
    depth.futures = fields.has(key_pu);
    if (const auto error = read_unsigned(key_U, depth.first.value); error != DecodeError::none) {
        return error;
    }
    if (const auto error = read_unsigned(key_u, depth.last.value); error != DecodeError::none) {
        return error;
    }
    depth.previous = UpdateId{};
    if (depth.futures) {
        const auto error = read_unsigned(key_pu, depth.previous.value);
        if (error != DecodeError::none) {
            return error;
        }
    }
    if (depth.first > depth.last || (depth.futures && depth.previous > depth.last)) {
        return at(depth.first > depth.last ? key_U : key_pu, DecodeError::bad_range);
    }
    cut_deltas(depth.futures ? depth.previous : depth.first, depth.last,
               depth.futures ? BookDelta::previous_id : std::uint8_t{0});
    message.kind = MessageKind::depth;
    return DecodeError::none;
}

/// Gives the parts in the scratch their ids; without levels there is one empty part.
void MarketDataDecoder::State::cut_deltas(UpdateId first, UpdateId last,
                                          std::uint8_t flags) noexcept {
    if (level_count == 0) {
        deltas[0] = no_levels;
    }
    const std::size_t parts =
        level_count == 0 ? 1 : (level_count + BookDelta::levels_max - 1) / BookDelta::levels_max;
    verify(parts <= deltas.size());
    for (std::size_t i = 0; i < parts; ++i) {
        deltas[i].first_update = first;
        deltas[i].last_update = last;
        deltas[i].instrument = message.instrument;
        deltas[i].flags = flags;
    }
    deltas[parts - 1].flags = static_cast<std::uint8_t>(flags | BookDelta::last);
    message.depth.deltas = {deltas.data(), parts};
}

DecodeError MarketDataDecoder::State::finish_top() noexcept {
    constexpr auto needed =
        bit(key_s) | bit(key_u) | bit(key_b) | bit(key_B) | bit(key_a) | bit(key_A);
    if (const auto error = finish_common(needed, bit(key_e)); error != DecodeError::none) {
        return error;
    }
    engine::TopOfBook& top = message.top;
    top = engine::TopOfBook{};
    top.instrument = message.instrument;
    if (const auto error = read_unsigned(key_u, top.update.value); error != DecodeError::none) {
        return error;
    }
    const std::pair<Key, std::int64_t*> numbers[] = {{key_b, &top.bid.price.value},
                                                     {key_B, &top.bid.qty.value},
                                                     {key_a, &top.ask.price.value},
                                                     {key_A, &top.ask.qty.value}};
    for (const auto& [key, out] : numbers) {
        if (const auto error = read_decimal(key, *out); error != DecodeError::none) {
            return error;
        }
    }
    message.kind = MessageKind::top_of_book;
    return DecodeError::none;
}

DecodeError MarketDataDecoder::State::finish_trade() noexcept {
    constexpr auto needed =
        bit(key_s) | bit(key_t) | bit(key_p) | bit(key_q) | bit(key_T) | bit(key_m);
    if (const auto error = finish_common(needed, 0); error != DecodeError::none) {
        return error;
    }
    engine::TradePrint& trade = message.trade;
    trade = engine::TradePrint{};
    trade.instrument = message.instrument;
    std::uint64_t number = 0;
    if (const auto error = read_unsigned(key_t, number); error != DecodeError::none) {
        return error;
    }
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return at(key_t, DecodeError::too_large);
    }
    trade.trade = engine::TradeId{static_cast<std::int64_t>(number)};
    if (const auto error = read_decimal(key_p, trade.price.value); error != DecodeError::none) {
        return error;
    }
    if (const auto error = read_decimal(key_q, trade.qty.value); error != DecodeError::none) {
        return error;
    }
    bool buyer_is_maker = false;
    if (const auto error = json::bool_of(fields.tokens[key_m], buyer_is_maker);
        error != DecodeError::none) {
        return at(key_m, error);
    }
    trade.aggressor = buyer_is_maker ? engine::Side::sell : engine::Side::buy;
    if (const auto error = json::time_of(fields.tokens[key_T], trade.exchange_time);
        error != DecodeError::none) {
        return at(key_T, error);
    }
    if (trade.price.value == 0 || trade.qty.value == 0) {
        // Futures print settlements (X other than MARKET) as trades of nothing at no price.
        const bool market =
            !fields.has(key_X) || json::trimmed(fields.tokens[key_X]) == "\"MARKET\"";
        message.kind = MessageKind::ignored;
        return market ? at(key_p, DecodeError::zero_price) : DecodeError::none;
    }
    message.kind = MessageKind::trade;
    return DecodeError::none;
}

/// What all kinds share: keys that must be there, symbol, event time, and the fields nobody reads.
DecodeError MarketDataDecoder::State::finish_common(std::uint32_t needed,
                                                    std::uint32_t optional) noexcept {
    if (fields.has(key_s)) {
        std::string_view symbol;
        if (const auto error = json::text_of(fields.tokens[key_s], symbol);
            error != DecodeError::none) {
            return at(key_s, error);
        }
        message.instrument = symbols.find(symbol);
    }
    if (const std::uint32_t missing = needed & ~fields.seen; missing != 0) {
        return at(static_cast<Key>(std::countr_zero(missing)), DecodeError::missing_key);
    }
    if (message.instrument == engine::no_instrument) {
        return at(key_s, DecodeError::unknown_symbol);
    }
    if (fields.has(key_E)) {
        if (const auto error = json::time_of(fields.tokens[key_E], message.event_time);
            error != DecodeError::none) {
            return at(key_E, error);
        }
    }
    return check_unread(needed | optional | bit(key_E) | bit(key_e));
}

DecodeError MarketDataDecoder::State::check_unread(std::uint32_t read) noexcept {
    std::uint32_t unread = fields.seen & ~read & ~fields.containers;
    while (unread != 0) {
        const Key key = static_cast<Key>(std::countr_zero(unread));
        unread &= unread - 1;
        if (const auto error = json::check_scalar(fields.tokens[key]); error != DecodeError::none) {
            return at(key, error);
        }
    }
    return DecodeError::none;
}

DecodeError MarketDataDecoder::State::read_decimal(Key key, std::int64_t& out) noexcept {
    const DecodeError error = json::decimal_of(fields.tokens[key], out);
    return error == DecodeError::none ? error : at(key, error);
}

DecodeError MarketDataDecoder::State::read_unsigned(Key key, std::uint64_t& out) noexcept {
    const DecodeError error = json::unsigned_of(fields.tokens[key], out);
    return error == DecodeError::none ? error : at(key, error);
}

/// Passes `error` on, with the key that it is about.
DecodeError MarketDataDecoder::State::at(std::string_view name, DecodeError error) noexcept {
    if (error != DecodeError::none) [[unlikely]] {
        const std::size_t size = std::min(name.size(), sizeof(message.key) - 1);
        std::memcpy(message.key, name.data(), size);
        message.key[size] = '\0';
    }
    return error;
}

DecodeError MarketDataDecoder::State::at(Key key, DecodeError error) noexcept {
    return at(key_names[key], error);
}

const char* describe(DecodeError error) noexcept {
    // In the order of the enumerators.
    static constexpr const char* texts[] = {
        "none",
        "frame too big",
        "not JSON",
        "nested too deeply",
        "not an object",
        "escape in a key or in a text that is compared",
        "missing key",
        "key given twice",
        "wrong type",
        "not a decimal",
        "more than eight decimals",
        "number too large",
        "price or quantity of zero",
        "update ids out of order",
        "unknown symbol",
        "too many levels",
        "level is not a pair",
        "message keys beside data",
        "refused by the venue",
    };
    static_assert(std::size(texts) == static_cast<std::size_t>(DecodeError::refused_by_venue) + 1);
    const auto index = static_cast<std::size_t>(error);
    verify(index < std::size(texts));
    return texts[index];
}

}  // namespace portcullis::gateways::binance
