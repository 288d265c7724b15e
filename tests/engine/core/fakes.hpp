// Fakes around a TradingCore: a gate, strategies, a way out and a journal, each as small as the
// concepts allow and each with a memory, so that a test can say what must have happened and in
// which order.
//
// The gate reserves by slot and fails the test on a second reservation, a release of what is not
// reserved, and a fill of nobody's slot: "exactly once" is checked in every test, not in one.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "engine/core/trading_core.hpp"

namespace portcullis::engine::core_test {

/// What a breach puts down: nothing leaves, nobody uses the key, no money goes.
inline const std::vector<std::pair<Scope, std::uint16_t>> whole_kill{
    {Scope::firm, std::uint16_t{0}},
    {Scope::credential, std::uint16_t{0}},
    {Scope::withdrawals, std::uint16_t{0}}};

/// Why the fake gate says no, in the order of asking.
enum FakeReason : std::uint16_t {
    killed = 1,
    halted = 2,
    no_session = 3,
    not_reconciled = 4,
    no_journal = 5,
    no_room = 6,
    other_version = 7,
    no_slot = 8,
};

struct FakeStamp {
    ApprovalNumber number{};
    std::uint32_t kill_stamp{};
    MonoNs deadline{};
};

template <class T>
struct FakeApproval {
    T body{};
    FakeStamp fake_stamp{};
    [[nodiscard]] const T& request() const { return body; }
    [[nodiscard]] const FakeStamp& stamp() const { return fake_stamp; }
};

template <class T>
struct FakeVerdict {
    bool passed{};
    FakeApproval<T> approval{};
    Denial no{};
    [[nodiscard]] bool ok() const { return passed; }
    [[nodiscard]] FakeApproval<T> take() { return approval; }
    [[nodiscard]] const Denial& denial() const { return no; }
};

class FakeGate {
public:
    FakeVerdict<NewOrderSingle> review(const NewOrderSingle& order, const ReviewContext& context) {
        return decide(order, order, context);
    }
    FakeVerdict<OrderCancelReplaceRequest> review(const OrderCancelReplaceRequest& replace,
                                                  const ReviewContext& context) {
        EXPECT_TRUE(reserved.contains(context.orig_slot)) << "the old leg is reserved";
        return decide(replace, replace.order, context, replace.mode == ReplaceMode::amend_in_place);
    }
    void on_instrument(const Instrument& told) { versions[told.id] = told.version; }
    void on_kill_word(Scope scope, std::uint16_t index, std::uint32_t word) {
        words[{scope, index}] = word;
    }
    void set_trading_state(Scope scope, std::uint16_t index, TradingState state,
                           std::uint32_t cause) {
        causes[{scope, index}] = cause;
        states[{scope, index}] = state;
    }
    [[nodiscard]] std::uint32_t state_cause(Scope scope, std::uint16_t index) const {
        const auto found = causes.find({scope, index});
        return found == causes.end() ? 0 : found->second;
    }
    void stage_limit(const LimitChange& change) { staged.push_back(change); }
    LimitsOutcome take_limits(const LimitsTake& take) {
        EXPECT_EQ(staged.size(), take.rows);
        staged.clear();
        return limits_outcome;
    }
    [[nodiscard]] std::optional<GateTrip> take_trip() {
        if (trips.empty()) {
            return std::nullopt;
        }
        const GateTrip first = trips.front();
        trips.erase(trips.begin());
        return first;
    }
    [[nodiscard]] TradingState trading_state(InstrumentId instrument, StrategyId strategy,
                                             AccountId account, CredentialId credential) const {
        TradingState strictest = TradingState::active;
        for (const auto& key : scopes_of(instrument, strategy, account, credential)) {
            const auto word = words.find(key);
            const auto state = states.find(key);
            if (word != words.end() && (word->second & 1U) != 0) {
                return TradingState::halted;
            }
            if (state != states.end()) {
                strictest = std::max(strictest, state->second);
            }
        }
        return strictest;
    }
    void restore_order(OrderSlot slot, const NewOrderSingle&, PriceAtoms, QtyAtoms leaves) {
        EXPECT_TRUE(reserved.insert(slot).second);
        EXPECT_GT(leaves.value, 0);
    }
    void on_balance(AssetId asset, AmountAtoms amount) { balances[asset] = amount; }
    void on_fill(OrderSlot slot, const GateFill& fill, MonoNs) {
        EXPECT_TRUE(reserved.contains(slot)) << "a fill of a slot that holds nothing";
        filled += fill.qty.value;
    }
    void on_stray_fill(const GateFill& fill, MonoNs) { stray += fill.qty.value; }
    void on_leaves(OrderSlot slot, QtyAtoms leaves) {
        EXPECT_TRUE(reserved.contains(slot));
        EXPECT_GE(leaves.value, 0);
    }
    void on_closed(OrderSlot slot) {
        EXPECT_EQ(reserved.erase(slot), 1U) << "released once, and only what was reserved";
        ++released;
    }
    void on_cancel(InstrumentId, StrategyId, MonoNs) { ++cancels; }
    void on_mark(AssetId asset, std::int64_t micro) { marks[asset] = micro; }
    void on_marked(WallNs wall) { marked.push_back(wall); }
    CredentialVerdict on_sighting(CredentialId credential, const Sighting& seen, MonoNs) {
        sightings.push_back(seen);
        CredentialVerdict verdict;
        verdict.response = judge(seen);
        verdict.signals = verdict.response == CredentialResponse::none ? 0 : 2;
        verdict.signal = verdict.signals == 0 ? 0 : 1;
        verdict.cause = control_cause | 56;
        CredentialState& standing = standings[credential];
        standing = standing == CredentialState{} ? CredentialState::active : standing;
        const CredentialState wanted =
            verdict.response == CredentialResponse::suspended ? CredentialState::suspended
            : verdict.response == CredentialResponse::suspect ? CredentialState::suspect
                                                              : CredentialState::active;
        verdict.raised = wanted > standing;
        standing = std::max(standing, wanted);
        verdict.state = standing;
        return verdict;
    }
    void re_enable(CredentialId credential) { standings[credential] = CredentialState::active; }
    void restore_credential(CredentialId credential, CredentialState state, std::uint8_t) {
        standings[credential] = state;
    }
    [[nodiscard]] Denial no_order_slot() const {
        return {no_slot, ReasonSet::of(ReasonId{no_slot}), 0, 0};
    }
    void prefetch(InstrumentId, StrategyId, OrderSlot) const {}
    void tidy(MonoNs) {}
    void hash(StateHasher& hasher) const { hasher.add(std::uint64_t{reserved.size()}); }

