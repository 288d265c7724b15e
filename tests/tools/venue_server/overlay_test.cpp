// --overlay: published books and trades with our orders and fills in them, against a naive client.
//
// The client keeps its book by Binance's rules from a snapshot and the depth stream alone. The
// oracle is the recorded book, kept from the recorded bytes, plus the open orders that the accounts
// report, those left out that would cross it. Both must be equal after each depth message, whenever
// the client began, while orders are placed, cancelled, amended and filled by seeded chance.
#include <simdjson.h>

#include "tools/venue/server/overlay.hpp"

#include <map>
#include <random>
#include <set>

#include "tests/tools/venue_server/venue_fixture.hpp"
#include "tools/venue/replay.hpp"

namespace portcullis::tools::venue {
namespace {

using Side_ = std::map<std::int64_t, std::int64_t>;  ///< quantity by price, in atoms

std::int64_t atoms(std::string_view text) {
    return engine::parse_decimal(text).atoms;
}

struct NaiveBook {
    Side_ bids, asks;
    std::uint64_t last_id{};
    bool operator==(const NaiveBook&) const = default;

    void take(simdjson::dom::element message, const char* bid_key, const char* ask_key) {
        for (auto [key, side] : {std::pair{bid_key, &bids}, std::pair{ask_key, &asks}}) {
            for (const simdjson::dom::element row : simdjson::dom::array(message[key])) {
                const std::int64_t qty = atoms(std::string_view(row.at(1)));
                if (qty == 0) {
                    side->erase(atoms(std::string_view(row.at(0))));
                } else {
                    (*side)[atoms(std::string_view(row.at(0)))] = qty;
                }
            }
        }
    }
};

/// A venue that plays the shipped recording with the overlay on, and all that leaves it.
class Overlaid : public testing::Test {
protected:
    Overlaid() : venue({}, [this] { return now_ns / 1000; }) {
        const std::string shipped =
            PORTCULLIS_SOURCE_DIR "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz";
        replay = std::move(Replay::open(venue.exchange(), {shipped}, {})).value();
        overlay = std::make_unique<Overlay>(venue.exchange(), venue.api(),
                                            [this](std::string_view stream, std::string_view data) {
                                                venue.publish(stream, data);
                                            });
        replay->on_message([this](const std::string& symbol, std::string_view stream,
                                  std::string_view data, StreamKind kind) {
            recorded = data;
            if (kind == StreamKind::depth) {
                naive.take(parser.parse(recorded), "b", "a");
            }
            overlay->on_message(symbol, stream, data, kind);
        });
        for (const char* name : {"one", "two"}) {
            AccountSetup setup;
            setup.name = name;
            setup.balances["BTC"].free = amount("1000");
            setup.balances["USDT"].free = amount("90000000");
            accounts.push_back(venue.add_account(setup));
        }
        const auto begin = venue.exchange().book("BTCUSDT", 1'000'000);
        for (const Level& level : begin->bids) {
            naive.bids[level.price.value] = level.qty.value;
        }
        for (const Level& level : begin->asks) {
            naive.asks[level.price.value] = level.qty.value;
        }
        HttpReply refusal;
        session =
            venue.open("/ws/btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade/btcusdt@aggTrade",
                       "127.0.0.1", peer, refusal);
        replay->start(now_ns);
    }

