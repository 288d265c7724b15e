// The watch's loop. See watch_command.hpp.
#include "tools/portcullis/watch/watch_command.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>

#include "engine/time/clock.hpp"
#include "risk/kill_switch.hpp"
#include "tools/portcullis/trade/trading_engine.hpp"
#include "tools/portcullis/watch/heartbeat.hpp"
#include "tools/portcullis/watch/sweep.hpp"
#include "tools/portcullis/watch/watchdog.hpp"

namespace portcullis::tools {
namespace {

constexpr engine::DurationNs look_every = engine::milliseconds(20);
constexpr engine::DurationNs sweep_every = engine::milliseconds(250);
constexpr engine::DurationNs request_deadline = engine::milliseconds(1'000);

// Writer: the signal handler. Reader: the watch's loop.
volatile std::sig_atomic_t watch_stop = 0;

void on_watch_signal(int) {
    watch_stop = 1;
}

class Watch {
public:
    Watch(const AppConfig& config, std::unique_ptr<gateways::Signer> signer,
          engine::DurationNs silence_max)
        : config_(config),
          signer_(std::move(signer)),
          client_(config.venue.rest, {.deadline = request_deadline}),
          door_(config.venue.rest.path, *signer_,
                [this](const gateways::HttpRequest& request) { return client_.perform(request); }),
          sweep_(door_, symbols_of(config),
                 config.venue.recv_window + engine::CoreConfig{}.expiry_margin,
                 [this](const std::string& line) { return journal(line); }),
          dog_(silence_max) {}

    /// Returns whether it is to go on.
    bool step(bool once) {
        const engine::MonoNs now = clock_.mono();
        if (!heartbeat_) {
            if (auto opened = Heartbeat::open(heartbeat_path(config_))) {
                heartbeat_.emplace(std::move(opened).value());
            }
        }
        const WatchVerdict verdict =
            dog_.look(now, heartbeat_ ? std::optional{heartbeat_->beat()} : std::nullopt);
        if (verdict != said_) {
            say(verdict, now);
        }
        if (verdict == WatchVerdict::silent) {
            trip(now);
        }
        if (!sweeping_ || now < sweep_due_) {
            return true;
        }
        sweep_due_ = now + sweep_every;
        sweeping_ = !sweep_.round(now, clock_.wall());
        if (sweeping_ && !sweep_.trouble().empty() && sweep_.trouble() != told_) {
            told_ = sweep_.trouble();
            fmt::print(stderr, "watch: {}; tried again\n", told_);
        }
        if (!sweeping_) {
            report();
        }
        return sweeping_ || !once;
    }
    [[nodiscard]] bool whole() const noexcept { return killed_ && !sweeping_; }

private:
    static std::vector<std::string> symbols_of(const AppConfig& config) {
        std::vector<std::string> symbols;
        for (const InstrumentSettings& each : config.instruments) {
            symbols.push_back(each.symbol);
        }
        return symbols;
    }
    void say(WatchVerdict verdict, engine::MonoNs now) {
        said_ = verdict;
        const char* text = verdict == WatchVerdict::no_engine ? "no engine"
                           : verdict == WatchVerdict::alive   ? "the gate is alive"
                           : verdict == WatchVerdict::silent  ? "SILENT"
                                                              : "cancelling";
        fmt::print("watch: {}, {} ms since its last proof\n", text,
                   dog_.silence(now).value / 1'000'000);
        (void)std::fflush(stdout);
    }
    /// The kill first: nothing that the engine wakes up with may pass. The page is opened for it
    /// alone, so that whoever clears a kill never waits for a watch.
    void trip(engine::MonoNs now) {
        auto page = risk::KillPage::open(kill_page_path(config_));
        const auto killed = page ? page.value().kill(engine::Scope::firm, 0)
                                 : engine::Outcome(engine::Error{page.error()});
        killed_ = killed_ && killed.ok();
        if (!killed) {
            fmt::print(stderr, "watch: {}\n", killed.error());
        }
        (void)journal(fmt::format("{{\"kill\":\"firm\",\"wall_ns\":{},\"durable\":{}}}",
                                  clock_.wall().value, killed.ok()));
        sweep_.begin(now);
        sweeping_ = true;
        sweep_due_ = now;
    }
    void report() {
        const SweepCounters& c = sweep_.counters();
        const auto after_ms = [&c](engine::MonoNs at) {
            return static_cast<double>((at - c.begun).value) / 1e6;
        };
        const std::string text = fmt::format(
            "\"empty_asked_after_ms\":{:.0f},\"proof_asked_after_ms\":{:.0f},\"rounds\":{},"
            "\"cancels\":{},"
            "\"failures\":{}",
            after_ms(c.empty_first), after_ms(c.proven), c.rounds, c.cancels, c.failures);
        (void)journal("{\"proven\":true," + text + "}");
        fmt::print("watch: nothing is open at the venue: {{{}}}\n", text);
        (void)std::fflush(stdout);
    }
    /// A line at the end of STATE/watch.log, on the disk when it returns true.
    bool journal(const std::string& line) const {
        const std::string path = config_.engine.state_dir + "/watch.log";
        const int file =
            ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (file < 0) {
            return false;
        }
        const std::string text = line + "\n";
        const bool written =
            ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
            ::fdatasync(file) == 0;
        return ::close(file) == 0 && written;
    }

    const AppConfig& config_;
    std::unique_ptr<gateways::Signer> signer_;
    gateways::HttpClient client_;
    gateways::binance::CancelDoor door_;
    Sweep sweep_;
    Watchdog dog_;
    engine::SystemClock clock_;
    std::optional<Heartbeat> heartbeat_;
    WatchVerdict said_{};
    engine::MonoNs sweep_due_{};
    std::string told_;
    bool sweeping_{};
    bool killed_{true};
};

}  // namespace

int watch_command(const WatchOptions& options) {
    ConfigResult loaded = load_config(options.config, cpus_allowed());
    for (const std::string& problem : loaded.problems) {
        fmt::print(stderr, "{}\n", problem);
    }
    if (!loaded.config) {
        return 2;
    }
    const AppConfig& config = *loaded.config;
    if (config.venue.rest.host.empty()) {
        fmt::print(stderr,
                   "portcullis watch: expected [venue.rest]: it cancels there, beside the "
                   "engine's sessions\n");
        return 2;
    }
    auto signer = gateways::make_file_signer(config.venue.key_file, config.venue.api_key);
    if (!signer) {
        fmt::print(stderr, "{}\n", signer.error());
        return 2;
    }
    std::signal(SIGINT, on_watch_signal);
    std::signal(SIGTERM, on_watch_signal);
    std::signal(SIGPIPE, SIG_IGN);
    Watch watch(config, std::move(signer).value(), engine::milliseconds(options.silence_ms));
    while (watch_stop == 0 && watch.step(options.once)) {
        std::this_thread::sleep_for(std::chrono::nanoseconds(look_every.value));
    }
    return watch.whole() ? 0 : 1;
}

}  // namespace portcullis::tools
