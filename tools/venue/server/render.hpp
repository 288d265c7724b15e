// render: exchange values as Binance's JSON bodies, each form in one function.
//
// The forms differ in small, real ways (cummulativeQuoteQty here, cumulativeQuoteQty in an amended
// order, qty against origQty), so they are written out instead of being generated from one list.
// `Unit` multiplies times: a client may ask for microseconds. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/venue/exchange.hpp"
#include "tools/venue/server/api_error.hpp"
#include "tools/venue/server/door.hpp"
#include "tools/venue/server/keys.hpp"

namespace portcullis::tools::venue {

class JsonWriter;

enum class Unit : std::uint8_t { milliseconds, microseconds };
/// A time as the client wants it; zero and -1 mean none, and stay.
constexpr std::int64_t in(Unit unit, std::int64_t time_ms) {
    return unit == Unit::microseconds && time_ms > 0 ? time_ms * 1000 : time_ms;
}
enum class ResponseType : std::uint8_t { ack, result, full };

namespace render {

/// An account's number as clients and the control socket are told it.
[[nodiscard]] std::int64_t account_uid(AccountId id);
/// No account here is in a trade group: prevention is within each account.
inline constexpr std::int64_t trade_group = -1;

[[nodiscard]] const char* name(Side side);
[[nodiscard]] const char* name(OrderType type);
[[nodiscard]] const char* name(TimeInForce time_in_force);
[[nodiscard]] const char* name(Status status);
[[nodiscard]] const char* name(Stp stp);
[[nodiscard]] const char* name(PegPrice peg);
/// The price that an order was sent with; of a pegged one that may be none.
[[nodiscard]] PriceAtoms told_price(const Order& order);

/// `prevented`: what FULL also tells of an order that met others of its account.
[[nodiscard]] std::string new_order(const Order& order, ResponseType type, Unit unit,
                                    const std::vector<PreventedMatch>& prevented = {});
[[nodiscard]] std::string canceled_order(const Order& order, Unit unit);
/// `list`: that the order is in.
[[nodiscard]] std::string amended_order(const Order& order, std::int64_t execution_id,
                                        const std::optional<OrderList>& list, Unit unit);
[[nodiscard]] std::string order_row(const Order& order, Unit unit);
[[nodiscard]] std::string trade_row(const std::string& symbol, const Exchange::TradeRow& row,
                                    Unit unit);
[[nodiscard]] std::string cancel_replace(const CancelReplaceReply& reply, ResponseType type,
                                         Unit unit,
                                         const std::vector<PreventedMatch>& prevented = {});
[[nodiscard]] std::string amendment(const std::string& symbol, std::int64_t order_id,
                                    const Amendment& amendment, Unit unit);
/// A row of myPreventedMatches.
[[nodiscard]] std::string prevented_match(const std::string& symbol, const PreventedMatch& match,
                                          Unit unit);
[[nodiscard]] std::string book(const Exchange::BookCopy& book);
[[nodiscard]] std::string book_ticker(const std::string& symbol, const Exchange::BookCopy& book);
[[nodiscard]] std::string symbol_filters(const Symbol& symbol);
[[nodiscard]] std::string exchange_filters(const ExchangeFilters& filters);
[[nodiscard]] std::string symbol_info(const Symbol& symbol, bool permission_sets);
[[nodiscard]] std::string account(FeeRates rates, AccountId id,
                                  const std::map<std::string, Balance>& balances, bool omit_zero,
                                  std::int64_t update_ms, Unit unit, Door door);
/// The "discount" of fees in another asset: told as the part of the fee that is paid.
void discount(JsonWriter& out, const AccountSetup& setup);
[[nodiscard]] std::string commission(const std::string& symbol, FeeRates rates,
                                     const AccountSetup& setup);
/// A row of sapi tradeFee, whose rates have no zeros behind them: 0.001.
[[nodiscard]] std::string trade_fee(const std::string& symbol, FeeRates rates);
[[nodiscard]] std::string coins(const std::map<std::string, Balance>& balances);
[[nodiscard]] std::string api_restrictions(const ApiKey& key);
/// 64 hexadecimal digits.
[[nodiscard]] std::string transaction_id(const Transfer& transfer);
/// Rows of sapi capital/deposit/hisrec and capital/withdraw/history.
[[nodiscard]] std::string deposit(const Transfer& transfer, bool with_source);
[[nodiscard]] std::string withdrawal_id(const Transfer& transfer);
[[nodiscard]] std::string withdrawal(const Transfer& transfer);

/// Without reports of its orders: the row of a query.
[[nodiscard]] std::string order_list(const OrderList& list, Unit unit);
/// `prevented`: the matches that its first order was kept from.
[[nodiscard]] std::string new_list(const OrderList& list, ResponseType type, Unit unit,
                                   const std::vector<PreventedMatch>& prevented);
/// Reports those of its orders that the cancel has ended.
[[nodiscard]] std::string canceled_list(const OrderList& list, Unit unit);
[[nodiscard]] std::string amended_list(const OrderList& list);
/// listStatus, of the account stream.
[[nodiscard]] std::string list_status(const OrderList& list, std::int64_t time_ms, Unit unit);

/// The "event" part of an account stream message.
[[nodiscard]] std::string account_event(const AccountEvent& event, Unit unit);
/// eventStreamTerminated, serverShutdown: type and time only.
[[nodiscard]] std::string bare_event(std::string_view type, std::int64_t time_ms, Unit unit);

}  // namespace render
}  // namespace portcullis::tools::venue
