// The config reader: every kind of mistake with its exact text, and what is accepted exactly.
#include "engine/config/config_reader.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>

namespace portcullis::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ConfigReader parsed(const std::string& text) {
    auto reader = ConfigReader::parse(text, "f.toml");
    EXPECT_TRUE(reader.ok()) << (reader.ok() ? "" : reader.error());
    return std::move(reader).value();
}

using Read = std::function<void(ConfigReader&)>;

std::vector<std::string> problems_of(const std::string& text, const Read& read) {
    ConfigReader reader = parsed(text);
    read(reader);
    reader.finish();
    return reader.problems();
}

struct Row {
    const char* name;
    const char* text;
    Read read;
    const char* problem;
};

const Read text = [](ConfigReader& r) { (void)r.root().text("k"); };
const Read integer = [](ConfigReader& r) { (void)r.root().integer("k", -3, 7); };
const Read flag = [](ConfigReader& r) { (void)r.root().flag("k"); };
const Read choice = [](ConfigReader& r) { (void)r.root().choice("k", {"a", "b"}); };
const Read texts = [](ConfigReader& r) { (void)r.root().texts("k", 2); };
const Read decimal = [](ConfigReader& r) { (void)r.root().decimal("k"); };
const Read signed_decimal = [](ConfigReader& r) { (void)r.root().signed_decimal("k"); };
const Read duration = [](ConfigReader& r) { (void)r.root().duration("wait_ms", 1, 100); };
const Read number = [](ConfigReader& r) { (void)r.root().number("k", 0.0, 5.0); };
const Read table = [](ConfigReader& r) { (void)r.root().table("t"); };
const Read tables = [](ConfigReader& r) { (void)r.root().tables("t", 1); };
const Read inner = [](ConfigReader& r) { (void)r.root().table("t").integer("k", 1, 2); };
const Read row_key = [](ConfigReader& r) {
    for (ConfigSection& row : r.root().tables("t", 1)) {
        (void)row.integer("k", 1, 2);
    }
};
const Read nothing = [](ConfigReader&) {};

#define DECIMAL "an exact decimal in quotes, zero or more, such as \"0.05\""

