#include "tools/venue/server/venue.hpp"

#include <algorithm>
#include <set>

#include "tools/venue/server/stream_names.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t connect_weight = 2;
constexpr std::int64_t tick_ms = 100;

/// The text behind `name=`, still encoded; empty where there is none.
std::string_view query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
            return pair.substr(name.size() + 1);
        }
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
    }
    return {};
}

std::optional<Unit> stream_unit(std::string_view text) {
    if (text.empty() || text == "MILLISECOND" || text == "millisecond") {
        return Unit::milliseconds;
    }
    const bool micro = text == "MICROSECOND" || text == "microsecond";
    return micro ? std::optional(Unit::microseconds) : std::nullopt;
}

ApiError no_time_unit() {
    return refusals::of(-1194,
                        "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.");
}

/// What a URL of the WebSocket API asks for, or what is wrong with it.
std::optional<ApiError> read_options(std::string_view query, WsApiSession::Options& options) {
    Params params;
    if (auto malformed = params_from_query(query, params)) {
        return malformed;
    }
    const Param* shown = params.find("returnRateLimits");
    options.return_rate_limits = shown == nullptr || shown->value != "false";
    if (const Param* unit = params.find("timeUnit")) {
        const std::string name = lower_case(unit->value);
        if (name != "microsecond" && name != "millisecond") {
            return no_time_unit();
        }
        options.unit = name == "microsecond" ? Unit::microseconds : Unit::milliseconds;
    }
    if (const Param* format = params.find("responseFormat"); format && format->value != "json") {
        return format->value == "sbe" ? refusals::no_sbe(400)
                                      : refusals::invalid_data("responseFormat");
    }
    return std::nullopt;
}

HttpReply refuse(const ApiError& refusal, std::int64_t now_ms) {
    HttpReply reply;
    reply.status = refusal.status;
    reply.body = refusal.json();
    tell_retry_after(reply, refusal.retry_after_ms, now_ms);
    return reply;
}

HttpReply refuse(int status, int code, std::string message) {
    return refuse(refusals::of(code, std::move(message), status), 0);
}

}  // namespace

Venue::Venue(const LimitsConfig& limits, ClockUs clock)
    : limits_(limits),
      machine_clock_(std::move(clock)),
      clock_([this] { return machine_clock_() + skew_us_; }),
      faults_(machine_clock_),
      api_(exchange_, keys_, limits_, clock_),
      rest_(api_, faults_),
      streams_(faults_),
      derived_(
          exchange_, api_.tape(),
          [this](std::string_view stream) { return streams_.wanted(stream); },
          [this](std::string_view stream, std::string_view data) {
              streams_.publish(stream, data);
          }),
      summaries_(exchange_, api_.tape(),
                 [this](std::string_view stream, std::string_view data) {
                     streams_.publish(stream, data);
                 }),
      ws_api_(faults_, api_) {
    streams_.on_wanted(
        [this](const std::string& stream, bool wanted) { summaries_.on_wanted(stream, wanted); });
    keys_.on_change([this](const ApiKey& key) { ws_api_.key_changed(key); });
    exchange_.on_before_cancel([this](AccountId account, const std::function<bool()>& fill_a_lot) {
        faults_.before_cancel(exchange_.account(account).name, fill_a_lot);
    });
    faults_.on_act([this](const FaultSpec& spec) { return struck(spec, do_act(spec)); });
    faults_.on_best_ask([this](const std::string& symbol) {
        const auto book = exchange_.book(symbol, 1);
        return book && !book->asks.empty() ? book->asks[0].price.value : 0;
    });
    faults_.on_met([this](const FaultSpec& spec, const ApiRequest& request, const ApiReply& reply) {
        return met(spec, request, reply);
    });
    faults_.on_state([this](const FaultSpec& spec, bool on) { set_state(spec, on); });
}

bool Venue::admit() {
    if (closed()) {
        return false;
    }
    faults_.meet(FaultKind::certificate_change);
    return true;
}

HttpReply Venue::http(const HttpRequest& request) {
    if (closed()) {
        HttpReply cut;
        cut.acts.push_back({WireAct::Kind::cut, 0});
        return cut;
    }
    return rest_.handle(request);
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
    if (closed()) {
        refusal.acts.push_back({WireAct::Kind::cut, 0});
        return nullptr;
    }
    if (const auto banned = faults_.ban(ip, api_.now_ms())) {
        refusal = refuse(*banned, api_.now_ms());
        return nullptr;
    }
    if (!api && !combined && !raw) {
        refusal = refuse(404, -1020, "This operation is not supported.");
        return nullptr;
    }
    if (const auto limited = limits_.admit_connection(ip, api_.now_ms())) {
        refusal = refuse(*limited, api_.now_ms());
        return nullptr;
    }
    const std::string_view query = target.substr(std::min(mark + 1, target.size()));
    if (!api) {
        // Stream names hold '@' and '/', which a query parser would not touch; cut by hand.
        const auto unit = stream_unit(query_value(query, "timeUnit"));
        if (!unit) {
            refusal = refuse(no_time_unit(), api_.now_ms());
            return nullptr;
        }
        const std::string_view names = combined
                                           ? query_value(query, "streams")
                                           : path.substr(std::min<std::size_t>(4, path.size()));
        const auto streams = split_streams(names);
        const bool legal = streams &&
                           std::all_of(streams->begin(), streams->end(), stream_name_printable) &&
                           std::all_of(streams->begin(), streams->end(), stream_variant_known) &&
                           std::set(streams->begin(), streams->end()).size() <=
                               static_cast<std::size_t>(limits_.config().streams_per_connection);
        if (!legal) {
            refusal = refuse(400, -1100, "Illegal characters found in a parameter.");
            return nullptr;
        }
        return std::make_unique<StreamSession>(streams_, limits_.config(), clock_, peer, combined,
                                               *streams, *unit);
    }
    WsApiSession::Options options;
    auto refused = read_options(query, options);
    if (!refused) {
        refused = limits_.admit(ip, connect_weight, api_.now_ms());
    }
    if (refused) {
        refusal = refuse(*refused, api_.now_ms());
        return nullptr;
    }
    return std::make_unique<WsApiSession>(ws_api_, api_, peer, ip, options);
}

void Venue::publish(std::string_view stream, std::string_view data) {
    if (stream.ends_with("@trade")) {
        api_.tape().add(upper_case(stream.substr(0, stream.find('@'))), data);
    }
    streams_.publish(stream, data);
    derived_.on_message(stream, data, stream_kind(stream));
}

void Venue::tick(bool full_second, std::int64_t due_ms) {
    derived_.on_tick(full_second);
    api_.tape().pass_time(tick_ms, due_ms);
    summaries_.on_tick(full_second);
}

void Venue::announce_shutdown() {
    streams_.shut_down(api_.now_ms());
    ws_api_.shut_down(api_.now_ms());
}

}  // namespace portcullis::tools::venue
