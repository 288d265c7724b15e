// The catalogue: its order, its table in the README, and what it refuses, word for word.
#include <fstream>
#include <sstream>

#include "tests/tools/venue_faults/faults_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class Catalogue : public FaultsTest {};

TEST_F(Catalogue, has_a_row_for_each_kind_in_order_and_names_no_fault_twice) {
    std::set<std::string_view> names;
    std::size_t index = 0;
    for (const FaultRow& row : fault_catalogue()) {
        EXPECT_EQ(static_cast<std::size_t>(row.kind), index++) << row.name;
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_NE(row.targets, 0U) << row.name;
        EXPECT_EQ(find_fault(row.name), &row);
        EXPECT_GE(row.argument.standard, row.argument.least) << row.name;
        EXPECT_LE(row.argument.standard, row.argument.most) << row.name;
    }
}

TEST_F(Catalogue, is_the_table_of_the_readme) {
    std::ifstream file(PORTCULLIS_SOURCE_DIR "/tools/venue/README.md");
    std::stringstream text;
    text << file.rdbuf();
    const std::string begin = "<!-- faults:begin -->\n";
    const std::size_t at = text.str().find(begin);
    ASSERT_NE(at, std::string::npos);
    const std::size_t end = text.str().find("<!-- faults:end -->");
    EXPECT_EQ(text.str().substr(at + begin.size(), end - at - begin.size()), catalogue_markdown())
        << "put this between the marks of tools/venue/README.md:\n"
        << catalogue_markdown();
}

const struct {
    const char* line;
    const char* answer;
} refused_lines[] = {
    {"fault", "error: expected fault list|on|off|once"},
    {"fault on",
     "error: expected fault on NAME TARGET [OPTION=VALUE]..., as fault on drop btcusdt@trade"},
    {"fault once gap",
     "error: expected fault once NAME TARGET [OPTION=VALUE]..., as fault once gap "
     "btcusdt@depth*"},
    {"fault on ban",
     "error: expected fault on NAME TARGET [OPTION=VALUE]..., as fault on ban venue"},
    {"fault on drop nowhere",
     "error: drop does not strike 'nowhere'; its targets are STREAM, orders|second|wsapi, "
     "rest, account:NAME, as fault on drop btcusdt@trade"},
    {"fault on gap btcusdt",
     "error: gap does not strike 'btcusdt'; its targets are STREAM, as fault on gap "
     "btcusdt@depth*"},
    {"fault once overfill alice",
     "error: overfill does not strike 'alice'; its targets are account:NAME, as fault once "
     "overfill account:maker"},
    {"fault on gap btcusdt@trade",
     "error: gap: no stream of this venue that it could strike is named 'btcusdt@trade'"},
    {"fault on gap btcusdt@depth5*",
     "error: gap btcusdt@depth5*: a partial book is whole by itself and misses nothing; expected a "
     "stream of changes, as btcusdt@depth@100ms, or drop"},
    {"fault once gap btcusdt@depth20",
     "error: gap btcusdt@depth20: a partial book is whole by itself and misses nothing; expected a "
     "stream of changes, as btcusdt@depth@100ms, or drop"},
    {"fault on drop btcusd@trade",
     "error: drop: no stream of this venue that it could strike is named 'btcusd@trade'"},
    {"fault on drop account:carol", "error: unknown account carol"},
    {"fault on tick-size symbol:ETHUSDT", "error: unknown symbol ETHUSDT"},
    {"fault on drop rest rate=2", "error: rate=2: expected a probability from 0.000001 to 1"},
    {"fault on drop rest rate=0", "error: rate=0: expected a probability from 0.000001 to 1"},
    {"fault on drop rest every=0", "error: every=0: expected a number from 1 to 1000000000"},
    {"fault on drop rest seed=x", "error: seed=x: expected a number"},
    {"fault on drop rest for=soon",
     "error: for=soon: expected a time as 10s or 250ms, a day at most"},
    {"fault on drop rest for=10", "error: for=10: expected a time as 10s or 250ms, a day at most"},
    {"fault on drop rest for=ms", "error: for=ms: expected a time as 10s or 250ms, a day at most"},
    {"fault on drop rest rate=0.5 every=2", "error: expected rate= or every=, found both"},
    {"fault on drop rest every=2 every=3", "error: 'every=3': expected every= once"},
    {"fault on delay rest ms=5 ms=6", "error: 'ms=6': expected ms= once"},
    {"fault on drop rest for=86401s",
     "error: for=86401s: expected a time as 10s or 250ms, a day at most"},
    {"fault on drop rest ms=5", "error: 'ms=5': drop with on takes rate=, every=, seed=, for="},
    {"fault once drop rest every=5", "error: 'every=5': drop with once takes seed="},
    {"fault on delay rest ms=60001", "error: ms=60001: expected a number from 1 to 60000"},
    {"fault on delay rest ms=0", "error: ms=0: expected a number from 1 to 60000"},
    {"fault on overfill account:alice",
     "error: overfill happens at once: fault once overfill account:alice, or on with rate= or "
     "every="},
    {"fault on overfill account:alice rate=0.5 every=2",
     "error: expected rate= or every=, found both"},
    {"fault once overfill account:alice seed=2",
     "error: 'seed=2': overfill with once takes no option"},
    {"fault once ban venue",
     "error: ban holds until it is switched off: fault on ban venue [for=10s]"},
    {"fault once overfill account:alice", "error: account alice has no open order"},
    {"fault once trade-bust account:alice", "error: the account has no trade"},
    {"fault on certificate-change venue",
     "error: this venue has no certificates of its own to change"},
    {"fault on clock-skew venue ms=0",
     "error: clock-skew ms=0: a clock that is right; expected another number"},
    {"fault once ack-after-fill second",
     "error: ack-after-fill second: the connection that an order comes by is 'orders'; "
     "expected orders or wsapi"},
    {"fault on key-permissions account:carl",
     "error: key-permissions account:carl: none of its keys may trade"},
    {"fault on crossed-book !miniTicker@arr",
     "error: crossed-book: no stream of this venue that it could strike is named "
     "'!miniTicker@arr'"},
    {"fault off drop", "error: drop is not on there"},
    {"fault off", "error: expected fault off NAME|all [TARGET]"},
};

