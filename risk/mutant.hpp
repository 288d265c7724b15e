// Mutants: a build of the gate with one check or one limit disabled, to prove that a test notices.
//
// tests/risk/mutants.py compiles risk_gate.cpp once per name with PORTCULLIS_MUTANT set, links it
// with the spec tests and demands that the test of that name fails. In every other build the name
// is empty, `is_mutant` is false at compile time and nothing of this is left. It takes two macros,
// and CMake sets neither: a mutant cannot come about by a flag that somebody forgot.
// Everything here has internal linkage, so that a mutant differs from the real gate in one object
// file only. Reader: risk_gate.cpp alone.
#pragma once

#include <string_view>

namespace portcullis::risk {
namespace {

#ifdef PORTCULLIS_MUTANT
#ifndef PORTCULLIS_MUTANT_IS_FOR_TESTS_ONLY
#error "a gate with a check disabled is for tests/risk/mutants.py alone"
#endif
#ifdef __OPTIMIZE__
#error "a gate with a check disabled in an optimised build: every preset optimises, the runner not"
#endif
constexpr std::string_view mutant{PORTCULLIS_MUTANT};
#else
constexpr std::string_view mutant{};
#endif

/// Is this the build in which `name` (with `prefix` before it) is disabled?
[[maybe_unused]] constexpr bool is_mutant(std::string_view prefix, std::string_view name) noexcept {
    return !mutant.empty() && mutant.size() == prefix.size() + name.size() &&
           mutant.substr(0, prefix.size()) == prefix && mutant.substr(prefix.size()) == name;
}

}  // namespace
}  // namespace portcullis::risk
