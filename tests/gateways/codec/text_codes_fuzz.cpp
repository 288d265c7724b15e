// Any text: what base64 or hex accepts is the one text of its bytes; percent-encoding is
// reversible.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "gateways/codec/text_codes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portcullis::gateways;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<std::uint8_t> bytes(size);
    if (const auto count = read_base64(text, bytes.data(), bytes.size())) {
        std::string again(base64_size(*count), '\0');
        write_base64(bytes.data(), *count, again.data());
        require(again == text);
    }
    if (const auto count = read_hex(text, bytes.data(), bytes.size())) {
        std::string again(2 * *count, '\0');
        write_hex(bytes.data(), *count, again.data());
        require(again.size() == text.size());
    }
    std::string buffer(3 * size, '\0');
    TextWriter writer(buffer.data(), buffer.size());
    append_percent_encoded(writer, text);
    require(writer.whole());
    std::string back;
    const std::string_view encoded = writer.text();
    for (std::size_t at = 0; at < encoded.size(); ++at) {
        if (encoded[at] == '%') {
            std::uint8_t byte = 0;
            require(read_hex(encoded.substr(at + 1, 2), &byte, 1).has_value());
            back += static_cast<char>(byte);
            at += 2;
        } else {
            back += encoded[at];
        }
    }
    require(back == text);
    return 0;
}
