#include "tools/venue/server/ws_api.hpp"

#include <simdjson.h>

#include <array>
#include <vector>

#include "engine/types/decimal.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t subscription_ids_max = 65'535;
constexpr std::size_t subscriptions_max = 1000;

ApiReply ok(std::string body) {
    ApiReply reply;
    reply.body = std::move(body);
    return reply;
}

ApiReply failure(const ApiError& error) {
    ApiReply reply;
    reply.failed = true;
    reply.status = error.status;
    reply.body = error.json(Door::websocket);
    reply.retry_after_ms = error.retry_after_ms;
    return reply;
}

ApiReply failure(int code, std::string message) {
    return failure(refusals::of(code, std::move(message)));
}

bool is_session_method(std::string_view method) {
    static constexpr std::array<std::string_view, 7> names = {"session.logon",
                                                              "session.status",
                                                              "session.logout",
                                                              "session.subscriptions",
                                                              "userDataStream.subscribe",
                                                              "userDataStream.subscribe.signature",
                                                              "userDataStream.unsubscribe"};
    for (const std::string_view name : names) {
        if (name == method) {
            return true;
        }
    }
    return false;
}

struct Parsed {
    std::string id{"null"};
    std::string method;
    Params params;
    std::optional<ApiError> error;
};

/// One request frame. Whatever is wrong with it, the id is given back if it could be read.
Parsed parse(std::string_view text) {
    Parsed out;
    simdjson::dom::parser parser;
    simdjson::dom::element message;
    if (parser.parse(text.data(), text.size()).get(message) || !message.is_object()) {
        out.error = refusals::bad_json();
        return out;
    }
    simdjson::dom::element id;
    if (!message["id"].get(id)) {
        if (!id.is_string() && !id.is_int64() && !id.is_uint64() && !id.is_null()) {
            out.error = refusals::invalid_data("id");
            return out;
        }
        out.id = simdjson::minify(id);
    }
    std::string_view method;
    if (message["method"].get(method) || method.empty()) {
        out.error = refusals::mandatory("method");
        return out;
    }
    out.method = method.starts_with("v3/") ? method.substr(3) : method;
    simdjson::dom::element params;
    if (message["params"].get(params) || params.is_null()) {
        return out;
    }
    if (!params.is_object()) {
        out.error = refusals::invalid_data("params");
        return out;
    }
    // Numbers must keep the digits they came with, for the signature: read the raw member again.
    simdjson::ondemand::parser again;
    const simdjson::padded_string padded(text);
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    std::string_view raw;
    if (again.iterate(padded).get(document) || document["params"].get_object().get(object) ||
        object.raw_json().get(raw)) {
        out.error = refusals::bad_json();
        return out;
    }
    out.error = params_from_json(raw, out.params);
    return out;
}

}  // namespace

WsApiSession::WsApiSession(WsApiHub& hub, Api& api, Peer& peer, std::string ip, Options options)
    : hub_(hub),
      connection_(hub.faults_.new_connection()),
      api_(api),
      peer_(peer),
      ip_(std::move(ip)),
      options_(options),
      connected_us_(api.now_us()) {
    hub_.sessions_.push_back(this);
}

WsApiSession::~WsApiSession() {
    std::erase(hub_.sessions_, this);
    if (hub_.orders_ == this) {
        hub_.orders_ = nullptr;
    }
}

void WsApiSession::on_text(std::string_view text) {
    Parsed parsed = parse(text);
    Envelope envelope;
    envelope.id = parsed.id;
    envelope.return_rate_limits = options_.return_rate_limits;
    if (!parsed.error) {
        const Param* shown = parsed.params.find("returnRateLimits");
        if (shown != nullptr && shown->value != "true" && shown->value != "false") {
            parsed.error = refusals::invalid_data("returnRateLimits");
        } else if (shown != nullptr) {
            envelope.return_rate_limits = shown->value == "true";
        }
    }
    const bool served = Api::knows(parsed.method) && !parsed.method.starts_with("sapi.");
    if (!parsed.error && !served && !is_session_method(parsed.method)) {
        parsed.error = refusals::invalid_data("method");
    }
    if (const auto banned = hub_.faults_.ban(ip_, api_.now_ms())) {
        respond(envelope, failure(*banned));
        return;
    }
    if (parsed.error) {
        if (const auto limited = api_.limits().admit(ip_, 1, api_.now_ms())) {
            parsed.error = limited;
        }
        respond(envelope, failure(*parsed.error));
        return;
    }
    ApiRequest request;
    request.ip = ip_;
    request.method = std::move(parsed.method);
    request.params = std::move(parsed.params);
    request.unit = options_.unit;
    request.session_key = key_;
    if (const Param* key = request.params.find("apiKey")) {
        request.api_key = key->value;
        request.signed_text = request.params.signing_text();
    }
    handle(envelope, request);
}