    std::set<OrderSlot> reserved;
    std::uint64_t released{}, cancels{};
    std::int64_t filled{}, stray{};
    std::map<std::pair<Scope, std::uint16_t>, std::uint32_t> words;
    std::map<std::pair<Scope, std::uint16_t>, TradingState> states;
    std::map<std::pair<Scope, std::uint16_t>, std::uint32_t> causes;
    std::vector<LimitChange> staged;
    LimitsOutcome limits_outcome;  ///< of the next set
    std::vector<GateTrip> trips;   ///< that the next step finds
    std::vector<Sighting> sightings;
    std::map<CredentialId, CredentialState> standings;
    /// What the test wants made of a sighting; by itself what a real gate does of these.
    std::function<CredentialResponse(const Sighting&)> judge = [](const Sighting& seen) {
        const bool gain = seen.amount.value > 0;
        switch (seen.what) {
            case Sight::balance:
                return seen.count < 3 ? CredentialResponse::none
                       : gain         ? CredentialResponse::note
                                      : CredentialResponse::suspended;
            case Sight::transfer:
                return gain ? CredentialResponse::note : CredentialResponse::suspended;
            case Sight::silence:
                return CredentialResponse::cancel_only;
            case Sight::refusal:
                return CredentialResponse::suspect;
            case Sight::cancel:
                return seen.has(seen.has(Sighting::kept_name) ? Sighting::asked : Sighting::swept)
                           ? CredentialResponse::none
                           : CredentialResponse::suspended;
            default:
                return CredentialResponse::suspended;
        }
    };
    std::map<InstrumentId, std::uint32_t> versions;
    std::map<AssetId, AmountAtoms> balances;
    std::map<AssetId, std::int64_t> marks;
    std::vector<WallNs> marked;

private:
    using Key = std::pair<Scope, std::uint16_t>;
    [[nodiscard]] static std::vector<Key> scopes_of(InstrumentId instrument, StrategyId strategy,
                                                    AccountId account, CredentialId credential) {
        return {{Scope::firm, std::uint16_t{0}},   {Scope::venue, std::uint16_t{0}},
                {Scope::account, account.value},   {Scope::credential, credential.value},
                {Scope::strategy, strategy.value}, {Scope::instrument, instrument.value}};
    }
    template <class T>
    FakeVerdict<T> decide(const T& request, const NewOrderSingle& order,
                          const ReviewContext& context, bool amend = false) {
        FakeVerdict<T> verdict;
        std::uint32_t stamp = 0;
        for (const Key& key :
             scopes_of(order.instrument, order.strategy, context.account, context.credential)) {
            const auto word = words.find(key);
            stamp += word == words.end() ? 0 : word->second;
        }
        const auto deny = [&verdict](FakeReason reason) {
            verdict.no = {reason, ReasonSet::of(ReasonId{reason}), 0, 0};
            return verdict;
        };
        if ((stamp & 1U) != 0) {
            return deny(killed);
        }
        if (trading_state(order.instrument, order.strategy, context.account, context.credential) ==
            TradingState::halted) {
            return deny(halted);
        }
        if (!context.session_ready) {
            return deny(no_session);
        }
        if (!context.reconciled) {
            return deny(not_reconciled);
        }
        if (!context.journal_writable) {
            return deny(no_journal);
        }
        if (!context.request_room) {
            return deny(no_room);
        }
        if (versions[order.instrument] != order.instrument_version) {
            return deny(other_version);
        }
        EXPECT_TRUE(amend || reserved.insert(context.slot).second) << "reserved twice";
        verdict.passed = true;
        verdict.approval.body = request;
        verdict.approval.fake_stamp = {ApprovalNumber{++number_}, stamp,
                                       context.now + milliseconds(50)};
        return verdict;
    }
    std::uint64_t number_{};
};

/// Strategies that do what the test has written down for them: once, at the next occasion.
class FakeStrategies {
public:
    explicit FakeStrategies(std::vector<InstrumentId> instruments)
        : instruments_(std::move(instruments)), script(instruments_.size()) {}

