// Every limit on how much there can be, in one place. Memory is sized from these at start and then
// frozen. Beside each constant stands the relation that it must satisfy, proven where the constant
// is born.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace portcullis::engine::capacity {

inline constexpr std::size_t cache_line = 64;

inline constexpr std::size_t venues = 8;
inline constexpr std::size_t instruments = 1024;
inline constexpr std::size_t assets = 1024;
inline constexpr std::size_t strategies = 192;
inline constexpr std::size_t order_agents = 8;
inline constexpr std::size_t accounts = 8;
inline constexpr std::size_t credentials = 16;
/// Numbers that a reason of denial may have (risk/deny_reason.hpp).
inline constexpr std::size_t deny_reasons = 256;
/// Of one engine at one venue (gateways, tools/portcullis): its streams stand in one address, its
/// symbols in one exchangeInfo whose answer is one message of at most 1 MiB, and each costs a
/// reconciliation a question of weight 20 of the 6,000 that an address has in a minute.
inline constexpr std::size_t session_instruments = 64;
inline constexpr std::size_t session_assets = 64;
/// Open at one time: the answer that lists them is one message, and a row of it takes up to 650
/// bytes.
inline constexpr std::size_t session_orders = 1600;
static_assert(session_instruments <= instruments && session_assets <= assets);
static_assert(venues < 0xff && strategies < 0xff && instruments < 0xffff && assets < 0xffff,
              "ids keep one value for none");

/// Orders alive or awaiting proof at one time, in the whole engine. A slot is free again when its
/// order is done and settled (order_store.hpp). Each strategy has room for as many rows of working
/// orders: 512 KiB of addresses, of which it touches what it uses.
inline constexpr std::size_t orders = 16384;
static_assert(std::has_single_bit(orders), "slots are found by mask");
static_assert(session_orders <= orders);

/// Quotes of one strategy on one side of one instrument.
inline constexpr std::size_t quotes_per_side = 16;
/// Requests that one event can cause in one strategy: every quote of both sides cancelled and made
/// anew.
inline constexpr std::size_t actions = 4 * quotes_per_side;

/// Levels of one side of one book. A 5,000-level snapshot and what changes outside of it
/// (usdm_btcusdt holds 5,393).
inline constexpr std::size_t book_levels = 16384;

/// Ticks around the best that have a slot of their own, on each side of each book. Of recorded
/// changes 92 % lie within 16,384 of the best and 60 % within 4,096 (spot_btcusdt; in the others
/// 92 to 99.9 % and 85 to 99.9 %). Many books must share the processor's cache.
[[nodiscard]] constexpr std::size_t ladder_ticks(std::size_t books) noexcept {
    return books <= 8 ? 16384 : 4096;
}

/// Tickers of one instrument that are ahead of its depth stream (239 in one interval is the most
/// seen). More lose one comparison of the two, nothing else.
inline constexpr std::size_t tickers_ahead = 512;
static_assert(std::has_single_bit(tickers_ahead));

/// Events between two agents. The largest message seen has 1,076 levels, a snapshot 10,000 (3
/// levels an event).
inline constexpr std::size_t market_ring = 16384;
inline constexpr std::size_t report_ring = 8192;
inline constexpr std::size_t request_ring = 1024;
inline constexpr std::size_t control_queue = 1024;
static_assert(std::has_single_bit(market_ring) && std::has_single_bit(report_ring) &&
              std::has_single_bit(request_ring));
static_assert(market_ring * 3 > 2 * 10'000, "a whole snapshot fits");

/// One journal segment file.
inline constexpr std::size_t journal_segment_bytes = std::size_t{64} * 1024 * 1024;

/// Bytes that a parser may read past the end of a message (simdjson's padding).
inline constexpr std::size_t frame_padding = 64;

}  // namespace portcullis::engine::capacity
