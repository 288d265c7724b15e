#include "tools/venue/server/keys.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace portcullis::tools::venue {
namespace {

using Bytes = std::vector<unsigned char>;

/// Exact: what encodes back to another text (stray bits before the padding) is no base64 here, so
/// that no second text passes for a signature.
std::optional<Bytes> from_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) {
        return std::nullopt;
    }
    Bytes out(text.size() / 4 * 3);
    const int length =
        EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                        static_cast<int>(text.size()));
    if (length < 0) {
        return std::nullopt;
    }
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    out.resize(static_cast<std::size_t>(length) - padding);
    std::string again(text.size() + 1, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(again.data()), out.data(),
                    static_cast<int>(out.size()));
    again.pop_back();
    return again == text ? std::optional(out) : std::nullopt;
}

std::shared_ptr<EVP_PKEY> parse_public_key(const std::string& text) {
    EVP_PKEY* key = nullptr;
    if (text.find("-----BEGIN") != std::string::npos) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
            BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
        key = PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
    } else if (const auto der = from_base64(text)) {
        const unsigned char* at = der->data();
        key = d2i_PUBKEY(nullptr, &at, static_cast<long>(der->size()));
    }
    return key == nullptr ? nullptr : std::shared_ptr<EVP_PKEY>(key, &EVP_PKEY_free);
}

bool verify_hmac(const ApiKey& key, std::string_view text, std::string_view signature) {
    std::array<unsigned char, 32> digest{};
    unsigned int length = 0;
    HMAC(EVP_sha256(), key.secret.data(), static_cast<int>(key.secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
    static constexpr char hex[] = "0123456789abcdef";
    std::string expected;
    for (const unsigned char byte : digest) {
        expected += hex[byte >> 4U];
        expected += hex[byte & 15U];
    }
    std::string given(signature);
    std::transform(given.begin(), given.end(), given.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c);
    });
    return given.size() == expected.size() &&
           CRYPTO_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

bool verify_public(const ApiKey& key, std::string_view text, std::string_view signature) {
    const auto raw = from_base64(signature);
    if (!raw) {
        return false;
    }
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    const EVP_MD* digest = key.kind == ApiKeyKind::rsa ? EVP_sha256() : nullptr;
    return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.public_key.get()) ==
               1 &&
           EVP_DigestVerify(context.get(), raw->data(), raw->size(),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

}  // namespace

bool api_key_well_formed(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
}

namespace {

engine::Outcome check_withdraw_rule(const ApiKey& key) {
    if (key.may.withdraw && key.ips.empty()) {
        return engine::Error{"api_key " + key.api_key +
                             ": a key that may withdraw needs an IP list, as at Binance"};
    }
    return engine::Done{};
}

}  // namespace

bool KeyPermissions::allow(std::string_view word) {
    bool* const one = word == "read"       ? &read
                      : word == "trade"    ? &trade
                      : word == "withdraw" ? &withdraw
                                           : nullptr;
    if (one != nullptr) {
        *one = true;
    }
    return one != nullptr;
}

engine::Outcome KeyRing::add(ApiKey key, const std::string& material) {
    if (!api_key_well_formed(key.api_key)) {
        return engine::Error{"api_key '" + key.api_key + "': expected 64 letters and digits"};
    }
    if (key.kind == ApiKeyKind::hmac) {
        if (material.empty()) {
            return engine::Error{"api_key " + key.api_key + ": empty HMAC secret"};
        }
        key.secret = material;
    } else {
        key.public_key = parse_public_key(material);
        const int wanted = key.kind == ApiKeyKind::ed25519 ? EVP_PKEY_ED25519 : EVP_PKEY_RSA;
        if (!key.public_key || EVP_PKEY_get_base_id(key.public_key.get()) != wanted) {
            return engine::Error{"api_key " + key.api_key + ": not a public key of its kind"};
        }
    }
    if (auto allowed = check_withdraw_rule(key); !allowed) {
        return allowed;
    }
    const std::string name = key.api_key;
    if (!keys_.emplace(name, std::move(key)).second) {
        return engine::Error{"api_key " + name + " given twice"};
    }
    return engine::Done{};
}

const ApiKey* KeyRing::find(std::string_view api_key) const {
    const auto at = keys_.find(api_key);
    return at == keys_.end() || at->second.revoked ? nullptr : &at->second;
}

engine::Outcome KeyRing::change(std::string_view api_key,
                                const std::function<void(ApiKey&)>& edit) {
    const auto at = keys_.find(api_key);
    if (at == keys_.end() || at->second.revoked) {
        return engine::Error{"api_key " + std::string(api_key) + ": unknown or revoked"};
    }
    ApiKey edited = at->second;
    edit(edited);
    if (auto allowed = check_withdraw_rule(edited); !allowed) {
        return allowed;
    }
    at->second = std::move(edited);
    if (listener_) {
        listener_(at->second);
    }
    return engine::Done{};
}

engine::Outcome KeyRing::revoke(std::string_view api_key) {
    return change(api_key, [](ApiKey& key) { key.revoked = true; });
}

engine::Outcome KeyRing::set_permissions(std::string_view api_key, KeyPermissions may) {
    return change(api_key, [&](ApiKey& key) { key.may = may; });
}

engine::Outcome KeyRing::set_ips(std::string_view api_key, const std::vector<std::string>& ips) {
    std::vector<IpRange> list;
    for (const std::string& text : ips) {
        const auto range = parse_ip_range(text);
        if (!range) {
            return engine::Error{"'" + text + "': expected an address or a CIDR block, as " +
                                 "127.0.0.1 or 10.0.0.0/8"};
        }
        list.push_back(*range);
    }
    return change(api_key, [&](ApiKey& key) { key.ips = list; });
}

bool KeyRing::verify_signature(const ApiKey& key, std::string_view text,
                               std::string_view signature) {
    return key.kind == ApiKeyKind::hmac ? verify_hmac(key, text, signature)
                                        : verify_public(key, text, signature);
}

}  // namespace portcullis::tools::venue
