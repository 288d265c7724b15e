// Parsing of console requests: closed lists, nothing guessed.
#include "tools/portcullis/console/requests.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <array>
#include <optional>

namespace portcullis::tools {
namespace {

struct NamedCommand {
    std::string_view name;
    ConsoleCommand command;
    bool scoped;
};
constexpr std::array<NamedCommand, 12> commands{{
    {"status", ConsoleCommand::status, false},
    {"positions", ConsoleCommand::positions, false},
    {"orders", ConsoleCommand::orders, false},
    {"limits", ConsoleCommand::limits, false},
    {"denials", ConsoleCommand::denials, false},
    {"latency", ConsoleCommand::latency, false},
    {"kill", ConsoleCommand::kill, true},
    {"halt", ConsoleCommand::halt, true},
    {"resume", ConsoleCommand::resume, true},
    {"reduce-only", ConsoleCommand::reduce_only, true},
    {"re-enable", ConsoleCommand::re_enable, true},
    {"cancel-all", ConsoleCommand::cancel_all, false},
}};

struct RawRequest {
    std::optional<std::string> command;
    std::optional<std::string> scope;
    std::optional<std::string> name;
};

engine::Result<RawRequest> read_fields(std::string_view json) {
    // The DOM parser validates the whole text, and a console request is no hot path.
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (json.empty() ||
        parser.parse(json.data(), json.size()).get_object().get(object) != simdjson::SUCCESS) {
        return engine::Error{"expected one JSON object"};
    }
    RawRequest raw;
    for (const auto& field : object) {
        const std::string key(field.key);
        std::optional<std::string>* target = key == "command" ? &raw.command
                                             : key == "scope" ? &raw.scope
                                             : key == "name"  ? &raw.name
                                                              : nullptr;
        if (target == nullptr) {
            return engine::Error{"unknown key " + json_text(key) +
                                 ", expected command, scope, name"};
        }
        std::string_view value;
        if (field.value.get_string().get(value) != simdjson::SUCCESS) {
            return engine::Error{"expected a text as value of " + json_text(key)};
        }
        if (target->has_value()) {
            return engine::Error{"key " + json_text(key) + " twice"};
        }
        *target = std::string(value);
    }
    return raw;
}

engine::Result<ConsoleRequest> resolve_scope(const RawRequest& raw, const AppConfig& config,
                                             ConsoleRequest request) {
    const std::string scope = raw.scope.value_or("firm");
    const std::string name = raw.name.value_or("");
    if (scope == "firm") {
        request.scope = engine::Scope::firm;
        if (!name.empty()) {
            return engine::Error{"scope firm takes no name"};
        }
        return request;
    }
    if (scope == "venue") {
        request.scope = engine::Scope::venue;
        if (name != config.venue.name) {
            return engine::Error{"no venue " + json_text(name) + ", expected " + config.venue.name};
        }
        return request;
    }
    if (scope == "strategy") {
        request.scope = engine::Scope::strategy;
        for (std::size_t i = 0; i < config.strategies.size(); ++i) {
            if (config.strategies[i].name == name) {
                request.index = static_cast<std::uint16_t>(i);
                return request;
            }
        }
        return engine::Error{"no strategy " + json_text(name)};
    }
    if (scope == "instrument") {
        request.scope = engine::Scope::instrument;
        const auto id = config.instrument(name);
        if (!id) {
            return engine::Error{"no instrument " + json_text(name)};
        }
        request.index = id->value;
        return request;
    }
    return engine::Error{"unknown scope " + json_text(scope) +
                         ", expected firm, venue, strategy or instrument"};
}

}  // namespace

engine::Result<ConsoleRequest> parse_console_request(std::string_view json,
                                                     const AppConfig& config) {
    auto raw = read_fields(json);
    if (!raw) {
        return engine::Error{raw.error()};
    }
    const std::string command = raw.value().command.value_or("");
    for (const NamedCommand& known : commands) {
        if (known.name != command) {
            continue;
        }
        ConsoleRequest request;
        request.command = known.command;
        if (known.scoped) {
            return resolve_scope(raw.value(), config, request);
        }
        if (raw.value().scope || raw.value().name) {
            return engine::Error{command + " takes no scope"};
        }
        return request;
    }
    return engine::Error{"unknown command " + json_text(command)};
}

std::string console_request_json(std::string_view command, std::string_view scope,
                                 std::string_view name) {
    std::string json = "{\"command\":" + json_text(command);
    if (!scope.empty()) {
        json += ",\"scope\":" + json_text(scope);
    }
    if (!name.empty()) {
        json += ",\"name\":" + json_text(name);
    }
    return json + "}";
}

std::string json_text(std::string_view text) {
    std::string out = "\"";
    const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        // U+0080 to U+009F move a terminal's cursor too: 0xc2 and a byte below 0xa0.
        const bool c1 = utf8 && byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (c1) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
        } else if (byte == '"' || byte == '\\') {
            out += '\\';
            out += text[i];
        } else if (byte < 0x20 || byte == 0x7f || (!utf8 && byte >= 0x80)) {
            out += fmt::format("\\u{:04x}", byte);
        } else {
            out += text[i];
        }
    }
    return out + "\"";
}

}  // namespace portcullis::tools