const Row wrong[] = {
    {"text missing", "", text, "f.toml:1: k: missing, expected a text"},
    {"text empty", "k = \"\"", text,
     "f.toml:1: k: found the text \"\", expected a text that is not empty"},
    {"text is integer", "\nk = 5", text,
     "f.toml:2: k: found the integer 5, expected a text that is not empty"},
    {"integer missing", "", integer, "f.toml:1: k: missing, expected an integer from -3 to 7"},
    {"integer above", "k = 8", integer,
     "f.toml:1: k: found the integer 8, expected an integer from -3 to 7"},
    {"integer below", "k = -4", integer,
     "f.toml:1: k: found the integer -4, expected an integer from -3 to 7"},
    {"integer of 19 digits", "k = 9223372036854775807", integer,
     "f.toml:1: k: found the integer 9223372036854775807, expected an integer from -3 to 7"},
    {"integer is float", "k = 5.0", integer,
     "f.toml:1: k: found the float 5.0, expected an integer from -3 to 7"},
    {"integer is text", "k = \"5\"", integer,
     "f.toml:1: k: found the text \"5\", expected an integer from -3 to 7"},
    {"integer is true", "k = true", integer,
     "f.toml:1: k: found true, expected an integer from -3 to 7"},
    {"integer is array", "k = [1]", integer,
     "f.toml:1: k: found an array, expected an integer from -3 to 7"},
    {"integer is date", "k = 2024-08-08", integer,
     "f.toml:1: k: found a date or time, expected an integer from -3 to 7"},
    {"integer is nan", "k = nan", integer,
     "f.toml:1: k: found the float nan, expected an integer from -3 to 7"},
    {"flag is integer", "k = 1", flag, "f.toml:1: k: found the integer 1, expected true or false"},
    {"flag missing", "", flag, "f.toml:1: k: missing, expected true or false"},
    {"choice unknown", "k = \"c\"", choice,
     "f.toml:1: k: found the text \"c\", expected one of \"a\" \"b\""},
    {"choice missing", "", choice, "f.toml:1: k: missing, expected one of \"a\" \"b\""},
    {"texts missing", "", texts, "f.toml:1: k: missing, expected an array of at least 2 texts"},
    {"texts too few", "k = [\"x\"]", texts,
     "f.toml:1: k: found the array of \"x\", expected an array of at least 2 texts"},
    {"texts is text", "k = \"x\"", texts,
     "f.toml:1: k: found the text \"x\", expected an array of at least 2 texts"},
    {"texts with integer", "k = [\"x\",\n 5]", texts,
     "f.toml:2: k: found the integer 5, expected texts only, none empty"},
    {"texts with empty", "k = [\"x\", \"\"]", texts,
     "f.toml:1: k: found the text \"\", expected texts only, none empty"},
    {"decimal missing", "", decimal, "f.toml:1: k: missing, expected " DECIMAL},
    {"decimal is float", "k = 0.05", decimal,
     "f.toml:1: k: found the float 0.05, expected " DECIMAL},
    {"decimal is integer", "k = 5", decimal, "f.toml:1: k: found the integer 5, expected " DECIMAL},
    {"decimal negative", "k = \"-1\"", decimal,
     "f.toml:1: k: found the text \"-1\", expected " DECIMAL " (not of the form 123 or 123.45)"},
    {"decimal with nine places", "k = \"0.000000001\"", decimal,
     "f.toml:1: k: found the text \"0.000000001\", expected " DECIMAL
     " (more than eight decimals)"},
    {"decimal beyond 64 bits", "k = \"92233720368.54775808\"", decimal,
     "f.toml:1: k: found the text \"92233720368.54775808\", expected " DECIMAL
     " (too large for 64 bits of 1e-8 units)"},
    {"decimal with exponent", "k = \"1e2\"", decimal,
     "f.toml:1: k: found the text \"1e2\", expected " DECIMAL " (not of the form 123 or 123.45)"},
    {"signed decimal is text", "k = \"--1\"", signed_decimal,
     "f.toml:1: k: found the text \"--1\", expected an exact decimal in quotes, such as "
     "\"-0.05\" (not of the form 123 or 123.45)"},
    {"duration above", "wait_ms = 101", duration,
     "f.toml:1: wait_ms: found the integer 101, expected an integer from 1 to 100"},
    {"number above", "k = 5.5", number,
     "f.toml:1: k: found the float 5.5, expected a number from 0 to 5"},
    {"number nan", "k = nan", number,
     "f.toml:1: k: found the float nan, expected a number from 0 to 5"},
    {"number infinite", "k = inf", number,
     "f.toml:1: k: found the float inf, expected a number from 0 to 5"},
    {"number is text", "k = \"1\"", number,
     "f.toml:1: k: found the text \"1\", expected a number from 0 to 5"},
    {"table missing", "", table, "f.toml:1: t: missing, expected a table [t]"},
    {"table is integer", "t = 1", table, "f.toml:1: t: found the integer 1, expected a table [t]"},
    {"table is rows", "[[t]]", table, "f.toml:1: t: found an array, expected a table [t]"},
    {"rows missing", "", tables, "f.toml:1: t: missing, expected at least 1 [[t]]"},
    {"rows are a table", "[t]", tables, "f.toml:1: t: found a table, expected at least 1 [[t]]"},
    {"rows are integers", "t = [1]", tables,
     "f.toml:1: t: found the integer 1, expected at least 1 [[t]]"},
    {"key in a table", "\n[t]\nk = 3", inner,
     "f.toml:3: t.k: found the integer 3, expected an integer from 1 to 2"},
    {"key missing in a table", "\n[t]", inner,
     "f.toml:2: t.k: missing, expected an integer from 1 to 2"},
    {"key in the second row", "[[t]]\nk = 1\n[[t]]\nk = 0", row_key,
     "f.toml:4: t[1].k: found the integer 0, expected an integer from 1 to 2"},
    {"unknown key", "\n\nother = 1", nothing,
     "f.toml:3: other: unknown key, expected none of this name here"},
    {"unknown table", "[other]\nk = 1", nothing,
     "f.toml:1: other: unknown key, expected none of this name here"},
    {"unknown key in a row", "[[t]]\nk = 1\nz = 2", row_key,
     "f.toml:3: t[0].z: unknown key, expected none of this name here"},
    {"unknown key that needs quotes", "\"a.b\\n\" = 1", nothing,
     "f.toml:1: \"a.b\\u000A\": unknown key, expected none of this name here"},
    {"escapes reach no terminal", "k = \"\\u001b[2J\"", integer,
     "f.toml:1: k: found the text \"\\u001B[2J\", expected an integer from -3 to 7"},
};

