// Operators' keys by OpenSSL. See ed25519.hpp.
#include "gateways/codec/ed25519.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "gateways/codec/key_file.hpp"

namespace portcullis::gateways {
namespace {

constexpr std::size_t pem_bytes_max = 4096;

engine::Error key_error(const std::string& path, const std::string& what) {
    ERR_clear_error();
    return engine::Error{"key file '" + path + "': " + what};
}

EVP_PKEY* pkey(void* key) noexcept {
    return static_cast<EVP_PKEY*>(key);
}

// The whole text at once into a new file; nothing is left of a half.
std::string write_new_file(const std::string& path, const char* bytes, std::size_t size) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        return errno == EEXIST ? "is there already, and is not written over" : std::strerror(errno);
    }
    const bool written = ::fchmod(file, 0600) == 0 &&
                         ::write(file, bytes, size) == static_cast<ssize_t>(size) &&
                         ::fsync(file) == 0;
    const std::string why = written ? "" : std::strerror(errno);
    ::close(file);
    if (!written) {
        ::unlink(path.c_str());
    }
    return why;
}

}  // namespace

bool ed25519_equation(const risk::Ed25519Key& key, std::string_view text,
                      const risk::Ed25519Signature& signature) noexcept {
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

void Ed25519Pair::Free::operator()(void* key) const noexcept {
    EVP_PKEY_free(pkey(key));
}

Ed25519Pair::Ed25519Pair(void* key) noexcept : key_(key) {
    std::size_t size = open_.size();
    if (key != nullptr) {
        (void)EVP_PKEY_get_raw_public_key(pkey(key), open_.data(), &size);
    }
}

engine::Result<Ed25519Pair> Ed25519Pair::make(const std::string& path) {
    Ed25519Pair made(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (made.key_ == nullptr) {
        return key_error(path, "no key could be made");
    }
    std::array<char, pem_bytes_max> pem{};
    BIO* const memory = BIO_new(BIO_s_secmem());
    const bool encoded =
        memory != nullptr && PEM_write_bio_PKCS8PrivateKey(memory, pkey(made.key_.get()), nullptr,
                                                           nullptr, 0, nullptr, nullptr) == 1;
    const int size = encoded ? BIO_read(memory, pem.data(), static_cast<int>(pem.size())) : 0;
    BIO_free(memory);
    const std::string why = size > 0
                                ? write_new_file(path, pem.data(), static_cast<std::size_t>(size))
                                : "the key could not be encoded";
    OPENSSL_cleanse(pem.data(), pem.size());
    if (!why.empty()) {
        return key_error(path, why);
    }
    return made;
}

engine::Result<Ed25519Pair> Ed25519Pair::load(const std::string& path) {
    SecretBytes secret;
    std::string why = read_secret(path, secret);
    EVP_PKEY* key = nullptr;
    if (why.empty()) {
        BIO* const memory = BIO_new_mem_buf(secret.bytes.data(), static_cast<int>(secret.size));
        key = PEM_read_bio_PrivateKey(memory, nullptr, &no_pass_phrase, nullptr);
        BIO_free(memory);
    }
    if (why.empty() && (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519)) {
        why = "holds no private Ed25519 key in PEM (or one under a pass phrase)";
    }
    if (!why.empty()) {
        EVP_PKEY_free(key);
        return key_error(path, why);
    }
    return Ed25519Pair(key);
}

engine::Result<risk::Ed25519Signature> Ed25519Pair::sign(std::string_view text) const {
    risk::Ed25519Signature signature{};
    std::size_t size = signature.size();
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    const bool made =
        context != nullptr &&
        EVP_DigestSignInit(context, nullptr, nullptr, nullptr, pkey(key_.get())) == 1 &&
        EVP_DigestSign(context, signature.data(), &size,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (!made || size != signature.size()) {
        return engine::Error{"the text could not be signed"};
    }
    return signature;
}

}  // namespace portcullis::gateways