    /// One recorded message; what was published because of it.
    std::vector<std::string> step() {
        peer.sent.clear();
        now_ns = std::max(now_ns, replay->next_due_ns().value_or(now_ns));
        EXPECT_TRUE(replay->poll(now_ns, 1));
        return peer.sent;
    }
    /// The recorded book with the open orders in it.
    [[nodiscard]] NaiveBook oracle() const {
        NaiveBook out = naive;
        out.last_id = 0;
        for (const AccountId account : accounts) {
            for (const Order& order : venue_exchange().open_orders(account, "")) {
                const bool buy = order.side == Side::buy;
                const std::int64_t price = order.price.value;
                if (buy ? !naive.asks.empty() && price >= naive.asks.begin()->first
                        : !naive.bids.empty() && price <= naive.bids.rbegin()->first) {
                    continue;
                }
                (buy ? out.bids : out.asks)[price] += (order.orig_qty - order.executed_qty).value;
            }
        }
        return out;
    }
    [[nodiscard]] const Exchange& venue_exchange() const {
        return const_cast<Venue&>(venue).exchange();
    }
    /// A client that begins now.
    NaiveBook snapshot() {
        const std::string body = get(venue, "/api/v3/depth?symbol=BTCUSDT&limit=5000").body;
        simdjson::dom::parser own;
        const simdjson::dom::element message = own.parse(body);
        NaiveBook out;
        out.take(message, "bids", "asks");
        out.last_id = std::uint64_t(message["lastUpdateId"]);
        return out;
    }
    void place(std::size_t account, Side side, std::int64_t price, std::int64_t qty,
               OrderType type = OrderType::limit) {
        NewOrder order;
        order.symbol = "BTCUSDT";
        order.side = side;
        order.type = type;
        order.price = PriceAtoms{price};
        order.qty = QtyAtoms{qty};
        (void)venue.exchange().place(accounts[account], order, now_ns / 1'000'000);
    }
    void act(std::mt19937_64& random) {
        const std::size_t account = random() % accounts.size();
        const auto open = venue.exchange().open_orders(accounts[account], "");
        const std::int64_t tick = 1'000'000;
        if (!open.empty() && random() % 3 == 0) {
            CancelOrder cancel;
            cancel.symbol = "BTCUSDT";
            cancel.order_id = open[random() % open.size()].order_id;
            (void)venue.exchange().cancel(accounts[account], cancel, now_ns / 1'000'000);
        } else if (!open.empty() && random() % 4 == 0) {
            const Order& order = open[random() % open.size()];
            const std::int64_t left = (order.orig_qty - order.executed_qty).value;
            (void)venue.exchange().amend(accounts[account], "BTCUSDT", order.order_id, "", "",
                                         QtyAtoms{order.executed_qty.value + left / 2'000 * 1'000},
                                         now_ns / 1'000'000);
        } else {
            const bool buy = random() % 2 == 0;
            const std::int64_t best = buy ? naive.bids.rbegin()->first : naive.asks.begin()->first;
            const auto away = static_cast<std::int64_t>(random() % 40) - 3;  // at times it takes
            place(account, buy ? Side::buy : Side::sell, best + (buy ? -away : away) * tick,
                  static_cast<std::int64_t>(random() % 500 + 1) * 100'000);
        }
    }

    std::int64_t now_ns{1'800'000'000'000'000'000};
    Venue venue;
    std::unique_ptr<Replay> replay;
    std::unique_ptr<Overlay> overlay;
    std::vector<AccountId> accounts;
    FakePeer peer;
    std::unique_ptr<WebSocketHandler> session;
    simdjson::dom::parser parser;
    std::string recorded;  ///< the bytes of the last message
    NaiveBook naive;       ///< of the recorded bytes alone
};

TEST_F(Overlaid, passes_on_byte_for_byte_what_holds_nothing_of_ours) {
    std::uint64_t messages = 0;
    for (int i = 0; i < 5000; ++i) {
        const auto told = step();
        ASSERT_FALSE(told.empty());
        ASSERT_EQ(told.front(), recorded);
        ++messages;
    }
    EXPECT_EQ(replay->counts().messages(), messages);
    Symbol live = venue.exchange().symbols().at("BTCUSDT");
    live.name = "LIVEUSDT";
    venue.exchange().add_matched_symbol(live);
    FakePeer hears;
    HttpReply refusal;
    const auto other = venue.open("/ws/liveusdt@depth@100ms", "127.0.0.1", hears, refusal);
    const std::string text =
        R"({"e":"depthUpdate","E":1,"s":"LIVEUSDT","U":1,"u":1,"b":[],"a":[]})";
    overlay->on_message("LIVEUSDT", "liveusdt@depth@100ms", text, StreamKind::depth);
    EXPECT_EQ(hears.last(), text) << "of a live market all is passed on";
}

TEST_F(Overlaid, gives_every_client_the_recorded_book_with_our_orders_after_each_message) {
    std::mt19937_64 random(20);  // NOLINT: the same every time
    NaiveBook client = snapshot();
    int compared = 0;
    int ours = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (i % 7 == 0) {
            act(random);
        }
        if (i % 3001 == 0) {
            client = snapshot();
        }
        for (const std::string& text : step()) {
            const simdjson::dom::element message = parser.parse(text);
            std::uint64_t first = 0;
            if (message["U"].get(first)) {
                continue;
            }
            ASSERT_EQ(first, client.last_id + 1) << "a gap, or a snapshot of another moment";
            client.take(message, "b", "a");
            client.last_id = std::uint64_t(message["u"]);
            NaiveBook expected = oracle();
            expected.last_id = client.last_id;
            ASSERT_EQ(client, expected) << "message " << i;
            ASSERT_LT(client.bids.rbegin()->first, client.asks.begin()->first);
            ++compared;
            expected.last_id = naive.last_id;
            ours += expected == naive ? 0 : 1;
        }
    }
    EXPECT_GT(compared, 500);
    EXPECT_GT(ours, compared / 2) << "orders of ours were in most of them";
    venue.exchange().verify_books();
}

TEST_F(Overlaid, tells_tickers_with_our_orders_where_they_are_as_good) {
    std::mt19937_64 random(21);  // NOLINT: the same every time
    int ours = 0;
    for (int i = 0; i < 10'000; ++i) {
        if (i % 7 == 0) {
            act(random);
        }
        for (const std::string& text : step()) {
            if (text.find(R"("B":)") == std::string::npos) {
                continue;
            }
            simdjson::dom::parser own;
            const simdjson::dom::element was = own.parse(recorded);
            const std::int64_t bid = atoms(std::string_view(was["b"]));
            const std::int64_t ask = atoms(std::string_view(was["a"]));
            Side_ bids{{bid, atoms(std::string_view(was["B"]))}};
            Side_ asks{{ask, atoms(std::string_view(was["A"]))}};
            for (const AccountId account : accounts) {
                for (const Order& order : venue.exchange().open_orders(account, "")) {
                    const std::int64_t at = order.price.value;
                    const std::int64_t qty = (order.orig_qty - order.executed_qty).value;
                    if (order.side == Side::buy && at < ask) {
                        bids[at] += qty;
                    } else if (order.side == Side::sell && at > bid) {
                        asks[at] += qty;
                    }
                }
            }
            const simdjson::dom::element is = parser.parse(text);
            ASSERT_EQ(atoms(std::string_view(is["b"])), bids.rbegin()->first) << text;
            ASSERT_EQ(atoms(std::string_view(is["B"])), bids.rbegin()->second) << text;
            ASSERT_EQ(atoms(std::string_view(is["a"])), asks.begin()->first) << text;
            ASSERT_EQ(atoms(std::string_view(is["A"])), asks.begin()->second) << text;
            ASSERT_EQ(std::uint64_t(is["u"]), std::uint64_t(was["u"]));
            ours += text == recorded ? 0 : 1;
            if (text != recorded && ours % 10 == 0) {  // who asks is told the same
                const std::string asked =
                    get(venue, "/api/v3/ticker/bookTicker?symbol=BTCUSDT").body;
                for (const auto& [key, name] : {std::pair{"b", "/bidPrice"},
                                                {"B", "/bidQty"},
                                                {"a", "/askPrice"},
                                                {"A", "/askQty"}}) {
                    ASSERT_EQ(member(asked, name), '"' + std::string(is[key]) + '"') << asked;
                }
            }
        }
    }
    EXPECT_GT(ours, 100);
}

/// The trade streams as their reader checks them: ids without a gap, times that do not go back.
struct TradeReader {
    void take(simdjson::dom::element message, const std::string& text) {
        std::string_view event;
        if (message["e"].get(event)) {
            return;
        }
        if (event == "aggTrade") {
            if (last_of_aggregates != 0) {
                EXPECT_EQ(std::uint64_t(message["f"]), last_of_aggregates + 1) << text;
            }
            last_of_aggregates = std::uint64_t(message["l"]);
        } else if (event == "trade") {
            const std::uint64_t id{message["t"]};
            if (last_id != 0) {
                EXPECT_EQ(id, last_id + 1) << text;
            }
            last_id = id;
            EXPECT_GE(std::uint64_t(message["T"]), last_time) << text;
            last_time = std::uint64_t(message["T"]);
            const std::int64_t qty = atoms(std::string_view(message["q"]));
            told_qty += qty;
            told.emplace(atoms(std::string_view(message["p"])), qty);
        }
    }
    std::uint64_t last_id{}, last_of_aggregates{}, last_time{};
    std::int64_t told_qty{};
    std::multiset<std::pair<std::int64_t, std::int64_t>> told;  ///< price and quantity
};

TEST_F(Overlaid, tells_our_fills_as_trades_whose_ids_have_no_gap) {
    std::mt19937_64 random(22);  // NOLINT: the same every time
    TradeReader reader;
    std::int64_t recorded_qty = 0;
    int split = 0;
    for (int i = 0; i < 20'000 && !HasFailure(); ++i) {
        peer.sent.clear();
        if (i % 7 == 0) {
            act(random);
            for (const std::string& text : peer.sent) {
                reader.take(parser.parse(text), text);
            }
        }
        const bool numbered = reader.last_id != 0;
        const std::int64_t told_before = reader.told_qty;
        const std::size_t trades_before = reader.told.size();
        for (const std::string& text : step()) {
            reader.take(parser.parse(text), text);
        }
        if (recorded.find(R"("e":"trade")") != std::string::npos) {
            const std::int64_t qty = atoms(std::string_view(parser.parse(recorded)["q"]));
            recorded_qty += qty;
            split += reader.told.size() > trades_before + 1 ? 1 : 0;
            if (numbered) {
                EXPECT_EQ(reader.told_qty - told_before, qty)
                    << "a recorded trade keeps its quantity, whoever had it: " << recorded;
            }
        }
    }
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> fills;  // by the trade's number
    for (const AccountId account : accounts) {
        for (const auto& row : venue.exchange().my_trades(account, "BTCUSDT", 0, 1'000'000)) {
            fills[row.fill.trade_id] = {row.fill.price.value, row.fill.qty.value};
        }
    }
    EXPECT_GT(fills.size(), 50U);
    for (const auto& [id, fill] : fills) {
        const auto found = reader.told.find(fill);
        ASSERT_NE(found, reader.told.end()) << "trade " << id << " was not told";
        reader.told.erase(found);
    }
    EXPECT_GT(split, 25);
    EXPECT_GE(reader.told_qty, recorded_qty) << "what is recorded is told, as it was or as ours";
    EXPECT_LE(reader.last_of_aggregates, reader.last_id);
    EXPECT_GT(reader.last_of_aggregates, 0U);
}

}  // namespace
}  // namespace portcullis::tools::venue
