// The venue's errors: codes and texts as Binance's errors.md has them, in one place.
//
// Clients tell refusals apart by the text, because -2010, -2011 and -2038 each stand for many
// reasons; so the texts are part of the protocol. Where Binance documents no text for a case, the
// nearest documented one is used and the line says so.
#pragma once

#include <string>
#include <string_view>

#include "tools/venue/exchange.hpp"

namespace portcullis::tools::venue::errors {

inline constexpr int filter_failure = -1013;
inline constexpr int new_order_rejected = -2010;
inline constexpr int cancel_rejected = -2011;
inline constexpr int amend_rejected = -2038;

inline VenueError filter(std::string_view name) {
    return {filter_failure, "Filter failure: " + std::string{name}};
}
inline VenueError invalid_quantity() {
    return {filter_failure, "Invalid quantity."};
}
inline VenueError invalid_price() {
    return {filter_failure, "Invalid price."};
}
inline VenueError stp_not_allowed() {
    return {filter_failure, "This symbol does not allow the specified self-trade prevention mode."};
}
inline VenueError market_closed() {
    return {filter_failure, "Market is closed."};
}
inline VenueError bad_symbol() {
    return {-1121, "Invalid symbol."};
}
inline VenueError duplicate_order(int code) {
    return {code, "Duplicate order sent."};
}
inline VenueError insufficient_balance() {
    return {new_order_rejected, "Account has insufficient balance for requested action."};
}
inline VenueError would_match() {
    return {new_order_rejected, "Order would immediately match and take."};
}
inline VenueError would_trigger() {
    return {new_order_rejected, "Order would trigger immediately."};
}
inline VenueError iceberg_exceeds_qty() {
    return {new_order_rejected, "IcebergQty exceeds QTY."};
}
/// `what`: "Iceberg", "Stop loss", "Trailing stop" and so on.
inline VenueError not_supported(std::string_view what) {
    return {new_order_rejected, std::string{what} + " orders are not supported for this symbol."};
}
/// As Binance spells it.
inline VenueError quote_qty_not_supported() {
    return {new_order_rejected, "Quote order qty market orders are not support for this symbol."};
}
inline VenueError cancel_replace_not_supported() {
    return {new_order_rejected, "Order cancel-replace is not supported for this symbol."};
}
inline VenueError symbol_not_permitted() {
    return {new_order_rejected, "This symbol is not permitted for this account."};
}
inline VenueError peg_type_not_supported() {
    return {new_order_rejected, "This order type may not use pegged price."};
}
inline VenueError peg_price_not_supported() {
    return {new_order_rejected, "This price peg cannot be used with this order type."};
}
inline VenueError peg_without_level() {
    return {new_order_rejected, "Order book liquidity is too low for this pegged order."};
}
/// `what`: "OCO", "OTO" (Binance documents none: as the others), "OPO".
inline VenueError list_not_supported(std::string_view what, bool full_stop) {
    return {new_order_rejected, std::string{what} + " orders are not supported for this symbol" +
                                    (full_stop ? "." : "")};
}
inline VenueError bad_list_prices() {
    return {new_order_rejected, "The relationship of the prices for the orders is not correct."};
}
/// `what`: "symbol", "`LOT_SIZE` filter", "`MARKET_LOT_SIZE` filter".
inline VenueError liquidity_below(std::string_view what) {
    return {new_order_rejected,
            "Order book liquidity is less than " + std::string{what} + " minimum quantity."};
}
inline VenueError unknown_order(int code) {
    return {code, "Unknown order sent."};
}
inline VenueError no_such_order() {
    return {-2013, "Order does not exist."};
}
inline VenueError no_order_named() {
    return {cancel_rejected, "Cancel order is invalid. Check origClOrdId and orderId."};
}
inline VenueError client_id_mismatch() {
    return {-2039, "Client order ID is not correct for this order ID."};
}
inline VenueError cancel_restricted() {
    return {cancel_rejected, "Order was not canceled due to cancel restrictions."};
}
inline VenueError amend_not_supported() {
    return {amend_rejected, "Order amend is not supported for this symbol."};
}
inline VenueError amend_increase() {
    return {amend_rejected, "Order amend (quantity increase) is not supported."};
}
inline VenueError amend_no_change() {
    return {amend_rejected, "The requested action would change no state; rejecting"};
}
inline VenueError amend_pending_opo() {
    return {amend_rejected, "Order amend (pending OPO order) is not supported."};
}
/// An amend to no more than is already filled. Ours: Binance documents no text for it.
inline VenueError amend_nothing_left() {
    return {amend_rejected, "Price * QTY is zero or less."};
}
inline VenueError amends_used_up() {
    return {amend_rejected, "Filter failure: MAX_NUM_ORDER_AMENDS"};
}

}  // namespace portcullis::tools::venue::errors
