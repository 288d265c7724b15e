// Keys of tests, made of a number, and the equation by OpenSSL alone: what gateways/codec gives the
// product stands a floor above.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "risk/operators/ed25519_bytes.hpp"

namespace portcullis::risk::test {

inline bool equation(const Ed25519Key& key, std::string_view text,
                     const Ed25519Signature& signature) noexcept {
    EVP_PKEY* const raw =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size());
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    const bool holds =
        raw != nullptr && context != nullptr &&
        EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, raw) == 1 &&
        EVP_DigestVerify(context, signature.data(), signature.size(),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(raw);
    ERR_clear_error();
    return holds;
}

/// The key pair of seed NNNN...
class TestKey {
public:
    explicit TestKey(std::uint8_t number) {
        Ed25519Key seed;
        seed.fill(number);
        key_.reset(
            EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
        std::size_t size = open_.size();
        EVP_PKEY_get_raw_public_key(key_.get(), open_.data(), &size);
    }
    [[nodiscard]] const Ed25519Key& open() const noexcept { return open_; }
    [[nodiscard]] std::string hex() const { return hex_of(open_); }
    [[nodiscard]] Ed25519Signature sign(std::string_view text) const {
        Ed25519Signature signature{};
        std::size_t size = signature.size();
        EVP_MD_CTX* const context = EVP_MD_CTX_new();
        EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key_.get());
        EVP_DigestSign(context, signature.data(), &size,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size());
        EVP_MD_CTX_free(context);
        return signature;
    }

private:
    struct Free {
        void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    };
    std::unique_ptr<EVP_PKEY, Free> key_;
    Ed25519Key open_{};
};

}  // namespace portcullis::risk::test
