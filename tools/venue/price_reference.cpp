#include "tools/venue/price_reference.hpp"

#include "engine/types/verify.hpp"
#include "tools/venue/durations.hpp"

namespace portcullis::tools::venue {

using engine::int128;
using engine::verify;

PriceReference::PriceReference(const AverageMinutes& minutes) {
    for (const std::int64_t each : {std::int64_t{5}, minutes.notional, minutes.min_notional,
                                    minutes.percent_price, minutes.percent_price_by_side}) {
        if (each > 0) {
            windows_.try_emplace(each);
        }
    }
}

void PriceReference::Window::add(const Trade& trade, std::int64_t length_ms) {
    trades.push_back(trade);
    value_sum += int128{trade.price.value} * trade.qty.value;
    qty_sum += trade.qty.value;
    while (trades.size() > 1 && trades.front().time_ms < trade.time_ms - length_ms) {
        const Trade& old = trades.front();
        value_sum -= int128{old.price.value} * old.qty.value;
        qty_sum -= old.qty.value;
        trades.pop_front();
    }
}

void PriceReference::on_trade(PriceAtoms price, QtyAtoms qty, std::int64_t now_ms) {
    verify(qty > QtyAtoms{0});
    for (auto& [minutes, window] : windows_) {
        window.add({now_ms, price, qty}, minutes * minute_ms);
    }
    last_ = price;
}

std::optional<PriceAtoms> PriceReference::price(std::int64_t minutes) const {
    if (minutes == 0 || !last_) {
        return last_;
    }
    const auto found = windows_.find(minutes);
    verify(found != windows_.end());
    const Window& window = found->second;
    return PriceAtoms{static_cast<std::int64_t>(window.value_sum / window.qty_sum)};
}

}  // namespace portcullis::tools::venue
