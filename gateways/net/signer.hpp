// Signer: the only door to key material. Trading code asks for a signature and never sees a key.
//
// Today the keys come from a PEM or secret file (codec/signer_file.cpp); a later version puts a
// process of its own behind this interface. That is why sign() takes a whole canonical text and
// returns text ready for the wire, and why it may fail: the signer may be away. Thread: order agent
// and control agent each own one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/types/result.hpp"

namespace portcullis::gateways {

enum class KeyKind : std::uint8_t { ed25519, hmac_sha256, rsa_sha256 };

class Signer {
public:
    /// Longest signature text: base64 of RSA-4096.
    static constexpr std::size_t signature_text_max = 700;

    virtual ~Signer() = default;
    [[nodiscard]] virtual KeyKind kind() const noexcept = 0;
    /// The venue's name for the key; goes on the wire.
    [[nodiscard]] virtual std::string_view api_key() const noexcept = 0;
    /// Signs `text`; writes hex (HMAC) or base64 (Ed25519, RSA) to `out` (room for
    /// signature_text_max). Returns its length, 0 when it could not be signed. No allocation for
    /// HMAC.
    [[nodiscard]] virtual std::size_t sign(std::string_view text, char* out) noexcept = 0;
};

/// Reads a key file (0600 or 0400, owner only, else refused): PEM of Ed25519 or RSA, or the bare
/// HMAC secret in one line.
[[nodiscard]] engine::Result<std::unique_ptr<Signer>> make_file_signer(const std::string& path,
                                                                       std::string api_key);

}  // namespace portcullis::gateways