TEST(ConfigReader, TellsEachMistakeWithFileLineKeyFoundAndExpected) {
    for (const Row& row : wrong) {
        EXPECT_THAT(problems_of(row.text, row.read), ElementsAre(row.problem)) << row.name;
    }
}

TEST(ConfigReader, ALongValueIsToldByItsBeginningCutBetweenCharacters) {
    const std::string e_acute = "\xc3\xa9";
    std::string value = "x";
    for (int i = 0; i < 100; ++i) {
        value += e_acute;
    }
    const auto problems = problems_of("k = \"" + value + "\"", integer);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0], "f.toml:1: k: found the text \"" + value.substr(0, 59) +
                               "\"..., expected an integer from -3 to 7");
}

TEST(ConfigReader, TellsAllProblemsAtOnceInOrderOfLine) {
    const auto problems = problems_of("extra = 1\nk = 9\n[t]\nk = 5\n", [](ConfigReader& r) {
        (void)r.root().table("t").integer("k", 1, 2);
        (void)r.root().integer("k", 1, 2);
        (void)r.root().text("missing");
    });
    EXPECT_THAT(problems,
                ElementsAre(HasSubstr(":1: missing: missing"), HasSubstr(":1: extra: unknown"),
                            HasSubstr(":2: k: found the integer 9"),
                            HasSubstr(":4: t.k: found the integer 5")));
}

TEST(ConfigReader, AMissingTableNamesEveryKeyThatIsMissingWithIt) {
    EXPECT_THAT(problems_of("", inner),
                ElementsAre("f.toml:1: t: missing, expected a table [t]",
                            "f.toml:1: t.k: missing, expected an integer from 1 to 2"));
}

TEST(ConfigReader, WhatTheCallerExpectsOfAnAbsentKeyIsToldUnlessItsAbsenceIs) {
    auto reader = std::move(ConfigReader::parse("[t]\nthere = 1\n", "c.toml")).value();
    ConfigSection section = reader.root().table("t");
    (void)section.integer("there", 0, 9);
    (void)section.integer("needed", 0, 9);
    for (const char* key : {"there", "needed", "optional"}) {
        reader.expect(section, key, "something else");
    }
    EXPECT_THAT(reader.problems(),
                ElementsAre(HasSubstr("t.needed: missing, expected"),
                            HasSubstr("t.optional: found nothing, expected something else"),
                            HasSubstr("t.there: found the integer 1, expected something else")));
}

