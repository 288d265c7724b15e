// Any bytes: the parser and the oracle agree on value and reason, and what was accepted can be
// written and read back.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/types/decimal.hpp"
#include "tests/engine/types/decimal_oracle.hpp"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portcullis::engine;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const bool with_sign : {false, true}) {
        const DecimalResult got = with_sign ? parse_signed_decimal(text) : parse_decimal(text);
        const DecimalResult want = decimal_oracle(text, with_sign);
        require(got.error == want.error && got.atoms == want.atoms);
        require(*describe(got.error) != '\0');
        if (got.error == DecimalError::none) {
            char out[decimal_text_max];
            const std::size_t length = format_decimal(got.atoms, 8, out);
            const DecimalResult again = parse_signed_decimal(std::string_view(out, length));
            require(again.error == DecimalError::none && again.atoms == got.atoms);
        }
    }
    const auto number = parse_unsigned(text);
    require(!number.has_value() || only_digits(text));
    require(number.has_value() || text.size() >= 20 || text.empty() || !only_digits(text));
    if (number.has_value()) {
        std::uint64_t plain = 0;
        for (const char c : text) {
            plain = plain * 10 + static_cast<std::uint64_t>(c - '0');
        }
        require(plain == *number);
        char out[20];
        const std::size_t length = format_unsigned(*number, out);
        require(parse_unsigned(std::string_view(out, length)) == number);
    }
    return 0;
}
