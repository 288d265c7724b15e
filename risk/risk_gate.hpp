// RiskGate: the one place where an order becomes an approval.
//
// review() gathers the facts of one request, runs the ladder of checks (checks.hpp) in its order,
// and if all hold, reserves the worst case, counts the message and mints the approval in the same
// call: there is no moment in which a second order could be checked against room that the first one
// has already been promised. Everything the gate knows of the world comes in as arguments (time,
// book, session, kill words), so a replay mints the same approvals with the same numbers.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "engine/core/gate_api.hpp"
#include "engine/orders/requests.hpp"
#include "risk/approved.hpp"
#include "risk/credentials/credential_watch.hpp"
#include "risk/deny_reason.hpp"
#include "risk/exposure.hpp"
#include "risk/limits.hpp"
#include "risk/lines.hpp"
#include "risk/loss_book.hpp"
#include "risk/pairs.hpp"

namespace portcullis::risk {

struct Facts;

/// Everything a gate is born with. Limits, balances and marks that are not given are zero.
struct GateConfig {
    engine::Epoch epoch{};
    Limits limits{};
    engine::AssetId risk_currency{engine::no_asset};  ///< the one currency of notional and gross
    Exposure::Baselines baselines{};  ///< what of each asset is not ours to trade, in its atoms
};

/// What was sent or filled once, for the windows of its scopes. An id that does not exist is none
/// of that scope: it counts in the others.
struct PastEntry {
    /// Of a weight without a mark or a price: it counts as the largest order that is allowed there.
    static constexpr Weight unknown{-1};

    engine::MonoNs at{};
    Weight weight{};         ///< notional
    std::int64_t orders{1};  ///< zero: an amend in place
    engine::InstrumentId instrument{engine::no_instrument};
    engine::StrategyId strategy{engine::no_strategy};
    engine::VenueId venue{};
    engine::AccountId account{};
};

/// The answer to a review: an approval, or why not.
template <NeedsApproval T>
class [[nodiscard]] Verdict {
public:
    [[nodiscard]] bool ok() const noexcept { return approved_.has_value(); }
    /// Requires: ok(). Once: what is left behind is no longer live.
    [[nodiscard]] Approved<T> take() noexcept {
        engine::verify(approved_.has_value());
        return std::move(*approved_);
    }
    /// Requires: not ok().
    [[nodiscard]] const engine::Denial& denial() const noexcept {
        engine::verify(!approved_.has_value());
        return denial_;
    }

private:
    friend class RiskGate;
    Verdict(const ApprovalKey& key, const T& request, const ApprovalStamp& stamp) noexcept
        : approved_(std::in_place, key, request, stamp) {}
    explicit Verdict(const engine::Denial& denial) noexcept : denial_(denial) {}
    std::optional<Approved<T>> approved_{};
    engine::Denial denial_{};
};

// The gate keeps its own sums, apart from the order store's. It is large (a table per order slot):
// make it on the heap. Invariants: 1. nothing else can make an ApprovalKey; 2. no allocation after
// construction; 3. a slot is reserved by one review and released by one on_closed; 4. cancels are
// metered, never refused. Writer and reader: core thread.
class RiskGate {
public:
    explicit RiskGate(const GateConfig& config);
    RiskGate(const RiskGate&) = delete;
    RiskGate& operator=(const RiskGate&) = delete;

    // --- the gate itself
    /// Requires: context.slot is free, context.agent exists.
    [[nodiscard]] Verdict<engine::NewOrderSingle> review(
        const engine::NewOrderSingle& order, const engine::ReviewContext& context) noexcept;
    /// cancel_replace: reserves the new order in context.slot beside the old one, until that is
    /// closed. amend_in_place: keeps the old reservation (the larger of both), context.slot is not
    /// used; lower it with on_leaves when the venue has confirmed.
    [[nodiscard]] Verdict<engine::OrderCancelReplaceRequest> review(
        const engine::OrderCancelReplaceRequest& replace,
        const engine::ReviewContext& context) noexcept;

