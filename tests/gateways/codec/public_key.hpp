// PublicKey: checks Ed25519 and RSA signatures, by which tests hold the signers to what they sign.
// (The venue in a box has its own, written from the venue's documents alone.) Const once made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/types/result.hpp"
#include "gateways/net/signer.hpp"

namespace portcullis::gateways::test {

class PublicKey {
public:
    /// SubjectPublicKeyInfo in PEM: Ed25519 or RSA.
    static engine::Result<PublicKey> from_pem(std::string_view pem);
    /// The 32 bytes of an Ed25519 key.
    static engine::Result<PublicKey> from_ed25519(std::string_view bytes);

    ~PublicKey();
    PublicKey(PublicKey&& other) noexcept;
    PublicKey& operator=(PublicKey&& other) noexcept;

    [[nodiscard]] KeyKind kind() const noexcept { return kind_; }
    [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const noexcept;
    /// The same for a signature in base64, as it stands on the wire.
    [[nodiscard]] bool verifies_base64(std::string_view text,
                                       std::string_view signature) const noexcept;

private:
    PublicKey(void* key, KeyKind kind) noexcept : key_(key), kind_(kind) {}
    void* key_;  // EVP_PKEY
    KeyKind kind_;
};

}  // namespace portcullis::gateways::test
