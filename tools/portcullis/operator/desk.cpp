// Opening the desk and taking commands. See desk.hpp.
#include "tools/portcullis/operator/desk.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <pwd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <ctime>
#include <vector>

#include "engine/journal/epoch_keys.hpp"
#include "engine/journal/file_io.hpp"
#include "engine/time/clock.hpp"
#include "engine/types/fnv1a.hpp"
#include "risk/kill_switch.hpp"
#include "tools/portcullis/console/requests.hpp"

namespace portcullis::tools {
namespace {

constexpr std::size_t operators_bytes_max = std::size_t{1} << 20;
constexpr std::int64_t second_ns = 1'000'000'000;

std::string page_path(const AppConfig& config) {
    return config.engine.state_dir + "/kill-switch";
}

engine::Result<ConsoleRequest> resolve(const AppConfig& config, const std::string& scope,
                                       const std::string& name) {
    return parse_console_request(console_request_json("kill", scope, name), config);
}

std::string scope_and_name(const risk::OperatorAction& action) {
    return action.name.empty() ? action.scope : action.scope + " " + action.name;
}

}  // namespace

std::string pending_path(const AppConfig& config) {
    return config.engine.state_dir + "/pending-actions";
}

std::string operator_log_path(const AppConfig& config) {
    return config.engine.state_dir + "/operator.log";
}

bool log_operator(const AppConfig& config, const std::string& line) {
    const int file = ::open(operator_log_path(config).c_str(),
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (file < 0) {
        return false;
    }
    const std::string text = fmt::format("{} uid {} {}\n", std::time(nullptr), ::getuid(), line);
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file) == 0;
    return ::close(file) == 0 && written;
}

engine::Result<risk::OperatorTime> operator_time() {
    auto boot = engine::journal::read_boot_id();
    if (!boot) {
        return engine::Error{boot.error()};
    }
    const engine::SystemClock clock;
    risk::OperatorTime now{clock.wall(), clock.mono(), 0};
    std::memcpy(&now.boot, boot.value().data(), sizeof now.boot);
    return now;
}

std::string user_name(uid_t uid) {
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> room(16384);
    const int failed = ::getpwuid_r(uid, &entry, room.data(), room.size(), &found);
    return failed == 0 && found != nullptr ? entry.pw_name : "";
}

engine::Result<risk::CommandNonce> make_nonce() {
    risk::CommandNonce nonce{};
    if (::getrandom(nonce.data(), nonce.size(), 0) != static_cast<ssize_t>(nonce.size())) {
        return engine::Error{"the system gives no random bytes"};
    }
    return nonce;
}

engine::Result<risk::Operators> load_operators(const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) {
        return engine::Error{path + ": " + std::strerror(errno)};
    }
    const bool ours = about.st_uid == 0 || about.st_uid == ::geteuid();
    if (!S_ISREG(about.st_mode) || !ours || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return engine::Error{path +
                             ": expected a regular file that belongs to root or to us and that "
                             "nobody else may write: it says who may raise risk"};
    }
    auto text = engine::journal::read_file(path, operators_bytes_max);
    if (!text) {
        return engine::Error{text.error()};
    }
    auto operators = risk::Operators::parse(std::move(text).value(), path);
    if (operators &&
        operators.value().count(risk::OperatorRole::risk_officer) < risk::PendingActions::quorum) {
        return engine::Error{path +
                             ": expected two operators of role risk_officer at least: no "
                             "action could ever be agreed on"};
    }
    return operators;
}

std::string why_no_operators(const AppConfig& config) {
    if (config.operators.file.empty()) {
        return operators_missing(config);
    }
    const auto operators = load_operators(config.operators.file);
    return operators ? std::string{} : operators.error();
}

