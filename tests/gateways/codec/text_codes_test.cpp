// Hex and base64.
#include "gateways/codec/text_codes.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <random>

namespace portcullis::gateways::test {
namespace {

std::string base64(const std::string& bytes) {
    std::string text(base64_size(bytes.size()), '?');
    write_base64(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), text.data());
    return text;
}

std::optional<std::string> unbase64(const std::string& text) {
    std::uint8_t bytes[512];
    const auto size = read_base64(text, bytes, sizeof bytes);
    if (!size) {
        return std::nullopt;
    }
    return std::string(reinterpret_cast<char*>(bytes), *size);
}

TEST(Base64, agrees_with_rfc_4648) {
    const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, text] : rows) {
        EXPECT_EQ(base64(plain), text);
        EXPECT_EQ(unbase64(text), plain);
    }
}

TEST(Base64, agrees_with_openssl_on_random_bytes_of_every_length) {
    std::mt19937_64 random(7);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string bytes(size, '\0');
        for (char& c : bytes) {
            c = static_cast<char>(random());
        }
        unsigned char expected[400];
        EVP_EncodeBlock(expected, reinterpret_cast<const unsigned char*>(bytes.data()),
                        static_cast<int>(size));
        EXPECT_EQ(base64(bytes), reinterpret_cast<char*>(expected));
        EXPECT_EQ(unbase64(base64(bytes)), bytes);
    }
}

TEST(Base64, refuses_what_is_not_the_one_text_of_its_bytes) {
    for (const char* bad : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm 9v",
                            "Zm9v\n", "Zm-v", "=Zg=", "Zg==Zg=="}) {
        EXPECT_EQ(unbase64(bad), std::nullopt) << bad;
    }
    std::uint8_t small[2];
    EXPECT_EQ(read_base64("Zm9v", small, sizeof small), std::nullopt);
}

TEST(Hex, is_written_in_lower_case) {
    const std::uint8_t bytes[] = {0x00, 0x7f, 0x80, 0xff};
    char text[9] = {};
    write_hex(bytes, 4, text);
    EXPECT_STREQ(text, "007f80ff");
}

}  // namespace
}  // namespace portcullis::gateways::test
