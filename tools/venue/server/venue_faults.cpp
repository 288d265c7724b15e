// Venue, the faults that are more than a changed message: on accounts, keys, sessions, clock.
//
// What a fault does to a message is in faults/; here is what needs the exchange, the key ring or
// the hubs, and the check that a fault which is accepted has something to strike.
#include <algorithm>
#include <array>

#include "tools/venue/server/stream_names.hpp"
#include "tools/venue/server/venue.hpp"

namespace portcullis::tools::venue {
namespace {

using engine::Done;
using engine::Error;
using engine::Outcome;

constexpr std::int64_t restart_us = 1'000'000;

}  // namespace

std::string Venue::fault_command(const Words& words) {
    const std::string verb = words.size() > 1 ? words[1] : "";
    const Words rest(
        words.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, words.size())),
        words.end());
    if (verb == "list" && rest.empty()) {
        return "ok " + faults_.json();
    }
    if (verb == "off") {
        return switch_off(rest);
    }
    if (verb != "on" && verb != "once") {
        return error_line("expected fault list|on|off|once");
    }
    const auto spec = read_fault(verb, rest);
    return spec ? switch_on(spec.value()) : error_line(spec.error());
}

/// What a command would be answered, by the command's own rules; but what its moment decides (an
/// open order, a trade, somebody logged on, what is free of a balance) is told when it is done.
std::string Venue::check_command(const Words& words) {
    const bool with = words.size() > 2 && words[1] == "with";
    const Words asked(words.begin() + (with ? 3 : 1), words.end());
    if (asked.empty() || asked[0] == "check") {
        return error_line("expected check [with NAME,NAME] COMMAND");
    }
    if (with) {
        const Words names = split(words[2], ',');
        supposed_.insert(names.begin(), names.end());
    }
    checking_ = true;
    const std::string answer = command(asked);
    checking_ = false;
    supposed_.clear();
    return answer.starts_with("ok") ? "ok" : answer;
}

std::string Venue::switch_off(const Words& words) {
    if (words.empty() || words.size() > 2) {
        return error_line("expected fault off NAME|all [TARGET]");
    }
    const FaultRow* row = find_fault(words[0]);
    if (row == nullptr && words[0] != "all") {
        return error_line("unknown fault '" + words[0] + "'");
    }
    if (checking_) {
        return "ok";
    }
    std::string_view name = words.size() == 2 ? std::string_view(words[1]) : "";
    if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
        name.remove_prefix(colon + 1);
    }
    name = name == "streams" ? "*" : name;
    const std::size_t ended =
        faults_.remove(row == nullptr ? std::nullopt : std::optional(row->kind), name);
    return ended > 0 || words[0] == "all" ? "ok" : error_line(words[0] + " is not on there");
}

std::string Venue::switch_on(const FaultSpec& spec) {
    if (const Outcome can = can_strike(spec); !can) {
        return outcome_line(can);
    }
    if (checking_) {
        return "ok";
    }
    if (row_of(spec.kind).dose == FaultDose::act && spec.strikes > 0) {
        const Outcome done = do_act(spec);
        if (struck(spec, done)) {
            faults_.count(spec.kind, spec.target());
        }
        return outcome_line(done);
    }
    std::map<std::string, Exchange::BookCopy> books;
    if (spec.kind == FaultKind::stale_snapshot) {
        for (const auto& [name, symbol] : exchange_.symbols()) {
            if (auto book = exchange_.book(name, 5000)) {
                books.emplace(name, std::move(*book));
            }
        }
    }
    faults_.add(spec, std::move(books));
    return "ok";
}

Outcome Venue::can_strike(const FaultSpec& spec) const {
    if ((spec.targets & target_account) != 0 && !accounts_.contains(spec.name)) {
        return supposed_.contains(spec.name) ? Outcome(Done{})
                                             : Error{"unknown account " + spec.name};
    }
    if ((spec.targets & target_symbol) != 0 && !exchange_.symbols().contains(spec.name)) {
        return Error{"unknown symbol " + spec.name};
    }
    if (spec.kind == FaultKind::certificate_change && !change_certificate_) {
        return Error{"this venue has no certificates of its own to change"};
    }
    if (spec.kind == FaultKind::clock_skew && spec.argument == 0) {
        return Error{"clock-skew ms=0: a clock that is right; expected another number"};
    }
    if (spec.kind == FaultKind::ack_after_fill && spec.name == "second") {
        return Error{
            "ack-after-fill second: the connection that an order comes by is 'orders'; "
            "expected orders or wsapi"};
    }
    if (spec.kind == FaultKind::key_permissions && !may_trade(accounts_.at(spec.name))) {
        return Error{"key-permissions account:" + spec.name + ": none of its keys may trade"};
    }
    return spec.targets == target_market ? can_strike_stream(spec) : Outcome(Done{});
}

