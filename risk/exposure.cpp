// Exposure: the sums behind the gate (exposure.hpp). Every change of a reservation goes through
// `add` with its sign, so what goes in and what comes out are the same numbers.
#include "risk/exposure.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"

namespace portcullis::risk {

using engine::AssetId;
using engine::verify;

namespace {

constexpr int128 cut(int128 amount) noexcept {
    return std::clamp(amount, -amount_cap, amount_cap);
}

std::int64_t amount_up(engine::PriceAtoms price, engine::QtyAtoms qty) noexcept {
    const auto amount =
        engine::to_int64(engine::quote_amount(price, qty, engine::Rounding::up).value);
    verify(amount.has_value());  // the review has refused what does not fit
    return *amount;
}

}  // namespace

Exposure::Exposure(const Baselines& baselines, AssetId risk_currency) noexcept
    : risk_currency_(risk_currency) {
    for (std::size_t i = 0; i < baselines.size(); ++i) {
        assets_[i].baseline = cut(baselines[i].value);
        assets_[i].position = -assets_[i].baseline;
    }
    if (exists(risk_currency)) {
        assets_[risk_currency.value].mark = engine::micros_per_unit;
    }
    for (std::size_t i = 0; i < baselines.size(); ++i) {
        reweigh(AssetId{static_cast<std::uint16_t>(i)});
    }
}

void Exposure::fill(engine::OrderSlot slot, const engine::GateFill& fill) noexcept {
    verify(slot < slots_.size());
    Reservation& mine = slots_[slot];
    verify(mine.live);
    verify(fill.instrument == mine.instrument);
    verify(fill.side == mine.side);
    if (fill.qty > mine.leaves) {
        ++overfills_;
    }
    const engine::QtyAtoms taken = std::min(fill.qty, mine.leaves);
    mine.filled += taken;
    set_leaves(mine, mine.leaves - taken);
    move(fill, mine.base, mine.quote);
}

void Exposure::move(const engine::GateFill& fill, AssetId base, AssetId quote) noexcept {
    const bool buy = fill.side == engine::Side::buy;
    const auto rounding = buy ? engine::Rounding::up : engine::Rounding::down;
    const int128 paid = engine::quote_amount(fill.price, fill.qty, rounding).value;
    const auto shift = [this](AssetId asset, int128 amount) noexcept {
        if (exists(asset)) {
            AssetLine& line = assets_[asset.value];
            line.balance = cut(line.balance + amount);
            line.position = line.balance - line.baseline;
            reweigh(asset);
        }
    };
    shift(base, buy ? int128{fill.qty.value} : -int128{fill.qty.value});
    shift(quote, buy ? -paid : paid);
    shift(fill.fee_asset, -int128{fill.fee_atoms});
}

void Exposure::lower(engine::OrderSlot slot, engine::QtyAtoms leaves) noexcept {
    verify(slot < slots_.size());
    Reservation& mine = slots_[slot];
    verify(mine.live);
    if (leaves < mine.leaves) {
        set_leaves(mine, std::max(leaves, engine::QtyAtoms{}));
        reweigh(mine.quote);
    }
}

void Exposure::release(engine::OrderSlot slot) noexcept {
    verify(slot < slots_.size());
    Reservation& mine = slots_[slot];
    verify(mine.live);
    add(mine, -1);
    own_.remove(slot, mine.instrument, mine.side);
    open_.instrument[mine.instrument.value] -= 1;
    open_.strategy[mine.strategy.value] -= 1;
    open_.venue[mine.venue.value] -= 1;
    open_.firm -= 1;
    verify(open_.instrument[mine.instrument.value] >= 0);
    reweigh(mine.quote);
    mine = Reservation{};
}

void Exposure::set_balance(AssetId asset, engine::AmountAtoms amount) noexcept {
    if (exists(asset)) {
        AssetLine& line = assets_[asset.value];
        line.balance = cut(amount.value);
        line.position = line.balance - line.baseline;
        reweigh(asset);
    }
}

void Exposure::set_mark(AssetId asset, std::int64_t price_micro) noexcept {
    if (exists(asset) && asset != risk_currency_) {
        assets_[asset.value].mark = std::max<std::int64_t>(price_micro, 0);
        reweigh(asset);
    }
}

void Exposure::set_leaves(Reservation& reservation, engine::QtyAtoms leaves) noexcept {
    add(reservation, -1);
    reservation.leaves = leaves;
    reservation.amount = amount_up(reservation.price, leaves);
    add(reservation, 1);
}

bool Exposure::consistent() const noexcept {
    std::array<AssetLine, engine::capacity::assets> sums{};
    OpenCounts counts{};
    for (const Reservation& mine : slots_) {
        if (!mine.live) {
            continue;
        }
        AssetLine& base = sums[mine.base.value];
        AssetLine& quote = sums[mine.quote.value];
        if (mine.amount != amount_up(mine.price, mine.leaves) || mine.leaves.value < 0) {
            return false;
        }
        (mine.is_buy() ? base.incoming : base.reserved) += mine.leaves.value;
        (mine.is_buy() ? quote.reserved : quote.incoming) += mine.amount;
        quote.open += mine.amount;
        counts.instrument[mine.instrument.value] += 1;
        counts.strategy[mine.strategy.value] += 1;
        counts.venue[mine.venue.value] += 1;
        counts.firm += 1;
    }
    Weight gross{};
    std::int32_t unmarked{};
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const AssetLine& line = assets_[i];
        if (sums[i].reserved != line.reserved || sums[i].incoming != line.incoming ||
            sums[i].open != line.open || line.position != line.balance - line.baseline) {
            return false;
        }
        gross += weight_of(i);
        unmarked += int{lacks_mark(i)};
    }
    return gross == gross_ && unmarked == unmarked_ && counts.firm == open_.firm &&
           counts.instrument == open_.instrument && counts.strategy == open_.strategy &&
           counts.venue == open_.venue;
}

void Exposure::hash(engine::StateHasher& hasher) const noexcept {
    for (std::size_t i = 0; i < engine::capacity::assets; ++i) {
        const AssetLine& line = assets_[i];
        if (line.idle()) {
            continue;
        }
        hasher.add(i);
        hasher.add(line.balance);
        hasher.add(line.baseline);
        hasher.add(line.reserved);
        hasher.add(line.incoming);
        hasher.add(line.open);
        hasher.add(line.mark);
    }
    for (std::size_t slot = 0; slot < slots_used_; ++slot) {
        const Reservation& mine = slots_[slot];
        if (mine.live) {
            hasher.add(slot);
            hasher.add(mine.cl_ord_id);
            hasher.add(mine.price);
            hasher.add(mine.leaves);
            hasher.add(mine.filled);
            hasher.add(mine.instrument);
            hasher.add(mine.base);
            hasher.add(mine.quote);
            hasher.add(mine.strategy);
            hasher.add(mine.side);
        }
    }
    hasher.add(overfills_);
}

}  // namespace portcullis::risk
