#include "bench/recorded_book.hpp"

#include <span>

#include "bench/harness.hpp"
#include "bench/recorded.hpp"
#include "gateways/binance/book_sync.hpp"
#include "gateways/binance/market_data.hpp"

namespace portcullis::bench {
namespace {

using namespace engine;

class Parts : public gateways::binance::BookSink {
public:
    void on_reset(const BookReset&) override {}
    void on_book(std::span<const BookDelta> message) override {
        for (const BookDelta& part : message) {
            if (open_) {
                all.back().push_back(part);
            } else {
                all.push_back({part});
            }
            open_ = (part.flags & BookDelta::last) == 0;
        }
    }
    std::vector<BookMessage> all;

private:
    bool open_{};
};

}  // namespace

std::vector<BookMessage> load_book_messages(std::size_t lines) {
    Parts parts;
    gateways::binance::MarketDataDecoder decoder({{"BTCUSDT", InstrumentId{0}}});
    gateways::binance::SnapshotDecoder snapshots;
    gateways::binance::DepthSnapshot snapshot;
    snapshot.instrument = InstrumentId{0};
    gateways::binance::BookSynchronizer sync(InstrumentId{0});
    for (const RecordedMessage& line : load_recording(lines)) {
        if (line.stream == Stream::snapshot) {
            require(snapshots.decode(line.text(), snapshot) == gateways::binance::DecodeError::none,
                    "snapshot refused");
            (void)sync.on_snapshot(snapshot, parts);
        } else if (line.stream == Stream::depth) {
            sync.on_depth(decoder.decode(line.text()).depth, parts);
        }
    }
    require(parts.all.size() > 50, "too few book messages");
    return std::move(parts.all);
}

}  // namespace portcullis::bench
