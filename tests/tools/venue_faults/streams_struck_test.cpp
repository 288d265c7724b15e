// Every stream that speaks, with what it really says: each fault that is accepted for it strikes.
#include "tests/tools/venue_faults/faults_fixture.hpp"

namespace portcullis::tools::venue {
namespace {

class StreamsStruck : public RecordedTradesTest {
protected:
    StreamsStruck() {
        std::string target = "/stream?streams=";
        for (const std::string& name : speaking_streams("BTCUSDT")) {
            for (const char c : name + "/") {
                target += c == '+' ? "%2B" : std::string(1, c);
            }
        }
        listener = open(target, ears);
        trade(1, now_ms(), "100.00000000", "1.00000000");
        venue.exchange().market_ticker("BTCUSDT", level("100", "1"), level("101", "1"), 11,
                                       now_ms());
        venue.publish("btcusdt@bookTicker", R"({"u":11,"s":"BTCUSDT","b":"100.00000000",)"
                                            R"("B":"1.0","a":"101.00000000","A":"1.0"})");
        venue.exchange().market_depth("BTCUSDT", {level("100", "3")}, {}, 12, now_ms());
        venue.publish("btcusdt@depth@100ms",
                      R"({"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":11,"u":12,)"
                      R"("b":[["100.00000000","3.00000000"]],"a":[]})");
        for (int i = 1; i <= 40; ++i) {
            now_us += 100'000;
            tick(i % 10 == 0);
        }
        for (const std::string& text : ears.sent) {
            const std::string name = member(text, "/stream");
            said[name.substr(1, name.size() - 2)] = member(text, "/data");
        }
    }

    FakePeer ears;
    std::unique_ptr<WebSocketHandler> listener;
    std::map<std::string, std::string> said;
};

TEST_F(StreamsStruck, by_each_fault_that_is_accepted_for_them) {
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (const std::string& stream : speaking_streams("BTCUSDT")) {
        ASSERT_TRUE(said.contains(stream)) << stream << " has not spoken";
        for (const FaultRow& row : fault_catalogue()) {
            if ((row.targets & target_market) == 0) {
                continue;
            }
            const std::string verb = row.dose == FaultDose::state ? "on" : "once";
            const std::string line = "fault " + verb + " " + std::string(row.name) + " " + stream;
            if (venue.control(line) != "ok") {
                EXPECT_TRUE(row.kind == FaultKind::gap || row.kind == FaultKind::crossed_book)
                    << line;
                ++refused;
                continue;
            }
            ++accepted;
            venue.publish(stream, said.at(stream));
            venue.publish(stream, said.at(stream));
            for (const WireAct& act : ears.shapes) {
                act.when_cut ? act.when_cut() : void();
            }
            EXPECT_NE(venue.control("fault list")
                          .find("\"" + std::string(row.name) + " " + stream + "\":"),
                      std::string::npos)
                << line << " is accepted and strikes nothing: " << said.at(stream);
            (void)venue.control("fault off all");
            ears = {};
        }
    }
    EXPECT_GT(accepted, 1000U);
    EXPECT_GT(refused, 50U);
}

TEST_F(StreamsStruck, a_partial_book_is_crossed_and_an_array_keeps_its_elements) {
    EXPECT_EQ(venue.control("fault once crossed-book btcusdt@depth5"), "ok");
    venue.publish("btcusdt@depth5", said.at("btcusdt@depth5"));
    EXPECT_EQ(member(ears.last(), "/data/bids/0/0"), R"("102.01000000")") << ears.last();
    EXPECT_EQ(venue.control("fault once deep-nesting !miniTicker@arr depth=2"), "ok");
    const std::string& tickers = said.at("!miniTicker@arr");
    venue.publish("!miniTicker@arr", tickers);
    EXPECT_TRUE(ears.last().ends_with("[{\"nest\":[[]]}," + tickers.substr(1) + "}"))
        << ears.last();
}

}  // namespace
}  // namespace portcullis::tools::venue
