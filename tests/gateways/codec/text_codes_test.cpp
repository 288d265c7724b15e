// Hex, base64, percent-encoding, and the fixed-buffer writers above them.
#include "gateways/codec/text_codes.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <random>

#include "gateways/codec/json_writer.hpp"
#include "gateways/codec/signing_text.hpp"

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

TEST(Hex, writes_lower_case_and_reads_both) {
    const std::uint8_t bytes[] = {0x00, 0x7f, 0x80, 0xff};
    char text[9] = {};
    write_hex(bytes, 4, text);
    EXPECT_STREQ(text, "007f80ff");
    std::uint8_t back[4];
    EXPECT_EQ(read_hex("007F80fF", back, 4), 4U);
    EXPECT_EQ(std::memcmp(bytes, back, 4), 0);
    EXPECT_EQ(read_hex("0", back, 4), std::nullopt);
    EXPECT_EQ(read_hex("0g", back, 4), std::nullopt);
    EXPECT_EQ(read_hex("0011223344", back, 4), std::nullopt);
}

TEST(PercentEncoding, leaves_the_unreserved_and_encodes_the_rest) {
    char buffer[256];
    TextWriter writer(buffer, sizeof buffer);
    append_percent_encoded(writer, "AZaz09-._~ /+=&%\xef\xbc\x91");
    EXPECT_EQ(writer.text(), "AZaz09-._~%20%2F%2B%3D%26%25%EF%BC%91");
}

TEST(TextWriter, keeps_to_its_buffer_and_says_that_something_did_not_fit) {
    char buffer[4];
    TextWriter writer(buffer, sizeof buffer);
    writer.append("abcd");
    EXPECT_TRUE(writer.whole());
    writer.append("");
    EXPECT_TRUE(writer.whole());
    writer.append('e');
    EXPECT_FALSE(writer.whole());
    EXPECT_EQ(writer.text(), "abcd");
    writer.clear();
    writer.append("abcde");
    EXPECT_FALSE(writer.whole());
    EXPECT_EQ(writer.size(), 0U);
    writer.append("ab");  // fits, but the text is broken for good
    EXPECT_FALSE(writer.whole());
}

TEST(JsonWriter, writes_nested_objects_and_escapes_strings) {
    char buffer[256];
    TextWriter writer(buffer, sizeof buffer);
    JsonWriter json(writer);
    json.begin_object();
    json.key("id");
    json.string("a\"b\\c\n\x01");
    json.key("params");
    json.begin_object();
    json.key("price");
    json.decimal(5'200'000'000'000, 2);
    json.key("timestamp");
    json.number(1645423376532);
    json.key("empty");
    json.begin_object();
    json.end_object();
    json.key("list");
    json.begin_array();
    json.number(1);
    json.boolean(true);
    json.null();
    json.begin_array();
    json.end_array();
    json.end_array();
    json.end_object();
    json.end_object();
    EXPECT_TRUE(writer.whole());
    EXPECT_EQ(writer.text(),
              "{\"id\":\"a\\\"b\\\\c\\u000a\\u0001\",\"params\":{\"price\":\"52000.00\","
              "\"timestamp\":1645423376532,\"empty\":{},\"list\":[1,true,null,[]]}}");
}

TEST(SigningText, joins_names_and_values_as_the_venue_does) {
    char buffer[256];
    TextWriter writer(buffer, sizeof buffer);
    SigningText text(writer);
    text.add("apiKey", "k");
    text.add_decimal("price", 5'200'000'000'000, 2);
    text.add("symbol", "\xef\xbc\x91");
    text.add_unsigned("timestamp", 1645423376532);
    EXPECT_EQ(writer.text(), "apiKey=k&price=52000.00&symbol=\xef\xbc\x91&timestamp=1645423376532");
}

TEST(SigningTextDeathTest, names_out_of_order_are_a_bug_of_ours) {
    char buffer[64];
    TextWriter writer(buffer, sizeof buffer);
    SigningText text(writer);
    text.add("b", "1");
    EXPECT_DEATH(text.add("a", "1"), "verify failed");
    EXPECT_DEATH(text.add("b", "1"), "verify failed");
}

}  // namespace
}  // namespace portcullis::gateways::test
