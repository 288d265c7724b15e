// Server: a venue with its sockets and its clock: one thread, one io_context.
//
// The recording is played by a timer set to the due time of the next message, not by a spinning
// loop: a demo machine has two cores and the engine wants both. main() makes one from a config;
// the socket test makes one in its own process and runs it on a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/types/result.hpp"
#include "tools/venue/server/config.hpp"
#include "tools/venue/server/file_lock.hpp"
#include "tools/venue/server/venue.hpp"

namespace portcullis::tools::venue {

class Server {
public:
    /// Certificates, accounts, keys, recordings, listener: everything but run(). `lock`: that of
    /// the control socket, if it is held already; else it is taken before anything is touched.
    [[nodiscard]] static engine::Result<std::unique_ptr<Server>> make(const VenueConfig& config,
                                                                      FileLock lock = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    /// Port, CA file and pins as one line of JSON, for whoever started the process.
    [[nodiscard]] std::string announcement() const;
    [[nodiscard]] Venue& venue();
    /// Runs until stop(), SIGTERM, SIGINT or the control command `quit`.
    void run();
    /// From any thread: serverShutdown to all, then the end.
    void stop();

private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace portcullis::tools::venue
