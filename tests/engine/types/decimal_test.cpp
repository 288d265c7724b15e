// Exact decimals: tables, every short string against the oracle, random round trips, the naughty
// strings.
#include "engine/types/decimal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/engine/types/decimal_oracle.hpp"

namespace portcullis::engine {
namespace {

constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();
constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();

std::string format(std::int64_t atoms, int decimals) {
    char out[decimal_text_max];
    return std::string(out, format_decimal(atoms, decimals, out));
}

struct Row {
    std::string text;
    std::int64_t atoms;
    DecimalError error;
};

TEST(Decimal, UnsignedTextGivesExactAtomsOrTheReason) {
    using enum DecimalError;
    const std::vector<Row> rows{
        {"0", 0, none},
        {"12", 12'00000000, none},
        {"0.00012", 12'000, none},
        {"61837.63000000", 6'183'763'000'000, none},
        {"0.00000001", 1, none},
        {"00000007.00000001", 7'00000001, none},
        {"99999999.99999999", 99'999'999'99999999, none},
        {"100000000.00000001", 100'000'000'00000001, none},
        {"92233720368.54775807", int64_max, none},
        {"92233720368.54775808", 0, overflow},
        {"92233720369", 0, overflow},
        {"184467440737.09551617", 0, overflow},  // 2^64 + 1 atoms
        {"18446744073709551617", 0, overflow},   // 2^64 + 1 units
        {"99999999999999999999999999", 0, overflow},
        {"000000000000000000000000000000001", 1'00000000, none},
        {"1.0000000000000000000000000000000", 1'00000000, none},
        {"1.000000001", 0, too_precise},
        {"1.000000000000000000001", 0, too_precise},
        {"99999999999999999999.000000001", 0, too_precise},
        {"99999999999999999999.000000001x", 0, bad_character},
        {"", 0, empty},
        {".", 0, bad_character},
        {".5", 0, bad_character},
        {"5.", 0, bad_character},
        {"1..5", 0, bad_character},
        {"1.5.", 0, bad_character},
        {"-1", 0, bad_character},
        {"+1", 0, bad_character},
        {" 1", 0, bad_character},
        {"1 ", 0, bad_character},
        {"1,5", 0, bad_character},
        {"1e5", 0, bad_character},
        {"0x10", 0, bad_character},
        {"NaN", 0, bad_character},
        {"Infinity", 0, bad_character},
        {"6183a.63000000", 0, bad_character},
        {"61837.6300000:", 0, bad_character},
        {"/1837.63000000", 0, bad_character},
        {std::string("1\0", 2), 0, bad_character},
        {"\xd9\xa1", 0, bad_character},  // an Arabic one
    };
    for (const Row& row : rows) {
        const DecimalResult got = parse_decimal(row.text);
        EXPECT_EQ(got.error, row.error) << row.text;
        EXPECT_EQ(got.atoms, row.atoms) << row.text;
    }
}

TEST(Decimal, SignedTextTakesOneLeadingMinus) {
    using enum DecimalError;
    const std::vector<Row> rows{
        {"-1", -1'00000000, none},
        {"1", 1'00000000, none},
        {"-0", 0, none},
        {"-0.00000001", -1, none},
        {"-61837.63000000", -6'183'763'000'000, none},
        {"-92233720368.54775808", int64_min, none},
        {"-92233720368.54775809", 0, overflow},
        {"92233720368.54775808", 0, overflow},
        {"--1", 0, bad_character},
        {"-", 0, bad_character},
        {"-.5", 0, bad_character},
        {"+1", 0, bad_character},
        {"- 1", 0, bad_character},
        {"", 0, empty},
        {"-1.000000001", 0, too_precise},
    };
    for (const Row& row : rows) {
        const DecimalResult got = parse_signed_decimal(row.text);
        EXPECT_EQ(got.error, row.error) << row.text;
        EXPECT_EQ(got.atoms, row.atoms) << row.text;
    }
}

// Visits every string of `length` over the characters that numbers are made of.
template <class F>
void each_string(std::size_t length, F&& visit) {
    constexpr std::string_view alphabet = "0123456789.eE+-";
    std::vector<std::size_t> digits(length, 0);
    std::string text(length, alphabet[0]);
    for (;;) {
        visit(text);
        std::size_t i = 0;
        while (i < length && ++digits[i] == alphabet.size()) {
            digits[i] = 0;
            text[i++] = alphabet[0];
        }
        if (i == length) {
            return;
        }
        text[i] = alphabet[digits[i]];
    }
}

TEST(Decimal, EveryShortStringIsReadAsTheOracleReadsIt) {
    const std::size_t longest = std::getenv("PORTCULLIS_LONG") != nullptr ? 7 : 6;
    std::size_t wrong = 0;
    std::size_t seen = 0;
    for (std::size_t length = 0; length <= longest; ++length) {
        each_string(length, [&](const std::string& text) {
            const DecimalResult plain = parse_decimal(text);
            const DecimalResult plain_want = decimal_oracle(text, false);
            const DecimalResult sign = parse_signed_decimal(text);
            const DecimalResult sign_want = decimal_oracle(text, true);
            const bool agree = plain.error == plain_want.error && plain.atoms == plain_want.atoms &&
                               sign.error == sign_want.error && sign.atoms == sign_want.atoms;
            wrong += agree ? 0 : 1;
            ++seen;
            if (!agree && wrong < 10) {
                ADD_FAILURE() << text;
            }
        });
    }
    EXPECT_EQ(wrong, 0U);
    EXPECT_GE(seen, 12'204'241U);  // 15^0 + ... + 15^6
}

TEST(Decimal, PaddedTextIsReadTheSameByTheFastAndThePlainPath) {
    // Strings of the venue's shape, one character replaced: the fast path must refuse exactly what
    // the plain one does.
    std::mt19937_64 random(7);
    const std::string_view soup = "0123456789.eE+-/: \x01\x7f\xb0\xff";
    for (int i = 0; i < 300'000; ++i) {
        std::string text;
        for (std::uint64_t digits = random() % 13; digits > 0; --digits) {
            text += static_cast<char>('0' + random() % 10);
        }
        text += '.';
        for (std::uint64_t digits = 7 + random() % 4; digits > 0; --digits) {
            text += static_cast<char>('0' + random() % 10);
        }
        if (random() % 2 == 0) {
            text[random() % text.size()] = soup[random() % soup.size()];
        }
        const DecimalResult got = parse_decimal(text);
        const DecimalResult want = decimal_oracle(text, false);
        ASSERT_EQ(got.error, want.error) << text;
        ASSERT_EQ(got.atoms, want.atoms) << text;
    }
}

TEST(Decimal, WhatIsWrittenIsReadBackExactly) {
    std::mt19937_64 random(11);
    for (int i = 0; i < 300'000; ++i) {
        const auto atoms =
            static_cast<std::int64_t>(random() >> (random() % 64)) * (random() % 2 == 0 ? 1 : -1);
        const std::string text = format(atoms, 8);
        const DecimalResult again = parse_signed_decimal(text);
        ASSERT_EQ(again.error, DecimalError::none) << text;
        ASSERT_EQ(again.atoms, atoms) << text;
    }
    for (const std::int64_t atoms : {int64_min, int64_max, std::int64_t{0}, std::int64_t{-1}}) {
        EXPECT_EQ(parse_signed_decimal(format(atoms, 8)).atoms, atoms);
    }
}

TEST(Decimal, IsWrittenWithExactlyTheDecimalsAskedFor) {
    EXPECT_EQ(format(0, 0), "0");
    EXPECT_EQ(format(0, 2), "0.00");
    EXPECT_EQ(format(1, 8), "0.00000001");
    EXPECT_EQ(format(-1, 8), "-0.00000001");
    EXPECT_EQ(format(6'183'763'000'000, 2), "61837.63");
    EXPECT_EQ(format(12'00000000, 0), "12");
    EXPECT_EQ(format(int64_max, 8), "92233720368.54775807");
    EXPECT_EQ(format(int64_min, 8), "-92233720368.54775808");
    EXPECT_EQ(format(int64_min, 8).size(), decimal_text_max);
}

TEST(DecimalDeathTest, CuttingOffADigitIsABugOfOurs) {
    EXPECT_DEATH((void)format(6'183'763'000'000, 1), "verify failed");
    EXPECT_DEATH((void)format(1, 9), "verify failed");
    EXPECT_DEATH((void)format(1, -1), "verify failed");
}

TEST(Decimal, UnsignedIntegersAreDigitsOnlyAndFit) {
    EXPECT_EQ(parse_unsigned("0"), 0U);
    EXPECT_EQ(parse_unsigned("007"), 7U);
    EXPECT_EQ(parse_unsigned("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(parse_unsigned("18446744073709551616"), std::nullopt);
    EXPECT_EQ(parse_unsigned("184467440737095516150"), std::nullopt);
    for (const std::string_view text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3"}) {
        EXPECT_EQ(parse_unsigned(text), std::nullopt) << text;
    }
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{10}, ~std::uint64_t{0}}) {
        char out[20];
        EXPECT_EQ(std::string(out, format_unsigned(value, out)), std::to_string(value));
    }
}

// Of eight to sixteen digits many are read at a time: each length, each place, the neighbours of
// the digits, against the loop that one would write.
TEST(Decimal, UnsignedIntegersOfAnyLengthAreReadAsThePlainLoopReadsThem) {
    std::mt19937_64 random{7};  // NOLINT: the same every time
    for (std::size_t length = 7; length <= 18; ++length) {
        for (int i = 0; i < 200; ++i) {
            std::string text;
            std::uint64_t value = 0;
            while (text.size() < length) {
                const std::uint64_t digit = random() % 10;
                text += static_cast<char>('0' + digit);
                value = value * 10 + digit;
            }
            ASSERT_EQ(parse_unsigned(text), value) << text;
            for (const char c : {'/', ':', '\0', ' ', '.', '-', '\xb0', '\xff', '\x7f'}) {
                std::string wrong = text;
                wrong[random() % length] = c;
                ASSERT_EQ(parse_unsigned(wrong), std::nullopt) << wrong;
            }
        }
    }
}

// Written many digits at a time, with shifts and overlapping copies for each length: against what
// std::to_string writes, with nothing around it touched, and in no other length.
TEST(Decimal, NumbersAreWrittenInTheirPlaceAndNothingAroundIt) {
    std::mt19937_64 random{13};  // NOLINT: the same every time
    std::vector<std::uint64_t> values{0, ~std::uint64_t{0}};
    for (std::uint64_t power = 1; power <= 1'000'000'000'000'000'000; power *= 10) {
        values.insert(values.end(), {power - 1, power, power + 1, power * 9 + random() % power});
        if (power == 1'000'000'000'000'000'000) {
            break;
        }
    }
    for (int i = 0; i < 20'000; ++i) {
        values.push_back(random() >> random() % 64);
    }
    for (const std::uint64_t value : values) {
        const std::string expected = std::to_string(value);
        for (std::size_t size = 1; size <= 20; ++size) {
            std::string out(24, '#');
            const bool written = format_unsigned_as(value, out.data() + 2, size);
            ASSERT_EQ(written, size == expected.size()) << value;
            ASSERT_EQ(out, written ? "##" + expected + std::string(22 - size, '#')
                                   : std::string(24, '#'));
        }
        std::string out(20, '#');
        ASSERT_EQ(format_unsigned(value, out.data()), expected.size());
        ASSERT_EQ(out, expected + std::string(20 - expected.size(), '#'));
    }
}

TEST(Decimal, EveryFourDigitsAreWritten) {
    for (std::uint64_t value = 0; value < 10'000; ++value) {
        char out[12];
        const std::uint64_t number = 100'000'000'000 + value * 10'000 + (9'999 - value);
        ASSERT_TRUE(format_unsigned_as(number, out, 12));
        ASSERT_EQ(std::string(out, 12), std::to_string(number));
    }
}

TEST(Decimal, DecimalsAreWrittenInTheirPlaceAndNothingAroundIt) {
    std::mt19937_64 random{17};  // NOLINT: the same every time
    constexpr std::array<std::int64_t, 9> units{100'000'000, 10'000'000, 1'000'000, 100'000, 10'000,
                                                1'000,       100,        10,        1};
    for (int i = 0; i < 20'000; ++i) {
        const std::size_t decimals = random() % units.size();
        const std::int64_t unit = units[decimals];
        const auto count = static_cast<std::int64_t>(random() >> (1 + random() % 63));
        const std::int64_t atoms = count / unit * unit;
        const std::string expected = format(atoms, static_cast<int>(decimals));
        for (std::size_t size = 1; size <= 21; ++size) {
            std::string out(25, '#');
            const bool written =
                format_decimal_as(atoms, static_cast<int>(decimals), out.data() + 2, size);
            ASSERT_EQ(written, size == expected.size()) << expected;
            ASSERT_EQ(out, written ? "##" + expected + std::string(23 - size, '#')
                                   : std::string(25, '#'));
        }
    }
    char out[16];
    EXPECT_FALSE(format_decimal_as(-100'000'000, 0, out, 2));
    EXPECT_DEATH((void)format_decimal_as(1, 7, out, 9), "verify failed");
}

// The strings of a JSON array of strings, one a line, with the escapes that the file uses.
std::vector<std::string> strings_of(std::istream& file) {
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) {
        const std::size_t begin = line.find('"');
        const std::size_t end = line.rfind('"');
        if (begin == end) {
            continue;
        }
        std::string text;
        for (std::size_t i = begin + 1; i < end; ++i) {
            if (line[i] != '\\') {
                text += line[i];
                continue;
            }
            const char kind = line[++i];
            const bool is_unicode = kind == 'u';
            text += is_unicode ? '\x01' : kind == 'b' || kind == 'f' || kind == 't' ? '\t' : kind;
            i += is_unicode ? 4 : 0;
        }
        all.push_back(text);
    }
    return all;
}

TEST(Decimal, OfTheNaughtyStringsOnlyTheNumbersAreAccepted) {
    const std::string name = PORTCULLIS_SHARED_DIR "/vectors/blns/blns.json";
    std::ifstream file(name);
    if (!file) {
        GTEST_SKIP() << "absent: " << name;
    }
    std::vector<std::string> accepted;
    std::vector<std::string> overflowed;
    const std::vector<std::string> all = strings_of(file);
    for (const std::string& text : all) {
        const DecimalResult got = parse_signed_decimal(text);
        if (got.error == DecimalError::none) {
            accepted.push_back(text);
        } else if (got.error == DecimalError::overflow) {
            overflowed.push_back(text);
        }
        EXPECT_EQ(got.error, decimal_oracle(text, true).error) << text;
    }
    EXPECT_GE(all.size(), 300U);
    EXPECT_EQ(accepted, (std::vector<std::string>{"0", "1.00", "-1", "-0", "-0.0", "08", "09"}));
    EXPECT_EQ(overflowed, std::vector<std::string>{"123456789012345678901234567890123456789"});
}

}  // namespace
}  // namespace portcullis::engine
