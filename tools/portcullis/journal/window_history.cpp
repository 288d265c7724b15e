// See window_history.hpp.
#include "tools/portcullis/journal/window_history.hpp"

#include <algorithm>

namespace portcullis::tools {

using engine::EventHeader;
using engine::MonoNs;
using engine::PriceAtoms;
using engine::QtyAtoms;
using engine::WallNs;

void WindowHistory::begin_run(const std::string& risk_currency) {
    marks_.clear();
    marks_[risk_currency] = engine::micros_per_unit;  // worth one of itself, which nobody is told
}

void WindowHistory::on_mark(const std::string& asset, std::int64_t price_micro) {
    marks_[asset] = price_micro;
}

void WindowHistory::on_order(const Place& place, PriceAtoms price, QtyAtoms qty,
                             const EventHeader& at) {
    remember(place, at, {.weight = weight_of(place.quote, price, qty), .orders = 1});
}

void WindowHistory::on_amend(const Place& place, const EventHeader& at) {
    remember(place, at, {});
}

void WindowHistory::on_fill(const Place& place, PriceAtoms price, QtyAtoms qty,
                            const EventHeader& at) {
    remember(place, at, {.weight = weight_of(place.quote, price, qty), .orders = 1, .fill = true});
}

risk::Weight WindowHistory::weight_of(const std::string& quote, PriceAtoms price,
                                      QtyAtoms qty) const {
    const auto mark = marks_.find(quote);
    if (mark == marks_.end() || mark->second <= 0 || price.value <= 0 || qty.value <= 0) {
        return risk::PastEntry::unknown;
    }
    return risk::weigh(engine::quote_amount(price, qty, engine::Rounding::up).value, mark->second);
}

void WindowHistory::remember(const Place& place, const EventHeader& at, Past past) {
    past.at = PastMoment::of(at);
    past.strategy = text_id(place.strategy);
    past.symbol = text_id(place.symbol);
    past_.push_back(past);
    while (past_.front().at.age(at.mono, at.wall) > risk::day_ns) {
        past_.pop_front();
    }
}

std::uint16_t WindowHistory::text_id(const std::string& text) {
    const auto [found, is_new] =
        text_ids_.try_emplace(text, static_cast<std::uint16_t>(texts_.size()));
    if (is_new) {
        texts_.push_back(text);
    }
    return found->second;
}

void WindowHistory::restore(risk::RiskGate& gate, const AppConfig& config, MonoNs now,
                            WallNs wall) const {
    for (const Past& past : past_) {
        const std::int64_t passed = past.at.age(now, wall);
        if (passed > risk::day_ns) {
            continue;
        }
        // What has no strategy or instrument any more still counts for the others.
        const risk::PastEntry entry{
            .at = MonoNs{now.value - passed},
            .weight = past.weight,
            .orders = past.orders,
            .instrument = config.instrument(texts_[past.symbol]).value_or(engine::no_instrument),
            .strategy = config.strategy(texts_[past.strategy]).value_or(engine::no_strategy)};
        past.fill ? gate.restore_filled(entry) : gate.restore_sent(entry);
    }
}

}  // namespace portcullis::tools
