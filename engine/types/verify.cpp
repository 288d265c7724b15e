// The cold half of verify(): say where, run the handler, abort. See verify.hpp.
#include "engine/types/verify.hpp"

#include <cstdio>
#include <cstdlib>

namespace portcullis::engine {
namespace {

// Writer: main(), once, before threads start. Readers: any thread, on its way down.
VerifyHandler installed_handler = nullptr;

}  // namespace

void set_verify_handler(VerifyHandler handler) noexcept {
    installed_handler = handler;
}

void verify_failed(const SourceLine& where) noexcept {
    if (installed_handler != nullptr) {
        installed_handler(where);
    }
    std::fprintf(stderr, "portcullis: verify failed at %s:%d in %s\n", where.file, where.line,
                 where.function);
    std::abort();
}

}  // namespace portcullis::engine
