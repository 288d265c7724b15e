// TextBuffer: keeps to its capacity, and one overflow is told for good.
#include "gateways/codec/text_buffer.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace portcullis::gateways::test {
namespace {

TEST(TextBuffer, grows_at_its_end) {
    TextBuffer<128> text;
    text.append("price=");
    text.append_decimal(5'200'000'000'000, 2);
    text.append('&');
    text.append(std::string_view("symbol"));
    text.append('=');
    text.append_block(std::array{'B', 'T', 'C', '?', '?'}, 3);
    text.append("&timestamp=");
    const std::size_t before = text.size();
    text.append_unsigned(1'645'423'376'532);
    EXPECT_EQ(text.view(), "price=52000.00&symbol=BTC&timestamp=1645423376532");
    EXPECT_EQ(text.since(before), "1645423376532");
    EXPECT_FALSE(text.overflow());
    text.clear();
    EXPECT_EQ(text.view(), "");
}

TEST(TextBuffer, keeps_to_its_capacity_and_says_that_something_did_not_fit) {
    TextBuffer<4> text;
    text.append("abcd");
    text.append(std::string_view{});
    EXPECT_FALSE(text.overflow()) << "full is not too full";
    text.append('e');
    EXPECT_TRUE(text.overflow());
    EXPECT_EQ(text.view(), "abcd");
    text.clear();
    EXPECT_FALSE(text.overflow());
    text.append(std::string_view("abcde"));
    EXPECT_TRUE(text.overflow());
    EXPECT_EQ(text.size(), 0U);
    text.append("ab");  // would fit, but the text is broken for good
    EXPECT_EQ(text.view(), "");
    EXPECT_TRUE(text.overflow());
}

TEST(TextBuffer, every_way_of_growing_fits_to_the_last_character_and_not_one_beyond) {
    const auto size_after = [](auto grow, std::size_t before) {
        TextBuffer<20> text;
        text.append(std::string_view("********************").substr(0, before));
        grow(text);
        EXPECT_EQ(text.overflow(), text.size() == before) << before;
        return text.size();
    };
    const auto number = [](auto& text) {
        text.append_unsigned(std::numeric_limits<std::uint64_t>::max());
    };
    EXPECT_EQ(size_after(number, 0), 20U);
    EXPECT_EQ(size_after(number, 1), 1U);
    const auto decimal = [](auto& text) { text.append_decimal(-123'456'789, 8); };
    EXPECT_EQ(size_after(decimal, 9), 20U) << "-1.23456789";
    EXPECT_EQ(size_after(decimal, 10), 10U);
    const auto block = [](auto& text) {
        text.append_block(std::array{'a', 'b', 'c', 'd', 'e', 'f'}, 3);
    };
    EXPECT_EQ(size_after(block, 17), 20U) << "the rest of the block lies in the slack";
    EXPECT_EQ(size_after(block, 18), 18U);
}

}  // namespace
}  // namespace portcullis::gateways::test
