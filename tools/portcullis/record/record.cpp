#include "tools/portcullis/record/record.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <future>
#include <map>
#include <optional>
#include <utility>

#include "engine/types/decimal.hpp"
#include "gateways/net/http_client.hpp"
#include "gateways/net/transport.hpp"
#include "tools/portcullis/record/symbol_recorder.hpp"
#include "tools/recording/recording.hpp"

namespace portcullis::tools {

using engine::Error;
using engine::Outcome;
using engine::Result;
using gateways::FrameKind;
using gateways::TransportState;

namespace {

constexpr std::size_t frames_per_poll = 256;
constexpr int idle_wait_ms = 20;
constexpr std::int64_t ns_per_second = 1'000'000'000;
/// Between two tries to get a snapshot that fits.
constexpr std::int64_t snapshot_pause_ns = ns_per_second;

template <class Clock>
std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
        .count();
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

struct Snapshot {
    std::string symbol;  ///< lower case
    std::int64_t receive_ns{};
    Result<std::string> json{Error{"not asked"}};
};

Snapshot fetch(const gateways::Endpoint& rest, const std::string& symbol) {
    gateways::HttpClient client(rest, {});
    std::string upper = symbol;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    gateways::HttpRequest request;
    request.target = "/api/v3/depth?symbol=" + upper + "&limit=5000";
    const auto answer = client.perform(request);
    Snapshot out;
    out.symbol = symbol;
    out.receive_ns = now_ns<std::chrono::system_clock>();
    if (!answer) {
        out.json = Error{answer.error()};
    } else if (answer.value().status != 200) {
        out.json = Error{"HTTP " + std::to_string(answer.value().status) + ": " +
                         std::string(answer.value().body().substr(0, 200))};
    } else {
        out.json = std::string(answer.value().body());
    }
    return out;
}

class Recorder final : public gateways::FrameSink {
public:
    explicit Recorder(const RecordOptions& options) : options_(options) {}

    Outcome open();
    Result<RecordSummary> run(const std::atomic<bool>& stop);
    void on_frame(const gateways::FrameView& frame) override;

private:
    [[nodiscard]] bool done() const {
        return !failure_.empty() ||
               (options_.messages_max > 0 && messages_ >= options_.messages_max);
    }
    void take(std::int64_t receive_ns, std::string_view json);
    void snapshots(std::int64_t now);
    Result<RecordSummary> finish();

