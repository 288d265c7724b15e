// Flow: the crowd of a synthetic market, as one seeded sequence of orders and cancels.
//
//   reference   a price that jumps; it is what the others believe
//   touch       makers who quote at it, a spread apart, and move with it
//   bands       makers further off, who come at random and lose patience at random: the noise
//   takers      who come in bunches, go the way of the last one, or of the last jump: momentum
//
// Written by poll() alone, on the exchange's thread. Invariant: with one seed, parameters, script
// and start, and without clients, the same orders at the same times.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "tools/venue/exchange.hpp"
#include "tools/venue/synthetic/matching_engine.hpp"
#include "tools/venue/synthetic/parameters.hpp"
#include "tools/venue/synthetic/random.hpp"
#include "tools/venue/synthetic/scripts.hpp"

namespace portcullis::tools::venue {

class Flow {
public:
    /// Adds the symbol to the exchange, which must not have it and must outlive the flow.
    Flow(Exchange& exchange, const FlowParameters& parameters, std::span<const ScriptPhase> script,
         std::uint64_t seed);

    /// Puts the first book up. Times here count from the start, in microseconds.
    void open(std::int64_t now_ms);
    [[nodiscard]] std::int64_t next_us() const { return due_.top().at_us; }
    /// Does what is due next. now_ms: the exchange's clock at that moment.
    void step(std::int64_t now_ms);
    [[nodiscard]] const MatchingEngine& engine() const { return engine_; }

private:
    enum class What : std::uint8_t { jump, touch, add, taker, leave, drift, edge };
    struct Due {
        std::int64_t at_us{};
        std::uint64_t number{};  ///< of two at one time the older first
        What what{};
        std::int64_t subject{};  ///< band (and side), or order id
        std::uint32_t era{};     ///< edges of phases that had passed when it was drawn
        bool operator>(const Due& other) const {
            return at_us != other.at_us ? at_us > other.at_us : number > other.number;
        }
    };

    void schedule(std::int64_t after_us, What what, std::int64_t subject = 0);
    /// The next jump, taker or order of a band, as far off as the phase has it.
    void await(What what, std::int64_t subject = 0);
    [[nodiscard]] std::int64_t taker_wait_us();
    /// A phase begins or ends: all that await() drew before is void, and drawn anew.
    void edge();
    [[nodiscard]] const ScriptPhase& phase() const { return phase_at(script_, now_us_ / 1000); }
    void jump();
    void drift();
    /// The reference has moved: who stands on the wrong side of it goes, the touch is quoted anew.
    void follow_reference();
    void clear_way(Side side, std::int64_t limit_ticks);
    void touch(Side side);
    void withdraw_touch(Side side);
    void add(std::size_t band, Side side, bool first);
    void taker();
    std::int64_t submit(Side side, std::int64_t price_ticks, std::int64_t lots, bool post_only);
    [[nodiscard]] std::int64_t ticks_of(PriceAtoms price) const;
    [[nodiscard]] std::int64_t target(Side side) const;

    Exchange& exchange_;
    const FlowParameters parameters_;
    const std::span<const ScriptPhase> script_;
    MatchingEngine& engine_;
    Dice jump_random_, touch_random_, band_random_, taker_random_, leave_random_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::uint64_t scheduled_{};
    std::uint32_t era_{};
    std::int64_t now_us_{};
    std::int64_t now_ms_{};
    std::int64_t orders_{};             ///< the flow's ids count down from it
    std::int64_t bid_ticks_{};          ///< the reference: where the best bid belongs,
    std::int64_t spread_ticks_{1};      ///< and how far above it the best ask
    std::int64_t drift_rest_e6_{};      ///< of a script's drift, below one tick
    int last_jump_{1}, last_taker_{1};  ///< +1 up, -1 down
    std::array<std::vector<std::int64_t>, 2> touch_orders_;  ///< of buy and sell
};

}  // namespace portcullis::tools::venue
