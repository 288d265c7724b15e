// Checks of the windows and of the notional of one order, at every scope.
//
// All of them are one comparison of vectors (windows.hpp), made when the facts are gathered: where
// it found room everywhere none of these is asked. Else the windows have been caught up, and each
// check asks its own log. Reader: checks.hpp, which has the ladder.
#pragma once

#include "risk/facts.hpp"

namespace portcullis::risk::checks {

template <Measure M>
[[nodiscard, gnu::always_inline]] inline Compared windows_of(const Facts& f,
                                                             const ScopeWindows& windows) noexcept {
    if (f.roomy) [[likely]] {
        return {true, 0, 0};
    }
    const WindowBreach breach = windows.breach(M, f.added());
    return {!breach.broken, breach.limit, breach.value, breach.window};
}

inline Compared messages_strategy(const Facts& f) noexcept {
    return windows_of<Measure::messages>(f, f.strategy.windows);
}
inline Compared messages_instrument(const Facts& f) noexcept {
    return windows_of<Measure::messages>(f, f.instrument.windows);
}
inline Compared messages_venue(const Facts& f) noexcept {
    return windows_of<Measure::messages>(f, f.venue.windows);
}
inline Compared messages_account(const Facts& f) noexcept {
    return windows_of<Measure::messages>(f, f.account.windows);
}
inline Compared messages_firm(const Facts& f) noexcept {
    return windows_of<Measure::messages>(f, f.firm.windows);
}
inline Compared orders_strategy(const Facts& f) noexcept {
    return windows_of<Measure::orders>(f, f.strategy.windows);
}
inline Compared orders_instrument(const Facts& f) noexcept {
    return windows_of<Measure::orders>(f, f.instrument.windows);
}
inline Compared orders_venue(const Facts& f) noexcept {
    return windows_of<Measure::orders>(f, f.venue.windows);
}
inline Compared orders_account(const Facts& f) noexcept {
    return windows_of<Measure::orders>(f, f.account.windows);
}
inline Compared orders_firm(const Facts& f) noexcept {
    return windows_of<Measure::orders>(f, f.firm.windows);
}
inline Compared submitted_strategy(const Facts& f) noexcept {
    return windows_of<Measure::submitted>(f, f.strategy.windows);
}
inline Compared submitted_instrument(const Facts& f) noexcept {
    return windows_of<Measure::submitted>(f, f.instrument.windows);
}
inline Compared submitted_venue(const Facts& f) noexcept {
    return windows_of<Measure::submitted>(f, f.venue.windows);
}
inline Compared submitted_account(const Facts& f) noexcept {
    return windows_of<Measure::submitted>(f, f.account.windows);
}
inline Compared submitted_firm(const Facts& f) noexcept {
    return windows_of<Measure::submitted>(f, f.firm.windows);
}
inline Compared fills_strategy(const Facts& f) noexcept {
    return windows_of<Measure::fills>(f, f.strategy.windows);
}
inline Compared fills_instrument(const Facts& f) noexcept {
    return windows_of<Measure::fills>(f, f.instrument.windows);
}
inline Compared fills_venue(const Facts& f) noexcept {
    return windows_of<Measure::fills>(f, f.venue.windows);
}
inline Compared fills_account(const Facts& f) noexcept {
    return windows_of<Measure::fills>(f, f.account.windows);
}
inline Compared fills_firm(const Facts& f) noexcept {
    return windows_of<Measure::fills>(f, f.firm.windows);
}
inline Compared filled_strategy(const Facts& f) noexcept {
    return windows_of<Measure::filled>(f, f.strategy.windows);
}
inline Compared filled_instrument(const Facts& f) noexcept {
    return windows_of<Measure::filled>(f, f.instrument.windows);
}
inline Compared filled_venue(const Facts& f) noexcept {
    return windows_of<Measure::filled>(f, f.venue.windows);
}
inline Compared filled_account(const Facts& f) noexcept {
    return windows_of<Measure::filled>(f, f.account.windows);
}
inline Compared filled_firm(const Facts& f) noexcept {
    return windows_of<Measure::filled>(f, f.firm.windows);
}

[[nodiscard, gnu::always_inline]] inline Compared order_notional_of(const Facts& f,
                                                                    const ScopeWindows& windows,
                                                                    std::int64_t limit) noexcept {
    if (f.roomy) [[likely]] {
        return {true, 0, 0};
    }
    return {limit > 0 && f.weight <= windows.order_max(), limit,
            clamp64((f.weight + weight_per_micro - 1) / weight_per_micro)};
}
inline Compared order_notional(const Facts& f) noexcept {
    return order_notional_of(f, f.instrument.windows, f.instrument.limits.order_notional_micro_max);
}
inline Compared order_notional_strategy(const Facts& f) noexcept {
    return order_notional_of(f, f.strategy.windows, f.strategy.limits.order_notional_micro_max);
}
inline Compared order_notional_venue(const Facts& f) noexcept {
    return order_notional_of(f, f.venue.windows, f.venue.limits.order_notional_micro_max);
}
inline Compared order_notional_account(const Facts& f) noexcept {
    return order_notional_of(f, f.account.windows, f.account.limits.order_notional_micro_max);
}
inline Compared order_notional_firm(const Facts& f) noexcept {
    return order_notional_of(f, f.firm.windows, f.firm.limits.order_notional_micro_max);
}

}  // namespace portcullis::risk::checks
