// One request, one answer, printed. See commands.hpp.
#include "tools/portcullis/console/commands.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include "tools/portcullis/console/client.hpp"
#include "tools/portcullis/console/latency_plot.hpp"
#include "tools/portcullis/console/requests.hpp"
#include "tools/portcullis/console/views.hpp"

namespace portcullis::tools {
namespace {

int write_plot(const Answer& latency, const ConsoleArguments& arguments) {
    const auto svg = latency_svg(latency);
    const auto written = svg ? write_whole(arguments.plot, svg.value())
                             : engine::Outcome(engine::Error{svg.error()});
    if (!written) {
        fmt::print(stderr, "portcullis console latency: {}\n", written.error());
        return 1;
    }
    if (!arguments.json) {
        fmt::print("\n  plot: {}\n", arguments.plot);
    }
    return 0;
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
    Answer root;
    if (parser.parse(answer.value()).get(root) != simdjson::SUCCESS) {
        fmt::print(stderr, "the engine's answer is not JSON\n");
        return 2;
    }
    Answer error;
    const bool refused = root["error"].get(error) == simdjson::SUCCESS;
    if (arguments.json) {
        fmt::print("{}\n", answer.value());
    } else if (refused) {
        fmt::print(stderr, "{}\n", printable(field(root, "error")));
    } else {
        Screen screen;
        view_answer(arguments.command, root, screen);
        std::string text = screen.text(0, screen.lines(), ::isatty(STDOUT_FILENO) == 1);
        text += text.ends_with('\n') ? "" : "\n";
        fmt::print("{}", text);
    }
    if (!refused && !arguments.plot.empty()) {
        return write_plot(root, arguments);
    }
    return refused ? 1 : 0;
}

}  // namespace portcullis::tools