engine::Result<std::unique_ptr<OperatorDesk>> OperatorDesk::open(const AppConfig& config) {
    if (config.operators.file.empty()) {
        return engine::Error{operators_missing(config)};
    }
    auto operators = load_operators(config.operators.file);
    if (!operators) {
        return engine::Error{operators.error()};
    }
    auto kept = std::make_unique<risk::Operators>(std::move(operators).value());
    auto epochs = engine::journal::read_epochs(config.engine.state_dir + "/journal");
    if (!epochs) {
        return engine::Error{epochs.error()};
    }
    if (epochs.value().keys.empty()) {
        return engine::Error{config.engine.state_dir +
                             "/journal: no epoch yet, `portcullis init` makes the first"};
    }
    const risk::EngineUuid& engine = epochs.value().uuid;
    const auto now = operator_time();
    if (!now) {
        return engine::Error{now.error()};
    }
    auto store = risk::PendingStore::open({pending_path(config),
                                           engine,
                                           *kept,
                                           &gateways::ed25519_equation,
                                           {config.operators.delay, config.operators.expire}},
                                          now.value());
    if (!store) {
        return engine::Error{store.error()};
    }
    return std::unique_ptr<OperatorDesk>(new OperatorDesk(
        std::move(kept), std::move(store).value(), engine, epochs.value().keys.back().epoch.value));
}

OperatorDesk::Taken OperatorDesk::take(std::string_view frame,
                                       const std::optional<risk::CommandNonce>& nonce,
                                       engine::DurationNs nonce_age, const std::string& peer_user,
                                       const Impossible& impossible) {
    Taken taken;
    taken.note.act = engine::OperatorAct::refused;
    const auto now = operator_time();
    if (!now) {
        taken.refusal = now.error();
        return taken;
    }
    const risk::CommandVerdict verdict = risk::verify_command(
        frame, {*operators_, store_.counters(), &gateways::ed25519_equation, engine_, epoch_, nonce,
                nonce_age, peer_user, now.value().wall});
    taken.who = verdict.who;
    taken.action = verdict.frame.action;
    taken.note.counter = verdict.frame.counter;
    taken.note.kind = static_cast<std::uint8_t>(verdict.frame.action.kind);
    taken.note.refusal = static_cast<std::uint8_t>(verdict.refusal);
    std::memcpy(taken.note.key, verdict.frame.key.data(), sizeof taken.note.key);
    if (verdict.refusal != risk::CommandRefusal::none) {
        taken.refusal = risk::refusal_text(verdict.refusal);
        return taken;
    }
    taken.note.words = engine::fnv1a(risk::action_text(verdict.frame.action));
    if (verdict.frame.verb == risk::CommandVerb::propose && impossible) {
        taken.refusal = impossible(verdict.frame.action);
        if (!taken.refusal.empty()) {
            taken.note.refusal = engine::OperatorNote::not_pending;
            return taken;
        }
    }
    const auto id = store_.take(verdict.frame, now.value());
    if (!id) {
        taken.refusal = id.error();
        taken.note.refusal = engine::OperatorNote::not_pending;
        return taken;
    }
    taken.id = taken.note.id = id.value();
    taken.note.act = verdict.frame.verb == risk::CommandVerb::propose
                         ? engine::OperatorAct::proposed
                         : engine::OperatorAct::approved;
    return taken;
}

std::string OperatorDesk::log_text(const Taken& taken) const {
    // Names are printable ASCII, whoever they are of.
    const std::string who = taken.who != nullptr ? taken.who->name : "somebody unknown";
    if (!taken.refusal.empty()) {
        return fmt::format("{}: a signed command is refused: {}", who, taken.refusal);
    }
    return fmt::format("{} {} action {}: {}", who,
                       taken.note.act == engine::OperatorAct::proposed ? "proposes" : "approves",
                       taken.id, json_text(risk::action_text(taken.action)));
}

engine::Result<risk::CommandFrame> OperatorDesk::draft(const risk::Ed25519Key& key,
                                                       const risk::CommandNonce& nonce) const {
    const auto now = operator_time();
    if (!now) {
        return engine::Error{now.error()};
    }
    risk::CommandFrame frame;
    frame.engine = engine_;
    frame.epoch = epoch_;
    frame.nonce = nonce;
    frame.key = key;
    const auto last = store_.counters().find(key);
    frame.counter = last == store_.counters().end() ? 1 : last->second + 1;
    const std::int64_t whole_s = now.value().wall.value / second_ns;
    frame.not_after = engine::WallNs{whole_s * second_ns + risk::command_lifetime_max.value};
    return frame;
}

