#include "tools/venue/server/server.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>

#include "tools/venue/replay.hpp"
#include "tools/venue/server/certificates.hpp"
#include "tools/venue/server/control_socket.hpp"
#include "tools/venue/server/json.hpp"
#include "tools/venue/server/listener.hpp"
#include "tools/venue/server/overlay.hpp"
#include "tools/venue/server/replay_control.hpp"

namespace portcullis::tools::venue {
namespace {

namespace asio = boost::asio;

/// Messages played before sockets get a turn.
constexpr std::size_t replay_batch = 64;
/// A client that comes anew for each lap spends 60 of the 300 connections of five minutes, and the
/// weight of 12 snapshots a minute.
constexpr std::int64_t lap_ns_min = 5'000'000'000;
/// At speed "max": how soon to look again whether clients have caught up.
constexpr std::chrono::microseconds behind_pause{200};
/// Between serverShutdown and the end: time for the queues to drain.
constexpr std::chrono::milliseconds shutdown_grace{250};

std::int64_t wall_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}
std::int64_t wall_us() {
    return wall_ns() / 1000;
}

/// Tiers count what is traded in one asset: one that no market is quoted in never reaches any.
engine::Outcome check_volume_asset(const Exchange& exchange, const AccountSetup& account) {
    const auto& symbols = exchange.symbols();
    const bool standard = account.fee_volume_asset == AccountSetup{}.fee_volume_asset;
    if ((standard && account.fee_tiers.empty()) ||
        std::any_of(symbols.begin(), symbols.end(), [&](const auto& each) {
            return each.second.quote == account.fee_volume_asset;
        })) {
        return engine::Done{};
    }
    return engine::Error{"[[account]] " + account.name +
                         ": fee_volume_asset: expected the quote asset of a market here, found '" +
                         account.fee_volume_asset + "'"};
}

engine::Outcome add_accounts(Venue& venue, const VenueConfig& config) {
    std::map<std::string, AccountId> ids;
    for (const AccountSetup& account : config.accounts) {
        if (auto checked = check_volume_asset(venue.exchange(), account); !checked) {
            return checked;
        }
        ids[account.name] = venue.add_account(account);
    }
    for (const KeyConfig& key : config.keys) {
        ApiKey made = key.key;
        made.account = ids.at(key.account);
        made.created_ms = wall_us() / 1000;
        if (auto added = venue.keys().add(std::move(made), key.material); !added) {
            return engine::Error{key.place + " " + added.error()};
        }
    }
    return engine::Done{};
}

/// Symbols of a recording are known only once it is open, so a name that is taken is found here.
engine::Outcome add_synthetic(Venue& venue, Replay& replay, const VenueConfig& config) {
    for (const SyntheticOptions& options : config.synthetic) {
        const std::string& name = options.parameters.symbol.name;
        if (venue.exchange().symbols().contains(name)) {
            return engine::Error{"[[synthetic]] " + name +
                                 ": a market of that symbol is played already; expected another " +
                                 "base, as base = \"NEW\""};
        }
        venue.api().tape().follow_clock(name);
        replay.add(std::make_unique<SyntheticMarket>(venue.exchange(), options));
    }
    return engine::Done{};
}

}  // namespace

struct Server::State {
    explicit State(const LimitsConfig& limits)
        : venue(limits, wall_us),
          listener(io, venue),
          control(io, [this](std::string_view line) { return venue.control(line); }),
          signals(io),
          replay_timer(io),
          stop_timer(io),
          fault_timer(io) {}

    void play();
    void play_soon();
    void play_after(std::chrono::nanoseconds wait);
    /// What the recordings tell goes out, with ours in it if `overlaid`. Requires: no live market
    /// yet, whose books show everybody's orders anyway.
    void connect_replay(bool overlaid);
    std::string replay_command(const std::vector<std::string>& words);
    void stop();
    /// Wakes the fault layer when something that it holds is due.
    void wake_faults(std::int64_t due_us);
    /// Another CA and key, made in `dir`; or those that the run began with.
    engine::Outcome change_certificate(const std::string& dir, bool changed);

