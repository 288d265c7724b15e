// verify(): the check that speaks of our own code only, on in every build.
//
// A failed verify is a bug of ours, never something that a venue, a file or a person can cause:
// outside data is *validated* and refused with a reason. assert() would vanish from release builds,
// which is where the live orders are; an exception would unwind through state that is already
// wrong. So a failure calls one handler, which latches the kill switch where a process has
// installed one (tools/portcullis), and then aborts.
//
// Writer of the handler: main(), once, before threads start.
#pragma once

namespace portcullis::engine {

/// A place in the source. std::source_location would be the obvious choice; clang 14, which builds
/// the fuzzers, lacks it.
struct SourceLine {
    const char* file;
    int line;
    const char* function;
};

/// What runs before abort() when a verify fails. Must not allocate, lock or return control to the
/// caller's logic.
using VerifyHandler = void (*)(const SourceLine&) noexcept;

/// Installs `handler` for the whole process. Requires: called before any thread but main runs.
void set_verify_handler(VerifyHandler handler) noexcept;

[[noreturn]] void verify_failed(const SourceLine& where) noexcept;

/// Aborts (through the installed handler) unless `condition` holds.
constexpr void verify(bool condition, const char* file = __builtin_FILE(),
                      int line = __builtin_LINE(),
                      const char* function = __builtin_FUNCTION()) noexcept {
    if (!condition) [[unlikely]] {
        verify_failed(SourceLine{file, line, function});
    }
}

}  // namespace portcullis::engine
