// Exposure: what we have and what our live orders could still make of it.
//
// Per order slot a reservation (worst case: all that can still fill, at the order's own price), per
// asset the balance, the baseline, what reservations may take out and bring in, and the mark. Sums
// are kept as they change and never recounted on the path; each reservation is released exactly
// once because what it holds is written in its slot and taken out of the sums from there, never
// from what the caller says. `consistent` recounts everything (tests, after each command).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/core/gate_api.hpp"
#include "engine/types/capacity.hpp"
#include "engine/types/ids.hpp"
#include "engine/types/prefetch.hpp"
#include "engine/types/state_hash.hpp"
#include "engine/types/units.hpp"
#include "engine/types/verify.hpp"
#include "risk/own_levels.hpp"

namespace portcullis::risk {

using engine::int128;

/// Micro of the risk currency x 1e8: mark (micro per unit) x amount (atoms).
using Weight = int128;
inline constexpr std::int64_t weight_per_micro = engine::atoms_per_unit;
/// Above every limit (2^62 micro x 1e8 < 2^89), and as many as there are assets still fit.
inline constexpr Weight weight_max = Weight{1} << 112;
static_assert(weight_max <= (int128{1} << 126) / (engine::capacity::assets + 1));
/// No balance is larger: outside data is cut here (2^100 atoms are more than there is of anything).
inline constexpr int128 amount_cap = int128{1} << 100;

/// amount x mark, saturating. Requires: amount >= 0, mark >= 0. What fits 64 bits is multiplied and
/// cut, which cannot overflow; only a larger amount (there is none outside of tests) is divided by.
[[nodiscard]] constexpr Weight weigh(int128 amount, std::int64_t mark) noexcept {
    if ((amount >> 63) != 0) [[unlikely]] {
        return mark > 0 && amount > weight_max / mark ? weight_max : amount * mark;
    }
    return std::min(amount * mark, weight_max);
}
/// The same of a 64-bit amount: below 2^126, so it needs no cut to be compared or added once.
[[nodiscard]] constexpr Weight weigh(std::int64_t amount, std::int64_t mark) noexcept {
    return int128{amount} * mark;
}

/// The assets of a reservation exist: their lines are indexed without a question.
[[nodiscard]] constexpr bool exists(engine::AssetId asset) noexcept {
    return asset.value < engine::capacity::assets;
}

/// What a live order may still do. One per OrderSlot; `leaves` above zero means live.
struct alignas(64) Reservation {
    engine::ClOrdId cl_ord_id{};
    engine::PriceAtoms price{};
    engine::QtyAtoms leaves{};  ///< can still fill
    engine::QtyAtoms filled{};
    std::int64_t amount{};  ///< price x leaves in quote atoms, rounded up
    engine::InstrumentId instrument{engine::no_instrument};
    engine::AssetId base{engine::no_asset};
    engine::AssetId quote{engine::no_asset};
    engine::VenueId venue{};
    engine::StrategyId strategy{engine::no_strategy};
    engine::Side side{engine::Side::buy};
    bool live{};

    [[nodiscard]] bool is_buy() const noexcept { return side == engine::Side::buy; }
};

/// One asset, across instruments. Amounts in its atoms.
struct AssetLine {
    int128 balance{};     ///< free and locked, as last reconciled and moved by fills since
    int128 position{};    ///< balance less baseline
    int128 reserved{};    ///< what live orders may take: sells' base, buys' quote
    int128 incoming{};    ///< what live orders may bring: buys' base, sells' quote at their price
    int128 open{};        ///< quote amount of all live orders priced in it
    Weight weight{};      ///< of position and open
    std::int64_t mark{};  ///< micro of the risk currency per unit; zero: none
    int128 baseline{};

