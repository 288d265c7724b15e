// One request, one answer, printed. See commands.hpp.
#include "tools/portcullis/console/commands.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <optional>

#include "risk/operators/numbers.hpp"
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

int cannot_ask(const std::string& why) {
    fmt::print(stderr, "{}\n", why);
    return 2;
}

// Prints an answer; 1 where it says no.
int show(const std::string& text, const ConsoleArguments& arguments) {
    simdjson::dom::parser parser;
    Answer root;
    if (parser.parse(text).get(root) != simdjson::SUCCESS) {
        return cannot_ask("the engine's answer is not JSON");
    }
    Answer error;
    const bool refused = root["error"].get(error) == simdjson::SUCCESS;
    if (arguments.json) {
        fmt::print("{}\n", text);
    } else if (refused) {
        fmt::print(stderr, "{}\n", printable(field(root, "error")));
    } else {
        Screen screen;
        view_answer(arguments.command, root, screen);
        std::string lines = screen.text(0, screen.lines(), ::isatty(STDOUT_FILENO) == 1);
        lines += lines.ends_with('\n') ? "" : "\n";
        fmt::print("{}", lines);
    }
    if (!refused && !arguments.plot.empty()) {
        return write_plot(root, arguments);
    }
    return refused ? 1 : 0;
}

std::string text_or_none(const Answer& object, const char* key) {
    Answer found;
    return object[key].get(found) == simdjson::SUCCESS ? field(object, key) : std::string{};
}

// The frame as the engine's challenge has it; nothing where it makes no sense.
std::optional<risk::CommandFrame> frame_of(const Answer& challenge,
                                           const SignedArguments& arguments) {
    const auto engine = risk::bytes_of_hex<16>(text_or_none(challenge, "engine"));
    const auto nonce = risk::bytes_of_hex<16>(text_or_none(challenge, "nonce"));
    const auto not_after = risk::utc_of(text_or_none(challenge, "not_after"));
    const auto kind = risk::action_of(text_or_none(challenge, "action"));
    if (!engine || !nonce || !not_after || !kind) {
        return std::nullopt;
    }
    risk::CommandFrame frame;
    frame.engine = *engine;
    frame.epoch = static_cast<std::uint32_t>(count(challenge, "epoch"));
    frame.nonce = *nonce;
    frame.counter = count(challenge, "counter");
    frame.not_after = *not_after;
    const bool proposes = arguments.id.empty();
    frame.verb = proposes ? risk::CommandVerb::propose : risk::CommandVerb::approve;
    frame.id = proposes ? 0 : risk::number_of<std::uint64_t>(arguments.id).value_or(0);
    frame.action = {*kind,
                    text_or_none(challenge, "scope"),
                    text_or_none(challenge, "name"),
                    text_or_none(challenge, "limit"),
                    text_or_none(challenge, "was"),
                    text_or_none(challenge, "value"),
                    proposes ? arguments.reason : text_or_none(challenge, "reason")};
    return risk::is_whole(frame.action) ? std::optional(frame) : std::nullopt;
}

}  // namespace

int console_command(const ConsoleArguments& arguments) {
    auto client = ConsoleClient::connect(arguments.socket);
    if (!client) {
        return cannot_ask(client.error());
    }
    const auto answer = client.value().ask(console_fields_json({{"command", arguments.command},
                                                                {"scope", arguments.scope},
                                                                {"name", arguments.name},
                                                                {"id", arguments.id},
                                                                {"limit", arguments.limit},
                                                                {"value", arguments.value}}));
    return answer ? show(answer.value(), arguments) : cannot_ask(answer.error());
}

int console_signed(const SignedArguments& arguments) {
    const auto key = arguments.key.open();
    auto client = ConsoleClient::connect(arguments.socket);
    if (!key || !client) {
        return cannot_ask(!key ? key.error() : client.error());
    }
    const auto challenge =
        client.value().ask(console_fields_json({{"command", "challenge"},
                                                {"key", risk::hex_of(key.value())},
                                                {"id", arguments.id},
                                                {"action", arguments.action},
                                                {"scope", arguments.scope},
                                                {"name", arguments.name},
                                                {"limit", arguments.limit},
                                                {"value", arguments.value}}));
    if (!challenge) {
        return cannot_ask(challenge.error());
    }
    const ConsoleArguments shown{arguments.socket, "", "", "", arguments.json};
    simdjson::dom::parser parser;
    Answer root;
    if (parser.parse(challenge.value()).get(root) != simdjson::SUCCESS ||
        !text_or_none(root, "error").empty()) {
        return show(challenge.value(), shown);
    }
    auto frame = frame_of(root, arguments);
    if (!frame) {
        return cannot_ask(
            "cannot be signed: scope, name, value and reason: expected 1 to 200 printable ASCII "
            "characters, where the action has them");
    }
    frame->key = key.value();
    const auto bytes = sign_shown(*frame, arguments.key);
    if (!bytes) {
        return cannot_ask(bytes.error());
    }
    const auto answer = client.value().ask(bytes.value());
    return answer ? show(answer.value(), shown) : cannot_ask(answer.error());
}

}  // namespace portcullis::tools
