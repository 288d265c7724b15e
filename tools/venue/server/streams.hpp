// Streams: market data to whoever subscribed, byte for byte as recorded.
//
// The hub knows the names that the recording has; a message is wrapped once per publication, not
// once per client. StreamSession speaks the control messages of one connection. Names that nobody
// publishes are accepted and stay silent, as at Binance; malformed ones, and variants that do not
// exist (stream_names.hpp), are refused.
// One owner: the server's thread. Invariant: a session is in the hub exactly while it lives.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/venue/faults/fault_layer.hpp"
#include "tools/venue/server/api.hpp"
#include "tools/venue/server/stream_request.hpp"
#include "tools/venue/server/wire.hpp"

namespace portcullis::tools::venue {

class StreamSession;

class StreamHub final : private Connections {
public:
    explicit StreamHub(FaultLayer& faults) : faults_(faults) {}
    /// Sends `data` (one JSON message of `stream`) to its subscribers, through the faults.
    void publish(std::string_view stream, std::string_view data);
    [[nodiscard]] bool wanted(std::string_view stream) const;
    /// Called when a stream's first subscriber comes, and when its last one has left.
    void on_wanted(std::function<void(const std::string& stream, bool wanted)> listener) {
        wanted_changed_ = std::move(listener);
    }
    /// Raw or wrapped, to every session whatever it subscribed to.
    void shut_down(std::int64_t now_ms);
    /// These two tell how many connections it was.
    std::size_t disconnect_all();
    std::size_t tear_all();
    /// Whether a connection that still reads has more than a little to read.
    [[nodiscard]] bool behind() const;
    /// For every connection, whatever it subscribed to.
    void shape_all(const WireAct& what);
    [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

private:
    friend class StreamSession;
    void subscribe(StreamSession& session, const std::string& stream);
    void unsubscribe(StreamSession& session, const std::string& stream);
    void deliver(std::string_view stream, std::string_view data);
    /// What is said to one session, of no stream: through the faults.
    void answer(StreamSession& session, std::string text);
    void send(std::uint64_t connection, std::string_view stream, std::string text) override;
    void act(std::uint64_t connection, const WireAct& what) override;
    [[nodiscard]] std::size_t reachable() const;

    std::map<std::uint64_t, StreamSession*> sessions_;  ///< by connection
    std::map<std::string, std::set<StreamSession*>, std::less<>> subscribers_;
    std::function<void(const std::string&, bool)> wanted_changed_;
    FaultLayer& faults_;
};

class StreamSession final : public WebSocketHandler {
public:
    /// `streams`: names from the URL. `combined`: opened at /stream.
    StreamSession(StreamHub& hub, const LimitsConfig& limits, ClockUs clock, Peer& peer,
                  bool combined, const std::vector<std::string>& streams,
                  Unit unit = Unit::milliseconds);
    ~StreamSession() override;
    StreamSession(const StreamSession&) = delete;
    StreamSession& operator=(const StreamSession&) = delete;

    void on_text(std::string_view text) override;
    void on_control() override { (void)count_message(); }

private:
    friend class StreamHub;
    /// False, and the connection closed, when this is one message too many in this second.
    bool count_message();
    void answer(std::string_view id, std::string_view result);
    void refuse(const StreamRefusal& refusal);
    /// An event of `stream` as it is told here.
    [[nodiscard]] std::string told(std::string_view stream, std::string_view data) const;
    void change(const StreamRequest& request);

    StreamHub& hub_;
    std::uint64_t connection_;
    const LimitsConfig& limits_;
    ClockUs clock_;
    Peer& peer_;
    bool combined_;
    Unit unit_;                         ///< of the times in events
    std::vector<std::string> streams_;  ///< in order of subscription, for LIST_SUBSCRIPTIONS
    std::int64_t second_{0};
    std::int64_t messages_{0};
};

/// Times of a stream's events with three more digits: a recording knows milliseconds. Which members
/// are times depends on the stream: `t` is the number of a trade and the beginning of a kline.
[[nodiscard]] std::string in_microseconds(std::string_view stream, std::string_view data);
/// Printable UTF-8 without '/' and quotes: enough for a URL, where names that mean nothing stay
/// silent.
[[nodiscard]] bool stream_name_printable(std::string_view name);
/// `btcusdt@depth@100ms` and the like: lower-case symbol, '@', a type.
[[nodiscard]] bool stream_name_well_formed(std::string_view name);
/// The part of a URL after /ws/ or streams=, cut at '/'. Percent-decoded; none: it cannot be.
[[nodiscard]] std::optional<std::vector<std::string>> split_streams(std::string_view text);

}  // namespace portcullis::tools::venue
