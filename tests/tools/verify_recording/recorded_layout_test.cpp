// The layouts that are read without a walk, on 10,000 recorded messages: each is read by them, and
// with one byte changed, wherever it is, it is the same to the second decoder or refused by both.
// Some twenty bytes of each message, by a seed; PORTCULLIS_EVERY_BYTE=1: every byte to every other
// (it takes hours).
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "gateways/binance/market_data_layout.hpp"
#include "tests/gateways/binance_market_data/reference_decoder.hpp"
#include "tools/recording/recording.hpp"

namespace portcullis::tools {
namespace {

namespace binance = gateways::binance;
using binance::MessageKind;

const std::vector<binance::SymbolEntry> symbols{{"BTCUSDT", engine::InstrumentId{0}}};

/// The first `count` messages of the shipped recording that no snapshot is.
std::vector<std::string> recorded(std::size_t count) {
    auto reader = RecordingReader::open(
        PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz");
    EXPECT_TRUE(reader.ok());
    std::vector<std::string> messages;
    RecordedLine line;
    while (messages.size() < count && reader.value().next(line).value()) {
        if (!line.snapshot) {
            messages.emplace_back(line.json);
        }
    }
    return messages;
}

TEST(RecordedLayout, every_recorded_message_is_read_without_a_walk) {
    const binance::SymbolIndex table(symbols);
    const binance::MarketDataLayout layout(symbols, table);
    std::size_t read = 0;
    for (const std::string& message : recorded(10'000)) {
        const std::string padded = message + std::string(engine::capacity::frame_padding, '\0');
        binance::DecodedMessage out;
        const MessageKind kind = layout.read({padded.data(), message.size()}, out,
                                             [](auto, auto, auto) noexcept { return true; });
        EXPECT_NE(kind, MessageKind::none) << message;
        ++read;
    }
    EXPECT_EQ(read, 10'000U);
}

TEST(RecordedLayout, no_changed_byte_makes_another_value_of_a_recorded_message) {
    const bool every = std::getenv("PORTCULLIS_EVERY_BYTE") != nullptr;
    binance::MarketDataDecoder decoder(symbols);
    std::mt19937_64 random{20261127};
    std::size_t checked = 0;
    for (const std::string& message : recorded(10'000)) {
        std::string changed = message;
        const std::size_t step = every ? 1 : 16;
        for (std::size_t at = every ? 0 : random() % step; at < message.size(); at += step) {
            const auto first = static_cast<int>(random() % 255);
            for (int i = 0; i < (every ? 255 : 1); ++i) {
                const int by = 1 + (first + i) % 255;
                changed[at] = static_cast<char>(static_cast<unsigned char>(message[at]) ^ by);
                ASSERT_EQ(binance::reference::disagreement(decoder, symbols, changed), "")
                    << changed;
                ++checked;
            }
            changed[at] = message[at];
        }
    }
    EXPECT_GT(checked, 100'000U);
}

}  // namespace
}  // namespace portcullis::tools
