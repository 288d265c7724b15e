#include "bench/recorded.hpp"

#include "bench/harness.hpp"
#include "tools/recording/recording.hpp"

namespace portcullis::bench {
namespace {

Stream stream_of(const tools::RecordedLine& line) {
    const auto has = [&](std::string_view part) {
        return line.stream.find(part) != std::string_view::npos;
    };
    if (line.snapshot) {
        return Stream::snapshot;
    }
    if (has("@depth")) {
        return Stream::depth;
    }
    if (has("@bookTicker")) {
        return Stream::book_ticker;
    }
    return has("@trade") ? Stream::trade : Stream::other;
}

}  // namespace

std::vector<RecordedMessage> load_recording(std::size_t lines) {
    auto reader = tools::RecordingReader::open(
        PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz");
    require(bool(reader), "the shipped recording cannot be opened");
    std::vector<RecordedMessage> messages;
    tools::RecordedLine line;
    while (messages.size() < lines) {
        const auto more = reader.value().next(line);
        if (!more.ok() || !more.value()) {
            break;
        }
        RecordedMessage message{line.receive_ns, stream_of(line), std::string(line.json),
                                line.json.size()};
        message.bytes.append(tools::line_padding, ' ');
        messages.push_back(std::move(message));
    }
    require(messages.size() > 1000, "the shipped recording is too short");
    return messages;
}

}  // namespace portcullis::bench
