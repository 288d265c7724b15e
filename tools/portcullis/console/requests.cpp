// Parsing of console requests: closed lists, nothing guessed.
#include "tools/portcullis/console/requests.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

#include "risk/operators/numbers.hpp"

namespace portcullis::tools {
namespace {

/// What a command takes.
enum class Takes : std::uint8_t { nothing, scope, limit, id, challenge };

struct NamedCommand {
    std::string_view name;
    ConsoleCommand command;
    Takes takes;
};
constexpr auto commands = std::to_array<NamedCommand>({
    {"status", ConsoleCommand::status, Takes::nothing},
    {"positions", ConsoleCommand::positions, Takes::nothing},
    {"orders", ConsoleCommand::orders, Takes::nothing},
    {"limits", ConsoleCommand::limits, Takes::nothing},
    {"denials", ConsoleCommand::denials, Takes::nothing},
    {"latency", ConsoleCommand::latency, Takes::nothing},
    {"kill", ConsoleCommand::kill, Takes::scope},
    {"halt", ConsoleCommand::halt, Takes::scope},
    {"resume", ConsoleCommand::resume, Takes::scope},
    {"reduce-only", ConsoleCommand::reduce_only, Takes::scope},
    {"re-enable", ConsoleCommand::re_enable, Takes::scope},
    {"cancel-all", ConsoleCommand::cancel_all, Takes::nothing},
    {"pending", ConsoleCommand::pending, Takes::nothing},
    {"withdraw", ConsoleCommand::withdraw, Takes::id},
    {"apply", ConsoleCommand::apply, Takes::id},
    {"challenge", ConsoleCommand::challenge, Takes::challenge},
    {"limit", ConsoleCommand::limit, Takes::limit},
    {"reload", ConsoleCommand::reload, Takes::nothing},
    {"alerts", ConsoleCommand::alerts, Takes::nothing},
    {"ack", ConsoleCommand::ack, Takes::id},
});

struct RawRequest {
    std::optional<std::string> command;
    std::optional<std::string> scope;
    std::optional<std::string> name;
    std::optional<std::string> id;
    std::optional<std::string> key;
    std::optional<std::string> action;
    std::optional<std::string> limit;
    std::optional<std::string> value;
};
struct NamedField {
    std::string_view name;
    std::optional<std::string> RawRequest::*field;
};
constexpr auto request_fields = std::to_array<NamedField>({
    {"command", &RawRequest::command},
    {"scope", &RawRequest::scope},
    {"name", &RawRequest::name},
    {"id", &RawRequest::id},
    {"key", &RawRequest::key},
    {"action", &RawRequest::action},
    {"limit", &RawRequest::limit},
    {"value", &RawRequest::value},
});

std::optional<std::string>* field_of(RawRequest& raw, std::string_view name) {
    for (const NamedField& each : request_fields) {
        if (each.name == name) {
            return &(raw.*each.field);
        }
    }
    return nullptr;
}

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
        std::optional<std::string>* const target = field_of(raw, key);
        if (target == nullptr) {
            return engine::Error{"unknown key " + json_text(key) +
                                 ", expected command, scope, name, id, key, action, limit, value"};
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
    if (scope == "account" || scope == "credential") {
        const bool account = scope == "account";
        request.scope = account ? engine::Scope::account : engine::Scope::credential;
        for (std::size_t i = 0; i < (account ? session_accounts : session_credentials); ++i) {
            if (name == std::to_string(i)) {
                request.index = static_cast<std::uint16_t>(i);
                return request;
            }
        }
        return engine::Error{"no " + scope + " " + json_text(name) + ", expected 0"};
    }
    if (scope == "withdrawals") {
        request.scope = engine::Scope::withdrawals;
        if (request.command != ConsoleCommand::kill) {
            return engine::Error{"withdrawals can be killed, nothing else"};
        }
        if (!name.empty()) {
            return engine::Error{"scope withdrawals takes no name"};
        }
        return request;
    }
    return engine::Error{
        "unknown scope " + json_text(scope) +
        ", expected firm, venue, strategy, instrument, account, credential or withdrawals"};
}

/// The first key that is there and not among `wanted`; empty: none.
std::string_view stray_key(RawRequest& raw, std::initializer_list<std::string_view> wanted) {
    for (const NamedField& each : request_fields) {
        const bool known = each.name == "command" ||
                           std::find(wanted.begin(), wanted.end(), each.name) != wanted.end();
        if (!known && (raw.*each.field).has_value()) {
            return each.name;
        }
    }
    return {};
}

// 0 where it is no number.
std::uint64_t id_of(const RawRequest& raw) {
    return risk::number_of<std::uint64_t>(raw.id.value_or("")).value_or(0);
}

engine::Result<ConsoleRequest> resolve_id(const RawRequest& raw, ConsoleRequest request) {
    request.id = id_of(raw);
    if (request.id == 0) {
        return engine::Error{"found id " + json_text(raw.id.value_or("")) +
                             ", expected the number of what is pending"};
    }
    return request;
}

engine::Result<ConsoleRequest> resolve_challenge(const RawRequest& raw, ConsoleRequest request) {
    if (raw.id.has_value() == raw.action.has_value()) {
        return engine::Error{"expected id (to approve) or action (to propose)"};
    }
    if (raw.id) {
        auto with_id = resolve_id(raw, std::move(request));
        if (!with_id) {
            return with_id;
        }
        request = std::move(with_id).value();
    }
    request.key = raw.key.value_or("");
    request.action = raw.action.value_or("");
    request.scope_text = raw.scope.value_or("firm");
    request.name = raw.name.value_or("");
    request.limit = raw.limit.value_or("");
    request.value = raw.value.value_or("");
    return request;
}

}  // namespace

engine::Result<ConsoleRequest> parse_console_request(std::string_view json,
                                                     const AppConfig& config) {
    auto read = read_fields(json);
    if (!read) {
        return engine::Error{read.error()};
    }
    RawRequest& raw = read.value();
    const std::string command = raw.command.value_or("");
    const auto* known =
        std::find_if(commands.begin(), commands.end(),
                     [&](const NamedCommand& each) { return each.name == command; });
    if (known == commands.end()) {
        return engine::Error{"unknown command " + json_text(command)};
    }
    ConsoleRequest request;
    request.command = known->command;
    const auto stray = [&raw, &command](std::initializer_list<std::string_view> wanted) {
        const std::string_view key = stray_key(raw, wanted);
        return key.empty() ? std::string{}
                           : command + " takes no " + std::string(key == "name" ? "scope" : key);
    };
    switch (known->takes) {
        case Takes::nothing:
            if (std::string why = stray({}); !why.empty()) {
                return engine::Error{std::move(why)};
            }
            return request;
        case Takes::scope:
            if (std::string why = stray({"scope", "name"}); !why.empty()) {
                return engine::Error{std::move(why)};
            }
            return resolve_scope(raw, config, request);
        case Takes::limit:
            if (std::string why = stray({"scope", "name", "limit", "value"}); !why.empty()) {
                return engine::Error{std::move(why)};
            }
            request.limit = raw.limit.value_or("");
            request.value = raw.value.value_or("");
            return resolve_scope(raw, config, std::move(request));
        case Takes::id:
            if (std::string why = stray({"id"}); !why.empty()) {
                return engine::Error{std::move(why)};
            }
            return resolve_id(raw, std::move(request));
        case Takes::challenge:
            break;
    }
    return resolve_challenge(raw, std::move(request));
}

std::string console_fields_json(
    const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
    std::string json = "{";
    for (const auto& [key, value] : fields) {
        if (!value.empty()) {
            json += (json.size() == 1 ? "" : ",") + json_text(key) + ":" + json_text(value);
        }
    }
    return json + "}";
}

std::string console_request_json(std::string_view command, std::string_view scope,
                                 std::string_view name) {
    return console_fields_json({{"command", command}, {"scope", scope}, {"name", name}});
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
