// Positions: what we own, per asset, and what it is worth.
//
// Spot has balances, not positions: a position is the balance less a configured baseline, summed
// over every instrument that trades the asset, and a fee is paid in whatever asset the venue
// charges (BNB too). So the books are kept per asset, in exact atoms of 128 bits, and not per
// instrument. Money appears in one place, pnl(), through marks per asset; an asset with a position
// and no mark makes the whole of it unknown (USDT is not USD until an operator says what it is
// worth). The venue's own balances are kept beside ours and compared, never mixed in, except at a
// reconciliation. Writer: core. Readers: core, console (through the core's snapshot).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "engine/events/account.hpp"
#include "engine/orders/applied.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/instrument.hpp"
#include "engine/types/state_hash.hpp"

namespace portcullis::engine {

// Invariants: 1. every rounding goes against us and is counted; 2. the risk currency's mark is 1.
class Positions {
public:
    /// Config, once at start.
    void set_risk_currency(AssetId asset) noexcept;
    void set_baseline(AssetId asset, AmountAtoms baseline) noexcept;

    /// A fill of `instrument`, counted once (Applied::fill). Fee included.
    void apply(const Instrument& instrument, const Fill& fill) noexcept;
    enum class Moved : std::uint8_t { yes, told_before, unknown_asset };
    /// A movement that the venue reports and that no order of ours made. Each account stream tells
    /// of it, and it is counted once: the same amount at the same time on another stream is a copy,
    /// on the same stream another movement.
    Moved apply(const BalanceDelta& delta) noexcept;
    /// What the venue says we have. Kept beside our own reckoning; older news than the last is
    /// dropped (false), and so is an asset that we do not know.
    bool observe(const AccountBalance& balance) noexcept;
    /// Reconciliation: our reckoning becomes this absolute balance (free + locked).
    void set_balance(AssetId asset, AmountAtoms balance) noexcept;
    /// Value of one whole unit, in micros of the risk currency. Requires: not negative; the risk
    /// currency's own mark is not set.
    void set_mark(AssetId asset, std::int64_t price_micro) noexcept;

    [[nodiscard]] AmountAtoms balance(AssetId asset) const noexcept { return at(asset).balance; }
    [[nodiscard]] AmountAtoms baseline(AssetId asset) const noexcept { return at(asset).baseline; }
    [[nodiscard]] AmountAtoms position(AssetId asset) const noexcept {
        return at(asset).balance - at(asset).baseline;
    }
    /// The venue's balance less ours; nothing when the venue has not told yet. Not zero for the
    /// moment between a fill's report and the balance's.
    [[nodiscard]] std::optional<AmountAtoms> drift(AssetId asset) const noexcept;
    /// Whether a drift is what our own rounding explains: of each rounded buy the venue may have
    /// taken an atom less than we did.
    [[nodiscard]] bool rounding_explains(AssetId asset, AmountAtoms drift) const noexcept {
        return drift.value >= 0 && drift.value <= int128{at(asset).rounded};
    }
    /// The venue's word, free part alone (what can be sold or spent now).
    [[nodiscard]] std::optional<AmountAtoms> venue_free(AssetId asset) const noexcept;
    [[nodiscard]] std::optional<std::int64_t> mark(AssetId asset) const noexcept;

    /// Sum of position x mark over all assets, rounded down. Nothing when an asset with a position
    /// has no mark, no risk currency was set, or the sum does not fit: fails closed.
    [[nodiscard]] std::optional<NotionalMicro> pnl() const noexcept;

    [[nodiscard]] AmountAtoms bought(AssetId asset) const noexcept { return at(asset).bought; }
    [[nodiscard]] AmountAtoms sold(AssetId asset) const noexcept { return at(asset).sold; }
    [[nodiscard]] AmountAtoms fees(AssetId asset) const noexcept { return at(asset).fees; }
    /// Sum of movements that were not ours.
    [[nodiscard]] AmountAtoms foreign(AssetId asset) const noexcept { return at(asset).foreign; }
    [[nodiscard]] std::uint64_t fills() const noexcept { return fills_; }
    /// Fills whose price x quantity was no whole atom of the quote asset.
    [[nodiscard]] std::uint64_t rounded_fills() const noexcept { return rounded_fills_; }
    /// Fees charged in an asset that we do not know: they are in no balance here.
    [[nodiscard]] std::uint64_t unplaced_fees() const noexcept { return unplaced_fees_; }

    void hash(StateHasher& hasher) const noexcept;

private:
    struct Asset {
        AmountAtoms balance{};
        AmountAtoms baseline{};
        AmountAtoms bought{};
        AmountAtoms sold{};
        AmountAtoms fees{};
        AmountAtoms foreign{};
        std::uint64_t rounded{};  // buys of which the venue may have taken an atom less
        AmountAtoms venue_free{};
        AmountAtoms venue_locked{};
        WallNs venue_time{};
        std::int64_t mark_micro{};
        bool marked{};
        bool observed{};
    };
    /// A movement that was not ours, and the streams that have told of it.
    struct Movement {
        AmountAtoms delta{};
        WallNs venue_time{};
        AssetId asset{no_asset};
        std::uint8_t told_by{};  ///< bit ReportSource
    };
    [[nodiscard]] const Asset& at(AssetId asset) const noexcept {
        verify(asset.value < capacity::assets);
        return assets_[asset.value];
    }
    [[nodiscard]] Asset& at(AssetId asset) noexcept {
        verify(asset.value < capacity::assets);
        used_ = std::max(used_, std::size_t{asset.value} + 1);
        return assets_[asset.value];
    }

    std::array<Asset, capacity::assets> assets_{};
    std::size_t used_{};                    // nothing was ever told of any at or behind it
    std::array<Movement, 16> movements_{};  // the last; the first of them has killed everything
    std::uint32_t movement_next_{};
    AssetId risk_currency_{no_asset};
    std::uint64_t fills_{};
    std::uint64_t rounded_fills_{};
    std::uint64_t unplaced_fees_{};
};

}  // namespace portcullis::engine
