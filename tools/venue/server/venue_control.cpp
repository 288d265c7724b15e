// Venue, the control socket's commands: questions, accounts, connections, and the short words that
// stood here before the catalogue (each of them a fault of it, or an act on connections).
#include <algorithm>
#include <tuple>

#include "engine/types/decimal.hpp"
#include "tools/venue/server/config_accounts.hpp"
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/stream_names.hpp"
#include "tools/venue/server/venue.hpp"

namespace portcullis::tools::venue {
namespace {

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

FaultSpec spec_of(FaultKind kind, unsigned targets, std::string name) {
    FaultSpec spec;
    spec.kind = kind;
    spec.targets = targets;
    spec.name = std::move(name);
    spec.argument = row_of(kind).argument.standard;
    return spec;
}

}  // namespace

std::string Venue::control(std::string_view line) {
    const Words words = split_words(line);
    return words.empty() ? error_line("empty command") : command(words);
}

std::string Venue::command(const Words& words) {
    if (words[0] == "quit" && words.size() == 1) {
        if (quit_ && !checking_) {
            quit_();
        }
        return "ok";
    }
    if (words[0] == "replay") {
        Words asked = words;
        asked[0] = checking_ ? "check" : "replay";
        return replay_command_ ? replay_command_(asked) : error_line("nothing is replayed here");
    }
    if (words[0] == "fault") {
        return fault_command(words);
    }
    if (words[0] == "check") {
        return check_command(words);
    }
    if (words[0] == "foreign-order" || words[0] == "balance" || words[0] == "external-lock") {
        return account_command(words);
    }
    if (words[0] == "key") {
        return key_command(words);
    }
    if (words[0] == "account") {
        return manage_account(words);
    }
    if (words[0] == "clock" && words.size() > 1) {
        return clock_command(words);
    }
    if (words[0] == "status" || words[0] == "accounts" || words[0] == "balances" ||
        words[0] == "keys" || words[0] == "clock") {
        return question(words);
    }
    return old_command(words);
}

std::string Venue::old_command(const Words& words) {
    const std::string& verb = words[0];
    if ((verb == "disconnect" || verb == "tear" || verb == "mute") && words.size() == 2) {
        return connection_command(verb, words[1]);
    }
    if (verb == "gap" && words.size() == 2) {
        if (!exchange_.symbols().contains(words[1])) {
            return error_line("unknown symbol " + words[1]);
        }
        FaultSpec spec = spec_of(FaultKind::gap, target_market, lower_case(words[1]) + "@depth*");
        spec.strikes = 1;
        return switch_on(spec);
    }
    const bool silence = verb == "silence";
    if ((silence && words.size() == 3 && words[1] == "streams") ||
        (verb == "lost-ack" && words.size() == 2)) {
        const auto on = on_or_off(words.back());
        if (!on) {
            return error_line((silence ? "silence streams '" : "lost-ack '") + words.back() +
                              "': expected on or off");
        }
        const FaultSpec spec =
            silence ? spec_of(FaultKind::silence, target_market, "*")
                    : spec_of(FaultKind::lost_ack, target_wsapi | target_rest, "wsapi");
        if (!checking_) {
            faults_.remove(spec.kind, spec.name);
        }
        return *on ? switch_on(spec) : "ok";
    }
    if (verb == "error-after-accept" && words.size() == 2) {
        const auto count = engine::parse_unsigned(words[1]);
        if (!count || *count > 1'000'000) {
            return error_line("error-after-accept '" + words[1] +
                              "': expected a number of answers, 0 to 1000000");
        }
        FaultSpec spec =
            spec_of(FaultKind::error_after_accept, target_wsapi | target_rest, "wsapi");
        spec.strikes = static_cast<std::int64_t>(*count);
        if (!checking_) {
            faults_.remove(spec.kind, spec.name);
        }
        return *count > 0 ? switch_on(spec) : "ok";
    }
    return error_line(
        "unknown command or wrong number of words: " + verb +
        "; expected status, accounts, balances, keys, clock, fault, replay, account, key, "
        "balance, external-lock, foreign-order, disconnect, tear, mute, gap, silence, "
        "lost-ack, error-after-accept or quit, as fault on drop btcusdt@trade for=10s");
}

/// What met nobody is told, and struck nobody.
std::string Venue::connection_command(const std::string& verb, const std::string& which) {
    const bool muted = verb == "mute";
    const bool streams = which == "streams" || which == "all";
    const auto choice = ws_api_choice(which);
    if (muted ? !choice || which == "all" : !choice && !streams) {
        return error_line(
            verb + " '" + which + "': expected " +
            (muted ? "orders, second or wsapi" : "streams, orders, second, wsapi or all"));
    }
    if (checking_) {
        return "ok";
    }
    const bool tear = verb == "tear";
    std::size_t met = 0;
    if (streams) {
        met = tear ? streams_.tear_all() : streams_.disconnect_all();
    }
    if (choice) {
        met += muted  ? ws_api_.mute(*choice)
               : tear ? ws_api_.tear(*choice)
                      : ws_api_.disconnect(*choice);
    }
    if (met > 0 && !muted) {
        faults_.count(tear ? FaultKind::tear : FaultKind::disconnect, which);
    }
    return "ok " + JsonWriter()
                       .begin_object()
                       .integer("connections", static_cast<std::int64_t>(met))
                       .end_object()
                       .take();
}

std::string Venue::account_command(const Words& words) {
    const bool foreign = words[0] == "foreign-order";
    if (words.size() != (foreign ? 6U : 4U)) {
        return error_line(foreign ? "expected foreign-order ACCOUNT SYMBOL SIDE PRICE QTY"
                                  : "expected " + words[0] + " ACCOUNT ASSET DELTA");
    }
    if (!account_there(words[1])) {
        return error_line("unknown account " + words[1]);
    }
    return foreign ? foreign_order(words) : change_balance(words);
}

std::string Venue::foreign_order(const Words& words) {
    const auto price = engine::parse_decimal(words[4]);
    const auto qty = engine::parse_decimal(words[5]);
    if (words[3] != "BUY" && words[3] != "SELL") {
        return error_line("SIDE '" + words[3] + "': expected BUY or SELL");
    }
    for (const auto& [name, parsed, text] :
         {std::tuple("PRICE", price, words[4]), std::tuple("QTY", qty, words[5])}) {
        if (parsed.error != engine::DecimalError::none) {
            return error_line(std::string(name) + " '" + text + "': expected a decimal, as 0.001");
        }
    }
    if (checking_) {
        return exchange_.symbols().contains(words[2]) ? "ok"
                                                      : error_line("unknown symbol " + words[2]);
    }
    NewOrder order;
    order.symbol = words[2];
    order.side = words[3] == "BUY" ? Side::buy : Side::sell;
    order.price = PriceAtoms{price.atoms};
    order.qty = QtyAtoms{qty.atoms};
    order.client_order_id = "web_" + std::to_string(++foreign_orders_);
    const auto reply = exchange_.place(accounts_.at(words[1]), order, api_.now_ms());
    return reply.ok() ? "ok" : error_line(reply.error.message);
}

std::string Venue::change_balance(const Words& words) {
    const auto delta = engine::parse_signed_decimal(words[3]);
    if (delta.error != engine::DecimalError::none) {
        return error_line(
            "DELTA '" + words[3] +
            "': expected a decimal from -92233720368.54775807 to 92233720368.54775807, of eight "
            "places at most");
    }
    if (!asset_legal(words[2])) {
        return error_line("ASSET '" + words[2] + "': expected " + asset_words);
    }
    if (checking_) {
        return "ok";
    }
    const AccountId account = accounts_.at(words[1]);
    const auto& balances = exchange_.balances(account);
    const auto at = balances.find(words[2]);
    const engine::int128 free = at == balances.end() ? 0 : at->second.free.value;
    if (words[0] == "external-lock") {
        const engine::int128 held = exchange_.locked_externally(account, words[2]).value;
        if (delta.atoms > free || held + delta.atoms < 0) {
            return error_line("DELTA '" + words[3] + "': expected from -" + decimal_text(held) +
                              ", what is locked so, to " + decimal_text(free) +
                              ", what is free of it");
        }
        exchange_.lock_externally(account, words[2], AmountAtoms{delta.atoms}, api_.now_ms());
        return "ok";
    }
    if (free + delta.atoms < 0) {
        return error_line("DELTA '" + words[3] + "': expected no less than -" + decimal_text(free) +
                          ", what is free of it");
    }
    exchange_.adjust_balance(account, words[2], AmountAtoms{delta.atoms}, api_.now_ms());
    return "ok";
}

std::string Venue::question(const Words& words) {
    if (words[0] == "balances" && words.size() == 2) {
        const auto at = accounts_.find(words[1]);
        if (checking_ && account_there(words[1])) {
            return "ok";
        }
        return at == accounts_.end() ? error_line("unknown account " + words[1])
                                     : "ok " + balances_json(at->second);
    }
    if (words.size() != 1) {
        return error_line("expected " + words[0] + (words[0] == "balances" ? " [ACCOUNT]" : ""));
    }
    return "ok " + (words[0] == "status"  ? status_json()
                    : words[0] == "keys"  ? keys_json()
                    : words[0] == "clock" ? clock_json()
                                          : accounts_json());
}

std::string Venue::status_json() const {
    std::size_t open = 0;
    for (const auto& [name, id] : accounts_) {
        open += exchange_.open_orders(id, "").size();
    }
    JsonWriter out;
    out.begin_object().integer("time", clock_() / 1000);
    out.integer("streams", static_cast<std::int64_t>(streams_.sessions()));
    out.integer("wsapi", static_cast<std::int64_t>(ws_api_.sessions()));
    out.integer("accounts", static_cast<std::int64_t>(accounts_.size()));
    out.integer("openOrders", static_cast<std::int64_t>(open)).begin_array("symbols");
    for (const auto& [name, symbol] : exchange_.symbols()) {
        const auto book = exchange_.top(name);
        out.begin_object().text("symbol", name).text("status", symbol.status);
        out.decimal("tick", symbol.tick.value);
        out.decimal("bid", !book || book->bids.empty() ? 0 : book->bids[0].price.value);
        out.decimal("ask", !book || book->asks.empty() ? 0 : book->asks[0].price.value);
        out.integer("lastUpdateId", book ? static_cast<std::int64_t>(book->last_update_id) : 0);
        out.end_object();
    }
    out.end_array();
    if (replay_command_) {
        constexpr std::string_view ok = "ok ";
        out.raw("replay", replay_command_({"replay", "status"}).substr(ok.size()));
    }
    return out.raw("faults", faults_.json()).end_object().take();
}

std::string Venue::accounts_json() const {
    JsonWriter out;
    out.begin_array();
    for (const auto& [name, id] : accounts_) {
        const AccountSetup& setup = exchange_.account(id);
        const FeeRates rates = exchange_.fee_rates(id, clock_() / 1000);
        out.begin_object().text("account", name).integer("uid", render::account_uid(id));
        out.text("master", setup.master);
        out.decimal("makerFee", rates.maker_e8).decimal("takerFee", rates.taker_e8);
        out.text("feeAsset", setup.fee_asset);
        out.integer("openOrders", static_cast<std::int64_t>(exchange_.open_orders(id, "").size()));
        out.raw("balances", balances_json(id)).end_object();
    }
    return out.end_array().take();
}

std::string Venue::balances_json(AccountId account) const {
    JsonWriter out;
    out.begin_array();
    for (const auto& [asset, balance] : exchange_.balances(account)) {
        out.begin_object().text("asset", asset).decimal("free", balance.free.value);
        out.decimal("locked", balance.locked.value).end_object();
    }
    return out.end_array().take();
}

std::string Venue::keys_json() const {
    const auto owner = [this](AccountId id) {
        const auto at = std::find_if(accounts_.begin(), accounts_.end(),
                                     [id](const auto& entry) { return entry.second == id; });
        return at == accounts_.end() ? std::string() : at->first;
    };
    JsonWriter out;
    out.begin_array();
    for (const auto& [api_key, key] : keys_.all()) {
        out.begin_object().text("apiKey", api_key).text("account", owner(key.account));
        out.text("kind", key.kind == ApiKeyKind::hmac      ? "hmac"
                         : key.kind == ApiKeyKind::ed25519 ? "ed25519"
                                                           : "rsa");
        out.boolean("read", key.may.read).boolean("trade", key.may.trade);
        out.boolean("withdraw", key.may.withdraw).boolean("revoked", key.revoked);
        out.boolean("ipRestricted", !key.ips.empty()).end_object();
    }
    return out.end_array().take();
}

std::string Venue::clock_json() const {
    return JsonWriter()
        .begin_object()
        .integer("venueUs", clock_())
        .integer("machineUs", machine_clock_())
        .integer("skewMs", skew_us_ / 1000)
        .end_object()
        .take();
}

}  // namespace portcullis::tools::venue
