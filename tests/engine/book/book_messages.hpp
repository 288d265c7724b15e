// Book messages for tests, and their split into the events that cross a ring.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/events/market.hpp"

namespace portcullis::engine {

struct TestLevel {
    Side side{Side::buy};
    std::int64_t price{};
    std::int64_t qty{};
};

struct TestMessage {
    std::uint64_t first{};
    std::uint64_t last{};
    std::vector<TestLevel> levels{};
    bool snapshot{};
    bool futures{};
    bool bids_cut{};
    bool asks_cut{};
};

/// The parts of a message, in order; at least one.
inline std::vector<BookDelta> parts_of(const TestMessage& message) {
    std::vector<BookDelta> parts;
    std::size_t next = 0;
    do {
        BookDelta part;
        part.first_update = UpdateId{message.first};
        part.last_update = UpdateId{message.last};
        part.instrument = InstrumentId{0};
        for (; next < message.levels.size() && part.level_count < BookDelta::levels_max; ++next) {
            const TestLevel& level = message.levels[next];
            part.levels[part.level_count] = {PriceAtoms{level.price}, QtyAtoms{level.qty}};
            if (level.side == Side::sell) {
                part.ask_mask = static_cast<std::uint8_t>(part.ask_mask | 1U << part.level_count);
            }
            ++part.level_count;
        }
        const bool begins = parts.empty();
        const bool ends = next == message.levels.size();
        const unsigned flags = (message.snapshot ? BookDelta::snapshot : 0U) |
                               (message.snapshot && begins ? BookDelta::snapshot_begin : 0U) |
                               (message.futures ? BookDelta::previous_id : 0U) |
                               (message.bids_cut ? BookDelta::bids_cut : 0U) |
                               (message.asks_cut ? BookDelta::asks_cut : 0U) |
                               (ends ? BookDelta::last : 0U);
        part.flags = static_cast<std::uint8_t>(flags);
        parts.push_back(part);
    } while (next < message.levels.size());
    return parts;
}

}  // namespace portcullis::engine
