// Market data text -> integers: the production decoder beside three plain readers of the same
// fields. The plain ones use our exact decimals too, so that all four must agree to the last atom.
#include <rapidjson/document.h>
#include <simdjson.h>

#include <nlohmann/json.hpp>

#include "bench/harness.hpp"
#include "bench/recorded.hpp"
#include "engine/types/decimal.hpp"
#include "gateways/binance/market_data.hpp"

// Beside ours stands the best that simdjson has.
static_assert(std::string_view(SIMDJSON_STRINGIFY(SIMDJSON_BUILTIN_IMPLEMENTATION)) == "haswell");

namespace portcullis::bench {
namespace {

namespace binance = gateways::binance;

/// What every reader must bring: ids and (price, quantity, side) rows.
struct Answer {
    struct Level {
        std::int64_t price{}, qty{};
        bool ask{};
        bool operator==(const Level&) const = default;
    };
    std::int64_t first{}, last{};
    std::vector<Level> levels;
    Answer() { levels.reserve(12'000); }
    bool operator==(const Answer&) const = default;
};

std::int64_t atoms(std::string_view text) {
    return engine::parse_decimal(text).atoms;
}

void ours(const binance::DecodedMessage& message, Answer& out) {
    out.levels.clear();
    if (message.kind == binance::MessageKind::depth) {
        out.first = static_cast<std::int64_t>(message.depth.first.value);
        out.last = static_cast<std::int64_t>(message.depth.last.value);
        for (const engine::BookDelta& part : message.depth.deltas) {
            for (std::size_t i = 0; i < part.level_count; ++i) {
                out.levels.push_back({part.levels[i].price.value, part.levels[i].qty.value,
                                      (part.ask_mask >> i & 1) != 0});
            }
        }
    } else if (message.kind == binance::MessageKind::top_of_book) {
        const engine::TopOfBook& top = message.top;
        out.first = out.last = static_cast<std::int64_t>(top.update.value);
        out.levels.push_back({top.bid.price.value, top.bid.qty.value, false});
        out.levels.push_back({top.ask.price.value, top.ask.qty.value, true});
    } else if (message.kind == binance::MessageKind::trade) {
        const engine::TradePrint& trade = message.trade;
        out.first = trade.trade.value;
        out.last = trade.exchange_time.value / 1'000'000;
        out.levels.push_back(
            {trade.price.value, trade.qty.value, trade.aggressor == engine::Side::sell});
    }
}

class Simdjson {
public:
    void read(const RecordedMessage& message, Answer& out) {
        out.levels.clear();
        auto document = parser_.iterate(message.bytes.data(), message.size, message.bytes.size());
        simdjson::ondemand::object data = document["data"].get_object();
        if (message.stream == Stream::depth) {
            out.first = data["U"].get_int64();
            out.last = data["u"].get_int64();
            side(data["b"].get_array(), false, out);
            side(data["a"].get_array(), true, out);
        } else if (message.stream == Stream::book_ticker) {
            out.first = out.last = data["u"].get_int64();
            const std::int64_t bid = number(data["b"]), bid_qty = number(data["B"]);
            const std::int64_t ask = number(data["a"]), ask_qty = number(data["A"]);
            out.levels.push_back({bid, bid_qty, false});
            out.levels.push_back({ask, ask_qty, true});
        } else {
            out.first = data["t"].get_int64();
            const std::int64_t price = number(data["p"]), qty = number(data["q"]);
            out.last = data["T"].get_int64();
            out.levels.push_back({price, qty, data["m"].get_bool()});
        }
    }

private:
    /// Where it lies, quotes off: to have it copied and unescaped (get_string) would cost a third
    /// more, and a number has no escapes.
    static std::string_view bare(simdjson::simdjson_result<simdjson::ondemand::value> value) {
        const std::string_view raw = value.raw_json_token();
        const std::size_t end = raw.find('"', 1);
        return raw.substr(1, end - 1);
    }
    static std::int64_t number(simdjson::simdjson_result<simdjson::ondemand::value> value) {
        return atoms(bare(value));
    }
    static void side(simdjson::ondemand::array levels, bool ask, Answer& out) {
        for (auto level : levels) {
            std::int64_t pair[2]{};
            std::size_t i = 0;
            for (auto part : level.get_array()) {
                pair[i++ & 1] = atoms(bare(part));
            }
            out.levels.push_back({pair[0], pair[1], ask});
        }
    }
    simdjson::ondemand::parser parser_;
};

/// rapidjson and nlohmann differ in how a node is asked, not in what is asked.
template <class Node, class Text, class Number, class Flag>
void read_tree(const Node& data, Stream stream, Answer& out, Text text, Number number, Flag flag) {
    out.levels.clear();
    if (stream == Stream::depth) {
        out.first = number(data["U"]);
        out.last = number(data["u"]);
        for (const char* key : {"b", "a"}) {
            const auto& levels = data[key];
            for (unsigned i = 0; i < levels.size(); ++i) {
                out.levels.push_back(
                    {atoms(text(levels[i][0U])), atoms(text(levels[i][1U])), *key == 'a'});
            }
        }
    } else if (stream == Stream::book_ticker) {
        out.first = out.last = number(data["u"]);
        out.levels.push_back({atoms(text(data["b"])), atoms(text(data["B"])), false});
        out.levels.push_back({atoms(text(data["a"])), atoms(text(data["A"])), true});
    } else {
        out.first = number(data["t"]);
        out.last = number(data["T"]);
        out.levels.push_back({atoms(text(data["p"])), atoms(text(data["q"])), flag(data["m"])});
    }
}

/// rapidjson spells size() with a capital.
struct RapidNode {
    const rapidjson::Value& value;
    RapidNode operator[](const char* key) const { return {value[key]}; }
    RapidNode operator[](unsigned i) const { return {value[i]}; }
    [[nodiscard]] unsigned size() const { return value.Size(); }
};

void rapid(const RecordedMessage& message, Answer& out) {
    rapidjson::Document document;
    document.Parse(message.bytes.data(), message.size);
    read_tree(
        RapidNode{document["data"]}, message.stream, out,
        [](RapidNode node) {
            return std::string_view(node.value.GetString(), node.value.GetStringLength());
        },
        [](RapidNode node) { return node.value.GetInt64(); },
        [](RapidNode node) { return node.value.GetBool(); });
}

void nlohmann_read(const RecordedMessage& message, Answer& out) {
    using Json = nlohmann::json;
    const Json document = Json::parse(message.text());
    read_tree(
        document["data"], message.stream, out,
        [](const Json& node) -> std::string_view { return node.get_ref<const std::string&>(); },
        [](const Json& node) { return node.get<std::int64_t>(); },
        [](const Json& node) { return node.get<bool>(); });
}

}  // namespace

void bench_decode(Bench& bench) {
    if (!bench.any("decode.")) {
        return;
    }
    const auto messages = load_recording(20'000);
    binance::MarketDataDecoder decoder({{"BTCUSDT", engine::InstrumentId{0}}});
    Simdjson simd;
    Answer expected, answer;
    const struct {
        const char* name;
        Stream stream;
    } kinds[] = {{"decode.depth", Stream::depth},
                 {"decode.book_ticker", Stream::book_ticker},
                 {"decode.trade", Stream::trade}};
    for (const auto& kind : kinds) {
        std::vector<const RecordedMessage*> chosen;
        for (const RecordedMessage& message : messages) {
            if (message.stream != kind.stream) {
                continue;
            }
            ours(decoder.decode(message.text()), expected);
            require(!expected.levels.empty() || kind.stream == Stream::depth, "nothing decoded");
            simd.read(message, answer);
            require(answer == expected, "simdjson decodes otherwise");
            rapid(message, answer);
            require(answer == expected, "rapidjson decodes otherwise");
            nlohmann_read(message, answer);
            require(answer == expected, "nlohmann decodes otherwise");
            if (kind.stream != Stream::depth || expected.levels.size() == 9) {
                chosen.push_back(&message);
            }
        }
        require(!chosen.empty(), "no message of this kind in the recording");
        const std::string name = kind.name;
        const auto nothing = [](std::size_t) {};
        const auto pick = [&](std::size_t i) -> const RecordedMessage& {
            return *chosen[i % chosen.size()];
        };
        bench.each(name, 20'000, nothing,
                   [&](std::size_t i) { keep(decoder.decode(pick(i).text())); });
        bench.each(name + ".simdjson", 20'000, nothing,
                   [&](std::size_t i) { simd.read(pick(i), answer); });
        bench.each(name + ".rapidjson", 20'000, nothing,
                   [&](std::size_t i) { rapid(pick(i), answer); });
        bench.each(name + ".nlohmann", 20'000, nothing,
                   [&](std::size_t i) { nlohmann_read(pick(i), answer); });
    }
}

}  // namespace portcullis::bench
