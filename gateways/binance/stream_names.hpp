// The streams that a feed asks for, as the address of its connection names them: a subscription
// that is part of the address cannot be lost, nor half of it refused.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/capacity.hpp"
#include "gateways/binance/market_data.hpp"

namespace portcullis::gateways::binance {

/// Of each symbol. One connection carries them all: the venue takes 1024 streams on it.
inline constexpr std::array<std::string_view, 3> stream_names{"@depth@100ms", "@bookTicker",
                                                              "@trade"};
static_assert(stream_names.size() * engine::capacity::session_instruments <= 1024);

[[nodiscard]] inline std::string lower(const std::string& symbol) {
    std::string text = symbol;
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return text;
}

/// "/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade/..."
[[nodiscard]] inline std::string streams_path(const std::string& base,
                                              const std::vector<SymbolEntry>& symbols) {
    std::string path = base + "?streams=";
    const char* separator = "";
    for (const SymbolEntry& entry : symbols) {
        for (const std::string_view stream : stream_names) {
            path += separator;
            path += lower(entry.symbol);
            path += stream;
            separator = "/";
        }
    }
    return path;
}

}  // namespace portcullis::gateways::binance
