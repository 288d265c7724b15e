// Any bytes as a ws-api frame: refused with a name or taken whole, never a crash, a read beyond the
// end or a half-filled row. Read by its layout it says what it says walked.
#include <cstdio>
#include <cstdlib>

#include "tests/gateways/binance/account_twice.hpp"

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
    static ReadTwice read(table());
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const std::string differs = read(text); !differs.empty()) {
        std::fprintf(stderr, "by layout and walked differ in %s: %.*s\n", differs.c_str(),
                     static_cast<int>(size), text.data());
        std::abort();
    }
    const Decoded& out = read.out();
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