    [[nodiscard]] std::size_t count() const { return instruments_.size(); }
    [[nodiscard]] InstrumentId instrument(StrategyId id) const { return instruments_[id.value]; }
    void quote(StrategyId id, const StrategyView& view, ActionList& actions) noexcept {
        ++asked;
        working = {view.working.begin(), view.working.end()};
        shown[id] = working;
        for (const Action& action : script[id.value]) {
            EXPECT_TRUE(actions.push(action));
            if (between) {
                between();
            }
        }
        script[id.value].clear();
    }
    void on_trade(StrategyId, const TradePrint&, MonoNs) noexcept {}
    void on_fill(StrategyId id, const OwnFill& fill, MonoNs) noexcept {
        fills[id] += fill.qty.value;
    }
    void on_refused(StrategyId, const Refusal& refusal, MonoNs) noexcept {
        refusals.push_back(refusal);
    }
    void hash(StateHasher& hasher) const noexcept {
        hasher.add(std::uint64_t{instruments_.size()});
    }

private:
    std::vector<InstrumentId> instruments_;

public:
    std::vector<std::vector<Action>> script;  ///< by strategy
    std::function<void()> between;            ///< called after each action of a script
    std::vector<WorkingOrder> working;        ///< of the last one asked
    std::map<StrategyId, std::vector<WorkingOrder>> shown;
    std::vector<Refusal> refusals;
    std::map<StrategyId, std::int64_t> fills;
    std::uint64_t asked{};
};

struct FakeJournal {
    std::vector<Event> records;
    std::size_t room{~std::size_t{0}};
    bool append(Event& event) noexcept {
        if (records.size() == room) {
            return false;
        }
        event.header.seq = records.size() + 1;
        records.push_back(event);
        return true;
    }
    template <EventPayload T>
    [[nodiscard]] std::vector<T> all() const {
        std::vector<T> found;
        for (const Event& record : records) {
            if (record.header.type == T::type) {
                found.push_back(record.as<T>());
            }
        }
        return found;
    }
};

/// One thing that left, and the record that was the newest in the journal at that moment.
struct Sent {
    EventType as{};
    OrderAgentId agent{};
    InstrumentId instrument{no_instrument};
    ClOrdId id{};
    std::uint64_t journaled{};
    EventType journaled_as{};
};

class FakeOutbound {
public:
    explicit FakeOutbound(const FakeJournal& journal) : journal_(journal) {}

