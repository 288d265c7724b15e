#include "tools/venue/market_message.hpp"

#include <simdjson.h>

#include "engine/types/decimal.hpp"
#include "tools/recording/recording.hpp"

namespace portcullis::tools::venue {

using engine::Error;
using engine::Result;

static_assert(simdjson::SIMDJSON_PADDING <= line_padding);

namespace {

bool read(simdjson::dom::element element, std::int64_t& atoms) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) {
        return false;
    }
    const auto parsed = engine::parse_decimal(text);
    atoms = parsed.atoms;
    return parsed.error == engine::DecimalError::none;
}

bool read(simdjson::dom::object object, const char* key, std::int64_t& atoms) {
    simdjson::dom::element element;
    return object[key].get(element) == simdjson::SUCCESS && read(element, atoms);
}

bool read(simdjson::dom::object object, const char* key, std::string& text) {
    std::string_view view;
    if (object[key].get(view) != simdjson::SUCCESS) {
        return false;
    }
    text = view;
    return true;
}

bool read(simdjson::dom::object object, const char* key, std::uint64_t& id) {
    return object[key].get(id) == simdjson::SUCCESS;
}

/// [["price","qty"],...]; prices must be positive.
bool read(simdjson::dom::object object, const char* key, std::vector<Level>& levels) {
    simdjson::dom::array rows;
    if (object[key].get(rows) != simdjson::SUCCESS) {
        return false;
    }
    levels.reserve(rows.size());
    for (const simdjson::dom::element row : rows) {
        simdjson::dom::array pair;
        Level level;
        if (row.get(pair) != simdjson::SUCCESS || pair.size() != 2 ||
            !read(*pair.begin(), level.price.value) || !read(*++pair.begin(), level.qty.value) ||
            level.price <= PriceAtoms{0}) {
            return false;
        }
        levels.push_back(level);
    }
    return true;
}

/// Futures have members that spot has not: the times of a snapshot, the id of the event before.
Error futures(const char* what, const char* member) {
    return Error{std::string{"a futures "} + what + " (it has \"" + member +
                 "\"); expected a recording of Binance spot"};
}

bool has(simdjson::dom::object object, const char* key) {
    return object[key].error() == simdjson::SUCCESS;
}

Error malformed(const char* what) {
    return Error{std::string{"not a Binance spot "} + what};
}

}  // namespace

StreamKind stream_kind(std::string_view stream) {
    const std::size_t at = stream.find('@');
    const std::string_view name = at == std::string_view::npos ? "" : stream.substr(at + 1);
    if (name == "depth" || name == "depth@100ms") {
        return StreamKind::depth;
    }
    if (name == "bookTicker") {
        return StreamKind::ticker;
    }
    return name == "trade" ? StreamKind::trade : StreamKind::other;
}

struct MessageReader::State {
    simdjson::dom::parser parser;
    bool parse(std::string_view json, simdjson::dom::object& object) {
        return parser.parse(json.data(), json.size(), false).get(object) == simdjson::SUCCESS;
    }
};

MessageReader::MessageReader() : state_(std::make_unique<State>()) {}
MessageReader::~MessageReader() = default;

Result<DepthMessage> MessageReader::snapshot(std::string_view json) {
    simdjson::dom::object object;
    DepthMessage message;
    if (!state_->parse(json, object) || !read(object, "lastUpdateId", message.last_id) ||
        !read(object, "bids", message.bids) || !read(object, "asks", message.asks)) {
        return malformed("depth snapshot");
    }
    if (has(object, "E")) {
        return futures("depth snapshot", "E");
    }
    return message;
}

Result<DepthMessage> MessageReader::depth(std::string_view json) {
    simdjson::dom::object object;
    DepthMessage message;
    if (!state_->parse(json, object) || !read(object, "s", message.symbol) ||
        !read(object, "U", message.first_id) || !read(object, "u", message.last_id) ||
        !read(object, "b", message.bids) || !read(object, "a", message.asks) ||
        message.first_id > message.last_id) {
        return malformed("depth event");
    }
    if (has(object, "pu")) {
        return futures("depth event", "pu");
    }
    return message;
}

Result<TickerMessage> MessageReader::ticker(std::string_view json) {
    simdjson::dom::object object;
    TickerMessage message;
    if (!state_->parse(json, object) || !read(object, "s", message.symbol) ||
        !read(object, "u", message.update_id) || !read(object, "b", message.bid.price.value) ||
        !read(object, "B", message.bid.qty.value) || !read(object, "a", message.ask.price.value) ||
        !read(object, "A", message.ask.qty.value)) {
        return malformed("bookTicker");
    }
    return message;
}

Result<TradeMessage> MessageReader::trade(std::string_view json) {
    simdjson::dom::object object;
    TradeMessage message;
    if (!state_->parse(json, object) || !read(object, "s", message.symbol) ||
        !read(object, "p", message.price.value) || !read(object, "q", message.qty.value) ||
        object["m"].get(message.buyer_is_maker) != simdjson::SUCCESS ||
        message.price <= PriceAtoms{0} || message.qty <= QtyAtoms{0}) {
        return malformed("trade");
    }
    return message;
}

}  // namespace portcullis::tools::venue
