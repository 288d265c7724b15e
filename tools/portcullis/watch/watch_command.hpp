// `portcullis watch`: a process of its own beside the engine, which it stops where the engine
// cannot stop itself.
//
// It reads the engine's heartbeat (heartbeat.hpp). Where that has been silent for `silence_ms`, the
// engine gone, stopped or stuck, the watch puts down the firm's kill word, cancels everything at
// the venue over a door that can do nothing else (gateways/binance/cancel_door.hpp), and goes on
// until the venue has shown that nothing is open (sweep.hpp). It writes what it did to
// STATE/watch.log.
#pragma once

#include <string>

namespace portcullis::tools {

struct WatchOptions {
    std::string config;
    int silence_ms{1'000};
    bool once{};  ///< end when the first sweep is proven
};

/// Until a signal. 0; 1: a kill or a sweep could not be done in full; 2: the configuration.
int watch_command(const WatchOptions& options);

}  // namespace portcullis::tools
