// Rows of the switches, sessions and permissions: who may order what at all.
#include "tests/risk/spec_rows.hpp"

namespace portcullis::risk {

using engine::Scope;
using engine::TradingState;
using enum Expect;
using enum DenyReason;
using W = GateWorld;

namespace {

constexpr std::int64_t far_away = std::numeric_limits<std::int64_t>::max();

void order_from(W& w, std::uint8_t strategy) {
    w.order.strategy = engine::StrategyId{strategy};
}
engine::Sighting transfer_of(std::int64_t amount) {
    return {.amount = engine::AmountAtoms{amount}, .what = engine::Sight::transfer};
}
void seen_with(W& w, std::uint8_t credential, const engine::Sighting& seen) {
    (void)w.gate().on_sighting(engine::CredentialId{credential}, seen, w.context.now);
}
void order_of(W& w, std::uint16_t instrument) {
    w.order.instrument = engine::InstrumentId{instrument};
}

}  // namespace

std::vector<Row> rows_of_switches() {
    return {
        {"killed_firm", "cleared", killed_firm, pass,
         [](W& w) { w.gate().on_kill_word(Scope::firm, 0, 2); }},
        {"killed_firm", "killed", killed_firm, deny,
         [](W& w) { w.gate().on_kill_word(Scope::firm, 0, 1); }},
        {"killed_firm", "largest_word", killed_firm, deny,
         [](W& w) { w.gate().on_kill_word(Scope::firm, 0, 0xffffffff); }},
        {"killed_venue", "another_venue", killed_venue, pass,
         [](W& w) { w.gate().on_kill_word(Scope::venue, 1, 1); }},
        {"killed_venue", "killed", killed_venue, deny,
         [](W& w) { w.gate().on_kill_word(Scope::venue, 0, 3); }},
        {"killed_account", "another_account", killed_account, pass,
         [](W& w) { w.gate().on_kill_word(Scope::account, 1, 1); }},
        {"killed_account", "cleared", killed_account, pass,
         [](W& w) { w.gate().on_kill_word(Scope::account, 0, 2); }},
        {"killed_account", "killed", killed_account, deny,
         [](W& w) { w.gate().on_kill_word(Scope::account, 0, 1); }},
        {"killed_account", "last", killed_account, deny,
         [](W& w) {
             w.context.account = engine::AccountId{7};
             w.gate().on_kill_word(Scope::account, 7, 5);
         }},
        {"killed_credential", "another_credential", killed_credential, pass,
         [](W& w) { w.gate().on_kill_word(Scope::credential, 1, 1); }},
        {"killed_credential", "of_withdrawals", killed_credential, pass,
         [](W& w) { w.gate().on_kill_word(Scope::withdrawals, 0, 1); }},
        {"killed_credential", "killed", killed_credential, deny,
         [](W& w) { w.gate().on_kill_word(Scope::credential, 0, 3); }},
        {"killed_credential", "last", killed_credential, deny,
         [](W& w) {
             w.context.credential = engine::CredentialId{15};
             w.gate().on_kill_word(Scope::credential, 15, 1);
         }},
        {"credential_state", "active", credential_state, pass, [](W&) {}},
        {"credential_state", "another_one", credential_state, pass,
         [](W& w) { seen_with(w, 1, transfer_of(-1)); }},
        {"credential_state", "a_note", credential_state, pass,
         [](W& w) { seen_with(w, 0, transfer_of(1)); }},
        {"credential_state", "suspect", credential_state, deny,
         [](W& w) { seen_with(w, 0, {.what = engine::Sight::lock}); }},
        {"credential_state", "suspended", credential_state, deny,
         [](W& w) { seen_with(w, 0, transfer_of(-1)); }},
        {"credential_state", "re_enabled", credential_state, pass,
         [](W& w) {
             seen_with(w, 0, transfer_of(-1));
             w.gate().re_enable(engine::CredentialId{0});
         }},
        {"credential_state", "another_re_enabled", credential_state, deny,
         [](W& w) {
             seen_with(w, 0, transfer_of(-1));
             w.gate().re_enable(engine::CredentialId{1});
         }},
        {"credential_state", "restored", credential_state, deny,
         [](W& w) {
             w.gate().restore_credential(engine::CredentialId{0}, engine::CredentialState::suspect,
                                         1);
         }},
        {"credential_state", "last", credential_state, pass,
         [](W& w) { w.context.credential = engine::CredentialId{15}; }},
        {"credential_state", "one_more", credential_state, deny,
         [](W& w) { w.context.credential = engine::CredentialId{16}; }},
        {"credential_state", "largest", credential_state, deny,
         [](W& w) { w.context.credential = engine::CredentialId{255}; }},
        {"killed_strategy", "another_strategy", killed_strategy, pass,
         [](W& w) { w.gate().on_kill_word(Scope::strategy, 1, 1); }},
        {"killed_strategy", "killed", killed_strategy, deny,
         [](W& w) { w.gate().on_kill_word(Scope::strategy, 0, 1); }},
        {"killed_instrument", "another_instrument", killed_instrument, pass,
         [](W& w) { w.gate().on_kill_word(Scope::instrument, 1, 1); }},
        {"killed_instrument", "killed", killed_instrument, deny,
         [](W& w) { w.gate().on_kill_word(Scope::instrument, 0, 1); }},
        {"halted", "active", halted, pass,
         [](W& w) { w.gate().set_trading_state(Scope::firm, 0, TradingState::active); }},
        {"halted", "another_venue", halted, pass,
         [](W& w) { w.gate().set_trading_state(Scope::venue, 1, TradingState::halted); }},
        {"halted", "another_account", halted, pass,
         [](W& w) { w.gate().set_trading_state(Scope::account, 1, TradingState::halted); }},
        {"halted", "account", halted, deny,
         [](W& w) { w.gate().set_trading_state(Scope::account, 0, TradingState::halted); }},
        {"halted", "another_credential", halted, pass,
         [](W& w) { w.gate().set_trading_state(Scope::credential, 1, TradingState::halted); }},
        {"halted", "credential", halted, deny,
         [](W& w) { w.gate().set_trading_state(Scope::credential, 0, TradingState::halted); }},
        {"halted", "firm", halted, deny,
         [](W& w) { w.gate().set_trading_state(Scope::firm, 0, TradingState::halted); }},
        {"halted", "venue", halted, deny,
         [](W& w) { w.gate().set_trading_state(Scope::venue, 0, TradingState::halted); }},
        {"halted", "strategy", halted, deny,
         [](W& w) { w.gate().set_trading_state(Scope::strategy, 0, TradingState::halted); }},
        {"halted", "instrument", halted, deny,
         [](W& w) { w.gate().set_trading_state(Scope::instrument, 0, TradingState::halted); }},
        {"halted", "no_such_state", halted, deny,
         [](W& w) { w.gate().set_trading_state(Scope::firm, 0, static_cast<TradingState>(0)); }},
        {"session_not_ready", "ready", session_not_ready, pass, [](W&) {}},
        {"session_not_ready", "down", session_not_ready, deny,
         [](W& w) { w.context.session_ready = false; }},
        {"not_reconciled", "agreed", not_reconciled, pass, [](W&) {}},
        {"not_reconciled", "open", not_reconciled, deny,
         [](W& w) { w.context.reconciled = false; }},
        {"journal_unwritable", "writable", journal_unwritable, pass, [](W&) {}},
        {"journal_unwritable", "full", journal_unwritable, deny,
         [](W& w) { w.context.journal_writable = false; }},
        {"request_ring_full", "room", request_ring_full, pass, [](W&) {}},
        {"request_ring_full", "full", request_ring_full, deny,
         [](W& w) { w.context.request_room = false; }},
        {"approval_lifetime", "one_ns", approval_lifetime, pass,
         [](W& w) { w.config.limits.firm.approval_lifetime_ns_max = 1; }},
        {"approval_lifetime", "absent", approval_lifetime, deny,
         [](W& w) { w.config.limits.firm.approval_lifetime_ns_max = 0; }},
        {"approval_lifetime", "negative", approval_lifetime, deny,
         [](W& w) { w.config.limits.firm.approval_lifetime_ns_max = -1; }},
        {"approval_lifetime", "last_instant", approval_lifetime, pass,
         [](W& w) { w.pass_time(far_away - 50 * ms - w.context.now.value); }},
        {"approval_lifetime", "overflow", approval_lifetime, deny,
         [](W& w) { w.pass_time(far_away - 50 * ms + 1 - w.context.now.value); }},
        {"strategy_unknown", "last", strategy_unknown, pass, [](W& w) { order_from(w, 191); }},
        {"strategy_unknown", "one_more", strategy_unknown, deny, [](W& w) { order_from(w, 192); }},
        {"strategy_unknown", "none", strategy_unknown, deny, [](W& w) { order_from(w, 255); }},
        {"instrument_unknown", "last", instrument_unknown, pass,
         [](W& w) {
             w.filters().id = engine::InstrumentId{1023};
             order_of(w, 1023);
         }},
        {"instrument_unknown", "one_more", instrument_unknown, deny,
         [](W& w) { order_of(w, 1024); }},
        {"instrument_unknown", "none", instrument_unknown, deny, [](W& w) { order_of(w, 0xffff); }},
        {"instrument_unknown", "never_defined", instrument_unknown, deny,
         [](W& w) { order_of(w, 5); }},
        {"instrument_unknown", "no_tick", instrument_unknown, deny,
         [](W& w) { w.filters().tick = {}; }},
        {"instrument_unknown", "no_lot", instrument_unknown, deny,
         [](W& w) { w.filters().lot = {}; }},
        {"instrument_unknown", "unknown_venue", instrument_unknown, deny,
         [](W& w) { w.filters().venue = engine::VenueId{8}; }},
        {"instrument_unknown", "unknown_asset", instrument_unknown, deny,
         [](W& w) { w.filters().quote = engine::AssetId{1024}; }},
        {"instrument_unknown", "base_is_quote", instrument_unknown, deny,
         [](W& w) { w.filters().quote = btc; }},
        {"instrument_not_allowed", "only_this", instrument_not_allowed, pass,
         [](W& w) { w.config.limits.strategy[0].instruments = engine::InstrumentSet::of_bits(1); }},
        {"instrument_not_allowed", "all_others", instrument_not_allowed, deny,
         [](W& w) {
             w.config.limits.strategy[0].instruments =
                 engine::InstrumentSet::all() - engine::InstrumentSet::of_bits(1);
         }},
        {"instrument_not_allowed", "absent", instrument_not_allowed, deny,
         [](W& w) { w.config.limits.strategy[0].instruments = {}; }},
        {"instrument_not_trading", "trading", instrument_not_trading, pass, [](W&) {}},
        {"instrument_not_trading", "unknown", instrument_not_trading, deny,
         [](W& w) { w.filters().status = engine::InstrumentStatus::unknown; }},
        {"instrument_not_trading", "halted", instrument_not_trading, deny,
         [](W& w) { w.filters().status = engine::InstrumentStatus::halted; }},
        {"instrument_not_trading", "cancel_only", instrument_not_trading, deny,
         [](W& w) { w.filters().status = engine::InstrumentStatus::cancel_only; }},
        {"instrument_version", "same", instrument_version, pass,
         [](W& w) {
             w.filters().version = 0xffffffff;
             w.order.instrument_version = 0xffffffff;
         }},
        {"instrument_version", "older", instrument_version, deny,
         [](W& w) { w.filters().version = 2; }},
        {"instrument_version", "newer", instrument_version, deny,
         [](W& w) { w.order.instrument_version = 2; }},
        {"instrument_version", "none", instrument_version, deny,
         [](W& w) { w.order.instrument_version = 0; }},
    };
}

}  // namespace portcullis::risk
