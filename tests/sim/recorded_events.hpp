// RecordedEvents: the shipped recording as the events that the feed agent would make of it, through
// the production decoder and book synchronisation. No clock: the time of an event is the recorded
// receive time.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/events/market.hpp"
#include "gateways/binance/book_sync.hpp"
#include "gateways/binance/market_data.hpp"
#include "tools/recording/recording.hpp"

namespace portcullis::tests {

// style: using-namespace because every line of these tests speaks of the engine
using namespace portcullis::engine;

inline const std::string shipped_recording =
    std::string(PORTCULLIS_SOURCE_DIR) +
    "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz";

/// A recording as the events that the feed agent would make of it.
class RecordedEvents : public gateways::binance::BookSink {
public:
    /// The first `lines_max` lines. Empty where the file cannot be read.
    static std::vector<Event> load(const std::string& path, std::size_t lines_max) {
        RecordedEvents self;
        gateways::binance::MarketDataDecoder decoder({{"BTCUSDT", InstrumentId{0}}});
        gateways::binance::SnapshotDecoder snapshots;
        gateways::binance::DepthSnapshot snapshot;
        snapshot.instrument = InstrumentId{0};
        gateways::binance::BookSynchronizer sync(InstrumentId{0});
        auto reader = tools::RecordingReader::open(path);
        if (!reader) {
            return {};
        }
        tools::RecordedLine line;
        for (std::size_t i = 0; i < lines_max; ++i) {
            auto more = reader.value().next(line);
            if (!more.ok() || !more.value()) {
                break;
            }
            self.at_ = MonoNs{line.receive_ns};
            if (line.snapshot) {
                if (snapshots.decode(line.json, snapshot) == gateways::binance::DecodeError::none) {
                    (void)sync.on_snapshot(snapshot, self);
                }
                continue;
            }
            const auto& message = decoder.decode(line.json);
            using Kind = gateways::binance::MessageKind;
            if (message.kind == Kind::depth) {
                sync.on_depth(message.depth, self);
            } else if (message.kind == Kind::top_of_book) {
                self.add(message.top);
            } else if (message.kind == Kind::trade) {
                self.add(message.trade);
            }
        }
        return std::move(self.events_);
    }
    void on_reset(const BookReset& reset) override { add(reset); }
    void on_book(std::span<const BookDelta> message) override {
        for (const BookDelta& part : message) {
            add(part);
        }
    }

private:
    template <EventPayload T>
    void add(const T& body) {
        events_.push_back(Event::of(body, at_, WallNs{at_.value}));
    }
    MonoNs at_{};
    std::vector<Event> events_;
};

/// The first 20,000 lines, loaded once.
inline const std::vector<Event>& recorded() {
    static const std::vector<Event> events = RecordedEvents::load(shipped_recording, 20'000);
    return events;
}

}  // namespace portcullis::tests
