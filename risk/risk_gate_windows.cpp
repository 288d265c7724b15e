// The windows of the gate: from an approval and a fill into the logs of its scopes (windows.hpp).
// No decision is taken here.
#include <algorithm>
#include <limits>

#include "risk/risk_gate.hpp"

namespace portcullis::risk {

namespace {

bool same_scopes(const PastEntry& a, const PastEntry& b) noexcept {
    return a.instrument == b.instrument && a.strategy == b.strategy && a.venue == b.venue &&
           a.account == b.account;
}

}  // namespace

template <class Visit>
void RiskGate::for_each_windows(const PastEntry& entry, Visit&& visit) noexcept {
    visit(firm_.windows);
    if (entry.venue.value < engine::capacity::venues) {
        visit(venues_[entry.venue.value].windows);
    }
    if (entry.account.value < engine::capacity::accounts) {
        visit(accounts_[entry.account.value].windows);
    }
    if (entry.strategy.value < engine::capacity::strategies) {
        visit(strategies_[entry.strategy.value].windows);
    }
    if (entry.instrument.value < engine::capacity::instruments) {
        visit(instruments_[entry.instrument.value].windows);
    }
}

/// What is approved is pushed in its order, before anything else is and before a room is reckoned.
void RiskGate::settle_approved() noexcept {
    for (std::uint32_t i = 0; i < approved_count_; ++i) {
        const PastEntry& entry = approved_[i];
        for_each_windows(entry, [&](ScopeWindows& windows) noexcept {
            windows.push_sent(entry.at, entry.orders, entry.weight);
            if (!windows.list(true)) {
                busy_.push_back(&windows);
            }
        });
    }
    approved_count_ = 0;
}

void RiskGate::tidy_windows(engine::MonoNs now) noexcept {
    constexpr std::int64_t last_time = std::numeric_limits<std::int64_t>::max();
    tidy_at_ = now.value > last_time - tidy_interval_ns ? last_time : now.value + tidy_interval_ns;
    const std::uint32_t settled = approved_count_;
    settle_approved();
    for (std::uint32_t i = 0; i < settled; ++i) {  // approved_ still has them
        if (i + 1 == settled || !same_scopes(approved_[i], approved_[i + 1])) {
            for_each_windows(approved_[i],
                             [now](ScopeWindows& windows) noexcept { (void)windows.advance(now); });
        }
    }
    if (settled != 0 || busy_.empty()) {
        return;
    }
    next_busy_ = next_busy_ + 1 < busy_.size() ? next_busy_ + 1 : 0;
    ScopeWindows*& windows = busy_[next_busy_];
    if (!windows->advance(now)) {
        windows->list(false);
        windows = busy_.back();
        busy_.pop_back();
    }
}

[[gnu::noinline, gnu::cold]] void RiskGate::catch_up(
    const engine::NewOrderSingle& order, const engine::ReviewContext& context) noexcept {
    settle_approved();
    const InstrumentLine& line = instrument(order.instrument);
    for_each_windows({.instrument = order.instrument,
                      .strategy = order.strategy,
                      .venue = line.filters.venue,
                      .account = context.account},
                     [&](ScopeWindows& windows) noexcept { windows.catch_up(context.now); });
}

void RiskGate::restore_sent(const PastEntry& entry) noexcept {
    settle_approved();
    for_each_windows(entry, [&](ScopeWindows& windows) noexcept {
        windows.push_sent(entry.at, entry.orders, weight_of(entry));
        windows.advance(entry.at);
        if (!windows.list(true)) {
            busy_.push_back(&windows);
        }
    });
}

void RiskGate::restore_filled(const PastEntry& entry) noexcept {
    settle_approved();
    for_each_windows(entry, [&](ScopeWindows& windows) noexcept {
        windows.push_fill(entry.at, weight_of(entry));
        if (!windows.list(true)) {
            busy_.push_back(&windows);
        }
    });
}

Weight RiskGate::weight_of(const PastEntry& entry) const noexcept {
    if (entry.weight >= 0) {
        return entry.weight;
    }
    const Weight there = instrument(entry.instrument).windows.order_max();
    return there > 0 ? there : firm_.windows.order_max();
}

void RiskGate::count_fill(const engine::GateFill& fill, engine::AssetId quote,
                          PastEntry entry) noexcept {
    const std::int64_t mark = exposure_.asset(quote).mark;
    const bool sound = mark > 0 && fill.price.value > 0 && fill.qty.value > 0;
    entry.weight = PastEntry::unknown;
    if (sound) {
        entry.weight =
            weigh(engine::quote_amount(fill.price, fill.qty, engine::Rounding::up).value, mark);
    }
    entry.instrument = fill.instrument;
    entry.account = fill.account;
    restore_filled(entry);
}

}  // namespace portcullis::risk
