// Exchange: the venue's books, accounts and orders as a pure state machine. No network, no clock,
// no JSON.
//
// The server (server/*.hpp) turns Binance messages into these calls and what comes back into
// Binance messages; the replay (replay.hpp) feeds market data. Keeping the exchange pure makes it
// testable without a socket and lets the same object serve replay and a synthetic market.
//
// Fill model of replay mode: stated in README.md beside this file.
// Thread: one owner (the server's thread). Amounts in atoms (1e-8), times in Unix milliseconds as
// on the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/fix.hpp"
#include "engine/types/units.hpp"
#include "tools/venue/fees.hpp"
#include "tools/venue/symbol.hpp"

namespace portcullis::tools::venue {

using engine::AmountAtoms;
using engine::PriceAtoms;
using engine::QtyAtoms;
using engine::Side;
using AccountId = std::uint32_t;

enum class TimeInForce : std::uint8_t { gtc, ioc, fok };
enum class Status : std::uint8_t {
    new_,
    partially_filled,
    filled,
    canceled,
    rejected,
    expired,
    expired_in_match,
    pending_new  ///< of an order list whose working order is not filled yet
};

struct Fill {
    std::int64_t trade_id{};
    PriceAtoms price{};
    QtyAtoms qty{};
    AmountAtoms commission{};
    std::string commission_asset;
    bool maker{};
    std::int64_t time_ms{};
};

struct Order {
    std::string symbol;
    std::int64_t order_id{};
    std::int64_t list_id{-1};  ///< of the order list that it is in; -1: of none
    std::string client_order_id;
    std::string orig_client_order_id;  ///< set once cancelled or amended: the id it had before
    Side side{Side::buy};
    OrderType type{OrderType::limit};
    TimeInForce time_in_force{TimeInForce::gtc};
    Stp stp{Stp::none};
    PriceAtoms price{};
    QtyAtoms orig_qty{};
    QtyAtoms executed_qty{};
    QtyAtoms prevented_qty{};             ///< taken out by self-trade prevention
    std::int64_t prevented_match_id{-1};  ///< of the last prevention; -1: none
    AmountAtoms cumulative_quote{};
    AmountAtoms quote_order_qty{};
    PriceAtoms stop_price{};
    QtyAtoms iceberg_qty{};             ///< shown of it at a time; zero: all
    std::int64_t trailing_delta{};      ///< in hundredths of a percent; zero: no trailing stop
    std::int64_t trailing_time_ms{-1};  ///< tracks prices since
    Peg peg;
    Strategy strategy;
    Status status{Status::new_};
    std::string expiry_reason;  ///< `eR`
    std::int64_t time_ms{};
    std::int64_t update_time_ms{};
    std::int64_t working_time_ms{};  ///< zero: waits for its trigger
    std::uint32_t amends{};
    std::vector<Fill> fills;
};

/// The venue's own error: code and text exactly as Binance documents them.
struct VenueError {
    int code{};
    std::string message;
};

template <class T>
struct Reply {
    std::optional<T> value;
    VenueError error;
    [[nodiscard]] bool ok() const { return value.has_value(); }
};

struct NewOrder {
    std::string symbol;
    Side side{Side::buy};
    OrderType type{OrderType::limit};
    TimeInForce time_in_force{TimeInForce::gtc};
    PriceAtoms price{};
    QtyAtoms qty{};
    AmountAtoms quote_order_qty{};  ///< market orders only
    PriceAtoms stop_price{};        ///< contingent orders; may be zero for a trailing stop
    std::int64_t trailing_delta{};
    QtyAtoms iceberg_qty{};
    std::string client_order_id;  ///< empty: the venue makes one
    std::optional<Stp> stp;       ///< none: the symbol's default
    Peg peg;                      ///< `price` may then be zero
    Strategy strategy;
};

struct CancelOrder {
    std::string symbol;
    std::int64_t order_id{-1};
    std::string orig_client_order_id;
    std::string new_client_order_id;
    bool only_new{};
    bool only_partially_filled{};
};

enum class Contingency : std::uint8_t {
    oco,  ///< one cancels the other
    oto   ///< one triggers the other, or a pair of which one cancels the other
};
enum class ListStatus : std::uint8_t { exec_started, updated, all_done };

/// An order list as it is told.
struct OrderList {
    struct Member {
        std::int64_t order_id{};
        std::string client_order_id;  ///< changed by an amend, and not by a cancel
    };
    std::int64_t list_id{};
    std::string client_list_id;
    std::string symbol;
    Contingency contingency{Contingency::oco};
    ListStatus status{ListStatus::exec_started};
    std::int64_t time_ms{};       ///< of its last change of status
    std::vector<Member> members;  ///< the working order; the leg below; the leg above
    std::vector<Order> orders;    ///< in replies, the state of each
};

struct NewOrderList {
    std::string client_list_id;       ///< empty: the venue makes one
    std::optional<NewOrder> working;  ///< none: an OCO
    /// One order that waits for the working order, or a pair: the leg told of first, the other.
    std::vector<NewOrder> pending;
    /// The pending orders have no quantity: they sell what the working order buys.
    bool pays{false};
    /// All of them, the working one first.
    [[nodiscard]] std::vector<NewOrder*> orders();
    [[nodiscard]] std::vector<const NewOrder*> orders() const;
};

struct CancelOrderList {
    std::string symbol;
    std::int64_t list_id{-1};
    std::string client_list_id;
    std::string new_client_order_id;  ///< of each order in it
};

/// Result of cancelReplace: each leg on its own (409 and -2021, -2022 are made of these by the
/// server).
struct CancelReplaceReply {
    std::optional<Order> canceled;
    VenueError cancel_error;
    bool new_attempted{};
    std::optional<Order> placed;
    VenueError new_error;
    /// The new order failed a filter, which the venue checks before it tries either leg: a plain
    /// error. Neither leg was tried; cancel_error holds the same error.
    std::optional<VenueError> refused;
};

struct Balance {
    AmountAtoms free{};
    AmountAtoms locked{};
};

/// One match that self-trade prevention stopped, as one of its two orders sees it.
struct Prevention {
    std::int64_t match_id{};
    QtyAtoms qty{};  ///< taken out of this order by it (`B`)
    std::int64_t counter_order_id{};
    std::string counter_symbol;
    PriceAtoms match_price{};
    QtyAtoms match_qty{};  ///< what would have traded
};

/// One match that self-trade prevention stopped, as it is remembered. Its id is the symbol's.
struct PreventedMatch {
    std::int64_t match_id{};
    AccountId account{};
    std::int64_t taker_order_id{}, maker_order_id{};
    Stp mode{Stp::none};
    PriceAtoms price{};
    std::optional<QtyAtoms> taker_qty, maker_qty;  ///< taken out; none: the mode spares that order
    std::int64_t time_ms{};
};

/// One change of an order's quantity.
struct Amendment {
    std::int64_t execution_id{};
    std::string orig_client_order_id, new_client_order_id;
    QtyAtoms orig_qty{}, new_qty{};
    std::int64_t time_ms{};
};

/// A deposit or withdrawal (negative), of which nothing is refused or pending here.
struct Transfer {
    std::int64_t id{};  ///< from 1 on, over all accounts
    std::string asset;
    AmountAtoms delta{};
    std::int64_t time_ms{};
};

/// What the account stream tells; the server turns each into executionReport and friends.
struct AccountEvent {
    enum class Kind : std::uint8_t {
        execution,
        balances,
        balance_update,
        external_lock,
        list_status
    };
    Kind kind{Kind::execution};
    std::int64_t time_ms{};
    // execution
    std::string exec_type;  ///< NEW, CANCELED, REPLACED, REJECTED, TRADE, EXPIRED, TRADE_PREVENTION
    std::int64_t execution_id{};
    Order order;  ///< state after it
    std::optional<Fill> fill;
    std::optional<Prevention> prevention;  ///< with exec_type TRADE_PREVENTION
    std::string client_id;                 ///< `c`
    std::string orig_client_id;            ///< `C`
    std::string reject_reason{"NONE"};
    // balances: absolute, only what may have changed; the other two: one asset, signed delta
    std::map<std::string, Balance> balances;
    std::string asset;
    AmountAtoms delta{};
    std::optional<OrderList> list;  ///< list_status
    /// A fault: told behind everything else that the same call tells (on_before_cancel).
    bool told_late{false};
};

struct AccountSetup {
    std::string name;
    std::map<std::string, Balance> balances;
    std::int64_t maker_fee_e8{};  ///< commission rate, 1e-8: 100000 = 0.1 %
    std::int64_t taker_fee_e8{};
    std::string fee_asset;  ///< empty: the asset received; else e.g. "BNB" while its balance lasts
    /// Price of one fee_asset by quote asset. Where it is neither base nor quote and has no price
    /// here, the fee is in the asset received.
    std::map<std::string, PriceAtoms> fee_asset_prices;
    std::int64_t fee_discount_e8{};  ///< off the rate when it is paid in fee_asset
    std::vector<FeeTier> fee_tiers;  ///< by trailing volume, ascending; below them the two rates
    std::string fee_volume_asset{"USDT"};          ///< fills quoted in it count as volume
    std::map<std::string, AmountAtoms> asset_max;  ///< MAX_ASSET: most of an asset in one order
    /// A sub-account names its master: the master's rates and tiers, and their common volume.
    std::string master;
};

struct Level {
    PriceAtoms price{};
    QtyAtoms qty{};
    bool operator==(const Level&) const = default;
};

class MatchingEngine;  // synthetic/matching_engine.hpp
struct Incoming;

class Exchange {
public:
    Exchange();
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    // --- set-up
    void add_symbol(const Symbol& symbol);
    /// Changes filters in mid-session (open orders stay as they are). Requires: the same assets,
    /// and averages over the same minutes.
    void replace_symbol(const Symbol& symbol);
    [[nodiscard]] const std::map<std::string, Symbol>& symbols() const;
    void set_filters(const ExchangeFilters& filters);
    [[nodiscard]] const ExchangeFilters& filters() const;
    AccountId add_account(const AccountSetup& setup);
    /// Called for every event of every account, in order, before the call that caused it returns.
    void on_account_event(std::function<void(AccountId, const AccountEvent&)> listener);

