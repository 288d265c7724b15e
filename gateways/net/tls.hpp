// TlsContext: whom we believe on one endpoint. Plain OpenSSL, shared by every transport and by the
// HTTP client, so that there is one place where trust is decided.
//
// Verification has no switch: chain, host name and (where pins are given) RFC 7469 pins are checked
// inside OpenSSL's own verification step, i.e. before our Finished message and long before a byte
// of application data. A later check "after the handshake" would be the obvious way, and one
// forgotten call from being no check at all.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

namespace portcullis::gateways {

/// RFC 7469: base64 of SHA-256 over the DER of the certificate's SubjectPublicKeyInfo.
[[nodiscard]] std::string spki_pin(const X509* certificate);

/// Of each certificate of a chain, which may be null.
[[nodiscard]] std::vector<std::string> pins_of(const STACK_OF(X509) * chain);

/// True where `pin` is base64 of 32 bytes.
[[nodiscard]] bool is_pin(const std::string& pin);

// TLS 1.2 and 1.3 only, AES-128-GCM first, no renegotiation, no compression, no resumption (each
// connection verifies anew), no early data. Shared with the C++17 target: nothing newer in here.
// Thread: made and used by the owner of the connection; no state after make().
class TlsContext {
public:
    /// Reads the authorities of `ca_file` (the system's where empty) and takes the pins. Nothing
    /// and a sentence in `error` where a file cannot be read or a pin is none.
    static std::unique_ptr<TlsContext> make(const std::string& ca_file,
                                            const std::vector<std::string>& pins,
                                            std::string& error);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// A client that will accept only a peer whose certificate carries `host` (a name or an IP).
    /// Owned by the caller; null where OpenSSL refuses the name.
    [[nodiscard]] SSL* new_client(const std::string& host) const;

    /// The same truth a second time, after the handshake: verified, and one of our pins in the
    /// verified chain.
    [[nodiscard]] bool holds(SSL* established) const;

    /// Pins are given and all of them are in the verified chain: none is a backup in the sense of
    /// RFC 7469 (4.3), one that is still good when the keys of that chain are lost.
    [[nodiscard]] bool lacks_backup_pin(SSL* established) const;

private:
    explicit TlsContext(std::vector<std::string> pins) : pins_(std::move(pins)) {}
    static int on_verify(X509_STORE_CTX* store, void* self);
    [[nodiscard]] bool pinned(const STACK_OF(X509) * chain) const;

    SSL_CTX* context_{nullptr};
    std::vector<std::string> pins_;
};

/// The newest entry of OpenSSL's error queue as text, and empties the queue.
[[nodiscard]] std::string take_openssl_error();

}  // namespace portcullis::gateways
