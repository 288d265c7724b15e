// A second, slow decoder of market data, written from the venue's document over a DOM parser
// (nlohmann/json) and digit by digit decimals: it shares no line with the production decoder.
//
// disagreement() runs both on the same bytes. Accepted by one only, or accepted with different
// values, is a finding; the few refusals that are stricter on purpose are named in `stricter`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/types/capacity.hpp"
#include "gateways/binance/market_data.hpp"

namespace portcullis::gateways::binance::reference {

using Json = nlohmann::json;

struct Level {
    bool ask{};
    std::int64_t price{};
    std::int64_t qty{};
    bool operator==(const Level&) const = default;
};

/// What the document says that the frame is. Nothing: it must be refused.
struct Message {
    MessageKind kind{MessageKind::none};
    std::string symbol;
    std::uint64_t first{}, last{}, previous{};
    bool futures{};
    std::vector<Level> levels;
    std::int64_t bid_price{}, bid_qty{}, ask_price{}, ask_qty{};
    std::int64_t trade{}, price{}, qty{}, time_ns{};
    std::int64_t event_ns{};  ///< 0: the message has none
    bool sold{};
};

/// Digit by digit, in 128 bits.
inline std::optional<std::int64_t> decimal(const Json& value) {
    if (!value.is_string()) {
        return {};
    }
    const auto text = value.get<std::string>();
    const std::size_t point = text.find('.');
    const std::string whole = text.substr(0, point);
    std::string part = point == std::string::npos ? "" : text.substr(point + 1);
    if (whole.empty() || (point != std::string::npos && part.empty()) ||
        (whole + part).find_first_not_of("0123456789") != std::string::npos) {
        return {};
    }
    for (std::size_t i = 8; i < part.size(); ++i) {
        if (part[i] != '0') {
            return {};
        }
    }
    part.resize(8, '0');
    __int128 atoms = 0;
    for (const char c : whole + part) {
        atoms = atoms * 10 + (c - '0');
        if (atoms > std::numeric_limits<std::int64_t>::max()) {
            return {};
        }
    }
    return static_cast<std::int64_t>(atoms);
}

inline std::optional<std::uint64_t> integer(const Json& value) {
    return value.is_number_unsigned() ? std::optional{value.get<std::uint64_t>()} : std::nullopt;
}

inline std::optional<std::int64_t> time_ns(const Json& value) {
    const auto count = integer(value);
    if (!count) {
        return {};
    }
    const __int128 ns = __int128{*count} * (*count < 100'000'000'000'000 ? 1'000'000 : 1'000);
    return ns > std::numeric_limits<std::int64_t>::max()
               ? std::nullopt
               : std::optional{static_cast<std::int64_t>(ns)};
}

inline bool add_levels(const Json& side, bool ask, std::vector<Level>& out) {
    for (const auto& pair : side) {
        if (!pair.is_array() || pair.size() != 2) {
            return false;
        }
        const auto price = decimal(pair[0]);
        const auto qty = decimal(pair[1]);
        if (!price || !qty || *price == 0) {
            return false;
        }
        out.push_back({ask, *price, *qty});
    }
    return true;
}

inline std::optional<Message> depth(const Json& data, Message out) {
    const auto first = integer(data.value("U", Json{}));
    const auto last = integer(data.value("u", Json{}));
    if (!first || !last || *first > *last || !data.contains("b") || !data["b"].is_array() ||
        !data.contains("a") || !data["a"].is_array()) {
        return {};
    }
    out.futures = data.contains("pu");
    if (out.futures) {
        const auto previous = integer(data["pu"]);
        if (!previous || *previous > *last) {
            return {};
        }
        out.previous = *previous;
    }
    out.first = *first;
    out.last = *last;
    out.kind = MessageKind::depth;
    return out;
}

inline std::optional<Message> ticker(const Json& data, Message out) {
    const auto last = integer(data.value("u", Json{}));
    const auto bid_price = decimal(data.value("b", Json{}));
    const auto bid_qty = decimal(data.value("B", Json{}));
    const auto ask_price = decimal(data.value("a", Json{}));
    const auto ask_qty = decimal(data.value("A", Json{}));
    if (!last || !bid_price || !bid_qty || !ask_price || !ask_qty) {
        return {};
    }
    out.last = *last;
    out.bid_price = *bid_price;
    out.bid_qty = *bid_qty;
    out.ask_price = *ask_price;
    out.ask_qty = *ask_qty;
    out.kind = MessageKind::top_of_book;
    return out;
}

inline std::optional<Message> trade(const Json& data, Message out) {
    const auto number = integer(data.value("t", Json{}));
    const auto price = decimal(data.value("p", Json{}));
    const auto qty = decimal(data.value("q", Json{}));
    const auto time = time_ns(data.value("T", Json{}));
    const Json maker = data.value("m", Json{});
    if (!number || *number > std::uint64_t{std::numeric_limits<std::int64_t>::max()} || !price ||
        !qty || !time || !maker.is_boolean()) {
        return {};
    }
    if (*price == 0 || *qty == 0) {
        if (!data.contains("X") || data["X"] == "MARKET") {
            return {};
        }
        out.kind = MessageKind::ignored;
        return out;
    }
    out.trade = static_cast<std::int64_t>(*number);
    out.price = *price;
    out.qty = *qty;
    out.time_ns = *time;
    out.sold = maker.get<bool>();
    out.kind = MessageKind::trade;
    return out;
}

inline std::optional<Message> classify(const Json& data, const std::set<std::string>& symbols) {
    Message out;
    for (const bool ask : {false, true}) {
        const char* key = ask ? "a" : "b";
        if (data.contains(key) && data[key].is_array() && !add_levels(data[key], ask, out.levels)) {
            return {};
        }
    }
    if (out.levels.size() > message_levels_max) {
        return {};
    }
    const bool typed = data.contains("e");
    if (!typed) {
        std::size_t known = 0;
        std::size_t reply = 0;
        for (const auto* key : {"E", "s", "U", "u", "pu", "b",      "a",    "B",   "A",  "p",
                                "q", "t", "T", "m", "X",  "result", "code", "msg", "id", "error"}) {
            known += data.contains(key) ? 1 : 0;
        }
        for (const auto* key : {"result", "code", "msg", "id", "error"}) {
            reply += data.contains(key) ? 1 : 0;
        }
        if (known > 0 && known == reply) {
            out.kind = data.contains("code") || data.contains("error") ? MessageKind::venue_error
                                                                       : MessageKind::control_reply;
            return out;
        }
    } else if (!data["e"].is_string()) {
        return {};
    }
    const std::string type = typed ? data["e"].get<std::string>() : "bookTicker";
    if (type != "depthUpdate" && type != "bookTicker" && type != "trade") {
        out.kind = type == "serverShutdown" ? MessageKind::server_shutdown : MessageKind::ignored;
        return out;
    }
    const Json symbol = data.value("s", Json{});
    if (!symbol.is_string() || symbols.count(symbol.get<std::string>()) == 0 ||
        (data.contains("E") && !time_ns(data["E"]))) {
        return {};
    }
    out.symbol = symbol.get<std::string>();
    out.event_ns = data.contains("E") ? *time_ns(data["E"]) : 0;
    return type == "depthUpdate" ? depth(data, out)
           : type == "trade"     ? trade(data, out)
                                 : ticker(data, out);
}

/// Nothing: must be refused. `undecided`: this parser's own limits say nothing about it.
/// `repeated`: some key came twice, of which this parser keeps the last and the production decoder,
/// where it knows the key, neither.
inline std::optional<Message> decode(const std::string& text, const std::set<std::string>& symbols,
                                     bool& undecided, bool& repeated) {
    undecided = false;
    repeated = false;
    if (text.find('\0') != std::string::npos || text.rfind("\xef\xbb\xbf", 0) == 0) {
        return {};  // this parser takes NUL for the end and skips a byte order mark
    }
    Json root;
    std::vector<std::set<std::string>> keys;
    const auto note_key = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) {
            keys.emplace_back();
        } else if (event == Json::parse_event_t::object_end) {
            keys.pop_back();
        } else if (event == Json::parse_event_t::key) {
            repeated = !keys.back().insert(parsed.get<std::string>()).second || repeated;
        }
        return true;
    };
    try {
        root = Json::parse(text, note_key);
    } catch (const Json::out_of_range&) {
        undecided = true;  // 1e999 is JSON, but this parser makes a double of it
        return {};
    } catch (const Json::exception&) {
        return {};
    }
    if (!root.is_object() || (root.contains("stream") && !root["stream"].is_string())) {
        return {};
    }
    if (!root.contains("data")) {
        return classify(root, symbols);
    }
    return root["data"].is_object() ? classify(root["data"], symbols) : std::nullopt;
}

