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

using Word = TextBlock<16>;

// In the order of the enums' values.
constexpr std::array<Word, 5> stp_words{"NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH",
                                        "DECREMENT"};
constexpr std::array<Word, 3> time_in_force_words{"GTC", "IOC", "FOK"};
constexpr std::array<Word, 2> side_words{"BUY", "SELL"};
constexpr Word limit_word{"LIMIT"};
constexpr Word limit_maker_word{"LIMIT_MAKER"};

template <class Enum, std::size_t N>
const Word& word_of(const std::array<Word, N>& words, Enum value, Enum first) noexcept {
    const auto index = static_cast<std::size_t>(value) - static_cast<std::size_t>(first);
    verify(index < N);
    return words[index];
}

namespace method {
constexpr MethodName account_status{"account.status"};
constexpr MethodName depth{"depth"};
constexpr MethodName exchange_info{"exchangeInfo"};
constexpr MethodName my_trades{"myTrades"};
constexpr MethodName open_orders_cancel_all{"openOrders.cancelAll"};
constexpr MethodName open_orders_status{"openOrders.status"};
constexpr MethodName order_amend_keep_priority{"order.amend.keepPriority"};
constexpr MethodName order_cancel{"order.cancel"};
constexpr MethodName order_cancel_replace{"order.cancelReplace"};
constexpr MethodName order_place{"order.place"};
constexpr MethodName order_status{"order.status"};
constexpr MethodName session_logon{"session.logon"};
constexpr MethodName time{"time"};
constexpr MethodName user_data_stream_subscribe{"userDataStream.subscribe"};
constexpr MethodName user_data_stream_subscribe_signature{"userDataStream.subscribe.signature"};
}  // namespace method

/// All that stands between the values of a frame of one instrument.
std::uint32_t kind_of(const NewOrderSingle& order, std::uint32_t request) noexcept {
    static_assert(sizeof(order.side) == 1 && sizeof(order.type) == 1 && sizeof(order.stp) == 1 &&
                  sizeof(order.time_in_force) == 1);
    return (request << 4U | static_cast<std::uint32_t>(order.side)) << 24U |
           static_cast<std::uint32_t>(order.type) << 16U |
           static_cast<std::uint32_t>(order.time_in_force) << 8U |
           static_cast<std::uint32_t>(order.stp);
}

std::uint64_t milliseconds_of(WallNs at) noexcept {
    verify(at.value > 0);
    return static_cast<std::uint64_t>(at.value) / 1'000'000;
}