    /// Brings what the next review reads into the cache: a tick may lead to it, seconds after the
    /// last one.
    void prefetch(engine::InstrumentId instrument, engine::StrategyId strategy,
                  engine::OrderSlot slot) const noexcept;

    /// For an order that finds no free slot: it cannot be reserved, so it is not reviewed.
    [[nodiscard]] engine::Denial no_order_slot() const noexcept;

    // --- what the core tells it
    void on_instrument(const engine::Instrument& instrument) noexcept;
    /// All words start at zero (open): tell every other one before the first review.
    void on_kill_word(engine::Scope scope, std::uint16_t index, std::uint32_t word) noexcept;
    /// `cause` as in TradingStateChanged. While a latched halt stays a halt its cause stays too.
    void set_trading_state(engine::Scope scope, std::uint16_t index, engine::TradingState state,
                           std::uint32_t cause = 0) noexcept;
    /// A row of the next set of limits: nothing is in force of it yet.
    void stage_limit(const engine::LimitChange& change) noexcept;
    /// The whole set from here on, or nothing of it: where it is not the rows that it says, names
    /// what cannot change while the engine runs, or does not come to its hash.
    [[nodiscard]] engine::LimitsOutcome take_limits(const engine::LimitsTake& take) noexcept;
    /// What was broken and is not yet acted upon. The scope is halted here already.
    [[nodiscard]] std::optional<engine::GateTrip> take_trip() noexcept {
        if (trips_.count == 0) [[likely]] {
            return std::nullopt;
        }
        return next_trip();
    }
    void on_balance(engine::AssetId asset, engine::AmountAtoms amount) noexcept;
    void on_fill(engine::OrderSlot slot, const engine::GateFill& fill, engine::MonoNs now) noexcept;
    void on_stray_fill(const engine::GateFill& fill, engine::MonoNs now) noexcept;
    void on_leaves(engine::OrderSlot slot, engine::QtyAtoms leaves) noexcept;
    void on_closed(engine::OrderSlot slot) noexcept;
    void on_cancel(engine::InstrumentId instrument, engine::StrategyId strategy,
                   engine::MonoNs now) noexcept;
    void on_mark(engine::AssetId asset, std::int64_t price_micro) noexcept;
    /// All marks are told: profit and loss is reckoned anew. Where `wall` is of a later UTC day
    /// than any before it, that day begins; a clock that is set back begins none.
    void on_marked(engine::WallNs wall) noexcept;

    /// Moves what was approved into the windows, and some of their tails on: a bounded number, and
    /// no answer changes. Time that is not told here makes a review slower, never milder.
    void tidy(engine::MonoNs now) noexcept {
        const bool due = now.value >= tidy_at_ && !busy_.empty();
        if (approved_count_ != 0 || due) [[unlikely]] {
            tidy_windows(now);
        }
    }

    // --- credentials (credentials/README.md)
    [[nodiscard]] engine::CredentialVerdict on_sighting(engine::CredentialId credential,
                                                        const engine::Sighting& seen,
                                                        engine::MonoNs now) noexcept;
    void re_enable(engine::CredentialId credential) noexcept;
    /// `signal`: that raised it, as in CredentialStateChanged.
    void restore_credential(engine::CredentialId credential, engine::CredentialState state,
                            std::uint8_t signal) noexcept;
    /// Requires: there is such a credential.
    [[nodiscard]] const CredentialWatch& credential_watch(engine::CredentialId id) const noexcept {
        engine::verify(id.value < watches_.size());
        return watches_[id.value];
    }