    // --- market data, from replay. Levels are absolute; zero removes.
    void market_snapshot(const std::string& symbol, const std::vector<Level>& bids,
                         const std::vector<Level>& asks, std::uint64_t update_id);
    void market_depth(const std::string& symbol, const std::vector<Level>& bids,
                      const std::vector<Level>& asks, std::uint64_t update_id, std::int64_t now_ms);
    void market_ticker(const std::string& symbol, Level bid, Level ask, std::uint64_t update_id,
                       std::int64_t now_ms);
    /// `traded_ms`: when, by the clock of the recording, which averages go by; none: now.
    void market_trade(const std::string& symbol, PriceAtoms price, QtyAtoms qty,
                      bool buyer_is_maker, std::int64_t now_ms,
                      std::optional<std::int64_t> traded_ms = std::nullopt);
    /// What is told from now on is of another time: nothing has traded yet.
    void market_jumped(const std::string& symbol);
    /// The book as it now is, best first. At most `limit` a side.
    struct BookCopy {
        std::uint64_t last_update_id{};
        std::vector<Level> bids, asks;
    };
    [[nodiscard]] std::optional<BookCopy> book(const std::string& symbol, std::size_t limit) const;
    /// The best of each side by the newer of the streams that tell of it: what `@bookTicker` says,
    /// resting orders as they are now where it shows them, and what a taker meets if nobody was
    /// before it. book() is as old as the depth stream.
    [[nodiscard]] std::optional<BookCopy> top(const std::string& symbol) const;

