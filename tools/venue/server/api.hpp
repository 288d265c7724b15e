// Api: every method of the venue, once, for both doors (WebSocket API and REST).
//
// The two doors of Binance take the same parameters and give the same bodies; only the envelope and
// what a signature covers differ. So the doors reduce a message to an ApiRequest and dress the
// ApiReply; limits, keys, clocks, parameters and the exchange are dealt with here. No socket, no
// clock of its own: tests call it with text and a time.
//
// One owner: the server's thread. Invariants: 1. a method is answered exactly once (what a fault
// takes on its way is the doors' matter); 2. a successful order call costs no weight, a failed one
// its listed weight; 3. listeners hear of account events before the call that caused them returns.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tools/venue/exchange.hpp"
#include "tools/venue/server/api_error.hpp"
#include "tools/venue/server/door.hpp"
#include "tools/venue/server/keys.hpp"
#include "tools/venue/server/limits.hpp"
#include "tools/venue/server/params.hpp"
#include "tools/venue/server/render.hpp"
#include "tools/venue/server/trade_tape.hpp"

namespace portcullis::tools::venue {

/// The venue's clock: Unix microseconds.
using ClockUs = std::function<std::int64_t()>;

enum class Security : std::uint8_t { none, trade, user_data, user_stream };

struct ApiRequest {
    std::string ip;
    Door door{Door::websocket};
    std::string method;
    Params params;                       ///< without the header's api key
    std::optional<std::string> api_key;  ///< from the header or the params
    const ApiKey* session_key{nullptr};  ///< logged on: needs no signature
    std::string signed_text;             ///< what the signature covers
    Unit unit{Unit::milliseconds};
};

/// A refusal of one half of a cancelReplace; the other half was done.
constexpr int half_done_status = 409;

struct ApiReply {
    int status{200};
    std::string body;  ///< result, or {"code":..,"msg":..}
    bool failed{false};
    bool silent{false};  ///< the fault lost-ack: send nothing
    std::int64_t retry_after_ms{0};
    std::optional<AccountId> orders_account;  ///< report its order counts too
    /// Of /sapi: the header that says how much of its budget is used, and how much it is.
    std::optional<std::pair<std::string_view, std::int64_t>> wallet_weight;
};

/// Hears of what happens on accounts.
class AccountListener {
public:
    virtual ~AccountListener() = default;
    virtual void on_account_event(AccountId account, const AccountEvent& event) = 0;
};

struct ListRequest;  // list_params.hpp

class Api {
public:
    struct Method;
    Api(Exchange& exchange, KeyRing& keys, Limits& limits, ClockUs clock);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    [[nodiscard]] ApiReply call(const ApiRequest& request);
    /// Key, signature and timing of a request, in that order; the key on success.
    [[nodiscard]] std::variant<const ApiKey*, ApiError> authenticate(const ApiRequest& request,
                                                                     Security security) const;
    [[nodiscard]] static bool knows(std::string_view method);
    [[nodiscard]] static std::vector<std::string_view> method_names();
    [[nodiscard]] static bool is_signed(std::string_view method);
    /// Only a key that may trade may do it.
    [[nodiscard]] static bool needs_trading(std::string_view method);
    /// Places orders: one, one in the place of another, or a list.
    [[nodiscard]] static bool makes_orders(std::string_view method) {
        return method == "order.place" || method == "order.cancelReplace" ||
               method.starts_with("orderList.place");
    }
    /// Places, amends or cancels orders.
    [[nodiscard]] static bool changes_orders(std::string_view method) {
        return makes_orders(method) || method == "sor.order.place" || method == "order.cancel" ||
               method == "order.amend.keepPriority" || method == "openOrders.cancelAll" ||
               method == "orderList.cancel";
    }

    /// Accounts' balances may have changed without an event.
    void balances_set_anew();
    void add_listener(AccountListener& listener);
    void remove_listener(AccountListener& listener);
    /// What the streams have told of trades; fed by the venue.
    [[nodiscard]] TradeTape& tape() { return tape_; }

    [[nodiscard]] Exchange& exchange() { return exchange_; }
    [[nodiscard]] KeyRing& keys() { return keys_; }
    [[nodiscard]] Limits& limits() { return limits_; }
    [[nodiscard]] std::int64_t now_us() const { return clock_(); }
    [[nodiscard]] std::int64_t now_ms() const { return clock_() / 1000; }

private:
    /// A body, or the error instead of it.
    struct Answer {
        Answer(std::string text) : body(std::move(text)) {}
        Answer(ApiError e) : error(std::move(e)) {}
        std::string body;
        std::optional<ApiError> error;
    };
    struct Call {
        ParamReader in;
        Door door;
        const ApiKey* key;
        Unit unit;
        std::int64_t now_ms;
        std::int64_t now_us;
        [[nodiscard]] AccountId account() const { return key->account; }
    };
    friend struct Method;
    static const std::map<std::string_view, Method>& methods();
    static std::map<std::string_view, Method> single_methods();
    static std::map<std::string_view, Method> list_methods();    ///< of lists of orders
    static std::map<std::string_view, Method> wallet_methods();  ///< of /sapi
    void hear(AccountId account, const AccountEvent& event);
    /// Counts a request before it is looked at, and one whose account is known.
    [[nodiscard]] std::optional<ApiError> admit(const ApiRequest& request, const Method& method,
                                                std::int64_t weight, ApiReply& reply);
    [[nodiscard]] std::optional<ApiError> admit_account(AccountId account, const Method& method,
                                                        ApiReply& reply);
    [[nodiscard]] bool symbol_known(const std::string& symbol) const;