    const RecordOptions& options_;
    gateways::Endpoint streams_, rest_;
    std::unique_ptr<gateways::Transport> transport_;
    std::map<std::string, SymbolRecorder, std::less<>> recorders_;  ///< by symbol, lower case
    std::vector<std::string> files_;
    std::future<Snapshot> fetching_;
    std::int64_t fetch_after_ns_{};
    std::uint64_t messages_{};
    std::string failure_;
    bool ready_{};
};

Outcome Recorder::open() {
    const auto streams = parse_url(options_.url, "wss");
    if (!streams) {
        return Error{"--url " + streams.error()};
    }
    auto rest = streams;
    if (!options_.rest_url.empty()) {
        rest = parse_url(options_.rest_url, "https");
    }
    if (!rest) {
        return Error{"--rest " + rest.error()};
    }
    const bool named = options_.out.find("{symbol}") != std::string::npos;
    if (options_.symbols.empty() || options_.streams.empty() ||
        (options_.symbols.size() > 1 && !named)) {
        return Error{"expected a symbol, a stream, and for several symbols {symbol} in --out"};
    }
    const auto endpoint = [this](const UrlParts& at) {
        gateways::Endpoint out;
        out.host = at.host;
        out.port = at.port;
        out.ca_file = options_.ca_file;
        out.pins = options_.pins;
        return out;
    };
    streams_ = endpoint(streams.value());
    rest_ = endpoint(rest.value());
    streams_.path = "/stream?streams=";
    for (const std::string& name : options_.symbols) {
        const std::string symbol = lower(name);
        for (const std::string& stream : options_.streams) {
            streams_.path += (streams_.path.back() == '=' ? "" : "/") + symbol + "@" + stream;
        }
        std::string path = options_.out;
        if (const std::size_t at = path.find("{symbol}"); at != std::string::npos) {
            path.replace(at, 8, symbol);
        }
        auto writer = RecordingWriter::create(path);
        if (!writer) {
            return Error{writer.error()};
        }
        if (!recorders_.try_emplace(symbol, symbol, std::move(writer).value()).second) {
            return Error{"--symbols names " + name + " twice"};
        }
        files_.push_back(path);
    }
    return engine::Done{};
}

Result<RecordSummary> Recorder::run(const std::atomic<bool>& stop) {
    using Steady = std::chrono::steady_clock;
    transport_ = gateways::make_websocket_transport();
    const std::int64_t begun = now_ns<Steady>();
    transport_->connect(streams_, {}, begun);
    while (!stop && !done()) {
        const std::int64_t now = now_ns<Steady>();
        if (options_.seconds_max > 0 && now - begun >= options_.seconds_max * ns_per_second) {
            break;
        }
        const std::size_t frames = transport_->poll(*this, frames_per_poll, now);
        if (transport_->state() == TransportState::closed) {
            failure_ = fmt::format("the venue ended the connection: cause {}, code {} {}",
                                   static_cast<int>(transport_->close_cause()),
                                   transport_->close_code(), transport_->close_reason());
            break;
        }
        if (transport_->state() == TransportState::open) {
            snapshots(now);
        }
        if (frames == 0) {
            pollfd waiting{transport_->wait_fd(), POLLIN, 0};
            (void)::poll(&waiting, 1,
                         transport_->state() == TransportState::open ? idle_wait_ms : 1);
        }
    }
    transport_->close(1000, "recorded");
    return finish();
}

/// Asks for one at a time, in a thread of its own: receive times do not wait for it.
void Recorder::snapshots(std::int64_t now) {
    if (fetching_.valid()) {
        if (fetching_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
            return;
        }
        const Snapshot got = fetching_.get();
        fetch_after_ns_ = now + snapshot_pause_ns;
        const auto taken =
            got.json ? recorders_.at(got.symbol).snapshot(got.receive_ns, got.json.value())
                     : Outcome{Error{"snapshot: " + got.json.error()}};
        if (!taken) {
            failure_ = taken.error();
            return;
        }
        if (!recorders_.at(got.symbol).wants_snapshot()) {
            fetch_after_ns_ = now;
        }
    }
    for (const auto& [symbol, recorder] : recorders_) {
        if (recorder.wants_snapshot() && now >= fetch_after_ns_) {
            fetching_ = std::async(std::launch::async, fetch, rest_, symbol);
            return;
        }
        if (recorder.wants_snapshot()) {
            return;
        }
    }
    if (!std::exchange(ready_, true) && options_.on_ready) {
        options_.on_ready();
    }
}

void Recorder::on_frame(const gateways::FrameView& frame) {
    if (frame.kind == FrameKind::text && !done()) {
        take(now_ns<std::chrono::system_clock>(), {frame.data, frame.size});
    }
}

void Recorder::take(std::int64_t receive_ns, std::string_view json) {
    const std::string text = std::to_string(receive_ns) + " " + std::string(json);
    const auto line = parse_recorded_line(text);
    if (!line || line.value().snapshot) {
        failure_ = "the venue sent something else than a message of a combined stream: " +
                   std::string(json.substr(0, 120));
        return;
    }
    const std::string_view stream = line.value().stream;
    const auto at = recorders_.find(stream.substr(0, std::min(stream.find('@'), stream.size())));
    if (at == recorders_.end()) {
        if (stream == "!serverShutdown") {
            return;  // the end follows
        }
        failure_ = "a message of " + std::string(stream) + ", which was not asked for";
        return;
    }
    const bool depth = stream.find("@depth") != std::string_view::npos &&
                       line.value().data.find(R"("U":)") != std::string_view::npos;
    const std::size_t data_at =
        static_cast<std::size_t>(line.value().data.data() - line.value().json.data());
    if (auto taken = at->second.message(receive_ns, json, data_at, depth); !taken) {
        failure_ = taken.error();
        return;
    }
    ++messages_;
}

/// Whatever one symbol came to, the others' files are finished.
Result<RecordSummary> Recorder::finish() {
    if (fetching_.valid()) {
        fetching_.wait();
    }
    RecordSummary out;
    out.ended = failure_;
    std::size_t file = 0;
    for (const std::string& name : options_.symbols) {
        SymbolRecorder& recorder = recorders_.at(lower(name));
        const std::string& path = files_[file++];
        if (!recorder.begun()) {
            out.unwritten.push_back(path + ": nothing recorded: " +
                                    (failure_.empty() ? recorder.waits_for() : failure_));
        } else if (auto finished = recorder.finish(); !finished) {
            out.unwritten.push_back(finished.error());
        } else {
            out.files.push_back(path);
            out.messages += recorder.messages();
        }
    }
    if (out.files.empty()) {
        return Error{fmt::format("{}", fmt::join(out.unwritten, "; "))};
    }
    return out;
}

std::atomic<bool> interrupted{false};

}  // namespace

Result<UrlParts> parse_url(const std::string& text, const std::string& scheme) {
    const std::string prefix = scheme + "://";
    const Error error{"'" + text + "': expected " + prefix + "HOST[:PORT]"};
    if (text.rfind(prefix, 0) != 0) {
        return error;
    }
    std::string rest = text.substr(prefix.size());
    if (!rest.empty() && rest.back() == '/') {
        rest.pop_back();
    }
    UrlParts out;
    const std::size_t colon = rest.find(':');
    out.host = rest.substr(0, colon);
    const bool legal =
        !out.host.empty() && std::all_of(out.host.begin(), out.host.end(), [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '.' || c == '-';
        });
    if (!legal) {
        return error;
    }
    if (colon != std::string::npos) {
        const auto port = engine::parse_unsigned(std::string_view(rest).substr(colon + 1));
        if (!port || *port == 0 || *port > 65'535) {
            return error;
        }
        out.port = static_cast<std::uint16_t>(*port);
    }
    return out;
}

Result<RecordSummary> record(const RecordOptions& options, const std::atomic<bool>& stop) {
    Recorder recorder(options);
    if (auto opened = recorder.open(); !opened) {
        return Error{opened.error()};
    }
    return recorder.run(stop);
}

int record_command(const RecordOptions& options) {
    for (const int signal : {SIGINT, SIGTERM}) {
        std::signal(signal, [](int) { interrupted = true; });
    }
    RecordOptions telling = options;
    telling.on_ready = [] {
        fmt::print(stderr, "portcullis record: connected, snapshots are here\n");
    };
    const auto summary = record(telling, interrupted);
    if (!summary) {
        fmt::print(stderr, "portcullis record: {}\n", summary.error());
        return 2;
    }
    for (const std::string& file : summary.value().files) {
        fmt::print("{}\n", file);
    }
    fmt::print("{} messages\n", summary.value().messages);
    if (!summary.value().ended.empty()) {
        fmt::print(stderr, "portcullis record: ended early: {}\n", summary.value().ended);
    }
    for (const std::string& missing : summary.value().unwritten) {
        fmt::print(stderr, "portcullis record: {}\n", missing);
    }
    return summary.value().ended.empty() && summary.value().unwritten.empty() ? 0 : 1;
}

}  // namespace portcullis::tools
