#include "engine/orders/positions.hpp"

namespace portcullis::engine {

void Positions::set_risk_currency(AssetId asset) noexcept {
    verify(asset.value < capacity::assets && risk_currency_ == no_asset);
    risk_currency_ = asset;
    at(asset).mark_micro = micros_per_unit;
    at(asset).marked = true;
}

void Positions::set_baseline(AssetId asset, AmountAtoms baseline) noexcept {
    at(asset).baseline = baseline;
}

void Positions::apply(const Instrument& instrument, const Fill& fill) noexcept {
    verify(fill.instrument == instrument.id && fill.qty.value > 0 && fill.price.value > 0);
    Asset& base = at(instrument.base);
    Asset& quote = at(instrument.quote);
    const AmountAtoms qty{fill.qty.value};
    const AmountAtoms low = quote_amount(fill.price, fill.qty, Rounding::down);
    const AmountAtoms high = quote_amount(fill.price, fill.qty, Rounding::up);
    rounded_fills_ += low != high ? 1U : 0U;
    ++fills_;
    if (fill.side == Side::buy) {
        base.balance += qty;
        base.bought += qty;
        quote.balance -= high;
        quote.rounded += low != high ? 1U : 0U;
        quote.sold += high;
    } else {
        base.balance -= qty;
        base.sold += qty;
        quote.balance += low;
        quote.bought += low;
    }
    if (fill.fee_atoms != 0 && fill.fee_asset.value >= capacity::assets) {
        ++unplaced_fees_;
    } else if (fill.fee_atoms != 0) {
        const AmountAtoms fee{fill.fee_atoms};
        Asset& charged = at(fill.fee_asset);
        charged.balance -= fee;
        charged.fees += fee;
    }
}

Positions::Moved Positions::apply(const BalanceDelta& delta) noexcept {
    if (delta.asset.value >= capacity::assets) {
        return Moved::unknown_asset;
    }
    const auto teller = static_cast<std::uint8_t>(1U << static_cast<unsigned>(delta.source));
    for (Movement& known : movements_) {
        if (known.asset == delta.asset && known.delta == delta.delta &&
            known.venue_time == delta.venue_time && (known.told_by & teller) == 0) {
            known.told_by |= teller;
            return Moved::told_before;
        }
    }
    movements_[movement_next_++ % movements_.size()] =
        Movement{delta.delta, delta.venue_time, delta.asset, teller};
    Asset& moved = at(delta.asset);
    moved.balance += delta.delta;
    moved.foreign += delta.delta;
    return Moved::yes;
}

bool Positions::observe(const AccountBalance& balance) noexcept {
    if (balance.asset.value >= capacity::assets) {
        return false;
    }
    Asset& seen = at(balance.asset);
    if (seen.observed && balance.venue_time < seen.venue_time) {
        return false;
    }
    seen.venue_free = balance.free;
    seen.venue_locked = balance.locked;
    seen.venue_time = balance.venue_time;
    seen.observed = true;
    return true;
}

void Positions::set_balance(AssetId asset, AmountAtoms balance) noexcept {
    at(asset).balance = balance;
    at(asset).rounded = 0;
}

void Positions::set_mark(AssetId asset, std::int64_t price_micro) noexcept {
    verify(asset != risk_currency_ && price_micro >= 0);
    at(asset).mark_micro = price_micro;
    at(asset).marked = true;
}

std::optional<AmountAtoms> Positions::drift(AssetId asset) const noexcept {
    const Asset& seen = at(asset);
    return seen.observed ? std::optional{seen.venue_free + seen.venue_locked - seen.balance}
                         : std::nullopt;
}

std::optional<AmountAtoms> Positions::venue_free(AssetId asset) const noexcept {
    return at(asset).observed ? std::optional{at(asset).venue_free} : std::nullopt;
}

std::optional<std::int64_t> Positions::mark(AssetId asset) const noexcept {
    return at(asset).marked ? std::optional{at(asset).mark_micro} : std::nullopt;
}

std::optional<NotionalMicro> Positions::pnl() const noexcept {
    if (risk_currency_ == no_asset) {
        return std::nullopt;
    }
    int128 sum = 0;  // micros x atoms_per_unit: one division at the end, so one rounding
    for (std::size_t i = 0; i < used_; ++i) {
        const Asset& asset = assets_[i];
        const int128 held = (asset.balance - asset.baseline).value;
        if (held == 0) {
            continue;
        }
        int128 worth = 0;
        if (!asset.marked || __builtin_mul_overflow(held, int128{asset.mark_micro}, &worth) ||
            __builtin_add_overflow(sum, worth, &sum)) {
            return std::nullopt;
        }
    }
    const auto micros = to_int64(divide(sum, atoms_per_unit, Rounding::down));
    return micros ? std::optional{NotionalMicro{*micros}} : std::nullopt;
}

void Positions::hash(StateHasher& hasher) const noexcept {
    hasher.add(risk_currency_);
    hasher.add(fills_);
    hasher.add(rounded_fills_);
    hasher.add(unplaced_fees_);
    hasher.add(movement_next_);
    for (const Movement& known : movements_) {
        hasher.add(known.delta.value);
        hasher.add(known.venue_time);
        hasher.add(known.asset);
        hasher.add(known.told_by);
    }
    for (std::size_t i = 0; i < used_; ++i) {
        const Asset& asset = assets_[i];
        for (const AmountAtoms amount :
             {asset.balance, asset.baseline, asset.bought, asset.sold, asset.fees, asset.foreign,
              asset.venue_free, asset.venue_locked}) {
            hasher.add(amount.value);
        }
        hasher.add(asset.venue_time);
        hasher.add(asset.rounded);
        hasher.add(asset.mark_micro);
        hasher.add((asset.marked ? 1U : 0U) | (asset.observed ? 2U : 0U));
    }
}

}  // namespace portcullis::engine
