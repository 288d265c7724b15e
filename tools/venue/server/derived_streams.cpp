#include "tools/venue/server/derived_streams.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "engine/types/decimal.hpp"
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/render.hpp"
#include "tools/venue/server/stream_names.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::array<std::size_t, 3> partial_levels{5, 10, 20};

void write_levels(JsonWriter& out, std::string_view key,
                  const std::map<std::int64_t, std::pair<std::string, std::string>>& levels) {
    out.begin_array(key);
    for (const auto& [price, level] : levels) {
        out.begin_array().text(level.first).text(level.second).end_array();
    }
    out.end_array();
}

}  // namespace

struct DerivedStreams::Parser {
    simdjson::dom::parser json;
};

DerivedStreams::DerivedStreams(const Exchange& exchange, const TradeTape& tape, Wanted wanted,
                               Emit emit)
    : exchange_(exchange),
      tape_(tape),
      wanted_(std::move(wanted)),
      emit_(std::move(emit)),
      parser_(std::make_unique<Parser>()) {}
DerivedStreams::~DerivedStreams() = default;

DerivedStreams::Market& DerivedStreams::market(std::string_view stream) {
    const std::string_view symbol = stream.substr(0, stream.find('@'));
    const auto found = markets_.find(symbol);
    if (found != markets_.end()) {
        return found->second;
    }
    Market made;
    const std::string name(symbol);
    made.name = upper_case(name);
    made.slow_depth = {name + "@depth", name + "@depth@1000ms"};
    made.agg_trade = name + "@aggTrade";
    for (std::size_t i = 0; i < partial_levels.size(); ++i) {
        made.partial[i] = name + "@depth" + std::to_string(partial_levels[i]);
        made.partial_slow[i] = made.partial[i] + "@1000ms";
        made.partial_fast[i] = made.partial[i] + "@100ms";
    }
    return markets_.emplace(name, std::move(made)).first->second;
}

void DerivedStreams::on_message(std::string_view stream, std::string_view data, StreamKind kind) {
    if (kind == StreamKind::depth) {
        Market& of = market(stream);
        tell_partial(of, of.partial_fast);
        if (stream == of.slow_depth[0] || stream == of.slow_depth[1]) {
            tell_slow(of, data, stream);
        } else if (slow_wanted(of)) {
            gather_depth(of, data);
        } else {
            of.slow.reset();
        }
    } else if (kind == StreamKind::trade) {
        Market& of = market(stream);
        if (wanted_(of.agg_trade)) {
            gather_trade(of, data);
        } else {
            of.aggregate.reset();
        }
    }
}

void DerivedStreams::on_tick(bool full_second) {
    for (auto& [symbol, of] : markets_) {
        tell_trade(of);
        if (!full_second) {
            continue;
        }
        tell_depth(of);
        const auto book = exchange_.book(of.name, 0);
        if (book && book->last_update_id != of.partial_id) {
            of.partial_id = book->last_update_id;
            tell_partial(of, of.partial);
            tell_partial(of, of.partial_slow);
        }
    }
}

void DerivedStreams::on_jump(const std::string& symbol) {
    const auto found = markets_.find(lower_case(symbol));
    if (found != markets_.end()) {
        found->second.slow.reset();
        found->second.aggregate.reset();
        found->second.partial_id = 0;
    }
}

void DerivedStreams::gather_depth(Market& of, std::string_view data) {
    simdjson::dom::element event;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t event_ms = 0;
    if (parser_->json.parse(data.data(), data.size()).get(event) || event["U"].get(first) ||
        event["u"].get(last) || event["E"].get(event_ms)) {
        return;
    }
    if (!of.slow) {
        of.slow = Slow{first, last, event_ms, {}, {}};
    }
    of.slow->last_id = last;
    of.slow->event_ms = event_ms;
    const auto gather = [&event](const char* key, std::int64_t sign, Levels& levels) {
        simdjson::dom::array rows;
        if (event[key].get(rows)) {
            return;
        }
        for (const simdjson::dom::element row : rows) {
            std::string_view price;
            std::string_view qty;
            if (!row.at(0).get(price) && !row.at(1).get(qty)) {
                levels[sign * engine::parse_decimal(price).atoms] = {std::string(price),
                                                                     std::string(qty)};
            }
        }
    };
    gather("b", -1, of.slow->bids);
    gather("a", 1, of.slow->asks);
}

void DerivedStreams::tell_depth(Market& of) {
    if (!of.slow) {
        return;
    }
    const Slow slow = *std::exchange(of.slow, std::nullopt);
    JsonWriter out;
    out.begin_object().text("e", "depthUpdate");
    out.integer("E", static_cast<std::int64_t>(slow.event_ms)).text("s", of.name);
    out.integer("U", static_cast<std::int64_t>(slow.first_id));
    out.integer("u", static_cast<std::int64_t>(slow.last_id));
    write_levels(out, "b", slow.bids);
    write_levels(out, "a", slow.asks);
    tell_slow(of, out.end_object().take());
}

bool DerivedStreams::slow_wanted(const Market& of) const {
    return std::any_of(of.slow_depth.begin(), of.slow_depth.end(), wanted_);
}

void DerivedStreams::tell_slow(const Market& of, std::string_view data, std::string_view source) {
    for (const std::string& name : of.slow_depth) {
        if (name != source && wanted_(name)) {
            emit_(name, data);
        }
    }
}

void DerivedStreams::gather_trade(Market& of, std::string_view data) {
    simdjson::dom::element event;
    std::string_view price;
    std::string_view qty;
    Aggregate one;
    if (parser_->json.parse(data.data(), data.size()).get(event) || event["p"].get(price) ||
        event["q"].get(qty) || event["t"].get(one.first_id) || event["T"].get(one.trade_ms) ||
        event["E"].get(one.event_ms) || event["m"].get(one.buyer_is_maker)) {
        return;
    }
    const TradeTape::Trades& told = tape_.trades(of.name);
    if (told.empty() || told.back().id != static_cast<std::int64_t>(one.first_id)) {
        return;
    }
    one.number = told.back().aggregate_id;
    one.last_id = one.first_id;
    one.price = engine::parse_decimal(price).atoms;
    one.qty = engine::parse_decimal(qty).atoms;
    if (of.aggregate && of.aggregate->number == one.number) {
        of.aggregate->last_id = one.first_id;
        of.aggregate->event_ms = one.event_ms;
        of.aggregate->qty += one.qty;
        return;
    }
    tell_trade(of);
    of.aggregate = one;
}

void DerivedStreams::tell_trade(Market& of) {
    if (!of.aggregate) {
        return;
    }
    const Aggregate trade = *std::exchange(of.aggregate, std::nullopt);
    JsonWriter out;
    out.begin_object().text("e", "aggTrade");
    out.integer("E", static_cast<std::int64_t>(trade.event_ms)).text("s", of.name);
    out.integer("a", trade.number);
    out.decimal("p", trade.price).decimal("q", trade.qty);
    out.integer("f", static_cast<std::int64_t>(trade.first_id));
    out.integer("l", static_cast<std::int64_t>(trade.last_id));
    out.integer("T", static_cast<std::int64_t>(trade.trade_ms));
    out.boolean("m", trade.buyer_is_maker).boolean("M", true);
    emit_(of.agg_trade, out.end_object().take());
}

void DerivedStreams::tell_partial(const Market& of, const std::array<std::string, 3>& streams) {
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (!wanted_(streams[i])) {
            continue;
        }
        if (const auto book = exchange_.book(of.name, partial_levels[i])) {
            emit_(streams[i], render::book(*book));
        }
    }
}

}  // namespace portcullis::tools::venue