/// Refusals that the reference does not make.
inline bool stricter(DecodeError error) {
    return error == DecodeError::escaped_text || error == DecodeError::duplicate_key ||
           error == DecodeError::ambiguous || error == DecodeError::too_deep ||
           error == DecodeError::frame_too_big;
}

inline std::string compare_depth(const DecodedMessage& ours, const Message& theirs) {
    std::vector<Level> levels;
    for (const auto& part : ours.depth.deltas) {
        const bool last = (part.flags & engine::BookDelta::last) != 0;
        if (last != (&part == &ours.depth.deltas.back())) {
            return "last flag";
        }
        if (part.last_update.value != theirs.last ||
            part.first_update.value != (theirs.futures ? theirs.previous : theirs.first) ||
            ((part.flags & engine::BookDelta::previous_id) != 0) != theirs.futures ||
            part.instrument != ours.instrument) {
            return "ids of a part";
        }
        for (std::size_t i = 0; i < part.level_count; ++i) {
            levels.push_back({((part.ask_mask >> i) & 1) != 0, part.levels[i].price.value,
                              part.levels[i].qty.value});
        }
    }
    // Sides may come in either order in the text; the reference takes bids first.
    std::stable_partition(levels.begin(), levels.end(), [](const Level& l) { return !l.ask; });
    if (ours.depth.first.value != theirs.first || ours.depth.last.value != theirs.last ||
        ours.depth.previous.value != theirs.previous || ours.depth.futures != theirs.futures) {
        return "ids";
    }
    return levels == theirs.levels ? "" : "levels";
}

