// toml++ as this project includes it: no exceptions, and its assertions on characters lifted.
//
// toml++ 3.3 asserts what the next character is ("*cp") where a malformed file can have another:
// "[" at the end of a line, "k = [}", "k = 1979-05-27Tx". The program then aborts, and with NDEBUG
// it is undefined. The code behind each of these assertions looks at the character again and
// reports it, so they are let through; all others (sizes, null pointers) abort as before. Found by
// toml-test and by config_fuzz, which both hold this.
// Every file that uses toml++ includes it from here, or one program would hold two of it.
#pragma once

#include <cstring>

#include "engine/types/verify.hpp"

#ifdef NDEBUG
#error "toml++ turns its assertions into assumptions under NDEBUG: a malformed file is undefined"
#endif
#ifndef TOML_EXCEPTIONS
#define TOML_EXCEPTIONS 0
#endif

namespace portcullis::engine {

[[nodiscard]] inline bool toml_looks_again(const char* assertion) noexcept {
    return std::strstr(assertion, "*cp") != nullptr;
}

}  // namespace portcullis::engine

#define TOML_ASSERT(expr) \
    ::portcullis::engine::verify((expr) || ::portcullis::engine::toml_looks_again(#expr))

// style: heavy-header because the three files that use toml++ must set it up alike
#include <toml++/toml.h>
