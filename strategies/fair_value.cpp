// See fair_value.hpp.
#include "strategies/fair_value.hpp"

#include "strategies/rounding.hpp"

namespace portcullis::strategies {

double mid(const engine::NetTop& top) noexcept {
    engine::verify(top.two_sided());
    return (units(top.bid.price.value) + units(top.ask.price.value)) / 2.0;
}

double weighted_mid(const engine::NetTop& top) noexcept {
    engine::verify(top.two_sided());
    const double bid = static_cast<double>(top.bid.price.value);
    const double ask = static_cast<double>(top.ask.price.value);
    const double bid_qty = static_cast<double>(top.bid.qty.value);
    const double ask_qty = static_cast<double>(top.ask.qty.value);
    const double price = (ask * bid_qty + bid * ask_qty) / (bid_qty + ask_qty);
    return price / static_cast<double>(engine::atoms_per_unit);
}

double FairValue::update(const engine::NetTop& top, engine::PriceAtoms tick,
                         engine::MonoNs now) noexcept {
    switch (kind_) {
        case FairValueKind::weighted_mid:
            return weighted_mid(top);
        case FairValueKind::micro_price:
            return micro_.update(top, tick, now);
        case FairValueKind::mid:
            break;
    }
    return mid(top);
}

void FairValue::hash(engine::StateHasher& hasher) const noexcept {
    hasher.add(kind_);
    if (kind_ == FairValueKind::micro_price) {
        micro_.hash(hasher);
    }
}

}  // namespace portcullis::strategies