/// Empty where both agree on `text`; else what they differ in. `padded` holds text + padding.
/// `behind` is what follows it in memory: of a message before it, say, or the rest of one cut
/// short.
inline std::string disagreement(MarketDataDecoder& decoder, const std::vector<SymbolEntry>& table,
                                const std::string& text, const std::string& behind = {}) {
    std::set<std::string> symbols;
    for (const auto& entry : table) {
        symbols.insert(entry.symbol);
    }
    const std::string padded = text + behind + std::string(engine::capacity::frame_padding, '"');
    const DecodedMessage& ours = decoder.decode({padded.data(), text.size()});
    bool undecided = false;
    bool repeated = false;
    const auto theirs = decode(text, symbols, undecided, repeated);
    if ((ours.error == DecodeError::none) == (ours.kind == MessageKind::none)) {
        return "kind and error contradict each other";
    }
    if (ours.error != DecodeError::none) {
        if (!ours.depth.deltas.empty()) {
            return "levels of a refused message are visible";
        }
        return theirs && !repeated && !stricter(ours.error)
                   ? std::string{"refused, but right: "} + describe(ours.error) + " " + ours.key
                   : "";
    }
    if (undecided) {
        return "";
    }
    if (!theirs) {
        return "accepted, but wrong";
    }
    if (ours.kind != theirs->kind) {
        return "kind";
    }
    if (ours.kind == MessageKind::depth || ours.kind == MessageKind::top_of_book ||
        ours.kind == MessageKind::trade) {
        if (ours.instrument.value >= table.size() ||
            table[ours.instrument.value].symbol != theirs->symbol) {
            return "symbol";
        }
        if (ours.event_time.value != theirs->event_ns) {
            return "event time";
        }
    }
    if (ours.kind == MessageKind::depth) {
        return compare_depth(ours, *theirs);
    }
    if (ours.kind == MessageKind::top_of_book) {
        const auto& top = ours.top;
        const bool equal =
            top.update.value == theirs->last && top.bid.price.value == theirs->bid_price &&
            top.bid.qty.value == theirs->bid_qty && top.ask.price.value == theirs->ask_price &&
            top.ask.qty.value == theirs->ask_qty && top.instrument == ours.instrument;
        return equal ? "" : "ticker";
    }
    if (ours.kind == MessageKind::trade) {
        const auto& print = ours.trade;
        const bool equal = print.trade.value == theirs->trade &&
                           print.price.value == theirs->price && print.qty.value == theirs->qty &&
                           print.exchange_time.value == theirs->time_ns &&
                           (print.aggressor == engine::Side::sell) == theirs->sold &&
                           print.instrument == ours.instrument;
        return equal ? "" : "trade";
    }
    return "";
}

}  // namespace portcullis::gateways::binance::reference
