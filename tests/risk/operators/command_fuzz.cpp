// Any bytes as a signed command: nothing but the frame that was signed is taken; what is read is
// written again to the same bytes; what is refused has a reason that is safe to print.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "risk/operators/verify_command.hpp"

namespace {

using namespace portcullis::risk;  // NOLINT: one file, one purpose
using portcullis::engine::WallNs;

// Not a signature scheme: it holds where S is the text's own checksum, so that the fuzzer can make
// frames that get past it as well as frames that do not. R is any point.
bool checksum_equation(const Ed25519Key& key, std::string_view text,
                       const Ed25519Signature& signature) noexcept {
    std::uint64_t sum = key[0];
    for (const char c : text) {
        sum = sum * 1'099'511'628'211U + static_cast<unsigned char>(c);
    }
    return signature[32] == static_cast<std::uint8_t>(sum);
}

const Operators& operators() {
    static const Operators parsed = [] {
        auto read = Operators::parse(
            "[[operator]]\nname = \"a\"\nrole = \"risk_officer\"\npublic_key = "
            "\"3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29\"\n",
            "o");
        return read.ok() ? std::move(read).value() : (std::abort(), Operators{});
    }();
    return parsed;
}

void must(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const ParsedFrame parsed = parse_frame(bytes);
    must(parsed.fault != FrameFault::none || frame_bytes(parsed.frame) == bytes);
    must((parsed.fault == FrameFault::too_long) == (size > command_frame_max));
    const CommandCounters counters;
    CommandContext context{operators(), counters, &checksum_equation, {}, 7, {}, {}, "u", {}};
    context.engine.fill(0xa1);
    context.nonce.emplace().fill(0x5c);
    context.now = WallNs{1'795'780'800'000'000'000};
    const CommandVerdict verdict = verify_command(bytes, context);
    for (const char c : refusal_text(verdict.refusal)) {
        must(c >= 0x20 && c < 0x7f);
    }
    must(parsed.fault == FrameFault::none || verdict.refusal != CommandRefusal::none);
    if (verdict.refusal == CommandRefusal::none) {
        must(verdict.who != nullptr && verdict.frame.epoch == 7 && verdict.frame.counter > 0 &&
             verdict.frame.engine == context.engine && verdict.frame.nonce == context.nonce);
        must(verdict.frame.not_after >= context.now &&
             verdict.frame.not_after.value - context.now.value <= command_lifetime_max.value);
        must(is_whole(verdict.frame.action));
        context.nonce.reset();
        must(verify_command(bytes, context).refusal == CommandRefusal::nonce);
    }
    return 0;
}
