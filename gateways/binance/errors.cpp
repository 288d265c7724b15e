#include "gateways/binance/errors.hpp"

#include <algorithm>
#include <array>

namespace portcullis::gateways::binance {

using engine::RejectReason;

namespace {

constexpr Classified unknown{Verdict::unknown, RejectReason::none};

constexpr Classified no(RejectReason reason) {
    return {Verdict::rejected, reason};
}

// Source: errors.md of binance-spot-api-docs. Sorted by falling code.
constexpr std::array error_rows{
    ErrorRow{-1000, unknown, false},  // "An unknown error occurred while processing the request."
    ErrorRow{-1001, unknown, false},  // internal disconnect: it may have passed
    ErrorRow{-1002, no(RejectReason::not_authorized), false},
    ErrorRow{-1003, no(RejectReason::rate_limited), false},
    ErrorRow{-1006, unknown, false},  // "Execution status unknown."
    ErrorRow{-1007, unknown, false},  // time-out at the backend, "Execution status unknown."
    ErrorRow{-1008, no(RejectReason::rate_limited), false},  // overloaded, refused at the door
    ErrorRow{-1010, no(RejectReason::other), true},
    ErrorRow{-1013, no(RejectReason::filter), false},
    ErrorRow{-1014, no(RejectReason::bad_request), false},
    ErrorRow{-1015, no(RejectReason::rate_limited), false},
    ErrorRow{-1016, no(RejectReason::market_closed), false},  // service shutting down
    ErrorRow{-1020, no(RejectReason::bad_request), false},
    ErrorRow{-1021, no(RejectReason::outside_time), false},
    ErrorRow{-1022, no(RejectReason::not_authorized), false},
    ErrorRow{-1100, no(RejectReason::bad_request), false},
    ErrorRow{-1101, no(RejectReason::bad_request), false},
    ErrorRow{-1102, no(RejectReason::bad_request), false},
    ErrorRow{-1103, no(RejectReason::bad_request), false},
    ErrorRow{-1104, no(RejectReason::bad_request), false},
    ErrorRow{-1105, no(RejectReason::bad_request), false},
    ErrorRow{-1106, no(RejectReason::bad_request), false},
    ErrorRow{-1111, no(RejectReason::bad_request), false},
    ErrorRow{-1121, no(RejectReason::bad_request), false},
    ErrorRow{-1145, no(RejectReason::bad_request), false},
    ErrorRow{-2010, no(RejectReason::other), true},
    ErrorRow{-2011, no(RejectReason::other), true},
    ErrorRow{-2013, no(RejectReason::unknown_order), false},
    ErrorRow{-2014, no(RejectReason::not_authorized), false},
    ErrorRow{-2015, no(RejectReason::not_authorized), false},
    ErrorRow{-2021, unknown, false},  // partial: the legs say; without them nothing is known
    ErrorRow{-2022, no(RejectReason::other), true},  // both legs failed; the cancel leg says why
    ErrorRow{-2026, no(RejectReason::too_late), false},  // archived
    ErrorRow{-2035, no(RejectReason::other), false},     // user stream already active
    ErrorRow{-2036, no(RejectReason::other), false},     // user stream already inactive
    ErrorRow{-2038, no(RejectReason::other), true},
    ErrorRow{-2039, no(RejectReason::order_mismatch), false},
};
static_assert(std::is_sorted(error_rows.begin(), error_rows.end(),
                             [](const ErrorRow& a, const ErrorRow& b) { return a.code > b.code; }));

constexpr std::array text_rows{
    TextRow{"Account has insufficient balance", RejectReason::insufficient_funds},
    TextRow{"Order would immediately match and take", RejectReason::would_match},
    TextRow{"Duplicate order sent", RejectReason::duplicate_order},
    TextRow{"Unknown order sent", RejectReason::unknown_order},
    TextRow{"Market is closed", RejectReason::market_closed},
    TextRow{"Filter failure:", RejectReason::filter},
    TextRow{"Price * QTY is zero or less", RejectReason::filter},
    TextRow{"Order book liquidity is less than LOT_SIZE", RejectReason::filter},
    TextRow{"The requested action would change no state; rejecting", RejectReason::bad_request},
    TextRow{"Cancel order is invalid", RejectReason::order_mismatch},
    TextRow{"Order was canceled or expired", RejectReason::too_late},
    TextRow{"This action is disabled on this account", RejectReason::not_authorized},
    TextRow{"Account may not place or cancel orders", RejectReason::not_authorized},
    TextRow{"This symbol is restricted for this account", RejectReason::not_authorized},
    TextRow{"This symbol is not permitted for this account", RejectReason::not_authorized},
    TextRow{"Order would trigger immediately", RejectReason::bad_request},
    TextRow{"Unsupported order combination", RejectReason::bad_request},
    TextRow{"Order cancel-replace is not supported", RejectReason::bad_request},
    TextRow{"Order amend is not supported", RejectReason::bad_request},
    TextRow{"Order amend (quantity increase) is not supported", RejectReason::bad_request},
    TextRow{"Rest API trading is not enabled", RejectReason::not_authorized},
    TextRow{"WebSocket API trading is not enabled", RejectReason::not_authorized},
};

RejectReason reason_of_text(std::string_view message, RejectReason otherwise) noexcept {
    for (const TextRow& row : text_rows) {
        if (message.starts_with(row.prefix)) {
            return row.reason;
        }
    }
    return otherwise;
}

const ErrorRow* find(std::int32_t code) noexcept {
    const auto row = std::lower_bound(error_rows.begin(), error_rows.end(), code,
                                      [](const ErrorRow& a, std::int32_t c) { return a.code > c; });
    return row != error_rows.end() && row->code == code ? &*row : nullptr;
}

Classified of_row(const ErrorRow& row, std::string_view message) noexcept {
    if (!row.by_text) {
        return row.meaning;
    }
    return {row.meaning.verdict, reason_of_text(message, row.meaning.reason)};
}

}  // namespace

std::span<const ErrorRow> error_table() noexcept {
    return error_rows;
}
std::span<const TextRow> text_table() noexcept {
    return text_rows;
}

Classified classify(std::int32_t status, std::int32_t code, std::string_view message) noexcept {
    if (status == 200) {
        return code == 0 ? Classified{Verdict::accepted, RejectReason::none} : unknown;
    }
    if (status < 400 || status > 499) {
        return unknown;  // 5xx, and what is no status at all
    }
    if (status == 418 || status == 429) {
        return no(RejectReason::rate_limited);
    }
    if (const ErrorRow* row = find(code)) {
        return of_row(*row, message);
    }
    if (status == 409) {
        return unknown;  // partial, and nothing says which part
    }
    if (status == 401 || status == 403) {
        return no(RejectReason::not_authorized);
    }
    return no(RejectReason::other);
}

KeyRefusal key_refusal(std::int32_t code, std::string_view message) noexcept {
    switch (code) {
        case -1022:
        case -2014:
            return KeyRefusal::doubted;
        case -1002:
        case -2015:
            return KeyRefusal::permission;
        case -1033:
        case -1034:
            return KeyRefusal::elsewhere;
        case -2010:
        case -2011:
        case -2038:
            // Of the account, not of one symbol.
            return message.starts_with("This action is disabled on this account") ||
                           message.starts_with("Account may not place or cancel orders")
                       ? KeyRefusal::permission
                       : KeyRefusal::none;
        default:
            return KeyRefusal::none;
    }
}

Classified classify_leg(std::int32_t code, std::string_view message) noexcept {
    const ErrorRow* row = find(code);
    return row != nullptr ? of_row(*row, message) : unknown;
}

RejectReason reject_reason_of_event(std::string_view reason) noexcept {
    if (reason == "NONE") {
        return RejectReason::none;
    }
    if (reason == "INSUFFICIENT_BALANCES" || reason == "INSUFFICIENT_BALANCE") {
        return RejectReason::insufficient_funds;
    }
    if (reason == "WOULD_MATCH_IMMEDIATELY") {
        return RejectReason::would_match;
    }
    if (reason == "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY" || reason == "OCO_BAD_PRICES") {
        return RejectReason::bad_request;
    }
    return RejectReason::other;
}

}  // namespace portcullis::gateways::binance