    // --- recovery from a journal: what an earlier run left behind counts here too
    /// Reserves for an order that an earlier epoch sent and that is not proven over. Mints nothing.
    void restore_order(engine::OrderSlot slot, const engine::NewOrderSingle& order,
                       engine::PriceAtoms price, engine::QtyAtoms leaves) noexcept;
    /// Price of an order of an earlier run, for the drift of the side. Call in order of time.
    void restore_price(engine::StrategyId strategy, engine::InstrumentId instrument,
                       engine::Side side, engine::PriceAtoms price, engine::MonoNs at) noexcept;
    /// A fill of an earlier run, for repeated execution alone. Call in order of time.
    void restore_fill(engine::StrategyId strategy, engine::InstrumentId instrument,
                      engine::Side side, engine::MonoNs at) noexcept;
    /// What earlier runs made and lost, up to `day` of UTC since 1970. Their figures are reckoned
    /// when marks are there, and trip then.
    void restore_losses(const LossBook& losses, std::int64_t day) noexcept;
    /// Counts in the windows what an earlier run sent, or what was filled. Call in order of time.
    void restore_sent(const PastEntry& entry) noexcept;
    void restore_filled(const PastEntry& entry) noexcept;

    // --- what others may read (console, core, tests)
    /// Most restrictive of all scopes; a kill and an unknown id are `halted`.
    [[nodiscard]] engine::TradingState trading_state(
        engine::InstrumentId instrument, engine::StrategyId strategy, engine::AccountId account,
        engine::CredentialId credential) const noexcept;
    /// Zero where there is no such scope.
    [[nodiscard]] std::uint32_t state_cause(engine::Scope scope,
                                            std::uint16_t index) const noexcept;
    [[nodiscard]] std::uint32_t limits_version() const noexcept { return limits_version_; }
    [[nodiscard]] std::uint64_t limits_hash() const noexcept { return limits_hash_; }
    [[nodiscard]] const Exposure& exposure() const noexcept { return exposure_; }
    [[nodiscard]] const PairTable& pairs() const noexcept { return pairs_; }
    [[nodiscard]] const LossBook& losses() const noexcept { return losses_; }
    [[nodiscard]] const FirmLine& firm() const noexcept { return firm_; }
    /// The empty line when there is no such instrument.
    [[nodiscard]] const InstrumentLine& instrument(engine::InstrumentId id) const noexcept {
        return instruments_[id.value < engine::capacity::instruments
                                ? id.value
                                : engine::capacity::instruments];
    }
    /// The empty line when there is no such strategy.
    [[nodiscard]] const StrategyLine& strategy(engine::StrategyId id) const noexcept {
        return strategies_[id.value < engine::capacity::strategies ? id.value
                                                                   : engine::capacity::strategies];
    }
    [[nodiscard]] const VenueLine& venue(engine::VenueId id) const noexcept {
        return venues_[id.value < engine::capacity::venues ? id.value : engine::capacity::venues];
    }
    /// The empty line when there is no such account, or credential.
    [[nodiscard]] const AccountLine& account(engine::AccountId id) const noexcept {
        return accounts_[id.value < engine::capacity::accounts ? id.value
                                                               : engine::capacity::accounts];
    }
    [[nodiscard]] const CredentialLine& credential(engine::CredentialId id) const noexcept {
        return credentials_[id.value < engine::capacity::credentials
                                ? id.value
                                : engine::capacity::credentials];
    }
    /// Gross exposure in micro of the risk currency, rounded up.
    [[nodiscard]] engine::int128 gross_micro() const noexcept {
        return engine::divide(exposure_.gross(), weight_per_micro, engine::Rounding::up);
    }
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    template <class T>
    Verdict<T> decide(const T& request, const engine::NewOrderSingle& order,
                      engine::ReplaceMode mode, engine::ClOrdId orig,
                      const engine::ReviewContext& context) noexcept;
    void commit(const Facts& facts) noexcept;
    void count_message(const Facts& facts) noexcept;
    /// Whom a breach is about: what it stops is the one of these in the limit's scope.
    struct Culprit {
        engine::StrategyId strategy{engine::no_strategy};
        engine::InstrumentId instrument{engine::no_instrument};
        engine::AccountId account{};
        engine::CredentialId credential{};
    };
    void escalate(DenyReason reason, std::int64_t limit, std::int64_t value,
                  const Culprit& culprit) noexcept;
    [[nodiscard]] std::uint16_t index_in(engine::Scope scope,
                                         const Culprit& culprit) const noexcept;
    void count_denial(DenyReason reason, const Culprit& culprit, engine::MonoNs now) noexcept;
    void catch_up(const engine::NewOrderSingle& order,
                  const engine::ReviewContext& context) noexcept;
    void tidy_windows(engine::MonoNs now) noexcept;
    void settle_approved() noexcept;
    [[nodiscard]] Weight weight_of(const PastEntry& entry) const noexcept;
    /// At its notional, or without a mark or a price at one that is not known.
    void count_fill(const engine::GateFill& fill, engine::AssetId quote, PastEntry entry) noexcept;
    /// The windows of all scopes of `entry` that exist.
    template <class Visit>
    void for_each_windows(const PastEntry& entry, Visit&& visit) noexcept;
    void trip(const engine::GateTrip& trip) noexcept;
    [[nodiscard]] std::optional<engine::GateTrip> next_trip() noexcept;
    [[nodiscard]] ApprovalStamp stamp(const Facts& facts) noexcept;
    /// Null where there is no such scope. `Self` is the gate, constant or not.
    template <class Self>
    [[nodiscard]] static auto scope_state(Self& self, engine::Scope scope,
                                          std::uint16_t index) noexcept
        -> decltype(&self.firm_.state);

