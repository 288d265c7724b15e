// Orders and replacements that are written into the frame before them, against an encoder that has
// none: the same bytes, whatever came before.
#include <gtest/gtest.h>

#include <random>

#include "gateways/binance/order_entry.hpp"
#include "tests/gateways/binance/agent_world.hpp"

namespace portcullis::gateways::binance {
namespace {

using engine::ClOrdId;
using engine::Epoch;
using engine::NewOrderSingle;
using engine::OrdType;
using engine::StpMode;
using engine::TimeInForce;
using engine::WallNs;

constexpr engine::InstrumentId second_instrument{1};
static_assert(second_instrument != risk::btcusdt);

/// Its signatures say what was signed; now and then one is longer than the others, and it may be
/// away.
struct DigestSigner final : Signer {
    KeyKind key{};
    bool away{};
    bool steady{};  ///< all of one length
    KeyKind kind() const noexcept override { return key; }
    std::string_view api_key() const noexcept override { return "KEY"; }
    std::size_t sign(std::string_view text, char* out) noexcept override {
        std::uint64_t digest = 0xcbf29ce484222325U;
        for (const char c : text) {
            digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        }
        const std::string shown = std::to_string(10'000'000'000ULL + digest % 10'000'000'000ULL);
        const std::string signature = digest % 20 == 0 && !steady ? shown + "=" : shown;
        return away ? 0 : signature.copy(out, signature.size());
    }
};

struct TwoBooks {
    SymbolTable symbols;
    InstrumentBook instruments;
    ClOrdIdMint ids{test_keys()};
    DigestSigner signer;

