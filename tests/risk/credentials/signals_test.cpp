// The specification of the signals as rows: what was seen, and whether the signal speaks. Each has
// rows on both sides; legitimate strangers have one each.
#include "risk/credentials/signals.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <vector>

#include "risk/credentials/strangers.hpp"
#include "tests/risk/credentials/sightings.hpp"

namespace portcullis::risk::credential_test {
namespace {

using engine::CredentialResponse;
using engine::int128;
using engine::Sight;
using engine::Sighting;
using engine::Stranger;
using engine::Whose;

constexpr std::int64_t ms = 1'000'000;
constexpr int128 largest = std::numeric_limits<std::int64_t>::max();
constexpr int128 beyond_64_bits = largest * 4;

struct SignalRow {
    Signal signal;
    const char* name;
    Sighting sighting;
    bool speaks;
};

using S = Sighting;

std::vector<SignalRow> rows_of_orders() {
    return {
        {Signal::foreign_order, "of no form of ours", seen(Sight::order, Whose::nobodys), true},
        {Signal::foreign_order, "an imitation", seen(Sight::order, Whose::forged), true},
        {Signal::foreign_order, "without any id", seen(Sight::order), true},
        {Signal::foreign_order, "taken back again", seen(Sight::cancel, Whose::nobodys), true},
        {Signal::foreign_order, "ours", seen(Sight::order, Whose::ours), false},
        {Signal::foreign_order, "its fill is another signal", seen(Sight::fill, Whose::nobodys),
         false},
        {Signal::foreign_order, "a liquidation's name alone",
         by(Stranger::liquidation, seen(Sight::order, Whose::nobodys), false), true},
        {Signal::foreign_order, "the venue's own, without a name",
         seen(Sight::order, Whose::nobodys, S::venue_typed), true},
        {Signal::id_misused, "never journaled", seen(Sight::order, Whose::unjournaled), true},
        {Signal::id_misused, "never journaled and filled", seen(Sight::fill, Whose::unjournaled),
         true},
        {Signal::id_misused, "another price", seen(Sight::order, Whose::ours, S::differs), true},
        {Signal::id_misused, "used again", seen(Sight::order, Whose::ours, S::reused), true},
        {Signal::id_misused, "ours as we sent it", seen(Sight::order, Whose::ours), false},
        {Signal::id_misused, "nobody's that differs",
         seen(Sight::order, Whose::nobodys, S::differs), false},
        {Signal::foreign_cancel, "under another name, and nobody swept",
         seen(Sight::cancel, Whose::ours), true},
        {Signal::foreign_cancel, "under another name while a cancel of ours is out",
         seen(Sight::cancel, Whose::ours, S::asked), true},
        {Signal::foreign_cancel, "under the order's name, not asked for",
         seen(Sight::cancel, Whose::ours, S::kept_name), true},
        {Signal::foreign_cancel, "under the order's name while a mass cancel is out",
         seen(Sight::cancel, Whose::ours, S::kept_name | S::swept), true},
        {Signal::foreign_cancel, "under a name of our own",
         seen(Sight::cancel, Whose::ours, S::own_name), false},
        {Signal::foreign_cancel, "under the order's name, asked for",
         seen(Sight::cancel, Whose::ours, S::kept_name | S::asked), false},
        {Signal::foreign_cancel, "swept", seen(Sight::cancel, Whose::ours, S::swept), false},
        {Signal::foreign_cancel, "of a run before", seen(Sight::cancel, Whose::ours, S::earlier),
         false},
        {Signal::foreign_cancel, "by the venue itself",
         by(Stranger::settlement, seen(Sight::cancel, Whose::ours)), false},
        {Signal::foreign_fill, "of nobody's order", seen(Sight::fill, Whose::nobodys), true},
        {Signal::foreign_fill, "of an imitation", seen(Sight::fill, Whose::forged), true},
        {Signal::foreign_fill, "ours", seen(Sight::fill, Whose::ours), false},
        {Signal::outside_universe, "a thin coin", seen(Sight::fill, Whose::nobodys, S::outside),
         true},
        {Signal::outside_universe, "an order there", seen(Sight::order, Whose::forged, S::outside),
         true},
        {Signal::outside_universe, "where we trade", seen(Sight::fill, Whose::nobodys), false},
        {Signal::outside_universe, "our order of another config",
         seen(Sight::order, Whose::ours, S::outside), false},
    };
}

std::vector<SignalRow> rows_of_money() {
    const std::int64_t grace = balance_grace.value;
    return {
        {Signal::unexplained_loss, "one atom", difference(-1, 3, grace), true},
        {Signal::unexplained_loss, "beyond 64 bits", difference(-beyond_64_bits, 3, grace), true},
        {Signal::unexplained_loss, "a point too few", difference(-1, 2, grace), false},
        {Signal::unexplained_loss, "within the grace", difference(-1, 3, grace - 1), false},
        {Signal::unexplained_loss, "points without end",
         difference(-1, std::numeric_limits<std::uint16_t>::max(), largest), true},
        {Signal::unexplained_loss, "none", difference(0, 3, grace), false},
        {Signal::unexplained_loss, "a gain", difference(1, 3, grace), false},
        {Signal::unexplained_gain, "one atom", difference(1, 3, grace), true},
        {Signal::unexplained_gain, "a loss", difference(-1, 3, grace), false},
        {Signal::unexplained_gain, "within the grace", difference(1, 3, grace - 1), false},
        {Signal::outflow, "the probe of one atom", moved(Sight::transfer, -1), true},
        {Signal::outflow, "72 USDT", moved(Sight::transfer, -72'00000000), true},
        {Signal::outflow, "beyond 64 bits", moved(Sight::transfer, -beyond_64_bits), true},
        {Signal::outflow, "nothing", moved(Sight::transfer, 0), false},
        {Signal::outflow, "a deposit", moved(Sight::transfer, 1), false},
        {Signal::inflow, "a deposit or rebate of one atom", moved(Sight::transfer, 1), true},
        {Signal::inflow, "a withdrawal", moved(Sight::transfer, -1), false},
        {Signal::external_lock, "locked", moved(Sight::lock, 1), true},
        {Signal::external_lock, "moved", moved(Sight::transfer, 1), false},
    };
}

std::vector<SignalRow> rows_of_keys() {
    const std::int64_t most = session_conflict_max.value;
    return {
        {Signal::key_refused, "for its address or permission", refused(1, S::refused_permission),
         true},
        {Signal::key_refused, "the third time", refused(3), true},
        {Signal::key_refused, "the second time", refused(2), false},
        {Signal::key_refused, "times without end",
         refused(std::numeric_limits<std::uint16_t>::max()), true},
        {Signal::key_doubted, "the second time", refused(2), true},
        {Signal::key_doubted, "the third time", refused(3), false},
        {Signal::session_elsewhere, "a nanosecond beyond", held(most + 1), true},
        {Signal::session_elsewhere, "to the nanosecond", held(most), false},
        {Signal::session_elsewhere, "without end", held(std::numeric_limits<std::int64_t>::max()),
         true},
        {Signal::session_conflict, "to the nanosecond", held(most), true},
        {Signal::session_conflict, "a nanosecond beyond", held(most + 1), false},
        {Signal::stream_mute, "mute", seen(Sight::silence), true},
        {Signal::stream_mute, "refused is not mute", refused(1), false},
    };
}

std::vector<SignalRow> all_rows() {
    std::vector<SignalRow> all;
    for (const auto& part : {rows_of_orders(), rows_of_money(), rows_of_keys()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

TEST(Signals, speak_of_what_they_are_for_and_of_nothing_else) {
    for (const SignalRow& row : all_rows()) {
        EXPECT_EQ(judge(row.sighting).has(row.signal), row.speaks)
            << name(row.signal) << ": " << row.name;
    }
}

TEST(Signals, have_rows_on_both_sides_each) {
    std::set<std::pair<Signal, bool>> found;
    for (const SignalRow& row : all_rows()) {
        found.insert({row.signal, row.speaks});
    }
    for (const SignalInfo& row : signals) {
        EXPECT_TRUE(found.contains({row.signal, true})) << row.name;
        EXPECT_TRUE(found.contains({row.signal, false})) << row.name;
    }
}

TEST(Signals, of_one_sighting_are_all_told_and_the_gravest_counts) {
    const Judgement thin = judge(seen(Sight::order, Whose::nobodys, S::outside));
    EXPECT_TRUE(thin.has(Signal::foreign_order) && thin.has(Signal::outside_universe));
    EXPECT_EQ(thin.response, CredentialResponse::suspended);
    EXPECT_EQ(thin.gravest, Signal::foreign_order);
    EXPECT_EQ(judge(seen(Sight::order, Whose::ours)), Judgement{});
    EXPECT_EQ(judge(seen(Sight::announcement)), Judgement{});
}

TEST(Signals, have_the_catalogues_responses) {
    using enum CredentialResponse;
    const auto response = [](Signal signal) { return info(signal).response; };
    for (const Signal each :
         {Signal::foreign_order, Signal::id_misused, Signal::foreign_cancel, Signal::foreign_fill,
          Signal::unexplained_loss, Signal::outflow, Signal::outside_universe}) {
        EXPECT_EQ(response(each), suspended) << name(each);
    }
    for (const Signal each :
         {Signal::external_lock, Signal::key_refused, Signal::session_elsewhere}) {
        EXPECT_EQ(response(each), suspect) << name(each);
    }
    for (const Signal each : {Signal::unexplained_gain, Signal::inflow, Signal::key_doubted,
                              Signal::session_conflict}) {
        EXPECT_EQ(response(each), note) << name(each);
    }
    EXPECT_EQ(response(Signal::stream_mute), cancel_only);
}

TEST(Signals, of_another_version_have_a_name_all_the_same) {
    EXPECT_EQ(name(Signal::none), "none");
    EXPECT_EQ(name(static_cast<Signal>(signals.size() + 1)), "unknown");
    EXPECT_EQ(name(static_cast<Signal>(255)), "unknown");
}

// --- legitimate strangers, one by one

TEST(Strangers, a_liquidation_is_told_by_a_type_that_only_the_venue_sets) {
    for (const auto& [order_type, execution_type] :
         {std::pair("LIQUIDATION", "TRADE"), std::pair("LIMIT", "CALCULATED")}) {
        const StrangerMark mark =
            stranger_of_order("autoclose-1637842389", order_type, execution_type);
        EXPECT_EQ(mark, (StrangerMark{Stranger::liquidation, true}));
        EXPECT_EQ(judge(by(mark.stranger, seen(Sight::fill, Whose::nobodys))), Judgement{});
        EXPECT_EQ(judge(by(mark.stranger, seen(Sight::order, Whose::nobodys, S::outside))),
                  Judgement{});
    }
    EXPECT_EQ(stranger_of_order("x", "LIQUIDATION", "TRADE"),
              (StrangerMark{Stranger::liquidation, true}));
}

TEST(Strangers, a_thief_who_takes_a_liquidations_name_is_none) {
    const StrangerMark mark = stranger_of_order("autoclose-1637842389", "MARKET", "TRADE");
    EXPECT_EQ(mark, (StrangerMark{Stranger::liquidation, false}));
    EXPECT_TRUE(judge(by(mark.stranger, seen(Sight::fill, Whose::nobodys), mark.venue_typed))
                    .has(Signal::foreign_fill));
}

TEST(Strangers, a_deleveraging_and_a_settlement_are_told_apart_from_a_liquidation) {
    EXPECT_EQ(stranger_of_order("adl_autoclose", "LIQUIDATION", "TRADE").stranger,
              Stranger::auto_deleverage);
    EXPECT_EQ(stranger_of_order("settlement_autoclose-7", "LIQUIDATION", "TRADE").stranger,
              Stranger::settlement);
    for (const Stranger each : {Stranger::auto_deleverage, Stranger::settlement}) {
        EXPECT_EQ(judge(by(each, seen(Sight::fill, Whose::nobodys))), Judgement{});
    }
    EXPECT_EQ(stranger_of_order("Autoclose-1", "LIMIT", "NEW"), StrangerMark{});
    EXPECT_EQ(stranger_of_order("", "", ""), StrangerMark{});
}

TEST(Strangers, funding_that_is_paid_is_no_outflow_and_a_transfer_is) {
    const StrangerMark funding = stranger_of_change("FUNDING_FEE");
    EXPECT_EQ(funding, (StrangerMark{Stranger::funding, true}));
    EXPECT_EQ(judge(by(funding.stranger, moved(Sight::transfer, -5))), Judgement{});
    EXPECT_EQ(stranger_of_change("INSURANCE_CLEAR").stranger, Stranger::insurance);
    for (const char* reason : {"WITHDRAW", "DEPOSIT", "MARGIN_TRANSFER", "ASSET_TRANSFER",
                               "ADMIN_WITHDRAW", "FUNDING_FEE ", "funding_fee", ""}) {
        EXPECT_EQ(stranger_of_change(reason), StrangerMark{}) << reason;
    }
}

TEST(Strangers, a_rebate_and_a_deposit_are_notes) {
    EXPECT_EQ(judge(moved(Sight::transfer, 1)).response, CredentialResponse::note);
    EXPECT_EQ(judge(moved(Sight::transfer, beyond_64_bits)).response, CredentialResponse::note);
}

// --- the page

TEST(SignalsPage, has_the_table_that_the_code_has) {
    const std::string path = PORTCULLIS_SOURCE_DIR "/risk/credentials/README.md";
    const std::string begin = "<!-- signals: written by tests/risk/credentials -->\n";
    const std::string end = "<!-- end of signals -->\n";
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    std::string page = text.str();
    const auto from = page.find(begin);
    const auto to = page.find(end);
    ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to);
    const auto inside = from + begin.size();
    if (std::getenv("PORTCULLIS_UPDATE_DOCS") != nullptr) {
        page.replace(inside, to - inside, signals_markdown());
        std::ofstream(path) << page;
        return;
    }
    EXPECT_EQ(page.substr(inside, to - inside), signals_markdown())
        << "PORTCULLIS_UPDATE_DOCS=1 ctest -R risk_credentials writes it";
}

}  // namespace
}  // namespace portcullis::risk::credential_test