TEST(ConfigReader, ReadsExactlyWhatIsThere) {
    ConfigReader reader = parsed(
        "name = \"x\"\nn = -3\non = true\npick = \"b\"\nlist = [\"p\", \"q\"]\nqty = "
        "\"0.00000001\"\n"
        "most = \"92233720368.54775807\"\nless = \"-0.5\"\nwait_us = 7\nwait_s = 2\nf = 0.3\ni = "
        "4\n");
    ConfigSection root = reader.root();
    EXPECT_EQ(root.text("name"), "x");
    EXPECT_EQ(root.integer("n", -3, 7), -3);
    EXPECT_TRUE(root.flag("on"));
    EXPECT_EQ(root.choice("pick", {"a", "b"}), 1U);
    EXPECT_THAT(root.texts("list", 2), ElementsAre("p", "q"));
    EXPECT_EQ(root.decimal("qty"), 1);
    EXPECT_EQ(root.decimal("most"), INT64_MAX);
    EXPECT_EQ(root.signed_decimal("less"), -50'000'000);
    EXPECT_EQ(root.duration("wait_us", 1, 10).value, 7'000);
    EXPECT_EQ(root.duration("wait_s", 1, 10).value, 2'000'000'000);
    EXPECT_EQ(root.number("f", 0.0, 1.0), 0.3);
    EXPECT_EQ(root.number("i", 0.0, 5.0), 4.0);
    reader.finish();
    EXPECT_THAT(reader.problems(), IsEmpty());
}

TEST(ConfigReader, WhatMayBeAbsentIsAbsentOrHasItsDefault) {
    ConfigReader reader = parsed("a = \"x\"\nd = \"2\"");
    ConfigSection root = reader.root();
    EXPECT_EQ(root.text_if("a"), "x");
    EXPECT_EQ(root.text_if("b"), std::nullopt);
    EXPECT_EQ(root.decimal_if("d"), 200'000'000);
    EXPECT_EQ(root.decimal_if("e"), std::nullopt);
    EXPECT_EQ(root.text_or("c", "fallback"), "fallback");
    EXPECT_EQ(root.integer_or("n", 1, 9, 5), 5);
    EXPECT_TRUE(root.flag_or("on", true));
    EXPECT_EQ(root.duration_or("wait_ms", 1, 9, 5).value, 5'000'000);
    EXPECT_THAT(reader.problems(), IsEmpty());
}

const char* const twisted = R"(
late = 1
[[row]]
name = "quote \" and \\ and \u001b"
[row.inner]
f = 0.1
[[row]]
name = "second"
[row.inner]
f = 5
[one.two]
list = ["a", "b\n"]
)";

std::string read_twisted(const std::string& toml, bool annotated) {
    ConfigReader reader = parsed(toml);
    ConfigSection root = reader.root();
    for (ConfigSection& row : root.tables("row", 1)) {
        (void)row.table("inner").number("f", 0.0, 10.0);
        (void)row.text("name");  // after the sub-table: it must be written before
        (void)row.text_if("note");
    }
    (void)root.table("one").table("two").texts("list", 1);
    (void)root.integer("late", 0, 9);
    (void)root.integer_or("more", 0, 9, 4);
    reader.finish();
    EXPECT_THAT(reader.problems(), IsEmpty());
    return reader.effective(annotated);
}

TEST(ConfigReader, EffectiveIsTomlThatReadsBackToItself) {
    const std::string effective = read_twisted(twisted, false);
    EXPECT_EQ(effective, R"(late = 1
more = 4

[[row]]
name = "quote \" and \\ and \u001B"

[row.inner]
f = 0.1

[[row]]
name = "second"

[row.inner]
f = 5.0

[one.two]
list = ["a", "b\u000A"]
)");
    EXPECT_EQ(read_twisted(effective, false), effective);
    EXPECT_EQ(read_twisted(read_twisted(twisted, true), false), effective);
    EXPECT_THAT(read_twisted(twisted, true), HasSubstr("more = 4  # default\n"));
    EXPECT_THAT(read_twisted(twisted, true), HasSubstr("# note: not set\n"));
}

TEST(ConfigReader, RemembersEveryKeyThatWasAskedForWithItsChoices) {
    ConfigReader reader = parsed("[[t]]\nk = 1\n[[t]]\nk = 1");
    row_key(reader);
    (void)reader.root().choice("pick", {"a", "b"});
    (void)reader.root().text_if("maybe");
    std::vector<std::string> paths;
    for (const KnownKey& key : reader.known_keys()) {
        paths.push_back(key.path);
        EXPECT_EQ(key.choices.size(), key.path == "pick" ? 2U : 0U) << key.path;
    }
    EXPECT_THAT(paths, ElementsAre("maybe", "pick", "t", "t.k"));
}

std::string error_of(const std::string& toml) {
    auto reader = ConfigReader::parse(toml, "f.toml");
    return reader.ok() ? "none" : reader.error();
}

TEST(ConfigReader, WhatIsNoTomlIsRefusedWithItsLine) {
    EXPECT_THAT(error_of("a = 1\nb = \n"), HasSubstr("f.toml:2: not TOML: "));
    EXPECT_THAT(error_of("a = 1\na = 2\n"), HasSubstr("f.toml:2: not TOML: "));
    EXPECT_THAT(error_of("k = 92233720368547758070"), HasSubstr("f.toml:1: not TOML: "));
    EXPECT_THAT(error_of(std::string("\x7f"
                                     "ELF\0\1\2",
                                     7)),
                HasSubstr("f.toml:1: not TOML: "));
    EXPECT_THAT(error_of("k = \"\xff\xfe\""), HasSubstr("f.toml:1: not TOML: "));
    // What toml++ 3.3 would have undefined behaviour on.
    const std::string letter = ": not TOML: ";
    EXPECT_THAT(error_of("a = 1\nb = \u00e9"), HasSubstr("f.toml:2" + letter));
    EXPECT_THAT(error_of("\u00e9 = 1"), HasSubstr("f.toml:1" + letter));
    EXPECT_THAT(error_of("a = \"x\\\"\" \u00e9"), HasSubstr("f.toml:1" + letter));
    EXPECT_THAT(error_of("a = 'x\\' \u00e9"), HasSubstr("f.toml:1" + letter));
    EXPECT_THAT(error_of("a = \"\"\"\nx\"\"\"\"\" \u00e9"), HasSubstr("f.toml:2" + letter));
    EXPECT_THAT(error_of("a = 1 # \u00e9\n\u00e9"), HasSubstr("f.toml:2" + letter));
    EXPECT_EQ(
        error_of(
            "\ufeffa = \"\u00e9\" # \u00e9\nb = '\u00e9'\nc = \"\"\"\n\u00e9\"\" \u00e9\"\"\""),
        "none");
    // toml++ 3.3 asserts on these instead (engine/config/toml.hpp).
    EXPECT_THAT(error_of("k = 1979-05-27Tx"), HasSubstr("f.toml:1: not TOML: "));
    EXPECT_THAT(error_of("k = [}"), HasSubstr("f.toml:1: not TOML: "));
    EXPECT_THAT(error_of("k = [1,\n}]"), HasSubstr("f.toml:2: not TOML: "));
    EXPECT_THAT(error_of("["), HasSubstr("f.toml:1: not TOML: "));
    EXPECT_THAT(error_of("[\n"), HasSubstr("f.toml:1: not TOML: "));
    EXPECT_EQ(error_of(""), "none") << "an empty file is TOML; what is missing is told by the keys";
}

TEST(ConfigReader, ALineIsAtMost4096BytesSoThatNoKeyIsATreeTooDeep) {
    EXPECT_EQ(error_of("\n#" + std::string(4095, 'x') + "\n"), "none");
    EXPECT_EQ(error_of("\n#" + std::string(4096, 'x')),
              "f.toml:2: longer than 4096 bytes, expected the lines of a config file");
    std::string deep = "a";
    for (int i = 0; i < 500'000; ++i) {
        deep += ".a";
    }
    EXPECT_THAT(error_of(deep + " = 1"), HasSubstr("longer than 4096 bytes"));
}

class ConfigFile : public testing::Test {
protected:
    ConfigFile() {
        std::string name = std::filesystem::temp_directory_path() / "portcullis-config-XXXXXX";
        directory_ = ::mkdtemp(name.data());
    }
    ~ConfigFile() override { std::filesystem::remove_all(directory_); }
    [[nodiscard]] std::string path() const { return directory_ + "/c.toml"; }
    void write(const std::string& bytes) const { std::ofstream(path(), std::ios::binary) << bytes; }
    [[nodiscard]] static std::string error(const std::string& path) {
        auto reader = ConfigReader::load(path);
        return reader.ok() ? "none" : reader.error();
    }
    std::string directory_;
};

TEST_F(ConfigFile, ThatIsMissingADirectoryOrTooLongIsAnErrorThatSaysSo) {
    EXPECT_EQ(error(path()), path() +
                                 ": cannot be opened (No such file or directory), expected a "
                                 "TOML config file");
    EXPECT_EQ(error(directory_),
              directory_ + ": cannot be read (Is a directory), expected a TOML config file");
    std::string lines;
    while (lines.size() <= (std::size_t{1} << 20)) {
        lines += "# sixty-four bytes of comment, so that no line is too long......\n";
    }
    write(lines);
    EXPECT_EQ(error(path()), path() + ": longer than 1 MiB, expected a TOML config file");
    write("");
    EXPECT_EQ(error(path()), "none");
}

TEST_F(ConfigFile, IsReadAsItIs) {
    write("k = 1\n");
    auto reader = ConfigReader::load(path());
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader.value().text(), "k = 1\n");
    (void)reader.value().root().integer("k", 2, 2);
    EXPECT_THAT(reader.value().problems(), ElementsAre(HasSubstr(path() + ":1: k: ")));
}

}  // namespace
}  // namespace portcullis::engine
