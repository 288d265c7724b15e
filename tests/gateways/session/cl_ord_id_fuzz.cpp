// Any text: it is ours only where it is byte for byte one of the texts that were issued.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "gateways/session/cl_ord_id.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace portcullis;

struct Issued {
    std::unique_ptr<gateways::ClOrdIdMint> mint;
    std::set<std::string> texts;

    Issued() {
        gateways::ClOrdIdKey key;
        key.fill(4);
        auto keys = gateways::ClOrdIdKeys::make({{engine::Epoch{4}, key}});
        mint = std::make_unique<gateways::ClOrdIdMint>(std::move(keys).value());
        for (std::uint64_t sequence = 1; sequence <= 64; ++sequence) {
            const auto id = engine::ClOrdId::of(engine::Epoch{4}, sequence);
            texts.insert(std::string(mint->text_for(id).view()));
        }
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Issued issued;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const gateways::Attribution got = issued.mint->attribute(text);
    const bool ours = got.verdict == gateways::Attributed::ours;
    if (ours != (issued.texts.count(std::string(text)) == 1)) {
        std::abort();
    }
    if (ours && issued.mint->keys().text_of(got.id).view() != text) {
        std::abort();
    }
    return 0;
}
