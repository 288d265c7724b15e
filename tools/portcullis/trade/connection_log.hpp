// ConnectionLog: why a connection did not open, one line on standard error for the operator: a pin
// that does not match, a name that does not resolve, an upgrade that the venue refused. The same
// words about the same endpoint come once in `again_s`, however often it is tried.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

#include "gateways/net/transport.hpp"

namespace portcullis::tools {

class ConnectionLog {
public:
    static constexpr std::int64_t again_s = 30;

    explicit ConnectionLog(std::FILE* out = stderr) : out_(out) {}

    /// `now_s`: whole seconds of any clock that does not go back. An empty reason is told too.
    void failed(const gateways::Endpoint& endpoint, std::string_view reason, std::int64_t now_s) {
        const std::string line = fmt::format(
            "portcullis trade: no connection to {}:{}{}: {}\n", endpoint.host, endpoint.port,
            endpoint.path, reason.empty() ? std::string_view("no reason given") : reason);
        std::erase_if(told_s_,
                      [now_s](const auto& told) { return now_s - told.second >= again_s; });
        if (told_s_.emplace(line, now_s).second) {
            fmt::print(out_, "{}", line);
            std::fflush(out_);
        }
    }

private:
    std::FILE* out_;
    std::map<std::string, std::int64_t> told_s_;  ///< each line of the last again_s, and when
};

}  // namespace portcullis::tools
