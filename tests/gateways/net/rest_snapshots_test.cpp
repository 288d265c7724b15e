// Snapshots over REST against a real socket: what is asked, what is made of each answer, and that
// the venue's word about its patience is kept.
#include "gateways/binance/rest_snapshots.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "gateways/binance/depth_request.hpp"
#include "tests/gateways/net/test_peer.hpp"

namespace portcullis::gateways::test {
namespace {

using binance::RestSnapshots;
using engine::milliseconds;

constexpr engine::InstrumentId btc{0};

engine::WallNs at(std::int64_t seconds) {
    return engine::WallNs{(1'700'000'040 + seconds) * 1'000'000'000};  // from a whole minute
}

engine::MonoNs mono(std::int64_t seconds) {
    return engine::MonoNs{(500 + seconds) * 1'000'000'000};
}

RateBudget budget() {
    return std::move(RateBudget::make({{{RateKind::request_weight, milliseconds(60'000), 6000},
                                        {RateKind::orders, milliseconds(10'000), 100}},
                                       1000,
                                       1000}))
        .value();
}

std::string http(const std::string& status, const std::string& headers, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A venue that answers connection i with answers[i], seconds later if it is slow.
struct Venue {
    Identity authority = make_identity({.common_name = "ca", .authority = true}, nullptr);
    Identity leaf = make_identity({.dns = "venue.test"}, &authority);
    TempFile ca{pem_of(authority)};
    std::vector<std::string> answers;
    std::vector<std::string> heads;
    std::atomic<std::int64_t> now_s{0};
    std::int64_t answers_after_s{0};  ///< set before the first question
    std::unique_ptr<TestPeer> peer;

    explicit Venue(std::vector<std::string> wanted) : answers(std::move(wanted)) {
        peer = std::make_unique<TestPeer>(
            leaf,
            [this](PeerConnection& connection) {
                heads.push_back(connection.read_head());
                now_s += answers_after_s;
                connection.write(answers[heads.size() - 1]);
                connection.read_some();
            },
            TestPeer::Options{.upgrade = false, .connections = static_cast<int>(answers.size())});
    }
    [[nodiscard]] RestSnapshots::Clock clock() {
        return [this] { return RestSnapshots::Times{mono(now_s), at(now_s)}; };
    }
    std::size_t fetch_at(RestSnapshots& snapshots, std::int64_t seconds) {
        now_s = seconds;
        return snapshots.fetch_one();
    }
    [[nodiscard]] Endpoint endpoint() const {
        Endpoint made;
        made.host = "venue.test";
        made.address = "127.0.0.1";
        made.port = peer->port();
        made.path = "/api/v3";
        made.ca_file = ca.path();
        return made;
    }
};

const std::string good =
    R"({"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000"]]})";

TEST(RestSnapshots, fetches_what_was_wished_for_and_an_error_is_an_empty_one) {
    Venue venue({http("200 OK", "X-MBX-USED-WEIGHT-1M: 50\r\n", good),
                 http("500 Oops", "", R"({"code":-1000,"msg":"x"})"), http("200 OK", "", "{")});
    ClosedDoors doors;
    RestSnapshots snapshots(venue.endpoint(), {"BTCUSDT"}, budget(), doors, venue.clock());
    EXPECT_EQ(venue.fetch_at(snapshots, 0), 0U) << "nothing was wished for";
    EXPECT_EQ(snapshots.poll(), nullptr);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(snapshots.request(btc));
        EXPECT_EQ(venue.fetch_at(snapshots, i), 1U);
    }
    const auto first = snapshots.poll();
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->last_update.value, 1027024U);
    EXPECT_EQ(first->bids.size(), 1U);
    for (int i = 0; i < 2; ++i) {
        const auto failed = snapshots.poll();
        ASSERT_NE(failed, nullptr);
        EXPECT_TRUE(failed->bids.empty() && failed->asks.empty());
    }
    EXPECT_EQ(snapshots.failures(), 2U);
    venue.peer->join();
    EXPECT_EQ(venue.heads[0].substr(0, venue.heads[0].find('\r')),
              "GET /api/v3/depth?symbol=BTCUSDT&limit=500 HTTP/1.1");
}

TEST(RestSnapshots, a_side_with_as_many_levels_as_were_asked_for_is_cut) {
    const auto side = [](std::size_t levels) {
        std::string text;
        for (std::size_t i = 1; i <= levels; ++i) {
            text += (i > 1 ? ",[\"" : "[\"") + std::to_string(i) + ".0\",\"1.0\"]";
        }
        return "[" + text + "]";
    };
    const std::size_t most = binance::snapshot_levels;
    Venue venue(
        {http("200 OK", "",
              R"({"lastUpdateId":1,"bids":)" + side(most) + R"(,"asks":)" + side(most - 1) + "}")});
    ClosedDoors doors;
    RestSnapshots snapshots(venue.endpoint(), {"BTCUSDT"}, budget(), doors, venue.clock());
    ASSERT_TRUE(snapshots.request(btc));
    ASSERT_EQ(venue.fetch_at(snapshots, 0), 1U);
    const auto snapshot = snapshots.poll();
    ASSERT_NE(snapshot, nullptr);
    EXPECT_TRUE(snapshot->bids_cut);
    EXPECT_FALSE(snapshot->asks_cut) << "all was told";
}

TEST(RestSnapshots, after_429_or_418_nothing_is_asked_before_the_time_that_the_venue_names) {
    struct Row {
        const char* status;
        const char* header;
        std::int64_t wait_s;
    };
    for (const Row& row :
         {Row{"429 X", "Retry-After: 7\r\n", 7}, Row{"418 X", "Retry-After: 200\r\n", 200},
          Row{"429 X", "", 60}, Row{"418 X", "Retry-After: soon\r\n", 120}}) {
        SCOPED_TRACE(row.status + std::string(row.header));
        Venue venue({http(row.status, row.header, "{}"), http("200 OK", "", good)});
        ClosedDoors doors;
        RestSnapshots snapshots(venue.endpoint(), {"BTCUSDT"}, budget(), doors, venue.clock());
        ASSERT_TRUE(snapshots.request(btc) && snapshots.request(btc));
        EXPECT_EQ(venue.fetch_at(snapshots, 0), 1U);
        EXPECT_EQ(venue.fetch_at(snapshots, 1), 0U);
        EXPECT_EQ(venue.fetch_at(snapshots, row.wait_s - 1), 0U);
        EXPECT_EQ(venue.fetch_at(snapshots, row.wait_s), 1U);
        EXPECT_EQ(doors.requests(), mono(row.wait_s)) << "every door of the address is told";
        EXPECT_EQ(doors.all(), row.status[2] == '8' ? mono(row.wait_s) : engine::MonoNs{});
        EXPECT_TRUE(snapshots.poll()->bids.empty());
        EXPECT_FALSE(snapshots.poll()->bids.empty());
    }
}

TEST(RestSnapshots, what_a_late_answer_says_of_patience_counts_from_when_it_came) {
    Venue venue({http("429 X", "Retry-After: 10\r\n", "{}")});
    venue.answers_after_s = 9;
    ClosedDoors doors;
    RestSnapshots snapshots(venue.endpoint(), {"BTCUSDT"}, budget(), doors, venue.clock());
    ASSERT_TRUE(snapshots.request(btc) && snapshots.request(btc));
    EXPECT_EQ(venue.fetch_at(snapshots, 0), 1U);
    EXPECT_EQ(doors.requests(), mono(19));
    EXPECT_EQ(venue.fetch_at(snapshots, 18), 0U);
}

TEST(RestSnapshots, the_weight_that_a_late_answer_tells_is_of_the_minute_that_it_came_in) {
    Venue venue({http("200 OK", "X-MBX-USED-WEIGHT-1M: 4780\r\n", good)});
    venue.answers_after_s = 9;
    ClosedDoors doors;
    RestSnapshots snapshots(venue.endpoint(), {"BTCUSDT"}, budget(), doors, venue.clock());
    ASSERT_TRUE(snapshots.request(btc) && snapshots.request(btc));
    EXPECT_EQ(venue.fetch_at(snapshots, 55), 1U);
    EXPECT_EQ(venue.fetch_at(snapshots, 65), 0U) << "4780 of the minute that began at 60";
}

TEST(RestSnapshots, the_weight_that_others_of_the_address_used_counts) {
    Venue venue({http("200 OK", "X-MBX-USED-WEIGHT-1M: 4780\r\n", good), http("200 OK", "", good)});
    ClosedDoors doors;
    RestSnapshots snapshots(venue.endpoint(), {"BTCUSDT"}, budget(), doors, venue.clock());
    ASSERT_TRUE(snapshots.request(btc) && snapshots.request(btc));
    EXPECT_EQ(venue.fetch_at(snapshots, 0), 1U);
    EXPECT_EQ(venue.fetch_at(snapshots, 1), 0U) << "4800 of 6000: the last fifth is the cancels'";
    EXPECT_EQ(venue.fetch_at(snapshots, 60), 1U) << "the venue's next minute";
}

}  // namespace
}  // namespace portcullis::gateways::test