    // --- overlay: recorded symbols whose book() shows resting orders (exchange_overlay.cpp)
    /// Takes the resting orders as they are now into book(); the levels that look otherwise since
    /// the last call, absolute, zero where nothing is left. Those that would cross the depth book
    /// wait for it: it is older than what they were placed on.
    BookCopy show_resting(const std::string& symbol);
    /// Of what book() shows at a price, the part that is resting orders.
    [[nodiscard]] QtyAtoms shown_resting(const std::string& symbol, Side side,
                                         PriceAtoms price) const;
    /// The best price with resting orders that stays clear of `other`, a price of the other side.
    [[nodiscard]] std::optional<Level> best_resting(const std::string& symbol, Side side,
                                                    PriceAtoms other) const;
    /// A side's best, where `recorded` and `other` are those of this and the other side as
    /// recorded.
    [[nodiscard]] std::optional<Level> with_resting(const std::string& symbol, Side side,
                                                    const std::optional<Level>& recorded,
                                                    const std::optional<Level>& other) const;
    /// What a fill that is told now has to do with a recorded trade: nothing, it is a part of it,
    /// or it was set off by it (a stop's) and comes after it.
    enum class RecordedTrade : std::uint8_t { none, met, followed };
    [[nodiscard]] RecordedTrade recorded_trade() const;

