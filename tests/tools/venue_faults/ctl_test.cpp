// ctl: scripts are read whole before any of them is sent; answers are tables for people.
#include <gtest/gtest.h>

#include "tools/venue/ctl/ctl.hpp"
#include "tools/venue/ctl/script.hpp"

namespace portcullis::tools::venue {
namespace {

TEST(Script, gives_each_command_its_time_and_line) {
    const auto steps = read_script(
        "# trouble\n0 fault once gap btcusdt@depth*\n\n1.5   fault  off all\n1.5 status\n",
        "a.txt");
    ASSERT_TRUE(steps) << steps.error();
    ASSERT_EQ(steps.value().size(), 3U);
    EXPECT_EQ(steps.value()[1].at_ms, 1500);
    EXPECT_EQ(steps.value()[1].command, "fault off all");
    EXPECT_EQ(steps.value()[1].line, 4U);
}

TEST(Script, names_file_and_line_of_a_mistake_and_what_was_expected) {
    const struct {
        const char* text;
        const char* error;
    } rows[] = {
        {"soon status",
         "s:1: 'soon': expected seconds since the start, as 2.5, to the millisecond"},
        {"0.0001 status",
         "s:1: '0.0001': expected seconds since the start, as 2.5, to the millisecond"},
        {"\n3", "s:2: expected T_SECONDS COMMAND"},
        {"2 status\n1.9 status", "s:2: 1.9 s: expected no less than the line before, 2000 ms"},
        {"", "s: no command in it; expected lines T_SECONDS COMMAND"},
        {"# nothing\n\n", "s: no command in it; expected lines T_SECONDS COMMAND"},
        {"0 dance", "s:1: unknown command 'dance'"},
        {"0 balance maker BTC", "s:1: expected balance ACCOUNT ASSET DELTA"},
        {"0 status now", "s:1: expected status"},
        {"0 status\n1 disconnect", "s:2: expected disconnect streams|orders|second|wsapi|all"},
        {"0 fault", "s:1: expected fault list|on|off|once"},
        {"0 fault list all", "s:1: expected fault list|on|off|once"},
        {"0 fault off dorp", "s:1: expected fault off NAME|all [TARGET]"},
        {"0 fault off", "s:1: expected fault off NAME|all [TARGET]"},
        {"0 fault maybe", "s:1: expected fault list|on|off|once"},
        {"0 fault on gap rest",
         "s:1: gap does not strike 'rest'; its targets are STREAM, as fault on gap btcusdt@depth*"},
        {"0 fault once drop rest every=2", "s:1: 'every=2': drop with once takes seed="}};
    for (const auto& row : rows) {
        const auto steps = read_script(row.text, "s");
        ASSERT_FALSE(steps) << row.text;
        EXPECT_EQ(steps.error(), row.error);
    }
}

TEST(Ctl, shows_members_by_line_and_arrays_as_tables) {
    EXPECT_EQ(readable(R"({"time":5,"symbols":[{"symbol":"BTCUSDT","bid":"1.0"},)"
                       R"({"symbol":"X","bid":"2.0"}],"none":[],"empty":{}})"),
              "time  5\n"
              "symbols\n"
              "  symbol   bid\n"
              "  BTCUSDT  1.0\n"
              "  X        2.0\n"
              "none\n"
              "  none\n"
              "empty\n"
              "  none\n");
    EXPECT_EQ(readable(R"([{"account":"a","balances":[{"asset":"BTC"}]}])"),
              "account\n"
              "a\n"
              "  balances\n"
              "    asset\n"
              "    BTC\n");
    EXPECT_EQ(readable("no json"), "no json\n");
}

TEST(Ctl, refuses_a_folder_in_the_place_of_a_script_and_no_folder_of_a_run) {
    const struct {
        CtlOptions options;
        const char* error;
    } rows[] = {
        {{"run", false, {"script", testing::TempDir()}}, ": a folder; expected a file with lines"},
        {{"run", false, {"script", "/nowhere"}}, "/nowhere: No such file"},
        {{"run", false, {"script"}}, "expected script FILE"},
        {{"", false, {"status"}}, "--dir '': expected the folder of a run"},
    };
    for (const auto& row : rows) {
        testing::internal::CaptureStderr();
        EXPECT_EQ(run_ctl(row.options), 1);
        const std::string told = testing::internal::GetCapturedStderr();
        EXPECT_NE(told.find(row.error), std::string::npos) << told;
    }
}

TEST(Ctl, says_where_it_found_no_venue) {
    const auto answer = ask_control_socket("/nonexistent/ctl.sock", "status");
    ASSERT_FALSE(answer);
    EXPECT_EQ(
        answer.error(),
        "/nonexistent/ctl.sock: No such file or directory; is a venue running in that folder?");
}

}  // namespace
}  // namespace portcullis::tools::venue
