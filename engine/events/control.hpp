// Control events: sessions, reconciliation, time, kills, operators. Inputs of the core like any
// other, so that a replay sees a kill at the same place in the sequence as the live run did.
// Writer: control agent, core agent (timer, kill_changed). Reader: core.
#pragma once

#include <algorithm>
#include <array>

#include "engine/events/event.hpp"
#include "engine/types/fix.hpp"

namespace portcullis::engine {

/// First record of every run.
struct SessionStart {
    static constexpr EventType type = EventType::session_start;
    std::uint64_t uuid[2]{};      ///< of the journal
    std::uint64_t config_hash{};  ///< of the effective config text
    std::uint32_t epoch{};
    std::uint32_t reserved{};
};
static_assert(EventPayload<SessionStart> && sizeof(SessionStart) == 32);

enum class Session : std::uint8_t {
    feed = 1,
    orders = 2,
    account_primary = 3,
    account_secondary = 4
};
enum class SessionStatus : std::uint8_t { down = 1, connecting = 2, ready = 3, mute = 4 };

struct SessionState {
    static constexpr EventType type = EventType::session_state;
    Session session{Session::feed};
    SessionStatus status{SessionStatus::down};
    std::uint8_t index{};  ///< which feed, or which order agent
    std::uint8_t reserved[5]{};
};
static_assert(EventPayload<SessionState>);

/// Reconciliation runs from `begin` over `account_balance`, `open_order`, `account_fill` events to
/// `complete`. Until `complete` no new order; `failed` starts it again. Steps of another round than
/// the one that the core asked for last are of one that was given up.
enum class ReconcilePhase : std::uint8_t { begin = 1, complete = 2, failed = 3 };

struct ReconcileStep {
    static constexpr EventType type = EventType::reconcile_step;
    ReconcilePhase phase{ReconcilePhase::begin};
    /// complete: this was an open-orders answer for a kill or mass cancel (empty book of orders is
    /// the proof).
    std::uint8_t open_orders_only{};
    InstrumentId instrument{no_instrument};  ///< none: all that the account used
    std::uint32_t open_orders{};             ///< rows in the answer
    WallNs venue_time{};
    MonoNs issued{};        ///< when the query left: it proves nothing about later sends
    std::uint32_t round{};  ///< ReconcileRequest::round; of a drain's answer 0
    std::uint8_t reserved[4]{};
};
static_assert(EventPayload<ReconcileStep> && sizeof(ReconcileStep) == 32);

/// Time passes also when nothing happens.
struct Timer {
    static constexpr EventType type = EventType::timer;
    std::uint64_t count{};
};
static_assert(EventPayload<Timer>);

/// What a kill, a trading state or a limit applies to. An order is in one of each, but of
/// withdrawals, which no order is in.
enum class Scope : std::uint8_t {
    firm = 1,
    venue = 2,
    strategy = 3,
    instrument = 4,
    account = 5,
    credential = 6,
    withdrawals = 7
};

/// The core saw that a kill word is not what it was. Odd is killed.
struct KillChanged {
    static constexpr EventType type = EventType::kill_changed;
    std::uint32_t word{};
    std::uint16_t index{};
    Scope scope{Scope::firm};
    std::uint8_t reserved{};
};
static_assert(EventPayload<KillChanged>);

/// `kill` is for the record: the word itself was already down when it was written. `resume` ends
/// what an operator has ordered; `re_enable`, which is not a habit, also a halt that a control has
/// latched.
enum class Command : std::uint8_t {
    halt = 1,
    resume = 2,
    cancel_all = 3,
    reduce_only = 4,
    shutdown = 5,
    kill = 6,
    re_enable = 7,
    acknowledge = 8,  ///< an alert: somebody looks at it
};
/// Those that set a trading state, but for re_enable: none of them touches a halt that a control
/// has latched. Core and console ask the same list.
inline constexpr std::array<Command, 3> one_person_states{Command::halt, Command::resume,
                                                          Command::reduce_only};
[[nodiscard]] constexpr bool sets_state_alone(Command command) noexcept {
    return std::find(one_person_states.begin(), one_person_states.end(), command) !=
           one_person_states.end();
}

struct OperatorCommand {
    static constexpr EventType type = EventType::operator_command;
    Command command{Command::halt};
    Scope scope{Scope::firm};
    std::uint16_t index{};
    std::uint32_t uid{};      ///< user id of the peer on the socket
    std::uint64_t request{};  ///< number of the console request
    std::uint64_t agreed{};   ///< of two keys: the pending action; 0: of one person
    std::uint64_t alert{};    ///< acknowledge: its number
};
static_assert(EventPayload<OperatorCommand> && sizeof(OperatorCommand) == 32);

enum class OperatorAct : std::uint8_t {
    refused = 1,   ///< a signed command
    proposed = 2,  ///< what takes two keys; now it is pending
    approved = 3,
    withdrawn = 4,
    expired = 5,
    begun = 6,  ///< what was agreed on is being done
    done = 7,
    failed = 8,
};

/// For the record: what somebody said of what takes two keys. It changes nothing: what follows of
/// it comes as an input of its own.
struct OperatorNote {
    static constexpr EventType type = EventType::operator_note;
    static constexpr std::uint8_t not_pending = 255;

