// The gate and its naive twin, side by side through millions of random commands.
//
// The world (twin_world.hpp) is small and drawn anew every twenty thousand commands. Each command
// goes to both; then verdict, reason, mask, limit, value and stamp, every sum, count, own
// price and one window must be equal. At the end each reason must have been the first one often
// enough, and approvals frequent enough, for the comparison to mean anything. Seeds are fixed and
// printed; a difference names seed and command.
#include <gtest/gtest.h>

#include <cinttypes>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "engine/types/fnv1a.hpp"
#include "risk/checks.hpp"
#include "risk/limit_changes.hpp"
#include "tests/risk/naive_gate.hpp"
#include "tests/risk/twin_world.hpp"

namespace portcullis::risk {
namespace {

using engine::AmountAtoms;
using engine::AssetId;
using engine::ClOrdId;
using engine::InstrumentId;
using engine::MonoNs;
using engine::PriceAtoms;
using engine::QtyAtoms;
using engine::ReplaceMode;
using engine::Scope;
using engine::Side;
using engine::StrategyId;
using engine::TradingState;

class Twins : private TwinWorld {
public:
    explicit Twins(std::uint64_t seed) : TwinWorld(seed) { make_world(); }

    /// One command to both. Empty, or what differs.
    std::string step() {
        if (++commands_ % commands_per_world == 0) {
            if (!gate_->exposure().consistent()) {
                return "the gate's own recount";
            }
            make_world();
        }
        said_.clear();
        tell();
        compare_trips();
        if (one_in(3)) {
            gate_->tidy(MonoNs{now_});
        }
        return said_.empty() ? difference_of_sums() : said_;
    }
    [[nodiscard]] std::int64_t first(DenyReason reason) const {
        return first_[static_cast<std::size_t>(reason)];
    }
    [[nodiscard]] std::int64_t reloads() const { return reloads_; }
    [[nodiscard]] std::int64_t refused_reloads() const { return refused_reloads_; }
    [[nodiscard]] std::int64_t approved() const { return approved_; }
    [[nodiscard]] std::int64_t reviewed() const { return reviewed_; }
    [[nodiscard]] std::int64_t trips(engine::BreachAction action) const {
        return trips_[static_cast<std::size_t>(action)];
    }

private:
    // --- the world
    void define(std::uint16_t i, bool sound) {
        const engine::Instrument& filters = draw_filters(i, sound);
        gate_->on_instrument(filters);
        twin_->on_instrument(filters);
    }
    void make_world() {
        GateConfig config;
        config.epoch = engine::Epoch{++epoch_};
        config.risk_currency = one_in(4) ? engine::no_asset : one_in(2) ? AssetId{1} : AssetId{4};
        config.limits.version = epoch_;
        draw_limits(config.limits);
        usual_ = {(one_in(2) ? 20 : 5) * lot, among({100, 200}) * coin, (one_in(2) ? 20 : 5) * lot};
        for (std::size_t i = 0; i < naive_assets; ++i) {
            config.baselines[i] = AmountAtoms{usual_[i]};
        }
        lifetime_ = config.limits.firm.approval_lifetime_ns_max;
        ages_ = {config.limits.instrument[0].quote_age_ns_max,
                 config.limits.instrument[0].feed_silence_ns_max};
        first_limits_.clear();
        gate_ = std::make_unique<RiskGate>(config);
        twin_ = std::make_unique<NaiveGate>(config);
        now_ = 1'000'000 * ms;
        wall_ = 20'000 * day_ns;
        killed_.clear();
        halted_.clear();
        seen_.clear();
        cancels_ = 0;
        words_ = {};
        for (std::uint16_t i = 0; i < instrument_count; ++i) {
            middle_[i] = price_of[i];
            define(i, true);
        }
        for (std::uint16_t i = 0; i < naive_assets; ++i) {
            balance(i, true);
            mark(i, true);
        }
    }
    // --- commands
    void tell() {
        const std::int64_t what = pick(1'000);
        if (what < 420) {
            order();
        } else if (what < 520) {
            replace();
        } else if (what < 620) {
            fill();
        } else if (what < 800) {
            close();
        } else if (what < 830) {
            lower();
        } else if (what < 840) {
            cancel();
        } else if (what < 900) {
            move_clock();
        } else if (what < 950) {
            move_book();
        } else if (what < 970) {
            balance(static_cast<std::uint16_t>(pick(naive_assets + 1)), !one_in(12));
        } else if (what < 983) {
            mark(static_cast<std::uint16_t>(pick(naive_assets + 1)), !one_in(6));
        } else if (what < 985) {
            reload();
        } else if (what < 987) {
            kill();
        } else if (what < 990) {
            halt();
        } else if (what < 991) {
            see();
        } else if (what < 998) {
            define(static_cast<std::uint16_t>(pick(instrument_count)), !one_in(6));
        } else {
            recover();
        }
        mend();
    }
    /// A new set of limits, between two commands: up and down, whole or refused and then nothing of
    /// it. What it may hold, and where that stands, is written here once more.
    void reload() {
        Limits next = twin_->limits();
        std::vector<engine::LimitChange> rows;
        const auto change = [&](Scope scope, std::uint16_t index, const char* key,
                                std::int64_t& limit) {
            // Around what the world was made with: it would drift out of what is of use.
            const auto first = first_limits_.try_emplace({scope, index, key}, limit).first->second;
            limit = std::max<std::int64_t>(1, one_in(12)  ? first / 2
                                              : one_in(3) ? first + first / 3 + 1
                                                          : first);
            rows.push_back({limit, engine::fnv1a(key), 0, index, scope, {}});
        };
        const auto i = static_cast<std::uint16_t>(pick(instrument_count));
        const auto s = static_cast<std::uint16_t>(pick(strategy_count));
        const auto before = [&] { return one_in(3); };
        if (before()) {
            change(Scope::firm, 0, "orders_open_max", next.firm.orders_open_max);
        }
        if (before()) {
            change(Scope::firm, 0, "gross_exposure_micro_max", next.firm.gross_exposure_micro_max);
        }
        if (before()) {
            change(Scope::instrument, i, "position_atoms_max",
                   next.instrument[i].position_atoms_max);
        }
        if (before()) {
            change(Scope::instrument, i, "collar_bps_max", next.instrument[i].collar_bps_max);
        }
        if (before()) {
            change(Scope::strategy, s, "orders_open_max", next.strategy[s].orders_open_max);
        }
        bool good = std::all_of(rows.begin(), rows.end(), [](const engine::LimitChange& row) {
            return row.value <= (row.key == engine::fnv1a("orders_open_max")  ? orders_ceiling
                                 : row.key == engine::fnv1a("collar_bps_max") ? 10'000
                                                                              : amount_ceiling);
        });
        if (one_in(5)) {  // what cannot change is among them, or a row of it is lost
            good = false;
            rows.push_back({1, engine::fnv1a("order_notional_micro_max"), 0, 0, Scope::firm, {}});
        }
        for (const engine::LimitChange& row : rows) {
            gate_->stage_limit(row);
        }
        const std::uint64_t hash = limits_hash(next);
        const engine::LimitsOutcome outcome = gate_->take_limits(
            {hash, 0, gate_->limits_version() + 1, static_cast<std::uint32_t>(rows.size()), 0, 0});
        ++(good ? reloads_ : refused_reloads_);
        if (outcome.taken != good) {
            said_ = "a set of limits is taken or refused";
            return;
        }
        if (!good) {
            return;
        }
        twin_->limits() = next;
        twin_->limits().version = gate_->limits_version();
        lifetime_ = next.firm.approval_lifetime_ns_max;
        if (outcome.hash != hash || outcome.hash != gate_->limits_hash()) {
            said_ = "the number over all limits";
        }
        compare_reduced(rows, outcome);
    }
    /// What is above a limit that was in the set is to be reduced, reckoned from the twin's sums.
    void compare_reduced(const std::vector<engine::LimitChange>& rows,
                         const engine::LimitsOutcome& outcome) {
        const Limits& limits = twin_->limits();
        const bool firm =
            gate_->firm().state.trading == TradingState::active &&
            twin_->gross() > int128{limits.firm.gross_exposure_micro_max} * weight_per_micro;
        if (outcome.reduce_firm != firm) {
            said_ = "the firm is to reduce";
        }
        for (std::uint16_t i = 0; i < instrument_count; ++i) {
            const InstrumentLine& line = gate_->instrument(InstrumentId{i});
            const bool named =
                std::any_of(rows.begin(), rows.end(), [i](const engine::LimitChange& row) {
                    return row.scope == Scope::instrument && row.index == i &&
                           row.key == engine::fnv1a("position_atoms_max");
                });
            bool above = false;
            if (line.defined && line.filters.base.value < naive_assets) {
                const NaiveGate::Sums sums = twin_->sums(line.filters.base.value);
                above = std::max(sums.position + sums.incoming, sums.reserved - sums.position) >
                        limits.instrument[i].position_atoms_max;
            }
            if (outcome.reduce.has(InstrumentId{i}) !=
                (named && above && line.state.trading == TradingState::active)) {
                said_ = "instrument " + std::to_string(i) + " is to reduce";
            }
        }
    }
    /// What stops everything does not last: it is undone after some tens of commands.
    void mend() {
        if (!killed_.empty() && one_in(20)) {
            const auto [scope, index] = killed_.back();
            killed_.pop_back();
            set_word(scope, index, word(scope, index) + 1);
        }
        if (!seen_.empty() && one_in(20)) {
            gate_->re_enable(engine::CredentialId{seen_.back()});
            twin_->on_credential(seen_.back(), 0);
            seen_.pop_back();
        }
        if (!halted_.empty() && one_in(halted_.size() > 1 ? 2 : 10)) {
            const auto [scope, index] = halted_.back();
            halted_.pop_back();
            set_state(scope, index, TradingState::active);
        }
        if (one_in(30)) {
            const auto i = static_cast<std::uint16_t>(pick(instrument_count));
            const engine::Instrument& filters = instruments_[i];
            if (!gate_->instrument(InstrumentId{i}).defined ||
                filters.notional_min.value > coin * coin ||
                filters.status != engine::InstrumentStatus::trading) {
                define(i, true);
            }
        }
        if (one_in(40)) {
            for (std::uint16_t i = 0; i < naive_assets; ++i) {
                if (gate_->exposure().asset(AssetId{i}).mark == 0) {
                    mark(i, true);
                }
            }
        }
    }

    /// A slot that is not live, or none.
    std::optional<engine::OrderSlot> free_slot() {
        for (int tries = 0; tries < 8; ++tries) {
            const auto slot = static_cast<engine::OrderSlot>(pick(slot_count));
            if (!gate_->exposure().reservation(slot).live) {
                return slot;
            }
        }
        return std::nullopt;
    }
    const NaiveGate::Live* any_live() {
        const auto& live = twin_->live();
        return live.empty() ? nullptr
                            : &live[static_cast<std::size_t>(pick(std::int64_t(live.size())))];
    }

    void order() {
        const auto slot = free_slot();
        if (!slot) {
            return close();
        }
        const engine::NewOrderSingle made = any_order();
        const engine::ReviewContext context = any_context(made.instrument.value, *slot);
        const NaiveAnswer wanted = twin_->review(made, std::nullopt, engine::no_order, context);
        compare(gate_->review(made, context), wanted);
    }
    void replace() {
        const NaiveGate::Live* old = any_live();
        const auto slot = free_slot();
        if (old == nullptr || !slot) {
            return;
        }
        engine::OrderCancelReplaceRequest request{.order = any_order(), .orig_cl_ord_id = old->id};
        engine::NewOrderSingle& made = request.order;
        if (!one_in(8)) {
            made.instrument = InstrumentId{old->instrument};
            made.strategy = StrategyId{old->strategy};
            made.side = old->buy ? Side::buy : Side::sell;
            made.instrument_version = instruments_[old->instrument].version;
        } else if (one_in(2)) {
            request.orig_cl_ord_id.value += 1;
        }
        if (one_in(2)) {
            request.mode = ReplaceMode::amend_in_place;
            const engine::Instrument& filters = instruments_[old->instrument];
            if (!one_in(6) && filters.tick.value > 0) {
                made.price.value = old->price / filters.tick.value;
                const std::int64_t whole = old->filled + old->leaves;
                made.qty.value = whole / filters.lot.value - pick(3);
            }
        } else if (one_in(30)) {
            request.mode = static_cast<ReplaceMode>(one_in(2) ? 0 : 3);
        }
        engine::ReviewContext context = any_context(made.instrument.value, *slot);
        context.orig_slot =
            one_in(60) ? static_cast<engine::OrderSlot>(engine::capacity::orders) : old->slot;
        const NaiveAnswer wanted =
            twin_->review(made, request.mode, request.orig_cl_ord_id, context);
        compare(gate_->review(request, context), wanted);
    }
    void fill() {
        engine::GateFill made{
            .price = PriceAtoms{1 + pick(200) * coin / 3},
            .qty = QtyAtoms{1 + pick(3 * lot)},
            .fee_atoms = pick(3) - 1,
            .instrument = InstrumentId{static_cast<std::uint16_t>(pick(5))},
            .fee_asset = AssetId{static_cast<std::uint16_t>(one_in(4) ? 0xffff : pick(4))},
            .side = one_in(2) ? Side::buy : Side::sell,
            .strategy = StrategyId{static_cast<std::uint8_t>(one_in(4) ? 255 : pick(3))},
            .account =
                engine::AccountId{static_cast<std::uint8_t>(one_in(20) ? 9 : pick(account_count))}};
        const NaiveGate::Live* old = any_live();
        if (old == nullptr || one_in(15)) {
            gate_->on_stray_fill(made, MonoNs{now_});
            twin_->on_stray_fill(made, MonoNs{now_});
            return;
        }
        const engine::OrderSlot slot = old->slot;
        made.instrument = InstrumentId{old->instrument};
        made.side = old->buy ? Side::buy : Side::sell;
        made.price.value = old->price + pick(3) - 1;
        made.qty.value = one_in(2) ? std::max<std::int64_t>(old->leaves, 1)
                                   : 1 + pick(old->leaves + (one_in(9) ? lot : 1));
        gate_->on_fill(slot, made, MonoNs{now_});
        twin_->on_fill(slot, made, MonoNs{now_});
        if (twin_->live().size() > 4 && one_in(2)) {
            close();
        }
    }
    /// Rejected, expired, cancelled, not sent, proven dead after it was unknown: all end like this.
    void close() {
        if (const NaiveGate::Live* old = any_live()) {
            const engine::OrderSlot slot = old->slot;
            gate_->on_closed(slot);
            twin_->on_closed(slot);
        }
    }
    /// An amend is confirmed, or the venue's STP took something; sometimes it says more than
    /// before.
    void lower() {
        if (const NaiveGate::Live* old = any_live()) {
            const QtyAtoms leaves{pick(old->leaves + lot + 1) - (one_in(20) ? lot : 0)};
            gate_->on_leaves(old->slot, leaves);
            twin_->on_leaves(old->slot, leaves);
        }
    }
    /// Metered, and nothing else changes: an order whose cancel is on its way may still fill.
    void cancel() {
        gate_->on_cancel(
            InstrumentId{0},
            StrategyId{static_cast<std::uint8_t>(pick(engine::capacity::strategies + 8))},
            MonoNs{now_});
        ++cancels_;
    }
    void balance(std::uint16_t asset, bool sound) {
        int128 amount = among({0, coin, coin / 3, -1});
        if (sound && asset < naive_assets) {
            amount =
                int128{usual_[asset]} + among({-2, 0, 0, 2}) * usual_[asset] / 10 + pick(3) - 1;
            amount = asset > 2 ? pick(2) : amount;
        } else if (one_in(4)) {
            amount = (one_in(2) ? 1 : -1) * (int128{1} << 120);
        }
        const AssetId id{asset < naive_assets ? asset : std::uint16_t{engine::capacity::assets}};
        gate_->on_balance(id, AmountAtoms{amount});
        twin_->on_balance(id, AmountAtoms{amount});
        if (!sound && asset < naive_assets && !one_in(4)) {
            balance(asset, true);
        }
    }
    void mark(std::uint16_t asset, bool sound) {
        constexpr std::array<std::int64_t, naive_assets> usual{100 * micro, micro, 10 * micro,
                                                               5 * micro, micro};
        const AssetId id{asset < naive_assets ? asset : std::uint16_t{engine::capacity::assets}};
        const std::int64_t price = sound && asset < naive_assets
                                       ? usual[asset] * among({99, 100, 101}) / 100 + pick(2)
                                       : among({0, -1, 0, last_time});
        gate_->on_mark(id, price);
        twin_->on_mark(id, price);
        if (price == last_time) {
            mark(asset, false);
        }
        if (!one_in(3)) {
            wall_ += among({0, day_ns, day_ns, day_ns / 3, -day_ns / 4});
            gate_->on_marked(engine::WallNs{wall_});
            twin_->on_marked(engine::WallNs{wall_});
        }
    }
    std::pair<Scope, std::uint16_t> any_scope() {
        const std::pair<Scope, std::int64_t> scopes[]{{Scope::firm, 1},
                                                      {Scope::venue, venue_count},
                                                      {Scope::strategy, strategy_count},
                                                      {Scope::instrument, instrument_count + 1},
                                                      {Scope::account, account_count},
                                                      {Scope::credential, credential_count}};
        const auto& [scope, size] = scopes[pick(std::size(scopes))];
        return {scope, static_cast<std::uint16_t>(pick(size))};
    }
    [[nodiscard]] std::uint32_t& word(Scope scope, std::uint16_t index) {
        return words_[{scope, index}];
    }
    void set_word(Scope scope, std::uint16_t index, std::uint32_t value) {
        word(scope, index) = value;
        gate_->on_kill_word(scope, index, value);
        twin_->on_kill_word(scope, index, value);
    }
    void kill() {
        const auto [scope, index] = any_scope();
        if (word(scope, index) % 2 == 0) {
            set_word(scope, index, word(scope, index) + 1);
            killed_.emplace_back(scope, index);
        }
    }
    void set_state(Scope scope, std::uint16_t index, TradingState state) {
        gate_->set_trading_state(scope, index, state);
        twin_->set_trading_state(scope, index, state);
    }
    void halt() {
        const auto [scope, index] = any_scope();
        const std::int64_t states[]{2, 2, 2, 3, 0, 7};
        set_state(scope, index, static_cast<TradingState>(among(states)));
        halted_.emplace_back(scope, index);
    }
    /// Something on an account, or the command that forgives it.
    void see() {
        const auto which = static_cast<std::uint8_t>(pick(credential_count));
        const engine::CredentialId credential{which};
        engine::Sighting seen;
        seen.what = engine::Sight::transfer;
        int badness = 1;
        switch (pick(5)) {
            case 0:
                seen.amount = AmountAtoms{1 + pick(9)};
                break;
            case 1:
                seen.amount = AmountAtoms{-1 - pick(9)};
                badness = 3;
                break;
            case 2:
                seen.what = engine::Sight::lock;
                badness = 2;
                break;
            case 3:
                seen.what = engine::Sight::fill;
                seen.whose = engine::Whose::nobodys;
                badness = 3;
                break;
            default:
                seen.what = engine::Sight::silence;
        }
        (void)gate_->on_sighting(credential, seen, MonoNs{now_});
        twin_->on_credential(which, badness);
        seen_.push_back(which);
    }
    /// What an earlier run left behind: a live order off today's grid, and messages.
    void recover() {
        const StrategyId strategy{static_cast<std::uint8_t>(pick(strategy_count))};
        PastEntry past{.at = MonoNs{now_ - pick(3) * ms},
                       .weight = one_in(9) ? PastEntry::unknown : Weight{pick(40)} * micro * coin,
                       .orders = pick(2),
                       .instrument = InstrumentId{static_cast<std::uint16_t>(pick(5))},
                       .strategy = strategy,
                       .venue = engine::VenueId{static_cast<std::uint8_t>(pick(2))},
                       .account = engine::AccountId{static_cast<std::uint8_t>(pick(2) * 9)}};
        gate_->restore_sent(past);
        twin_->restore_sent(past);
        past.orders = 1;
        gate_->restore_filled(past);
        twin_->restore_filled(past);
        const auto slot = free_slot();
        const auto i = static_cast<std::uint16_t>(pick(instrument_count));
        if (!slot || !gate_->instrument(InstrumentId{i}).defined) {
            return;
        }
        engine::NewOrderSingle left{.cl_ord_id = ClOrdId{++sequence_}};
        left.instrument = InstrumentId{i};
        left.strategy = strategy;
        left.side = one_in(2) ? Side::buy : Side::sell;
        const PriceAtoms price{price_of[i] + (pick(7) - 3) * (price_of[i] / 100) + pick(2)};
        const QtyAtoms leaves{1 + pick(2 * lot)};
        gate_->restore_order(*slot, left, price, leaves);
        twin_->restore_order(*slot, left, price, leaves);
    }

    // --- comparison
    template <class V>
    void compare(V verdict, const NaiveAnswer& wanted) {
        ++reviewed_;
        if (verdict.ok() != wanted.ok) {
            said_ = wanted.ok ? "denied, the twin approves: " + text(verdict.denial())
                              : "approved, the twin denies: " + text(wanted.denial);
            return;
        }
        if (verdict.ok()) {
            ++approved_;
            const auto approval = verdict.take();
            const ApprovalStamp& stamp = approval.stamp();
            if (stamp.number != wanted.stamp.number || stamp.agent != wanted.stamp.agent ||
                stamp.deadline != wanted.stamp.deadline ||
                stamp.kill_stamp != wanted.stamp.kill_stamp ||
                stamp.gate_epoch != wanted.stamp.gate_epoch) {
                said_ = "the approval's stamp";
            }
            return;
        }
        const engine::Denial& got = verdict.denial();
        if (got.reason != wanted.denial.reason || got.all_reasons != wanted.denial.all_reasons ||
            got.limit != wanted.denial.limit || got.value != wanted.denial.value ||
            got.window != wanted.denial.window) {
            said_ = "denied " + text(got) + "; the twin " + text(wanted.denial);
            return;
        }
        ++first_[got.reason];
    }
    /// What they have stopped is started again some time, as if by two persons.
    void compare_trips() {
        for (const engine::GateTrip& wanted : twin_->take_trips()) {
            const auto got = gate_->take_trip();
            if (!got || *got != wanted) {
                said_ = "a trip of " + std::to_string(wanted.reason);
                return;
            }
            ++trips_[static_cast<std::size_t>(wanted.action)];
            halted_.emplace_back(wanted.scope, wanted.index);
        }
        if (gate_->take_trip()) {
            said_ = "a trip that the twin does not see";
        }
    }
    static std::string text(const engine::Denial& denial) {
        char line[160];
        std::snprintf(line, sizeof line,
                      "%.*s limit %" PRId64 " value %" PRId64 " window %u all %zu",
                      static_cast<int>(name(static_cast<DenyReason>(denial.reason)).size()),
                      name(static_cast<DenyReason>(denial.reason)).data(), denial.limit,
                      denial.value, unsigned{denial.window}, denial.all_reasons.size());
        return line;
    }
    std::string difference_of_sums() {
        const Exposure& exposure = gate_->exposure();
        for (std::uint16_t i = 0; i < naive_assets; ++i) {
            const AssetLine& got = exposure.asset(AssetId{i});
            const NaiveGate::Sums wanted = twin_->sums(i);
            if (got.balance != wanted.balance || got.position != wanted.position ||
                got.reserved != wanted.reserved || got.incoming != wanted.incoming ||
                got.open != wanted.open || got.mark != wanted.mark) {
                return "the sums of asset " + std::to_string(i);
            }
        }
        if (exposure.gross() != twin_->gross()) {
            return "gross exposure";
        }
        if (exposure.unmarked() != twin_->unmarked() ||
            exposure.overfills() != twin_->overfills()) {
            return "unmarked assets or overfills";
        }
        return difference_of_counts();
    }
    std::string difference_of_counts() {
        const OpenCounts& open = gate_->exposure().open();
        for (std::uint16_t i = 0; i < instrument_count; ++i) {
            const auto here = twin_->count([i](const auto& each) { return each.instrument == i; });
            const OwnLevels& own = gate_->exposure().own();
            if (open.instrument[i] != here ||
                own.best(InstrumentId{i}, Side::buy).value != twin_->best(i, true) ||
                own.best(InstrumentId{i}, Side::sell).value != twin_->best(i, false)) {
                return "open orders or own prices of instrument " + std::to_string(i);
            }
        }
        for (std::uint8_t i = 0; i < strategy_count; ++i) {
            if (open.strategy[i] !=
                twin_->count([i](const auto& each) { return each.strategy == i; })) {
                return "open orders of strategy " + std::to_string(i);
            }
        }
        if (open.venue[0] != twin_->count([](const auto& each) { return each.venue == 0; }) ||
            open.firm != std::int64_t(twin_->live().size()) || gate_->firm().cancels != cancels_) {
            return "open orders of venue or firm, or cancels";
        }
        const auto strategy = static_cast<std::uint8_t>(commands_ % strategy_count);
        const std::uint16_t instrument =
            static_cast<std::uint16_t>(commands_ % (instrument_count + 1));
        const std::string windows = difference_of_windows(strategy, instrument);
        if (!windows.empty()) {
            return windows;
        }
        const auto account = static_cast<std::uint8_t>(commands_ % account_count);
        const auto credential = static_cast<std::uint8_t>(commands_ % credential_count);
        return gate_->trading_state(InstrumentId{instrument}, StrategyId{strategy},
                                    engine::AccountId{account}, engine::CredentialId{credential}) ==
                       twin_->trading_state(instrument, strategy, account, credential)
                   ? ""
                   : "the trading state";
    }

    /// Of one row of one scope, where nothing that a window holds is lost.
    std::string difference_of_windows(std::uint8_t strategy, std::uint16_t instrument) {
        const auto row = static_cast<std::size_t>(commands_ / 3 % 3);
        const std::array<std::pair<NaiveGate::ScopeIndex, const ScopeWindows*>, 3> scopes{
            {{{Scope::firm, 0}, &gate_->firm().windows},
             {{Scope::strategy, strategy}, &gate_->strategy(StrategyId{strategy}).windows},
             {{Scope::instrument, instrument},
              &gate_->instrument(InstrumentId{instrument}).windows}}};
        gate_->tidy(MonoNs{now_});
        const auto& [scope, windows] = scopes[static_cast<std::size_t>(commands_ / 9 % 3)];
        if (row >= windows->spans()) {
            return "";
        }
        for (const bool fills : {false, true}) {
            const NaiveSums wanted =
                twin_->in_window(scope, fills, windows->limits()[row].span_ns, now_);
            const Measure counted = fills ? Measure::fills : Measure::messages;
            const Measure weighed = fills ? Measure::filled : Measure::submitted;
            const int128 micros = (wanted.weight + coin - 1) / coin;
            const bool kept =
                wanted.count <= (fills ? windows->limits()[windows->spans() - 1].fills_max
                                       : windows->limits()[windows->spans() - 1].messages_max);
            if (kept && (windows->used(counted, row, MonoNs{now_}) != wanted.count ||
                         windows->used(weighed, row, MonoNs{now_}) !=
                             std::min<int128>(micros, last_time))) {
                return "window " + std::to_string(row) + " of scope " +
                       std::to_string(static_cast<int>(scope.first));
            }
        }
        return "";
    }

    std::unique_ptr<RiskGate> gate_;
    std::unique_ptr<NaiveGate> twin_;
    std::map<std::tuple<Scope, std::uint16_t, std::string>, std::int64_t> first_limits_;
    std::map<std::pair<Scope, std::uint16_t>, std::uint32_t> words_;
    std::vector<std::pair<Scope, std::uint16_t>> killed_, halted_;
    std::vector<std::uint8_t> seen_;  ///< credentials
    std::array<std::int64_t, engine::capacity::deny_reasons> first_{};
    std::array<std::int64_t, 5> trips_{};  // by action
    std::int64_t commands_{}, reviewed_{}, approved_{}, reloads_{}, refused_reloads_{};
    std::uint64_t cancels_{};
    std::uint32_t epoch_{};
    std::string said_;
};

class GateTwin : public testing::TestWithParam<std::uint64_t> {};

TEST_P(GateTwin, AgreesWithTheGateAtEveryCommand) {
    constexpr std::int64_t commands = PORTCULLIS_TWIN_COMMANDS / 5;
    Twins twins(GetParam());
    for (std::int64_t i = 0; i < commands; ++i) {
        const std::string difference = twins.step();
        ASSERT_EQ(difference, "") << "seed " << GetParam() << ", command " << i;
    }
    std::int64_t rarest = commands;
    // The short run of the sanitizers has five worlds, of which each tightens a few measures by
    // turns: there it is the agreement that counts, and that something is approved.
    constexpr bool whole = commands >= 1'000'000;
    const std::int64_t wanted = whole ? commands / 20'000 : 0;
    for (const Check& rung : ladder) {
        if (rung.reason == DenyReason::pair_slots) {
            continue;  // of thousands, and this world has nine; it has rows of its own
        }
        EXPECT_GE(twins.first(rung.reason), wanted) << name(rung.reason);
        rarest = std::min(rarest, twins.first(rung.reason));
    }
    EXPECT_GE(twins.approved(), twins.reviewed() / (whole ? 16 : 32));
    EXPECT_GE(twins.reloads(), wanted);
    EXPECT_GE(twins.refused_reloads(), wanted);
    for (const auto action :
         {engine::BreachAction::halt, engine::BreachAction::cancel, engine::BreachAction::kill}) {
        EXPECT_GE(twins.trips(action), wanted) << name(action);
    }
    std::printf("seed %" PRIu64 ": %" PRId64 " commands, %" PRId64 " reviews, %" PRId64
                " approved, rarest reason first %" PRId64 " times\n",
                GetParam(), commands, twins.reviewed(), twins.approved(), rarest);
    if (std::getenv("PORTCULLIS_TWIN_TABLE") != nullptr) {
        for (const Check& rung : ladder) {
            std::printf("%10" PRId64 " %s\n", twins.first(rung.reason), name(rung.reason).data());
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, GateTwin, testing::Values(1, 202211, 5, 0xfeedULL, 0x5eedULL));

}  // namespace
}  // namespace portcullis::risk
