// `portcullis trade` and `portcullis init`: signals, exit codes, first state.
#include <fmt/core.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "tools/portcullis/trade/trading_engine.hpp"

namespace portcullis::tools {
namespace {

// Writer: the signal handler. Reader: the main thread's loop.
volatile std::sig_atomic_t stop_asked = 0;

void on_signal(int) {
    stop_asked = 1;
}

void print_problems(const std::vector<std::string>& problems) {
    for (const std::string& problem : problems) {
        fmt::print(stderr, "{}\n", problem);
    }
}

}  // namespace

int trade_command(const std::string& config_path, int seconds) {
    ConfigResult loaded = load_config(config_path, cpus_allowed());
    if (!loaded.config) {
        print_problems(loaded.problems);
        return 2;
    }
    auto made = TradingEngine::make(std::move(*loaded.config));
    if (!made) {
        fmt::print(stderr, "portcullis trade: {}\n", made.error());
        return 3;
    }
    TradingEngine& engine = *made.value();
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    std::signal(SIGPIPE, SIG_IGN);
    const EngineSettings& settings = engine.config().engine;
    if (settings.idle == Idle::by_machine) {
        const CpuSet unpinned = cpus_inherited();
        fmt::print("portcullis trade: {} with {} threads, {} processors (engine.idle)\n",
                   idle_here(settings, unpinned) == Idle::blocking ? "blocking" : "busy_poll",
                   threads_of(settings.placement), unpinned.size());
    }
    if (const std::string alone = one_person_note(engine.config()); !alone.empty()) {
        fmt::print("portcullis trade: {}\n", alone);
    }
    const auto host = engine.start();
    if (!host) {
        fmt::print(stderr, "portcullis trade: {}\n", host.error());
        return 3;
    }
    for (const std::string& line : host.value()) {
        fmt::print("portcullis trade: {}\n", line);
    }
    fmt::print("portcullis trade: running, console at {}\n", console_path(engine.config()));
    std::fflush(stdout);
    const auto begun = std::chrono::steady_clock::now();
    Napper napper(Idle::blocking);
    while (stop_asked == 0) {
        if (seconds > 0 &&
            std::chrono::steady_clock::now() - begun > std::chrono::seconds(seconds)) {
            break;
        }
        if (engine.do_control_work() == 0) {
            napper.idle();
        } else {
            napper.worked();
        }
    }
    const bool clean = engine.shut_down(engine::milliseconds(10'000));
    const CoreStatus status = engine.status();
    fmt::print("portcullis trade: ended; approved {}, denied {}, fills {}, open orders {}, {}\n{}",
               status.counters.orders_approved, status.counters.orders_denied,
               status.counters.fills_buy + status.counters.fills_sell, status.orders_open,
               clean ? "nothing left at the venue" : "NOT PROVEN that nothing is left at the venue",
               engine.run_summary());
    return clean ? 0 : 1;
}

int init_command(const std::string& config_path) {
    ConfigResult loaded = load_config(config_path, cpus_allowed());
    if (!loaded.config) {
        print_problems(loaded.problems);
        return 2;
    }
    const AppConfig& config = *loaded.config;
    if (risk::KillPage::is_of_earlier_version(kill_page_path(config))) {
        const auto killed = risk::KillPage::renew(kill_page_path(config));
        if (!killed) {
            fmt::print(stderr, "{}\n", killed.error());
            return 3;
        }
        fmt::print("{} is of this version now; killed before and now: {} of its scopes\n",
                   kill_page_path(config), killed.value());
        return 0;
    }
    std::error_code error;
    std::filesystem::create_directories(journal_path(config), error);
    if (error) {
        fmt::print(stderr, "{}: {}\n", journal_path(config), error.message());
        return 3;
    }
    std::filesystem::permissions(config.engine.state_dir,
                                 std::filesystem::perms::owner_all |
                                     std::filesystem::perms::group_read |
                                     std::filesystem::perms::group_exec,
                                 error);
    engine::journal::JournalOptions options = journal_options(config);
    options.mode = engine::journal::OpenMode::create;
    auto journal = engine::journal::Journal::open(options);
    const engine::SystemClock clock;
    const auto closed = journal ? journal.value()->close(clock.mono(), clock.wall())
                                : engine::Outcome(engine::Error{journal.error()});
    if (!closed) {
        fmt::print(stderr, "{}\n", closed.error());
        return 3;
    }
    // The page last: an engine starts only where there is one, so a half of an init is none.
    if (auto page = risk::KillPage::create(kill_page_path(config)); !page) {
        fmt::print(stderr, "{}\n", page.error());
        return 3;
    }
    fmt::print("wrote {} (open) and {}; `portcullis trade` may start\n", kill_page_path(config),
               journal_path(config));
    return 0;
}

}  // namespace portcullis::tools
