// Fills and marks into profit and loss (loss_book.hpp).
#include "risk/loss_book.hpp"

#include <algorithm>
#include <limits>

namespace portcullis::risk {

namespace {

/// As a weight, saturated far beyond every limit: of a sum of all assets nothing overflows.
Weight worth_of(int128 amount, std::int64_t mark) noexcept {
    return amount < 0 ? -weigh(-amount, mark) : weigh(amount, mark);
}

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

std::optional<LossFigures> LossBook::value(Row row, const Exposure& exposure) noexcept {
    Book& book = table_[row];
    Weight worth = 0;
    for (std::size_t i = 0; i < book.touched_count; ++i) {
        const std::uint16_t asset = book.touched[i];
        const std::int64_t mark = exposure.line(engine::AssetId{asset}).mark;
        if (mark == 0 && book.amounts[asset] != 0) {
            return std::nullopt;
        }
        worth += worth_of(book.amounts[asset], mark);
    }
    book.worth = worth;
    book.peak = std::max(book.peak, worth);
    return LossFigures{micro_up(book.start - worth), micro_up(book.peak - worth)};
}

void LossBook::begin_day() noexcept {
    for (const Row row : active_) {
        table_[row].start = table_[row].peak = table_[row].worth;
    }
}

void LossBook::hash(engine::StateHasher& hasher) const noexcept {
    for (const Row row : active_) {
        const Book& book = table_[row];
        hasher.add(row);
        hasher.add(book.worth);
        hasher.add(book.start);
        hasher.add(book.peak);
        for (std::size_t i = 0; i < book.touched_count; ++i) {
            hasher.add(book.touched[i]);
            hasher.add(book.amounts[book.touched[i]]);
        }
    }
}

}  // namespace portcullis::risk
