// Any bytes as a ws-api frame: refused with a name or taken whole, never a crash, a read beyond the
// end or a half-filled row.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "gateways/binance/account.hpp"

using namespace portcullis;
using namespace portcullis::gateways::binance;

namespace {

const SymbolTable& table() {
    static const SymbolTable symbols = [] {
        SymbolTable made;
        const bool ok = made.add_asset(engine::AssetId{0}, "BTC") &&
                        made.add_asset(engine::AssetId{1}, "USDT") &&
                        made.add_instrument(engine::InstrumentId{0}, "BTCUSDT", engine::AssetId{0},
                                            engine::AssetId{1});
        if (!ok) {
            std::abort();
        }
        return made;
    }();
    return symbols;
}

void check(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check_row(const OrderRow& row) {
    check(row.qty.value >= 0 && row.cum_qty.value >= 0 && row.price.value >= 0);
    check(row.qty.value == 0 || row.cum_qty <= row.qty);
    check(row.last_qty.value >= 0 && row.last_price.value >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static AccountDecoder decoder(table(), 1 << 20);
    // A buffer of exactly the promised padding, so that a sanitizer sees one byte more.
    std::vector<char> frame(size + engine::capacity::frame_padding);
    if (size != 0) {
        std::memcpy(frame.data(), data, size);
    }
    const Decoded& out = decoder.decode({frame.data(), size});
    check((out.kind == Decoded::Kind::refused) == (out.error != DecodeError::none));
    if (out.kind == Decoded::Kind::answer) {
        check_row(out.answer.order);
        for (const OrderRow& row : out.answer.orders) {
            check_row(row);
        }
        for (const engine::InstrumentDefinition& row : out.answer.definitions) {
            check(row.tick.value > 0 && row.lot.value > 0);
        }
        for (const TradeRow& row : out.answer.trades) {
            check(row.price.value > 0 && row.qty.value > 0 && row.trade.value >= 0);
        }
    } else if (out.kind == Decoded::Kind::event && out.event.kind == UserEvent::execution) {
        check_row(out.event.order);
        check(out.event.order.exec_type != engine::ExecType::trade ||
              (out.event.order.trade.value >= 0 && out.event.order.last_qty.value > 0));
    }
    return 0;
}