    // Before the context: its end ends the connections that are left, and these take their leave.
    Venue venue;
    std::unique_ptr<Overlay> overlay;  ///< with --overlay
    std::unique_ptr<Replay> replay;
    asio::io_context io{1};
    Listener listener;
    ControlSocket control;
    asio::signal_set signals;
    asio::steady_timer replay_timer;
    asio::steady_timer stop_timer;
    asio::steady_timer fault_timer;
    std::int64_t fault_due_us{0};  ///< 0: the timer is not set
    bool stopping{false};
    bool play_posted{false};
    bool end_told{false};
    std::uint16_t port{0};
    std::string address;
    CertificateFiles certificates;
};

engine::Outcome Server::State::change_certificate(const std::string& dir, bool changed) {
    if (!changed) {
        return listener.use_certificate(certificates.certificate, certificates.key);
    }
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    const auto made = make_certificates(dir);
    return made ? listener.use_certificate(made.value().certificate, made.value().key)
                : engine::Outcome(engine::Error{made.error()});
}

void Server::State::play() {
    if (stopping) {
        return;
    }
    // No clock says how fast "max" is: it is as fast as the clients that still read.
    if (replay->speed_e3() == replay_speed_max_e3 && venue.streams_behind()) {
        play_after(behind_pause);
        return;
    }
    const auto played = replay->poll(wall_ns(), replay_batch);
    if (!played) {
        std::fprintf(stderr, "portcullis-venue: the replay failed: %s; the book stands\n",
                     played.error().c_str());
    }
    if (const auto due = replay->next_due_ns()) {
        const std::int64_t wait_ns = *due - wall_ns();
        wait_ns <= 0 ? play_soon() : play_after(std::chrono::nanoseconds(wait_ns));
    } else if (replay->finished() && replay->failure().empty() && !end_told) {
        end_told = true;
        std::fprintf(stderr, "portcullis-venue: the recordings have ended; the book stands\n");
    }
}

/// Sockets get their turn first. However often it is asked for, it happens once.
void Server::State::play_soon() {
    if (!play_posted) {
        play_posted = true;
        asio::post(io, [this] {
            play_posted = false;
            play();
        });
    }
}

/// Instead of what was waited for before.
void Server::State::play_after(std::chrono::nanoseconds wait) {
    replay_timer.expires_after(wait);
    replay_timer.async_wait([this](boost::system::error_code error) {
        if (!error) {
            play();
        }
    });
}

void Server::State::connect_replay(bool overlaid) {
    if (overlaid) {
        overlay = std::make_unique<Overlay>(venue.exchange(), venue.api(),
                                            [this](std::string_view stream, std::string_view data) {
                                                venue.publish(stream, data);
                                            });
    }
    replay->on_message([this](const std::string& symbol, std::string_view stream,
                              std::string_view data, StreamKind kind) {
        overlay ? overlay->on_message(symbol, stream, data, kind) : venue.publish(stream, data);
    });
    replay->on_taker([this](const std::string& symbol) { venue.taker_began(symbol); });
    replay->on_jump([this](const std::string& symbol) {
        if (overlay) {
            overlay->on_jump(symbol);
        }
        venue.market_jumped(symbol);
        // What clients hold is of another time, and ids that go back would not tell them.
        venue.cut_streams();
    });
    replay->on_tick([this](bool full_second, std::int64_t due_ns) {
        venue.tick(full_second, due_ns / 1'000'000);
    });
}

std::string Server::State::replay_command(const std::vector<std::string>& words) {
    const std::vector<std::string> asked(words.begin() + 1, words.end());
    if (words[0] == "check") {
        return check_replay_command(*replay, asked);
    }
    const ReplayCommandResult result = venue::replay_command(*replay, asked, wall_ns());
    if (result.jumped || !replay->finished()) {
        end_told = false;
    }
    if (result.changed) {
        replay_timer.cancel();
        play_soon();
    }
    return result.answer;
}

void Server::State::wake_faults(std::int64_t due_us) {
    if (fault_due_us != 0 && fault_due_us <= due_us) {
        return;
    }
    fault_due_us = due_us;
    fault_timer.expires_after(
        std::chrono::microseconds(std::max<std::int64_t>(0, due_us - wall_us())));
    fault_timer.async_wait([this](boost::system::error_code error) {
        if (error) {
            return;
        }
        fault_due_us = 0;
        venue.faults().act();
        venue.faults().poll();
        if (const auto next = venue.faults().next_due_us()) {
            wake_faults(*next);
        }
    });
}

