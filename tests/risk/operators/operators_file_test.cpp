// The operators file: what is taken, and every mistake by its exact text.
#include "risk/operators/operators_file.hpp"

#include <gtest/gtest.h>

#include "tests/risk/operators/signing.hpp"

namespace portcullis::risk {
namespace {

using test::TestKey;

std::string entry(const std::string& name, const std::string& role, const std::string& key,
                  const std::string& more = "") {
    return "[[operator]]\nname = \"" + name + "\"\nrole = \"" + role + "\"\npublic_key = \"" + key +
           "\"\n" + more;
}

TEST(OperatorsFile, GivesEachOperatorByTheirKey) {
    const TestKey alice(1);
    const TestKey bob(2);
    const TestKey carol(3);
    auto read = Operators::parse(entry("alice", "risk_officer", alice.hex()) +
                                     entry("bob", "operator", bob.hex(), "unix_user = \"bob\"\n") +
                                     entry("carol", "viewer", carol.hex()),
                                 "o.toml");
    ASSERT_TRUE(read.ok()) << read.error();
    const Operators& operators = read.value();
    ASSERT_EQ(operators.all().size(), 3U);
    const Operator* found = operators.find(bob.open());
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->name, "bob");
    EXPECT_EQ(found->role, OperatorRole::operator_);
    EXPECT_EQ(found->unix_user, "bob");
    EXPECT_EQ(operators.find(alice.open())->role, OperatorRole::risk_officer);
    EXPECT_EQ(operators.find(alice.open())->unix_user, "");
    EXPECT_EQ(operators.find(TestKey(4).open()), nullptr);
    EXPECT_EQ(operators.count(OperatorRole::viewer), 1U);
    EXPECT_EQ(role_name(OperatorRole::risk_officer), "risk_officer");
}

TEST(OperatorsFile, EachMistakeIsToldWithLineKeyAndWhatWasExpected) {
    const std::string key = TestKey(1).hex();
    const std::string other = TestKey(2).hex();
    const std::string alice = entry("alice", "risk_officer", key);
    std::string upper = key;
    for (char& c : upper) {
        c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
    }
    struct Row {
        std::string text;
        std::string problem;
    };
    const std::string hex =
        ", expected 64 digits of lower-case hex, as `portcullis operator "
        "keygen` prints them";
    const Row rows[] = {
        {"", "o.toml:1: operator: missing, expected"},
        {entry("alice", "boss", key), "o.toml:3: operator[0].role: found the text \"boss\""},
        {entry("", "viewer", key), "o.toml:2: operator[0].name: found the text \"\""},
        {entry("a b", "viewer", key),
         "o.toml:2: operator[0].name: found the text \"a b\", expected at most 32 printable"},
        {entry(std::string(33, 'a'), "viewer", key), "o.toml:2: operator[0].name: found"},
        {entry("alice", "viewer", key.substr(1)), hex},
        {entry("alice", "viewer", key + "0"), hex},
        {entry("alice", "viewer", upper), hex},
        {entry("alice", "viewer", std::string(64, '0')), "not of small order"},
        {entry("alice", "viewer", "ed" + std::string(60, 'f') + "7f"), "the canonical form"},
        {entry("alice", "viewer", "01" + std::string(60, '0') + "80"), "the canonical form"},
        {alice + "limit = 5\n", "o.toml:5: operator[0].limit: "},
        {alice + "unix_user = \"\"\n", "o.toml:5: operator[0].unix_user: found the text \"\""},
        {alice + "unix_user = \"a b\"\n", "expected the name of a user of this machine"},
        {alice + entry("alice", "viewer", other),
         "o.toml:6: operator[1].name: found the text \"alice\", expected a name that no operator "
         "before has"},
        {alice + entry("bob", "risk_officer", key),
         "expected a key of their own: this one is alice's"},
        {"[[operator]]\nname = \"x\"\nrole = \"viewer\"\n", "operator[0].public_key: missing"},
        {"not toml", "o.toml:1"},
    };
    for (const Row& row : rows) {
        const auto read = Operators::parse(row.text, "o.toml");
        ASSERT_FALSE(read.ok()) << row.text;
        EXPECT_NE(read.error().find(row.problem), std::string::npos)
            << row.problem << "\n  in: " << read.error();
    }
    std::string many;
    for (int i = 0; i < 65; ++i) {
        many += entry("n" + std::to_string(i), "viewer",
                      TestKey(static_cast<std::uint8_t>(i + 1)).hex());
        const bool ok = Operators::parse(many, "o.toml").ok();
        EXPECT_EQ(ok, i < 64) << i;
    }
}

TEST(OwnersOfAlerts, AreThoseWhoNameTheScopeElseTheRiskOfficers) {
    const test::TestKey alice(1);
    const test::TestKey oskar(2);
    const auto operators = Operators::parse(
        "[[operator]]\nname = \"alice\"\nrole = \"risk_officer\"\npublic_key = \"" + alice.hex() +
            "\"\nunix_user = \"alice\"\n[[operator]]\nname = \"oskar\"\nrole = \"operator\"\n"
            "public_key = \"" +
            oskar.hex() + "\"\nowns = [\"strategy touch\"]\n",
        "o.toml");
    ASSERT_TRUE(operators.ok()) << operators.error();
    EXPECT_EQ(operators.value().owners_of("strategy touch"), "oskar");
    EXPECT_EQ(operators.value().owners_of("firm"), "alice");
    EXPECT_TRUE(operators.value().may_acknowledge("alice"));
    EXPECT_FALSE(operators.value().may_acknowledge("oskar")) << "no user is said to be oskar";
    EXPECT_FALSE(operators.value().may_acknowledge(""));
}

TEST(OwnersOfAlerts, AreAcknowledgedAboveViewerOrWhereNoUserIsNamedByWhoeverComesIn) {
    const test::TestKey alice(1);
    const test::TestKey vera(2);
    const auto text = [&](const char* user) {
        return "[[operator]]\nname = \"alice\"\nrole = \"risk_officer\"\npublic_key = \"" +
               alice.hex() +
               "\"\n[[operator]]\nname = \"vera\"\nrole = \"viewer\"\npublic_key = \"" +
               vera.hex() + "\"\n" + user;
    };
    const auto open = Operators::parse(text(""), "o.toml");
    ASSERT_TRUE(open.ok());
    EXPECT_TRUE(open.value().may_acknowledge("anybody"));
    const auto named = Operators::parse(text("unix_user = \"vera\"\n"), "o.toml");
    ASSERT_TRUE(named.ok());
    EXPECT_FALSE(named.value().may_acknowledge("vera"));
    EXPECT_FALSE(named.value().may_acknowledge("anybody"));
}

}  // namespace
}  // namespace portcullis::risk
