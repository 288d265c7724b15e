// TestPki: an authority and certificates made on the spot, so that no key lies in the repository
// and every way of being wrong (other authority, other name, expired) can be asked for.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace portcullis::gateways::test {

struct KeyFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertificateFree {
    void operator()(X509* certificate) const { X509_free(certificate); }
};

struct Identity {
    std::shared_ptr<EVP_PKEY> key;
    std::shared_ptr<X509> certificate;
    std::shared_ptr<X509> issuer;  ///< sent along in the chain; null for a root

    [[nodiscard]] std::string pin() const;
};

struct Wanted {
    std::string common_name{"test"};
    std::string dns{};  ///< empty: no name at all
    std::string ip{};
    int valid_from_s{-3600};
    int valid_to_s{3600};
    bool authority{false};
};

/// Signed by `issuer`; by itself where null.
[[nodiscard]] Identity make_identity(const Wanted& wanted, const Identity* issuer);

/// A file that goes with its owner.
class TempFile {
public:
    explicit TempFile(const std::string& content);
    ~TempFile();
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

[[nodiscard]] std::string pem_of(const Identity& identity);

}  // namespace portcullis::gateways::test