/// The session is no longer logged on, whichever way it lost its key: told at once, and of each
/// request that needs a key and brings none until the next log-on.
void WsApiSession::revoke() {
    log_out();
    revoked_ = true;
    respond_revoked("null");
}

/// What Binance says, with id null, when a key is revoked while it is logged on.
void WsApiSession::respond_revoked(const std::string& id) {
    ApiError error = refusals::key_rejected();
    error.status = 401;
    Envelope envelope;
    envelope.id = id;
    envelope.return_rate_limits = false;
    respond(envelope, failure(error));
}

void WsApiSession::handle(const Envelope& envelope, ApiRequest& request) {
    if (revoked_ && !request.api_key && Api::is_signed(request.method)) {
        respond_revoked(envelope.id);
        return;
    }
    Outgoing out;
    out.method = request.method;
    if (auto reply = session_method(request)) {
        hub_.faults_.answer(out, request, *reply);
        respond(envelope, *reply);
        return;
    }
    if (Api::makes_orders(request.method)) {
        hub_.orders_ = this;
    }
    if (hub_.faults_.idle()) {
        respond(envelope, api_.call(request), request.method);
        return;
    }
    hub_.faults_.asked();
    out.connection = hub_.word(*this);
    if (const auto refusal = hub_.faults_.refuse(out)) {
        respond(envelope, failure(*refusal), request.method);
        return;
    }
    ApiReply reply = api_.call(request);
    out.failed = reply.failed && reply.status != half_done_status;
    hub_.faults_.answer(out, request, reply);
    if (!reply.silent) {
        respond(envelope, reply, request.method);
    }
}

void WsApiSession::leave(const Outgoing& out, std::string text) {
    if (hub_.faults_.idle() || !peer_.reachable()) {
        peer_.send_text(std::move(text));
        return;
    }
    hub_.faults_.pass(out, hub_, {{connection_, hub_.word(*this), std::move(text)}});
}

std::optional<ApiReply> WsApiSession::session_method(ApiRequest& request) {
    if (!is_session_method(request.method)) {
        return std::nullopt;
    }
    if (const auto limited = api_.limits().admit(ip_, 2, api_.now_ms())) {
        return failure(*limited);
    }
    if (request.method == "session.logon") {
        return logon(request);
    }
    if (request.method == "userDataStream.subscribe" ||
        request.method == "userDataStream.subscribe.signature") {
        return subscribe_method(request);
    }
    if (request.method == "userDataStream.unsubscribe") {
        return unsubscribe(request);
    }
    ParamReader in(request.params);
    if (const auto error = in.finish()) {
        return failure(*error);
    }
    if (request.method == "session.subscriptions") {
        JsonWriter out;
        out.begin_array();
        for (const auto& [account, subscription] : subscriptions_) {
            out.begin_object().integer("subscriptionId", subscription.id).end_object();
        }
        return ok(out.end_array().take());
    }
    if (request.method == "session.logout") {
        revoked_ = false;
        if (key_ != nullptr) {
            log_out();
        }
    }
    return ok(status_json());
}

void WsApiSession::log_out() {
    const auto at = subscriptions_.find(key_->account);
    if (at != subscriptions_.end() && at->second.by_logon) {
        terminate(at);
    }
    key_ = nullptr;
}

/// Permission to trade may come and go within a session; without reading, from a revoked key or
/// from an address that its list lacks, there is none.
void WsApiSession::key_changed(const ApiKey& key) {
    if (!key.revoked && key.may.read && ip_allowed(key.ips, ip_)) {
        return;
    }
    for (auto at = subscriptions_.begin(); at != subscriptions_.end();) {
        const auto subscription = at++;
        if (subscription->second.key == &key) {
            terminate(subscription);
        }
    }
    if (key_ == &key) {
        revoke();
    }
}

ApiReply WsApiSession::logon(const ApiRequest& request) {
    ParamReader in(request.params);
    if (const auto error = in.finish()) {
        return failure(*error);
    }
    ApiRequest unsessioned = request;
    unsessioned.session_key = nullptr;
    const auto who = api_.authenticate(unsessioned, Security::user_data);
    if (const ApiError* error = std::get_if<ApiError>(&who)) {
        return failure(*error);
    }
    const ApiKey* key = std::get<const ApiKey*>(who);
    if (key->kind != ApiKeyKind::ed25519) {
        // Binance documents no text of its own for this; a key that may not do it is -2015.
        return failure(refusals::key_rejected());
    }
    key_ = key;
    revoked_ = false;
    authorized_us_ = api_.now_us();
    return ok(status_json());
}

