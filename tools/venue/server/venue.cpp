#include "tools/venue/server/venue.hpp"

#include <algorithm>
#include <sstream>

#include "engine/types/decimal.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t connect_weight = 2;

std::vector<std::string> split_words(std::string_view line) {
    std::istringstream in{std::string(line)};
    std::vector<std::string> words;
    for (std::string word; in >> word;) {
        words.push_back(word);
    }
    return words;
}

std::string error(const std::string& why) {
    return "error: " + why;
}

std::optional<bool> on_or_off(const std::string& word) {
    if (word == "on") {
        return true;
    }
    return word == "off" ? std::optional<bool>(false) : std::nullopt;
}

std::optional<WsApiChoice> ws_api_choice(const std::string& word) {
    if (word == "wsapi" || word == "all") {
        return WsApiChoice::all;
    }
    if (word == "orders") {
        return WsApiChoice::orders;
    }
    return word == "second" ? std::optional(WsApiChoice::second) : std::nullopt;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    });
    return text;
}

HttpReply refuse(int status, int code, std::string message) {
    ApiError refusal;
    refusal.code = code;
    refusal.message = std::move(message);
    HttpReply reply;
    reply.status = status;
    reply.body = refusal.json();
    return reply;
}

}  // namespace

Venue::Venue(const LimitsConfig& limits, ClockUs clock)
    : limits_(limits),
      clock_(std::move(clock)),
      api_(exchange_, keys_, limits_, clock_),
      rest_(api_) {
    keys_.on_change([this](const ApiKey& key) { ws_api_.key_changed(key); });
}

AccountId Venue::add_account(const AccountSetup& setup) {
    const AccountId id = exchange_.add_account(setup);
    accounts_[setup.name] = id;
    return id;
}

Service::Timing Venue::timing() const {
    const LimitsConfig& config = limits_.config();
    return {config.ping_interval_ms, config.pong_timeout_ms, config.connection_life_ms};
}

std::unique_ptr<WebSocketHandler> Venue::open(std::string_view target, const std::string& ip,
                                              Peer& peer, HttpReply& refusal) {
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view path = target.substr(0, mark);
    const bool api = path == "/ws-api/v3";
    const bool combined = path == "/stream";
    const bool raw = path == "/ws" || path.starts_with("/ws/");
    if (!api && !combined && !raw) {
        refusal = refuse(404, -1020, "This operation is not supported.");
        return nullptr;
    }
    if (!limits_.admit_connection(ip, api_.now_ms())) {
        refusal = refuse(429, -1003, "Too many requests queued.");
        return nullptr;
    }
    const std::string_view query = target.substr(std::min(mark + 1, target.size()));
    if (!api) {
        // Stream names hold '@' and '/', which a query parser would not touch; cut by hand.
        const std::string_view names = combined && query.starts_with("streams=") ? query.substr(8)
                                       : raw ? path.substr(std::min<std::size_t>(4, path.size()))
                                             : std::string_view();
        const auto streams = split_streams(names.substr(0, names.find('&')));
        const bool legal =
            std::all_of(streams.begin(), streams.end(), stream_name_printable) &&
            streams.size() <= static_cast<std::size_t>(limits_.config().streams_per_connection);
        if (!legal) {
            refusal = refuse(400, -1100, "Illegal characters found in a parameter.");
            return nullptr;
        }
        return std::make_unique<StreamSession>(streams_, limits_.config(), clock_, peer, combined,
                                               streams);
    }
    Params params;
    WsApiSession::Options options;
    const auto malformed = params_from_query(query, params);
    const Param* shown = params.find("returnRateLimits");
    const Param* unit = params.find("timeUnit");
    options.return_rate_limits = shown == nullptr || shown->value != "false";
    if (unit != nullptr) {
        options.unit =
            lower(unit->value) == "microsecond" ? Unit::microseconds : Unit::milliseconds;
    }
    if (malformed) {
        refusal = refuse(400, malformed->code, malformed->message);
        return nullptr;
    }
    if (const auto limited = limits_.admit(ip, connect_weight, api_.now_ms())) {
        refusal = refuse(limited->status, limited->code, limited->message);
        return nullptr;
    }
    return std::make_unique<WsApiSession>(ws_api_, api_, peer, ip, options);
}

void Venue::publish(std::string_view stream, std::string_view data) {
    if (stream.ends_with("@trade")) {
        std::string symbol(stream.substr(0, stream.find('@')));
        std::transform(symbol.begin(), symbol.end(), symbol.begin(), [](unsigned char c) {
            return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
        });
        api_.on_recorded_trade(symbol, data);
    }
    streams_.publish(stream, data);
}

void Venue::announce_shutdown() {
    streams_.shut_down(api_.now_ms());
    ws_api_.shut_down(api_.now_ms());
}

