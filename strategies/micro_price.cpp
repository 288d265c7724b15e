// See micro_price.hpp for the formula.
#include "strategies/micro_price.hpp"

#include <algorithm>

namespace portcullis::strategies {
namespace {

constexpr double prior_moves = 10.0;
constexpr engine::DurationNs hole_min{1'000'000'000};

}  // namespace

MicroPrice::State MicroPrice::state_of(std::size_t imbalance, std::size_t spread) noexcept {
    engine::verify(imbalance < imbalances && spread < spreads);
    constexpr std::size_t half = imbalances / 2;
    const bool more_bid = imbalance >= half;
    const std::size_t strength = more_bid ? imbalance - half : half - 1 - imbalance;
    return {spread * half + strength, more_bid ? 1.0 : -1.0};
}

double MicroPrice::adjustment_ticks(std::size_t imbalance, std::size_t spread) const noexcept {
    return adjustment(state_of(imbalance, spread));
}

double MicroPrice::update(const engine::NetTop& top, engine::PriceAtoms tick,
                          engine::MonoNs now) noexcept {
    engine::verify(top.two_sided());
    engine::verify(tick.value > 0);
    const double tick_atoms = static_cast<double>(tick.value);
    const double bid = static_cast<double>(top.bid.price.value) / tick_atoms;
    const double ask = static_cast<double>(top.ask.price.value) / tick_atoms;
    const double bid_qty = static_cast<double>(top.bid.qty.value);
    const double share = bid_qty / (bid_qty + static_cast<double>(top.ask.qty.value));
    const auto imbalance = static_cast<std::size_t>(share * static_cast<double>(imbalances));
    const double width = std::max(ask - bid, 1.0);
    const double widest = static_cast<double>(spreads);
    const auto spread = static_cast<std::size_t>(std::min(width, widest)) - 1;
    const State state = state_of(std::min(imbalance, imbalances - 1), spread);

    const double mid_ticks = (bid + ask) / 2.0;
    if (now - last_at_ > hole_min) {
        seen_ = seen_mirrored_ = 0;
    } else if (mid_ticks != last_mid_ticks_) {
        learn(mid_ticks - last_mid_ticks_ + adjustment(state));
        seen_ = seen_mirrored_ = 0;
    }
    (state.sign > 0.0 ? seen_ : seen_mirrored_) |= std::uint32_t{1} << state.index;
    last_mid_ticks_ = mid_ticks;
    last_at_ = now;
    const double price = std::min(std::max(mid_ticks + adjustment(state), bid), ask);
    return price * tick_atoms / static_cast<double>(engine::atoms_per_unit);
}

// A state that was seen as itself and as its mirror image takes both steps from the same place.
void MicroPrice::learn(double target) noexcept {
    static_assert(states <= 32, "a set of states is a word of 32 bits");
    for (std::size_t i = 0; i < states; ++i) {
        const std::int64_t seen = seen_ >> i & 1U;
        const std::int64_t mirrored = seen_mirrored_ >> i & 1U;
        if (seen + mirrored == 0) {
            continue;
        }
        const double gain = 1.0 / (static_cast<double>(moves_[i]) + prior_moves);
        const double steps = static_cast<double>(seen - mirrored) * target -
                             static_cast<double>(seen + mirrored) * adjustment_[i];
        adjustment_[i] += gain * steps;
        moves_[i] = std::min(moves_[i] + seen + mirrored, config_.moves_memory);
    }
}

void MicroPrice::hash(engine::StateHasher& hasher) const noexcept {
    for (std::size_t i = 0; i < states; ++i) {
        hasher.add(adjustment_[i]);
        hasher.add(moves_[i]);
    }
    hasher.add(std::uint64_t{seen_} << 32 | seen_mirrored_);
    hasher.add(last_mid_ticks_);
    hasher.add(last_at_);
}

}  // namespace portcullis::strategies