    /// As it was made: most of a table are.
    [[nodiscard]] bool idle() const noexcept {
        return balance == 0 && baseline == 0 && reserved == 0 && incoming == 0 && open == 0 &&
               mark == 0;
    }
};

/// Live orders per scope.
struct OpenCounts {
    std::array<std::int32_t, engine::capacity::instruments> instrument{};
    std::array<std::int32_t, engine::capacity::strategies> strategy{};
    std::array<std::int32_t, engine::capacity::venues> venue{};
    std::int32_t firm{};
};

// Amounts: quote amounts of reservations are rounded up; a fill pays rounded up and receives
// rounded down; the risk currency is reckoned in micro x 1e8 without any division, so that it is
// exact, and saturates at a value above every limit (fail closed). Gross exposure is the sum of
// |balance - baseline| x mark over all assets but the risk currency itself, plus every open order's
// quote amount x mark. An asset without a mark that has either makes `unmarked` non-zero.
// Writer and reader: the gate (core thread).
class Exposure {
public:
    using Baselines = std::array<engine::AmountAtoms, engine::capacity::assets>;

    /// `risk_currency` may be no_asset: then no asset is worth one of it by definition.
    Exposure(const Baselines& baselines, engine::AssetId risk_currency) noexcept;

    /// Takes the slot. Requires: it is free; all ids are within capacity; price and leaves > 0.
    void reserve(engine::OrderSlot slot, const Reservation& reservation) noexcept;
    /// A fill of the order in `slot`: leaves become position. More than the leaves is the venue's
    /// doing, counted in `overfills`, and moves the position in full. A slot that is not live is
    /// a bug of ours.
    void fill(engine::OrderSlot slot, const engine::GateFill& fill) noexcept;
    /// Moves balances alone.
    void move(const engine::GateFill& fill, engine::AssetId base, engine::AssetId quote) noexcept;
    /// At most `leaves` more can fill. Never raises.
    void lower(engine::OrderSlot slot, engine::QtyAtoms leaves) noexcept;
    /// Releases what is left and frees the slot. Requires: live, so a second release aborts.
    void release(engine::OrderSlot slot) noexcept;

    void set_balance(engine::AssetId asset, engine::AmountAtoms amount) noexcept;
    /// Zero or less takes the mark away. The risk currency's own mark is one and stays so.
    void set_mark(engine::AssetId asset, std::int64_t price_micro) noexcept;

    /// The line of `asset`, or an empty one without balance or mark when there is no such asset.
    [[nodiscard]] const AssetLine& asset(engine::AssetId id) const noexcept {
        return assets_[id.value < engine::capacity::assets ? id.value : engine::capacity::assets];
    }
    /// The same without the question. Requires: id <= capacity::assets.
    [[nodiscard]] const AssetLine& line(engine::AssetId id) const noexcept {
        return assets_.data()[id.value];
    }
    /// Requires: slot < capacity::orders.
    [[nodiscard]] const Reservation& reservation(engine::OrderSlot slot) const noexcept {
        return slots_[slot];
    }
    /// What reserve() reads and writes. Requires: slot and instrument exist; ids <=
    /// capacity::assets.
    void prefetch(engine::OrderSlot slot, engine::InstrumentId instrument, engine::AssetId base,
                  engine::AssetId quote) const noexcept {
        engine::prefetch(slots_[slot]);
        engine::prefetch(line(base));
        engine::prefetch(line(quote));
        __builtin_prefetch(&open_.instrument.data()[instrument.value]);
        engine::prefetch(gross_);
        engine::prefetch(risk_currency_);
        engine::prefetch(open_.venue);
        engine::prefetch(open_.firm);
        own_.prefetch(slot, instrument);
    }
    [[nodiscard]] const OpenCounts& open() const noexcept { return open_; }
    [[nodiscard]] const OwnLevels& own() const noexcept { return own_; }
    [[nodiscard]] Weight gross() const noexcept { return gross_; }
    /// Assets with a position or open orders but without a mark.
    [[nodiscard]] std::int32_t unmarked() const noexcept { return unmarked_; }
    [[nodiscard]] std::uint64_t overfills() const noexcept { return overfills_; }

    /// Recounts every sum from the slots. False is a bug of ours. Cold.
    [[nodiscard]] bool consistent() const noexcept;
    void hash(engine::StateHasher& hasher) const noexcept;

private:
    /// Puts what `reservation` holds into the sums, or takes it out. Requires: both assets exist.
    void add(const Reservation& reservation, int sign) noexcept;
    void set_leaves(Reservation& reservation, engine::QtyAtoms leaves) noexcept;
    void reweigh(engine::AssetId asset) noexcept;
    [[nodiscard]] Weight weight_of(std::size_t asset) const noexcept;
    [[nodiscard]] bool lacks_mark(std::size_t asset) const noexcept;

