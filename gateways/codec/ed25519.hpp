// Ed25519 of operators: the equation that risk/operators asks for, and the keys that people hold.
//
// Here and not in risk/, which links no OpenSSL. The bytes of key and signature are judged there
// before this is asked. A private key lives in a file of its owner alone (0600 or 0400) and is made
// once: a file that is there is never written over. Cold code.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/types/result.hpp"
#include "risk/operators/ed25519_bytes.hpp"

namespace portcullis::gateways {

/// risk::Ed25519Equation, by OpenSSL.
[[nodiscard]] bool ed25519_equation(const risk::Ed25519Key& key, std::string_view text,
                                    const risk::Ed25519Signature& signature) noexcept;

class Ed25519Pair {
public:
    /// Makes one and writes its private half to `path`, PEM, mode 0600, durably. The error says
    /// what is in the way; then there is no new file.
    [[nodiscard]] static engine::Result<Ed25519Pair> make(const std::string& path);
    /// Of a PEM file of the owner alone. Errors name the file and never quote it.
    [[nodiscard]] static engine::Result<Ed25519Pair> load(const std::string& path);

    [[nodiscard]] const risk::Ed25519Key& open() const noexcept { return open_; }
    [[nodiscard]] engine::Result<risk::Ed25519Signature> sign(std::string_view text) const;

private:
    struct Free {
        void operator()(void* key) const noexcept;
    };
    explicit Ed25519Pair(void* key) noexcept;

    std::unique_ptr<void, Free> key_;  ///< EVP_PKEY
    risk::Ed25519Key open_{};
};

}  // namespace portcullis::gateways