std::string Venue::control(std::string_view line) {
    const std::vector<std::string> words = split_words(line);
    if (words.empty()) {
        return error("empty command");
    }
    if (words[0] == "quit" && words.size() == 1) {
        if (quit_) {
            quit_();
        }
        return "ok";
    }
    if (words[0] == "replay") {
        return replay_command_ ? replay_command_(words) : error("nothing is replayed here");
    }
    if (words[0] == "foreign-order" || words[0] == "balance") {
        return account_command(words);
    }
    return fault_command(words);
}

std::string Venue::fault_command(const std::vector<std::string>& words) {
    const std::string& verb = words[0];
    if ((verb == "disconnect" || verb == "tear" || verb == "mute") && words.size() == 2) {
        return connection_command(verb, words[1]);
    }
    if (verb == "gap" && words.size() == 2) {
        if (!exchange_.symbols().contains(words[1])) {
            return error("unknown symbol " + words[1]);
        }
        streams_.drop_next_depth(lower(words[1]));
        return "ok";
    }
    if (verb == "silence" && words.size() == 3 && words[1] == "streams") {
        const auto on = on_or_off(words[2]);
        if (!on) {
            return error("expected silence streams on|off");
        }
        streams_.set_silent(*on);
        return "ok";
    }
    if (verb == "lost-ack" && words.size() == 2) {
        const auto on = on_or_off(words[1]);
        if (!on) {
            return error("expected lost-ack on|off");
        }
        api_.faults().lost_ack = *on;
        return "ok";
    }
    if (verb == "error-after-accept" && words.size() == 2) {
        const auto count = engine::parse_unsigned(words[1]);
        if (!count || *count > 1'000'000) {
            return error("expected error-after-accept N");
        }
        api_.faults().error_after_accept = static_cast<std::int64_t>(*count);
        return "ok";
    }
    return error("unknown command or wrong number of words: " + verb);
}

std::string Venue::connection_command(const std::string& verb, const std::string& which) {
    const bool muted = verb == "mute";
    const bool streams = which == "streams" || which == "all";
    const auto choice = ws_api_choice(which);
    if (muted ? !choice || which == "all" : !choice && !streams) {
        return error(muted ? "expected mute orders|second|wsapi"
                           : "expected " + verb + " streams|orders|second|wsapi|all");
    }
    if (muted) {
        ws_api_.mute(*choice);
        return "ok";
    }
    const bool tear = verb == "tear";
    if (streams) {
        tear ? streams_.tear_all() : streams_.disconnect_all();
    }
    if (choice) {
        tear ? ws_api_.tear(*choice) : ws_api_.disconnect(*choice);
    }
    return "ok";
}

std::string Venue::account_command(const std::vector<std::string>& words) {
    const bool foreign = words[0] == "foreign-order";
    if (words.size() != (foreign ? 6U : 4U)) {
        return error(foreign ? "expected foreign-order ACCOUNT SYMBOL SIDE PRICE QTY"
                             : "expected balance ACCOUNT ASSET DELTA");
    }
    if (!accounts_.contains(words[1])) {
        return error("unknown account " + words[1]);
    }
    return foreign ? foreign_order(words) : change_balance(words);
}

std::string Venue::foreign_order(const std::vector<std::string>& words) {
    const auto price = engine::parse_decimal(words[4]);
    const auto qty = engine::parse_decimal(words[5]);
    if ((words[3] != "BUY" && words[3] != "SELL") || price.error != engine::DecimalError::none ||
        qty.error != engine::DecimalError::none) {
        return error("expected SIDE BUY|SELL and decimal PRICE and QTY");
    }
    NewOrder order;
    order.symbol = words[2];
    order.side = words[3] == "BUY" ? Side::buy : Side::sell;
    order.price = PriceAtoms{price.atoms};
    order.qty = QtyAtoms{qty.atoms};
    order.client_order_id = "web_" + std::to_string(++foreign_orders_);
    const auto reply = exchange_.place(accounts_.at(words[1]), order, api_.now_ms());
    return reply.ok() ? "ok" : error(reply.error.message);
}

std::string Venue::change_balance(const std::vector<std::string>& words) {
    const auto delta = engine::parse_signed_decimal(words[3]);
    if (delta.error != engine::DecimalError::none) {
        return error("expected a decimal DELTA");
    }
    const AccountId account = accounts_.at(words[1]);
    const auto& balances = exchange_.balances(account);
    const auto at = balances.find(words[2]);
    const engine::int128 free = at == balances.end() ? 0 : at->second.free.value;
    if (free + delta.atoms < 0) {
        return error("balance would be negative");
    }
    exchange_.adjust_balance(account, words[2], AmountAtoms{delta.atoms}, api_.now_ms());
    return "ok";
}

}  // namespace portcullis::tools::venue
