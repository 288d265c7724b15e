// CancelDoor: what a watchdog may ask of the venue, and nothing else: which orders are open, and
// that all of a symbol be cancelled.
//
// It stands beside the order agent and shares none of it: REST instead of a session, so that it
// needs no state that the engine could have spoilt, and no door of ours that is in doubt. There is
// no way to place an order here: no such request is written in this file, the two that are have no
// price, and what it is given to perform them is handed a GET or a DELETE, never a POST. A cancel
// that comes late takes no risk, so its recvWindow is wider than an order's. Cold; one owner.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "engine/types/units.hpp"
#include "gateways/net/http_client.hpp"
#include "gateways/net/signer.hpp"

namespace portcullis::gateways::binance {

/// One row of the account's open orders.
struct OpenRow {
    std::string symbol;
    std::string client_id;
    std::uint64_t order_id{};
};

/// One order that a cancel has ended, and the name that the venue has given the cancel.
struct CanceledRow {
    std::string client_id;  ///< the order's own
    std::string cancel_id;  ///< what its report on the account stream carries
    std::uint64_t order_id{};
};

class CancelDoor {
public:
    static constexpr std::uint32_t recv_window_ms = 5'000;

    using Perform = std::function<engine::Result<HttpResponse>(const HttpRequest&)>;

    /// `prefix` stands before "/openOrders". The signer outlives it.
    CancelDoor(std::string prefix, Signer& signer, Perform perform)
        : prefix_(std::move(prefix)), signer_(signer), perform_(std::move(perform)) {}

    /// Of the whole account. An error is not an empty answer.
    [[nodiscard]] engine::Result<std::vector<OpenRow>> open_orders(engine::WallNs now);
    /// Everything open on `symbol`: what that was. That there was nothing is as good.
    [[nodiscard]] engine::Result<std::vector<CanceledRow>> cancel_all(std::string_view symbol,
                                                                      engine::WallNs now);

private:
    [[nodiscard]] engine::Result<HttpResponse> ask(HttpMethod method, std::string_view symbol,
                                                   engine::WallNs now);
    void learn_time(engine::WallNs now);

    std::string prefix_;
    Signer& signer_;
    Perform perform_;
    std::int64_t venue_less_ours_ms_{};
};

}  // namespace portcullis::gateways::binance
