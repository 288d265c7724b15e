#include "tools/venue/matching.hpp"

#include <algorithm>
#include <limits>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::atoms_per_unit;
using engine::int128;
using engine::opposite;
using engine::quote_amount;
using engine::Rounding;
using engine::verify;

TakerProgress::TakerProgress(const Taker& taker) : taker_(taker), budget_(taker.quote_budget) {
    left_ =
        taker.qty > QtyAtoms{0} ? taker.qty : QtyAtoms{std::numeric_limits<std::int64_t>::max()};
}

bool TakerProgress::done() const {
    return left_ == QtyAtoms{0} || plan_.taker_expired || plan_.budget_spent;
}

bool TakerProgress::price_allowed(PriceAtoms price) const {
    if (!taker_.limit) {
        return true;
    }
    return taker_.side == Side::buy ? price <= *taker_.limit : price >= *taker_.limit;
}

void TakerProgress::prevent(PriceAtoms price, QtyAtoms maker_open, std::int64_t maker_id) {
    verify(taker_.stp != Stp::none);
    const QtyAtoms qty = std::min(within_budget(price, left_), maker_open);
    if (qty == QtyAtoms{0}) {
        return;
    }
    plan_.steps.push_back({MatchStep::Kind::prevented, price, qty, maker_id});
    switch (taker_.stp) {
        case Stp::expire_taker:
        case Stp::expire_both:
            plan_.taker_expired = true;
            break;
        case Stp::decrement:
        case Stp::transfer:
            left_ -= qty;
            spend(price, qty);
            plan_.taker_expired = left_ == QtyAtoms{0} || plan_.budget_spent;
            break;
        case Stp::expire_maker:
        case Stp::none:
            break;
    }
}

QtyAtoms TakerProgress::fill(MatchStep::Kind kind, PriceAtoms price, QtyAtoms offered,
                             std::int64_t maker_id) {
    verify(offered >= QtyAtoms{0});
    const QtyAtoms qty = within_budget(price, std::min(left_, offered));
    if (qty == QtyAtoms{0}) {
        return qty;
    }
    plan_.steps.push_back({kind, price, qty, maker_id});
    plan_.filled += qty;
    plan_.quote += quote_amount(price, qty, Rounding::down);
    left_ -= qty;
    spend(price, qty);
    return qty;
}

void TakerProgress::spend(PriceAtoms price, QtyAtoms qty) {
    if (taker_.quote_budget == AmountAtoms{0}) {
        return;
    }
    budget_ -= quote_amount(price, qty, Rounding::down);
    verify(budget_ >= AmountAtoms{0});
    // What is left may buy no further lot here: then nothing deeper either, for a buy.
    plan_.budget_spent = within_budget(price, taker_.lot) == QtyAtoms{0};
}

QtyAtoms TakerProgress::within_budget(PriceAtoms price, QtyAtoms qty) {
    if (taker_.quote_budget == AmountAtoms{0}) {
        return qty;
    }
    const int128 affordable = budget_.value * atoms_per_unit / price.value;
    const std::int64_t lot = std::max<std::int64_t>(1, taker_.lot.value);
    const int128 lots = std::min<int128>(affordable, qty.value) / lot;
    plan_.budget_spent = affordable < lot;
    return QtyAtoms{static_cast<std::int64_t>(lots * lot)};
}

namespace {

/// One walk through the other side of a recorded book. Lives for one plan_match().
class Walk {
public:
    Walk(const RecordedBook& book, const OrderTable::Ladder& resting, const Taker& taker)
        : book_(book),
          resting_(resting),
          taker_(taker),
          maker_side_(opposite(taker.side)),
          progress_(taker) {}

    MatchPlan run() {
        auto level = resting_.begin();
        auto recorded = book_.next_visible(maker_side_);
        while (!progress_.done() && (recorded || level != resting_.end())) {
            const bool orders_here =
                level != resting_.end() &&
                (!recorded || level->first <= OrderTable::key_of(maker_side_, recorded->price));
            const PriceAtoms price =
                orders_here ? level->second.front()->order.price : recorded->price;
            if (!progress_.price_allowed(price)) {
                break;
            }
            static const std::vector<OrderRecord*> none;
            const bool recorded_here = recorded && recorded->price == price;
            at_price(price, recorded_here ? recorded->qty : QtyAtoms{0},
                     orders_here ? level->second : none);
            if (orders_here) {
                ++level;
            }
            if (recorded_here) {
                recorded = book_.next_visible(maker_side_, price);
            }
        }
        return progress_.take();
    }

private:
    /// Who stands at the price in time order, each behind the recorded quantity that it found; then
    /// the rest of the recorded; then the icebergs' next slices, one round after the other.
    void at_price(PriceAtoms price, QtyAtoms recorded, const std::vector<OrderRecord*>& orders) {
        struct Slice {
            const OrderRecord* maker;
            QtyAtoms hidden;  ///< of the order, this slice included
        };
        std::vector<Slice> slices;
        QtyAtoms used{0};  // of the recorded quantity
        for (const OrderRecord* maker : orders) {
            const QtyAtoms before = std::max(QtyAtoms{0}, std::min(maker->ahead, recorded) - used);
            used += progress_.fill(MatchStep::Kind::outside, price, before, 0);
            if (progress_.done()) {
                return;
            }
            meet(price, *maker, maker->shown_qty(), maker->open_qty());
            if (progress_.done()) {
                return;
            }
            if (maker->shown_qty() < maker->open_qty() && !prevented(*maker)) {
                slices.push_back({maker, maker->open_qty() - maker->shown_qty()});
            }
        }
        progress_.fill(MatchStep::Kind::outside, price, recorded - used, 0);
        for (std::size_t i = 0; i < slices.size() && !progress_.done(); ++i) {
            const auto [maker, hidden] = slices[i];
            const QtyAtoms shown = std::min(maker->order.iceberg_qty, hidden);
            meet(price, *maker, shown, hidden);
            if (hidden > shown) {
                slices.push_back({maker, hidden - shown});
            }
        }
    }

    [[nodiscard]] bool prevented(const OrderRecord& maker) const {
        return maker.account == taker_.account && taker_.stp != Stp::none;
    }

    void meet(PriceAtoms price, const OrderRecord& maker, QtyAtoms shown, QtyAtoms open) {
        if (prevented(maker)) {
            progress_.prevent(price, open, maker.order.order_id);
        } else {
            progress_.fill(MatchStep::Kind::order, price, shown, maker.order.order_id);
        }
    }

    const RecordedBook& book_;
    const OrderTable::Ladder& resting_;
    const Taker& taker_;
    const Side maker_side_;
    TakerProgress progress_;
};

}  // namespace

MatchPlan plan_match(const RecordedBook& book, const OrderTable::Ladder& resting,
                     const Taker& taker) {
    return Walk{book, resting, taker}.run();
}

}  // namespace portcullis::tools::venue
