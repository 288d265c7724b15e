// An encoder of a session that is logged on, and the order that it is given. What is timed
// (orders.cpp) and what is counted (instructions/) are the same.
#pragma once

#include <optional>

#include "bench/harness.hpp"
#include "bench/setup.hpp"
#include "gateways/binance/order_entry.hpp"

namespace portcullis::bench {

struct EncoderRig {
    explicit EncoderRig(gateways::Signer& signer) {
        using engine::AssetId;
        require(
            symbols.add_asset(AssetId{0}, "BTC") && symbols.add_asset(AssetId{1}, "USDT") &&
                symbols.add_instrument(engine::InstrumentId{0}, "BTCUSDT", AssetId{0}, AssetId{1}),
            "symbols refused");
        (void)instruments.update(btcusdt_definition());
        (void)ids.fill();
        auto made = gateways::binance::OrderEncoder::make(symbols, instruments, ids, signer, 1000);
        require(made.ok(), "no encoder");
        encoder.emplace(std::move(made).value());
    }
    /// A post-only order.
    [[nodiscard]] static engine::NewOrderSingle order() {
        engine::NewOrderSingle order;
        order.cl_ord_id = engine::ClOrdId::of(engine::Epoch{1}, 1);
        order.price = engine::PriceTicks{5'200'000};
        order.qty = engine::QtyLots{1'000};
        order.instrument_version = 1;
        order.instrument = engine::InstrumentId{0};
        order.type = engine::OrdType::limit_maker;
        return order;
    }
    /// The next of a run: another id, price, quantity and time.
    static void vary(engine::NewOrderSingle& order, engine::WallNs& when, std::uint64_t sequence) {
        order.cl_ord_id = engine::ClOrdId::of(engine::Epoch{1}, sequence);
        order.price = engine::PriceTicks{5'200'000 + static_cast<std::int64_t>(sequence % 1'000)};
        order.qty = engine::QtyLots{1'000 + static_cast<std::int64_t>(sequence % 7)};
        when = engine::WallNs{at.value + static_cast<std::int64_t>(sequence) * 7'000'000};
    }
    static constexpr engine::WallNs at{1'645'423'376'532'000'000};

    gateways::binance::SymbolTable symbols;
    gateways::binance::InstrumentBook instruments;
    gateways::ClOrdIdMint ids{bench_keys()};
    std::optional<gateways::binance::OrderEncoder> encoder;
};

}  // namespace portcullis::bench
