// What /proc and /sys say is read as it is meant, and what is no such text is nothing, not zero.
#include "tools/portcullis/host/proc_text.hpp"

#include <gtest/gtest.h>

namespace portcullis::tools {
namespace {

TEST(ProcText, AListOfProcessorsIsRangesAndSingleOnesInRisingOrder) {
    EXPECT_EQ(parse_cpu_list("0-3,8"), (CpuSet{0, 1, 2, 3, 8}));
    EXPECT_EQ(parse_cpu_list("8,0-1,1"), (CpuSet{0, 1, 8}));
    EXPECT_EQ(parse_cpu_list(""), CpuSet{});
    EXPECT_EQ(parse_cpu_list("8191"), CpuSet{8191});
    EXPECT_EQ(cpu_list_text({0, 1, 2, 3, 8}), "0-3,8");
    EXPECT_EQ(cpu_list_text({}), "");
    for (const char* wrong :
         {"a", "1-", "-1", "3-1", "1,,2", "8192", "0-99999999999", "1 2", ","}) {
        EXPECT_EQ(parse_cpu_list(wrong), std::nullopt) << wrong;
    }
}

TEST(ProcText, TheChosenOneIsTheOneInBrackets) {
    EXPECT_EQ(chosen_of("always [madvise] never"), "madvise");
    EXPECT_EQ(chosen_of("[never]"), "never");
    EXPECT_EQ(chosen_of("always madvise never"), std::nullopt);
    EXPECT_EQ(chosen_of("] ["), std::nullopt);
    EXPECT_EQ(chosen_of(""), std::nullopt);
}

constexpr const char* status =
    "Name:\tportcullis\nVmPeak:\t  301244 kB\nVmLck:\t  300880 kB\nThreads:\t7\n"
    "CapPrm:\t000001fffeffffff\nCapEff:\t0000000000004000\nCapBnd:\t000001fffeffffff";

TEST(ProcText, AFieldIsTheNumberBehindItsNameAndNotBehindALongerOne) {
    EXPECT_EQ(field_of(status, "VmLck"), 300'880);
    EXPECT_EQ(field_of(status, "Threads"), 7);
    EXPECT_EQ(field_of(status, "Vm"), std::nullopt);
    EXPECT_EQ(field_of(status, "Name"), std::nullopt);
    EXPECT_EQ(field_of("", "VmLck"), std::nullopt);
}

TEST(ProcText, ACapabilityIsABitOfTheEffectiveSetAlone) {
    EXPECT_TRUE(has_capability(status, 14));
    EXPECT_FALSE(has_capability(status, 12));
    EXPECT_FALSE(has_capability(status, 64));
    EXPECT_FALSE(has_capability("CapEff:\tno", 14));
    EXPECT_FALSE(has_capability("", 14));
}

TEST(ProcText, MemoryForHugePagesIsPrivateWritableWithoutAFileAndOfTheSizeAskedFor) {
    constexpr const char* maps =
        "55d0c0e00000-55d0c1600000 rw-p 00000000 00:00 0                          [heap]\n"
        "7f10b0000000-7f10b0400000 rw-p 00000000 00:00 0 \n"
        "7f10b4000000-7f10b4010000 rw-p 00000000 00:00 0 \n"
        "7f10c0000000-7f10c4000000 rw-s 00000000 fe:00 6553                       /j/segment\n"
        "7f10d0000000-7f10d4000000 rw-p 00000000 fe:00 6553                       /lib/large\n"
        "7f10e0000000-7f10e4000000 r--p 00000000 00:00 0 \n"
        "7ff000000000-7ff040000001 rw-p 00000000 00:00 0 \n"
        "7ffd1c000000-7ffd1c800000 rw-p 00000000 00:00 0                          [stack]\n"
        "nonsense rw-p 00000000 00:00 0";
    const auto ranges = anonymous_ranges(maps, 2 << 20, 1 << 30);
    ASSERT_EQ(ranges.size(), 2U);
    EXPECT_EQ(ranges[0].begin, 0x55d0c0e00000U);
    EXPECT_EQ(ranges[0].end, 0x55d0c1600000U);
    EXPECT_EQ(ranges[1].begin, 0x7f10b0000000U);
    EXPECT_EQ(ranges[1].end, 0x7f10b0400000U);
}

TEST(ProcText, LinesAndWordsAreWhatStandsBetweenBreaksAndBlanks) {
    EXPECT_EQ(lines_of("a\n\nb"), (std::vector<std::string_view>{"a", "", "b"}));
    EXPECT_TRUE(lines_of("").empty());
    EXPECT_EQ(words_of("  a\tb  "), (std::vector<std::string_view>{"a", "b"}));
    EXPECT_TRUE(words_of("   ").empty());
}

TEST(ProcText, AFileThatIsNotThereIsNothing) {
    EXPECT_EQ(read_system_file("/proc/no-such-file"), std::nullopt);
    EXPECT_TRUE(read_system_file("/proc/self/status").has_value());
}

}  // namespace
}  // namespace portcullis::tools
