#include "gateways/binance/order_entry.hpp"

#include <array>
#include <string>

namespace portcullis::gateways::binance {

using engine::ClOrdId;
using engine::InstrumentId;
using engine::NewOrderSingle;
using engine::OrderId;
using engine::OrdType;
using engine::verify;
using engine::WallNs;

namespace {

std::string_view side_text(engine::Side side) noexcept {
    return side == engine::Side::buy ? "BUY" : "SELL";
}

std::string_view stp_text(engine::StpMode mode) noexcept {
    switch (mode) {
        case engine::StpMode::none:
            return "NONE";
        case engine::StpMode::expire_taker:
            return "EXPIRE_TAKER";
        case engine::StpMode::expire_maker:
            return "EXPIRE_MAKER";
        case engine::StpMode::expire_both:
            return "EXPIRE_BOTH";
        case engine::StpMode::decrement:
            return "DECREMENT";
    }
    verify(false);
    return {};
}

std::string_view time_in_force_text(const NewOrderSingle& order) noexcept {
    if (order.type == OrdType::bounded_market) {
        return "IOC";  // a market order that cannot take a price beyond its own
    }
    switch (order.time_in_force) {
        case engine::TimeInForce::gtc:
            return "GTC";
        case engine::TimeInForce::ioc:
            return "IOC";
        case engine::TimeInForce::fok:
            return "FOK";
    }
    verify(false);
    return {};
}

std::uint64_t milliseconds_of(WallNs at) noexcept {
    verify(at.value > 0);
    return static_cast<std::uint64_t>(at.value) / 1'000'000;
}

}  // namespace

engine::Result<OrderEncoder> OrderEncoder::make(const SymbolTable& symbols,
                                                const InstrumentBook& instruments, ClOrdIdMint& ids,
                                                Signer& signer, std::uint32_t recv_window_ms) {
    if (recv_window_ms == 0 || recv_window_ms > recv_window_ms_max) {
        return engine::Error{"recv_window_ms = " + std::to_string(recv_window_ms) +
                             ": expected 1 to " + std::to_string(recv_window_ms_max) +
                             ", because it is how long a lost order can still come alive"};
    }
    return OrderEncoder(symbols, instruments, ids, signer, recv_window_ms);
}

OrderEncoder::OrderEncoder(const SymbolTable& symbols, const InstrumentBook& instruments,
                           ClOrdIdMint& ids, Signer& signer, std::uint32_t recv_window_ms)
    : symbols_(&symbols),
      instruments_(&instruments),
      ids_(&ids),
      signer_(&signer),
      recv_window_ms_(recv_window_ms),
      sign_each_(signer.kind() != KeyKind::ed25519) {}

// --- orders: params in the order of their names, as frame_writer.hpp wants them

Encoded OrderEncoder::place(std::uint64_t id, const NewOrderSingle& order, WallNs at) noexcept {
    if (!symbols_->has(order.instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    begin(id, "order.place");
    client_id(Param::new_client_order_id, order.cl_ord_id);
    out_.text(Param::new_order_resp_type, "ACK");
    if (const auto error = price_and_qty(order); error != EncodeError::none) {
        return {{}, error};
    }
    type_params(order, at);
    return finish();
}

Encoded OrderEncoder::replace(std::uint64_t id, const engine::OrderCancelReplaceRequest& request,
                              WallNs at) noexcept {
    if (!symbols_->has(request.order.instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    if (request.mode == engine::ReplaceMode::amend_in_place) {
        return amend(id, request, at);
    }
    begin(id, "order.cancelReplace");
    client_id(Param::cancel_new_client_order_id, request.orig_cl_ord_id);
    target(Param::cancel_order_id, Param::cancel_orig_client_order_id, request.orig_order_id,
           request.orig_cl_ord_id);
    out_.text(Param::cancel_replace_mode, "STOP_ON_FAILURE");
    client_id(Param::new_client_order_id, request.order.cl_ord_id);
    out_.text(Param::new_order_resp_type, "ACK");
    out_.text(Param::order_rate_limit_exceeded_mode, "CANCEL_ONLY");
    if (const auto error = price_and_qty(request.order); error != EncodeError::none) {
        return {{}, error};
    }
    type_params(request.order, at);
    return finish();
}

Encoded OrderEncoder::amend(std::uint64_t id, const engine::OrderCancelReplaceRequest& request,
                            WallNs at) noexcept {
    const NewOrderSingle& order = request.order;
    const Grid* grid = instruments_->grid(order.instrument, order.instrument_version);
    if (grid == nullptr) {
        return {{}, EncodeError::no_instrument};
    }
    const auto qty = engine::to_int64(engine::int128{order.qty.value} * grid->lot.value);
    if (!qty || *qty <= 0) {
        return {{}, EncodeError::no_number};
    }
    begin(id, "order.amend.keepPriority");
    // Reusing the id keeps the order's name; without it the venue makes one up.
    client_id(Param::new_client_order_id, request.orig_cl_ord_id);
    out_.decimal(Param::new_qty, *qty, grid->qty_decimals);
    target(Param::order_id, Param::orig_client_order_id, request.orig_order_id,
           request.orig_cl_ord_id);
    out_.number(Param::recv_window, recv_window_ms_);
    out_.text(Param::symbol, symbols_->name(order.instrument));
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::cancel(std::uint64_t id, const engine::OrderCancelRequest& request,
                             WallNs at) noexcept {
    if (!symbols_->has(request.instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    begin(id, "order.cancel");
    client_id(Param::new_client_order_id, request.cl_ord_id);
    target(Param::order_id, Param::orig_client_order_id, request.order_id, request.cl_ord_id);
    out_.number(Param::recv_window, recv_window_ms_);
    out_.text(Param::symbol, symbols_->name(request.instrument));
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::cancel_all(std::uint64_t id, std::string_view symbol, WallNs at) noexcept {
    begin(id, "openOrders.cancelAll");
    out_.number(Param::recv_window, recv_window_ms_);
    out_.text(Param::symbol, symbol);
    timestamp(at);
    return finish();
}

// --- queries

Encoded OrderEncoder::status(std::uint64_t id, const engine::OrderStatusRequest& request,
                             WallNs at) noexcept {
    if (!symbols_->has(request.instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    begin(id, "order.status");
    target(Param::order_id, Param::orig_client_order_id, request.order_id, request.cl_ord_id);
    out_.number(Param::recv_window, recv_window_ms_);
    out_.text(Param::symbol, symbols_->name(request.instrument));
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::open_orders(std::uint64_t id, InstrumentId instrument, WallNs at) noexcept {
    if (instrument != engine::no_instrument && !symbols_->has(instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    begin(id, "openOrders.status");
    out_.number(Param::recv_window, recv_window_ms_);
    if (instrument != engine::no_instrument) {
        out_.text(Param::symbol, symbols_->name(instrument));
    }
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::account(std::uint64_t id, WallNs at) noexcept {
    begin(id, "account.status");
    out_.bare(Param::omit_zero_balances, "true");
    out_.number(Param::recv_window, recv_window_ms_);
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::trades(std::uint64_t id, InstrumentId instrument, engine::TradeId from,
                             std::uint32_t limit, WallNs at) noexcept {
    if (!symbols_->has(instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    begin(id, "myTrades");
    if (from != engine::no_trade) {
        verify(from.value >= 0);
        out_.number(Param::from_id, static_cast<std::uint64_t>(from.value));
    }
    out_.number(Param::limit, limit);
    out_.number(Param::recv_window, recv_window_ms_);
    out_.text(Param::symbol, symbols_->name(instrument));
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::time(std::uint64_t id) noexcept {
    sign_this_ = false;
    out_.begin(id, "time", false);
    return finish();
}

Encoded OrderEncoder::exchange_info(std::uint64_t id) noexcept {
    sign_this_ = false;
    out_.begin(id, "exchangeInfo", false);
    auto& json = out_.json();
    json.append(R"("symbols":[)");
    bool first = true;
    for (std::uint64_t left = symbols_->instruments(); left != 0; left &= left - 1) {
        const InstrumentId instrument{static_cast<std::uint16_t>(__builtin_ctzll(left))};
        json.append(first ? R"(")" : R"(,")");
        json.append(symbols_->name(instrument));
        json.append('"');
        first = false;
    }
    json.append(']');
    return finish();
}

Encoded OrderEncoder::depth(std::uint64_t id, InstrumentId instrument,
                            std::uint32_t levels) noexcept {
    if (!symbols_->has(instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    sign_this_ = false;
    out_.begin(id, "depth", false);
    out_.number(Param::limit, levels);
    out_.text(Param::symbol, symbols_->name(instrument));
    return finish();
}

// --- session

Encoded OrderEncoder::logon(std::uint64_t id, WallNs at) noexcept {
    begin_signed(id, "session.logon");
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::subscribe(std::uint64_t id, WallNs at) noexcept {
    if (!sign_each_) {
        sign_this_ = false;
        out_.begin(id, "userDataStream.subscribe", false);
        return finish();
    }
    begin_signed(id, "userDataStream.subscribe.signature");
    out_.number(Param::recv_window, recv_window_ms_);
    timestamp(at);
    return finish();
}

// --- pieces

void OrderEncoder::begin(std::uint64_t id, std::string_view method) noexcept {
    if (sign_each_) {
        begin_signed(id, method);
        return;
    }
    sign_this_ = false;
    out_.begin(id, method, false);
}

void OrderEncoder::begin_signed(std::uint64_t id, std::string_view method) noexcept {
    sign_this_ = true;
    out_.begin(id, method, true);
    out_.text(Param::api_key, signer_->api_key());
}

Encoded OrderEncoder::finish() noexcept {
    if (sign_this_ && !out_.signature(*signer_)) {
        return {{}, EncodeError::no_signature};
    }
    const std::string_view frame = out_.finish();
    return frame.empty() ? Encoded{{}, EncodeError::too_long} : Encoded{frame, EncodeError::none};
}

void OrderEncoder::client_id(Param name, ClOrdId id) noexcept {
    verify(id != engine::no_order);
    const ClOrdIdText text = ids_->text_for(id);
    out_.text(name, text.bytes, ClOrdIdText::size);
}

void OrderEncoder::target(Param by_order, Param by_client, OrderId order, ClOrdId client) noexcept {
    if (order.value != 0) {
        out_.number(by_order, order.value);
    } else {
        client_id(by_client, client);
    }
}

EncodeError OrderEncoder::price_and_qty(const NewOrderSingle& order) noexcept {
    const Grid* grid = instruments_->grid(order.instrument, order.instrument_version);
    if (grid == nullptr) {
        return EncodeError::no_instrument;
    }
    const auto price = engine::to_int64(engine::int128{order.price.value} * grid->tick.value);
    const auto qty = engine::to_int64(engine::int128{order.qty.value} * grid->lot.value);
    if (!price || *price <= 0 || !qty || *qty <= 0) {
        return EncodeError::no_number;
    }
    out_.decimal(Param::price, *price, grid->price_decimals);
    out_.decimal(Param::quantity, *qty, grid->qty_decimals);
    return EncodeError::none;
}

void OrderEncoder::type_params(const NewOrderSingle& order, WallNs at) noexcept {
    out_.number(Param::recv_window, recv_window_ms_);
    out_.text(Param::self_trade_prevention_mode, stp_text(order.stp));
    out_.text(Param::side, side_text(order.side));
    out_.text(Param::symbol, symbols_->name(order.instrument));
    if (order.type != OrdType::limit_maker) {
        out_.text(Param::time_in_force, time_in_force_text(order));
    }
    timestamp(at);
    out_.text(Param::type, order.type == OrdType::limit_maker ? "LIMIT_MAKER" : "LIMIT");
}

void OrderEncoder::timestamp(WallNs at) noexcept {
    out_.number(Param::timestamp, milliseconds_of(at));
}

}  // namespace portcullis::gateways::binance
