// exp and log that replay bit for bit.
//
// libm's differ between versions, machines (it picks FMA code at run time) and compilers, and a
// strategy's last bit decides which tick it quotes: a replay on another machine would part from the
// journal. These use only +, -, * and integer operations on IEEE doubles, in one order, so that
// every compiler without fast-math gives the same bits; the build forbids contraction to FMA. sqrt
// is exactly rounded everywhere and needs no twin.
//
// Error: below 0.6 units in the last place (subnormal results: below 1), measured by the tests.
// Pure functions, no errno, no exceptions raised on purpose. Used by strategies/.
#pragma once

namespace portcullis::engine::math {

/// e^x. NaN gives NaN; above 709.78 infinity; below -745.13 zero; subnormal results are gradual.
[[nodiscard]] double exp(double x) noexcept;

/// Natural logarithm. NaN or a negative number gives NaN; zero (of either sign) minus infinity.
[[nodiscard]] double log(double x) noexcept;

}  // namespace portcullis::engine::math
