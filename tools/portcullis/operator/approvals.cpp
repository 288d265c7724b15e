// Signed commands at a running engine. See approvals.hpp.
#include "tools/portcullis/operator/approvals.hpp"

#include <fmt/core.h>

#include "tools/portcullis/console/answers.hpp"

namespace portcullis::tools {
namespace {

constexpr std::int64_t one_second_ns = 1'000'000'000;

std::string field_json(const char* key, std::string_view value) {
    return value.empty() ? std::string{} : "," + json_text(key) + ":" + json_text(value);
}

std::string action_json(const risk::OperatorAction& action) {
    return field_json("action", risk::action_name(action.kind)) +
           field_json("scope", action.scope) + field_json("name", action.name) +
           field_json("limit", action.limit) + field_json("was", action.was) +
           field_json("value", action.value) + field_json("reason", action.reason);
}

}  // namespace

engine::Result<std::unique_ptr<Approvals>> Approvals::open(const AppConfig& config,
                                                           ApprovalHands hands) {
    auto desk = OperatorDesk::open(config);
    if (!desk) {
        return engine::Error{desk.error()};
    }
    return std::unique_ptr<Approvals>(
        new Approvals(config, std::move(desk).value(), std::move(hands)));
}

// The log is for people and the journal for machines; a log that cannot be written stops nothing
// that was durable before, and standard error says so.
void Approvals::tell(const std::string& line) {
    if (!log_operator(config_, line)) {
        fmt::print(stderr, "{}: cannot be written: {}\n", operator_log_path(config_), line);
    }
}

void Approvals::note(engine::OperatorAct act, std::uint64_t id, std::uint32_t uid,
                     std::uint8_t kind) {
    engine::OperatorNote record;
    record.act = act;
    record.id = id;
    record.uid = uid;
    record.kind = kind;
    hands_.note(record);
}

bool Approvals::may_tell(engine::MonoNs now) {
    const std::int64_t second = now.value / one_second_ns;
    if (second != told_second_) {
        told_second_ = second;
        told_now_ = 0;
    }
    return ++told_now_ <= refusals_told;
}

std::string Approvals::impossible(const risk::OperatorAction& action) const {
    const auto stands = hands_.stands(action);
    if (!stands) {
        return stands.error();
    }
    return stands.value() == action.was ? std::string{}
                                        : "what stands there is " + json_text(stands.value()) +
                                              " and not " + json_text(action.was) + ": ask again";
}

std::string Approvals::challenge(ConsoleVisitor& visitor, const ConsoleRequest& request,
                                 engine::MonoNs now) {
    const auto key = risk::bytes_of_hex<32>(request.key);
    if (!key || desk_->operators().find(*key) == nullptr) {
        return error_json(key ? risk::refusal_text(risk::CommandRefusal::unknown_key)
                              : "key: expected 64 hex digits");
    }
    risk::OperatorAction action;
    if (request.id != 0) {
        const risk::PendingAction* const pending = desk_->store().pending().find(request.id);
        if (pending == nullptr) {
            return error_json(risk::refusal_text(risk::PendingRefusal::unknown_id));
        }
        action = pending->action;
    } else {
        const auto kind = risk::action_of(request.action);
        if (!kind) {
            return error_json("unknown action " + json_text(request.action) +
                              ", expected clear-kill, re-enable, raise-limit or widen-universe");
        }
        action = {*kind,         request.scope_text, request.name, request.limit,
                  std::string{}, request.value,      std::string{}};
        auto stands = hands_.stands(action);
        if (!stands) {
            return error_json(stands.error());
        }
        action.was = std::move(stands).value();
    }
    const auto nonce = make_nonce();
    const auto frame = nonce ? desk_->draft(*key, nonce.value())
                             : engine::Result<risk::CommandFrame>(engine::Error{nonce.error()});
    if (!frame) {
        return error_json(frame.error());
    }
    visitor.nonce = nonce.value();
    visitor.nonce_made = now;
    const risk::CommandFrame& draft = frame.value();
    return fmt::format(
        "{{\"engine\":\"{}\",\"epoch\":{},\"nonce\":\"{}\",\"counter\":{},\"not_after\":\"{}\"{}}}",
        risk::hex_of(draft.engine), draft.epoch, risk::hex_of(draft.nonce), draft.counter,
        risk::utc_text(draft.not_after), action_json(action));
}

std::string Approvals::on_frame(ConsoleVisitor& visitor, std::string_view frame,
                                engine::MonoNs now) {
    const std::optional<risk::CommandNonce> nonce = visitor.nonce;
    visitor.nonce.reset();  // for one command, whatever becomes of it
    OperatorDesk::Taken taken =
        desk_->take(frame, nonce, now - visitor.nonce_made, user_name(visitor.uid),
                    [this](const risk::OperatorAction& action) { return impossible(action); });
    taken.note.uid = visitor.uid;
    const std::string from = fmt::format(" (peer uid {}, pid {})", visitor.uid, visitor.pid);
    if (taken.refusal.empty()) {
        tell(desk_->log_text(taken) + from);
        hands_.note(taken.note);
        return fmt::format("{{\"ok\":\"action {}\",\"id\":{}}}", taken.id, taken.id);
    }
    ++refused_;
    ++untold_;
    if (may_tell(now)) {
        const std::uint64_t others = std::exchange(untold_, 0) - 1;
        tell(desk_->log_text(taken) + from +
             (others == 0 ? "" : fmt::format(", and {} more before it", others)));
        hands_.note(taken.note);
    }
    return error_json(taken.refusal);
}

std::string Approvals::pending_json() const {
    const auto now = operator_time();
    if (!now) {
        return error_json(now.error());
    }
    std::string json = "{\"pending\":[";
    const risk::PendingActions& all = desk_->store().pending();
    const char* separator = "";
    for (const risk::PendingAction& each : all.all()) {
        json +=
            fmt::format("{}{{\"id\":{},\"stage\":\"{}\",\"delay_left_s\":{},\"signers\":{}{}}}",
                        separator, each.id, risk::stage_name(all.stage(each, now.value())),
                        (all.delay_left_ns(each, now.value()) + one_second_ns - 1) / one_second_ns,
                        json_text(signers_text(*desk_, each)), action_json(each.action));
        separator = ",";
    }
    return json + "]}";
}

std::string Approvals::withdraw(const Peer& peer, std::uint64_t id) {
    const auto now = operator_time();
    if (!now) {
        return error_json(now.error());
    }
    if (const auto gone = desk_->store().withdraw(id, peer.uid, now.value()); !gone) {
        return error_json(gone.error());
    }
    tell(fmt::format("uid {} withdraws action {}", peer.uid, id));
    note(engine::OperatorAct::withdrawn, id, peer.uid);
    return ok_json(fmt::format("action {} withdrawn", id));
}

std::string Approvals::apply(const Peer& peer, std::uint64_t id) {
    const auto now = operator_time();
    if (!now) {
        return error_json(now.error());
    }
    const risk::PendingAction* const pending = desk_->store().pending().find(id);
    if (pending == nullptr) {
        return error_json(risk::refusal_text(risk::PendingRefusal::unknown_id));
    }
    // What stands there must be what both signed.
    std::string no = impossible(pending->action);
    no = no.empty() ? hands_.not_now(pending->action) : no;
    if (!no.empty()) {
        return error_json(no);
    }
    const auto kind = static_cast<std::uint8_t>(pending->action.kind);
    const auto action = desk_->store().begin(id, now.value());
    if (!action) {
        return error_json(action.error());
    }
    note(engine::OperatorAct::begun, id, peer.uid, kind);
    tell(fmt::format("uid {} lets action {} happen: {}", peer.uid, id,
                     json_text(risk::action_text(action.value()))));
    const auto done = hands_.perform(action.value(), id, peer.uid);
    const auto ended = desk_->store().end(id, done.ok(), now.value());
    note(done ? engine::OperatorAct::done : engine::OperatorAct::failed, id, peer.uid, kind);
    if (!done || !ended) {
        tell(fmt::format("  action {}: {}", id, !done ? done.error() : ended.error()));
        return error_json(!done ? done.error() : done.value() + "; " + ended.error());
    }
    return ok_json(done.value());
}

void Approvals::on_kill(std::uint32_t uid) {
    if (pending() == 0) {
        return;
    }
    const auto now = operator_time();
    const auto gone = now ? desk_->store().withdraw_all(uid, now.value())
                          : engine::Outcome(engine::Error{now.error()});
    if (!gone) {
        fmt::print(stderr, "{}\n", gone.error());
        return;
    }
    tell("everything that was pending is withdrawn: a scope was killed");
    note(engine::OperatorAct::withdrawn, 0, uid);
}

void Approvals::poll() {
    if (pending() == 0) {
        return;
    }
    const auto now = operator_time();
    const auto expired =
        now ? desk_->store().expire(now.value())
            : engine::Result<std::vector<std::uint64_t>>(engine::Error{now.error()});
    if (!expired) {
        fmt::print(stderr, "{}\n", expired.error());
        return;
    }
    for (const std::uint64_t id : expired.value()) {
        tell(fmt::format("action {} expired unused", id));
        note(engine::OperatorAct::expired, id, risk::PendingStore::nobody);
    }
}

}  // namespace portcullis::tools