    std::uint64_t id{};       ///< of the pending action; 0: of none, withdrawn: of all
    std::uint64_t counter{};  ///< of the signed command
    std::uint64_t words{};    ///< FNV-1a of the action's signed lines
    std::uint8_t key[32]{};   ///< who signed; zero where nobody did
    std::uint32_t uid{};      ///< user id of the peer on the socket
    OperatorAct act{OperatorAct::refused};
    std::uint8_t kind{};     ///< risk::ActionKind
    std::uint8_t refusal{};  ///< risk::CommandRefusal; not_pending: good, and yet not to be taken
    std::uint8_t reserved[9]{};
};
static_assert(EventPayload<OperatorNote> && sizeof(OperatorNote) == 72);

/// One limit of a set that is put in force by the LimitsTake behind it, or not at all.
struct LimitChange {
    static constexpr EventType type = EventType::limit_change;
    std::int64_t value{};
    std::uint64_t key{};  ///< FNV-1a of its key (risk/limits.hpp)
    std::uint32_t uid{};  ///< user id of the peer on the socket
    std::uint16_t index{};
    Scope scope{Scope::firm};
    std::uint8_t reserved{};
};
static_assert(EventPayload<LimitChange> && sizeof(LimitChange) == 24);

/// The set is complete.
struct LimitsTake {
    static constexpr EventType type = EventType::limits_take;
    std::uint64_t hash{};    ///< over all limits when it is in force (risk/limit_changes.hpp)
    std::uint64_t agreed{};  ///< of two keys: the pending action; 0: of one person
    std::uint32_t version{};
    std::uint32_t rows{};
    std::uint32_t uid{};
    std::uint32_t reserved{};
};
static_assert(EventPayload<LimitsTake> && sizeof(LimitsTake) == 32);

/// What the venue says that we have used of its budget.
struct RateUsage {
    static constexpr EventType type = EventType::rate_usage;
    std::uint32_t weight_used{};
    std::uint32_t weight_max{};
    std::uint32_t orders_used{};
    std::uint32_t orders_max{};
};
static_assert(EventPayload<RateUsage>);

/// Venue's clock less ours, and how unsure that is (half the round trip).
struct VenueClock {
    static constexpr EventType type = EventType::venue_clock;
    DurationNs offset{};
    DurationNs uncertainty{};
    WallNs venue_time{};
};
static_assert(EventPayload<VenueClock>);

/// Value of one whole unit of `asset` in the risk currency, set by an operator (config) where no
/// book gives it.
struct MarkSet {
    static constexpr EventType type = EventType::mark_set;
    std::int64_t price_micro{};
    AssetId asset{no_asset};
    std::uint8_t reserved[6]{};
};
static_assert(EventPayload<MarkSet>);

}  // namespace portcullis::engine
