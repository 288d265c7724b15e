// Any text: what base64 accepts is the one text of its bytes.
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
    return 0;
}
