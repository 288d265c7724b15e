// HMAC from pre-keyed states: see hmac_sha256.hpp. The one file that uses the deprecated SHA256_*.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "gateways/codec/hmac_sha256.hpp"

#include <openssl/crypto.h>

#include <cstring>

#include "engine/types/verify.hpp"

namespace portcullis::gateways {
namespace {

constexpr std::size_t block_bytes = SHA256_CBLOCK;

void start(SHA256_CTX& state, const std::uint8_t* key_block, std::uint8_t pad) noexcept {
    std::uint8_t block[block_bytes];
    for (std::size_t i = 0; i < block_bytes; ++i) {
        block[i] = key_block[i] ^ pad;
    }
    SHA256_Init(&state);
    SHA256_Update(&state, block, block_bytes);
    OPENSSL_cleanse(block, sizeof block);
}

}  // namespace

HmacSha256::HmacSha256(const std::uint8_t* key, std::size_t size) noexcept {
    engine::verify(key != nullptr || size == 0);
    std::uint8_t block[block_bytes] = {};
    if (size > block_bytes) {
        SHA256(key, size, block);
    } else if (size > 0) {
        std::memcpy(block, key, size);
    }
    start(inner_, block, 0x36);
    start(outer_, block, 0x5c);
    OPENSSL_cleanse(block, sizeof block);
}

HmacSha256::~HmacSha256() {
    OPENSSL_cleanse(&inner_, sizeof inner_);
    OPENSSL_cleanse(&outer_, sizeof outer_);
}

HmacSha256::Tag HmacSha256::tag(std::string_view message) const noexcept {
    Tag digest;
    SHA256_CTX state = inner_;
    SHA256_Update(&state, message.data(), message.size());
    SHA256_Final(digest.data(), &state);
    state = outer_;
    SHA256_Update(&state, digest.data(), digest.size());
    SHA256_Final(digest.data(), &state);
    OPENSSL_cleanse(&state, sizeof state);
    return digest;
}

bool equal_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace portcullis::gateways
