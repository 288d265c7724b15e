// Exchange::State: what the exchange's parts share. Private to exchange*.cpp.
//   exchange.cpp         set-up, queries, the self-check
//   exchange_orders.cpp  place, cancel, replace, amend; exchange_lists.cpp  lists of orders
//   exchange_fills.cpp   locks, fills, fees, events: the only code that moves assets
//   exchange_{triggers,pegs,market,overlay,matched}.cpp  what waits, prices from books, their kinds
//   exchange_records.cpp  amendments, prevented matches
//
// Invariants: those of Exchange::verify_books(), after every public call. `outside` is everything
// that is not on an account here (the recorded market, fees, deposits' origin): the sum over
// accounts and outside is zero for each asset, always.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/venue/exchange.hpp"
#include "tools/venue/ledger.hpp"
#include "tools/venue/matching.hpp"
#include "tools/venue/order_list_table.hpp"
#include "tools/venue/order_table.hpp"
#include "tools/venue/price_reference.hpp"
#include "tools/venue/recorded_book.hpp"
#include "tools/venue/synthetic/matching_engine.hpp"

namespace portcullis::tools::venue {

struct Market {
    RecordedBook book;
    std::unique_ptr<MatchingEngine> matched;  ///< of a synthetic symbol, whose `book` stays empty
    std::function<void(std::int64_t)> matched_listener;
    PriceReference reference;
    std::int64_t last_trade_id{};
    std::optional<PriceAtoms> last_price;
    std::vector<OrderRecord*> waiting;      ///< contingent orders, first placed first
    std::vector<PriceAtoms> traded;         ///< what they have not seen yet
    std::vector<PreventedMatch> prevented;  ///< at the place of its id
    /// Overlay: resting quantities that book() shows, as of the last show_resting().
    std::map<OrderTable::Key, QtyAtoms> shown_bids, shown_asks;
    bool overlaid{};  ///< resting orders are shown
};

struct AccountState {
    explicit AccountState(const AccountSetup& from) : setup(from), ledger(from.balances) {}
    AccountSetup setup;
    Ledger ledger;
    AccountId payer{};      ///< whose rates and volume count: itself or its master
    TrailingVolume volume;  ///< of all whose payer this is
    std::uint64_t unfilled{};
    std::vector<Transfer> transfers;
    std::map<std::string, AmountAtoms> external_locks;  ///< in the ledger's locked, beside orders'
    std::vector<std::pair<std::string, Exchange::TradeRow>> trades;  ///< by symbol, in time order
};

/// Order kinds that the symbol does not have (exchange_orders.cpp).
[[nodiscard]] std::optional<VenueError> check_supported(const Symbol& symbol,
                                                        const NewOrder& order);

struct Exchange::State {
    std::map<std::string, Symbol> symbols;
    std::map<std::string, Market> markets;
    std::deque<AccountState> accounts;
    OrderTable orders;
    OrderListTable lists;
    std::deque<ListRecord*> to_release;  ///< their working orders are filled
    std::function<void(AccountId, const AccountEvent&)> listener;
    std::map<std::string, AmountAtoms> outside;
    std::int64_t last_execution_id{};
    ExchangeFilters filters;
    std::uint64_t last_client_id{};
    std::int64_t last_transfer_id{};
    BeforeCancel before_cancel;
    RecordedTrade recorded_trade{RecordedTrade::none};

    // --- exchange.cpp
    AccountState& account(AccountId id);
    [[nodiscard]] const Symbol& symbol_of(const Order& order) const;
    [[nodiscard]] AmountAtoms position(AccountId account, const Symbol& symbol) const;
    void verify_order(const OrderRecord& record) const;
    void verify_account(AccountId id) const;
    void verify_list(const ListRecord& list) const;

