// MicroPrice: mid plus the adjustment that makes it a martingale, learned while the market runs.
//
// Stoikov defines the micro-price as the limit of the expected mid after n of its moves, given
// imbalance I and spread S:  P = M + G(I, S).  G is the fixed point of
//
//   G(x) = E[ dM + G(x') | x ]     dM: the next move of the mid, x': the state right after it
#pragma once

#include <array>
#include <cstdint>

#include "engine/book/market.hpp"
#include "engine/types/state_hash.hpp"
#include "strategies/strategy_config.hpp"

namespace portcullis::strategies {

// G is his G* = sum of B^n G1. He solves it off line by matrices over discretised states; here it
// is approximated on line: at each move of the mid every state x seen since the last move takes a
// step of 1/(n + 10) towards dM + G(x'), n being its moves so far, at most moves_memory. (Robbins
// and Monro 1951; for Markov chains temporal-difference learning, Sutton 1988.) A state never seen
// has G = 0, i.e. the mid, and the ten make believe so for a while. As in the paper the data are
// symmetrised, G(1 - I, S) = -G(I, S), without which the limit need not exist.
//
// States: 10 buckets of imbalance, spreads of 1, 2, 3 and more ticks. The result is held within
// [bid, ask]. A hole in the data is not a move.
// Source: S. Stoikov, "The micro-price: a high-frequency estimator of future prices", Quantitative
// Finance 18 (2018) 1959-1966. Owner: its strategy, core thread; no allocation.
class MicroPrice {
public:
    static constexpr std::size_t imbalances = 10;  ///< buckets of bid_qty / (bid_qty + ask_qty)
    static constexpr std::size_t spreads = 4;      ///< 1, 2, 3, more ticks
    static_assert(imbalances % 2 == 0, "mirrored states are stored once");

    explicit MicroPrice(const MicroPriceConfig& config) noexcept : config_(config) {}

    /// Learns from this top of book and gives its micro-price. Requires: both sides are there.
    [[nodiscard]] double update(const engine::NetTop& top, engine::PriceAtoms tick,
                                engine::MonoNs now) noexcept;
    /// What is learned, in ticks, of one bucket of imbalance and of spread (from 0).
    [[nodiscard]] double adjustment_ticks(std::size_t imbalance, std::size_t spread) const noexcept;
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    static constexpr std::size_t states = imbalances / 2 * spreads;
    /// A state or its mirror image.
    struct State {
        std::size_t index{};
        double sign{1.0};
    };
    [[nodiscard]] static State state_of(std::size_t imbalance, std::size_t spread) noexcept;
    [[nodiscard]] double adjustment(const State& state) const noexcept {
        return state.sign * adjustment_[state.index];
    }
    void learn(double target) noexcept;

    MicroPriceConfig config_;
    std::array<double, states> adjustment_{};  // ticks, of the state with more on the bid
    std::array<std::int64_t, states> moves_{};
    std::uint32_t seen_{};           // since the mid last moved: states with more on the bid...
    std::uint32_t seen_mirrored_{};  // ...and with more on the ask
    double last_mid_ticks_{};
    engine::MonoNs last_at_{engine::never};
};

}  // namespace portcullis::strategies
