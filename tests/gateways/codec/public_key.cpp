// Checks signatures: see public_key.hpp.
#include "tests/gateways/codec/public_key.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <utility>

#include "gateways/codec/text_codes.hpp"

namespace portcullis::gateways::test {

engine::Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
    BIO* const memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    EVP_PKEY* const key = PEM_read_bio_PUBKEY(memory, nullptr, nullptr, nullptr);
    BIO_free(memory);
    ERR_clear_error();
    if (key == nullptr) {
        return engine::Error{"no public key in PEM"};
    }
    const int id = EVP_PKEY_get_base_id(key);
    if (id != EVP_PKEY_ED25519 && id != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        return engine::Error{"public key is neither Ed25519 nor RSA"};
    }
    return PublicKey(key, id == EVP_PKEY_RSA ? KeyKind::rsa_sha256 : KeyKind::ed25519);
}

engine::Result<PublicKey> PublicKey::from_ed25519(std::string_view bytes) {
    EVP_PKEY* const key = EVP_PKEY_new_raw_public_key(
        EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(bytes.data()),
        bytes.size());
    ERR_clear_error();
    if (key == nullptr) {
        return engine::Error{"an Ed25519 public key has 32 bytes"};
    }
    return PublicKey(key, KeyKind::ed25519);
}

PublicKey::~PublicKey() {
    EVP_PKEY_free(static_cast<EVP_PKEY*>(key_));
}

PublicKey::PublicKey(PublicKey&& other) noexcept
    : key_(std::exchange(other.key_, nullptr)), kind_(other.kind_) {}

PublicKey& PublicKey::operator=(PublicKey&& other) noexcept {
    std::swap(key_, other.key_);
    std::swap(kind_, other.kind_);
    return *this;
}

bool PublicKey::verifies(std::string_view text, std::string_view signature) const noexcept {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    const EVP_MD* const digest = kind_ == KeyKind::rsa_sha256 ? EVP_sha256() : nullptr;
    const bool valid =
        context != nullptr &&
        EVP_DigestVerifyInit(context, nullptr, digest, nullptr, static_cast<EVP_PKEY*>(key_)) ==
            1 &&
        EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                         signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                         text.size()) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return valid;
}

bool PublicKey::verifies_base64(std::string_view text, std::string_view signature) const noexcept {
    std::uint8_t bytes[Signer::signature_text_max];
    const std::optional<std::size_t> size = read_base64(signature, bytes, sizeof bytes);
    return size.has_value() &&
           verifies(text, std::string_view(reinterpret_cast<const char*>(bytes), *size));
}

}  // namespace portcullis::gateways::test
