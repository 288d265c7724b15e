// Any bytes as an HTTP answer, in two pieces cut anywhere: a whole answer within its limits or an
// error, never a crash, and the same whether TLS said goodbye or not unless the body had no length.
#include <cstdlib>
#include <string_view>

#include "gateways/net/http_client.hpp"

using namespace portcullis::gateways;

namespace {

void check(bool condition) {
    if (!condition) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    HttpLimits limits;
    limits.body_bytes_max = 4096;
    limits.header_bytes_max = 2048;
    const std::size_t cut = data[0];
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto ended = read_http_answer(bytes, cut, true, limits);
    const auto torn = read_http_answer(bytes, cut, false, limits);
    check(!torn.ok() || ended.ok());
    for (const auto* answer : {&ended, &torn}) {
        if (!answer->ok()) {
            check(!answer->error().empty());
            continue;
        }
        const HttpResponse& response = answer->value();
        check(response.body_size <= limits.body_bytes_max);
        check(response.padded_body.size() == response.body_size + FrameView::padding);
        check(response.body().size() == response.body_size);
    }
    // Where it is cut changes nothing.
    const auto whole = read_http_answer(bytes, bytes.size(), true, limits);
    check(whole.ok() == ended.ok());
    check(!whole.ok() || whole.value().padded_body == ended.value().padded_body);
    return 0;
}