    // --- synthetic symbols (synthetic/README.md)
    /// Adds a symbol whose book is matched order by order instead of recorded; the market_*() calls
    /// above do not apply to it. The engine is for the flow to look at and to publish from.
    MatchingEngine& add_matched_symbol(const Symbol& symbol);
    [[nodiscard]] MatchingEngine& matched_engine(const std::string& symbol);
    /// One order of the flow; the clients' orders that it meets are filled.
    void flow_submit(const std::string& symbol, const Incoming& order, std::int64_t now_ms);
    void flow_cancel(const std::string& symbol, std::int64_t id, std::int64_t now_ms);
    /// Called at the end of each call that changed the symbol's matched book.
    void on_matched_change(const std::string& symbol,
                           std::function<void(std::int64_t now_ms)> listener);

    // --- orders. now_ms: the venue's clock.
    Reply<Order> place(AccountId account, const NewOrder& order, std::int64_t now_ms);
    /// Symbol and filters alone, nothing of the matching engine; changes nothing (order.test).
    Reply<Order> test(AccountId account, const NewOrder& order, std::int64_t now_ms) const;
    /// Cancels the whole list of an order that is in one.
    Reply<Order> cancel(AccountId account, const CancelOrder& request, std::int64_t now_ms);
    CancelReplaceReply cancel_replace(AccountId account, const CancelOrder& cancel,
                                      const NewOrder& order, bool stop_on_failure,
                                      std::int64_t now_ms);
    /// keepPriority: quantity down only; of an OCO's other order too.
    Reply<Order> amend(AccountId account, const std::string& symbol, std::int64_t order_id,
                       const std::string& orig_client_order_id,
                       const std::string& new_client_order_id, QtyAtoms new_qty,
                       std::int64_t now_ms);
    Reply<std::vector<Order>> cancel_all(AccountId account, const std::string& symbol,
                                         std::int64_t now_ms);
    Reply<Order> query(AccountId account, const std::string& symbol, std::int64_t order_id,
                       const std::string& orig_client_order_id) const;
    [[nodiscard]] std::vector<Order> open_orders(AccountId account,
                                                 const std::string& symbol) const;  ///< "" all
    [[nodiscard]] std::vector<Order> all_orders(AccountId account, const std::string& symbol) const;
    /// The matches that prevention stopped for an order, oldest first, from an id on.
    [[nodiscard]] std::vector<PreventedMatch> prevented_matches(AccountId account,
                                                                const std::string& symbol,
                                                                std::int64_t order_id,
                                                                std::int64_t from_id,
                                                                std::size_t limit) const;
    [[nodiscard]] std::optional<PreventedMatch> prevented_match(AccountId account,
                                                                const std::string& symbol,
                                                                std::int64_t match_id) const;
    /// All amendments of one order, oldest first.
    [[nodiscard]] Reply<std::vector<Amendment>> amendments(AccountId account,
                                                           const std::string& symbol,
                                                           std::int64_t order_id) const;

