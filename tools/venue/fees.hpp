// fees: which rate a fill pays: a table of tiers by trailing 30-day volume, and a discount for fees
// paid in the fee asset.
//
// Volume is what an account and its sub-accounts traded, as maker or taker, counted in one asset
// (`fee_volume_asset`): fills quoted in another do not count, because no rate between the two is
// known here. A fill pays by the volume *before* it; one that is 30 days old to the millisecond
// counts no more. Pure; written by the exchange's fills, read by them and by the account's queries.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "engine/types/units.hpp"
#include "tools/venue/durations.hpp"

namespace portcullis::tools::venue {

/// From `volume_min` on. Rates in 1e-8: 100000 = 0.1 %.
struct FeeTier {
    engine::AmountAtoms volume_min{};
    std::int64_t maker_e8{};
    std::int64_t taker_e8{};
};

struct FeeRates {
    std::int64_t maker_e8{};
    std::int64_t taker_e8{};
};

/// The last tier that `volume` reaches; `base` below the first. Requires: tiers ascend.
[[nodiscard]] FeeRates fee_rates_at(const std::vector<FeeTier>& tiers, FeeRates base,
                                    engine::AmountAtoms volume);
/// A rate less its discount, rounded down.
[[nodiscard]] std::int64_t discounted_e8(std::int64_t rate_e8, std::int64_t discount_e8);

/// Sum of what was added in the last 30 days. A time before the last one counts as the last one:
/// the venue's clock may be set back while it runs.
class TrailingVolume {
public:
    static constexpr std::int64_t window_ms = 30 * day_ms;

    void add(engine::AmountAtoms amount, std::int64_t now_ms);
    [[nodiscard]] engine::AmountAtoms at(std::int64_t now_ms) const;

private:
    struct Entry {
        std::int64_t time_ms{};
        engine::AmountAtoms amount{};
    };
    std::deque<Entry> entries_;    ///< one a millisecond at most, oldest first
    engine::AmountAtoms total_{};  ///< of entries_
};

}  // namespace portcullis::tools::venue
