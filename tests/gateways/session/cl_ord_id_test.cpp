// Client order ids: what is ours, and everything that only looks so.
#include "gateways/session/cl_ord_id.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <thread>

namespace portcullis::gateways::test {
namespace {

using engine::ClOrdId;
using engine::Epoch;

ClOrdIdKey key(unsigned char fill) {
    ClOrdIdKey made;
    made.fill(fill);
    return made;
}

ClOrdIdKeys keys(const std::vector<ClOrdIdEpoch>& epochs) {
    auto made = ClOrdIdKeys::make(epochs);
    EXPECT_TRUE(made.ok());
    return std::move(made).value();
}

struct Fixture : testing::Test {
    // Epoch 1 issued 100 ids, epoch 2 did not say, epoch 4 is this run.
    ClOrdIdMint mint{keys({{Epoch{1}, key(1), 100}, {Epoch{2}, key(2)}, {Epoch{4}, key(4)}})};

    std::string text(std::uint64_t sequence, std::uint32_t epoch = 4) {
        return std::string(mint.text_for(ClOrdId::of(Epoch{epoch}, sequence)).view());
    }
    Attributed verdict(std::string_view t) { return mint.attribute(t).verdict; }
};
using ClOrdIdMintTest = Fixture;

TEST_F(ClOrdIdMintTest, a_text_fits_the_venues_rule_and_holds_no_sql) {
    const std::string made = text(1);
    EXPECT_EQ(made.size(), 34U);
    EXPECT_EQ(made.find_first_not_of("0123456789bcdfghjklmnpqrstuvwxyz"), std::string::npos);
    EXPECT_EQ(made[0], 'p');
}

TEST_F(ClOrdIdMintTest, the_text_is_the_same_for_ever) {
    // Golden, computed with Python's hmac: another build must attribute the orders of this one.
    EXPECT_EQ(text(1), "p0000400000001wpzptyndc1ubthjpvb0d");
    EXPECT_EQ(text((std::uint64_t{1} << 40) - 1), "p00004zzzzzzzzqyxj18mrg64gy9l2gv6q");
}

TEST_F(ClOrdIdMintTest, a_cancels_own_id_is_of_its_order_alone_and_no_orders_id) {
    const ClOrdId order = ClOrdId::of(Epoch{4}, 1);
    const std::string own(mint.cancel_text_for(order).view());
    EXPECT_EQ(own.size(), 34U);
    EXPECT_EQ(own[0], 'q');
    EXPECT_EQ(own.substr(1, 13), text(1).substr(1, 13)) << "a person reads of which order it is";
    EXPECT_NE(own.substr(14), text(1).substr(14));
    EXPECT_TRUE(mint.is_cancel_of(order, own));
    EXPECT_FALSE(mint.is_cancel_of(ClOrdId::of(Epoch{4}, 2), own));
    EXPECT_FALSE(mint.is_cancel_of(ClOrdId::of(Epoch{3}, 1), own)) << "no key of that epoch";
    EXPECT_EQ(verdict(own), Attributed::foreign);
    // What a thief can make of the order's id, which he has seen.
    const std::string seen = text(1);
    EXPECT_FALSE(mint.is_cancel_of(order, seen));
    EXPECT_FALSE(mint.is_cancel_of(order, "q" + seen.substr(1)));
    for (std::size_t i = 0; i < own.size(); ++i) {
        std::string other = own;
        other[i] = other[i] == '2' ? '3' : '2';
        EXPECT_FALSE(mint.is_cancel_of(order, other)) << i;
    }
    EXPECT_FALSE(mint.is_cancel_of(order, ""));
    EXPECT_FALSE(mint.is_cancel_of(order, own + "0"));
    EXPECT_TRUE(mint.is_cancel_of(ClOrdId::of(Epoch{1}, 5),
                                  mint.cancel_text_for(ClOrdId::of(Epoch{1}, 5)).view()));
}

TEST_F(ClOrdIdMintTest, what_was_issued_is_ours_with_its_id) {
    for (std::uint64_t sequence : {1ULL, 2ULL, 500ULL, 10'000ULL, 123'456'789ULL}) {
        const Attribution got = mint.attribute(text(sequence));
        EXPECT_EQ(got.verdict, Attributed::ours);
        EXPECT_EQ(got.id, ClOrdId::of(Epoch{4}, sequence));
    }
    EXPECT_EQ(mint.issued(), 123'456'789U);
}

TEST_F(ClOrdIdMintTest, what_was_never_issued_is_told_from_what_is_forged) {
    ClOrdIdMint other(keys({{Epoch{4}, key(4)}}));
    const std::string ahead(other.text_for(ClOrdId::of(Epoch{4}, 11)).view());
    (void)text(10);
    EXPECT_EQ(verdict(ahead), Attributed::unissued);
    EXPECT_EQ(mint.attribute(ahead).id, ClOrdId::of(Epoch{4}, 11));
    (void)text(11);
    EXPECT_EQ(verdict(ahead), Attributed::ours);
}

TEST_F(ClOrdIdMintTest, earlier_epochs_are_attributed_by_their_keys_up_to_their_highest) {
    EXPECT_EQ(verdict(text(1, 1)), Attributed::ours);
    EXPECT_EQ(verdict(text(100, 1)), Attributed::ours);
    EXPECT_EQ(verdict(text(101, 1)), Attributed::unissued);
    EXPECT_EQ(verdict(text(1'000'000, 2)), Attributed::ours);
    EXPECT_EQ(mint.issued(), 0U) << "an earlier epoch's text must not count for this one";
}

TEST_F(ClOrdIdMintTest, an_epoch_without_a_key_is_unknown_and_a_wrong_key_is_forged) {
    ClOrdIdMint stranger(keys({{Epoch{3}, key(9)}, {Epoch{4}, key(9)}}));
    EXPECT_EQ(verdict(stranger.text_for(ClOrdId::of(Epoch{3}, 1)).view()),
              Attributed::unknown_epoch);
    (void)text(1);
    EXPECT_EQ(verdict(stranger.text_for(ClOrdId::of(Epoch{4}, 1)).view()), Attributed::forged);
}

TEST_F(ClOrdIdMintTest, copies_of_a_prefix_are_refused_at_every_length) {
    const std::string real = text(7);
    for (std::size_t size = 0; size < real.size(); ++size) {
        EXPECT_EQ(verdict(real.substr(0, size)), Attributed::foreign);
        const std::string padded = real.substr(0, size) + std::string(real.size() - size, '0');
        if (padded != real) {
            EXPECT_NE(verdict(padded), Attributed::ours) << padded;
        }
    }
    EXPECT_EQ(verdict(real + "0"), Attributed::foreign);
    EXPECT_EQ(verdict(" " + real.substr(1)), Attributed::foreign);
}

TEST_F(ClOrdIdMintTest, every_change_of_one_character_to_any_other_is_refused) {
    (void)text(1000);  // so that a changed sequence is not refused for being unissued
    const std::string real = text(7);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < real.size(); ++at) {
        for (int c = 0; c < 256; ++c) {
            std::string changed = real;
            changed[at] = static_cast<char>(c);
            if (changed != real) {
                const Attributed got = verdict(changed);
                ASSERT_NE(got, Attributed::ours) << changed;
                ASSERT_NE(got, Attributed::unissued) << changed;
                ++refused;
            }
        }
    }
    EXPECT_EQ(refused, 34U * 255U);
}

TEST_F(ClOrdIdMintTest, the_tag_of_one_id_does_not_serve_another) {
    const std::string seven = text(7);
    const std::string eight = text(8);
    EXPECT_EQ(verdict(eight.substr(0, 14) + seven.substr(14)), Attributed::forged);
}

TEST_F(ClOrdIdMintTest, texts_of_other_clients_are_foreign) {
    for (const char* other :
         {"", "p", "web_1234", "x-TKT5PX2F0000000000000000000001", "my order/1",
          "pzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "P0000000000000000000000000000000000",
          "android_a5e0bc3a5e0bc3a5e0bc3a5e0b"}) {
        EXPECT_EQ(verdict(other), Attributed::foreign) << other;
    }
}

TEST_F(ClOrdIdMintTest, texts_filled_ahead_are_those_computed_on_the_spot) {
    ClOrdIdMint unfilled(keys({{Epoch{4}, key(4)}}));
    EXPECT_EQ(mint.fill(), ClOrdIdMint::ahead);
    EXPECT_EQ(mint.fill(), 0U);
    for (std::uint64_t sequence = 1; sequence <= 3 * ClOrdIdMint::slots; ++sequence) {
        const ClOrdId id = ClOrdId::of(Epoch{4}, sequence);
        ASSERT_EQ(mint.text_for(id).view(), unfilled.text_for(id).view());
        if (sequence % 1000 == 0) {
            mint.fill(300);
            mint.fill();
        }
    }
    EXPECT_EQ(mint.missed(), 0U);
    EXPECT_EQ(unfilled.missed(), 3 * ClOrdIdMint::slots);
}

TEST_F(ClOrdIdMintTest, the_last_57344_stay_ready_and_older_ones_are_computed_again) {
    ClOrdIdMint plain(keys({{Epoch{4}, key(4)}}));
    for (std::uint64_t sequence = 1; sequence <= 100'000; ++sequence) {
        if (sequence % 64 == 1) {
            mint.fill();
        }
        (void)mint.text_for(ClOrdId::of(Epoch{4}, sequence));
    }
    mint.fill();
    ASSERT_EQ(mint.missed(), 0U);
    for (std::uint64_t back = 0; back < ClOrdIdMint::slots - ClOrdIdMint::ahead; ++back) {
        (void)mint.text_for(ClOrdId::of(Epoch{4}, 100'000 - back));
    }
    EXPECT_EQ(mint.missed(), 0U);
    const ClOrdId old = ClOrdId::of(Epoch{4}, 3);
    EXPECT_EQ(mint.text_for(old).view(), plain.text_for(old).view());
    EXPECT_EQ(mint.missed(), 1U);
}

TEST_F(ClOrdIdMintTest, filling_beside_the_order_agent_never_gives_a_torn_text) {
    ClOrdIdMint plain(keys({{Epoch{4}, key(4)}}));
    std::atomic<bool> stop{false};
    std::thread control([&] {
        while (!stop.load()) {
            mint.fill(128);
        }
    });
    std::mt19937_64 random(3);
    for (std::uint64_t sequence = 1; sequence <= 60'000; ++sequence) {
        const std::uint64_t asked = random() % 4 == 0 ? 1 + random() % sequence : sequence;
        const ClOrdId id = ClOrdId::of(Epoch{4}, asked);
        ASSERT_EQ(mint.text_for(id).view(), plain.text_for(id).view());
    }
    stop.store(true);
    control.join();
}

TEST(ClOrdIdKeys, refuses_epochs_that_are_missing_unordered_too_large_or_without_a_key) {
    EXPECT_FALSE(ClOrdIdKeys::make({}).ok());
    EXPECT_FALSE(ClOrdIdKeys::make({{Epoch{0}, key(1)}}).ok());
    EXPECT_FALSE(ClOrdIdKeys::make({{Epoch{2}, key(1)}, {Epoch{2}, key(1)}}).ok());
    EXPECT_FALSE(ClOrdIdKeys::make({{Epoch{2}, key(1)}, {Epoch{1}, key(1)}}).ok());
    EXPECT_FALSE(ClOrdIdKeys::make({{Epoch{1U << 24}, key(1)}}).ok());
    EXPECT_FALSE(ClOrdIdKeys::make({{Epoch{1}, key(0)}}).ok());
    EXPECT_TRUE(ClOrdIdKeys::make({{Epoch{(1U << 24) - 1}, key(1)}}).ok());
}

}  // namespace
}  // namespace portcullis::gateways::test
