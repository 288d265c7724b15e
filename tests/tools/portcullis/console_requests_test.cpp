// Console requests: the closed list, each mistake with its text, and any bytes at all.
#include "tools/portcullis/console/requests.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

#include <filesystem>

#include "tests/tools/portcullis/example.hpp"
#include "tools/portcullis/console/frames.hpp"

namespace portcullis::tools {
namespace {

using engine::Scope;

const AppConfig& config() {
    static const AppConfig loaded = test::example_config();
    return loaded;
}

std::string error_of(std::string_view json) {
    const auto request = parse_console_request(json, config());
    return request.ok() ? "none" : request.error();
}

TEST(ConsoleRequest, EachCommandIsUnderstood) {
    struct Row {
        const char* json;
        ConsoleCommand command;
        Scope scope;
        std::uint16_t index;
    };
    const Row rows[] = {
        {R"({"command":"status"})", ConsoleCommand::status, Scope::firm, 0},
        {R"({"command":"positions"})", ConsoleCommand::positions, Scope::firm, 0},
        {R"({"command":"orders"})", ConsoleCommand::orders, Scope::firm, 0},
        {R"({"command":"limits"})", ConsoleCommand::limits, Scope::firm, 0},
        {R"({"command":"denials"})", ConsoleCommand::denials, Scope::firm, 0},
        {R"({"command":"latency"})", ConsoleCommand::latency, Scope::firm, 0},
        {R"({"command":"cancel-all"})", ConsoleCommand::cancel_all, Scope::firm, 0},
        {R"({"command":"kill"})", ConsoleCommand::kill, Scope::firm, 0},
        {R"({"command":"kill","scope":"firm"})", ConsoleCommand::kill, Scope::firm, 0},
        {R"({"command":"kill","scope":"venue","name":"binance"})", ConsoleCommand::kill,
         Scope::venue, 0},
        {R"({"command":"kill","scope":"account","name":"0"})", ConsoleCommand::kill, Scope::account,
         0},
        {R"({"command":"halt","scope":"credential","name":"0"})", ConsoleCommand::halt,
         Scope::credential, 0},
        {R"({"command":"kill","scope":"withdrawals"})", ConsoleCommand::kill, Scope::withdrawals,
         0},
        {R"( { "name" : "BTCUSDT", "scope":"instrument","command":"halt" } )", ConsoleCommand::halt,
         Scope::instrument, 0},
        {R"({"command":"resume","scope":"strategy","name":"touch"})", ConsoleCommand::resume,
         Scope::strategy, 0},
        {R"({"command":"re-enable","scope":"instrument","name":"BTCUSDT"})",
         ConsoleCommand::re_enable, Scope::instrument, 0},
        {R"({"command":"reduce-only","scope":"strategy","name":"to\u0075ch"})",
         ConsoleCommand::reduce_only, Scope::strategy, 0},
    };
    for (const Row& row : rows) {
        const auto request = parse_console_request(row.json, config());
        ASSERT_TRUE(request.ok()) << row.json << ": " << request.error();
        EXPECT_EQ(request.value().command, row.command) << row.json;
        EXPECT_EQ(request.value().scope, row.scope) << row.json;
        EXPECT_EQ(request.value().index, row.index) << row.json;
    }
}

TEST(ConsoleRequest, EachMistakeIsToldAndNothingIsGuessed) {
    struct Row {
        const char* json;
        const char* error;
    };
    const Row rows[] = {
        {"", "expected one JSON object"},
        {"kill", "expected one JSON object"},
        {"[]", "expected one JSON object"},
        {"\"kill\"", "expected one JSON object"},
        {R"({"command":"kill"}{"command":"kill"})", "expected one JSON object"},
        {R"({"command":"kill")", "expected one JSON object"},
        {"{}", "unknown command \"\""},
        {R"({"command":"Kill"})", "unknown command \"Kill\""},
        {R"({"command":"kill "})", "unknown command \"kill \""},
        {R"({"command":"explode"})", "unknown command \"explode\""},
        {R"({"command":7})", "expected a text as value of \"command\""},
        {R"({"command":null})", "expected a text as value of \"command\""},
        {R"({"command":["kill"]})", "expected a text as value of \"command\""},
        {R"({"command":"kill","scope":0})", "expected a text as value of \"scope\""},
        {R"({"command":"kill","name":true})", "expected a text as value of \"name\""},
        {R"({"command":"kill","command":"status"})", "key \"command\" twice"},
        {R"({"command":"kill","reason":"x"})",
         "unknown key \"reason\", expected command, scope, name, id, key, action, limit, value"},
        {R"({"command":"status","scope":"firm"})", "status takes no scope"},
        {R"({"command":"cancel-all","name":"x"})", "cancel-all takes no scope"},
        {R"({"command":"kill","scope":"all"})",
         "unknown scope \"all\", expected firm, venue, strategy, instrument, account, credential "
         "or "
         "withdrawals"},
        {R"({"command":"kill","scope":"account"})", "no account \"\", expected 0"},
        {R"({"command":"kill","scope":"account","name":"1"})", "no account \"1\", expected 0"},
        {R"({"command":"kill","scope":"credential","name":"00"})",
         "no credential \"00\", expected 0"},
        {R"({"command":"halt","scope":"withdrawals"})", "withdrawals can be killed, nothing else"},
        {R"({"command":"kill","scope":"withdrawals","name":"0"})",
         "scope withdrawals takes no name"},
        {R"({"command":"kill","name":"touch"})", "scope firm takes no name"},
        {R"({"command":"kill","scope":"venue"})", "no venue \"\", expected binance"},
        {R"({"command":"kill","scope":"strategy","name":"tuch"})", "no strategy \"tuch\""},
        {R"({"command":"kill","scope":"instrument","name":"btcusdt"})",
         "no instrument \"btcusdt\""},
        {"{\"command\":\"\\u001b[2J\"}", "unknown command \"\\u001b[2J\""},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(error_of(row.json), row.error) << row.json;
    }
}

TEST(ConsoleRequest, WhatTheClientWritesTheEngineReads) {
    const auto request =
        parse_console_request(console_request_json("kill", "strategy", "touch"), config());
    ASSERT_TRUE(request.ok()) << request.error();
    EXPECT_EQ(request.value().scope, Scope::strategy);
    EXPECT_EQ(console_request_json("status", "", ""), R"({"command":"status"})");
    EXPECT_EQ(error_of(console_request_json("kill", "strategy", "a\"b\n")),
              "no strategy \"a\\\"b\\u000a\"");
}

std::string read_back(const std::string& json) {
    simdjson::dom::parser parser;
    std::string_view text;
    return parser.parse(json).get_string().get(text) == simdjson::SUCCESS ? std::string(text)
                                                                          : "no JSON text";
}

TEST(JsonText, EscapesWhatJsonAndTerminalsWantEscaped) {
    EXPECT_EQ(json_text("a\"b\\c\n\t\x7f"), R"("a\"b\\c\u000a\u0009\u007f")");
    EXPECT_EQ(json_text("\xc3\xa9"), "\"\xc3\xa9\"");
    EXPECT_EQ(json_text("\xff\xc3"), R"("\u00ff\u00c3")") << "no UTF-8: byte by byte";
    EXPECT_EQ(json_text("\xc2\x9b"), R"("\u009b")") << "a C1 control, CSI in one character";
    for (int byte = 0; byte < 256; ++byte) {
        const std::string json = json_text(std::string(1, static_cast<char>(byte)));
        EXPECT_NE(read_back(json), "no JSON text") << byte;
    }
}

TEST(JsonText, NaughtyStringsComeBackAsTheyWere) {
    const std::string name = PORTCULLIS_SHARED_DIR "/vectors/blns/blns.json";
    if (!std::filesystem::exists(name)) {
        GTEST_SKIP() << "absent: " << name;
    }
    simdjson::dom::parser parser;
    simdjson::dom::array strings;
    ASSERT_EQ(parser.load(name).get_array().get(strings), simdjson::SUCCESS);
    std::size_t count = 0;
    for (const auto each : strings) {
        std::string_view text;
        ASSERT_EQ(each.get_string().get(text), simdjson::SUCCESS);
        const std::string json = json_text(text);
        EXPECT_EQ(read_back(json), text);
        for (const char c : json) {
            EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << json;
        }
        const auto request = parse_console_request(
            console_request_json("kill", "strategy", std::string(text)), config());
        EXPECT_FALSE(request.ok()) << text;
        ++count;
    }
    EXPECT_GT(count, 300U);
}

TEST(ConsoleRequest, JsonTestSuiteFilesAreReadAsJsonWhereTheyAreAndRefusedWhereNot) {
    const std::string folder = PORTCULLIS_SHARED_DIR "/vectors/json/JSONTestSuite/test_parsing";
    if (!std::filesystem::exists(folder)) {
        GTEST_SKIP() << "absent: " << folder;
    }
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        const std::string name = file.path().filename();
        // As a value, so that every kind of text reaches the same parser: an object whose one key
        // is not ours is refused by its key where it is JSON, and as no JSON where it is not.
        const std::string bytes = test::file_text(file.path());
        const std::string error = error_of("{\"x\":" + bytes + "}");
        const bool json =
            error ==
            "unknown key \"x\", expected command, scope, name, id, key, action, limit, value";
        EXPECT_TRUE(json || error == "expected one JSON object") << name << ": " << error;
        if (name.rfind("y_", 0) == 0) {
            EXPECT_TRUE(json) << name << ": " << error;
            ++accepted;
        } else if (name.rfind("n_", 0) == 0) {
            EXPECT_NE(error_of(bytes), "none") << name;
            // Two that are wrong alone and right within: what closes them is what we put around.
            const bool closes = error_of(bytes) == "expected one JSON object" && json;
            EXPECT_TRUE(!json || closes) << name;
            refused += json ? 0 : 1;
        }
    }
    EXPECT_EQ(accepted, 67U) << "the vectors hold 67 of the 95";
    EXPECT_GT(refused, 100U);
}

TEST(ConsoleFrame, CutsExactlyWhatWasMade) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{255},
                                   std::size_t{256}, console_request_max}) {
        const std::string body(size, 'b');
        const std::string frame = make_frame(body) + "rest";
        const FrameCut cut = cut_frame(frame, console_request_max);
        ASSERT_EQ(cut.state, FrameState::complete) << size;
        EXPECT_EQ(cut.body, body);
        EXPECT_EQ(cut.consumed, frame.size() - 4);
        EXPECT_EQ(
            cut_frame(std::string_view(frame).substr(0, cut.consumed - 1), console_request_max)
                .state,
            FrameState::incomplete);
    }
    const std::string most = make_frame(std::string(console_request_max + 1, 'b'));
    EXPECT_EQ(cut_frame(std::string_view(most).substr(0, 4), console_request_max).state,
              FrameState::too_long);
    EXPECT_EQ(cut_frame("\xff\xff\xff", console_request_max).state, FrameState::incomplete);
}

}  // namespace
}  // namespace portcullis::tools