    [[nodiscard]] struct LimitField line_limit(engine::Scope scope, std::uint16_t index,
                                               std::uint64_t key) noexcept;
    [[nodiscard]] bool may_change_limit(const engine::LimitChange& row) noexcept;
    void swap_limit(engine::LimitChange& row) noexcept;
    void hash_limits(engine::StateHasher& hasher) const noexcept;

    engine::Epoch epoch_{};
    std::uint32_t limits_version_{};
    std::uint64_t limits_hash_{};
    std::array<engine::LimitChange, 4096> staged_{};
    bool limits_changed_{};
    std::size_t staged_count_{};  ///< more than there is room for: the set is refused
    FirmLine firm_{};
    // In the order in which they came. One step breaks few things: what finds no room makes the
    // last one a kill of the firm.
    struct Trips {
        std::array<engine::GateTrip, 16> waiting{};
        std::size_t count{};
    };
    Trips trips_{};
    BreachActions on_breach_{};
    std::array<engine::ApprovalNumber, engine::capacity::order_agents> numbers_{};
    // Approved, off the rooms already, and not yet in the logs.
    std::array<PastEntry, 32> approved_{};
    std::uint32_t approved_count_{};
    static constexpr std::int64_t tidy_interval_ns = 20'000;
    std::int64_t tidy_at_{};
    std::vector<ScopeWindows*> busy_;  ///< that hold something
    std::size_t next_busy_{};
    std::array<VenueLine, engine::capacity::venues + 1> venues_{};
    std::array<AccountLine, engine::capacity::accounts + 1> accounts_{};
    std::array<CredentialLine, engine::capacity::credentials + 1> credentials_{};
    std::array<CredentialWatch, engine::capacity::credentials> watches_{};
    std::array<StrategyLine, engine::capacity::strategies + 1> strategies_{};
    std::array<InstrumentLine, engine::capacity::instruments + 1> instruments_{};
    void reckon(LossBook::Row row) noexcept;
    void take_loss(engine::StrategyId strategy, const engine::GateFill& fill, engine::AssetId base,
                   engine::AssetId quote) noexcept;

    LossBook losses_{};
    std::int64_t day_{};  ///< of UTC since 1970; 0: not told yet
    PairTable pairs_{};
    Exposure exposure_;
};

static_assert(engine::Gate<RiskGate>);

}  // namespace portcullis::risk
