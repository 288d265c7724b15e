// README.md's table of denial reasons is the one in the code. PORTCULLIS_UPDATE_DOCS=1 writes it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "risk/deny_reason.hpp"

namespace portcullis::risk {
namespace {

const std::string begin_mark = "<!-- deny-reasons:begin -->\n";
const std::string end_mark = "<!-- deny-reasons:end -->";

TEST(DenyReasonTable, IsTheOneInTheReadme) {
    const std::string path = PORTCULLIS_SOURCE_DIR "/README.md";
    std::ifstream file(path);
    std::string readme{std::istreambuf_iterator<char>(file), {}};
    const auto begin = readme.find(begin_mark);
    const auto end = readme.find(end_mark);
    ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end)
        << "README.md has no region for the table of denial reasons. Put these two lines where it "
           "belongs, each on a line of its own, and run this test with PORTCULLIS_UPDATE_DOCS=1:\n"
        << begin_mark << end_mark << "\n";
    const auto from = begin + begin_mark.size();
    const std::string wanted = deny_reasons_markdown();
    if (std::getenv("PORTCULLIS_UPDATE_DOCS") != nullptr) {
        readme.replace(from, end - from, wanted);
        std::ofstream(path, std::ios::trunc) << readme;
        return;
    }
    EXPECT_EQ(readme.substr(from, end - from), wanted)
        << "run this test with PORTCULLIS_UPDATE_DOCS=1 to write the table anew";
}

TEST(DenyReasonTable, NamesAreDistinctAndEveryRowIsFilled) {
    std::set<std::string_view> names;
    for (const ReasonInfo& row : deny_reasons) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_FALSE(row.breaks.empty() || row.key.empty() || row.unit.empty()) << row.name;
        EXPECT_EQ(info(row.reason).name, row.name);
    }
    EXPECT_EQ(name(DenyReason::none), "none");
    EXPECT_EQ(name(DenyReason{engine::capacity::deny_reasons - 1}), "unknown");
    EXPECT_EQ(name(DenyReason{0xffff}), "unknown");
}

// The numbers are in journals. A failure here means that old journals would be read wrongly.
TEST(DenyReasonTable, NumbersAreForEver) {
    EXPECT_EQ(static_cast<int>(DenyReason::killed_firm), 1);
    EXPECT_EQ(static_cast<int>(DenyReason::malformed), 15);
    EXPECT_EQ(static_cast<int>(DenyReason::order_qty), 26);
    EXPECT_EQ(static_cast<int>(DenyReason::price_collar), 34);
    EXPECT_EQ(static_cast<int>(DenyReason::gross_exposure), 38);
    EXPECT_EQ(static_cast<int>(DenyReason::self_match), 48);
    EXPECT_EQ(static_cast<int>(DenyReason::order_slots), 53);
}

}  // namespace
}  // namespace portcullis::risk