    // --- exchange_orders.cpp
    /// Everything that can refuse an order; else its match plan.
    struct Checked {
        std::optional<VenueError> refused;
        MatchPlan plan;
    };
    Checked check(AccountId account, const NewOrder& order);
    std::optional<VenueError> check_filters(AccountId account, const NewOrder& order);
    [[nodiscard]] std::optional<VenueError> check_substance(AccountId account,
                                                            const NewOrder& order,
                                                            const MatchPlan& plan);
    [[nodiscard]] VenueError nothing_to_buy(AccountId account, const NewOrder& order);
    [[nodiscard]] Taker taker_of(AccountId account, const NewOrder& order) const;
    MatchPlan plan(AccountId account, const NewOrder& order);
    [[nodiscard]] Order form_of(const NewOrder& from, std::int64_t now_ms);
    /// Takes a checked order into the table; its locks are the caller's.
    OrderRecord& enter(AccountId account, const NewOrder& order, const MatchPlan& plan,
                       std::int64_t now_ms);
    Order& accept(AccountId account, const NewOrder& order, MatchPlan plan, std::int64_t now_ms);
    /// An order that works from now on, whose locks are made, meets the book.
    void arrive(OrderRecord& record, const NewOrder& form, const MatchPlan& plan,
                std::int64_t now_ms);
    void execute(OrderRecord& taker, const MatchPlan& plan, std::int64_t now_ms);
    void finish_arrival(OrderRecord& record, const MatchPlan& plan, std::int64_t now_ms);
    Reply<OrderRecord*> find_open(AccountId account, const std::string& symbol,
                                  std::int64_t order_id, const std::string& client_order_id,
                                  int code);
    Reply<OrderRecord*> find_cancelable(AccountId account, const CancelOrder& request);
    void cancel(OrderRecord& record, const std::string& new_client_order_id, std::int64_t now_ms);
    /// An amend's new quantity.
    void reduce(OrderRecord& record, QtyAtoms new_qty, std::int64_t now_ms);
    std::string make_client_order_id();

    // --- exchange_list_checks.cpp
    Checked check_list(AccountId account, const NewOrderList& request);
    [[nodiscard]] std::optional<VenueError> check_list_orders(AccountId account,
                                                              const NewOrderList& request);
    [[nodiscard]] std::optional<VenueError> check_list_funds(AccountId account,
                                                             const NewOrderList& request);
    [[nodiscard]] bool pair_prices_hold(const NewOrderList& request) const;
    // --- exchange_lists.cpp
    ListRecord& enter_list(AccountId account, const NewOrderList& request, const MatchPlan& plan,
                           std::int64_t now_ms);
    ListRecord& accept_list(AccountId account, const NewOrderList& request, const MatchPlan& plan,
                            std::int64_t now_ms);
    /// What a list's pair has to have locked.
    [[nodiscard]] static AmountAtoms pair_lock(const ListRecord& list);
    void set_list_lock(ListRecord& list, AmountAtoms amount);
    /// If the order is one of an undecided pair, it is the one from now on: the lock is its own.
    void decide(OrderRecord& record);
    /// What has happened to an order, told already, happens to its list.
    void follow(OrderRecord& record, std::int64_t now_ms);
    /// All open orders of the list; nothing in it follows another any more.
    void cancel_list(ListRecord& list, const std::string& new_client_order_id, std::int64_t now_ms);
    void finish_list(ListRecord& list, std::int64_t now_ms);
    /// OPO: what its working order has just bought is locked for the pending ones.
    void keep_bought(const OrderRecord& record, AmountAtoms received, AmountAtoms fee);
    /// OPO: what was bought becomes the pending orders' quantity.
    void spend_bought(ListRecord& list);
    /// An amend has given an order of the list another client id, or left it.
    void rename_member(ListRecord& list, const OrderRecord& record, std::int64_t now_ms);
    /// Places the pending orders of one list whose working order is filled; false: there is none.
    bool release_next(std::int64_t now_ms);
    void release(OrderRecord& record, std::int64_t now_ms);
    void report_list(ListRecord& list, ListStatus status, std::int64_t now_ms);

    // --- exchange_triggers.cpp
    [[nodiscard]] bool would_trigger(const NewOrder& order);
    /// An accepted contingent order waits for its trigger.
    void wait(OrderRecord& record);
    /// A trade of the symbol, as its streams tell it.
    void on_trade(Market& market, PriceAtoms price, QtyAtoms qty, std::int64_t traded_ms);
    void run_triggers(Market& market, std::int64_t now_ms);
    void trigger(OrderRecord& record, std::int64_t now_ms);
    /// An accepted order begins to work: it meets the book, or expires as rejected.
    void start_working(OrderRecord& record, std::int64_t now_ms);
    /// The end of each public call: orders that its trades have triggered, those that waited for
    /// another order's fill, then the balances.
    void finish_call(std::int64_t now_ms);