/// A key of the account may, or could but for the fault.
bool Venue::may_trade(AccountId account) const {
    const auto& keys = keys_.all();
    return std::any_of(keys.begin(), keys.end(), [&](const auto& entry) {
        const ApiKey& key = entry.second;
        return key.account == account && !key.revoked && (key.may.trade || lacks_trading(key));
    });
}

bool Venue::lacks_trading(const ApiKey& key) const {
    const auto plain = plain_permissions_.find(key.api_key);
    return plain != plain_permissions_.end() && plain->second.trade && !key.may.trade;
}

Outcome Venue::can_strike_stream(const FaultSpec& spec) const {
    bool of_partial_books = false;
    for (const auto& [name, symbol] : exchange_.symbols()) {
        for (const std::string& stream : speaking_streams(name)) {
            Outgoing out;
            out.stream = stream;
            const bool named = pattern_matches(spec.name, stream);
            if (named && FaultLayer::applies(spec.kind, out)) {
                return Done{};
            }
            of_partial_books |= named && stream.find("@depth") != std::string::npos;
        }
    }
    if (spec.kind == FaultKind::gap && of_partial_books) {
        return Error{"gap " + spec.name +
                     ": a partial book is whole by itself and misses nothing; expected a stream of "
                     "changes, as btcusdt@depth@100ms, or drop"};
    }
    return Error{std::string(row_of(spec.kind).name) +
                 ": no stream of this venue that it could "
                 "strike is named '" +
                 spec.name + "'"};
}

/// A restart that nobody was there for strikes when somebody comes (closed()).
bool Venue::struck(const FaultSpec& spec, const Outcome& done) const {
    return done.ok() && !(spec.kind == FaultKind::restart && restart_unmet_);
}

Outcome Venue::do_act(const FaultSpec& spec) {
    switch (spec.kind) {
        case FaultKind::session_revoked: {
            const WsApiChoice choice = spec.name == "orders"   ? WsApiChoice::orders
                                       : spec.name == "second" ? WsApiChoice::second
                                                               : WsApiChoice::all;
            return ws_api_.revoke(choice) > 0 ? Outcome(Done{})
                                              : Error{"nobody is logged on there"};
        }
        case FaultKind::restart:
            restart_unmet_ = !restart(spec.argument != 0);
            return Done{};
        case FaultKind::foreign_order:
            return place_foreign(accounts_.at(spec.name));
        case FaultKind::foreign_withdrawal:
            return withdraw_foreign(accounts_.at(spec.name), spec.argument);
        case FaultKind::trade_bust: {
            const auto busted = exchange_.bust_last_trade(accounts_.at(spec.name), api_.now_ms());
            return busted.ok() ? Outcome(Done{}) : Error{busted.error.message};
        }
        default:
            return act_on_order(spec, accounts_.at(spec.name));
    }
}

/// overfill and worse-price: what they strike is the newest open order that is in the book: it
/// waits neither for its trigger nor for the order that it pends on.
Outcome Venue::act_on_order(const FaultSpec& spec, AccountId account) {
    std::vector<Order> open = exchange_.open_orders(account, "");
    std::erase_if(open, [](const Order& order) { return order.working_time_ms == 0; });
    if (open.empty()) {
        return Error{"account " + spec.name + " has no open order"};
    }
    const Order& order =
        *std::max_element(open.begin(), open.end(),
                          [](const Order& a, const Order& b) { return a.order_id < b.order_id; });
    const Symbol& symbol = exchange_.symbols().at(order.symbol);
    PriceAtoms price = order.price;
    QtyAtoms qty = order.orig_qty - order.executed_qty - order.prevented_qty + symbol.lot;
    if (spec.kind == FaultKind::worse_price) {
        const PriceAtoms off{symbol.tick.value * spec.argument};
        price = order.side == Side::buy ? price + off : price - off;
        qty = symbol.lot;
    }
    const auto filled = exchange_.force_fill(account, order.order_id, price, qty, api_.now_ms());
    return filled.ok() ? Outcome(Done{}) : Error{filled.error.message};
}

Outcome Venue::place_foreign(AccountId account) {
    for (const auto& [name, symbol] : exchange_.symbols()) {
        const auto book = exchange_.book(name, 1);
        if (!book || book->bids.empty()) {
            continue;
        }
        NewOrder order;
        order.symbol = name;
        order.side = Side::buy;
        const std::int64_t far = book->bids[0].price.value / 100 * 90;
        order.price = PriceAtoms{far - far % symbol.tick.value};
        const engine::int128 least =
            engine::int128{symbol.notional_min.value} * engine::atoms_per_unit / order.price.value;
        const engine::int128 lots = least / symbol.lot.value + 1;
        order.qty =
            std::max(QtyAtoms{static_cast<std::int64_t>(lots * symbol.lot.value)}, symbol.qty_min);
        order.client_order_id = "web_" + std::to_string(++foreign_orders_);
        const auto reply = exchange_.place(account, order, api_.now_ms());
        return reply.ok() ? Outcome(Done{}) : Error{reply.error.message};
    }
    return Error{"no symbol has a book to place an order under"};
}

