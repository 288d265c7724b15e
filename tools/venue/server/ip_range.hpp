// IpRange: an address or a CIDR block of an API key's IP list, IPv4 or IPv6.
//
// IPv4 is kept as IPv4-mapped IPv6 (::ffff:a.b.c.d), so that a client that arrives by either is the
// same client. Pure; written by config and control socket, read by every signed request.
// Invariant: bits past the prefix are zero; a block whose text has some is refused, because its
// author meant another one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::tools::venue {

struct IpRange {
    std::array<std::uint8_t, 16> network{};
    int prefix_bits{128};  ///< of 128; an IPv4 prefix of 8 is 104 here

    [[nodiscard]] bool holds(std::string_view address) const;
};

/// "127.0.0.1", "127.0.0.0/8", "::1", "2001:db8::/32"; nothing when it is none of these.
[[nodiscard]] std::optional<IpRange> parse_ip_range(const std::string& text);
/// An empty list restricts nobody. An address that is none is in no list.
[[nodiscard]] bool ip_allowed(const std::vector<IpRange>& list, std::string_view address);

}  // namespace portcullis::tools::venue
