// Depth snapshots over the WebSocket API: on the second connection, within their share of the
// budget, and to the book exactly as REST's come.
#include "gateways/binance/depth_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/book/l2_book.hpp"
#include "gateways/binance/ws_api_snapshots.hpp"
#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using ::testing::ElementsAre;

TEST(DepthRequest, WeighsWhatTheVenueSays) {
    const std::pair<std::uint32_t, std::uint32_t> rows[] = {
        {1, 5}, {100, 5}, {101, 25}, {500, 25}, {501, 50}, {1000, 50}, {1001, 250}, {5000, 250}};
    for (const auto& [levels, weight] : rows) {
        EXPECT_EQ(depth_weight(levels), weight) << levels;
    }
    EXPECT_EQ(snapshot_cost.weight, depth_weight(snapshot_levels));
}

const std::string book =
    R"({"lastUpdateId":2731179239,"bids":[["0.01379900","3.43200000"]],"asks":[["0.01380000","5.91700000"]]})";
const std::string usage =
    R"("rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":321}])";

/// An agent that is asked for snapshots; the fetching thread has its turn with each turn of it.
struct DepthWorld : AgentWorld {
    WsApiSnapshots snapshots;

    DepthWorld() { depth = &snapshots; }
    void turns(int count = 1, std::int64_t step_ns = ms) {
        for (int i = 0; i < count; ++i) {
            (void)snapshots.do_work();
            turn(1, step_ns);
            (void)snapshots.do_work();
        }
    }
    void wish() { engine::verify(snapshots.request(risk::btcusdt)); }
    [[nodiscard]] std::size_t asked() { return count(secondary.wire(), "depth"); }
    /// Null: none has come.
    [[nodiscard]] std::unique_ptr<DepthSnapshot> got() { return snapshots.poll(); }
    void expect_none_but_the_word_of_it() {
        const auto failed = got();
        ASSERT_NE(failed, nullptr);
        EXPECT_EQ(failed->instrument, risk::btcusdt);
        EXPECT_TRUE(failed->bids.empty() && failed->asks.empty());
    }
};

TEST(Depth, IsAskedForOnTheSecondConnectionAndReadAsRestIs) {
    DepthWorld world;
    world.start_ready();
    world.turns(3);
    EXPECT_EQ(world.asked(), 0U) << "nothing was wished for";
    world.wish();
    world.turns();
    ASSERT_EQ(world.asked(), 1U);
    EXPECT_EQ(world.count(world.primary.wire(), "depth"), 0U);
    const std::string frame = world.secondary.wire().sent.back();
    EXPECT_EQ(frame, R"({"id":)" + field(frame, "id") +
                         R"(,"method":"depth","params":{"limit":500,"symbol":"BTCUSDT"}})");
    EXPECT_EQ(world.got(), nullptr);
    world.answer(world.secondary.wire(), 200, R"("result":)" + book + "," + usage);
    world.turns();
    const auto snapshot = world.got();
    ASSERT_NE(snapshot, nullptr);
    EXPECT_EQ(snapshot->instrument, risk::btcusdt);
    EXPECT_EQ(snapshot->last_update, engine::UpdateId{2731179239});
    EXPECT_THAT(snapshot->bids, ElementsAre(engine::BookLevel{engine::PriceAtoms{1'379'900},
                                                              engine::QtyAtoms{343'200'000}}));
    EXPECT_THAT(snapshot->asks, ElementsAre(engine::BookLevel{engine::PriceAtoms{1'380'000},
                                                              engine::QtyAtoms{591'700'000}}));
    EXPECT_EQ(world.snapshots.failures(), 0U);
    EXPECT_EQ(world.budget.usage(RateKind::request_weight, world.wall()).used, 321U + 1U)
        << "the venue's own count is heard, and one request may be on its way";
    EXPECT_EQ(world.agent->in_flight(), 0U);
}

TEST(Depth, AKeyThatSignsEachMessageDoesNotSignThisOne) {
    DepthWorld world;
    world.signer.key = KeyKind::hmac_sha256;
    world.start_ready();
    world.wish();
    world.turns();
    EXPECT_EQ(field(world.secondary.wire().sent.back(), "method"), "depth");
    EXPECT_EQ(field(world.secondary.wire().sent.back(), "signature"), "");
}

