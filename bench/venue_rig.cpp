#include "bench/venue_rig.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstring>
#include <utility>

#include "bench/harness.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/listener.hpp"
#include "tools/venue/server/run_folder.hpp"

namespace portcullis::bench {

using gateways::FrameKind;
using gateways::FrameView;
using gateways::TransportState;

namespace {

constexpr std::size_t frames_per_poll = 1024;
constexpr std::int64_t connect_timeout_ns = 5'000'000'000;
/// Of one bench a million orders would be too many for the real limits.
constexpr const char* limits_text =
    "\n[limits]\nrequest_weight_per_minute = 2000000000\nraw_requests_per_5_minutes = 2000000000\n"
    "orders_per_10_seconds = 2000000000\norders_per_day = 2000000000\n";

}  // namespace

std::int64_t steady_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

VenueClient::VenueClient(const gateways::Endpoint& endpoint, std::string_view path,
                         MakeTransport make)
    : transport_(make()) {
    gateways::Endpoint to = endpoint;
    to.path = path;
    transport_->connect(to, {}, steady_ns());
    while (transport_->state() == TransportState::connecting) {
        poll();
    }
}

void VenueClient::on_frame(const FrameView& frame) {
    if (frame.kind == FrameKind::text) {
        ++frames;
        bytes += frame.size;
        if (keep_last) {
            last.assign(frame.data, frame.size);
        }
    }
}

void VenueClient::poll() {
    (void)transport_->poll(*this, frames_per_poll, steady_ns());
    require(transport_->state() != TransportState::closed, "the venue's connection has ended");
}

void VenueClient::await_frame() {
    for (const std::uint64_t before = frames; frames == before;) {
        (void)transport_->poll(*this, 1, steady_ns());
        require(transport_->state() == TransportState::open, "the connection has ended");
    }
}

void VenueClient::send(std::string_view text) {
    const auto sent = transport_->send_text(text);
    require(sent == gateways::SendResult::sent, "a request did not go out whole");
}

namespace {

class TextService final : public tools::venue::Service {
public:
    explicit TextService(ListenerRig::OnText on_text) : on_text_(std::move(on_text)) {}
    std::unique_ptr<tools::venue::WebSocketHandler> open(std::string_view, const std::string&,
                                                         tools::venue::Peer& peer,
                                                         tools::venue::HttpReply&) override {
        return std::make_unique<Handler>(on_text_, peer);
    }
    tools::venue::HttpReply http(const tools::venue::HttpRequest&) override { return {}; }
    [[nodiscard]] Timing timing() const override { return {60'000, 60'000, 3'600'000}; }

private:
    class Handler final : public tools::venue::WebSocketHandler {
    public:
        Handler(const ListenerRig::OnText& on_text, tools::venue::Peer& peer)
            : on_text_(on_text), peer_(peer) {}
        void on_text(std::string_view text) override { on_text_(peer_, text); }
        void on_control() override {}