Outcome Venue::withdraw_foreign(AccountId account, std::int64_t bps) {
    const std::string& asset = exchange_.symbols().begin()->second.quote;
    const auto& balances = exchange_.balances(account);
    const auto at = balances.find(asset);
    const engine::int128 amount = at == balances.end() ? 0 : at->second.free.value * bps / 10'000;
    if (amount == 0) {
        return Error{"the account has no free " + asset};
    }
    exchange_.adjust_balance(account, asset, AmountAtoms{-amount}, api_.now_ms());
    return Done{};
}

bool Venue::restart(bool lose_orders) {
    std::size_t met = lose_orders ? exchange_.lose_open_orders(api_.now_ms()) : 0;
    if (met > 0) {
        api_.balances_set_anew();
    }
    closed_until_us_ = machine_clock_() + restart_us;
    met += streams_.disconnect_all() + ws_api_.disconnect(WsApiChoice::all);
    met += cut_http_ ? cut_http_() : 0;
    return met > 0;
}

bool Venue::closed() {
    if (machine_clock_() >= closed_until_us_) {
        return false;
    }
    if (std::exchange(restart_unmet_, false)) {
        faults_.count(FaultKind::restart, "venue");
    }
    return true;
}

bool Venue::met(const FaultSpec& spec, const ApiRequest& request, const ApiReply& reply) const {
    const Param* symbol = request.params.find("symbol");
    switch (spec.kind) {
        case FaultKind::clock_skew:  // it is told, or a request is held to it
            return request.method == "time" || request.params.find("timestamp") != nullptr;
        case FaultKind::key_permissions:
            return met_suspension(accounts_.at(spec.name), request, reply);
        case FaultKind::tick_size:
            return reply.failed ? symbol != nullptr && symbol->value == spec.name &&
                                      reply.body.find("PRICE_FILTER") != std::string::npos
                                : request.method == "exchangeInfo" &&
                                      reply.body.find("\"symbol\":\"" + spec.name + "\"") !=
                                          std::string::npos;
        default:
            return false;  // of messages, connections or the wire
    }
}

/// Refused, with a key that may trade but for the fault, for what only such a key may do.
bool Venue::met_suspension(AccountId account, const ApiRequest& request,
                           const ApiReply& reply) const {
    const ApiKey* key = request.api_key ? keys_.find(*request.api_key) : request.session_key;
    return key != nullptr && key->account == account && !key->revoked && reply.failed &&
           reply.body == refusals::key_rejected().json() && Api::needs_trading(request.method) &&
           ip_allowed(key->ips, request.ip) && lacks_trading(*key);
}

void Venue::set_state(const FaultSpec& spec, bool on) {
    switch (spec.kind) {
        case FaultKind::clock_skew:
            skew_us_ = on ? spec.argument * 1000 : 0;
            break;
        case FaultKind::key_permissions:
            suspend_trading(accounts_.at(spec.name), on);
            break;
        case FaultKind::tick_size:
            set_tick(spec, on);
            break;
        case FaultKind::certificate_change:
            (void)change_certificate_(on);
            break;
        case FaultKind::one_byte_writes:
            if (!on) {
                streams_.shape_all({WireAct::Kind::one_byte, 0});
                ws_api_.shape_all({WireAct::Kind::one_byte, 0});
            }
            break;
        default:
            break;  // ban and silence live in the layer alone
    }
}

void Venue::suspend_trading(AccountId account, bool suspended) {
    for (const auto& [api_key, key] : keys_.all()) {
        if (key.account != account || key.revoked) {
            continue;
        }
        KeyPermissions may = key.may;
        if (suspended) {
            plain_permissions_.try_emplace(api_key, may);
            may.trade = false;
        } else if (const auto plain = plain_permissions_.find(api_key);
                   plain != plain_permissions_.end()) {
            may.trade = plain->second.trade;
            plain_permissions_.erase(plain);
        }
        (void)keys_.set_permissions(api_key, may);
    }
}

void Venue::set_tick(const FaultSpec& spec, bool on) {
    const auto plain = plain_symbols_.emplace(spec.name, exchange_.symbols().at(spec.name)).first;
    Symbol changed = plain->second;
    if (on) {
        changed.tick = PriceAtoms{changed.tick.value * spec.argument};
        changed.price_min = changed.tick;
    } else {
        plain_symbols_.erase(plain);
    }
    exchange_.replace_symbol(changed);
}

}  // namespace portcullis::tools::venue
