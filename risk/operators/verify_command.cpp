// The checks of a signed command, in order. See verify_command.hpp.
#include "risk/operators/verify_command.hpp"

namespace portcullis::risk {
namespace {

CommandRefusal refusal_of(FrameFault fault) noexcept {
    switch (fault) {
        case FrameFault::none:
            return CommandRefusal::none;
        case FrameFault::too_long:
            return CommandRefusal::too_long;
        case FrameFault::version:
            return CommandRefusal::version;
        case FrameFault::malformed:
            break;
    }
    return CommandRefusal::malformed;
}

// An operator prepares, a risk officer decides.
bool may(OperatorRole role, CommandVerb verb) noexcept {
    return role == OperatorRole::risk_officer ||
           (role == OperatorRole::operator_ && verb == CommandVerb::propose);
}

CommandRefusal judge(const CommandFrame& frame, const Operator& who,
                     const CommandContext& context) noexcept {
    if (frame.engine != context.engine) {
        return CommandRefusal::other_engine;
    }
    if (frame.epoch != context.epoch) {
        return CommandRefusal::other_epoch;
    }
    if (frame.nonce != context.nonce) {
        return CommandRefusal::nonce;
    }
    if (context.nonce_age < engine::DurationNs{} || context.nonce_age > nonce_age_max) {
        return CommandRefusal::nonce_aged;
    }
    if (!who.unix_user.empty() && who.unix_user != context.peer_user) {
        return CommandRefusal::user;
    }
    if (!may(who.role, frame.verb)) {
        return CommandRefusal::role;
    }
    const auto last = context.counters.find(frame.key);
    if (frame.counter == 0 || (last != context.counters.end() && frame.counter <= last->second)) {
        return CommandRefusal::counter;
    }
    if (frame.not_after < context.now) {
        return CommandRefusal::expired;
    }
    if (frame.not_after.value - context.now.value > command_lifetime_max.value) {
        return CommandRefusal::too_far_ahead;
    }
    return CommandRefusal::none;
}

}  // namespace

std::string_view refusal_text(CommandRefusal refusal) noexcept {
    switch (refusal) {
        case CommandRefusal::none:
            return "taken";
        case CommandRefusal::too_long:
            return "the frame is too long, expected at most 4096 bytes";
        case CommandRefusal::version:
            return "the frame is of another version, expected portcullis-command-v1";
        case CommandRefusal::malformed:
            return "this is no command frame, or not in its one spelling";
        case CommandRefusal::unknown_key:
            return "no operator has this key";
        case CommandRefusal::signature:
            return "the signature does not hold";
        case CommandRefusal::other_engine:
            return "the command is for another engine";
        case CommandRefusal::other_epoch:
            return "the command is for another run of this engine";
        case CommandRefusal::nonce:
            return "the nonce is not the one of this connection";
        case CommandRefusal::nonce_aged:
            return "the nonce is older than two minutes";
        case CommandRefusal::user:
            return "the key's operator is another user of this machine";
        case CommandRefusal::role:
            return "the operator's role does not allow it";
        case CommandRefusal::counter:
            return "the counter is not above the last one of this key";
        case CommandRefusal::expired:
            return "the command has expired";
        case CommandRefusal::too_far_ahead:
            return "not-after is more than 30 s ahead";
    }
    return "refused";
}

CommandVerdict verify_command(std::string_view frame, const CommandContext& context) {
    ParsedFrame parsed = parse_frame(frame);
    CommandVerdict verdict;
    verdict.refusal = refusal_of(parsed.fault);
    if (parsed.fault != FrameFault::none) {
        return verdict;
    }
    verdict.frame = std::move(parsed.frame);
    verdict.who = context.operators.find(verdict.frame.key);
    if (verdict.who == nullptr) {
        verdict.refusal = CommandRefusal::unknown_key;
    } else if (!verify_strictly(verdict.frame.key, signed_bytes(parsed.text),
                                verdict.frame.signature, context.equation)) {
        verdict.refusal = CommandRefusal::signature;
    } else {
        verdict.refusal = judge(verdict.frame, *verdict.who, context);
    }
    return verdict;
}

}  // namespace portcullis::risk
