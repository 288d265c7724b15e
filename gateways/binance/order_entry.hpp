// OrderEncoder: requests -> ws-api frames of Binance, exactly, into one reused buffer.
//
// newOrderRespType is ACK. RESULT and FULL would tell of immediate fills, but a fill can be booked
// only with its trade id and fee as the account stream tells it (twice, on two connections), and
// ACK is the smallest answer to make, send and parse. The stream's absence is detected by the ack
// itself (mute_watch.hpp).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/orders/requests.hpp"
#include "engine/types/result.hpp"
#include "gateways/binance/frame_writer.hpp"
#include "gateways/binance/instruments.hpp"
#include "gateways/binance/kept_frame.hpp"
#include "gateways/binance/symbols.hpp"
#include "gateways/session/cl_ord_id.hpp"

namespace portcullis::gateways::binance {

enum class EncodeError : std::uint8_t {
    none = 0,
    no_instrument,  ///< not known, or not in that version
    no_signature,   ///< the signer is away
    no_number,      ///< price or quantity does not fit: a bug of the gate's, never sent
    too_long,
};

struct Encoded {
    std::string_view frame;  ///< valid until the next call
    EncodeError error{EncodeError::none};
    [[nodiscard]] bool ok() const noexcept { return error == EncodeError::none; }
};

// Cancels carry newClientOrderId = the order's own id: Binance otherwise renames what it cancels,
// and a later query by our id would answer "no such order" for an order that has fills; the proof
// of death (issue: resolution of unknowns) would be a lie. That is worth the 60 bytes.
// recvWindow is on every signed request and at most 1000 ms: it fences an engine that was stopped
// and resumed, and bounds how long an unanswered request can still take effect.
//
// Where the session is logged on (Ed25519) nothing is signed; else (HMAC, RSA) each message is.
// What hurries, orders and replacements, is written into the frame before it where that can be
// (kept_frame.hpp); all else is made anew. No allocation after construction. Owner: one order
// agent.
class OrderEncoder {
public:
    static constexpr std::uint32_t recv_window_ms_max = 1000;

    /// Refuses a recvWindow of 0 or above recv_window_ms_max. The referred objects outlive it.
    [[nodiscard]] static engine::Result<OrderEncoder> make(const SymbolTable& symbols,
                                                           const InstrumentBook& instruments,
                                                           ClOrdIdMint& ids, Signer& signer,
                                                           std::uint32_t recv_window_ms);

    [[nodiscard]] std::uint32_t recv_window_ms() const noexcept { return recv_window_ms_; }
    /// Ed25519 keys log the session on; others sign each message.
    [[nodiscard]] bool signs_each_message() const noexcept { return sign_each_; }

    // `id` is the request id on the wire, `at` the venue's clock now.
    Encoded place(std::uint64_t id, const engine::NewOrderSingle& order,
                  engine::WallNs at) noexcept;
    Encoded replace(std::uint64_t id, const engine::OrderCancelReplaceRequest& request,
                    engine::WallNs at) noexcept;
    Encoded cancel(std::uint64_t id, const engine::OrderCancelRequest& request,
                   engine::WallNs at) noexcept;
    /// Every open order of one symbol, which need not be one that we trade.
    Encoded cancel_all(std::uint64_t id, std::string_view symbol, engine::WallNs at) noexcept;
    Encoded status(std::uint64_t id, const engine::OrderStatusRequest& request,
                   engine::WallNs at) noexcept;
    /// no_instrument: the open orders of the whole account.
    Encoded open_orders(std::uint64_t id, engine::InstrumentId instrument,
                        engine::WallNs at) noexcept;
    Encoded account(std::uint64_t id, engine::WallNs at) noexcept;
    /// From trade id `from` on; no_trade: the last `limit` trades.
    Encoded trades(std::uint64_t id, engine::InstrumentId instrument, engine::TradeId from,
                   std::uint32_t limit, engine::WallNs at) noexcept;
    Encoded time(std::uint64_t id) noexcept;
    Encoded exchange_info(std::uint64_t id) noexcept;
    Encoded depth(std::uint64_t id, engine::InstrumentId instrument, std::uint32_t levels) noexcept;
    /// Signed by the key even where the session is to carry no signatures.
    Encoded logon(std::uint64_t id, engine::WallNs at) noexcept;
    /// After logon without a signature, else userDataStream.subscribe.signature.
    Encoded subscribe(std::uint64_t id, engine::WallNs at) noexcept;

private:
    OrderEncoder(const SymbolTable& symbols, const InstrumentBook& instruments, ClOrdIdMint& ids,
                 Signer& signer, std::uint32_t recv_window_ms);

    void begin(std::uint64_t id, const MethodName& method) noexcept;
    void begin_signed(std::uint64_t id, const MethodName& method) noexcept;
    void symbol(engine::InstrumentId instrument) noexcept;
    Encoded finish() noexcept;
    Encoded amend(std::uint64_t id, const engine::OrderCancelReplaceRequest& request,
                  engine::WallNs at) noexcept;
    [[nodiscard]] ClOrdIdText text_of(engine::ClOrdId id) noexcept;
    void client_id(Param name, engine::ClOrdId id) noexcept;
    void target(Param by_order, Param by_client, engine::OrderId order,
                engine::ClOrdId client) noexcept;
    /// Price and quantity as they stand on the wire.
    struct Numbers {
        std::int64_t price{}, qty{};
        int price_decimals{}, qty_decimals{};
    };
    [[nodiscard]] EncodeError numbers_of(const engine::NewOrderSingle& order,
                                         Numbers& out) const noexcept;
    void price_and_qty(const Numbers& numbers) noexcept;
    [[nodiscard]] Signer* signer_for_each() noexcept { return sign_each_ ? signer_ : nullptr; }
    Encoded finish_and_keep(KeptFrame& kept, std::uint32_t kind) noexcept;
    [[nodiscard]] KeptFrame& kept_of(const engine::NewOrderSingle& order, bool replace) noexcept;
    void type_params(const engine::NewOrderSingle& order, engine::WallNs at) noexcept;
    void timestamp(engine::WallNs at) noexcept;

    const SymbolTable* symbols_;
    const InstrumentBook* instruments_;
    ClOrdIdMint* ids_;
    Signer* signer_;
    std::uint32_t recv_window_ms_;
    TextBlock<24> recv_window_text_{""};  ///< the same as digits: it is in every request
    bool sign_each_;
    bool sign_this_{};
    FrameWriter out_;
    std::vector<KeptFrame> kept_;  ///< by instrument, side, and whether it replaces
};

}  // namespace portcullis::gateways::binance