TEST(Depth, EveryRefusalIsAFailedFetchAndTheNextQuestionGoes) {
    const std::pair<int, std::string> answers[] = {
        {400, R"("error":{"code":-1121,"msg":"Invalid symbol."})"},
        {503, R"("error":{"code":-1000,"msg":"Try again."})"},
        {200, R"("result":{"lastUpdateId":1,"bids":[["x","1"]],"asks":[]})"},
        {200, R"("result":{"lastUpdateId":1,"bids":[]})"},
        {200, R"("result":[])"},
        {200, R"("result":{"lastUpdateId":1,"bids":[],"asks":[]},"result":{})"},
        {200, R"("error":{"code":-1000,"msg":"x"})"},
        {200, R"("result":{"lastUpdateId":1,"bids":[)"},
    };
    for (const auto& [status, tail] : answers) {
        SCOPED_TRACE(tail);
        DepthWorld world;
        world.start_ready();
        world.wish();
        world.turns();
        ASSERT_EQ(world.asked(), 1U);
        world.answer(world.secondary.wire(), status, tail);
        world.turns();
        world.expect_none_but_the_word_of_it();
        EXPECT_EQ(world.snapshots.failures(), 1U);
        EXPECT_EQ(world.agent->in_flight(), 0U);
        world.wish();
        world.turns();
        world.answer(world.secondary.wire(), 200, R"("result":)" + book);
        world.turns();
        const auto snapshot = world.got();
        ASSERT_NE(snapshot, nullptr);
        EXPECT_EQ(snapshot->bids.size(), 1U);
    }
}

TEST(Depth, AnAnswerThatIsTooLongIsAFailedFetch) {
    DepthWorld world;
    world.start_ready();
    world.wish();
    world.turns();
    std::string levels = R"(["1","1"])";
    while (levels.size() < DepthQuestion::answer_bytes_max) {
        levels += R"(,["1","1"])";
    }
    world.answer(world.secondary.wire(), 200,
                 R"("result":{"lastUpdateId":1,"bids":[)" + levels + R"(],"asks":[]})");
    world.turns();
    world.expect_none_but_the_word_of_it();
}

