#include "tools/venue/fees.hpp"

#include <algorithm>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {

using engine::AmountAtoms;
using engine::atoms_per_unit;
using engine::verify;

FeeRates fee_rates_at(const std::vector<FeeTier>& tiers, FeeRates base, AmountAtoms volume) {
    verify(std::is_sorted(tiers.begin(), tiers.end(), [](const FeeTier& a, const FeeTier& b) {
        return a.volume_min < b.volume_min;
    }));
    for (const FeeTier& tier : tiers) {
        if (volume < tier.volume_min) {
            break;
        }
        base = {tier.maker_e8, tier.taker_e8};
    }
    return base;
}

std::int64_t discounted_e8(std::int64_t rate_e8, std::int64_t discount_e8) {
    verify(rate_e8 >= 0);
    verify(discount_e8 >= 0 && discount_e8 <= atoms_per_unit);
    return static_cast<std::int64_t>(
        engine::divide(engine::int128{rate_e8} * (atoms_per_unit - discount_e8), atoms_per_unit,
                       engine::Rounding::down));
}

void TrailingVolume::add(AmountAtoms amount, std::int64_t now_ms) {
    verify(amount >= AmountAtoms{0});
    now_ms = entries_.empty() ? now_ms : std::max(now_ms, entries_.back().time_ms);
    while (!entries_.empty() && entries_.front().time_ms <= now_ms - window_ms) {
        total_ -= entries_.front().amount;
        entries_.pop_front();
    }
    if (entries_.empty() || entries_.back().time_ms != now_ms) {
        entries_.push_back({now_ms, {}});
    }
    entries_.back().amount += amount;
    total_ += amount;
}

AmountAtoms TrailingVolume::at(std::int64_t now_ms) const {
    AmountAtoms volume = total_;
    for (const Entry& entry : entries_) {
        if (entry.time_ms > now_ms - window_ms) {
            break;
        }
        volume -= entry.amount;
    }
    return volume;
}

}  // namespace portcullis::tools::venue