std::string signers_text(const OperatorDesk& desk, const risk::PendingAction& action) {
    std::string names;
    for (const risk::Ed25519Key& key : action.signers) {
        const risk::Operator* const who = desk.operators().find(key);
        names += (names.empty() ? "" : ", ") + (who != nullptr ? who->name : "?");
    }
    return names.empty() ? "nobody" : names;
}

std::string pending_text(const OperatorDesk& desk, const risk::OperatorTime& now) {
    std::string text;
    const risk::PendingActions& all = desk.store().pending();
    for (const risk::PendingAction& each : all.all()) {
        const risk::PendingStage stage = all.stage(each, now);
        text += fmt::format("{}  {} {}  signed by {}  {}", each.id,
                            risk::action_name(each.action.kind), scope_and_name(each.action),
                            signers_text(desk, each), risk::stage_name(stage));
        if (stage == risk::PendingStage::delay) {
            text += fmt::format(" ({} s left)", all.delay_left_ns(each, now) / second_ns + 1);
        }
        text += "  reason: " + each.action.reason + "\n";
    }
    return text.empty() ? "nothing is pending\n" : text;
}

engine::Result<std::uint32_t> read_kill_word(const AppConfig& config, const std::string& scope,
                                             const std::string& name) {
    const auto request = resolve(config, scope, name);
    if (!request) {
        return engine::Error{request.error()};
    }
    // Writable: what is open without a record is put down, and that is the word to be cleared.
    const auto page = risk::KillPage::open(page_path(config));
    if (!page) {
        return engine::Error{page.error()};
    }
    return page.value().word(request.value().scope, request.value().index);
}

engine::Result<std::uint32_t> clear_kill_word(const AppConfig& config, const std::string& scope,
                                              const std::string& name, std::uint32_t word,
                                              const std::string& who) {
    const auto request = resolve(config, scope, name);
    if (!request) {
        return engine::Error{request.error()};
    }
    return risk::KillPage::clear(page_path(config), {request.value().scope, request.value().index,
                                                     word, engine::SystemClock().wall(), who});
}

engine::Result<std::string> apply_clear(const AppConfig& config, OperatorDesk& desk,
                                        std::uint64_t id, const risk::OperatorTime& now) {
    std::uint32_t shown = 0;
    std::string signers;
    const risk::PendingAction* const pending = desk.store().pending().find(id);
    if (pending != nullptr) {
        engine::verify(pending->action.kind == risk::ActionKind::clear_kill);
        signers = signers_text(desk, *pending);
        const auto word = read_kill_word(config, pending->action.scope, pending->action.name);
        if (!word) {
            return engine::Error{word.error()};
        }
        if (std::to_string(word.value()) != pending->action.was) {
            return engine::Error{
                fmt::format("the word is {} and not {}, which was signed: propose it anew",
                            word.value(), pending->action.was)};
        }
        shown = word.value();
    }
    const auto action = desk.store().begin(id, now);
    if (!action) {
        return engine::Error{action.error()};
    }
    // Written down first: what cannot be logged is not cleared.
    if (!log_operator(config, fmt::format("lets action {} happen: {}", id,
                                          json_text(risk::action_text(action.value()))))) {
        (void)desk.store().end(id, false, now);
        return engine::Error{operator_log_path(config) + ": cannot be written; nothing was done"};
    }
    const auto word =
        clear_kill_word(config, action.value().scope, action.value().name, shown, signers);
    const auto ended = desk.store().end(id, word.ok(), now);
    if (!word || !ended) {
        const std::string& why = !word ? word.error() : ended.error();
        (void)log_operator(
            config, fmt::format("  action {}: {}: {}", id, word ? "cleared" : "not cleared", why));
        return engine::Error{why};
    }
    return fmt::format("{} is open again (word {})", scope_and_name(action.value()), word.value());
}

}  // namespace portcullis::tools