    std::array<AssetLine, engine::capacity::assets + 1> assets_{};  ///< the last one is "none"
    std::array<bool, engine::capacity::assets> unmarked_asset_{};
    Weight gross_{};
    std::size_t slots_used_{};  ///< none at or behind it was ever taken
    std::int32_t unmarked_{};
    engine::AssetId risk_currency_{engine::no_asset};
    std::uint64_t overfills_{};
    OpenCounts open_{};
    OwnLevels own_{};
    std::array<Reservation, engine::capacity::orders> slots_{};
};

// What a review runs when it approves, inline: its parts go from registers to the slot. Built as a
// struct and copied, they would be read back in wider pieces than they were written in, for which
// the processor must wait.

[[gnu::always_inline]] inline void Exposure::reserve(engine::OrderSlot slot,
                                                     const Reservation& reservation) noexcept {
    engine::verify(slot < slots_.size());
    Reservation& mine = slots_[slot];
    engine::verify(!mine.live);
    engine::verify(reservation.leaves.value > 0);
    engine::verify(reservation.cl_ord_id != engine::no_order);
    mine.cl_ord_id = reservation.cl_ord_id;
    mine.price = reservation.price;
    mine.leaves = reservation.leaves;
    mine.filled = reservation.filled;
    mine.amount = reservation.amount;
    mine.instrument = reservation.instrument;
    mine.base = reservation.base;
    mine.quote = reservation.quote;
    mine.venue = reservation.venue;
    mine.strategy = reservation.strategy;
    mine.side = reservation.side;
    mine.live = true;
    slots_used_ = std::max(slots_used_, std::size_t{slot} + 1);
    open_.instrument[reservation.instrument.value] += 1;
    open_.strategy[reservation.strategy.value] += 1;
    open_.venue[reservation.venue.value] += 1;
    open_.firm += 1;
    own_.add(slot, reservation.instrument, reservation.side, reservation.price);
    add(reservation, 1);
    // Adding to `open` adds as much weight, unless there is no mark or the weight is cut.
    AssetLine& quote = assets_[reservation.quote.value];
    const Weight added = weigh(reservation.amount, quote.mark);
    if (quote.mark != 0 && quote.weight + added < weight_max) [[likely]] {
        quote.weight += added;
        gross_ += added;
    } else {
        reweigh(reservation.quote);
    }
}

[[gnu::always_inline]] inline void Exposure::add(const Reservation& reservation,
                                                 int sign) noexcept {
    engine::verify(exists(reservation.base));
    engine::verify(exists(reservation.quote));
    AssetLine& base = assets_[reservation.base.value];
    AssetLine& quote = assets_[reservation.quote.value];
    const int128 qty = sign * int128{reservation.leaves.value};
    const int128 amount = sign * int128{reservation.amount};
    (reservation.is_buy() ? base.incoming : base.reserved) += qty;
    (reservation.is_buy() ? quote.reserved : quote.incoming) += amount;
    quote.open += amount;
    engine::verify(quote.open >= 0);
}

[[gnu::always_inline]] inline Weight Exposure::weight_of(std::size_t asset) const noexcept {
    const AssetLine& line = assets_[asset];
    const bool unit = asset == risk_currency_.value;
    const int128 held = line.position < 0 ? -line.position : line.position;
    return weigh((unit ? int128{0} : held) + line.open, line.mark);
}

[[gnu::always_inline]] inline bool Exposure::lacks_mark(std::size_t asset) const noexcept {
    const AssetLine& line = assets_[asset];
    return line.mark == 0 && (line.position != 0 || line.open != 0);
}

[[gnu::always_inline]] inline void Exposure::reweigh(engine::AssetId asset) noexcept {
    const std::size_t i = asset.value;
    const Weight weight = weight_of(i);
    gross_ += weight - assets_[i].weight;
    assets_[i].weight = weight;
    const bool lacks = lacks_mark(i);
    unmarked_ += int{lacks} - int{unmarked_asset_[i]};
    unmarked_asset_[i] = lacks;
}

}  // namespace portcullis::risk