    // --- exchange_records.cpp
    /// Self-trade prevention, by the taker's mode, against one resting order of its account.
    void prevent(OrderRecord& taker, const MatchStep& step, std::int64_t now_ms);
    /// Tells and remembers that an order has another quantity and name; `orig_qty`: its last one.
    void tell_amended(OrderRecord& record, QtyAtoms orig_qty, std::int64_t now_ms);

    // --- exchange_pegs.cpp
    /// The order with the price that its peg gives it now, if it begins to work at once.
    [[nodiscard]] Reply<NewOrder> priced(AccountId account, const NewOrder& order);
    /// The limit that a peg gives; none: the book has no such level.
    [[nodiscard]] std::optional<PriceAtoms> peg_price(const std::string& symbol, Side side,
                                                      const Peg& peg);

    // --- exchange_fills.cpp
    /// The price that a buy locks quote at: its limit, or what stands for it while it waits.
    [[nodiscard]] PriceAtoms lock_price(const NewOrder& order);
    /// What a market order locks: what its plan pays.
    [[nodiscard]] static AmountAtoms market_lock(Side side, const MatchPlan& plan);
    /// What an open order must have locked: quote for a buy, base for a sell.
    [[nodiscard]] static AmountAtoms lock_needed(const OrderRecord& record);
    [[nodiscard]] const std::string& lock_asset(const OrderRecord& record) const;
    /// Lowers what the order has locked to `amount`.
    void release_lock(OrderRecord& record, AmountAtoms amount);
    /// Lowers what the order has locked, or its pair, to what is needed.
    void relock(OrderRecord& record);
    /// One fill of one order: balances, fee, trade row, status, event.
    void fill(OrderRecord& record, PriceAtoms price, QtyAtoms qty, bool maker,
              std::int64_t trade_id, std::int64_t now_ms);
    /// A resting iceberg in a recorded book was filled for `qty`: what it shows now, and where.
    void show_next_slice(OrderRecord& record, QtyAtoms qty);
    /// Takes a quantity out of an order by self-trade prevention.
    void take_out(OrderRecord& record, const Prevention& prevention, std::int64_t now_ms);
    /// The order is done with `status`: lock released, out of the book.
    void close(OrderRecord& record, Status status, std::int64_t now_ms);
    void expire(OrderRecord& record, const std::string& reason, std::int64_t now_ms);
    void report(const OrderRecord& record, const char* exec_type, std::int64_t now_ms,
                const std::optional<Fill>& fill = std::nullopt,
                const std::optional<Prevention>& prevention = std::nullopt, bool told_late = false);
    /// Of a new order that the matching engine refused.
    void report_rejected(AccountId account, const NewOrder& from, const VenueError& error,
                         std::int64_t now_ms);
    /// Tells of one asset's change that no order made, then the balances.
    void report_change(AccountId account, AccountEvent::Kind kind, const std::string& asset,
                       AmountAtoms delta, std::int64_t now_ms);
    /// Tells each account the balances that changed in this transaction.
    void report_balances(std::int64_t now_ms);

    // --- exchange_matched.cpp
    [[nodiscard]] static Incoming incoming_of(const NewOrder& order, const Taker& taker,
                                              std::int64_t id);
    /// The engine of a synthetic symbol; none for a recorded one.
    [[nodiscard]] MatchingEngine* matched(const std::string& symbol);
    /// An accepted order meets the engine, which must do what `plan` said.
    void submit_matched(MatchingEngine& engine, const OrderRecord& record, const NewOrder& from,
                        const MatchPlan& plan);
    void tell_matched_markets(std::int64_t now_ms);
    // --- exchange_faults.cpp
    bool exchange_assets(AccountState& owner, const std::string& paid_asset, AmountAtoms paid,
                         const std::string& received_asset, AmountAtoms received);
    bool fill_unlawfully(OrderRecord& record, PriceAtoms price, QtyAtoms qty, std::int64_t now_ms,
                         bool told_late);
    /// One lot, if the listener wishes so (on_before_cancel).
    void fill_before(OrderRecord& record, std::int64_t now_ms);

    // --- exchange_overlay.cpp
    static void lay_over(const Market& market, BookCopy& book, std::size_t limit);

    // --- exchange_market.cpp
    void after_book_change(const std::string& symbol, Market& market, std::int64_t now_ms);
    void fill_crossed(const std::string& symbol, Market& market, Side side, std::int64_t now_ms);
};

}  // namespace portcullis::tools::venue
