#include "tools/venue/server/overlay.hpp"

#include <simdjson.h>

#include <limits>
#include <utility>

#include "engine/types/decimal.hpp"
#include "engine/types/verify.hpp"
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/stream_names.hpp"

namespace portcullis::tools::venue {

using engine::verify;

namespace {

/// `"key":VALUE` of a flat message with another value; all else stays byte for byte.
void set_member(std::string& message, std::string_view key, const std::string& value) {
    const std::string name = "\"" + std::string(key) + "\":";
    const std::size_t at = message.find(name);
    if (at == std::string::npos) {
        return;
    }
    const std::size_t from = at + name.size();
    message.replace(from, message.find_first_of(",}", from) - from, value);
}

std::string quoted(std::int64_t atoms) {
    return "\"" + decimal_text(atoms) + "\"";
}

std::string trade_stream(const std::string& symbol) {
    return lower_case(symbol) + "@trade";
}

}  // namespace

struct Overlay::Parser {
    simdjson::dom::parser json;
    simdjson::dom::element event;
    bool parse(std::string_view data) {
        return json.parse(data.data(), data.size()).get(event) == simdjson::SUCCESS;
    }
    [[nodiscard]] std::int64_t decimal(const char* key) const {
        std::string_view text;
        return event[key].get(text) ? 0 : engine::parse_decimal(text).atoms;
    }
    [[nodiscard]] std::uint64_t integer(const char* key) const {
        std::uint64_t number = 0;
        return event[key].get(number) ? 0 : number;
    }
};

Overlay::Overlay(Exchange& exchange, Api& api, Emit emit)
    : exchange_(exchange), api_(api), emit_(std::move(emit)), parser_(std::make_unique<Parser>()) {
    for (const auto& [name, symbol] : exchange_.symbols()) {
        tapes_[name];
    }
    api_.add_listener(*this);
}

Overlay::~Overlay() {
    api_.remove_listener(*this);
}

void Overlay::on_message(const std::string& symbol, std::string_view stream, std::string_view data,
                         StreamKind kind) {
    const auto found = tapes_.find(symbol);
    if (kind == StreamKind::other || found == tapes_.end() || !parser_->parse(data)) {
        emit_(stream, data);
        return;
    }
    Tape& tape = found->second;
    if (const std::uint64_t event_ms = parser_->integer("E"); event_ms > 0) {
        tape.event_ms = event_ms;
    }
    if (kind == StreamKind::depth) {
        tell_depth(symbol, stream, data);
    } else if (kind == StreamKind::ticker) {
        tell_ticker(symbol, stream, data);
    } else {
        tell_trade(symbol, tape, stream, data);
    }
}

void Overlay::on_jump(const std::string& symbol) {
    const auto found = tapes_.find(symbol);
    if (found == tapes_.end()) {
        return;
    }
    Tape& tape = found->second;
    const std::int64_t last_fill_id = tape.last_fill_id;
    tape = Tape{};
    tape.last_fill_id = last_fill_id;
    (void)exchange_.show_resting(symbol);
}

void Overlay::tell_depth(const std::string& symbol, std::string_view stream,
                         std::string_view data) {
    const Exchange::BookCopy changed = exchange_.show_resting(symbol);
    bool ours = !changed.bids.empty() || !changed.asks.empty();
    const auto levels_of = [&](const char* key, Side side, const std::vector<Level>& more) {
        std::map<std::int64_t, QtyAtoms> levels;
        for (const Level& level : more) {
            levels[level.price.value] = level.qty;
        }
        simdjson::dom::array rows;
        if (parser_->event[key].get(rows)) {
            return levels;
        }
        for (const simdjson::dom::element row : rows) {
            std::string_view price;
            std::string_view qty;
            if (row.at(0).get(price) || row.at(1).get(qty)) {
                continue;
            }
            const PriceAtoms at{engine::parse_decimal(price).atoms};
            const QtyAtoms own = exchange_.shown_resting(symbol, side, at);
            ours = ours || own > QtyAtoms{0};
            levels[at.value] = QtyAtoms{engine::parse_decimal(qty).atoms} + own;
        }
        return levels;
    };
    const auto bids = levels_of("b", Side::buy, changed.bids);
    const auto asks = levels_of("a", Side::sell, changed.asks);
    if (!ours) {
        emit_(stream, data);
        return;
    }
    const auto row = [](JsonWriter& out, std::int64_t price, QtyAtoms qty) {
        out.begin_array().decimal(price).decimal(qty.value).end_array();
    };
    JsonWriter out;
    out.begin_object().text("e", "depthUpdate");
    out.integer("E", static_cast<std::int64_t>(parser_->integer("E"))).text("s", symbol);
    out.integer("U", static_cast<std::int64_t>(parser_->integer("U")));
    out.integer("u", static_cast<std::int64_t>(parser_->integer("u")));
    out.begin_array("b");
    for (auto level = bids.rbegin(); level != bids.rend(); ++level) {
        row(out, level->first, level->second);
    }
    out.end_array().begin_array("a");
    for (const auto& [price, qty] : asks) {
        row(out, price, qty);
    }
    emit_(stream, out.end_array().end_object().take());
}

void Overlay::tell_ticker(const std::string& symbol, std::string_view stream,
                          std::string_view data) {
    const std::int64_t bid = parser_->decimal("b");
    const std::int64_t ask = parser_->decimal("a");
    const std::int64_t bid_qty = parser_->decimal("B");
    const std::int64_t ask_qty = parser_->decimal("A");
    std::string told(data);
    const auto lay_over = [&](const std::optional<Level>& ours, std::int64_t price,
                              std::int64_t qty, bool better, const char* price_key,
                              const char* qty_key) {
        if (!ours || (!better && ours->price.value != price)) {
            return;
        }
        const bool same = ours->price.value == price;
        set_member(told, price_key, quoted(ours->price.value));
        set_member(told, qty_key, quoted(ours->qty.value + (same ? qty : 0)));
    };
    const std::int64_t no_ask = std::numeric_limits<std::int64_t>::max();
    const auto buy =
        exchange_.best_resting(symbol, Side::buy, PriceAtoms{ask_qty > 0 ? ask : no_ask});
    lay_over(buy, bid, bid_qty, buy && (bid_qty == 0 || buy->price.value > bid), "b", "B");
    const auto sell = exchange_.best_resting(symbol, Side::sell, PriceAtoms{bid_qty > 0 ? bid : 0});
    lay_over(sell, ask, ask_qty, sell && (ask_qty == 0 || sell->price.value < ask), "a", "A");
    emit_(stream, told);
}

/// The part of it that met our orders is told at our prices, the rest at its own.
void Overlay::tell_trade(const std::string& symbol, Tape& tape, std::string_view stream,
                         std::string_view data) {
    const std::uint64_t recorded_id = parser_->integer("t");
    tape.trade_ms = parser_->integer("T");
    if (!tape.last_id) {
        // Only now is it known how the recording numbers its trades.
        tape.last_id = recorded_id - 1;
        for (const Trade& trade : std::exchange(tape.waiting, {})) {
            tell_added(symbol, tape, trade);
        }
    }
    std::uint64_t id = recorded_id + tape.added;
    const auto tell = [&](std::string told) {
        if (id != recorded_id) {
            set_member(told, "t", std::to_string(id));
        }
        tape.last_id = id++;
        emit_(stream, told);
    };
    const std::int64_t qty = parser_->decimal("q");
    std::int64_t left = qty;
    for (const Trade& ours : std::exchange(tape.of_next, {})) {
        std::string told(data);
        set_member(told, "p", quoted(ours.price.value));
        set_member(told, "q", quoted(ours.qty.value));
        tell(std::move(told));
        left -= ours.qty.value;
    }
    verify(left >= 0);
    if (left > 0) {
        std::string told(data);
        if (left < qty) {
            set_member(told, "q", quoted(left));
        }
        tell(std::move(told));
    }
    tape.added = *tape.last_id - recorded_id;
    for (const Trade& trade : std::exchange(tape.after_next, {})) {
        tell_added(symbol, tape, trade);
    }
}

/// A trade of which the recording knows nothing. Its T is that of the last trade told: a recorded
/// one is told some milliseconds after it was made, and a later one must not be older than ours.
void Overlay::tell_added(const std::string& symbol, Tape& tape, const Trade& trade) {
    tape.last_id = *tape.last_id + 1;
    ++tape.added;
    const auto event_ms = static_cast<std::int64_t>(tape.event_ms);
    JsonWriter out;
    out.begin_object().text("e", "trade").integer("E", event_ms).text("s", symbol);
    out.integer("t", static_cast<std::int64_t>(*tape.last_id));
    out.decimal("p", trade.price.value).decimal("q", trade.qty.value);
    out.integer("T", tape.trade_ms != 0 ? static_cast<std::int64_t>(tape.trade_ms) : event_ms);
    out.boolean("m", trade.buyer_is_maker).boolean("M", true);
    emit_(trade_stream(symbol), out.end_object().take());
}

void Overlay::on_account_event(AccountId, const AccountEvent& event) {
    const auto found = tapes_.find(event.order.symbol);
    if (event.kind != AccountEvent::Kind::execution || !event.fill || found == tapes_.end() ||
        event.fill->trade_id <= found->second.last_fill_id) {
        return;
    }
    Tape& tape = found->second;
    const Fill& fill = *event.fill;
    tape.last_fill_id = fill.trade_id;
    const Trade trade{fill.price, fill.qty, fill.maker == (event.order.side == Side::buy)};
    const auto recorded = exchange_.recorded_trade();
    if (recorded == Exchange::RecordedTrade::met) {
        tape.of_next.push_back(trade);
    } else if (recorded == Exchange::RecordedTrade::followed) {
        tape.after_next.push_back(trade);
    } else if (tape.last_id) {
        tell_added(found->first, tape, trade);
    } else {
        tape.waiting.push_back(trade);
    }
}

}  // namespace portcullis::tools::venue
