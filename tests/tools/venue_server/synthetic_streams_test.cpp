// Every stream of a synthetic market through the venue's own doors: a client that keeps a book by
// Binance's rules has the matching engine's at every message, and no stream contradicts another.
#include <simdjson.h>

#include <array>
#include <functional>
#include <map>

#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/replay.hpp"
#include "tools/venue/synthetic/synthetic_market.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t start_ns = 1'700'000'000'000'000'000;
constexpr std::int64_t ms = 1'000'000;

using Json = simdjson::dom::element;
using Half = std::map<std::int64_t, std::int64_t>;  ///< by price, bids with the sign turned

std::int64_t atoms(Json text) {
    return engine::parse_decimal(std::string_view(text)).atoms;
}

/// Hands each message to a test.
struct Listening final : Peer {
    explicit Listening(std::function<void(Json)> to) : take(std::move(to)) {}
    void send(std::shared_ptr<const std::string> text) override {
        raw = *text;
        ++messages;
        take(parser.parse(raw));
    }
    void close(std::uint16_t, std::string_view) override { ADD_FAILURE() << "closed"; }
    void cut() override {}
    void tear() override {}
    void shape(const WireAct&) override {}
    std::function<void(Json)> take;
    simdjson::dom::parser parser;
    std::string raw;
    std::uint64_t messages{};
};

struct Book {
    Half bids, asks;
    bool operator==(const Book&) const = default;
};

Book book_of(const Exchange::BookCopy& copy) {
    Book out;
    for (const Level& level : copy.bids) {
        out.bids[-level.price.value] = level.qty.value;
    }
    for (const Level& level : copy.asks) {
        out.asks[level.price.value] = level.qty.value;
    }
    return out;
}

Half half_of(simdjson::dom::array rows, std::int64_t sign) {
    Half out;
    for (const Json row : rows) {
        out[sign * atoms(row.at(0))] = atoms(row.at(1));
    }
    return out;
}

/// "How to manage a local order book correctly", step by step.
class LocalBook {
public:
    /// True: the book stands at this message.
    bool on_depth(Json event) {
        if (!synchronised_) {
            buffer_.push_back(simdjson::minify(event));
            return false;
        }
        return apply(event);
    }
    void on_snapshot(const std::string& body) {
        simdjson::dom::parser parser;
        const Json snapshot = parser.parse(body);
        id_ = snapshot["lastUpdateId"];
        book.bids = half_of(snapshot["bids"], -1);
        book.asks = half_of(snapshot["asks"], 1);
        synchronised_ = true;
        for (const std::string& text : buffer_) {
            apply(parser.parse(text));
        }
    }
    [[nodiscard]] std::uint64_t id() const { return id_; }
    Book book;

private:
    bool apply(Json event) {
        const std::uint64_t first = event["U"];
        const std::uint64_t last = event["u"];
        if (last <= id_) {
            EXPECT_FALSE(following_) << "an event that went back";
            return false;
        }
        EXPECT_TRUE(following_ ? first == id_ + 1 : first <= id_ + 1) << "a gap before " << first;
        following_ = true;
        id_ = last;
        take(book.bids, event["b"], -1);
        take(book.asks, event["a"], 1);
        return true;
    }
    static void take(Half& half, simdjson::dom::array rows, std::int64_t sign) {
        for (const auto& [price, qty] : half_of(rows, sign)) {
            half[price] = qty;
            if (qty == 0) {
                half.erase(price);
            }
        }
    }
    std::vector<std::string> buffer_;
    std::uint64_t id_{};
    bool synchronised_{};
    bool following_{};
};

struct Day {
    const char* preset;
    const char* script;
    const char* symbol;
    std::int64_t seconds;
};
void PrintTo(const Day& day, std::ostream* out) {
    *out << day.preset << " " << day.script;
}