ApiReply WsApiSession::subscribe_method(const ApiRequest& request) {
    ParamReader in(request.params);
    if (const auto error = in.finish()) {
        return failure(*error);
    }
    if (request.method == "userDataStream.subscribe") {
        return key_ != nullptr ? subscribe(*key_, true) : failure(refusals::key_rejected());
    }
    ApiRequest unsessioned = request;
    unsessioned.session_key = nullptr;
    const auto who = api_.authenticate(unsessioned, Security::user_stream);
    if (const ApiError* error = std::get_if<ApiError>(&who)) {
        return failure(*error);
    }
    return subscribe(*std::get<const ApiKey*>(who), false);
}

ApiReply WsApiSession::subscribe(const ApiKey& key, bool by_logon) {
    if (subscriptions_.contains(key.account)) {
        return failure(-2035, "User Data Stream subscription already active.");
    }
    if (next_subscription_ >= subscription_ids_max || subscriptions_.size() >= subscriptions_max) {
        return failure(-2042, "Maximum subscription ID reached for this connection.");
    }
    const std::int64_t id = next_subscription_++;
    subscriptions_[key.account] = {id, by_logon, &key};
    return ok(JsonWriter().begin_object().integer("subscriptionId", id).end_object().take());
}

ApiReply WsApiSession::unsubscribe(const ApiRequest& request) {
    ParamReader in(request.params);
    const auto id = in.integer("subscriptionId");
    if (const auto error = in.finish()) {
        return failure(*error);
    }
    std::vector<AccountId> chosen;
    for (const auto& [account, subscription] : subscriptions_) {
        if (!id || subscription.id == *id) {
            chosen.push_back(account);
        }
    }
    if (chosen.empty()) {
        return failure(-2036, "User Data Stream subscription not active.");
    }
    for (const AccountId account : chosen) {
        terminate(subscriptions_.find(account));
    }
    return ok("{}");
}

void WsApiSession::terminate(std::map<AccountId, Subscription>::iterator at) {
    std::string text =
        JsonWriter()
            .begin_object()
            .integer("subscriptionId", at->second.id)
            .raw("event", render::bare_event("eventStreamTerminated", api_.now_ms(), options_.unit))
            .end_object()
            .take();
    subscriptions_.erase(at);
    leave({}, std::move(text));
}

std::string WsApiSession::status_json() const {
    const std::int64_t divisor = options_.unit == Unit::microseconds ? 1 : 1000;
    JsonWriter out;
    out.begin_object();
    if (key_ != nullptr) {
        out.text("apiKey", key_->api_key).integer("authorizedSince", authorized_us_ / divisor);
    } else {
        out.null("apiKey").null("authorizedSince");
    }
    out.integer("connectedSince", connected_us_ / divisor);
    out.boolean("returnRateLimits", options_.return_rate_limits);
    out.integer("serverTime", api_.now_us() / divisor);
    return out.boolean("userDataStream", !subscriptions_.empty()).end_object().take();
}

std::optional<std::string> WsApiSession::told(AccountId account, const AccountEvent& event) const {
    const auto at = subscriptions_.find(account);
    if (at == subscriptions_.end() || mute_) {
        return std::nullopt;
    }
    return JsonWriter()
        .begin_object()
        .integer("subscriptionId", at->second.id)
        .raw("event", render::account_event(event, options_.unit))
        .end_object()
        .take();
}

void WsApiSession::respond(const Envelope& envelope, const ApiReply& reply,
                           std::string_view method) {
    JsonWriter out;
    out.begin_object().raw("id", envelope.id).integer("status", reply.status);
    out.raw(reply.failed ? "error" : "result", reply.body);
    if (envelope.return_rate_limits) {
        const AccountId* account = reply.orders_account ? &*reply.orders_account : nullptr;
        out.raw("rateLimits", api_.limits().usage_json(&ip_, account, api_.now_ms()));
    }
    Outgoing what;
    what.method = method;
    what.failed = reply.failed;
    if (reply.orders_account) {
        what.owner = api_.exchange().account(*reply.orders_account).name;
    }
    leave(what, out.end_object().take());
    if (reply.status == banned_status) {  // as documented: who is banned is disconnected
        peer_.close(1008, "IP banned");
    }
}

}  // namespace portcullis::tools::venue
