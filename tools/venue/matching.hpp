// Matching: what an arriving order would meet, as a plan of steps; nothing is changed here.
//
// The other way, to match while walking, would need the walk three more times: to see whether a FOK
// can be filled, whether a LIMIT_MAKER would take, and what a market order will cost before it is
// locked. So the walk is done once, and the exchange carries the steps out.
//
// Priority: price, then recorded quantity that is ahead of a resting order, then that order, then
// the recorded quantity behind it. Self-trade prevention by the taker's mode alone (Binance's STP
// FAQ); accounts are their own trade groups.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tools/venue/exchange.hpp"
#include "tools/venue/order_table.hpp"
#include "tools/venue/recorded_book.hpp"

namespace portcullis::tools::venue {

struct MatchStep {
    /// outside: with the recorded quantity, or with an order of the synthetic flow.
    enum class Kind : std::uint8_t { outside, order, prevented };
    Kind kind{};
    PriceAtoms price{};
    QtyAtoms qty{};           ///< traded, or what would have traded
    std::int64_t maker_id{};  ///< order, prevented; of an order of the flow too, below zero
    bool operator==(const MatchStep&) const = default;
};

struct MatchPlan {
    std::vector<MatchStep> steps;
    QtyAtoms filled{};
    AmountAtoms quote{};   ///< sum over fills, each rounded down
    bool taker_expired{};  ///< by self-trade prevention
    bool budget_spent{};   ///< quote_order_qty buys no further lot
};

struct Taker {
    AccountId account{};
    Side side{Side::buy};
    std::optional<PriceAtoms> limit;  ///< none: market
    QtyAtoms qty{};                   ///< zero: bounded by quote_budget alone
    AmountAtoms quote_budget{};       ///< zero: bounded by qty alone
    QtyAtoms lot{};
    Stp stp{Stp::none};
};

/// How far an arriving order has come on its walk through the other side: what is left of its
/// quantity and of its budget. The walks over a recorded and over a matched book share it.
class TakerProgress {
public:
    explicit TakerProgress(const Taker& taker);

    [[nodiscard]] bool done() const;
    [[nodiscard]] bool price_allowed(PriceAtoms price) const;
    /// Trades up to `offered` at `price`; gives how much.
    QtyAtoms fill(MatchStep::Kind kind, PriceAtoms price, QtyAtoms offered, std::int64_t maker_id);
    /// Meets an order of its own account under a mode of prevention.
    void prevent(PriceAtoms price, QtyAtoms maker_open, std::int64_t maker_id);
    [[nodiscard]] MatchPlan take() { return std::move(plan_); }

private:
    /// The part of qty, in whole lots, that the quote budget pays for at this price.
    [[nodiscard]] QtyAtoms within_budget(PriceAtoms price, QtyAtoms qty);
    /// Traded or decremented: no longer in the budget.
    void spend(PriceAtoms price, QtyAtoms qty);

    const Taker& taker_;
    QtyAtoms left_{};
    AmountAtoms budget_{};
    MatchPlan plan_;
};

[[nodiscard]] MatchPlan plan_match(const RecordedBook& book, const OrderTable::Ladder& resting,
                                   const Taker& taker);

}  // namespace portcullis::tools::venue
