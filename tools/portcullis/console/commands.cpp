// Printing answers for people, and the live view. See commands.hpp.
#include "tools/portcullis/console/commands.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <chrono>
#include <thread>

#include "tools/portcullis/console/client.hpp"
#include "tools/portcullis/console/requests.hpp"

namespace portcullis::tools {
namespace {

using simdjson::dom::element;

std::string text_of(const element& value) {
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) {
        return std::string(text);
    }
    return simdjson::minify(value);
}

std::string field(const element& object, const char* key) {
    element value;
    return object[key].get(value) == simdjson::SUCCESS ? text_of(value) : std::string("?");
}

bool truth(const element& object, const char* key) {
    bool value = false;
    return object[key].get_bool().get(value) == simdjson::SUCCESS && value;
}

std::string bar(double percent) {
    constexpr int width = 20;
    const int filled = static_cast<int>(percent / 100.0 * width + 0.5);
    std::string text = "[";
    for (int i = 0; i < width; ++i) {
        text += i < filled ? '#' : '.';
    }
    return text + "]";
}

void print_rows(const element& root, const char* list, std::initializer_list<const char*> columns) {
    for (const char* column : columns) {
        fmt::print("{:<18}", column);
    }
    fmt::print("\n");
    simdjson::dom::array rows;
    if (root[list].get_array().get(rows) != simdjson::SUCCESS) {
        return;
    }
    for (const element row : rows) {
        for (const char* column : columns) {
            fmt::print("{:<18}", field(row, column));
        }
        fmt::print("\n");
    }
}

void print_limits(const element& root) {
    simdjson::dom::array rows;
    if (root["limits"].get_array().get(rows) != simdjson::SUCCESS) {
        return;
    }
    for (const element row : rows) {
        double percent = 0.0;
        if (row["percent"].get_double().get(percent) != simdjson::SUCCESS) {
            percent = 0.0;
        }
        const bool known = field(row, "used") != "null";
        fmt::print("{:<22}{:<36}{:>16} {}\n", field(row, "scope"), field(row, "limit"),
                   field(row, "value"),
                   known
                       ? fmt::format("{} {} ({:.1f} %)", bar(percent), field(row, "used"), percent)
                       : std::string("per order or window"));
    }
}

void print_status(const element& root) {
    const bool killed = truth(root, "killed");
    fmt::print("{}   session {}   {}   open orders {}   unanswered {}\n",
               killed ? "KILLED" : "open", truth(root, "session_ready") ? "ready" : "down",
               truth(root, "reconciled") ? "reconciled" : "not reconciled",
               field(root, "orders_open"), field(root, "unanswered"));
    fmt::print(
        "market events {}   approved {}   denied {}   fills {} buy, {} sell   P&L {}   "
        "gross {}\n",
        field(root, "market_events"), field(root, "orders_approved"), field(root, "orders_denied"),
        field(root, "fills_buy"), field(root, "fills_sell"), field(root, "pnl"),
        field(root, "gross"));
    element latency;
    if (root["tick_to_order_ns"].get(latency) == simdjson::SUCCESS) {
        fmt::print("tick to order ns   p50 {}   p99 {}   p99.9 {}   max {}   n {}\n",
                   field(latency, "p50"), field(latency, "p99"), field(latency, "p999"),
                   field(latency, "max"), field(latency, "n"));
    }
    print_rows(root, "instruments",
               {"symbol", "valid", "bid", "bid_qty", "ask", "ask_qty", "top_age_ms"});
    print_rows(root, "strategies", {"name", "state", "killed", "orders_open"});
}

void print_answer(const std::string& command, const element& root) {
    if (command == "status") {
        print_status(root);
    } else if (command == "positions") {
        fmt::print("P&L {} {}\n", field(root, "pnl"), field(root, "currency"));
        print_rows(root, "positions", {"asset", "balance", "position", "reserved", "fees", "mark"});
    } else if (command == "orders") {
        print_rows(root, "orders",
                   {"id", "symbol", "side", "price", "qty", "filled", "status", "age_ms"});
    } else if (command == "limits") {
        print_limits(root);
    } else if (command == "denials") {
        fmt::print("denied {}\n", field(root, "total"));
        print_rows(root, "denials", {"count", "reason", "breaks"});
    } else {
        fmt::print("{}\n", field(root, "ok"));
    }
}

engine::Result<std::string> ask_once(ConsoleClient& client, const std::string& command) {
    return client.ask(console_request_json(command, "", ""));
}

}  // namespace

int console_command(const ConsoleArguments& arguments) {
    auto client = ConsoleClient::connect(arguments.socket);
    if (!client) {
        fmt::print(stderr, "{}\n", client.error());
        return 2;
    }
    auto answer = client.value().ask(
        console_request_json(arguments.command, arguments.scope, arguments.name));
    if (!answer) {
        fmt::print(stderr, "{}\n", answer.error());
        return 2;
    }
    simdjson::dom::parser parser;
    element root;
    if (parser.parse(answer.value()).get(root) != simdjson::SUCCESS) {
        fmt::print(stderr, "the engine's answer is not JSON\n");
        return 2;
    }
    element error;
    const bool failed = root["error"].get(error) == simdjson::SUCCESS;
    if (arguments.json) {
        fmt::print("{}\n", answer.value());
    } else if (failed) {
        fmt::print(stderr, "{}\n", text_of(error));
    } else {
        print_answer(arguments.command, root);
    }
    return failed ? 1 : 0;
}

int console_watch(const std::string& socket, int interval_ms, int frames, bool clear) {
    auto client = ConsoleClient::connect(socket);
    if (!client) {
        fmt::print(stderr, "{}\n", client.error());
        return 2;
    }
    for (int i = 0; frames == 0 || i < frames; ++i) {
        if (clear) {
            fmt::print("\x1b[H\x1b[2J");
        }
        for (const char* command : {"status", "orders", "positions", "limits", "denials"}) {
            auto answer = ask_once(client.value(), command);
            simdjson::dom::parser parser;
            element root;
            if (!answer || parser.parse(answer.value()).get(root) != simdjson::SUCCESS) {
                fmt::print(stderr, "the engine has gone\n");
                return 1;
            }
            fmt::print("-- {} {:-<70}\n", command, "");
            print_answer(command, root);
        }
        std::fflush(stdout);
        if (frames == 0 || i + 1 < frames) {
            std::this_thread::sleep_for(std::chrono::milliseconds(interval_ms));
        }
    }
    return 0;
}

}  // namespace portcullis::tools
