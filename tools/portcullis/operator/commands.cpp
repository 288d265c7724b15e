// Kills cleared by two. See commands.hpp.
#include "tools/portcullis/operator/commands.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include "risk/kill_switch.hpp"
#include "tools/portcullis/console/requests.hpp"
#include "tools/portcullis/operator/desk.hpp"

namespace portcullis::tools {
namespace {

int say_no(int code, const std::string& why) {
    fmt::print(stderr, "portcullis kill-clear: {}\n", why);
    return code;
}

std::string scope_text(const std::string& scope, const std::string& name) {
    return name.empty() ? scope : scope + " " + name;
}

// The one-person form of a rehearsal. Written down first: what cannot be logged is not cleared.
int clear_alone(const AppConfig& config, const KillClearArguments& arguments) {
    if (arguments.reason.empty() || arguments.approve != 0 || arguments.apply != 0 ||
        arguments.withdraw != 0 || arguments.pending) {
        return say_no(2, "expected --reason TEXT alone: " + one_person_note(config));
    }
    const auto word = read_kill_word(config, arguments.scope, arguments.name);
    if (!word) {
        return say_no(word.error().starts_with(config.engine.state_dir) ? 3 : 2, word.error());
    }
    const std::string what = scope_text(arguments.scope, arguments.name);
    if (!log_operator(config, fmt::format("clears kill of {}, alone: {}", what,
                                          json_text(arguments.reason)))) {
        return say_no(3, operator_log_path(config) + ": cannot be written; nothing was cleared");
    }
    const auto cleared = clear_kill_word(config, arguments.scope, arguments.name, word.value(),
                                         fmt::format("uid {}, alone", ::getuid()));
    if (!cleared) {
        (void)log_operator(config, "  not cleared: " + cleared.error());
        return say_no(3, cleared.error());
    }
    fmt::print("{} is open again (word {}); {}\n", what, cleared.value(), one_person_note(config));
    return 0;
}

// Has the action signed and taken.
int sign_and_take(const AppConfig& config, OperatorDesk& desk, const KillClearArguments& arguments,
                  const risk::OperatorAction& action) {
    const auto key = arguments.key.open();
    const auto nonce = make_nonce();
    if (!key || !nonce) {
        return say_no(2, !key ? key.error() : nonce.error());
    }
    if (!risk::is_whole(action)) {
        return say_no(2, "scope, name and reason: expected 1 to 200 printable ASCII characters");
    }
    auto drafted = desk.draft(key.value(), nonce.value());
    if (!drafted) {
        return say_no(2, drafted.error());
    }
    risk::CommandFrame& frame = drafted.value();
    frame.action = action;
    frame.id = arguments.approve;
    frame.verb = arguments.approve == 0 ? risk::CommandVerb::propose : risk::CommandVerb::approve;
    const auto bytes = sign_shown(frame, arguments.key);
    if (!bytes) {
        return say_no(2, bytes.error());
    }
    const auto taken = desk.take(bytes.value(), nonce.value(), {}, user_name(::getuid()));
    if (!log_operator(config, desk.log_text(taken))) {
        fmt::print(stderr, "{}: cannot be written\n", operator_log_path(config));
    }
    if (!taken.refusal.empty()) {
        return say_no(1, taken.refusal);
    }
    fmt::print("action {}\n", taken.id);
    return 0;
}

int propose(const AppConfig& config, OperatorDesk& desk, const KillClearArguments& arguments) {
    const auto word = read_kill_word(config, arguments.scope, arguments.name);
    if (!word) {
        return say_no(word.error().starts_with(config.engine.state_dir) ? 3 : 2, word.error());
    }
    if (!risk::is_killed(word.value())) {
        return say_no(1, scope_text(arguments.scope, arguments.name) + " is not killed");
    }
    risk::OperatorAction action;
    action.kind = risk::ActionKind::clear_kill;
    action.scope = arguments.scope;
    action.name = arguments.name;
    action.was = std::to_string(word.value());
    action.reason = arguments.reason;
    return sign_and_take(config, desk, arguments, action);
}

int apply(const AppConfig& config, OperatorDesk& desk, std::uint64_t id,
          const risk::OperatorTime& now) {
    const risk::PendingAction* const pending = desk.store().pending().find(id);
    if (pending != nullptr && pending->action.kind != risk::ActionKind::clear_kill) {
        return say_no(1, "action " + std::to_string(id) +
                             " clears no kill: `console apply` of a running "
                             "engine does it");
    }
    const auto cleared = apply_clear(config, desk, id, now);
    if (!cleared) {
        return say_no(1, cleared.error());
    }
    fmt::print("{}\n", cleared.value());
    return 0;
}

int approve(const AppConfig& config, OperatorDesk& desk, const KillClearArguments& arguments) {
    const risk::PendingAction* const pending = desk.store().pending().find(arguments.approve);
    if (pending == nullptr) {
        return say_no(1, std::string(risk::refusal_text(risk::PendingRefusal::unknown_id)));
    }
    return sign_and_take(config, desk, arguments, risk::OperatorAction(pending->action));
}

int withdraw(const AppConfig& config, OperatorDesk& desk, std::uint64_t id,
             const risk::OperatorTime& now) {
    const auto gone = desk.store().withdraw(id, ::getuid(), now);
    (void)log_operator(
        config, fmt::format("withdraws action {}: {}", id, gone ? "withdrawn" : gone.error()));
    return gone ? (fmt::print("withdrawn\n"), 0) : say_no(1, gone.error());
}

}  // namespace

int kill_clear(const AppConfig& config, const KillClearArguments& arguments) {
    if (!one_person_note(config).empty()) {
        return clear_alone(config, arguments);
    }
    const int asked =
        static_cast<int>(!arguments.reason.empty()) + static_cast<int>(arguments.approve != 0) +
        static_cast<int>(arguments.apply != 0) + static_cast<int>(arguments.withdraw != 0) +
        static_cast<int>(arguments.pending);
    if (asked != 1) {
        return say_no(2,
                      "expected one of --reason (to propose), --approve ID, --apply ID, "
                      "--withdraw ID, --pending");
    }
    auto opened = OperatorDesk::open(config);
    if (!opened) {
        return say_no(3, opened.error());
    }
    OperatorDesk& desk = *opened.value();
    for (const std::string& told : desk.store().told()) {
        fmt::print(stderr, "{}\n", told);
    }
    const auto now = operator_time();
    if (!now) {
        return say_no(3, now.error());
    }
    if (const auto expired = desk.store().expire(now.value()); !expired) {
        return say_no(3, expired.error());
    }
    if (arguments.pending) {
        fmt::print("{}", pending_text(desk, now.value()));
        return 0;
    }
    if (arguments.apply != 0) {
        return apply(config, desk, arguments.apply, now.value());
    }
    if (arguments.withdraw != 0) {
        return withdraw(config, desk, arguments.withdraw, now.value());
    }
    return arguments.approve != 0 ? approve(config, desk, arguments)
                                  : propose(config, desk, arguments);
}

}  // namespace portcullis::tools