    void submit(OrderAgentId agent, FakeApproval<NewOrderSingle>&& approved) {
        approvals.push_back(approved);
        const NewOrderSingle& order = approved.request();
        add(EventType::order_approved, agent, order.instrument, order.cl_ord_id);
    }
    void submit(OrderAgentId agent, FakeApproval<OrderCancelReplaceRequest>&& approved) {
        const NewOrderSingle& order = approved.request().order;
        replaces.push_back(approved.request());
        add(EventType::replace_approved, agent, order.instrument, order.cl_ord_id);
    }
    void cancel(OrderAgentId agent, const OrderCancelRequest& request) {
        add(EventType::cancel_requested, agent, request.instrument, request.cl_ord_id);
    }
    void mass_cancel(OrderAgentId agent, const OrderMassCancelRequest& request) {
        add(EventType::mass_cancel_requested, agent, request.instrument, no_order);
    }
    void status(OrderAgentId agent, const OrderStatusRequest& request) {
        add(EventType::status_requested, agent, request.instrument, request.cl_ord_id);
    }
    void open_orders(OrderAgentId agent, const OpenOrdersRequest& request) {
        add(EventType::open_orders_requested, agent, request.instrument, no_order);
    }
    void resync(InstrumentId instrument, ResetReason) {
        add(EventType::resync_requested, OrderAgentId{}, instrument, no_order);
    }
    void reconcile(OrderAgentId agent, const ReconcileRequest& request) {
        agreed.push_back(request.agreed);
        rounds[agent.value] = request.round;
        add(EventType::reconcile_requested, agent, no_instrument, no_order);
    }
    void kill(Scope scope, std::uint16_t index) {
        ++kills;
        killed.emplace_back(scope, index);
    }

    /// What left since the last look.
    std::vector<Sent> take() { return std::exchange(sent, {}); }
    [[nodiscard]] std::size_t count(EventType as) const {
        std::size_t found = 0;
        for (const Sent& each : sent) {
            found += each.as == as ? 1U : 0U;
        }
        return found;
    }

    std::vector<Sent> sent;
    std::vector<FakeApproval<NewOrderSingle>> approvals;
    std::vector<OrderCancelReplaceRequest> replaces;
    std::vector<bool> agreed;  ///< of the reconciliations asked for: whether all had agreed
    std::array<std::uint32_t, capacity::order_agents> rounds{};  ///< asked for last
    int kills{};
    std::vector<std::pair<Scope, std::uint16_t>> killed;

private:
    void add(EventType as, OrderAgentId agent, InstrumentId instrument, ClOrdId id) {
        const bool any = !journal_.records.empty();
        sent.push_back({as, agent, instrument, id, any ? journal_.records.back().header.seq : 0,
                        any ? journal_.records.back().header.type : EventType::none});
    }
    const FakeJournal& journal_;
};

}  // namespace portcullis::engine::core_test
