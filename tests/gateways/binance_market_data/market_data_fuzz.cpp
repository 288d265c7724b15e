// Any bytes: the decoder and the independent reference accept the same with the same values, or
// refuse. The snapshot decoder is run on the same bytes for its memory safety.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/gateways/binance_market_data/reference_decoder.hpp"

namespace binance = portcullis::gateways::binance;
using portcullis::engine::InstrumentId;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<binance::SymbolEntry> table{{"BTCUSDT", InstrumentId{0}},
                                                         {"BTCUSD_PERP", InstrumentId{1}},
                                                         {"BNBBTC", InstrumentId{2}},
                                                         {"BNBUSDT", InstrumentId{3}},
                                                         {"NEXOUSDT", InstrumentId{4}}};
    static binance::MarketDataDecoder decoder{table};
    static binance::SnapshotDecoder snapshot_decoder;
    static binance::DepthSnapshot snapshot;

    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::string found = binance::reference::disagreement(decoder, table, text);
    if (!found.empty()) {
        std::fprintf(stderr, "disagreement: %s\nin: %s\n", found.c_str(), text.c_str());
        std::abort();
    }
    const std::string padded = text + std::string(portcullis::engine::capacity::frame_padding, '"');
    const auto error = snapshot_decoder.decode({padded.data(), text.size()}, snapshot);
    if (error != binance::DecodeError::none && !snapshot.bids.empty()) {
        std::abort();
    }
    return 0;
}
