// Signers made from files: the venue's own vectors, others' vectors, and files that are refused.
#include "gateways/net/signer.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "gateways/codec/hmac_sha256.hpp"
#include "gateways/codec/text_codes.hpp"
#include "tests/gateways/codec/public_key.hpp"
#include "tests/gateways/codec/vectors.hpp"

namespace portcullis::gateways::test {
namespace {

class KeyFile {
public:
    explicit KeyFile(const std::string& content, mode_t mode = 0600) {
        path_ = "/tmp/portcullis-key-XXXXXX";
        const int file = ::mkstemp(path_.data());
        EXPECT_EQ(::write(file, content.data(), content.size()),
                  static_cast<ssize_t>(content.size()));
        ::fchmod(file, mode);
        ::close(file);
    }
    ~KeyFile() { ::unlink(path_.c_str()); }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

std::unique_ptr<Signer> signer_of(const std::string& content) {
    const KeyFile file(content);
    auto made = make_file_signer(file.path(), "api");
    EXPECT_TRUE(made.ok()) << made.error();
    return std::move(made).value();
}

std::string sign(Signer& signer, std::string_view text) {
    char out[Signer::signature_text_max];
    return std::string(out, signer.sign(text, out));
}

std::string pem_of(EVP_PKEY* key, bool secret) {
    BIO* const memory = BIO_new(BIO_s_mem());
    if (secret) {
        PEM_write_bio_PKCS8PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
    } else {
        PEM_write_bio_PUBKEY(memory, key);
    }
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    const std::string pem(text, static_cast<std::size_t>(size));
    BIO_free(memory);
    return pem;
}

const std::string documented_secret =
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
const std::string documented_key =
    "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
// Published in the venue's FIX documentation for this purpose; signs for nobody.
const std::string documented_ed25519 =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u\n"
    "-----END PRIVATE KEY-----\n";

std::string hmac_hex(std::string_view secret, std::string_view text) {
    const HmacSha256 key(reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size());
    const HmacSha256::Tag tag = key.tag(text);
    std::string hex(2 * tag.size(), '\0');
    write_hex(tag.data(), tag.size(), hex.data());
    return hex;
}

struct Row {
    std::string text;
    std::string signature;
};

TEST(FileSigner, signs_the_venues_hmac_examples) {
    const auto signer = signer_of(documented_secret + "\n");
    EXPECT_EQ(signer->kind(), KeyKind::hmac_sha256);
    EXPECT_EQ(signer->api_key(), "api");
    const Row rows[] = {
        {"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
         "&timestamp=1499827319559",
         "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"},
        {"symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT"
         "&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
         "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"},
        {"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000"
         "&timestamp=1499827319559",
         "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(sign(*signer, row.text), row.signature) << row.text;
    }
}

TEST(FileSigner, signs_the_ed25519_examples) {
    const auto signer = signer_of(documented_ed25519);
    EXPECT_EQ(signer->kind(), KeyKind::ed25519);
    const Row rows[] = {
        {"A\x01"
         "EXAMPLE\x01"
         "SPOT\x01"
         "1\x01"
         "20240627-11:17:25.223",
         "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA="
         "="},
        {"apiKey=4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO"
         "&timestamp=1649729878532",
         "cGkloHLHGGNbrduoWDYBlzIPwRHyDVYVfCE0rDkPwKdKedurBgm2JNWRkwloQDBFG6Mcloavo1siYfEtZbV/"
         "Ag=="},
        {"apiKey=4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO&price=52000.00"
         "&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC"
         "&timestamp=1645423376532&type=LIMIT",
         "82wlF5RobwT7JZehRQgOaupNEm5GrAqJj5tqZeCCE6ZxkhlUbWBThOx00q3FVnCKn882P+9p85phztjk4bOMAQ="
         "="},
    };
    const auto key = PublicKey::from_pem(
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAGUIKv9dSpWXBViXp2m6vAIb8QMFJYBgyFEQsFJlqgA0=\n"
        "-----END PUBLIC KEY-----\n");
    ASSERT_TRUE(key.ok());
    for (const Row& row : rows) {
        EXPECT_EQ(sign(*signer, row.text), row.signature) << row.text;
        EXPECT_TRUE(key.value().verifies_base64(row.text, row.signature));
        EXPECT_FALSE(key.value().verifies_base64(row.text + " ", row.signature));
    }
}

TEST(FileSigner, signs_the_documented_requests_of_the_shared_vectors) {
    PORTCULLIS_NEEDS_VECTORS("signing/official_doc_examples.json");
    simdjson::dom::parser parser;
    std::size_t seen = 0;
    for (simdjson::dom::element row :
         parser.load(vector_path("signing/official_doc_examples.json")).get_array()) {
        if (row["venue"].get_string().value() != "binance") {
            continue;
        }
        const auto signer = signer_of(std::string(row["secret"].get_string().value()));
        EXPECT_EQ(sign(*signer, row["payload"].get_string().value()),
                  row["signature"].get_string().value());
        ++seen;
    }
    EXPECT_EQ(seen, 2U);
}

// The secrets of that file are of no venue: too short for a key file, so the hash signs by itself.
TEST(HmacSha256, signs_rest_requests_as_a_well_known_client_does) {
    PORTCULLIS_NEEDS_VECTORS("signing/ccxt_signed_requests.json");
    simdjson::dom::parser parser;
    std::size_t seen = 0;
    for (simdjson::dom::element row :
         parser.load(vector_path("signing/ccxt_signed_requests.json")).get_array()) {
        if (row["venue"].get_string().value() != "binance") {
            continue;
        }
        const std::string_view secret = row["secret"].get_string().value();
        std::string_view request;
        if (row["expect"]["body"].get(request) != simdjson::SUCCESS) {
            request = row["expect"]["url"].get_string().value();
            request.remove_prefix(request.find('?') + 1);
        }
        constexpr std::string_view separator = "&signature=";
        const std::size_t end = request.find(separator);
        ASSERT_NE(end, std::string_view::npos) << request;
        EXPECT_EQ(hmac_hex(secret, request.substr(0, end)), request.substr(end + separator.size()));
        ++seen;
    }
    EXPECT_GE(seen, 10U);
}

TEST(PublicKey, agrees_with_every_wycheproof_ed25519_vector) {
    PORTCULLIS_NEEDS_VECTORS("wycheproof/ed25519_test.json");
    simdjson::dom::parser parser;
    simdjson::dom::element root = parser.load(vector_path("wycheproof/ed25519_test.json")).value();
    std::size_t seen = 0;
    for (simdjson::dom::element group : root["testGroups"].get_array()) {
        const std::string bytes = bytes_of_hex(group["publicKey"]["pk"].get_string().value());
        const auto raw = PublicKey::from_ed25519(bytes);
        const auto pem = PublicKey::from_pem(group["publicKeyPem"].get_string().value());
        ASSERT_TRUE(raw.ok() && pem.ok());
        for (simdjson::dom::element vector : group["tests"].get_array()) {
            SCOPED_TRACE(vector["tcId"].get_uint64().value());
            const std::string message = bytes_of_hex(vector["msg"].get_string().value());
            const std::string signature = bytes_of_hex(vector["sig"].get_string().value());
            const bool valid = vector["result"].get_string().value() == "valid";
            EXPECT_EQ(raw.value().verifies(message, signature), valid);
            EXPECT_EQ(pem.value().verifies(message, signature), valid);
            ++seen;
        }
    }
    EXPECT_GT(seen, 90U);
}

TEST(FileSigner, rsa_signatures_verify_and_are_the_same_each_time) {
    EVP_PKEY* const key = EVP_RSA_gen(2048);
    const auto signer = signer_of(pem_of(key, true));
    const auto open = PublicKey::from_pem(pem_of(key, false));
    EVP_PKEY_free(key);
    ASSERT_TRUE(open.ok());
    EXPECT_EQ(signer->kind(), KeyKind::rsa_sha256);
    EXPECT_EQ(open.value().kind(), KeyKind::rsa_sha256);
    const std::string signature = sign(*signer, "symbol=BTCUSDT");
    EXPECT_EQ(signature.size(), 344U);
    EXPECT_EQ(sign(*signer, "symbol=BTCUSDT"), signature);  // PKCS #1 v1.5 has no randomness
    EXPECT_TRUE(open.value().verifies_base64("symbol=BTCUSDT", signature));
    EXPECT_FALSE(open.value().verifies_base64("symbol=BTCUSDU", signature));
}

TEST(FileSigner, a_signer_that_signs_often_gives_the_same_answer) {
    const auto signer = signer_of(documented_ed25519);
    const std::string first = sign(*signer, "a");
    EXPECT_NE(sign(*signer, "b"), first);
    EXPECT_EQ(sign(*signer, "a"), first);
}

TEST(FileSigner, refuses_files_that_others_could_read_or_write) {
    for (const mode_t mode : {0640, 0604, 0660, 0644, 0700, 0200, 0620, 0601}) {
        const KeyFile file(documented_secret, mode);
        const auto made = make_file_signer(file.path(), "api");
        ASSERT_FALSE(made.ok()) << std::oct << mode;
        EXPECT_NE(made.error().find(file.path()), std::string::npos);
        EXPECT_EQ(made.error().find(documented_secret), std::string::npos);
    }
    const KeyFile read_only(documented_secret, 0400);
    EXPECT_TRUE(make_file_signer(read_only.path(), "api").ok());
}

TEST(FileSigner, refuses_what_is_no_key_and_names_the_file_but_never_its_content) {
    EVP_PKEY* const small = EVP_RSA_gen(1024);
    EVP_PKEY* const curve = EVP_EC_gen("P-256");
    const std::string content[] = {
        "",
        "\n",
        "short",
        std::string(63, 's'),
        std::string(65, 's'),
        documented_secret + " ",
        documented_secret.substr(0, 63) + "+",
        documented_secret + "\n" + documented_secret,
        // The line between the first and the last of a PEM file, which is 64 characters too.
        "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u\n",
        "\xef\xbb\xbf" + documented_ed25519,
        " " + documented_ed25519,
        "a secret\nin two lines of text",
        std::string("zero\0zero zero zero", 19),
        "-----BEGIN PRIVATE KEY-----\nnot base64\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGUIKv9dSpWXBViXp2m6vAIb8QMFJYBgyFEQsFJlqgA0="
        "\n-----END PUBLIC KEY-----\n",
        pem_of(small, true),
        pem_of(curve, true),
        std::string(20000, 'x'),
    };
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
    for (const std::string& bytes : content) {
        const KeyFile file(bytes);
        const auto made = make_file_signer(file.path(), "api");
        ASSERT_FALSE(made.ok()) << bytes;
        EXPECT_NE(made.error().find(file.path()), std::string::npos);
        EXPECT_TRUE(bytes.size() < 10 || made.error().find(bytes) == std::string::npos);
    }
    EXPECT_FALSE(make_file_signer("/nonexistent/key", "api").ok());
    EXPECT_FALSE(make_file_signer("/tmp", "api").ok());
    EXPECT_FALSE(make_file_signer("/dev/null", "api").ok());
}

TEST(FileSigner, says_of_what_is_neither_pem_nor_secret_what_was_found_and_what_was_expected) {
    const KeyFile file(std::string(40, 'a') + "+/=\n");
    EXPECT_EQ(make_file_signer(file.path(), "api").error(),
              "key file '" + file.path() +
                  "': does not begin with -----BEGIN, so it is no PEM key, and is no HMAC secret: "
                  "43 characters, 3 of them neither letter nor digit; expected 64 letters and "
                  "digits in one line");
    // Of letters and digits alone, as one in four of them is.
    const KeyFile bare("MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvyyqa8WEf0lQOl1s4CLIAB9m89u\n");
    EXPECT_EQ(make_file_signer(bare.path(), "api").error(),
              "key file '" + bare.path() +
                  "': is the inside of an Ed25519 key, expected the whole PEM file with its line "
                  "-----BEGIN PRIVATE KEY----- and the last one");
    EXPECT_EQ(signer_of(std::string(64, 'z'))->kind(), KeyKind::hmac_sha256);
    EXPECT_EQ(signer_of(documented_secret + "\r\n")->kind(), KeyKind::hmac_sha256);
}

TEST(FileSigner, refuses_a_key_under_a_pass_phrase_without_asking) {
    EVP_PKEY* const key = EVP_RSA_gen(2048);
    BIO* const memory = BIO_new(BIO_s_mem());
    char phrase[] = "phrase";
    PEM_write_bio_PKCS8PrivateKey(memory, key, EVP_aes_128_cbc(), phrase, 6, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    const KeyFile file(std::string(text, static_cast<std::size_t>(size)));
    BIO_free(memory);
    EVP_PKEY_free(key);
    EXPECT_FALSE(make_file_signer(file.path(), "api").ok());
}

TEST(FileSigner, refuses_an_api_key_that_could_not_go_on_the_wire) {
    const KeyFile file(documented_secret);
    for (const char* bad : {"", "a b", "a\nb", "\x80"}) {
        EXPECT_FALSE(make_file_signer(file.path(), bad).ok());
    }
}

}  // namespace
}  // namespace portcullis::gateways::test
