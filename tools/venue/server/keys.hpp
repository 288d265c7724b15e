// KeyRing: the API keys that the venue knows, and the check of their signatures.
//
// Three kinds, as at Binance: HMAC-SHA256 (hex, either case), Ed25519 and RSA PKCS#1 v1.5 with
// SHA-256 (base64, exact). The venue holds HMAC secrets and public halves only. Comparison of an
// HMAC is constant-time, so that the venue is no worse a model than the original.
// Writer: set-up; reader: every signed request.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/types/result.hpp"
#include "tools/venue/exchange.hpp"

struct evp_pkey_st;

namespace portcullis::tools::venue {

enum class ApiKeyKind : std::uint8_t { hmac, ed25519, rsa };

struct ApiKey {
    std::string api_key;  ///< 64 letters and digits
    ApiKeyKind kind{ApiKeyKind::hmac};
    AccountId account{};
    bool can_read{true};
    bool can_trade{true};
    bool can_withdraw{false};
    bool ip_restricted{false};
    std::int64_t created_ms{};
    std::string secret;                       ///< hmac
    std::shared_ptr<evp_pkey_st> public_key;  ///< ed25519, rsa
};

/// 64 letters and digits, else -2014.
[[nodiscard]] bool api_key_well_formed(std::string_view text);

class KeyRing {
public:
    /// For hmac `material` is the secret, else the public key as PEM or bare base64 of its SPKI.
    [[nodiscard]] engine::Outcome add(ApiKey key, const std::string& material);
    [[nodiscard]] const ApiKey* find(std::string_view api_key) const;
    [[nodiscard]] static bool verify_signature(const ApiKey& key, std::string_view text,
                                               std::string_view signature);

private:
    std::map<std::string, ApiKey, std::less<>> keys_;
};

}  // namespace portcullis::tools::venue
