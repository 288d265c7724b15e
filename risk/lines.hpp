// The gate's tables: one line per instrument, strategy, venue, account, credential and the firm,
// laid out for one review.
//
// What a check needs of a scope lies together: the venue's filters in atoms, the limits, the kill
// word and trading state. Products with constants are made when limits and filters come, so that
// the path compares and never divides. A request that names a scope which does not exist is looked
// up in an empty line, where every limit is zero: no check needs a special case, and each says what
// it finds. Writer and reader: the gate (core thread).
#pragma once

#include <array>
#include <cstdint>

#include "engine/events/credential.hpp"
#include "engine/types/fix.hpp"
#include "engine/types/instrument.hpp"
#include "risk/duplicate_log.hpp"
#include "risk/exposure.hpp"
#include "risk/limits.hpp"
#include "risk/loss_book.hpp"
#include "risk/pairs.hpp"
#include "risk/repeats.hpp"
#include "risk/windows.hpp"

namespace portcullis::risk {

/// Kill word and trading state of one scope.
struct ScopeState {
    std::uint32_t kill_word{};  ///< odd: killed (kill_switch.hpp)
    std::uint32_t cause{};      ///< of `trading`, as in TradingStateChanged
    engine::TradingState trading{engine::TradingState::active};

    friend bool operator==(const ScopeState&, const ScopeState&) noexcept = default;
};

struct alignas(64) InstrumentLine {
    engine::Instrument filters{};  ///< maxima that the venue leaves open (zero) are made largest
    InstrumentLimits limits{};
    ScopeState state{};
    std::int64_t orders_filter{};  ///< MAX_NUM_ORDERS, zero: none stated
    int128 product_min{};          ///< NOTIONAL minimum in price atoms x quantity atoms
    int128 product_max{};
    Weight order_weight_kill_max{};  ///< order_notional_kill_micro_max as a Weight
    ScopeWindows windows{};
    bool defined{};

    /// What does not exist becomes the empty line: the assets that `filters` names have one.
    void name_asset_lines() noexcept {
        constexpr engine::AssetId none{engine::capacity::assets};
        filters.base = exists(filters.base) ? filters.base : none;
        filters.quote = exists(filters.quote) ? filters.quote : none;
    }
};

struct alignas(64) StrategyLine {
    StrategyLimits limits{};
    ScopeState state{};
    ScopeWindows windows{};
    std::uint64_t cancels{};
    bool known{};
    Repeats denials{};  ///< by a limit
    LossFigures loss{};
    DuplicateLog duplicates{};
    static constexpr std::int64_t denials_span_ns = 1'000'000'000;
    std::array<std::int64_t, denials_ceiling + 1> denial_times{};
};

struct CredentialLine {
    ScopeState state{};
    /// Of the watch (credentials/); where there is no such credential, the strictest.
    engine::CredentialState standing{engine::CredentialState::active};
};

struct VenueLine {
    VenueLimits limits{};
    ScopeState state{};
    ScopeWindows windows{};
};

struct AccountLine {
    AccountLimits limits{};
    ScopeState state{};
    ScopeWindows windows{};
};

struct FirmLine {
    FirmLimits limits{};
    ScopeState state{};
    ScopeWindows windows{};
    std::uint64_t cancels{};
    Weight gross_max{};
    LossFigures loss{};
};

}  // namespace portcullis::risk
