// How often a quote near the touch is filled in the first minute of the shipped recording: the
// figures of tools/venue/README.md, to the count. They change only when the fill model does.
#include <array>

#include "tests/tools/venue/exchange_fixture.hpp"
#include "tools/recording/recording.hpp"
#include "tools/venue/replay.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t start_ns = 1'800'000'000'000 * ns_per_ms;

struct Distance {
    std::int64_t ticks;      ///< behind the touch
    std::int64_t of_mid_e6;  ///< from the middle, in millionths; 0: from the touch
};

/// One post-only quote of 0.001 BTC a side, looked at every 100 ms and moved when it is misplaced.
class TouchQuoter {
public:
    explicit TouchQuoter(Distance distance) : distance_(distance) {
        auto opened = Replay::open(exchange_,
                                   {std::string{PORTCULLIS_SOURCE_DIR} +
                                    "/tools/venue/data/binance_spot_btcusdt_2024-08-08.tsjsonl.gz"},
                                   {});
        replay_ = std::move(opened).value();
        AccountSetup setup;
        setup.balances["BTC"].free = amount("10");
        setup.balances["USDT"].free = amount("1000000");
        account_ = exchange_.add_account(setup);
        exchange_.on_account_event([this](AccountId, const AccountEvent& event) {
            if (event.fill) {
                ++fills_[event.order.side == Side::buy ? 0 : 1];
            }
        });
        replay_->on_message(
            [this](const std::string&, std::string_view, std::string_view data, StreamKind kind) {
                if (kind == StreamKind::ticker) {
                    const auto told = reader_.ticker(data);
                    touch_ = {told.value().bid.price.value, told.value().ask.price.value};
                }
            });
        const auto book = *exchange_.book("BTCUSDT", 1);
        touch_ = {book.bids[0].price.value, book.asks[0].price.value};
        replay_->start(start_ns);
    }

    std::array<int, 2> run(std::int64_t seconds) {
        for (std::int64_t ms = 0; ms < seconds * 1000; ms += 100) {
            EXPECT_TRUE(replay_->poll(start_ns + ms * ns_per_ms).ok());
            quote(Side::buy, start_ns / ns_per_ms + ms);
            quote(Side::sell, start_ns / ns_per_ms + ms);
        }
        exchange_.verify_books();
        return fills_;
    }

private:
    static constexpr std::int64_t tick = 1'000'000;

    [[nodiscard]] std::int64_t wanted(Side side) const {
        const bool buy = side == Side::buy;
        if (distance_.of_mid_e6 == 0) {
            return buy ? touch_[0] - distance_.ticks * tick : touch_[1] + distance_.ticks * tick;
        }
        const std::int64_t middle = (touch_[0] + touch_[1]) / 2;
        const std::int64_t away = middle / 1'000'000 * distance_.of_mid_e6;
        return buy ? std::min(touch_[0], (middle - away) / tick * tick)
                   : std::max(touch_[1], (middle + away + tick - 1) / tick * tick);
    }
    void quote(Side side, std::int64_t now_ms) {
        std::int64_t& id = ids_[side == Side::buy ? 0 : 1];
        const std::int64_t at = wanted(side);
        const auto known = exchange_.query(account_, "BTCUSDT", id, "");
        const bool open = known.ok() && (known.value->status == Status::new_ ||
                                         known.value->status == Status::partially_filled);
        if (open && known.value->price.value == at) {
            return;
        }
        if (open) {
            CancelOrder request;
            request.symbol = "BTCUSDT";
            request.order_id = id;
            EXPECT_TRUE(exchange_.cancel(account_, request, now_ms).ok());
        }
        NewOrder order;
        order.symbol = "BTCUSDT";
        order.side = side;
        order.type = OrderType::limit_maker;
        order.price = PriceAtoms{at};
        order.qty = qty("0.001");
        const auto placed = exchange_.place(account_, order, now_ms);
        id = placed.ok() ? placed.value->order_id : 0;
    }

    Exchange exchange_;
    std::unique_ptr<Replay> replay_;
    MessageReader reader_;
    Distance distance_;
    AccountId account_{};
    std::array<std::int64_t, 2> touch_{};
    std::array<std::int64_t, 2> ids_{};
    std::array<int, 2> fills_{};
};

TEST(ReplayFills, quotes_near_the_touch_are_filled_on_both_sides_within_a_minute) {
    const struct {
        Distance distance;
        std::array<int, 2> fills;
    } rows[] = {
        {{0, 0}, {33, 44}},  {{1, 0}, {34, 36}}, {{3, 0}, {33, 34}},
        {{0, 50}, {10, 14}}, {{0, 100}, {4, 4}}, {{0, 200}, {0, 0}},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(TouchQuoter{row.distance}.run(60), row.fills)
            << row.distance.ticks << " ticks, " << row.distance.of_mid_e6 << " millionths";
    }
}

}  // namespace
}  // namespace portcullis::tools::venue
