// QuoteManager: from wishes to the smallest set of new, cancel and replace.
//
// Cancelling everything and quoting anew on each tick is simple, loses every queue position and
// burns the venue's budget. So each working order is matched to a wish, and touched only if it must
// be: an order at (or within reprice_ticks_min of) a wished price with enough quantity stays; one
// that is near no wish is replaced into a wish that no order serves; only what is left over is new
// or cancelled. Orders with an answer outstanding are left alone and still count.
//
// Rules it keeps whatever a strategy wishes: post-only prices stay behind the other side of the
// book; no own bid reaches an own ask, working or wished; a refusal (denied by us, rejected by the
// venue) makes that side wait, doubling each time, and a post-only reject re-prices only on a newer
// book; after a denied replace the side cancels first and places when the old order is gone;
// requests stay within a token bucket, cancels outside of it. Owner: its strategy, core thread.
// Time comes in as an argument.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "engine/core/strategy_api.hpp"
#include "strategies/quotes.hpp"
#include "strategies/strategy_config.hpp"

namespace portcullis::strategies {

class QuoteManager {
public:
    explicit QuoteManager(const QuoteManagerConfig& config) noexcept;

    /// Appends to `actions` what turns view.working into `wishes` (which are clamped in place).
    void update(const engine::StrategyView& view, Quotes& wishes,
                engine::ActionList& actions) noexcept;
    void on_refused(const engine::Refusal& refusal, engine::MonoNs now) noexcept;
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    struct SideState {
        engine::MonoNs wait_until{};
        engine::UpdateId newer_than{};  ///< post-only reject: quote again on a later book only
        engine::DurationNs back_off{};
        bool cancel_first{};  ///< a replace did not fit: free the old order's room first
    };

    [[nodiscard]] SideState& state(engine::Side side) noexcept {
        return sides_[side == engine::Side::buy ? 0 : 1];
    }
    void clamp(const engine::StrategyView& view, Quotes& wishes) const noexcept;
    void update_side(const engine::StrategyView& view, engine::Side side,
                     std::span<const Quote> wishes, engine::ActionList& actions) noexcept;
    void cancel_leftovers(engine::Side side, std::span<const Quote> wishes, std::size_t served,
                          std::span<const engine::WorkingOrder* const> left,
                          engine::ActionList& actions) noexcept;
    [[nodiscard]] bool may_request(const engine::StrategyView& view, engine::Side side) noexcept;
    [[nodiscard]] bool take_token(engine::MonoNs now) noexcept;
    [[nodiscard]] bool keeps(const engine::WorkingOrder& order, const Quote& wish) const noexcept;

    QuoteManagerConfig config_;
    std::array<SideState, 2> sides_{};
    std::int64_t tokens_ns_{};  ///< saved-up time; one request costs 1 s / requests_per_s_max
    engine::MonoNs tokens_at_{};
};

}  // namespace portcullis::strategies
