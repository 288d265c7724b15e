// What the tests of the decoder share: a table of symbols, a decoder that keeps its padded text,
// and the corpus of messages.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/types/capacity.hpp"
#include "gateways/binance/market_data.hpp"

namespace portcullis::gateways::binance {

using engine::InstrumentId;

inline const std::vector<SymbolEntry> table{{"BNBBTC", InstrumentId{0}},
                                            {"BTCUSDT", InstrumentId{1}},
                                            {"BTCUSD_PERP", InstrumentId{2}},
                                            {"BNBUSDT", InstrumentId{3}},
                                            {"NEXOUSDT", InstrumentId{4}}};

/// Keeps the padded text alive beside the decoder.
class Decoding {
public:
    const DecodedMessage& operator()(const std::string& text) {
        padded_ = text + std::string(engine::capacity::frame_padding, '"');
        return decoder_.decode({padded_.data(), text.size()});
    }
    MarketDataDecoder& decoder() { return decoder_; }

private:
    std::string padded_;
    MarketDataDecoder decoder_{table};
};

[[nodiscard]] inline std::string read(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>(in), {}};
}

inline const std::filesystem::path corpus =
    std::filesystem::path{PORTCULLIS_SOURCE_DIR} /
    "tests/gateways/binance_market_data/corpus/market_data_fuzz";

}  // namespace portcullis::gateways::binance
