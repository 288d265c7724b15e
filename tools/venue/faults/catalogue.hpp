// The catalogue: every fault of the venue by name, what it does, where it strikes and how often it
// may.
//
// One table; the control socket, `ctl`, the README's table and the soak are made of it, so a fault
// that is not in it does not exist. A fault and a target that do not go together are refused with
// the targets that do. Pure data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::tools::venue {

enum class FaultKind : std::uint8_t {
    // messages: what leaves as text
    drop,
    delay,
    jitter,
    duplicate,
    reorder,
    gap,
    crossed_book,
    silence,
    oversized,
    deep_nesting,
    invalid_utf8,
    wrong_types,
    nan_numbers,
    long_numbers,
    html,
    // bytes: what leaves a connection
    disconnect,
    tear,
    disconnect_at,
    one_byte_writes,
    half_open,
    // requests and their answers
    lost_ack,
    error_before_accept,
    error_after_accept,
    stale_snapshot,
    ack_after_fill,
    ban,
    // account events
    duplicate_reports,
    reorder_reports,
    // what happens on an account
    fill_after_cancel,
    overfill,
    worse_price,
    trade_bust,
    foreign_order,
    foreign_withdrawal,
    // sessions, keys, the venue itself
    session_revoked,
    key_permissions,
    tick_size,
    clock_skew,
    restart,
    certificate_change
};

/// Where a fault can strike; a mask of them in each row of the catalogue.
enum FaultTarget : unsigned {
    target_market = 1U << 0U,   ///< a market stream, by name, '*' for anything
    target_wsapi = 1U << 1U,    ///< orders, second, wsapi: connections of the WebSocket API
    target_rest = 1U << 2U,     ///< rest: replies over HTTP
    target_account = 1U << 3U,  ///< account:NAME: its events
    target_symbol = 1U << 4U,   ///< symbol:NAME
    target_venue = 1U << 5U     ///< venue: everything
};

/// How a fault is dosed.
enum class FaultDose : std::uint8_t {
    each,   ///< each message that passes may be struck: rate, every
    state,  ///< holds from on to off
    act     ///< happens when told, or behind messages of its target: rate, every
};

/// The one number a fault may have: `name=VALUE`.
struct FaultArgument {
    std::string_view name{};  ///< empty: the fault has none
    std::int64_t standard{}, least{}, most{};
};

struct FaultRow {
    FaultKind kind{};
    std::string_view name;
    FaultDose dose{};
    unsigned targets{};
    FaultArgument argument;
    std::string_view what;  ///< one sentence for the README
};

[[nodiscard]] std::span<const FaultRow> fault_catalogue();
[[nodiscard]] const FaultRow* find_fault(std::string_view name);
[[nodiscard]] const FaultRow& row_of(FaultKind kind);
/// "STREAM, orders|second|wsapi, rest": for errors and the table.
[[nodiscard]] std::string targets_text(unsigned targets);
/// "fault on gap btcusdt@depth*": a command that the fault takes, with `verb` where it is free.
[[nodiscard]] std::string example_of(const FaultRow& row, std::string_view verb);
/// The table of tools/venue/README.md.
[[nodiscard]] std::string catalogue_markdown();

}  // namespace portcullis::tools::venue
