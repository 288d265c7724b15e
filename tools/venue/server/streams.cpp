#include "tools/venue/server/streams.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <variant>

#include "tools/venue/server/json.hpp"
#include "tools/venue/server/params.hpp"
#include "tools/venue/server/stream_names.hpp"

namespace portcullis::tools::venue {
namespace {

std::string wrapped(std::string_view stream, std::string_view data) {
    // A well-formed name needs no escapes, and this is written for every message.
    std::string out;
    out.reserve(stream.size() + data.size() + 24);
    out.append(R"({"stream":")").append(stream).append(R"(","data":)").append(data);
    out.push_back('}');
    return out;
}

/// "ticker" of `btcusdt@ticker`, `btcusdt@ticker_1h` and `!ticker_1h@arr`.
std::string_view kind_of(std::string_view stream) {
    const std::size_t mark = stream.find_first_of("@!");
    const std::string_view kind = mark == std::string_view::npos ? stream : stream.substr(mark + 1);
    return kind.substr(0, kind.find_first_of("@_"));
}

constexpr std::string_view kline_kind = "kline";

/// The members of a kind's events that hold times: `E` tells it of all, `T` of most; a ticker's
/// window has its own two, and of a kline `t` is the beginning, which is a number elsewhere.
std::string_view names_of_times(std::string_view kind) {
    return kind == kline_kind ? "EtT" : kind == "ticker" ? "EOC" : "ET";
}

}  // namespace

bool stream_name_printable(std::string_view name) {
    return simdjson::validate_utf8(name.data(), name.size()) &&
           std::all_of(name.begin(), name.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte > 0x20 && byte != 0x7F && c != '/' && c != '"' && c != '\\';
           });
}

bool stream_name_well_formed(std::string_view name) {
    const std::size_t at = name.find('@');
    const bool legal = stream_name_printable(name);
    const bool lower = at != std::string_view::npos && at > 0 && at + 1 < name.size() &&
                       std::none_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(at),
                                    [](char c) { return c >= 'A' && c <= 'Z'; });
    return legal && (lower || name.starts_with('!'));
}

