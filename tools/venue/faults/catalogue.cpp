#include "tools/venue/faults/catalogue.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "engine/types/verify.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr unsigned talk = target_market | target_wsapi | target_rest | target_account;
constexpr unsigned lines = target_market | target_wsapi;
constexpr unsigned asks = target_wsapi | target_rest;
constexpr auto each = FaultDose::each;
constexpr auto state = FaultDose::state;
constexpr auto act = FaultDose::act;

constexpr FaultRow rows[] = {
    {FaultKind::drop, "drop", each, talk, {}, "the message is never sent"},
    {FaultKind::delay,
     "delay",
     each,
     talk,
     {"ms", 100, 1, 60'000},
     "the message leaves `ms` later; all behind it on its connection waits, as on one line"},
    {FaultKind::jitter,
     "jitter",
     each,
     talk,
     {"ms", 50, 1, 60'000},
     "the same, by a random 0 to `ms`"},
    {FaultKind::duplicate, "duplicate", each, lines, {}, "the message leaves twice"},
    {FaultKind::reorder,
     "reorder",
     each,
     lines,
     {},
     "the message leaves behind its successor (its stream's; of orders the connection's), or a "
     "second later if none comes"},
    {FaultKind::gap,
     "gap",
     each,
     target_market,
     {"messages", 1, 1, 10'000},
     "that many changes of a book in a row are not published in their stream (partial books have "
     "none to miss)"},
    {FaultKind::crossed_book,
     "crossed-book",
     each,
     target_market,
     {},
     "a depth or bookTicker message shows a bid above every ask; none is struck while the book "
     "has no ask"},
    {FaultKind::silence,
     "silence",
     state,
     talk,
     {},
     "connected, pings answered, and not one message"},
    {FaultKind::oversized,
     "oversized",
     each,
     talk,
     {"bytes", 2'097'152, 1024, 33'554'432},
     "the message, with a member of so many bytes in front"},
    {FaultKind::deep_nesting,
     "deep-nesting",
     each,
     talk,
     {"depth", 5000, 1, 1'000'000},
     "the message, with an array nested so deep in front"},
    {FaultKind::invalid_utf8,
     "invalid-utf8",
     each,
     talk,
     {},
     "the message, with a string in front that is no UTF-8"},
    {FaultKind::wrong_types,
     "wrong-types",
     each,
     talk,
     {},
     "one value of the message has another JSON type"},
    {FaultKind::nan_numbers,
     "nan-numbers",
     each,
     talk,
     {},
     "one number of the message is NaN, Infinity, 1e999 and the like"},
    {FaultKind::long_numbers,
     "long-numbers",
     each,
     talk,
     {},
     "one number of the message has 19 digits or more before its point"},
    {FaultKind::html,
     "html",
     each,
     talk,
     {"status", 502, 400, 599},
     "a bare HTML page in the place of the JSON; over REST with `status`, as text/html"},
    {FaultKind::disconnect,
     "disconnect",
     each,
     lines | target_rest,
     {},
     "the connection is cut instead of the message"},
    {FaultKind::tear,
     "tear",
     each,
     lines,
     {},
     "the same in the middle of a frame, some of whose bytes have left"},
    {FaultKind::disconnect_at,
     "disconnect-at",
     each,
     lines | target_rest,
     {"bytes", 256, 0, 1'048'576},
     "cut after a random 0 to `bytes` more bytes below the TLS"},
    {FaultKind::one_byte_writes,
     "one-byte-writes",
     state,
     lines | target_rest,
     {},
     "every byte leaves in a TLS record of its own"},
    {FaultKind::half_open,
     "half-open",
     each,
     lines,
     {},
     "from this message on nothing leaves the connection, nothing is read, and it stays open"},
    {FaultKind::lost_ack,
     "lost-ack",
     each,
     asks,
     {},
     "what places, amends or cancels orders is executed and never answered; account events come"},
    {FaultKind::error_before_accept,
     "error-before-accept",
     each,
     asks,
     {"status", 503, 500, 599},
     "what places, amends or cancels orders is not executed; answered 5xx, -1001"},
    {FaultKind::error_after_accept,
     "error-after-accept",
     each,
     asks,
     {"status", 504, 500, 599},
     "what places, amends or cancels orders is executed and answered 5xx, -1007"},
    {FaultKind::stale_snapshot,
     "stale-snapshot",
     each,
     asks,
     {},
     "`depth` answers with the book as it was when the fault was switched on"},
    {FaultKind::ack_after_fill,
     "ack-after-fill",
     each,
     target_wsapi,
     {"ms", 1000, 1, 60'000},
     "the answer to place and cancelReplace waits for the account's next fill, `ms` at most; not "
     "where a fill was told before it"},
    {FaultKind::ban,
     "ban",
     state,
     target_venue,
     {"warnings", 1, 0, 1000},
     "every request and connection of an address is refused: by 429 so often, then by 418"},
    {FaultKind::duplicate_reports,
     "duplicate-reports",
     each,
     target_account,
     {},
     "an account event comes twice, to all that hear of it"},
    {FaultKind::reorder_reports,
     "reorder-reports",
     each,
     target_account,
     {},
     "an account event comes behind its successor, or a second later if none comes"},
    {FaultKind::fill_after_cancel,
     "fill-after-cancel",
     each,
     target_account,
     {},
     "an order that is cancelled has traded one lot before; the report of it comes last"},
    {FaultKind::overfill,
     "overfill",
     act,
     target_account,
     {},
     "the newest open order is filled for one lot more than its quantity"},
    {FaultKind::worse_price,
     "worse-price",
     act,
     target_account,
     {"ticks", 10, 1, 1'000'000},
     "the newest open order is filled so many ticks worse than its limit"},
    {FaultKind::trade_bust,
     "trade-bust",
     act,
     target_account,
     {},
     "the last trade is undone: gone from myTrades, assets given back, balances told"},
    {FaultKind::foreign_order,
     "foreign-order",
     act,
     target_account,
     {},
     "the smallest order far from the market, as from another session of the account"},
    {FaultKind::foreign_withdrawal,
     "foreign-withdrawal",
     act,
     target_account,
     {"bps", 100, 1, 10'000},
     "so much of the free quote asset leaves the account, as nobody here asked"},
    {FaultKind::session_revoked,
     "session-revoked",
     act,
     target_wsapi,
     {},
     "the log-on and its account stream end: eventStreamTerminated, then -2015"},
    {FaultKind::key_permissions,
     "key-permissions",
     state,
     target_account,
     {},
     "the keys of the account may read and not trade"},
    {FaultKind::tick_size,
     "tick-size",
     state,
     target_symbol,
     {"factor", 10, 2, 100'000},
     "the symbol's tick is so many times its size; exchangeInfo says so"},
    {FaultKind::clock_skew,
     "clock-skew",
     state,
     target_venue,
     {"ms", 2000, -86'400'000, 86'400'000},
     "the venue's clock is so far ahead (behind, if negative)"},
    {FaultKind::restart,
     "restart",
     act,
     target_venue,
     {"lose", 0, 0, 1},
     "all connections are cut, none is taken for a second; with `lose=1` the open orders have "
     "expired, untold"},
    {FaultKind::certificate_change,
     "certificate-change",
     state,
     target_venue,
     {},
     "new connections meet a certificate of another key and another CA"},
};

std::string number_text(std::int64_t value) {
    return std::to_string(value);
}

}  // namespace

std::span<const FaultRow> fault_catalogue() {
    return rows;
}

const FaultRow* find_fault(std::string_view name) {
    const auto at = std::find_if(std::begin(rows), std::end(rows),
                                 [name](const FaultRow& row) { return row.name == name; });
    return at == std::end(rows) ? nullptr : &*at;
}

const FaultRow& row_of(FaultKind kind) {
    const auto index = static_cast<std::size_t>(kind);
    engine::verify(index < std::size(rows));
    return rows[index];
}

std::string targets_text(unsigned targets) {
    static constexpr std::array<std::pair<unsigned, std::string_view>, 6> words = {
        {{target_market, "STREAM"},
         {target_wsapi, "orders|second|wsapi"},
         {target_rest, "rest"},
         {target_account, "account:NAME"},
         {target_symbol, "symbol:NAME"},
         {target_venue, "venue"}}};
    std::string out;
    for (const auto& [bit, word] : words) {
        if ((targets & bit) != 0) {
            out += (out.empty() ? "" : ", ") + std::string(word);
        }
    }
    return out;
}

std::string example_of(const FaultRow& row, std::string_view verb) {
    const bool of_depth = row.kind == FaultKind::gap || row.kind == FaultKind::crossed_book;
    const std::string_view target = (row.targets & target_market) != 0
                                        ? (of_depth ? "btcusdt@depth*" : "btcusdt@trade")
                                    : (row.targets & target_wsapi) != 0   ? "orders"
                                    : (row.targets & target_account) != 0 ? "account:maker"
                                    : (row.targets & target_symbol) != 0  ? "symbol:BTCUSDT"
                                                                          : "venue";
    const std::string_view how = row.dose == each ? verb : row.dose == act ? "once" : "on";
    return "fault " + std::string(how) + " " + std::string(row.name) + " " + std::string(target);
}

std::string catalogue_markdown() {
    std::string out =
        "| fault | targets | dose | argument | what happens |\n| --- | --- | --- | --- | --- |\n";
    for (const FaultRow& row : rows) {
        const std::string dose = row.dose == each    ? "rate, every, once"
                                 : row.dose == state ? "on to off"
                                                     : "once; rate, every";
        const FaultArgument& has = row.argument;
        const std::string argument =
            has.name.empty()
                ? ""
                : "`" + std::string(has.name) + "` " + number_text(has.standard) + " (" +
                      number_text(has.least) + " to " + number_text(has.most) + ")";
        std::string targets = targets_text(row.targets);
        for (std::size_t at = 0; (at = targets.find('|', at)) != std::string::npos; at += 2) {
            targets.insert(at, "\\");
        }
        out += "| `" + std::string(row.name) + "` | " + targets + " | " + dose + " | " + argument +
               " | " + std::string(row.what) + " |\n";
    }
    return out;
}

}  // namespace portcullis::tools::venue