    explicit TwoBooks(KeyKind kind = KeyKind::ed25519) {
        signer.key = kind;
        EXPECT_TRUE(symbols.add_asset(risk::btc, "BTC"));
        EXPECT_TRUE(symbols.add_asset(risk::usdt, "USDT"));
        EXPECT_TRUE(symbols.add_instrument(risk::btcusdt, "BTCUSDT", risk::btc, risk::usdt));
        EXPECT_TRUE(symbols.add_instrument(second_instrument, "X", risk::btc, risk::usdt));
        for (const engine::InstrumentId instrument : {risk::btcusdt, second_instrument}) {
            for (const std::int64_t step : {1, 10}) {
                engine::InstrumentDefinition definition;
                definition.instrument = instrument;
                definition.tick = engine::PriceAtoms{risk::tick * step};
                definition.lot = engine::QtyAtoms{risk::lot * step};
                (void)instruments.update(definition);
            }
        }
    }
    OrderEncoder make() {
        return std::move(OrderEncoder::make(symbols, instruments, ids, signer, 100)).value();
    }
};

class AnyOrder {
public:
    NewOrderSingle order() {
        NewOrderSingle order;
        order.cl_ord_id = ClOrdId::of(Epoch{7}, 1 + draw(1'000'000));
        order.price = engine::PriceTicks{number()};
        order.qty = engine::QtyLots{number()};
        order.instrument_version = static_cast<std::uint32_t>(1 + draw(2));
        order.instrument = draw(4) == 0 ? second_instrument : risk::btcusdt;
        order.side = draw(2) == 0 ? engine::Side::buy : engine::Side::sell;
        order.type = pick(
            {OrdType::limit_maker, OrdType::limit_maker, OrdType::limit, OrdType::bounded_market});
        order.time_in_force =
            pick({TimeInForce::gtc, TimeInForce::gtc, TimeInForce::ioc, TimeInForce::fok});
        order.stp = pick({StpMode::none, StpMode::expire_taker, StpMode::expire_taker});
        return order;
    }
    engine::OrderCancelReplaceRequest replace() {
        engine::OrderCancelReplaceRequest request;
        request.order = order();
        request.mode = engine::ReplaceMode::cancel_replace;
        request.orig_cl_ord_id = ClOrdId::of(Epoch{7}, 1 + draw(1'000'000));
        request.orig_order_id = engine::OrderId{draw(3) == 0 ? 0 : 1 + draw(20'000)};
        return request;
    }
    /// Mostly of the same length as the one before; now and then zero, which is refused.
    std::int64_t number() {
        return draw(50) == 0 ? 0
                             : static_cast<std::int64_t>(draw(8) == 0 ? draw(99'999'999)
                                                                      : 5'200'000 + draw(100));
    }
    std::uint64_t draw(std::uint64_t below) { return random_() % below; }

private:
    template <class T>
    T pick(std::initializer_list<T> of) {
        return of.begin()[draw(of.size())];
    }
    std::mt19937_64 random_{11};  // NOLINT: the same every time
};

class KeptFrameOf : public testing::TestWithParam<KeyKind> {};

TEST_P(KeptFrameOf, any_key_is_what_a_frame_that_is_made_anew_is) {
    TwoBooks books(GetParam());
    AnyOrder any;
    OrderEncoder encoder = books.make();
    std::int64_t now = 999'998LL * ms;  // of nine digits, soon of ten
    std::size_t made = 0;
    for (int i = 0; i < 4'000; ++i) {
        now += static_cast<std::int64_t>(any.draw(i % 100 == 0 ? 3'000'000'000 : 300)) * ms;
        const std::uint64_t id = any.draw(20) == 0 ? any.draw(~0ULL) : 990 + any.draw(20);
        books.signer.away = any.draw(100) == 0;
        OrderEncoder fresh = books.make();
        Encoded got, expected;
        if (any.draw(2) == 0) {
            const NewOrderSingle order = any.order();
            got = encoder.place(id, order, WallNs{now});
            expected = fresh.place(id, order, WallNs{now});
        } else {
            const auto request = any.replace();
            got = encoder.replace(id, request, WallNs{now});
            expected = fresh.replace(id, request, WallNs{now});
        }
        ASSERT_EQ(got.error, expected.error) << i;
        ASSERT_EQ(got.frame, expected.frame) << i;
        made += got.ok() ? 1U : 0U;
    }
    EXPECT_GT(made, 3'000U);
}

INSTANTIATE_TEST_SUITE_P(, KeptFrameOf,
                         testing::Values(KeyKind::ed25519, KeyKind::hmac_sha256,
                                         KeyKind::rsa_sha256));

TEST(KeptFrame, of_the_epochs_first_second_is_not_kept_as_one_of_a_later_second) {
    TwoBooks books;
    OrderEncoder encoder = books.make();
    AnyOrder any;
    NewOrderSingle order = any.order();
    order.price = engine::PriceTicks{5'200'000};
    order.qty = engine::QtyLots{1'000};
    for (const std::int64_t at : {5'123, 42, 5'124, 999}) {
        OrderEncoder fresh = books.make();
        EXPECT_EQ(encoder.place(10, order, WallNs{at * ms}).frame,
                  fresh.place(10, order, WallNs{at * ms}).frame);
    }
}

// One that is made anew lies elsewhere.
class KeptFrameIn : public testing::TestWithParam<KeyKind> {};
INSTANTIATE_TEST_SUITE_P(, KeptFrameIn, testing::Values(KeyKind::ed25519, KeyKind::hmac_sha256));

TEST_P(KeptFrameIn, a_session_is_kept_while_lengths_stay_and_given_up_where_one_does_not) {
    TwoBooks books(GetParam());
    books.signer.steady = true;
    OrderEncoder encoder = books.make();
    AnyOrder any;
    NewOrderSingle order = any.order();
    order.price = engine::PriceTicks{5'200'000};
    order.qty = engine::QtyLots{1'000};
    std::int64_t now = 1'645'423'376'990LL;
    const auto place = [&](std::uint64_t id) {
        const Encoded made = encoder.place(id, order, WallNs{now * ms});
        OrderEncoder fresh = books.make();
        EXPECT_EQ(made.frame, fresh.place(id, order, WallNs{now * ms}).frame);
        return made.frame.data();
    };
    const char* const anew = place(10);
    const char* const kept = place(11);
    EXPECT_NE(kept, anew);
    for (std::uint64_t id = 12; id < 60; ++id) {
        now += id % 7 == 0 ? -3 : 1;  // over a second's end, and back
        order.price = engine::PriceTicks{5'200'000 + static_cast<std::int64_t>(id % 3)};
        order.qty = engine::QtyLots{1'000 + static_cast<std::int64_t>(id % 2)};
        EXPECT_EQ(place(id), kept) << id;
    }
    EXPECT_EQ(place(100), anew) << "an id of three digits";
    EXPECT_EQ(place(101), kept);
    order.price = engine::PriceTicks{520'000};
    EXPECT_EQ(place(102), anew) << "a price of one digit less";
    EXPECT_EQ(place(103), kept);
    now = 1;
    EXPECT_EQ(place(104), anew) << "a time of the epoch's first second";
    EXPECT_EQ(place(105), anew) << "which is not kept";
}

}  // namespace
}  // namespace portcullis::gateways::binance
