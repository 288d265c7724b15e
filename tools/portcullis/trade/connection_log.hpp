// ConnectionLog: why a connection did not open, one line on standard error for the operator: a pin
// that does not match, a name that does not resolve, an upgrade that the venue refused. The same
// words about the same endpoint come once in `again_s`, however often it is tried. Of one that did
// open it is told, once a run, where no backup is among its pins.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "gateways/net/transport.hpp"

namespace portcullis::tools {

class ConnectionLog {
public:
    static constexpr std::int64_t again_s = 30;

    explicit ConnectionLog(std::FILE* out = stderr) : out_(out) {}

    /// `now_s`: whole seconds of any clock that does not go back. An empty reason is told too.
    void settled(const gateways::Endpoint& endpoint, const gateways::Transport& transport,
                 std::int64_t now_s) {
        const std::string at = fmt::format("{}:{}{}", endpoint.host, endpoint.port, endpoint.path);
        if (transport.state() == gateways::TransportState::open) {
            if (transport.lacks_backup_pin() && without_backup_.insert(at).second) {
                say(fmt::format(
                    "portcullis trade: venue.pins: all {} are in the chain of {}; expected a "
                    "backup (RFC 7469) for the day on which its keys change\n",
                    endpoint.pins.size(), at));
            }
            return;
        }
        const std::string_view reason = transport.close_reason();
        const std::string line = fmt::format("portcullis trade: no connection to {}: {}\n", at,
                                             reason.empty() ? "no reason given" : reason);
        std::erase_if(told_s_,
                      [now_s](const auto& told) { return now_s - told.second >= again_s; });
        if (told_s_.emplace(line, now_s).second) {
            say(line);
        }
    }

private:
    void say(const std::string& line) {
        fmt::print(out_, "{}", line);
        std::fflush(out_);
    }

    std::FILE* out_;
    std::set<std::string> without_backup_;        ///< endpoints of which that was told
    std::map<std::string, std::int64_t> told_s_;  ///< each line of the last again_s, and when
};

}  // namespace portcullis::tools
