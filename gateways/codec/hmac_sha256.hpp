// HmacSha256: HMAC with a key that is hashed once.
//
// OpenSSL's EVP_MAC allocates and looks up providers for each message (about 1 us). Here both key
// blocks are hashed when the key is taken and their states copied for each message: no allocation,
// two compressions fewer. That needs SHA256_CTX, deprecated in 3.0 for exactly this use; its use is
// confined to hmac_sha256.cpp. The key itself is not kept; the states are as secret as the key and
// are wiped. Thread: const after construction, any number of readers.
#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis::gateways {

class HmacSha256 {
public:
    using Tag = std::array<std::uint8_t, 32>;

    HmacSha256(const std::uint8_t* key, std::size_t size) noexcept;
    ~HmacSha256();
    HmacSha256(const HmacSha256&) = delete;
    HmacSha256& operator=(const HmacSha256&) = delete;

    [[nodiscard]] Tag tag(std::string_view message) const noexcept;

private:
    SHA256_CTX inner_{};
    SHA256_CTX outer_{};
};

/// True where both are the same, in time that does not depend on where they differ.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace portcullis::gateways
