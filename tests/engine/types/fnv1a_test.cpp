// FNV-1a against the values that its authors publish (draft-eastlake-fnv, appendix of test vectors,
// and test_fnv.c).
#include "engine/types/fnv1a.hpp"

#include <gtest/gtest.h>

#include <string>

namespace portcullis::engine {
namespace {

struct Row {
    std::string_view bytes;
    std::uint64_t sum;
};

constexpr Row rows[]{
    {"", 0xcbf29ce484222325},     {"a", 0xaf63dc4c8601ec8c},     {"b", 0xaf63df4c8601f1a5},
    {"c", 0xaf63de4c8601eff2},    {"fo", 0x08985907b541d342},    {"foo", 0xdcb27518fed9d577},
    {"foob", 0xdd120e790c2512af}, {"fooba", 0xcac165afa2fef40a}, {"foobar", 0x85944171f73967e8},
};

TEST(Fnv1a, IsWhatItsAuthorsSay) {
    for (const Row& row : rows) {
        EXPECT_EQ(fnv1a(row.bytes), row.sum) << row.bytes;
    }
    static_assert(fnv1a("foobar") == 0x85944171f73967e8, "also while compiling");
}

TEST(Fnv1a, TakesBytesAboveAsciiAsTheyAreAndZerosToo) {
    // One round by hand: (offset xor byte) x prime.
    constexpr std::uint64_t prime = 0x100000001b3;
    constexpr std::uint64_t offset = 0xcbf29ce484222325;
    EXPECT_EQ(fnv1a(std::string(1, '\xff')), (offset ^ 0xff) * prime);
    EXPECT_EQ(fnv1a(std::string(1, '\0')), offset * prime);
    EXPECT_NE(fnv1a(std::string(2, '\0')), fnv1a(std::string(1, '\0')));
}

}  // namespace
}  // namespace portcullis::engine
