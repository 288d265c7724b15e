// See resident.hpp.
#include "tests/support/resident.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace portcullis::test {

std::size_t resident_bytes() {
    std::ifstream in("/proc/self/statm");
    std::size_t all = 0;
    std::size_t resident = 0;
    in >> all >> resident;
    EXPECT_TRUE(in);
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace portcullis::test
