#include "tools/venue/server/certificates.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

namespace portcullis::tools::venue {
namespace {

template <auto function>
struct Free {
    template <class T>
    void operator()(T* object) const {
        function(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

constexpr long valid_seconds = 825L * 24 * 3600;

/// Instead of OpenSSL's own, which asks at the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

std::string bio_text(BIO* bio) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(length)};
}

std::string pem(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return bio_text(bio.get());
}

std::string pem(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return bio_text(bio.get());
}

void extend(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/// A certificate for `key` named `name`, signed by `issuer_key`; self-signed without an issuer.
Certificate issue(EVP_PKEY* key, const char* name, X509* issuer, EVP_PKEY* issuer_key) {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1U);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_seconds);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509* parent = issuer == nullptr ? certificate.get() : issuer;
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(parent));
    if (issuer == nullptr) {
        extend(certificate.get(), parent, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
        extend(certificate.get(), parent, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        extend(certificate.get(), parent, NID_basic_constraints, "critical,CA:FALSE");
        extend(certificate.get(), parent, NID_key_usage, "critical,digitalSignature");
        extend(certificate.get(), parent, NID_ext_key_usage, "serverAuth");
        extend(certificate.get(), parent, NID_subject_alt_name,
               "DNS:localhost,IP:127.0.0.1,IP:::1");
    }
    extend(certificate.get(), parent, NID_subject_key_identifier, "hash");
    extend(certificate.get(), parent, NID_authority_key_identifier, "keyid:always");
    X509_sign(certificate.get(), issuer_key, EVP_sha256());
    return certificate;
}

engine::Result<Certificate> read_certificate(const std::string& path) {
    const auto text = read_file(path);
    if (!text) {
        return engine::Error{text.error()};
    }
    const Bio bio(BIO_new_mem_buf(text.value().data(), static_cast<int>(text.value().size())));
    Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    if (!certificate) {
        return engine::Error{path + ": no PEM certificate in it"};
    }
    return certificate;
}

}  // namespace

engine::Outcome write_file(const std::string& path, const std::string& text, unsigned mode) {
    const std::string temporary = path + ".new";
    ::unlink(temporary.c_str());
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0) {
        return engine::Error{path + ": " + std::strerror(errno)};
    }
    const ssize_t written = ::write(file, text.data(), text.size());
    const bool whole = written == static_cast<ssize_t>(text.size()) && ::close(file) == 0;
    if (!whole || ::rename(temporary.c_str(), path.c_str()) != 0) {
        return engine::Error{path + ": " + std::strerror(errno)};
    }
    return engine::Done{};
}

engine::Result<std::string> read_file(const std::string& path) {
    const std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file || std::filesystem::is_directory(path)) {
        return engine::Error{path + ": cannot be read"};
    }
    return text.str();
}

std::string random_text(std::size_t length) {
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string out;
    while (out.size() < length) {
        unsigned char byte = 0;
        RAND_bytes(&byte, 1);
        // 248 = 4 * 62: what lies above would favour the first letters.
        if (byte < 248) {
            out += alphabet[byte % alphabet.size()];
        }
    }
    return out;
}

engine::Result<std::string> spki_pin(const std::string& certificate_file) {
    const auto read = read_certificate(certificate_file);
    if (!read) {
        return engine::Error{read.error()};
    }
    const Certificate& certificate = read.value();
    unsigned char* der = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(der, static_cast<std::size_t>(length), digest.data());
    OPENSSL_free(der);
    std::array<unsigned char, 64> out{};
    EVP_EncodeBlock(out.data(), digest.data(), static_cast<int>(digest.size()));
    return std::string(reinterpret_cast<const char*>(out.data()));
}

engine::Outcome check_certificate_key(const std::string& certificate_file,
                                      const std::string& key_file) {
    const auto certificate = read_certificate(certificate_file);
    if (!certificate) {
        return engine::Error{certificate.error()};
    }
    const auto text = read_file(key_file);
    if (!text) {
        return engine::Error{text.error()};
    }
    const Bio bio(BIO_new_mem_buf(text.value().data(), static_cast<int>(text.value().size())));
    const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    if (!key) {
        return engine::Error{key_file + ": expected a private key in PEM, without a passphrase"};
    }
    if (X509_check_private_key(certificate.value().get(), key.get()) != 1) {
        return engine::Error{key_file + ": expected the private key of the certificate in " +
                             certificate_file + ", found another"};
    }
    return engine::Done{};
}

engine::Result<CertificateFiles> make_certificates(const std::string& dir) {
    namespace fs = std::filesystem;
    std::error_code failed;
    fs::create_directories(dir, failed);
    const fs::path at = fs::path(dir).lexically_normal();
    const CertificateFiles files{(at / "ca.pem").string(), (at / "server.pem").string(),
                                 (at / "server.key").string(), (at / "pins.txt").string()};
    const bool there =
        fs::exists(files.ca) && fs::exists(files.certificate) && fs::exists(files.key);
    if (!there) {
        const Key ca_key(EVP_EC_gen("P-256"));
        const Key key(EVP_EC_gen("P-256"));
        const Certificate ca =
            issue(ca_key.get(), "portcullis-venue test CA", nullptr, ca_key.get());
        const Certificate leaf = issue(key.get(), "localhost", ca.get(), ca_key.get());
        // The CA's private key is never written: this CA signs once.
        for (const auto& outcome :
             {write_file(files.key, pem(key.get()), 0600),
              write_file(files.certificate, pem(leaf.get()) + pem(ca.get()), 0644),
              write_file(files.ca, pem(ca.get()), 0644)}) {
            if (!outcome) {
                return engine::Error{outcome.error()};
            }
        }
    }
    const auto leaf_pin = spki_pin(files.certificate);
    const auto ca_pin = spki_pin(files.ca);
    if (!leaf_pin || !ca_pin) {
        return engine::Error{!leaf_pin ? leaf_pin.error() : ca_pin.error()};
    }
    const auto written = write_file(
        files.pins, "leaf sha256/" + leaf_pin.value() + "\nca sha256/" + ca_pin.value() + "\n",
        0644);
    if (!written) {
        return engine::Error{written.error()};
    }
    return files;
}

engine::Result<std::string> make_ed25519(const std::string& path) {
    Key key;
    if (std::filesystem::exists(path)) {
        const auto text = read_file(path);
        if (!text) {
            return engine::Error{text.error()};
        }
        const Bio bio(BIO_new_mem_buf(text.value().data(), static_cast<int>(text.value().size())));
        key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
        if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
            return engine::Error{path + ": expected an Ed25519 private key in PEM"};
        }
    } else {
        key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
        if (const auto written = write_file(path, pem(key.get()), 0600); !written) {
            return engine::Error{written.error()};
        }
    }
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(bio.get(), key.get());
    return bio_text(bio.get());
}

}  // namespace portcullis::tools::venue