    // --- exchange_lists.cpp: orders that are contingent on one another
    /// The orders as they are before a filled working order has placed its pending ones.
    Reply<OrderList> place_list(AccountId account, const NewOrderList& list, std::int64_t now_ms);
    Reply<OrderList> cancel_list(AccountId account, const CancelOrderList& request,
                                 std::int64_t now_ms);
    /// By its own id, or with list_id < 0 by its client id.
    [[nodiscard]] Reply<OrderList> query_list(AccountId account, std::int64_t list_id,
                                              const std::string& client_list_id) const;
    /// All of the account, oldest first.
    [[nodiscard]] std::vector<OrderList> order_lists(AccountId account) const;

    /// A row of myTrades.
    struct TradeRow {
        Fill fill;
        std::int64_t order_id{};
        std::int64_t list_id{-1};
        Side side{Side::buy};
    };
    [[nodiscard]] std::vector<TradeRow> my_trades(AccountId account, const std::string& symbol,
                                                  std::int64_t from_id, std::size_t limit) const;
    [[nodiscard]] const std::map<std::string, Balance>& balances(AccountId account) const;
    [[nodiscard]] const AccountSetup& account(AccountId account) const;
    /// From the next fill on. Requires: no sub-account, whose rates are its master's; tiers ascend.
    void set_fees(AccountId account, FeeRates rates, std::vector<FeeTier> tiers);
    /// What the account's next fill pays, before the fee asset's discount.
    [[nodiscard]] FeeRates fee_rates(AccountId account, std::int64_t now_ms) const;
    /// Of the account, its master and all sub-accounts of that one together.
    [[nodiscard]] AmountAtoms trailing_volume(AccountId account, std::int64_t now_ms) const;
    /// A deposit or withdrawal (negative) that nobody here asked for.
    void adjust_balance(AccountId account, const std::string& asset, AmountAtoms delta,
                        std::int64_t now_ms);
    /// Each of them, oldest first; one that took nothing is none.
    [[nodiscard]] const std::vector<Transfer>& transfers(AccountId account) const;
    /// Another system locks a part of what is free, as margin collateral, or (negative) gives a
    /// part of what it has locked back. Requires: there is that much.
    void lock_externally(AccountId account, const std::string& asset, AmountAtoms delta,
                         std::int64_t now_ms);
    [[nodiscard]] AmountAtoms locked_externally(AccountId account, const std::string& asset) const;

    // --- exchange_faults.cpp: what no honest venue does. Balances stay exact all the same.
    /// Fills an open order out of the blue, whatever its price and quantity say; no fee.
    [[nodiscard]] Reply<Order> force_fill(AccountId account, std::int64_t order_id,
                                          PriceAtoms price, QtyAtoms qty, std::int64_t now_ms);
    /// Undoes the account's last trade; told by balances alone.
    [[nodiscard]] Reply<Fill> bust_last_trade(AccountId account, std::int64_t now_ms);
    /// All open orders have expired, and nobody is told; how many.
    std::size_t lose_open_orders(std::int64_t now_ms);
    /// Told of each order that is about to be cancelled. `fill_a_lot` lets one lot of it trade
    /// before, with a report that comes late, and says whether it did; to be called once.
    using BeforeCancel =
        std::function<void(AccountId account, const std::function<bool()>& fill_a_lot)>;
    void on_before_cancel(BeforeCancel listener);

    /// Orders that are not filled count against ORDERS limits; fills give counts back. Per account.
    [[nodiscard]] std::uint64_t unfilled_order_count(AccountId account) const;
    /// Walks through everything and verifies: no balance is negative; locked is what open orders
    /// need; no asset was made or lost; no order is filled beyond its quantity or its price. Slow.
    void verify_books() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portcullis::tools::venue
