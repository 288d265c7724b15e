// KeyRing: the API keys that the venue knows, and the check of their signatures.
//
// Three kinds, as at Binance: HMAC-SHA256 (hex, either case), Ed25519 and RSA PKCS#1 v1.5 with
// SHA-256 (base64, exact). The venue holds HMAC secrets and public halves only. Comparison of an
// HMAC is constant-time, so that the venue is no worse a model than the original.
// Writers: set-up and the control socket (revoke, permissions, IP list); reader: every signed
// request. Invariants: 1. a key never leaves the ring, so sessions may point to it; a revoked one
// is not found; 2. a key that may withdraw has an IP list, as at Binance; 3. whoever holds sessions
// hears of a change before the call that made it returns.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/venue/exchange.hpp"
#include "tools/venue/server/ip_range.hpp"

struct evp_pkey_st;

namespace portcullis::tools::venue {

enum class ApiKeyKind : std::uint8_t { hmac, ed25519, rsa };

struct KeyPermissions {
    bool read{true};
    bool trade{true};
    bool withdraw{false};

    static constexpr KeyPermissions none() { return {false, false, false}; }
    /// Adds "read", "trade" or "withdraw"; false: it is none of them.
    [[nodiscard]] bool allow(std::string_view word);
};

struct ApiKey {
    std::string api_key;  ///< 64 letters and digits
    ApiKeyKind kind{ApiKeyKind::hmac};
    AccountId account{};
    KeyPermissions may;
    std::vector<IpRange> ips;  ///< empty: from anywhere
    bool revoked{false};
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
    /// Nothing for a key that is unknown or revoked.
    [[nodiscard]] const ApiKey* find(std::string_view api_key) const;

    // --- in mid-session; the error names what is wrong
    [[nodiscard]] engine::Outcome revoke(std::string_view api_key);
    [[nodiscard]] engine::Outcome set_permissions(std::string_view api_key, KeyPermissions may);
    /// Addresses and CIDR blocks; an empty list lifts the restriction.
    [[nodiscard]] engine::Outcome set_ips(std::string_view api_key,
                                          const std::vector<std::string>& ips);
    void on_change(std::function<void(const ApiKey&)> listener) { listener_ = std::move(listener); }

    [[nodiscard]] const std::map<std::string, ApiKey, std::less<>>& all() const { return keys_; }
    [[nodiscard]] static bool verify_signature(const ApiKey& key, std::string_view text,
                                               std::string_view signature);

private:
    /// Edits the key of that name and tells the listener, if the rules allow the outcome.
    [[nodiscard]] engine::Outcome change(std::string_view api_key,
                                         const std::function<void(ApiKey&)>& edit);

    std::map<std::string, ApiKey, std::less<>> keys_;
    std::function<void(const ApiKey&)> listener_;
};

}  // namespace portcullis::tools::venue
