// What a test sees of the system calls that the transport makes, and may make fail: the linker puts
// __wrap_NAME in the place of NAME (tests/CMakeLists.txt), in this program and not in OpenSSL.
#pragma once

#include <cstdint>
#include <string>

namespace portcullis::gateways::test {

enum class Call : std::uint8_t { socket, connect, send, recv };
inline constexpr int call_kinds = 4;

struct CallFault {
    int error{};  ///< 0: the call is made
    bool half{};  ///< the first one does half of its work instead
    bool once{};  ///< those behind it are made
};

/// Of this thread, so the peers' calls are not among them.
struct WrappedCalls {
    int made[call_kinds]{};
    int draws{};  ///< of random bytes
    Call failing{};
    int fails_at{};  ///< the so manieth call of that kind, and all behind it; 0: none does
    CallFault fault{};

    [[nodiscard]] int count(Call call) const { return made[static_cast<int>(call)]; }
};
[[nodiscard]] WrappedCalls& wrapped_calls();

/// A name that has two addresses, as a resolver would say it, the first where nobody listens.
inline const std::string two_addresses = "two-addresses.test";

}  // namespace portcullis::gateways::test
