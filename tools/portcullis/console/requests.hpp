// Console requests: what a client may ask, parsed and checked; nothing else gets in.
//
//   {"command":"status"} | positions | orders | limits | denials | latency
//   {"command":"kill","scope":"firm|venue|strategy|instrument","name":"..."}
//   {"command":"halt|resume|reduce-only|re-enable","scope":...,"name":...} |
//   {"command":"cancel-all"}
//
// Unknown commands, keys, scopes and names are errors that say what was found and expected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/events/control.hpp"
#include "engine/types/result.hpp"
#include "tools/portcullis/config.hpp"

namespace portcullis::tools {

enum class ConsoleCommand : std::uint8_t {
    status,
    positions,
    orders,
    limits,
    denials,
    latency,
    kill,
    halt,
    resume,
    reduce_only,
    re_enable,
    cancel_all,
};

struct ConsoleRequest {
    ConsoleCommand command{ConsoleCommand::status};
    engine::Scope scope{engine::Scope::firm};
    std::uint16_t index{};
};

/// Parses and resolves names to indices. Any bytes may come in.
[[nodiscard]] engine::Result<ConsoleRequest> parse_console_request(std::string_view json,
                                                                   const AppConfig& config);

/// The JSON that asks it; the client's side. Empty `name` for the firm.
[[nodiscard]] std::string console_request_json(std::string_view command, std::string_view scope,
                                               std::string_view name);

/// `text` with quotes around it and everything escaped that JSON wants escaped; bytes that are no
/// UTF-8 and control characters never reach a terminal or a log.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace portcullis::tools