void Server::State::stop() {
    if (stopping) {
        return;
    }
    stopping = true;
    listener.stop();
    venue.announce_shutdown();
    stop_timer.expires_after(shutdown_grace);
    stop_timer.async_wait([this](boost::system::error_code) { io.stop(); });
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

engine::Result<std::unique_ptr<Server>> Server::make(const VenueConfig& config, FileLock lock) {
    if (!config.control_socket.empty() && !lock.held()) {
        auto taken = lock_control_socket(config.control_socket);
        if (!taken) {
            return engine::Error{taken.error()};
        }
        lock = std::move(taken).value();
    }
    auto state = std::make_unique<State>(config.limits);
    state->address = config.address;
    CertificateFiles& files = state->certificates;
    files = {"", config.certificate_file, config.key_file, ""};
    if (!config.self_signed_dir.empty()) {
        auto made = make_certificates(config.self_signed_dir);
        if (!made) {
            return engine::Error{made.error()};
        }
        files = std::move(made).value();
    }
    if (auto checked = check_certificate_key(files.certificate, files.key); !checked) {
        return engine::Error{checked.error()};
    }
    Venue& venue = state->venue;
    auto replay = Replay::open(venue.exchange(), config.recordings,
                               {config.speed_milli, config.loop, config.paused, lap_ns_min});
    if (!replay) {
        return engine::Error{replay.error()};
    }
    state->replay = std::move(replay).value();
    state->connect_replay(config.overlay);
    if (auto added = add_synthetic(venue, *state->replay, config); !added) {
        return engine::Error{added.error()};
    }
    venue.exchange().set_filters(config.filters);
    if (auto added = add_accounts(venue, config); !added) {
        return engine::Error{added.error()};
    }
    const auto port =
        state->listener.start({config.address, config.port, files.certificate, files.key});
    if (!port) {
        return engine::Error{port.error()};
    }
    state->port = port.value();
    if (!config.control_socket.empty()) {
        if (auto opened = state->control.start(config.control_socket, std::move(lock)); !opened) {
            return engine::Error{opened.error()};
        }
    }
    State& self = *state;
    venue.on_replay_command(
        [&self](const std::vector<std::string>& words) { return self.replay_command(words); });
    venue.faults().on_wake([&self](std::int64_t due_us) { self.wake_faults(due_us); });
    if (!config.self_signed_dir.empty()) {
        venue.on_certificate([&self, dir = config.self_signed_dir + "/changed"](bool changed) {
            return self.change_certificate(dir, changed);
        });
    }
    venue.on_cut_http([&self] { return self.listener.cut_http(); });
    venue.on_quit([&self] { asio::post(self.io, [&self] { self.stop(); }); });
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const {
    return state_->port;
}

Venue& Server::venue() {
    return state_->venue;
}

std::string Server::announcement() const {
    JsonWriter out;
    out.begin_object().integer("port", state_->port).text("address", state_->address);
    const CertificateFiles& files = state_->certificates;
    if (!files.ca.empty()) {
        const auto leaf = spki_pin(files.certificate);
        const auto ca = spki_pin(files.ca);
        out.text("ca_file", files.ca).begin_object("pins");
        out.text("leaf", leaf ? leaf.value() : "").text("ca", ca ? ca.value() : "").end_object();
    }
    out.begin_array("symbols");
    for (const auto& [name, symbol] : state_->venue.exchange().symbols()) {
        out.text(name);
    }
    return out.end_array().end_object().take();
}

void Server::run() {
    State& self = *state_;
    boost::system::error_code error;
    self.signals.add(SIGTERM, error);
    self.signals.add(SIGINT, error);
    self.signals.async_wait([&self](boost::system::error_code failed, int) {
        if (!failed) {
            self.stop();
        }
    });
    self.replay->start(wall_ns());
    self.play();
    self.io.run();
}

void Server::stop() {
    State& self = *state_;
    asio::post(self.io, [&self] { self.stop(); });
}

}  // namespace portcullis::tools::venue
