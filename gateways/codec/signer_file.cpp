// make_file_signer: a key file of the owner alone becomes a Signer (net/signer.hpp).
//
// The file is read once (key_file.hpp), and what is kept is what signing needs: two hash states for
// HMAC, OpenSSL's key for the others. Errors name the file and never quote it.
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "gateways/codec/hmac_sha256.hpp"
#include "gateways/codec/key_file.hpp"
#include "gateways/codec/text_codes.hpp"
#include "gateways/net/signer.hpp"

namespace portcullis::gateways {
namespace {

using engine::Error;
using engine::Result;

/// Binance's HMAC secrets are so many letters and digits. Anything else is a key that was cut or
/// unpacked on its way here: it would sign, and no session would ever become ready.
constexpr std::size_t secret_size = 64;
/// How the base64 of a private Ed25519 key begins (RFC 8410, section 7). Without its first and last
/// line it has 64 characters too, one in four times all of them letters and digits.
constexpr std::string_view bare_ed25519 = "MC4CAQAwBQYDK2VwBCIEI";
constexpr int rsa_bits_min = 2048;
constexpr int rsa_bits_max = 4096;
static_assert(base64_size(rsa_bits_max / 8) <= Signer::signature_text_max);

class HmacSigner final : public Signer {
public:
    HmacSigner(std::string_view secret, std::string api_key)
        : hmac_(reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()),
          api_key_(std::move(api_key)) {}
    KeyKind kind() const noexcept override { return KeyKind::hmac_sha256; }
    std::string_view api_key() const noexcept override { return api_key_; }
    std::size_t sign(std::string_view text, char* out) noexcept override {
        const HmacSha256::Tag tag = hmac_.tag(text);
        write_hex(tag.data(), tag.size(), out);
        return 2 * tag.size();
    }

private:
    HmacSha256 hmac_;
    std::string api_key_;
};

struct KeyFree {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct ContextFree {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

class KeySigner final : public Signer {
public:
    KeySigner(Key key, KeyKind kind, std::string api_key)
        : key_(std::move(key)),
          context_(EVP_MD_CTX_new()),
          kind_(kind),
          api_key_(std::move(api_key)) {}
    KeyKind kind() const noexcept override { return kind_; }
    std::string_view api_key() const noexcept override { return api_key_; }
    std::size_t sign(std::string_view text, char* out) noexcept override {
        std::uint8_t signature[rsa_bits_max / 8];
        std::size_t size = sizeof signature;
        const EVP_MD* const digest = kind_ == KeyKind::rsa_sha256 ? EVP_sha256() : nullptr;
        const bool made =
            context_ != nullptr && EVP_MD_CTX_reset(context_.get()) == 1 &&
            EVP_DigestSignInit(context_.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
            EVP_DigestSign(context_.get(), signature, &size,
                           reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
        if (!made) {
            ERR_clear_error();
            return 0;
        }
        write_base64(signature, size, out);
        return base64_size(size);
    }

private:
    Key key_;
    std::unique_ptr<EVP_MD_CTX, ContextFree> context_;
    KeyKind kind_;
    std::string api_key_;
};

Result<std::unique_ptr<Signer>> from_pem(std::string_view pem, std::string api_key,
                                         const std::string& where) {
    BIO* const memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    Key key(PEM_read_bio_PrivateKey(memory, nullptr, &no_pass_phrase, nullptr));
    BIO_free(memory);
    ERR_clear_error();
    if (key == nullptr) {
        return Error{where + "holds no private key in PEM (or one under a pass phrase)"};
    }
    KeyKind kind = KeyKind::ed25519;
    if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA) {
        const int bits = EVP_PKEY_get_bits(key.get());
        if (bits < rsa_bits_min || bits > rsa_bits_max) {
            return Error{where + "RSA key has " + std::to_string(bits) +
                         " bits, expected 2048 to 4096"};
        }
        kind = KeyKind::rsa_sha256;
    } else if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
        return Error{where + "key is neither Ed25519 nor RSA"};
    }
    return std::unique_ptr<Signer>(
        std::make_unique<KeySigner>(std::move(key), kind, std::move(api_key)));
}

bool is_letter_or_digit(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

Result<std::unique_ptr<Signer>> from_secret(std::string_view secret, std::string api_key,
                                            const std::string& where) {
    while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) {
        secret.remove_suffix(1);
    }
    if (secret.starts_with(bare_ed25519)) {
        return Error{where +
                     "is the inside of an Ed25519 key, expected the whole PEM file with "
                     "its line -----BEGIN PRIVATE KEY----- and the last one"};
    }
    const auto others = static_cast<std::size_t>(
        std::count_if(secret.begin(), secret.end(), [](char c) { return !is_letter_or_digit(c); }));
    if (secret.size() != secret_size || others != 0) {
        return Error{where +
                     "does not begin with -----BEGIN, so it is no PEM key, and is no HMAC "
                     "secret: " +
                     std::to_string(secret.size()) + " characters, " + std::to_string(others) +
                     " of them neither letter nor digit; expected 64 letters and digits in one "
                     "line"};
    }
    return std::unique_ptr<Signer>(std::make_unique<HmacSigner>(secret, std::move(api_key)));
}

}  // namespace

Result<std::unique_ptr<Signer>> make_file_signer(const std::string& path, std::string api_key) {
    const std::string where = "key file '" + path + "': ";
    for (const char c : api_key) {
        if (c <= 0x20 || c > 0x7e) {
            return Error{where + "api key holds a character that is not printable ASCII"};
        }
    }
    if (api_key.empty()) {
        return Error{where + "api key is empty"};
    }
    SecretBytes secret;
    const std::string problem = read_secret(path, secret);
    if (!problem.empty()) {
        return Error{where + problem};
    }
    if (secret.text().substr(0, 10) == "-----BEGIN") {
        return from_pem(secret.text(), std::move(api_key), where);
    }
    return from_secret(secret.text(), std::move(api_key), where);
}

}  // namespace portcullis::gateways