std::optional<std::vector<std::string>> split_streams(std::string_view text) {
    std::vector<std::string> out;
    std::string escaped;
    for (const char c : text) {
        c == '+' ? escaped.append("%2B")
                 : escaped.append(1, c);  // no blank: btcusdt@kline_1d@+08:00
    }
    const auto decoded = percent_decode(escaped);
    if (!decoded) {
        return std::nullopt;
    }
    std::string_view rest = *decoded;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('/'), rest.size());
        if (end > 0) {
            out.emplace_back(rest.substr(0, end));
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

std::string in_microseconds(std::string_view stream, std::string_view data) {
    const std::string_view kind = kind_of(stream);
    const std::string_view times = names_of_times(kind);
    std::string out;
    out.reserve(data.size() + 12);
    for (std::size_t at = 0; at < data.size();) {
        const std::string_view rest = data.substr(at);
        const bool time = rest.size() > 4 && rest[0] == '"' && rest[2] == '"' && rest[3] == ':' &&
                          times.find(rest[1]) != std::string_view::npos;
        if (!time) {
            out.push_back(data[at++]);
            continue;
        }
        const std::size_t end = std::min(data.find_first_not_of("0123456789", at + 4), data.size());
        out.append(data.substr(at, end - at));
        if (end > at + 4 && rest[4] != '0') {
            // A kline's end is the last instant before the next one.
            out.append(kind == kline_kind && rest[1] == 'T' ? "999" : "000");
        }
        at = end;
    }
    return out;
}

void StreamHub::subscribe(StreamSession& session, const std::string& stream) {
    std::set<StreamSession*>& sessions = subscribers_[stream];
    sessions.insert(&session);
    if (sessions.size() == 1 && wanted_changed_) {
        wanted_changed_(stream, true);
    }
}

void StreamHub::unsubscribe(StreamSession& session, const std::string& stream) {
    const auto at = subscribers_.find(stream);
    if (at == subscribers_.end() || at->second.erase(&session) == 0 || !at->second.empty()) {
        return;
    }
    subscribers_.erase(at);
    if (wanted_changed_) {
        wanted_changed_(stream, false);
    }
}

void StreamHub::publish(std::string_view stream, std::string_view data) {
    if (faults_.idle()) {
        deliver(stream, data);
        return;
    }
    const auto subscribers = subscribers_.find(stream);
    if (subscribers == subscribers_.end()) {
        return;
    }
    std::vector<Way> ways;
    for (const StreamSession* session : subscribers->second) {
        if (session->peer_.reachable()) {
            ways.push_back({session->connection_, {}, std::string(data)});
        }
    }
    if (ways.empty()) {
        return;  // a fault that strikes what nobody hears would be spent on nothing
    }
    Outgoing out;
    out.market = true;
    out.stream = stream;
    faults_.pass(out, *this, std::move(ways));
}

void StreamHub::answer(StreamSession& session, std::string text) {
    if (faults_.idle() || !session.peer_.reachable()) {
        session.peer_.send_text(std::move(text));
        return;
    }
    Outgoing out;
    out.market = true;
    faults_.pass(out, *this, {{session.connection_, {}, std::move(text)}});
}

void StreamHub::send(std::uint64_t connection, std::string_view stream, std::string text) {
    if (const auto at = sessions_.find(connection); at != sessions_.end()) {
        const StreamSession& session = *at->second;
        session.peer_.send_text(stream.empty() ? std::move(text) : session.told(stream, text));
    }
}

void StreamHub::act(std::uint64_t connection, const WireAct& what) {
    if (const auto at = sessions_.find(connection); at != sessions_.end()) {
        at->second->peer_.act(what);
    }
}

void StreamHub::shape_all(const WireAct& what) {
    for (const auto& [connection, session] : sessions_) {
        session->peer_.shape(what);
    }
}

bool StreamHub::wanted(std::string_view stream) const {
    const auto at = subscribers_.find(stream);
    return at != subscribers_.end() && !at->second.empty();
}

void StreamHub::deliver(std::string_view stream, std::string_view data) {
    const auto at = subscribers_.find(stream);
    if (at == subscribers_.end() || at->second.empty()) {
        return;
    }
    // Made when first needed: [combined][microseconds].
    std::array<std::array<std::shared_ptr<const std::string>, 2>, 2> forms;
    for (StreamSession* session : at->second) {
        const bool micro = session->unit_ == Unit::microseconds;
        std::shared_ptr<const std::string>& text = forms[session->combined_ ? 1 : 0][micro ? 1 : 0];
        if (!text) {
            text = std::make_shared<const std::string>(session->told(stream, data));
        }
        session->peer_.send(text);
    }
}

void StreamHub::shut_down(std::int64_t now_ms) {
    for (const auto& [connection, session] : sessions_) {
        const std::string event = render::bare_event("serverShutdown", now_ms, session->unit_);
        session->peer_.send_text(session->combined_ ? wrapped("!serverShutdown", event) : event);
        session->peer_.close(1001, "server shutdown");
    }
}

std::size_t StreamHub::disconnect_all() {
    const std::size_t met = reachable();
    for (const auto& [connection, session] : sessions_) {
        session->peer_.cut();
    }
    return met;
}

std::size_t StreamHub::reachable() const {
    return static_cast<std::size_t>(
        std::count_if(sessions_.begin(), sessions_.end(),
                      [](const auto& entry) { return entry.second->peer_.reachable(); }));
}

bool StreamHub::behind() const {
    return std::any_of(sessions_.begin(), sessions_.end(),
                       [](const auto& entry) { return entry.second->peer_.behind(); });
}

std::size_t StreamHub::tear_all() {
    const std::size_t met = reachable();
    for (const auto& [connection, session] : sessions_) {
        session->peer_.tear();
    }
    return met;
}

StreamSession::StreamSession(StreamHub& hub, const LimitsConfig& limits, ClockUs clock, Peer& peer,
                             bool combined, const std::vector<std::string>& streams, Unit unit)
    : hub_(hub),
      connection_(hub.faults_.new_connection()),
      limits_(limits),
      clock_(std::move(clock)),
      peer_(peer),
      combined_(combined),
      unit_(unit) {
    hub_.sessions_.emplace(connection_, this);
    for (const std::string& stream : streams) {
        if (std::find(streams_.begin(), streams_.end(), stream) == streams_.end()) {
            streams_.push_back(stream);
            hub_.subscribe(*this, stream);
        }
    }
}

StreamSession::~StreamSession() {
    for (const std::string& stream : streams_) {
        hub_.unsubscribe(*this, stream);
    }
    hub_.sessions_.erase(connection_);
}

bool StreamSession::count_message() {
    const std::int64_t second = clock_() / 1'000'000;
    if (second != second_) {
        second_ = second;
        messages_ = 0;
    }
    if (++messages_ <= limits_.stream_messages_per_second) {
        return true;
    }
    peer_.close(1008, "Too many requests");
    return false;
}

void StreamSession::answer(std::string_view id, std::string_view result) {
    JsonWriter out;
    out.begin_object().raw("result", result).raw("id", id).end_object();
    hub_.answer(*this, out.take());
}

void StreamSession::refuse(const StreamRefusal& refusal) {
    hub_.answer(*this, refusal.json());
}

std::string StreamSession::told(std::string_view stream, std::string_view data) const {
    if (data.starts_with('<')) {
        return std::string(data);  // a page comes in nobody's envelope: no JSON begins so
    }
    const std::string event =
        unit_ == Unit::microseconds ? in_microseconds(stream, data) : std::string(data);
    return combined_ ? wrapped(stream, event) : event;
}

void StreamSession::on_text(std::string_view text) {
    if (!count_message()) {
        return;
    }
    const auto read = read_stream_request(text);
    if (const auto* refusal = std::get_if<StreamRefusal>(&read)) {
        refuse(*refusal);
        return;
    }
    const auto& request = std::get<StreamRequest>(read);
    switch (request.method) {
        case StreamRequest::Method::list_subscriptions: {
            JsonWriter out;
            out.begin_array();
            for (const std::string& stream : streams_) {
                out.text(stream);
            }
            answer(request.id, out.end_array().take());
            break;
        }
        case StreamRequest::Method::get_property:
            answer(request.id, combined_ ? "true" : "false");
            break;
        case StreamRequest::Method::set_property:
            combined_ = request.combined;
            answer(request.id, "null");
            break;
        case StreamRequest::Method::subscribe:
        case StreamRequest::Method::unsubscribe:
            change(request);
            break;
    }
}

/// All of its streams, or none.
void StreamSession::change(const StreamRequest& request) {
    const bool adds = request.method == StreamRequest::Method::subscribe;
    const auto refuse_for = [&](const std::string& why) {
        refuse(StreamRefusal{2, "Invalid request: " + why, request.id});
    };
    for (const std::string& stream : request.streams) {
        if (!stream_name_well_formed(stream) || (adds && !stream_variant_known(stream))) {
            refuse_for("invalid stream name '" + stream + "'");
            return;
        }
    }
    const std::set<std::string> named(request.streams.begin(), request.streams.end());
    const auto further = std::count_if(named.begin(), named.end(), [this](const auto& stream) {
        return std::find(streams_.begin(), streams_.end(), stream) == streams_.end();
    });
    if (adds && streams_.size() + static_cast<std::size_t>(further) >
                    static_cast<std::size_t>(limits_.streams_per_connection)) {
        refuse_for("too many streams on one connection");
        peer_.close(1008, "Too many streams");
        return;
    }
    for (const std::string& stream : request.streams) {
        const auto at = std::find(streams_.begin(), streams_.end(), stream);
        if (adds && at == streams_.end()) {
            streams_.push_back(stream);
            hub_.subscribe(*this, stream);
        } else if (!adds && at != streams_.end()) {
            streams_.erase(at);
            hub_.unsubscribe(*this, stream);
        }
    }
    answer(request.id, "null");
}

}  // namespace portcullis::tools::venue
