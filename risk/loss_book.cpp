// Fills and marks into profit and loss (loss_book.hpp).
#include "risk/loss_book.hpp"

#include <algorithm>
#include <limits>

namespace portcullis::risk {

namespace {

/// Rounded up, for a loss is what it is a number of.
std::int64_t micro_up(Weight weight) noexcept {
    const int128 micro = engine::divide(weight, weight_per_micro, engine::Rounding::up);
    constexpr int128 most = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::clamp<int128>(micro, -most, most));
}

}  // namespace

void LossBook::move(Row row, engine::AssetId asset, int128 amount) noexcept {
    if (!exists(asset) || amount == 0) {
        return;
    }
    Book& book = table_[row];
    if (!book.active) {
        book.active = true;
        active_.push_back(row);
    }
    if (!book.is_touched[asset.value]) {
        book.is_touched[asset.value] = true;
        book.touched[book.touched_count++] = asset.value;
    }
    int128& held = book.amounts[asset.value];
    held = std::clamp(held + amount, -amount_cap, amount_cap);
}

void LossBook::take(Row row, const engine::GateFill& fill, engine::AssetId base,
                    engine::AssetId quote) noexcept {
    const bool buy = fill.side == engine::Side::buy;
    const int128 paid = engine::quote_amount(fill.price, fill.qty,
                                             buy ? engine::Rounding::up : engine::Rounding::down)
                            .value;
    move(row, base, buy ? int128{fill.qty.value} : -int128{fill.qty.value});
    move(row, quote, buy ? -paid : paid);
    move(row, fill.fee_asset, -int128{fill.fee_atoms});
}

LossFigures LossBook::set_worth(Row row, Weight worth) noexcept {
    LossDay& day = table_[row].day;
    day.worth = worth;
    day.peak = std::max(day.peak, worth);
    return {micro_up(day.start - worth), micro_up(day.peak - worth)};
}

void LossBook::restore_amount(Row row, engine::AssetId asset, int128 amount) noexcept {
    move(row, asset, amount);
}

void LossBook::restore_day(Row row, const LossDay& day) noexcept {
    table_[row].day = day;
}

void LossBook::begin_day() noexcept {
    for (const Row row : active_) {
        LossDay& day = table_[row].day;
        day.start = day.peak = day.worth;
    }
}

void LossBook::hash(engine::StateHasher& hasher) const noexcept {
    for (const Row row : active_) {
        const Book& book = table_[row];
        hasher.add(row);
        hasher.add(book.day.worth);
        hasher.add(book.day.start);
        hasher.add(book.day.peak);
        for (std::size_t i = 0; i < book.touched_count; ++i) {
            hasher.add(book.touched[i]);
            hasher.add(book.amounts[book.touched[i]]);
        }
    }
}

}  // namespace portcullis::risk
