// QuoteManager: from wishes to the smallest set of new, amend, replace and cancel.
//
// Cancelling everything and quoting anew on each tick is simple, loses every queue position and
// burns the venue's budget. So as many working orders as possible are left for a wish
// (quote_matching.hpp); each of the others is amended or replaced into a wish that none serves;
// what is then left over is new or cancelled. With w wishes, o orders and m of them left alone that
// is max(w, o) - m requests, and fewer there cannot be.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/core/strategy_api.hpp"
#include "strategies/quote_matching.hpp"
#include "strategies/quotes.hpp"
#include "strategies/strategy_config.hpp"

namespace portcullis::strategies {

// Rules it keeps whatever a strategy wishes:
// 1. post-only prices stay behind the other side of the book, and no own bid reaches an own ask,
//    working or wished (other strategies' are the gate's business);
// 2. an order whose answer is outstanding stands for one wish, the last ones first, and is not
//    touched again but by a cancel; the old leg of a replace stands for none, its new leg does;
// 3. requests stay within requests_per_s_max in any second, and where they do not suffice the sides
//    take turns; cancels are outside of it; what waits for its turn is cancelled when it is better
//    for the market than all that we wish;
// 4. a refusal (denied by us, rejected by the venue) makes its side wait, each time twice as long;
//    a post-only reject re-prices only on a newer book; an order whose replace was denied is
//    cancelled, and its wish placed when it is gone; no cancel is repeated within back_off_min;
// 5. an order at its wish's price with more than its wish is amended in place where the venue does
//    that; where the venue has refused that, or we have twice, the order is replaced instead.
// Owner: its strategy, core thread. Time comes in as an argument. No allocation after construction.
class QuoteManager {
public:
    explicit QuoteManager(const QuoteManagerConfig& config);

    /// Appends to `actions` what turns view.working into `wishes` (which are clamped in place).
    void update(const engine::StrategyView& view, Quotes& wishes,
                engine::ActionList& actions) noexcept;
    /// What update() does first with working orders of a revision that it has not seen: ahead of
    /// it, when there is time.
    void look_at(std::span<const engine::WorkingOrder> working, std::uint64_t revision) noexcept;
    void on_refused(const engine::Refusal& refusal, engine::MonoNs now) noexcept;
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    struct SideState {
        engine::MonoNs wait_until{};
        engine::UpdateId misled_by{};  ///< post-only reject: the book then; not by the same again
        engine::DurationNs back_off{};
        engine::ClOrdId make_room{};  ///< its replace was denied: cancel it first
    };
    struct CancelAsked {
        engine::ClOrdId order{};
        engine::MonoNs at{};
    };
    /// One side's working orders, as the last look at them found them. Indices into view.working.
    struct SideOrders {
        std::array<std::uint16_t, orders_matched_max> free{};  // no request pending; best first
        std::size_t count{};
        std::size_t going{};        ///< being cancelled
        engine::PriceTicks best{};  ///< of all, those on their way out too; 0: there is none
    };
    /// What is to be done on one side. Indices of wishes, pointers into view.working. Kept in the
    /// object only because to clear it on every tick would cost more than the tick; what is read
    /// was written in the same call.
    struct SidePlan {
        engine::Side side{};
        std::span<const Quote> wishes;
        std::array<const engine::WorkingOrder*, orders_matched_max> orders{};   // best first
        std::array<const engine::WorkingOrder*, orders_matched_max> free{};     // serve no wish
        std::array<const engine::WorkingOrder*, orders_matched_max> waiting{};  // ... nor an answer
        std::array<std::uint8_t, engine::capacity::quotes_per_side> open{};     // wishes unserved
        std::size_t free_count{};
        std::size_t open_count{};
        std::size_t amends{};    ///< free[i] in place to the quantity of wishes[open[i]]
        std::size_t replaces{};  ///< amends, then free[i] into wishes[open[i]]
        std::size_t requests{};  ///< replaces, then new orders for the next of open
        std::size_t sent{};
        bool stopped{};
    };

    [[nodiscard]] SideState& state(engine::Side side) noexcept { return sides_[index(side)]; }
    [[nodiscard]] static std::size_t index(engine::Side side) noexcept {
        return side == engine::Side::buy ? 0 : 1;
    }
    [[nodiscard]] bool all_in_place(const engine::StrategyView& view, engine::Side side,
                                    std::span<const Quote> wishes) noexcept;
    void clamp(const engine::StrategyView& view, Quotes& wishes) const noexcept;
    void plan(const engine::StrategyView& view, SidePlan& plan,
              engine::ActionList& actions) noexcept;
    [[nodiscard]] bool plans_no_cancel(const SidePlan& plan) const noexcept;
    void pair_amends(SidePlan& plan) const noexcept;
    [[nodiscard]] bool amend_refused(engine::ClOrdId order) const noexcept;
    void send_next(const engine::StrategyView& view, SidePlan& plan,
                   engine::ActionList& actions) noexcept;
    void cancel_too_good(const engine::StrategyView& view, const SidePlan& plan,
                         engine::ActionList& actions) noexcept;
    void cancel(const engine::WorkingOrder& order, engine::MonoNs now,
                engine::ActionList& actions) noexcept;
    [[nodiscard]] bool may_request(const engine::StrategyView& view,
                                   engine::Side side) const noexcept;
    [[nodiscard]] bool budget_left(engine::MonoNs now) const noexcept;

    QuoteManagerConfig config_;
    std::array<SideState, 2> sides_{};
    engine::Side first_{engine::Side::buy};  ///< whose turn it is when the budget is short
    std::vector<engine::MonoNs> sent_at_;    ///< the last requests, as a ring
    std::size_t oldest_{};
    std::array<CancelAsked, 16> cancels_{};  ///< the last cancels, as a ring
    std::size_t cancel_next_{};
    std::array<engine::ClOrdId, orders_matched_max> unamendable_{};  ///< the last refused, a ring
    std::size_t unamendable_next_{};
    engine::ClOrdId amend_denied_{};  ///< the last whose amend we denied ourselves, once

    // Scratch: reckoned from the view alone, and no part of the hash.
    std::uint64_t looked_at_{};  ///< view.working_revision of orders_; 0: to be looked at again
    std::array<SideOrders, 2> orders_{};
    std::array<SidePlan, 2> plans_{};
};

}  // namespace portcullis::strategies
