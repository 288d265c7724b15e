// ConsoleClient: asks the engine one thing at a time over its Unix socket. Blocking, with a
// deadline. Used by `portcullis console` and the terminal view; cold code.
#pragma once

#include <string>
#include <string_view>

#include "engine/types/result.hpp"

namespace portcullis::tools {

class ConsoleClient {
public:
    /// The error says that no engine answers there, or that we may not.
    [[nodiscard]] static engine::Result<ConsoleClient> connect(const std::string& path);
    ConsoleClient(ConsoleClient&& other) noexcept;
    ConsoleClient& operator=(ConsoleClient&& other) noexcept;
    ~ConsoleClient();

    /// Sends one request and waits for its answer, at most `timeout_ms`.
    [[nodiscard]] engine::Result<std::string> ask(std::string_view request, int timeout_ms = 3000);

private:
    explicit ConsoleClient(int fd) noexcept : fd_(fd) {}
    int fd_{-1};
};

}  // namespace portcullis::tools
