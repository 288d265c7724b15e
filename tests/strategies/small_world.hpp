// A world small enough to reason about: a top of book in ticks, a working set that lives and dies
// as a venue would have it, and the view that a strategy is shown of both. One tick is 0.01 quote
// units, one lot 0.001 base units.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/core/strategy_api.hpp"
#include "strategies/quote_manager.hpp"

namespace portcullis::strategies::tests {

using engine::Action;
using engine::ActionKind;
using engine::ActionList;
using engine::AmountAtoms;
using engine::AssetId;
using engine::atoms_per_unit;
using engine::Bbo;
using engine::BookDelta;
using engine::ClOrdId;
using engine::DurationNs;
using engine::Instrument;
using engine::InstrumentId;
using engine::InstrumentMarket;
using engine::InstrumentStatus;
using engine::int128;
using engine::milliseconds;
using engine::MonoNs;
using engine::net_top;
using engine::NetTop;
using engine::no_order;
using engine::OrdStatus;
using engine::OrdType;
using engine::PriceAtoms;
using engine::PriceTicks;
using engine::QtyAtoms;
using engine::QtyLots;
using engine::Refusal;
using engine::RejectReason;
using engine::Side;
using engine::StateHasher;
using engine::StrategyId;
using engine::StrategyView;
using engine::TopOfBook;
using engine::TradePrint;
using engine::UpdateId;
using engine::WallNs;
using engine::WorkingOrder;

inline Instrument small_grid() {
    Instrument grid;
    grid.id = InstrumentId{0};
    grid.base = AssetId{0};
    grid.quote = AssetId{1};
    grid.version = 1;
    grid.tick = PriceAtoms{1'000'000};
    grid.lot = QtyAtoms{100'000};
    grid.status = InstrumentStatus::trading;
    return grid;
}

inline QuoteManagerConfig small_quoting() {
    return {2, 50, 1000, milliseconds(50), milliseconds(400)};
}

class SmallWorld {
public:
    SmallWorld() { begin_book(); }
    /// The book is lost, and comes back from a venue that counts its updates from `update`.
    void count_anew(std::uint64_t update) {
        market.on_reset(engine::ResetReason::gap);
        update_ = update;
        begin_book();
    }
    void begin_book() {
        BookDelta snapshot;
        snapshot.instrument = InstrumentId{0};
        snapshot.first_update = snapshot.last_update = UpdateId{update_};
        snapshot.flags = BookDelta::snapshot | BookDelta::snapshot_begin | BookDelta::last;
        snapshot.level_count = 2;
        snapshot.ask_mask = 2;
        snapshot.levels[0] = {PriceAtoms{grid.tick.value}, QtyAtoms{grid.lot.value}};
        snapshot.levels[1] = {PriceAtoms{1'000'000 * grid.tick.value}, QtyAtoms{grid.lot.value}};
        (void)market.on(snapshot, now);
        top(1000, 1002);
    }
    /// A newer top of book, by ticks; quantities in lots. A quantity of zero: the side is missing.
    void top(std::int64_t bid, std::int64_t ask, std::int64_t bid_qty = 10,
             std::int64_t ask_qty = 10) {
        TopOfBook ticker;
        ticker.instrument = InstrumentId{0};
        ticker.update = UpdateId{++update_};
        ticker.bid = {PriceAtoms{bid * grid.tick.value}, QtyAtoms{bid_qty * grid.lot.value}};
        ticker.ask = {PriceAtoms{ask * grid.tick.value}, QtyAtoms{ask_qty * grid.lot.value}};
        (void)market.on(ticker, now);
    }
    /// `working_revision` as the core would have it, or 0 where it is not told.
    [[nodiscard]] StrategyView view(std::uint64_t working_revision = 0) const {
        return StrategyView{now,      grid, market, net_top(market, {}), working, working_revision,
                            position, true};
    }
    /// An order of ours that rests, of a price in ticks and a quantity in lots.
    ClOrdId rest(Side side, std::int64_t price, std::int64_t qty,
                 OrdStatus status = OrdStatus::new_) {
        WorkingOrder order;
        order.cl_ord_id = ClOrdId{++ids_};
        order.price = PriceTicks{price};
        order.leaves = QtyLots{qty};
        order.side = side;
        order.status = status;
        working.push_back(order);
        return order.cl_ord_id;
    }
    [[nodiscard]] WorkingOrder* find(ClOrdId id) {
        const auto found = std::find_if(working.begin(), working.end(),
                                        [id](const auto& order) { return order.cl_ord_id == id; });
        return found == working.end() ? nullptr : &*found;
    }
    /// The core's part: marks what is asked for as outstanding.
    void send(std::span<const Action> actions) {
        for (const Action& action : actions) {
            if (action.kind == ActionKind::amend) {
                WorkingOrder* order = find(action.target);
                amends_.push_back({action.target, order->leaves});
                order->amend_pending = true;
                order->leaves = action.qty;
                continue;
            }
            if (action.kind != ActionKind::new_order) {
                WorkingOrder* order = find(action.target);
                (action.kind == ActionKind::cancel ? order->cancel_pending
                                                   : order->replace_pending) = true;
            }
            if (action.kind != ActionKind::cancel) {
                const ClOrdId id =
                    rest(action.side, action.price.value, action.qty.value, OrdStatus::pending_new);
                legs_.push_back(
                    {id, action.kind == ActionKind::replace ? action.target : no_order});
            }
        }
    }
    /// The venue's part: answers everything outstanding with yes.
    void answer() {
        std::erase_if(working, [](const WorkingOrder& order) {
            return order.cancel_pending || order.replace_pending;
        });
        for (WorkingOrder& order : working) {
            order.status = OrdStatus::new_;
            order.amend_pending = false;
        }
        legs_.clear();
        amends_.clear();
    }
    /// The venue refuses to amend `id`: it has again what it had, less `filled` meanwhile.
    [[nodiscard]] Refusal reject_amend(ClOrdId id, std::int64_t filled = 0) {
        const auto amend = std::find_if(amends_.begin(), amends_.end(),
                                        [id](const Amend& each) { return each.id == id; });
        WorkingOrder* order = find(id);
        order->amend_pending = false;
        order->leaves = QtyLots{amend->before.value - filled};
        amends_.erase(amend);
        Refusal refusal;
        refusal.action.kind = ActionKind::amend;
        refusal.action.side = order->side;
        refusal.action.target = id;
        refusal.reject_reason = RejectReason::other;
        refusal.book = market.top().update;
        return refusal;
    }
    /// The venue refuses the post-only order `id`; of a replace, the old leg is gone.
    [[nodiscard]] Refusal reject(ClOrdId id) {
        const auto leg = std::find_if(legs_.begin(), legs_.end(),
                                      [id](const Leg& each) { return each.id == id; });
        const WorkingOrder order = *find(id);
        const ClOrdId old = leg->replaces;
        legs_.erase(leg);
        std::erase_if(working, [id, old](const WorkingOrder& each) {
            return each.cl_ord_id == id || (old != no_order && each.cl_ord_id == old);
        });
        Refusal refusal;
        refusal.action.kind = old == no_order ? ActionKind::new_order : ActionKind::replace;
        refusal.action.side = order.side;
        refusal.action.target = old;
        refusal.reject_reason = RejectReason::would_match;
        refusal.book = market.top().update;
        return refusal;
    }

    Instrument grid{small_grid()};
    /// Tickers alone move it, so its depth stream may be any time behind them.
    InstrumentMarket market{64, milliseconds(3'600'000)};
    std::vector<WorkingOrder> working;
    MonoNs now{1'000'000'000};
    AmountAtoms position{};

private:
    struct Leg {
        ClOrdId id{};
        ClOrdId replaces{};
    };
    struct Amend {
        ClOrdId id{};
        QtyLots before{};
    };
    std::vector<Leg> legs_;
    std::vector<Amend> amends_;
    std::uint64_t update_{100};
    std::uint64_t ids_{};
};

/// Wishes by ticks and lots.
inline Quotes wishes_of(std::vector<std::pair<std::int64_t, std::int64_t>> bids,
                        std::vector<std::pair<std::int64_t, std::int64_t>> asks) {
    Quotes quotes;
    for (const auto& [price, qty] : bids) {
        quotes.bids.add(Side::buy, {PriceTicks{price}, QtyLots{qty}});
    }
    for (const auto& [price, qty] : asks) {
        quotes.asks.add(Side::sell, {PriceTicks{price}, QtyLots{qty}});
    }
    return quotes;
}

}  // namespace portcullis::strategies::tests
