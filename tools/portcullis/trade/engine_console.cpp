// What the console may ask of the engine, and what it does. See trading_engine.hpp. Control thread.
#include <fmt/core.h>

#include <algorithm>

#include "tools/portcullis/console/answers.hpp"
#include "tools/portcullis/console/latency_answer.hpp"
#include "tools/portcullis/console/requests.hpp"
#include "tools/portcullis/trade/trading_engine.hpp"

namespace portcullis::tools {
namespace {

constexpr const char* no_operators =
    "no [operators] in the configuration: nothing here takes two keys";

engine::Result<ConsoleRequest> scope_named(const AppConfig& config,
                                           const risk::OperatorAction& action) {
    return parse_console_request(console_request_json("kill", action.scope, action.name), config);
}

}  // namespace

engine::Outcome TradingEngine::open_approvals() {
    if (config_.operators.file.empty()) {
        return engine::Done{};
    }
    ApprovalHands hands;
    hands.note = [this](const engine::OperatorNote& note) {
        control_queue_.enqueue(
            engine::Event::of(note, control_clock_.mono(), control_clock_.wall()));
    };
    hands.stands = [this](const risk::OperatorAction& action) { return stands(action); };
    hands.not_now = [](const risk::OperatorAction& action) {
        return action.kind == risk::ActionKind::clear_kill
                   ? "a kill is cleared while no engine runs: stop it, then `kill-clear --apply`"
                   : "";
    };
    hands.perform = [this](const risk::OperatorAction& action, std::uint64_t id, uid_t uid) {
        return perform(action, id, uid);
    };
    auto opened = Approvals::open(config_, std::move(hands));
    if (!opened) {
        return engine::Error{opened.error()};
    }
    approvals_ = std::move(opened).value();
    return engine::Done{};
}

engine::Result<std::string> TradingEngine::stands(const risk::OperatorAction& action) const {
    const auto scope = scope_named(config_, action);
    if (!scope) {
        return engine::Error{scope.error()};
    }
    switch (action.kind) {
        case risk::ActionKind::clear_kill: {
            const std::uint32_t word = kill_page_.word(scope.value().scope, scope.value().index);
            return risk::is_killed(word)
                       ? engine::Result<std::string>(std::to_string(word))
                       : engine::Result<std::string>(engine::Error{"it is not killed"});
        }
        case risk::ActionKind::re_enable: {
            std::string no = refusal(status(), engine::Command::re_enable, scope.value().scope,
                                     scope.value().index);
            return no.empty() ? engine::Result<std::string>(std::string{})
                              : engine::Result<std::string>(engine::Error{std::move(no)});
        }
        case risk::ActionKind::resume:
            return engine::Error{"`resume` is one person's; what a control has halted: re-enable"};
        case risk::ActionKind::raise_limit: {
            const auto rows = limit_book_.one(scope.value().scope, scope.value().index,
                                              action.limit, action.value);
            if (!rows) {
                return engine::Error{rows.error()};
            }
            if (rows.value().empty() || !rows.value().front().loosens()) {
                return engine::Error{"that is no more than it is: `console limit` tightens"};
            }
            return limit_book_.text(scope.value().scope, scope.value().index, action.limit);
        }
        case risk::ActionKind::widen_universe:
            break;
    }
    return engine::Error{"no universe can be widened while the engine runs"};
}

engine::Result<std::string> TradingEngine::perform(const risk::OperatorAction& action,
                                                   std::uint64_t id, uid_t uid) {
    const auto scope = scope_named(config_, action);
    if (!scope) {
        return engine::Error{scope.error()};
    }
    if (action.kind == risk::ActionKind::re_enable) {
        command(engine::Command::re_enable, scope.value().scope, scope.value().index, uid, id);
        return std::string("re-enable ordered");
    }
    if (action.kind == risk::ActionKind::raise_limit) {
        const auto rows =
            limit_book_.one(scope.value().scope, scope.value().index, action.limit, action.value);
        if (!rows) {
            return engine::Error{rows.error()};
        }
        order_limits(rows.value(), uid, id, "action " + std::to_string(id));
        return "ordered: " + limit_book_.row_text(rows.value().front());
    }
    return engine::Error{"cannot be done while the engine runs"};
}

void TradingEngine::order_limits(const LimitBook::Rows& rows, uid_t uid, std::uint64_t agreed,
                                 const std::string& by) {
    for (const engine::Event& event :
         limit_book_.order(rows, uid, agreed, by, control_clock_.mono(), control_clock_.wall())) {
        control_queue_.enqueue(event);
    }
    for (const risk::LimitDifference& row : rows) {
        if (!log_operator(config_, by + " changes " + limit_book_.row_text(row))) {
            fmt::print(stderr, "{}: cannot be written\n", operator_log_path(config_));
        }
    }
}

// One person tightens. What loosens is named, row by row, and nothing of the set is taken.
std::string TradingEngine::change_limits(const Peer& peer, const LimitBook::Rows& rows) {
    std::string loosens;
    for (const risk::LimitDifference& row : rows) {
        if (row.loosens()) {
            loosens += (loosens.empty() ? "" : "; ") + limit_book_.row_text(row);
        }
    }
    if (!loosens.empty() && approvals_) {
        return error_json("takes two keys, `console propose raise-limit`; nothing was changed: " +
                          loosens);
    }
    if (rows.empty()) {
        return ok_json("no limit differs");
    }
    order_limits(rows, peer.uid, 0, "uid " + std::to_string(peer.uid));
    return ok_json(
        fmt::format("{} limit(s) ordered, version {}", rows.size(), limit_book_.version()));
}

// One person, of a role above viewer as the kernel knows them.
std::string TradingEngine::acknowledge(const Peer& peer, std::uint64_t alert) {
    if (!approvals_) {
        return error_json("no [operators] in the configuration: there are no alerts");
    }
    if (!approvals_->operators().may_acknowledge(user_name(peer.uid))) {
        return error_json("uid " + std::to_string(peer.uid) +
                          " is no operator of a role above viewer (unix_user in the operators "
                          "file)");
    }
    const CoreStatus now = status();
    for (std::uint32_t i = 0; i < now.alerts_open; ++i) {
        const AlertRow& row = now.alerts[i];
        if (row.number != alert) {
            continue;
        }
        command(engine::Command::acknowledge, engine::Scope::firm, 0, peer.uid, 0, alert);
        (void)log_operator(config_,
                           fmt::format("uid {} acknowledges alert {}: {}", peer.uid, alert,
                                       scope_name(config_, engine::Scope{row.scope}, row.index)));
        return ok_json(fmt::format("alert {} acknowledged", alert));
    }
    return error_json(fmt::format("no alert {} is open", alert));
}

std::string TradingEngine::reload(const Peer& peer) {
    ConfigResult loaded = load_config(config_.path);
    if (!loaded.config) {
        return error_json("nothing was changed: " + loaded.problems.front());
    }
    // Limits are told apart by their place in the file.
    const AppConfig& next = *loaded.config;
    const bool same_rows =
        std::equal(next.instruments.begin(), next.instruments.end(), config_.instruments.begin(),
                   config_.instruments.end(),
                   [](const auto& a, const auto& b) { return a.symbol == b.symbol; }) &&
        std::equal(next.strategies.begin(), next.strategies.end(), config_.strategies.begin(),
                   config_.strategies.end(),
                   [](const auto& a, const auto& b) { return a.name == b.name; });
    if (!same_rows) {
        return error_json(
            "nothing was changed: other instruments or strategies, or in another "
            "order: they change with a restart alone");
    }
    const auto rows = limit_book_.from(next.limits);
    return rows ? change_limits(peer, rows.value())
                : error_json("nothing was changed: " + rows.error());
}

void TradingEngine::command(engine::Command what, engine::Scope scope, std::uint16_t index,
                            uid_t uid, std::uint64_t agreed, std::uint64_t alert) {
    const engine::OperatorCommand record{what, scope, index, uid, ++requests_, agreed, alert};
    control_queue_.enqueue(engine::Event::of(record, control_clock_.mono(), control_clock_.wall()));
}

std::string TradingEngine::on_console(ConsoleVisitor& visitor, std::string_view frame) {
    if (!frame.starts_with('{')) {
        return approvals_ ? approvals_->on_frame(visitor, frame, control_clock_.mono())
                          : error_json("expected one JSON object; a signed command: " +
                                       std::string(no_operators));
    }
    const auto request = parse_console_request(frame, config_);
    if (!request) {
        return error_json(request.error());
    }
    if (request.value().command == ConsoleCommand::challenge) {
        return approvals_ ? approvals_->challenge(visitor, request.value(), control_clock_.mono())
                          : error_json(no_operators);
    }
    return run_command(visitor, request.value());
}

std::string TradingEngine::run_command(const Peer& peer, const ConsoleRequest& request) {
    switch (request.command) {
        case ConsoleCommand::status:
            return status_json(status(), config_, kill_page_,
                               latency_marks_.summary(LatencyStage::tick_to_order),
                               approvals_ ? approvals_->pending() : 0);
        case ConsoleCommand::latency:
            return latency_json(latency());
        case ConsoleCommand::positions:
            return positions_json(status(), config_);
        case ConsoleCommand::orders:
            return orders_json(status(), config_);
        case ConsoleCommand::limits:
            return limits_json(status(), config_, limit_book_);
        case ConsoleCommand::denials:
            return denials_json(status());
        case ConsoleCommand::alerts:
            return alerts_json(status(), config_, approvals_ ? &approvals_->operators() : nullptr);
        case ConsoleCommand::ack:
            return acknowledge(peer, request.id);
        case ConsoleCommand::pending:
            return approvals_ ? approvals_->pending_json() : error_json(no_operators);
        case ConsoleCommand::withdraw:
            return approvals_ ? approvals_->withdraw(peer, request.id) : error_json(no_operators);
        case ConsoleCommand::apply:
            return approvals_ ? approvals_->apply(peer, request.id) : error_json(no_operators);
        default:
            return run_act(peer, request);
    }
}

std::string TradingEngine::run_act(const Peer& peer, const ConsoleRequest& request) {
    const auto order = [&](engine::Command what, const char* said) {
        if (const std::string no = refusal(status(), what, request.scope, request.index);
            !no.empty()) {
            return error_json(no);
        }
        command(what, request.scope, request.index, peer.uid);
        return ok_json(said);
    };
    switch (request.command) {
        case ConsoleCommand::kill: {
            // The store first: no queue stands between this line and a closed gate.
            auto durable = kill_page_.kill(request.scope, request.index);
            command(engine::Command::kill, request.scope, request.index, peer.uid);
            kills_seen_ = kill_page_.changes();
            if (approvals_) {
                approvals_->on_kill(peer.uid);
            }
            return durable ? ok_json("killed, durable")
                           : error_json("killed, but not durable: " + durable.error());
        }
        case ConsoleCommand::reload:
            return reload(peer);
        case ConsoleCommand::limit: {
            const auto rows =
                limit_book_.one(request.scope, request.index, request.limit, request.value);
            return rows ? change_limits(peer, rows.value()) : error_json(rows.error());
        }
        case ConsoleCommand::halt:
            return order(engine::Command::halt, "halt ordered");
        case ConsoleCommand::resume:
            return order(engine::Command::resume, "resume ordered");
        case ConsoleCommand::reduce_only:
            return order(engine::Command::reduce_only, "reduce-only ordered");
        case ConsoleCommand::re_enable:
            return approvals_ ? error_json("it takes two keys: `console propose re-enable`")
                              : order(engine::Command::re_enable, "re-enable ordered");
        case ConsoleCommand::cancel_all:
            return order(engine::Command::cancel_all, "cancel-all ordered");
        default:
            return error_json("not a command");
    }
}

}  // namespace portcullis::tools
