// TradingCore, part six: one number over everything that it remembers.
// See trading_core.hpp for what the class is, state_hash.hpp for what the number is good for.

namespace portcullis::engine {

PORTCULLIS_CORE_TEMPLATE
std::uint64_t PORTCULLIS_CORE::state_hash(std::size_t first, std::size_t count) const noexcept {
    StateHasher hasher;
    hasher.add(input_digest_);
    hasher.add(now_);
    hasher.add(sequence_);
    hasher.add(clock_offset_);
    hasher.add(clock_uncertainty_);
    hasher.add(static_cast<unsigned>(clock_known_) | static_cast<unsigned>(shutting_down_) << 1);
    hasher.add(next_mark_);
    hasher.add(next_hash_);
    hasher.add(next_chase_);
    hasher.add(next_hashed_);
    for (std::size_t n = 0; n < count; ++n) {
        markets_[(first + n) % config_.instrument_count].hash(hasher);
    }
    for (std::uint16_t i = 0; i < config_.instrument_count; ++i) {
        hasher.add(instruments_[i].version);
        hasher.add(instruments_[i].status);
    }
    for (const AgentState& agent : agents_) {
        hasher.add(
            static_cast<unsigned>(agent.orders_ready) |
            static_cast<unsigned>(agent.primary_ready) << 1 |
            static_cast<unsigned>(agent.secondary_ready) << 2 |
            static_cast<unsigned>(agent.reconciled) << 3 |
            static_cast<unsigned>(agent.reconciling) << 4 |
            static_cast<unsigned>(agent.again) << 7 | static_cast<unsigned>(agent.overflowed) << 9 |
            static_cast<unsigned>(agent.beyond) << 8 | static_cast<unsigned>(agent.listing) << 5 |
            static_cast<unsigned>(agent.listed.other) << 6);
        agent.listed.instruments.hash(hasher);
        agent.listed.strategies.hash(hasher);
        hasher.add(agent.attempts);
        hasher.add(std::uint64_t{agent.round});
        hasher.add(agent.leftovers);
        agent.drifts.hash(hasher);
        hasher.add(agent.drift_rounds);
        hasher.add(agent.drifting_since);
        hasher.add(std::uint64_t{agent.fills});
        hasher.add(agent.retry_at);
    }
    balances_known_.hash(hasher);
    hasher.add(drifting_since_);
    for (const AccountFill& fill : parked_) {
        hasher.add(fill.trade);
    }
    orders_.hash(hasher);
    orders_.for_each([&](OrderSlot slot, const Order&) { cancel_pacing_.hash(slot, hasher); });
    positions_.hash(hasher);
    gate_.hash(hasher);
    strategies_.hash(hasher);
    drains_.hash(hasher);
    alerts_.hash(hasher);
    for (std::uint16_t i = 0; i < config_.instrument_count; ++i) {
        hasher.add(sent_on_instrument_[i]);
        hasher.add(swept_on_[i]);
    }
    for (const MonoNs swept : swept_whole_) {
        hasher.add(swept);
    }
    for (const MonoNs sent : sent_by_strategy_) {
        hasher.add(sent);
    }
    traces_.hash(hasher);
    return hasher.value();
}

}  // namespace portcullis::engine