TEST_F(Catalogue, refuses_what_would_do_nothing_and_says_what_would) {
    venue.add_account(setup("carl"));
    for (const auto& row : refused_lines) {
        EXPECT_EQ(venue.control(row.line), row.answer) << row.line;
    }
    EXPECT_TRUE(venue.control("fault on dorp streams")
                    .starts_with("error: unknown fault 'dorp': expected one of drop, delay,"));
    for (const char* line : {"fault on delay rest ms=60000", "fault on drop rest rate=0.000001",
                             "fault on drop rest for=86400s", "fault on drop *@depth*"}) {
        EXPECT_EQ(venue.control(line), "ok") << line;
    }
}

TEST_F(Catalogue, the_list_shows_all_doors_of_a_fault_and_the_strikes_that_are_left) {
    const auto first = [this] {
        return member(venue.control("fault list").substr(3), "/active/0/fault");
    };
    command("lost-ack on");
    EXPECT_EQ(first(), R"("lost-ack wsapi+rest every=1 seed=1")");
    command("lost-ack off");
    command("error-after-accept 2");
    EXPECT_EQ(first(), R"("error-after-accept wsapi+rest every=1 seed=1 status=504 left=2")");
    place("90", "0.1");
    EXPECT_EQ(first(), R"("error-after-accept wsapi+rest every=1 seed=1 status=504 left=1")");
    EXPECT_EQ(rest("POST", "/api/v3/order",
                   "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=90&quantity=0.1")
                  .status,
              504)
        << "the other door";
    EXPECT_EQ(first(), "");
    command("fault on lost-ack rest");
    EXPECT_EQ(first(), R"("lost-ack rest every=1 seed=1")");
    command("fault off all");
    command("fault on lost-ack second+rest rate=0.5");
    EXPECT_EQ(first(), R"("lost-ack second+rest rate=0.500000 seed=1")");
    command("fault off lost-ack second+rest");
    EXPECT_EQ(first(), "");
    EXPECT_EQ(venue.control("fault on ack-after-fill wsapi+rest"),
              "error: ack-after-fill does not strike 'wsapi+rest'; its targets are "
              "orders|second|wsapi, as fault on ack-after-fill orders");
}

TEST_F(Catalogue, cuts_tears_and_mutes_that_meet_nobody_say_so_and_count_no_strike) {
    const auto struck = [this](const std::string& name) {
        return member(venue.control("fault list").substr(3), "/injected/" + name);
    };
    EXPECT_EQ(venue.control("mute orders"), R"(ok {"connections":1})");
    EXPECT_EQ(venue.control("disconnect second"), R"(ok {"connections":0})");
    EXPECT_EQ(venue.control("disconnect all"), R"(ok {"connections":2})");
    for (const char* line : {"disconnect all", "tear streams", "mute orders"}) {
        EXPECT_EQ(venue.control(line), R"(ok {"connections":0})") << line << ": all are cut";
    }
    market = {};
    EXPECT_EQ(venue.control("tear streams"), R"(ok {"connections":1})");
    EXPECT_EQ(struck("disconnect"), "1");
    stream.reset();
    orders.reset();
    for (const char* line : {"disconnect all", "tear all", "tear streams", "mute wsapi"}) {
        EXPECT_EQ(venue.control(line), R"(ok {"connections":0})") << line;
    }
    EXPECT_EQ(struck("disconnect"), "1");
    EXPECT_EQ(struck("tear"), "1");
}

TEST_F(Catalogue, names_match_by_stars) {
    const struct {
        const char* pattern;
        const char* text;
        bool matches;
    } rows[] = {{"*", "", true},
                {"*", "a@b", true},
                {"a*c", "abc", true},
                {"a*c", "abcd", false},
                {"*@depth*", "x@depth@100ms", true},
                {"a", "a", true},
                {"a", "ab", false},
                {"", "", true},
                {"", "a", false},
                {"*a*a*", "aa", true},
                {"*a*a*", "a", false}};
    for (const auto& row : rows) {
        EXPECT_EQ(pattern_matches(row.pattern, row.text), row.matches)
            << row.pattern << " " << row.text;
    }
}

TEST_F(Catalogue, questions_are_answered_as_json) {
    EXPECT_EQ(member(venue.control("status").substr(3), "/wsapi"), "1");
    EXPECT_EQ(member(venue.control("accounts").substr(3), "/0/account"), R"("alice")");
    EXPECT_EQ(member(venue.control("keys").substr(3), "/0/trade"), "true");
    EXPECT_EQ(member(venue.control("clock").substr(3), "/skewMs"), "0");
    EXPECT_EQ(venue.control("balances alice").substr(0, 4), "ok [");
    EXPECT_EQ(venue.control("balances carol"), "error: unknown account carol");
    EXPECT_EQ(venue.control("clock now"), "error: expected clock skew MILLISECONDS");
}

}  // namespace
}  // namespace portcullis::tools::venue
