// Console requests: what a client may ask, parsed and checked; nothing else gets in.
//
//   {"command":"status"} | positions | orders | limits | denials | latency
//   {"command":"kill","scope":"firm|venue|strategy|instrument|account|credential|withdrawals",
//    "name":"..."}; halt|resume|reduce-only|re-enable, not of withdrawals | cancel-all | reload |
//   alerts | pending | {"command":"withdraw|apply|ack","id":"3"}
//   {"command":"limit","scope":...,"limit":KEY,"value":"10"}
//   {"command":"challenge",...}: see ConsoleRequest. Signed frames are no JSON.
//
// Unknown commands, keys, scopes and names are errors that say what was found and expected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
    pending,
    withdraw,
    apply,
    challenge,
    limit,
    reload,
    alerts,
    ack,
};

struct ConsoleRequest {
    ConsoleCommand command{ConsoleCommand::status};
    engine::Scope scope{engine::Scope::firm};
    std::uint16_t index{};
    std::uint64_t id{};  ///< withdraw, apply, challenge: of the pending action; ack: of the alert
    // challenge: what a person is about to sign (operator/approvals.hpp): id to approve, or action
    // to propose. As they came; who signs is asked before anything is said of them.
    std::string key;
    std::string action;
    std::string scope_text;
    std::string name;
    std::string limit;
    std::string value;
};

/// One engine has one venue session: the names of its account and of its credential are "0".
inline constexpr std::size_t session_accounts = 1;
inline constexpr std::size_t session_credentials = 1;

/// Parses and resolves names to indices. Any bytes may come in.
[[nodiscard]] engine::Result<ConsoleRequest> parse_console_request(std::string_view json,
                                                                   const AppConfig& config);

/// The JSON that asks it; the client's side. Empty `name` for the firm.
[[nodiscard]] std::string console_request_json(std::string_view command, std::string_view scope,
                                               std::string_view name);

/// The same of any fields: {{"command", "apply"}, {"id", "3"}}. Empty ones are left out.
[[nodiscard]] std::string console_fields_json(
    const std::vector<std::pair<std::string_view, std::string_view>>& fields);

/// `text` with quotes around it and everything escaped that JSON wants escaped; bytes that are no
/// UTF-8 and control characters never reach a terminal or a log.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace portcullis::tools
