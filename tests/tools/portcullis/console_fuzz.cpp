// Arbitrary bytes as what a console client sends: frames are cut without reading past them, whole
// ones are parsed into a request or an error that is safe to print.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tools/portcullis/console/frames.hpp"
#include "tools/portcullis/console/requests.hpp"

namespace {

using namespace portcullis::tools;  // NOLINT: one file, one purpose

// Two of everything, so that names and indices matter.
AppConfig two_of_each() {
    AppConfig config;
    config.venue.name = "binance";
    config.instruments.resize(2);
    config.instruments[0].symbol = "BTCUSDT";
    config.instruments[1].symbol = "ETHUSDT";
    config.strategies.resize(2);
    config.strategies[0].name = "touch";
    config.strategies[1].name = "deep";
    return config;
}

void check(std::string_view body, const AppConfig& config) {
    const auto request = parse_console_request(body, config);
    if (request.ok()) {
        if (request.value().index > 1) {
            std::abort();
        }
        return;
    }
    for (const char c : request.error()) {
        if (static_cast<unsigned char>(c) < 0x20) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const AppConfig config = two_of_each();
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check(bytes, config);
    for (;;) {
        const FrameCut cut = cut_frame(bytes, console_request_max);
        if (cut.state != FrameState::complete) {
            return 0;
        }
        if (cut.consumed != frame_header + cut.body.size() || cut.consumed > bytes.size() ||
            make_frame(cut.body) != bytes.substr(0, cut.consumed)) {
            std::abort();
        }
        check(cut.body, config);
        bytes.remove_prefix(cut.consumed);
    }
}
