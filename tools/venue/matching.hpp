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
#include <vector>

#include "tools/venue/exchange.hpp"
#include "tools/venue/order_table.hpp"
#include "tools/venue/recorded_book.hpp"

namespace portcullis::tools::venue {

struct MatchStep {
    enum class Kind : std::uint8_t { recorded, order, prevented };
    Kind kind{};
    PriceAtoms price{};
    QtyAtoms qty{};           ///< traded, or what would have traded
    std::int64_t maker_id{};  ///< order, prevented
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

[[nodiscard]] MatchPlan plan_match(const RecordedBook& book, const OrderTable::Ladder& resting,
                                   const Taker& taker);

}  // namespace portcullis::tools::venue
