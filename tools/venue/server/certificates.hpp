// certificates: a throw-away certificate authority, a server certificate for localhost, their pins,
// and trading keys for a run.
//
// The engine verifies and pins whatever it talks to, with no switch to turn that off, so the venue
// needs real certificates; made at start, they cannot be confused with anything that matters.
// Existing files are kept: a venue that restarts has the same pins. Private keys are written 0600.
#pragma once

#include <string>

#include "engine/types/result.hpp"

namespace portcullis::tools::venue {

struct CertificateFiles {
    std::string ca;           ///< ca.pem: what clients trust
    std::string certificate;  ///< server.pem: leaf, then CA
    std::string key;          ///< server.key
    std::string pins;         ///< pins.txt: "leaf sha256/<base64>", "ca sha256/<base64>"
};

/// Makes what is missing in `dir` (made too).
[[nodiscard]] engine::Result<CertificateFiles> make_certificates(const std::string& dir);

/// base64 of SHA-256 over the SubjectPublicKeyInfo of the first certificate in a PEM file.
[[nodiscard]] engine::Result<std::string> spki_pin(const std::string& certificate_file);

/// The private key in `key_file` (PEM, no passphrase) is that of the first certificate in
/// `certificate_file`.
[[nodiscard]] engine::Outcome check_certificate_key(const std::string& certificate_file,
                                                    const std::string& key_file);

/// A new Ed25519 private key in `path` (0600) unless it exists; the public half as PEM.
[[nodiscard]] engine::Result<std::string> make_ed25519(const std::string& path);

/// `length` letters and digits from the operating system's random source.
[[nodiscard]] std::string random_text(std::size_t length);

/// Writes `text` to `path` with `mode`, replacing it whole.
[[nodiscard]] engine::Outcome write_file(const std::string& path, const std::string& text,
                                         unsigned mode);
[[nodiscard]] engine::Result<std::string> read_file(const std::string& path);

}  // namespace portcullis::tools::venue
