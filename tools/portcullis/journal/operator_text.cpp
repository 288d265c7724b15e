// See operator_text.hpp.
#include "tools/portcullis/journal/operator_text.hpp"

#include <fmt/core.h>

#include <iterator>
#include <string_view>

#include "engine/events/control.hpp"
#include "engine/events/decisions.hpp"
#include "engine/types/fnv1a.hpp"
#include "risk/deny_reason.hpp"
#include "risk/limits.hpp"
#include "risk/operators/ed25519_bytes.hpp"

namespace portcullis::tools {
namespace {

using namespace engine;

const char* act_name(OperatorAct act) {
    constexpr const char* names[] = {"none",    "refused", "proposed", "approved", "withdrawn",
                                     "expired", "begun",   "done",     "failed"};
    const auto at = static_cast<std::size_t>(act);
    return at < std::size(names) ? names[at] : "unknown";
}

std::string_view limit_name(std::uint64_t key) {
    std::string_view found = "unknown";
    const auto look = [&](const auto& keys) {
        for (const auto& each : keys) {
            found = fnv1a(each.key) == key ? each.key : found;
        }
    };
    look(risk::firm_keys);
    look(risk::venue_keys);
    look(risk::strategy_keys);
    look(risk::instrument_keys);
    return found;
}

}  // namespace

std::string operator_text(const Event& event) {
    switch (event.header.type) {
        case EventType::operator_command: {
            const auto e = event.as<OperatorCommand>();
            return fmt::format("command={} scope={} index={} uid={} action={}",
                               static_cast<int>(e.command), static_cast<int>(e.scope), e.index,
                               e.uid, e.agreed);
        }
        case EventType::operator_note: {
            const auto e = event.as<OperatorNote>();
            return fmt::format("act={} action={} kind={} key={} counter={} refusal={} uid={}",
                               act_name(e.act), e.id, static_cast<int>(e.kind),
                               risk::hex_of(e.key, sizeof e.key), e.counter,
                               static_cast<int>(e.refusal), e.uid);
        }
        case EventType::limit_change: {
            const auto e = event.as<LimitChange>();
            return fmt::format("scope={} index={} key={} value={} uid={}",
                               static_cast<int>(e.scope), e.index, limit_name(e.key), e.value,
                               e.uid);
        }
        case EventType::limits_take: {
            const auto e = event.as<LimitsTake>();
            return fmt::format("version={} hash={:016x} rows={} uid={} action={}", e.version,
                               e.hash, e.rows, e.uid, e.agreed);
        }
        case EventType::alert: {
            const auto e = event.as<AlertNoted>();
            constexpr const char* steps[] = {"none", "raised", "acknowledged", "escalated"};
            const auto step = static_cast<std::size_t>(e.step);
            return fmt::format("number={} {} reason={} scope={} index={} uid={}", e.number,
                               step < std::size(steps) ? steps[step] : "unknown",
                               risk::name(static_cast<risk::DenyReason>(e.reason)),
                               static_cast<int>(e.scope), e.index, e.uid);
        }
        case EventType::limits_taken: {
            const auto e = event.as<LimitsTaken>();
            return fmt::format("version={} hash={:016x} rows={} {}", e.version, e.hash, e.rows,
                               e.taken != 0 ? "taken" : "REFUSED");
        }
        default:
            return {};
    }
}

}  // namespace portcullis::tools