    private:
        const ListenerRig::OnText& on_text_;
        tools::venue::Peer& peer_;
    };
    ListenerRig::OnText on_text_;
};

}  // namespace

struct ListenerRig::Running {
    explicit Running(OnText on_text) : service(std::move(on_text)), listener(io, service) {}
    Scratch scratch;
    TextService service;
    boost::asio::io_context io{1};
    tools::venue::Listener listener;
    gateways::Endpoint endpoint;
    std::thread thread;
};

ListenerRig::ListenerRig(OnText on_text) : running_(std::make_unique<Running>(std::move(on_text))) {
    const auto files = tools::venue::make_certificates(running_->scratch.path);
    require(files.ok(), files ? "" : files.error().c_str());
    const auto port =
        running_->listener.start({"127.0.0.1", 0, files.value().certificate, files.value().key});
    require(port.ok(), port ? "" : port.error().c_str());
    running_->endpoint.host = "localhost";
    running_->endpoint.address = "127.0.0.1";
    running_->endpoint.port = port.value();
    running_->endpoint.ca_file = files.value().ca;
    running_->thread = std::thread([this] { running_->io.run(); });
}

ListenerRig::~ListenerRig() {
    running_->io.stop();
    running_->thread.join();
}

const gateways::Endpoint& ListenerRig::endpoint() const {
    return running_->endpoint;
}

StreamCounter::StreamCounter(const gateways::Endpoint& endpoint, std::string_view path)
    : buffer_(std::size_t{1} << 18) {
    using Phase = gateways::TlsStream::Phase;
    stream_.connect(endpoint, steady_ns() + connect_timeout_ns);
    for (Phase phase = Phase::idle; phase != Phase::open; phase = stream_.advance(steady_ns())) {
        require(phase != Phase::ended, "a client could not connect");
    }
    const std::string request =
        "GET " + std::string(path) +
        " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    require(stream_.write(request.data(), request.size()), "a request did not go out");
    std::string head;
    for (char byte = 0; head.find("\r\n\r\n") == std::string::npos;) {
        const long got = stream_.read(&byte, 1);
        require(got >= 0, "the upgrade was not answered");
        head.append(&byte, static_cast<std::size_t>(got));
    }
    require(head.rfind("HTTP/1.1 101", 0) == 0, head.c_str());
}

void StreamCounter::poll() {
    long got = 0;
    while ((got = stream_.read(buffer_.data() + filled_, buffer_.size() - filled_)) > 0) {
        filled_ += static_cast<std::size_t>(got);
        count();
    }
    require(got == 0, "the venue's connection has ended");
}

/// Whole frames of a server: no mask, and here no fragment.
void StreamCounter::count() {
    std::size_t at = 0;
    while (filled_ - at >= 2) {
        const auto byte = [&](std::size_t i) {
            return std::size_t{static_cast<unsigned char>(buffer_[at + i])};
        };
        const std::size_t wide = byte(1) == 126 ? 2 : byte(1) == 127 ? 8 : 0;
        if (filled_ - at < 2 + wide) {
            break;
        }
        std::size_t size = wide == 0 ? byte(1) : 0;
        for (std::size_t i = 0; i < wide; ++i) {
            size = size << 8U | byte(2 + i);
        }
        require(size < buffer_.size() / 2, "a frame of a length that no message has");
        if (filled_ - at < 2 + wide + size) {
            break;
        }
        const bool text = byte(0) == 0x81;
        frames += text ? 1 : 0;
        bytes += text ? size : 0;
        at += 2 + wide + size;
    }
    std::memmove(buffer_.data(), buffer_.data() + at, filled_ - at);
    filled_ -= at;
}

VenueRig::VenueRig(const std::string& recording) {
    tools::venue::RunFolder folder;
    folder.dir = scratch_.path;
    folder.recordings = {recording};
    folder.balances = {{"BTC", "1000"}, {"NEXO", "1000"}, {"USDT", "100000000"}};
    folder.speed = "max";
    folder.paused = true;
    const auto file = tools::venue::make_run_folder(folder);
    require(file.ok(), file ? "" : file.error().c_str());
    std::FILE* config_file = std::fopen(file.value().c_str(), "a");
    require(config_file != nullptr && std::fputs(limits_text, config_file) >= 0 &&
                std::fclose(config_file) == 0,
            "the venue's config cannot be written");
    const auto config = tools::venue::load_config(file.value());
    require(config.ok(), config ? "" : config.error().c_str());
    api_key_ = config.value().keys.at(0).key.api_key;
    auto made = tools::venue::Server::make(config.value());
    require(made.ok(), made ? "" : made.error().c_str());
    server_ = std::move(made).value();
    thread_ = std::thread([this] { server_->run(); });
}

VenueRig::~VenueRig() {
    server_->stop();
    thread_.join();
}

gateways::Endpoint VenueRig::endpoint() const {
    gateways::Endpoint to;
    to.host = "localhost";
    to.address = "127.0.0.1";
    to.port = server_->port();
    to.ca_file = scratch_.path + "/ca.pem";
    return to;
}

void VenueRig::control(const std::string& line) const {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = scratch_.path + "/ctl.sock";
    require(socket >= 0 && path.size() < sizeof address.sun_path, "no control socket");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    require(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
            "the control socket does not answer");
    const std::string text = line + "\n";
    char answer[8] = {};
    require(::send(socket, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
                ::recv(socket, answer, sizeof answer, 0) >= 2 && std::memcmp(answer, "ok", 2) == 0,
            ("the venue refused: " + line).c_str());
    ::close(socket);
}

}  // namespace portcullis::bench
