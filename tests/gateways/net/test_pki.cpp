// Certificates on the spot: see test_pki.hpp.
#include "tests/gateways/net/test_pki.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>

#include "gateways/net/tls.hpp"

namespace portcullis::gateways::test {
namespace {

void require(bool held, const char* what) {
    if (!held) {
        throw std::runtime_error(what);
    }
}

void add_extension(X509* to, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    require(extension != nullptr && X509_add_ext(to, extension, -1) == 1, "extension");
    X509_EXTENSION_free(extension);
}

}  // namespace

std::string Identity::pin() const {
    return spki_pin(certificate.get());
}

Identity make_identity(const Wanted& wanted, const Identity* issuer) {
    static std::atomic<long> serial{1};
    Identity made;
    made.key.reset(EVP_EC_gen("P-256"), KeyFree{});
    made.certificate.reset(X509_new(), CertificateFree{});
    require(made.key != nullptr && made.certificate != nullptr, "key");
    X509* const certificate = made.certificate.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wanted.valid_from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.valid_to_s);
    X509_NAME* const name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()),
                               -1, -1, 0);
    X509* const signer = issuer != nullptr ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509_set_pubkey(certificate, made.key.get());
    add_extension(certificate, signer, NID_basic_constraints,
                  wanted.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(certificate, signer, NID_key_usage,
                  wanted.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    std::string names = wanted.dns.empty() ? "" : "DNS:" + wanted.dns;
    names += wanted.ip.empty() ? "" : (names.empty() ? "IP:" : ",IP:") + wanted.ip;
    if (!names.empty()) {
        add_extension(certificate, signer, NID_subject_alt_name, names);
    }
    EVP_PKEY* const signing = issuer != nullptr ? issuer->key.get() : made.key.get();
    require(X509_sign(certificate, signing, EVP_sha256()) > 0, "sign");
    if (issuer != nullptr) {
        made.issuer = issuer->certificate;
    }
    return made;
}

TempFile::TempFile(const std::string& content) {
    path_ = "/tmp/portcullis-test-XXXXXX";
    const int file = ::mkstemp(path_.data());
    require(file >= 0, "mkstemp");
    require(::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()),
            "write");
    ::close(file);
}

TempFile::~TempFile() {
    ::unlink(path_.c_str());
}

std::string pem_of(const Identity& identity) {
    BIO* const memory = BIO_new(BIO_s_mem());
    require(PEM_write_bio_X509(memory, identity.certificate.get()) == 1, "pem");
    char* text = nullptr;
    const long length = BIO_get_mem_data(memory, &text);
    const std::string pem(text, static_cast<std::size_t>(length));
    BIO_free(memory);
    return pem;
}

}  // namespace portcullis::gateways::test
