#include "tools/venue/price_reference.hpp"

namespace portcullis::tools::venue {

using engine::int128;

namespace {
constexpr std::int64_t window_ms = 5 * 60 * 1000;
}

void PriceReference::on_trade(PriceAtoms price, QtyAtoms qty, std::int64_t now_ms) {
    window_.push_back({now_ms, price, qty});
    value_sum_ += int128{price.value} * qty.value;
    qty_sum_ += qty.value;
    while (window_.size() > 1 && window_.front().time_ms < now_ms - window_ms) {
        const Trade& old = window_.front();
        value_sum_ -= int128{old.price.value} * old.qty.value;
        qty_sum_ -= old.qty.value;
        window_.pop_front();
    }
}

std::optional<PriceAtoms> PriceReference::price() const {
    if (qty_sum_ <= 0) {
        return std::nullopt;
    }
    return PriceAtoms{static_cast<std::int64_t>(value_sum_ / qty_sum_)};
}

}  // namespace portcullis::tools::venue
