// What this process has in memory, for tests of what must stay flat.
#pragma once

#include <cstddef>

namespace portcullis::test {

/// As the kernel counts it now (/proc/self/statm).
[[nodiscard]] std::size_t resident_bytes();

}  // namespace portcullis::test
