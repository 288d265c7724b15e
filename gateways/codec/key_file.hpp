// A key file of its owner alone, read once into bytes that are wiped.
//
// It is checked through its descriptor (not its name, which may be swapped in between). What is
// wrong with it is told without a word of what stands in it. Cold code. Readers: make_file_signer,
// the operators' keys (ed25519).
#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace portcullis::gateways {

/// Bytes of a key file; wiped when they go.
struct SecretBytes {
    static constexpr std::size_t bytes_max = 16 * 1024;
    std::array<char, bytes_max> bytes;
    std::size_t size{};

    SecretBytes() = default;
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
    [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), size}; }
};

/// Empty, or why not: no regular file, another user's, of another mode than 0600 or 0400, of a size
/// that no key has.
[[nodiscard]] std::string read_secret(const std::string& path, SecretBytes& to);

/// For PEM_read_bio_PrivateKey: a key under a pass phrase would make OpenSSL ask on the terminal.
[[nodiscard]] int no_pass_phrase(char* out, int size, int writes, void* who);

}  // namespace portcullis::gateways
