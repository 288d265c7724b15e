// Trust of one endpoint: see tls.hpp.
#include "gateways/net/tls.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "gateways/codec/text_codes.hpp"

namespace portcullis::gateways {
namespace {

// AES-128-GCM first: the fastest with AES-NI, and strong enough for a session of a day.
constexpr const char* tls13_suites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* tls12_suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const unsigned char alpn_http11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr int security_level = 2;  // 112 bits: RSA 2048, P-224, no SHA-1 signatures

bool configure(SSL_CTX* context) {
    SSL_CTX_set_security_level(context, security_level);
    SSL_CTX_set_options(context,
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // A record of TLS's own (a ticket, a key update) ends SSL_read, although data may lie behind
    // it: with it a peer that sends nothing else would never let go of the reader.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(context, tls13_suites) == 1 &&
           SSL_CTX_set_cipher_list(context, tls12_suites) == 1 &&
           SSL_CTX_set_alpn_protos(context, alpn_http11, sizeof alpn_http11) == 0;
}

bool is_ip(const std::string& host) {
    ASN1_OCTET_STRING* const address = a2i_IPADDRESS(host.c_str());
    ASN1_OCTET_STRING_free(address);
    return address != nullptr;
}

}  // namespace

std::string spki_pin(const X509* certificate) {
    unsigned char* der = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (length <= 0) {
        return {};
    }
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(der, static_cast<std::size_t>(length), digest);
    OPENSSL_free(der);
    unsigned char text[4 * (SHA256_DIGEST_LENGTH + 2) / 3 + 1];
    const int written = EVP_EncodeBlock(text, digest, SHA256_DIGEST_LENGTH);
    return std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(written));
}

std::vector<std::string> pins_of(const STACK_OF(X509) * chain) {
    std::vector<std::string> pins;
    for (int at = 0; chain != nullptr && at < sk_X509_num(chain); ++at) {
        pins.push_back(spki_pin(sk_X509_value(chain, at)));
    }
    return pins;
}

bool is_pin(const std::string& pin) {
    std::uint8_t digest[SHA256_DIGEST_LENGTH];
    return read_base64(pin, digest, sizeof digest) == sizeof digest;
}

std::string take_openssl_error() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) {
        return "no further reason given";
    }
    char text[256];
    ERR_error_string_n(code, text, sizeof text);
    return text;
}

std::unique_ptr<TlsContext> TlsContext::make(const std::string& ca_file,
                                             const std::vector<std::string>& pins,
                                             std::string& error) {
    for (const std::string& pin : pins) {
        if (!is_pin(pin)) {
            error = "pin '" + pin + "' is not base64 of a SHA-256";
            return nullptr;
        }
    }
    std::unique_ptr<TlsContext> made(new TlsContext(pins));
    made->context_ = SSL_CTX_new(TLS_client_method());
    if (made->context_ == nullptr || !configure(made->context_)) {
        error = "TLS context: " + take_openssl_error();
        return nullptr;
    }
    const bool loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(made->context_) == 1
                                        : SSL_CTX_load_verify_locations(
                                              made->context_, ca_file.c_str(), nullptr) == 1;
    if (!loaded) {
        error = "authorities in '" + (ca_file.empty() ? std::string("system store") : ca_file) +
                "': " + take_openssl_error();
        return nullptr;
    }
    SSL_CTX_set_cert_verify_callback(made->context_, &TlsContext::on_verify, made.get());
    return made;
}

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

SSL* TlsContext::new_client(const std::string& host) const {
    SSL* const client = SSL_new(context_);
    if (client == nullptr) {
        return nullptr;
    }
    X509_VERIFY_PARAM* const param = SSL_get0_param(client);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // An empty name would mean "any name" to OpenSSL.
    bool set = !host.empty();
    if (set && is_ip(host)) {
        set = X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
    } else if (set) {
        set = SSL_set1_host(client, host.c_str()) == 1 &&
              SSL_set_tlsext_host_name(client, host.c_str()) == 1;
    }
    if (!set) {
        SSL_free(client);
        return nullptr;
    }
    SSL_set_connect_state(client);
    return client;
}

bool TlsContext::holds(SSL* established) const {
    return SSL_get_verify_result(established) == X509_V_OK &&
           SSL_get_verify_mode(established) == SSL_VERIFY_PEER &&
           pinned(SSL_get0_verified_chain(established));
}

bool TlsContext::lacks_backup_pin(SSL* established) const {
    const std::vector<std::string> served = pins_of(SSL_get0_verified_chain(established));
    return !pins_.empty() && std::all_of(pins_.begin(), pins_.end(), [&](const std::string& pin) {
        return std::find(served.begin(), served.end(), pin) != served.end();
    });
}

bool TlsContext::pinned(const STACK_OF(X509) * chain) const {
    if (chain == nullptr || sk_X509_num(chain) == 0) {
        return false;
    }
    if (pins_.empty()) {
        return true;
    }
    const std::vector<std::string> served = pins_of(chain);
    return std::find_first_of(served.begin(), served.end(), pins_.begin(), pins_.end()) !=
           served.end();
}

int TlsContext::on_verify(X509_STORE_CTX* store, void* self) {
    if (X509_verify_cert(store) != 1) {
        return 0;
    }
    if (!static_cast<const TlsContext*>(self)->pinned(X509_STORE_CTX_get0_chain(store))) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    return 1;
}

}  // namespace portcullis::gateways