    // api_market.cpp
    Answer ping(Call& call);
    Answer time(Call& call);
    Answer exchange_info(Call& call);
    Answer depth(Call& call);
    Answer execution_rules(Call& call);
    Answer reference_price(Call& call);
    Answer reference_price_calculation(Call& call);
    // api_trades.cpp
    Answer trades_recent(Call& call);
    Answer trades_historical(Call& call);
    Answer trades_aggregate(Call& call);
    Answer klines(Call& call);  ///< and uiKlines
    Answer block_trades(Call& call);
    // api_ticker.cpp
    struct Chosen {
        std::vector<std::string> symbols;
        bool single{};
    };
    Chosen read_chosen(Call& call) const;
    static std::optional<std::string> read_status(Call& call);
    static Answer tell_chosen(Call& call, const Chosen& chosen,
                              const std::function<std::string(const std::string&)>& row);
    Answer book_ticker(Call& call);
    Answer ticker_price(Call& call);
    static bool read_full(Call& call);
    Chosen read_named(Call& call) const;
    Answer ticker_24hr(Call& call);
    Answer ticker_rolling(Call& call);
    Answer ticker_trading_day(Call& call);
    Answer average_price(Call& call);
    // api_orders.cpp
    [[nodiscard]] std::vector<PreventedMatch> prevented_by(const Call& call,
                                                           const Order& taker) const;
    Answer order_place(Call& call);
    Answer order_test(Call& call);
    Answer sor_order_place(Call& call);
    Answer sor_order_test(Call& call);
    Answer order_cancel(Call& call);
    Answer order_cancel_replace(Call& call);
    ApiError cancel_only(Call& call, const CancelOrder& cancel, const ApiError& over, bool stop,
                         ResponseType response);
    Answer order_amend(Call& call);
    Answer cancel_all(Call& call);
    // api_records.cpp
    Answer order_amendments(Call& call);
    Answer my_prevented_matches(Call& call);
    Answer my_allocations(Call& call);
    Answer my_filters(Call& call);
    // api_lists.cpp
    Answer place_list(Call& call, const ListRequest& request);
    Answer list_place_old(Call& call);
    Answer list_place_oco(Call& call);
    Answer list_place_oto(Call& call);
    Answer list_place_otoco(Call& call);
    Answer list_place_opo(Call& call);
    Answer list_place_opoco(Call& call);
    Answer list_cancel(Call& call);
    [[nodiscard]] std::string canceled(const Order& order, AccountId account, Unit unit) const;
    Answer list_status(Call& call);
    Answer open_lists(Call& call);
    Answer all_lists(Call& call);
    // api_account.cpp
    Answer order_status(Call& call);
    Answer open_orders(Call& call);
    Answer all_orders(Call& call);
    Answer my_trades(Call& call);
    Answer account_status(Call& call);
    Answer account_commission(Call& call);
    Answer rate_limit_orders(Call& call);
    Answer coins(Call& call);
    Answer trade_fees(Call& call);
    Answer system_status(Call& call);
    Answer margin_pairs(Call& call);
    Answer api_restrictions(Call& call);
    // api_wallet.cpp
    Answer deposits(Call& call);
    Answer withdrawals(Call& call);

    Exchange& exchange_;
    KeyRing& keys_;
    Limits& limits_;
    ClockUs clock_;
    std::vector<AccountListener*> listeners_;
    TradeTape tape_;
    std::int64_t last_execution_id_{0};
    std::int64_t balances_since_ms_;                 ///< all accounts' that are not below
    std::map<AccountId, std::int64_t> balances_ms_;  ///< when they last changed
};

/// Whose weight a method is: of /api all share one.
enum class Budget : std::uint8_t { address, wallet_of_address, wallet_of_account };

/// One row of the method table.
struct Api::Method {
    Security security{Security::none};
    std::int64_t weight{1};
    /// Place, cancel and their like: free when they succeed, report order counts when `orders`.
    bool free_when_successful{false};
    bool orders{false};
    Answer (Api::*run)(Call&){nullptr};
    /// Weight that depends on parameters; null: `weight`.
    std::int64_t (*weigh)(const Params&, const Exchange&){nullptr};
    Budget budget{Budget::address};
};

}  // namespace portcullis::tools::venue
