#include "tools/venue/server/ip_range.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "engine/types/decimal.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr int mapped_bits = 96;  ///< ::ffff:0:0/96 holds IPv4

struct Address {
    std::array<std::uint8_t, 16> bytes{};
    bool v4{};
};

std::optional<Address> parse_address(const std::string& text) {
    Address out;
    if (inet_pton(AF_INET6, text.c_str(), out.bytes.data()) == 1) {
        return out;
    }
    out.v4 = inet_pton(AF_INET, text.c_str(), out.bytes.data() + 12) == 1;
    if (!out.v4) {
        return std::nullopt;
    }
    std::fill_n(out.bytes.begin(), 10, std::uint8_t{0});
    out.bytes[10] = out.bytes[11] = 0xFF;
    return out;
}

void clear_past(std::array<std::uint8_t, 16>& bytes, int prefix_bits) {
    for (int bit = prefix_bits; bit < 128; ++bit) {
        auto& byte = bytes[static_cast<std::size_t>(bit / 8)];
        byte = static_cast<std::uint8_t>(byte & ~(0x80U >> static_cast<unsigned>(bit % 8)));
    }
}

}  // namespace

bool IpRange::holds(std::string_view address) const {
    auto given = parse_address(std::string(address));
    if (!given) {
        return false;
    }
    clear_past(given->bytes, prefix_bits);
    return given->bytes == network;
}

std::optional<IpRange> parse_ip_range(const std::string& text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    IpRange out{address->bytes, 128};
    if (slash == std::string::npos) {
        return out;
    }
    const auto bits = engine::parse_unsigned(text.substr(slash + 1));
    if (!bits || *bits > (address->v4 ? 32U : 128U)) {
        return std::nullopt;
    }
    out.prefix_bits = static_cast<int>(*bits) + (address->v4 ? mapped_bits : 0);
    clear_past(out.network, out.prefix_bits);
    return out.network == address->bytes ? std::optional(out) : std::nullopt;
}

bool ip_allowed(const std::vector<IpRange>& list, std::string_view address) {
    return list.empty() || std::any_of(list.begin(), list.end(),
                                       [&](const IpRange& range) { return range.holds(address); });
}

}  // namespace portcullis::tools::venue