// Ids are dense: so many instruments may be asked for, less one.
std::size_t highest_of(const SymbolTable& symbols) noexcept {
    std::size_t highest = 0;
    symbols.instruments().for_each([&](InstrumentId id) { highest = id.value; });
    return highest;
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
      sign_each_(signer.kind() != KeyKind::ed25519),
      kept_((highest_of(symbols) + 1) * 4) {
    recv_window_text_.size =
        engine::format_unsigned(recv_window_ms, recv_window_text_.bytes.data());
}

// --- orders: params in the order of their names, as frame_writer.hpp wants them

Encoded OrderEncoder::place(std::uint64_t id, const NewOrderSingle& order, WallNs at) noexcept {
    if (!symbols_->has(order.instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    Numbers numbers;
    if (const auto error = numbers_of(order, numbers); error != EncodeError::none) {
        return {{}, error};
    }
    const std::uint32_t kind = kind_of(order, 1);
    KeptFrame& kept = kept_of(order, false);
    if (kept.begin(kind, id)) {
        kept.client_id(Param::new_client_order_id, text_of(order.cl_ord_id));
        kept.decimal(Param::price, numbers.price, numbers.price_decimals);
        kept.decimal(Param::quantity, numbers.qty, numbers.qty_decimals);
        kept.timestamp(milliseconds_of(at));
        if (const std::string_view frame = kept.finish(signer_for_each()); !frame.empty()) {
            return {frame, EncodeError::none};
        }
    }
    begin(id, method::order_place);
    client_id(Param::new_client_order_id, order.cl_ord_id);
    out_.text(Param::new_order_resp_type, "ACK");
    price_and_qty(numbers);
    type_params(order, at);
    return finish_and_keep(kept, kind);
}

Encoded OrderEncoder::replace(std::uint64_t id, const engine::OrderCancelReplaceRequest& request,
                              WallNs at) noexcept {
    if (!symbols_->has(request.order.instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    if (request.mode == engine::ReplaceMode::amend_in_place) {
        return amend(id, request, at);
    }
    Numbers numbers;
    if (const auto error = numbers_of(request.order, numbers); error != EncodeError::none) {
        return {{}, error};
    }
    const bool by_order = request.orig_order_id.value != 0;
    const std::uint32_t kind = kind_of(request.order, by_order ? 2 : 3);
    KeptFrame& kept = kept_of(request.order, true);
    if (kept.begin(kind, id)) {
        const ClOrdIdText orig = text_of(request.orig_cl_ord_id);
        kept.client_id(Param::cancel_new_client_order_id, orig);
        if (by_order) {
            kept.number(Param::cancel_order_id, request.orig_order_id.value);
        } else {
            kept.client_id(Param::cancel_orig_client_order_id, orig);
        }
        kept.client_id(Param::new_client_order_id, text_of(request.order.cl_ord_id));
        kept.decimal(Param::price, numbers.price, numbers.price_decimals);
        kept.decimal(Param::quantity, numbers.qty, numbers.qty_decimals);
        kept.timestamp(milliseconds_of(at));
        if (const std::string_view frame = kept.finish(signer_for_each()); !frame.empty()) {
            return {frame, EncodeError::none};
        }
    }
    begin(id, method::order_cancel_replace);
    client_id(Param::cancel_new_client_order_id, request.orig_cl_ord_id);
    target(Param::cancel_order_id, Param::cancel_orig_client_order_id, request.orig_order_id,
           request.orig_cl_ord_id);
    out_.text(Param::cancel_replace_mode, "STOP_ON_FAILURE");
    client_id(Param::new_client_order_id, request.order.cl_ord_id);
    out_.text(Param::new_order_resp_type, "ACK");
    out_.text(Param::order_rate_limit_exceeded_mode, "CANCEL_ONLY");
    price_and_qty(numbers);
    type_params(request.order, at);
    return finish_and_keep(kept, kind);
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
    begin(id, method::order_amend_keep_priority);
    // Reusing the id keeps the order's name; without it the venue makes one up.
    client_id(Param::new_client_order_id, request.orig_cl_ord_id);
    out_.decimal(Param::new_qty, *qty, grid->qty_decimals);
    target(Param::order_id, Param::orig_client_order_id, request.orig_order_id,
           request.orig_cl_ord_id);
    out_.bare(Param::recv_window, recv_window_text_.bytes, recv_window_text_.size);
    symbol(order.instrument);
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::cancel(std::uint64_t id, const engine::OrderCancelRequest& request,
                             WallNs at) noexcept {
    if (!symbols_->has(request.instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    begin(id, method::order_cancel);
    if (request.order_id.value != 0) {
        const ClOrdIdText own = ids_->cancel_text_for(request.cl_ord_id);
        out_.text(Param::new_client_order_id, own.bytes, ClOrdIdText::size);
    } else {
        // The order takes the cancel's id: by its own it must be found again, having no number.
        client_id(Param::new_client_order_id, request.cl_ord_id);
    }
    target(Param::order_id, Param::orig_client_order_id, request.order_id, request.cl_ord_id);
    out_.bare(Param::recv_window, recv_window_text_.bytes, recv_window_text_.size);
    symbol(request.instrument);
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::cancel_all(std::uint64_t id, std::string_view symbol, WallNs at) noexcept {
    begin(id, method::open_orders_cancel_all);
    out_.bare(Param::recv_window, recv_window_text_.bytes, recv_window_text_.size);
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
    begin(id, method::order_status);
    target(Param::order_id, Param::orig_client_order_id, request.order_id, request.cl_ord_id);
    out_.bare(Param::recv_window, recv_window_text_.bytes, recv_window_text_.size);
    symbol(request.instrument);
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::open_orders(std::uint64_t id, InstrumentId instrument, WallNs at) noexcept {
    if (instrument != engine::no_instrument && !symbols_->has(instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    begin(id, method::open_orders_status);
    out_.bare(Param::recv_window, recv_window_text_.bytes, recv_window_text_.size);
    if (instrument != engine::no_instrument) {
        symbol(instrument);
    }
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::account(std::uint64_t id, WallNs at) noexcept {
    begin(id, method::account_status);
    out_.bare(Param::omit_zero_balances, "true");
    out_.bare(Param::recv_window, recv_window_text_.bytes, recv_window_text_.size);
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::trades(std::uint64_t id, InstrumentId instrument, engine::TradeId from,
                             std::uint32_t limit, WallNs at) noexcept {
    if (!symbols_->has(instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    begin(id, method::my_trades);
    if (from != engine::no_trade) {
        verify(from.value >= 0);
        out_.number(Param::from_id, static_cast<std::uint64_t>(from.value));
    }
    out_.number(Param::limit, limit);
    out_.bare(Param::recv_window, recv_window_text_.bytes, recv_window_text_.size);
    symbol(instrument);
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::time(std::uint64_t id) noexcept {
    sign_this_ = false;
    out_.begin(id, method::time, false);
    return finish();
}

Encoded OrderEncoder::exchange_info(std::uint64_t id) noexcept {
    sign_this_ = false;
    out_.begin(id, method::exchange_info, false);
    auto& json = out_.json();
    json.append(R"("symbols":[)");
    bool first = true;
    symbols_->instruments().for_each([&](InstrumentId instrument) {
        json.append(first ? R"(")" : R"(,")");
        json.append(symbols_->name(instrument));
        json.append('"');
        first = false;
    });
    json.append(']');
    return finish();
}

Encoded OrderEncoder::depth(std::uint64_t id, InstrumentId instrument,
                            std::uint32_t levels) noexcept {
    if (!symbols_->has(instrument)) {
        return {{}, EncodeError::no_instrument};
    }
    sign_this_ = false;
    out_.begin(id, method::depth, false);
    out_.number(Param::limit, levels);
    symbol(instrument);
    return finish();
}

// --- session

Encoded OrderEncoder::logon(std::uint64_t id, WallNs at) noexcept {
    begin_signed(id, method::session_logon);
    timestamp(at);
    return finish();
}

Encoded OrderEncoder::subscribe(std::uint64_t id, WallNs at) noexcept {
    if (!sign_each_) {
        sign_this_ = false;
        out_.begin(id, method::user_data_stream_subscribe, false);
        return finish();
    }
    begin_signed(id, method::user_data_stream_subscribe_signature);
    out_.bare(Param::recv_window, recv_window_text_.bytes, recv_window_text_.size);
    timestamp(at);
    return finish();
}

// --- pieces

void OrderEncoder::begin(std::uint64_t id, const MethodName& method) noexcept {
    if (sign_each_) {
        begin_signed(id, method);
        return;
    }
    sign_this_ = false;
    out_.begin(id, method, false);
}

void OrderEncoder::begin_signed(std::uint64_t id, const MethodName& method) noexcept {
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

Encoded OrderEncoder::finish_and_keep(KeptFrame& kept, std::uint32_t kind) noexcept {
    const Encoded made = finish();
    if (made.ok()) {
        kept.keep(kind, made.frame, out_, sign_each_);
    }
    return made;
}

/// Requires: the instrument is known.
KeptFrame& OrderEncoder::kept_of(const NewOrderSingle& order, bool replace) noexcept {
    const std::size_t side = order.side == engine::Side::buy ? 0 : 1;
    return kept_[(std::size_t{order.instrument.value} * 2 + side) * 2 + (replace ? 1 : 0)];
}

ClOrdIdText OrderEncoder::text_of(ClOrdId id) noexcept {
    verify(id != engine::no_order);
    return ids_->text_for(id);
}

void OrderEncoder::client_id(Param name, ClOrdId id) noexcept {
    const ClOrdIdText text = text_of(id);
    out_.text(name, text.bytes, ClOrdIdText::size);
}

void OrderEncoder::symbol(InstrumentId instrument) noexcept {
    const Name& name = symbols_->entry(instrument).name;
    out_.text(Param::symbol, name.text, name.size);
}

void OrderEncoder::target(Param by_order, Param by_client, OrderId order, ClOrdId client) noexcept {
    if (order.value != 0) {
        out_.number(by_order, order.value);
    } else {
        client_id(by_client, client);
    }
}

EncodeError OrderEncoder::numbers_of(const NewOrderSingle& order, Numbers& out) const noexcept {
    const Grid* grid = instruments_->grid(order.instrument, order.instrument_version);
    if (grid == nullptr) {
        return EncodeError::no_instrument;
    }
    const auto price = engine::to_int64(engine::int128{order.price.value} * grid->tick.value);
    const auto qty = engine::to_int64(engine::int128{order.qty.value} * grid->lot.value);
    if (!price || *price <= 0 || !qty || *qty <= 0) {
        return EncodeError::no_number;
    }
    out = {*price, *qty, grid->price_decimals, grid->qty_decimals};
    return EncodeError::none;
}

void OrderEncoder::price_and_qty(const Numbers& numbers) noexcept {
    out_.decimal(Param::price, numbers.price, numbers.price_decimals);
    out_.decimal(Param::quantity, numbers.qty, numbers.qty_decimals);
}

void OrderEncoder::type_params(const NewOrderSingle& order, WallNs at) noexcept {
    out_.bare(Param::recv_window, recv_window_text_.bytes, recv_window_text_.size);
    out_.text(Param::self_trade_prevention_mode,
              word_of(stp_words, order.stp, engine::StpMode::none));
    out_.text(Param::side, word_of(side_words, order.side, engine::Side::buy));
    symbol(order.instrument);
    if (order.type != OrdType::limit_maker) {
        // A market order that cannot take a price beyond its own takes what it can at once.
        const auto time_in_force =
            order.type == OrdType::bounded_market ? engine::TimeInForce::ioc : order.time_in_force;
        out_.text(Param::time_in_force,
                  word_of(time_in_force_words, time_in_force, engine::TimeInForce::gtc));
    }
    timestamp(at);
    out_.text(Param::type, order.type == OrdType::limit_maker ? limit_maker_word : limit_word);
}

void OrderEncoder::timestamp(WallNs at) noexcept {
    out_.number(Param::timestamp, milliseconds_of(at));
}

}  // namespace portcullis::gateways::binance
