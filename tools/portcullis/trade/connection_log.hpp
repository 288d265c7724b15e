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
        Last& last = last_[fmt::format("{}:{}{}", endpoint.host, endpoint.port, endpoint.path)];
        if (last.reason == reason && now_s - last.told_s < again_s) {
            return;
        }
        last = {std::string(reason), now_s};
        fmt::print(out_, "portcullis trade: no connection to {}:{}{}: {}\n", endpoint.host,
                   endpoint.port, endpoint.path,
                   reason.empty() ? std::string_view("no reason given") : reason);
        std::fflush(out_);
    }

private:
    struct Last {
        std::string reason;
        std::int64_t told_s{-again_s};
    };
    std::FILE* out_;
    std::map<std::string, Last> last_;  // by endpoint
};

}  // namespace portcullis::tools
