// HMAC from pre-keyed states, against others' vectors and OpenSSL's own HMAC.
#include "gateways/codec/hmac_sha256.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>
#include <random>

#include "tests/gateways/codec/vectors.hpp"

namespace portcullis::gateways::test {
namespace {

std::string tag_of(std::string_view key, std::string_view message) {
    const HmacSha256 hmac(reinterpret_cast<const std::uint8_t*>(key.data()), key.size());
    const HmacSha256::Tag tag = hmac.tag(message);
    return std::string(reinterpret_cast<const char*>(tag.data()), tag.size());
}

TEST(HmacSha256, agrees_with_every_wycheproof_vector) {
    PORTCULLIS_NEEDS_VECTORS("wycheproof/hmac_sha256_test.json");
    simdjson::dom::parser parser;
    simdjson::dom::element root =
        parser.load(vector_path("wycheproof/hmac_sha256_test.json")).value();
    std::size_t seen = 0;
    for (simdjson::dom::element group : root["testGroups"].get_array()) {
        const auto tag_bytes = static_cast<std::size_t>(group["tagSize"].get_uint64()) / 8;
        for (simdjson::dom::element vector : group["tests"].get_array()) {
            SCOPED_TRACE(vector["tcId"].get_uint64().value());
            const std::string key = bytes_of_hex(vector["key"].get_string().value());
            const std::string message = bytes_of_hex(vector["msg"].get_string().value());
            const std::string expected = bytes_of_hex(vector["tag"].get_string().value());
            const std::string tag = tag_of(key, message).substr(0, tag_bytes);
            EXPECT_EQ(equal_constant_time(tag, expected),
                      vector["result"].get_string().value() == "valid");
            ++seen;
        }
    }
    EXPECT_GT(seen, 100U);
}

TEST(HmacSha256, agrees_with_openssl_at_every_length_of_key_and_message) {
    std::mt19937_64 random(1);
    const auto text = [&](std::size_t size) {
        std::string made(size, '\0');
        for (char& c : made) {
            c = static_cast<char>(random());
        }
        return made;
    };
    for (std::size_t key_size : {0U, 1U, 31U, 32U, 63U, 64U, 65U, 128U, 200U}) {
        const std::string key = text(key_size);
        for (std::size_t size = 0; size < 260; ++size) {
            const std::string message = text(size);
            unsigned char expected[32];
            unsigned length = 0;
            HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                 reinterpret_cast<const unsigned char*>(message.data()), message.size(), expected,
                 &length);
            ASSERT_EQ(tag_of(key, message), std::string(reinterpret_cast<char*>(expected), length));
        }
    }
}

TEST(HmacSha256, one_key_signs_many_messages_without_one_touching_the_next) {
    const std::string key(32, 'k');
    const HmacSha256 hmac(reinterpret_cast<const std::uint8_t*>(key.data()), key.size());
    const HmacSha256::Tag first = hmac.tag("first");
    (void)hmac.tag(std::string(1000, 'x'));
    EXPECT_EQ(hmac.tag("first"), first);
}

TEST(EqualConstantTime, tells_equal_from_different_and_of_different_length) {
    EXPECT_TRUE(equal_constant_time("", ""));
    EXPECT_TRUE(equal_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_constant_time("abc", "ab"));
}

}  // namespace
}  // namespace portcullis::gateways::test