TEST(Depth, After429Or418NothingIsAskedBeforeTheTimeThatTheVenueNames) {
    for (const int status : {429, 418}) {
        SCOPED_TRACE(status);
        DepthWorld world;
        world.start_ready();
        world.wish();
        world.turns();
        world.answer(world.secondary.wire(), status,
                     R"("error":{"code":-1003,"msg":"Too much request weight used.","data":)"
                     R"({"serverTime":1,"retryAfter":)" +
                         std::to_string(world.venue_ms() + 5'000) + "}}");
        world.turns();
        world.expect_none_but_the_word_of_it();
        world.wish();
        world.turns(4'900);
        EXPECT_EQ(world.asked(), 1U);
        world.turns(200);
        EXPECT_EQ(world.asked(), 2U) << "the wish was kept";
    }
}

TEST(Depth, TakesItsShareOfTheBudgetAndNoMore) {
    DepthWorld world;  // 6000 a minute, a tenth of it for snapshots
    world.settings.session.silence_max = engine::milliseconds(1'000'000);
    world.start_ready();
    world.results["depth"] = book;
    const std::int64_t minute_ms = 60'000;
    world.turns(static_cast<int>(minute_ms - world.venue_ms() % minute_ms) + 1);
    for (int i = 0; i < 30; ++i) {
        world.wish();
        world.turns(4);
    }
    EXPECT_EQ(world.asked(), 24U) << "600 at 25 each";
    (void)world.submit();
    world.turns();
    EXPECT_EQ(world.count(world.primary.wire(), "order.place"), 1U) << "orders have theirs";
    world.turns(static_cast<int>(minute_ms - world.venue_ms() % minute_ms) + 100);
    EXPECT_EQ(world.asked(), 30U) << "the next minute";
}

TEST(Depth, WaitsForCancelsAndForABlockedSocket) {
    DepthWorld world;
    world.start_ready();
    Wire& second = world.secondary.wire();
    second.block_next = true;
    world.push(engine::OrderMassCancelRequest{world.now, risk::btcusdt, {}});
    world.turns();
    world.wish();
    world.turns(5);
    EXPECT_EQ(world.asked(), 0U);
    second.pending = 0;
    world.turns();
    EXPECT_EQ(world.asked(), 1U);
}

TEST(Depth, WithoutAnAnswerInTimeItIsAFailedFetchAndTheLateAnswerFindsNobody) {
    DepthWorld world;
    world.start_ready();
    world.wish();
    world.turns();
    const std::string first = world.secondary.wire().sent.back();
    world.turns(1'100);
    world.expect_none_but_the_word_of_it();
    world.wish();
    world.turns();
    ASSERT_EQ(world.asked(), 2U);
    world.answer_to_frame(world.secondary.wire(), first, 200, R"("result":)" + book);
    world.turns();
    EXPECT_EQ(world.got(), nullptr) << "that answer is of the question before";
    world.answer_to_frame(world.secondary.wire(), world.secondary.wire().sent.back(), 200,
                          R"("result":)" + book);
    world.turns();
    const auto snapshot = world.got();
    ASSERT_NE(snapshot, nullptr);
    EXPECT_EQ(snapshot->bids.size(), 1U);
}

TEST(Depth, WithoutTheSecondConnectionItFailsAndNeverGoesOverTheFirst) {
    DepthWorld world;
    world.start_ready();
    world.wish();
    world.turns();
    world.secondary.refuse = true;
    world.secondary.wire().state = TransportState::closed;
    world.turns();
    world.expect_none_but_the_word_of_it();  // it was out when the connection went
    world.wish();
    world.turns();
    world.expect_none_but_the_word_of_it();
    EXPECT_EQ(world.count(world.primary.wire(), "depth"), 0U);
    world.secondary.refuse = false;
    world.turns(20);
    ASSERT_TRUE(world.agent->secondary().ready());
    world.wish();
    world.turns();
    EXPECT_EQ(world.asked(), 1U);
}

// --- the whole way: a stream, a snapshot by this way, a live book

/// A market data connection in the test's hand.
struct Stream final : Transport {
    std::deque<std::string>& frames;
    explicit Stream(std::deque<std::string>& from) : frames(from) {}
    void connect(const Endpoint&, const TransportLimits&, std::int64_t) override {}
    std::size_t poll(FrameSink& sink, std::size_t, std::int64_t) override {
        if (frames.empty()) {
            return 0;
        }
        const std::string text = frames.front() + std::string(FrameView::padding, '\0');
        const std::size_t size = frames.front().size();
        frames.pop_front();
        sink.on_frame({FrameKind::text, text.data(), size});
        return 1;
    }
    SendResult send_text(std::string_view) override { return SendResult::sent; }
    SendResult send_ping(std::string_view) override { return SendResult::sent; }
    std::size_t flush() override { return 0; }
    std::size_t pending_bytes() const override { return 0; }
    void close(std::uint16_t, std::string_view) override {}
    void cut() override {}
    TransportState state() const override { return TransportState::open; }
    CloseCause close_cause() const override { return CloseCause::none; }
    std::uint16_t close_code() const override { return 0; }
    std::int64_t retry_after_s() const override { return 0; }
    std::string_view close_reason() const override { return {}; }
    int wait_fd() const override { return -1; }
};

TEST(Depth, BringsABookToLife) {
    DepthWorld world;
    std::deque<std::string> frames;
    MarketRing market;
    ResyncRing resyncs;
    FeedSettings settings;
    settings.symbols = {{"BTCUSDT", risk::btcusdt}};
    FeedAgent feed(settings, market, resyncs, world.snapshots, world.doors,
                   [&frames] { return std::make_unique<Stream>(frames); });
    engine::L2Book rebuilt(1'000);
    const auto round = [&](int times) {
        for (int i = 0; i < times; ++i) {
            world.turns();
            feed.do_work(world.now, world.wall());
            while (market.try_consume([&rebuilt](engine::Event&& event) {
                if (event.header.type == engine::EventType::book_delta) {
                    (void)rebuilt.apply(event.as<engine::BookDelta>());
                } else if (event.header.type == engine::EventType::book_reset) {
                    rebuilt.reset(event.as<engine::BookReset>().reason);
                }
            })) {
            }
        }
    };
    const auto update = [](std::uint64_t first, std::uint64_t last, const std::string& bid) {
        return R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1,"s":"BTCUSDT",)"
               R"("U":)" +
               std::to_string(first) + R"(,"u":)" + std::to_string(last) + R"(,"b":[)" + bid +
               R"(],"a":[]}})";
    };
    world.start_ready();
    frames.push_back(update(99, 100, R"(["10","1"])"));
    frames.push_back(update(101, 103, R"(["11","2"])"));
    round(3);
    ASSERT_EQ(world.asked(), 1U);
    EXPECT_FALSE(rebuilt.valid());
    world.answer(
        world.secondary.wire(), 200,
        R"("result":{"lastUpdateId":101,"bids":[["10","1"],["9","5"]],"asks":[["12","3"]]})");
    round(3);
    ASSERT_TRUE(rebuilt.valid());
    EXPECT_EQ(rebuilt.best(engine::Side::buy)->price,
              engine::PriceAtoms{11 * engine::atoms_per_unit});
    EXPECT_EQ(rebuilt.best(engine::Side::sell)->price,
              engine::PriceAtoms{12 * engine::atoms_per_unit});
    // A gap: invalid in the same event, and back by another snapshot.
    frames.push_back(update(110, 111, R"(["8","1"])"));
    round(1);
    EXPECT_FALSE(rebuilt.valid());
    round(300);
    ASSERT_EQ(world.asked(), 2U);
    world.answer(world.secondary.wire(), 200,
                 R"("result":{"lastUpdateId":110,"bids":[["9","5"]],"asks":[["12","3"]]})");
    round(3);
    ASSERT_TRUE(rebuilt.valid());
    EXPECT_EQ(rebuilt.best(engine::Side::buy)->price,
              engine::PriceAtoms{9 * engine::atoms_per_unit});
}

}  // namespace
}  // namespace portcullis::gateways::binance
