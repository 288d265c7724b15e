#include "tools/portcullis/console/watch.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <ctime>
#include <optional>
#include <thread>

#include "tools/portcullis/console/requests.hpp"
#include "tools/portcullis/console/views.hpp"
#include "tools/portcullis/latency/stages.hpp"

namespace portcullis::tools {
namespace {

// Writer: the signal handler. Reader: the loop.
volatile std::sig_atomic_t watch_ended = 0;

void end_watch(int) {
    watch_ended = 1;
}

constexpr std::size_t orders_beside_latency = 8;
constexpr std::size_t no_bound = ~std::size_t{0};

struct Window {
    std::size_t width{};
    std::size_t height{no_bound};
};

Window window_now() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
        return {80, 24};
    }
    return {size.ws_col, size.ws_row};
}

void put(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (written <= 0) {
            watch_ended = 1;  // the terminal, or the reader of the pipe, has gone
            return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// The alternate screen without a cursor, as long as this lives.
class Terminal {
public:
    explicit Terminal(bool is_one) : is_one_(is_one) {
        if (is_one_) {
            std::signal(SIGINT, end_watch);
            std::signal(SIGTERM, end_watch);
            put("\x1b[?1049h\x1b[?25l");
        }
    }
    ~Terminal() {
        if (is_one_) {
            put("\x1b[?25h\x1b[?1049l");
        }
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    void show(const Screen& screen) const {
        if (!is_one_) {
            put(screen.text(0, no_bound, false));
            return;
        }
        const Window window = window_now();
        put("\x1b[H" + screen.text(window.width, window.height, true) + "\x1b[J");
    }
    [[nodiscard]] std::size_t height() const { return is_one_ ? window_now().height : no_bound; }

private:
    bool is_one_;
};

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%F %T UTC", &parts);
    return std::string(text.data(), size);
}

Screen lost_frame(const std::string& why) {
    Screen screen;
    screen.line().add("portcullis  " + utc_now(), Style::dim);
    screen.banner(" NO ENGINE: " + why, Style::alarm);
    screen.line().add("  trying again; Ctrl-C ends this view");
    return screen;
}

/// Keeps one connection; makes it anew when it is lost.
class Line {
public:
    explicit Line(std::string socket) : socket_(std::move(socket)) {}

    template <class Ask>
    auto with(Ask&& ask) -> decltype(ask(std::declval<ConsoleClient&>())) {
        if (!client_) {
            auto made = ConsoleClient::connect(socket_);
            if (!made) {
                return engine::Error{made.error()};
            }
            client_.emplace(std::move(made).value());
        }
        auto result = ask(*client_);
        if (!result) {
            client_.reset();
        }
        return result;
    }

private:
    std::string socket_;
    std::optional<ConsoleClient> client_;
};

void nap(int interval_ms) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(interval_ms);
    while (watch_ended == 0 && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

// An older engine knows no such question: nothing is added then.
engine::Outcome add_latency(ConsoleClient& client, Screen& screen) {
    auto text = client.ask(console_request_json("latency", "", ""));
    if (!text) {
        return engine::Error{text.error()};
    }
    simdjson::dom::parser parser;
    Answer answer;
    Answer stages;
    if (parser.parse(text.value()).get(answer) == simdjson::SUCCESS &&
        answer["stages"].get(stages) == simdjson::SUCCESS) {
        screen.heading("latency");
        view_latency(answer, true, screen);
    }
    return engine::Done{};
}

}  // namespace

engine::Result<Screen> watch_frame(ConsoleClient& client, std::size_t lines_max) {
    constexpr std::array<const char*, 5> commands{"status", "limits", "positions", "denials",
                                                  "orders"};
    std::array<simdjson::dom::parser, 5> parsers;
    std::array<Answer, 5> answers;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        auto text = client.ask(console_request_json(commands[i], "", ""));
        if (!text) {
            return engine::Error{text.error()};
        }
        if (parsers[i].parse(text.value()).get(answers[i]) != simdjson::SUCCESS) {
            return engine::Error{"the engine's answer is not JSON"};
        }
        Answer error;
        if (answers[i]["error"].get(error) == simdjson::SUCCESS) {
            return engine::Error{field(answers[i], "error")};
        }
    }
    Screen screen;
    screen.line().add("portcullis  " + utc_now(), Style::dim);
    view_state(answers[0], screen);
    view_status(answers[0], screen);
    screen.heading("positions");
    view_positions(answers[2], screen);
    screen.heading("limits in use");
    view_limits(answers[1], true, screen);
    screen.heading("denials");
    view_denials(answers[3], screen);
    constexpr std::size_t latency_lines = latency_stages + 4;
    if (lines_max > screen.lines() + latency_lines + orders_beside_latency) {
        if (auto added = add_latency(client, screen); !added) {
            return engine::Error{added.error()};
        }
    }
    screen.heading("open orders");
    const std::size_t used = screen.lines() + 2;  // its head, and "... and n more"
    view_orders(answers[4], lines_max > used ? lines_max - used : 1, screen);
    return screen;
}

int console_watch(const WatchArguments& arguments) {
    const bool interactive = ::isatty(STDOUT_FILENO) == 1 && !arguments.json;
    const bool counted = arguments.frames != 0;
    Line line(arguments.socket);
    std::signal(SIGPIPE, SIG_IGN);
    std::optional<std::string> lost;
    {
        const Terminal terminal(interactive && !counted);
        for (int i = 0; watch_ended == 0 && (!counted || i < arguments.frames); ++i) {
            if (i != 0) {
                nap(arguments.interval_ms);
            }
            if (arguments.json) {
                auto status = line.with([](ConsoleClient& client) {
                    return client.ask(console_request_json("status", "", ""));
                });
                lost = status ? std::nullopt : std::optional(status.error());
                put(status ? status.value() + "\n" : std::string());
            } else {
                const std::size_t lines_max = terminal.height();
                auto frame = line.with(
                    [lines_max](ConsoleClient& client) { return watch_frame(client, lines_max); });
                lost = frame ? std::nullopt : std::optional(frame.error());
                if (frame || !counted) {
                    terminal.show(frame ? frame.value() : lost_frame(frame.error()));
                }
            }
            if (lost && (counted || !interactive)) {
                break;
            }
        }
    }
    if (lost) {
        fmt::print(stderr, "{}\n", *lost);
    }
    return lost ? 2 : 0;
}

}  // namespace portcullis::tools