class SyntheticStreams : public testing::TestWithParam<Day> {
protected:
    SyntheticStreams() : venue(LimitsConfig{}, [this] { return now_ns / 1000; }) {
        name = GetParam().symbol;
        stream = lower_case(name);
        replay = std::move(Replay::open(venue.exchange(), {}, {})).value();
        auto made = std::make_unique<SyntheticMarket>(
            venue.exchange(),
            SyntheticOptions{load_parameters(GetParam().preset).value(), GetParam().script, 17});
        market = &made->engine();
        replay->add(std::move(made));
        replay->on_message([this](const std::string&, std::string_view of, std::string_view data,
                                  StreamKind) { venue.publish(of, data); });
        replay->on_taker([this](const std::string& symbol) { venue.taker_began(symbol); });
        replay->on_tick([this](bool full_second, std::int64_t due_ns) {
            venue.tick(full_second, due_ns / 1'000'000);
        });
        AccountSetup setup;
        setup.name = "client";
        setup.balances[venue.exchange().symbols().at(name).base].free = amount("1000000");
        setup.balances["USDT"].free = amount("100000000");
        client = venue.add_account(setup);
        replay->start(start_ns);
    }
    void listen(Listening& peer, const std::string& what) {
        HttpReply refusal;
        sessions.push_back(venue.open("/ws/" + stream + what, "127.0.0.1", peer, refusal));
        EXPECT_TRUE(sessions.back()) << refusal.body;
    }
    std::string get(const std::string& target) {
        const HttpReply reply = venue::get(venue, target);
        EXPECT_EQ(reply.status, 200) << reply.body;
        return reply.body;
    }
    /// To a time off the grid of depth messages; a client trades between the flow's steps.
    void live_until(std::int64_t until_ms) {
        while (now_ns < start_ns + until_ms * ms) {
            now_ns += 13 * ms;
            EXPECT_TRUE(replay->poll(now_ns));
            if (++turns % 20 == 0) {
                trade_a_little();
            }
        }
    }
    /// More than twice what NOTIONAL asks for.
    QtyAtoms enough_lots(PriceAtoms price) {
        const Symbol& symbol = venue.exchange().symbols().at(name);
        const auto lots = static_cast<std::int64_t>(symbol.notional_min.value * 200'000'000 /
                                                    price.value / symbol.lot.value);
        return QtyAtoms{(lots + 1'000) * symbol.lot.value};
    }
    void trade_a_little() {
        const Side side = turns % 40 == 0 ? Side::buy : Side::sell;
        const bool takes = turns % 60 == 0;
        const auto level = market->best(takes ? engine::opposite(side) : side);
        NewOrder order;
        order.symbol = name;
        order.side = side;
        order.price = level->price;
        order.qty = enough_lots(level->price);
        order.time_in_force = takes ? TimeInForce::ioc : TimeInForce::gtc;
        const auto placed = venue.exchange().place(client, order, now_ns / ms);
        EXPECT_TRUE(placed.ok()) << placed.error.message;
    }

    std::int64_t now_ns{start_ns};
    std::int64_t turns{};
    Venue venue;
    std::unique_ptr<Replay> replay;
    const MatchingEngine* market{};
    AccountId client{};
    std::string name, stream;
    std::vector<std::unique_ptr<WebSocketHandler>> sessions;
};

TEST_P(SyntheticStreams, a_book_kept_by_the_rules_is_the_engines_at_every_message) {
    LocalBook fast;
    LocalBook slow;
    LocalBook late;
    std::uint64_t stands = 0;
    std::map<std::uint64_t, Book> as_of;  ///< what the fast stream said, for the slow one
    Listening fast_peer([&](Json event) {
        if (fast.on_depth(event)) {
            ++stands;
            EXPECT_EQ(fast.id(), market->update_id());
            EXPECT_TRUE(fast.book == book_of(market->depth(1'000'000))) << "at " << fast.id();
            as_of[fast.id()] = fast.book;
        }
    });
    Listening slow_peer([&](Json event) {
        if (slow.on_depth(event)) {
            EXPECT_TRUE(as_of.contains(slow.id()) && slow.book == as_of[slow.id()]);
            as_of.erase(as_of.begin(), as_of.upper_bound(slow.id()));
        }
    });
    Listening late_peer([&](Json event) {
        if (late.on_depth(event)) {
            EXPECT_TRUE(late.book == book_of(market->depth(1'000'000))) << "at " << late.id();
        }
    });
    listen(fast_peer, "@depth@100ms");
    listen(slow_peer, "@depth");
    fast.on_snapshot(get("/api/v3/depth?symbol=" + name + "&limit=5000"));  // nothing buffered
    live_until(1'750);
    slow.on_snapshot(get("/api/v3/depth?symbol=" + name + "&limit=5000"));  // one event buffered
    live_until(3'333);
    listen(late_peer, "@depth@100ms");
    live_until(5'555);
    late.on_snapshot(get("/api/v3/depth?symbol=" + name + "&limit=5000"));  // several
    live_until(GetParam().seconds * 1'000);
    EXPECT_GT(stands, static_cast<std::uint64_t>(GetParam().seconds));
    EXPECT_GT(slow_peer.messages, static_cast<std::uint64_t>(GetParam().seconds / 2));
    EXPECT_LE(slow_peer.messages, static_cast<std::uint64_t>(GetParam().seconds));
    EXPECT_GE(slow.id() + 1'000'000, fast.id());
    EXPECT_TRUE(late.book == fast.book);
}

TEST_P(SyntheticStreams, partial_books_and_tickers_show_the_engines_top_when_they_are_told) {
    std::array<std::uint64_t, 7> told{};
    std::vector<std::unique_ptr<Listening>> peers;
    const auto listen_partial = [&](std::size_t levels, const char* speed, std::uint64_t& count) {
        peers.push_back(std::make_unique<Listening>([this, levels, &count](Json event) {
            ++count;
            EXPECT_EQ(std::uint64_t(event["lastUpdateId"]), market->update_id());
            const Book shown{half_of(event["bids"], -1), half_of(event["asks"], 1)};
            EXPECT_TRUE(shown == book_of(market->depth(levels))) << levels;
        }));
        listen(*peers.back(), "@depth" + std::to_string(levels) + speed);
    };
    std::size_t at = 0;
    for (const std::size_t levels : {std::size_t{5}, std::size_t{10}, std::size_t{20}}) {
        listen_partial(levels, "", told[at++]);
        listen_partial(levels, "@100ms", told[at++]);
    }
    std::uint64_t ticker_id = 0;
    Listening ticker([&](Json event) {
        ++told[6];
        EXPECT_EQ(std::uint64_t(event["u"]), market->update_id());
        EXPECT_GT(std::uint64_t(event["u"]), ticker_id);
        ticker_id = event["u"];
        const auto bid = market->best(Side::buy);
        const auto ask = market->best(Side::sell);
        EXPECT_EQ(atoms(event["b"]), bid->price.value);
        EXPECT_EQ(atoms(event["B"]), bid->qty.value);
        EXPECT_EQ(atoms(event["a"]), ask->price.value);
        EXPECT_EQ(atoms(event["A"]), ask->qty.value);
    });
    listen(ticker, "@bookTicker");
    live_until(GetParam().seconds * 1'000);
    for (const std::size_t slow : {0U, 2U, 4U}) {
        EXPECT_GT(told[slow], static_cast<std::uint64_t>(GetParam().seconds / 2));
        EXPECT_LE(told[slow], static_cast<std::uint64_t>(GetParam().seconds));
        EXPECT_GT(told[slow + 1], told[slow]);
    }
    EXPECT_GT(told[6], 10U);
}

TEST_P(SyntheticStreams, trades_are_told_once_and_aggregates_hold_each_of_them_once) {
    struct Told {
        std::int64_t price, qty, time;
        bool maker;
    };
    std::map<std::int64_t, Told> trades;
    std::int64_t last_ms = 0;
    std::vector<std::string> in_ms;
    Listening trade([&](Json event) {
        EXPECT_EQ(std::int64_t(event["t"]), static_cast<std::int64_t>(trades.size()) + 1);
        EXPECT_GE(std::int64_t(event["E"]), last_ms) << "time that goes back";
        last_ms = event["E"];
        in_ms.push_back(in_microseconds("@trade", trade.raw));
        trades[event["t"]] = {atoms(event["p"]), atoms(event["q"]), event["T"], event["m"]};
    });
    std::vector<std::string> in_us;
    Listening micro([&](Json) { in_us.push_back(micro.raw); });
    std::int64_t covered = 0;
    std::int64_t number = 0;
    Listening aggregate([&](Json event) {
        EXPECT_EQ(std::int64_t(event["a"]), ++number);
        EXPECT_EQ(std::int64_t(event["f"]), covered + 1);
        covered = event["l"];
        std::int64_t qty = 0;
        for (std::int64_t id = event["f"]; id <= covered; ++id) {
            ASSERT_TRUE(trades.contains(id)) << "an aggregate before its trades";
            qty += trades[id].qty;
            EXPECT_EQ(trades[id].price, atoms(event["p"]));
            EXPECT_EQ(trades[id].time, std::int64_t(event["T"]));
            EXPECT_EQ(trades[id].maker, bool(event["m"]));
        }
        EXPECT_EQ(qty, atoms(event["q"]));
    });
    listen(trade, "@trade");
    listen(micro, "@trade?timeUnit=MICROSECOND");
    listen(aggregate, "@aggTrade");
    live_until(GetParam().seconds * 1'000);
    venue.tick(false, 0);  // an aggregate is told when it can grow no more
    EXPECT_GT(trades.size(), 5U);
    EXPECT_EQ(static_cast<std::int64_t>(trades.size()), market->last_trade_id());
    EXPECT_EQ(covered, market->last_trade_id());
    EXPECT_EQ(in_us, in_ms);
    EXPECT_NE(in_us.at(0).find("\"E\":" + std::to_string(trades[1].time * 1'000) + ","),
              std::string::npos);
    // What REST remembers of them is the same.
    simdjson::dom::parser parser;
    const std::string body = get("/api/v3/trades?symbol=" + name + "&limit=3");
    const Json last = parser.parse(body).at(2);
    EXPECT_EQ(std::int64_t(last["id"]), market->last_trade_id()) << body;
    EXPECT_EQ(atoms(last["price"]), trades.rbegin()->second.price);
}

/// Three takers at one moment, on one side, at one price; a trade of the first triggers the second.
TEST_P(SyntheticStreams, an_aggregate_is_of_one_taker) {
    live_until(1'300);
    const Level bid = *market->best(Side::buy);
    const Level ask = *market->best(Side::sell);
    const auto place = [&](Side side, PriceAtoms at, QtyAtoms qty, PriceAtoms stop = {}) {
        NewOrder order;
        order.symbol = name;
        order.side = side;
        order.type = stop > PriceAtoms{0} ? OrderType::stop_loss : OrderType::limit;
        order.price = at;
        order.qty = qty;
        order.stop_price = stop;
        const auto placed = venue.exchange().place(client, order, now_ns / ms);
        ASSERT_TRUE(placed.ok()) << placed.error.message;
    };
    const QtyAtoms qty = enough_lots(bid.price);
    place(Side::sell, bid.price, qty);  // the last price is below what triggers
    for (int makers = 0; makers < 3; ++makers) {
        place(Side::sell, ask.price, qty);
    }
    place(Side::buy, {}, qty, ask.price);
    std::vector<std::pair<std::int64_t, std::int64_t>> told;
    Listening aggregate([&](Json event) { told.emplace_back(event["f"], event["l"]); });
    listen(aggregate, "@aggTrade");
    const std::int64_t first = market->last_trade_id() + 1;
    place(Side::buy, ask.price, ask.qty + qty);  // the crowd at this price, and one of ours
    const std::int64_t last = market->last_trade_id() - 1;
    place(Side::buy, ask.price, qty);
    venue.tick(false, 0);
    using Told = decltype(told);
    EXPECT_EQ(told, (Told{{first, last}, {last + 1, last + 1}, {last + 2, last + 2}}));
    EXPECT_GT(last, first);
    const std::string last_two = "/api/v3/aggTrades?symbol=" + name + "&limit=2";
    EXPECT_EQ(member(get(last_two), "/0/f"), std::to_string(last + 1));
    EXPECT_EQ(member(get(last_two), "/1/f"), std::to_string(last + 2));
}

INSTANTIATE_TEST_SUITE_P(Days, SyntheticStreams,
                         testing::Values(Day{"btc-like", "", "BTCUSDT", 20},
                                         Day{"btc-like", "flash-crash", "BTCUSDT", 60},
                                         Day{"thin", "", "NEXOUSDT", 120},
                                         Day{"wide", "news", "WIDEUSDT", 60}));

}  // namespace
}  // namespace portcullis::tools::venue
