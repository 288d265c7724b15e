// FrameWriter: the frame and the text that is signed say the same, in the order of the names.
#include "gateways/binance/frame_writer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "gateways/codec/hmac_sha256.hpp"
#include "gateways/codec/text_codes.hpp"

namespace portcullis::gateways::binance {
namespace {

/// Signs as Binance's published examples do.
class DocumentedSigner final : public Signer {
public:
    KeyKind kind() const noexcept override { return KeyKind::hmac_sha256; }
    std::string_view api_key() const noexcept override {
        return "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
    }
    std::size_t sign(std::string_view text, char* out) noexcept override {
        const auto tag = hmac_.tag(text);
        write_hex(tag.data(), tag.size(), out);
        return 2 * tag.size();
    }

private:
    static constexpr std::string_view secret =
        "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
    HmacSha256 hmac_{reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()};
};

TEST(FrameWriter, joins_names_and_values_as_the_venue_does) {
    FrameWriter out;
    out.begin(7, "order.place", true);
    out.text(Param::api_key, std::string_view("k"));
    out.text(Param::new_client_order_id, std::array{'p', '1', '?', '?'}, 2);
    out.decimal(Param::price, 5'200'000'000'000, 2);
    out.text(Param::side, "SELL");
    out.text(Param::symbol, std::string_view("\xef\xbc\x91"));
    out.number(Param::timestamp, 1'645'423'376'532);
    EXPECT_EQ(out.signed_text(),
              "apiKey=k&newClientOrderId=p1&price=52000.00&side=SELL&symbol=\xef\xbc\x91"
              "&timestamp=1645423376532");
    EXPECT_EQ(out.finish(),
              R"({"id":7,"method":"order.place","params":{"apiKey":"k","newClientOrderId":"p1",)"
              R"("price":"52000.00","side":"SELL","symbol":")"
              "\xef\xbc\x91"
              R"(","timestamp":1645423376532}})");
}

TEST(FrameWriter, signs_the_venues_websocket_examples) {
    const struct {
        std::int64_t price, quantity;
        std::uint64_t window;
        std::string_view side, symbol, signature;
    } rows[] = {{5'200'000'000'000, 1'000'000, 100, "SELL", "BTCUSDT",
                 "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"},
                {10'000'000, 100'000'000, 5000, "BUY", "１２３４５６",
                 "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"}};
    DocumentedSigner signer;
    for (const auto& row : rows) {
        FrameWriter out;
        out.begin(1, "order.place", true);
        out.text(Param::api_key, signer.api_key());
        out.decimal(Param::price, row.price, row.price == 10'000'000 ? 8 : 2);
        out.decimal(Param::quantity, row.quantity, 8);
        out.number(Param::recv_window, row.window);
        out.text(Param::side, row.side);
        out.text(Param::symbol, row.symbol);
        out.text(Param::time_in_force, "GTC");
        out.number(Param::timestamp, 1'645'423'376'532);
        out.text(Param::type, "LIMIT");
        ASSERT_TRUE(out.signature(signer));
        const std::string frame(out.finish());
        EXPECT_TRUE(frame.ends_with(R"(,"signature":")" + std::string(row.signature) + R"("}})"))
            << frame;
    }
}

TEST(FrameWriter, without_a_signature_no_text_is_kept) {
    FrameWriter out;
    out.begin(1, "time", false);
    EXPECT_EQ(out.finish(), R"({"id":1,"method":"time","params":{}})");
    out.begin(2, "account.status", false);
    out.bare(Param::omit_zero_balances, "true");
    out.number(Param::recv_window, 1000);
    EXPECT_EQ(out.signed_text(), "");
    EXPECT_EQ(out.finish(), R"({"id":2,"method":"account.status","params":)"
                            R"({"omitZeroBalances":true,"recvWindow":1000}})");
}

TEST(FrameWriter, a_frame_that_did_not_fit_is_no_frame_and_the_next_one_is) {
    FrameWriter out;
    const std::string longest(FrameWriter::frame_bytes_max, 'x');
    out.begin(1, "order.place", true);
    out.text(Param::symbol, std::string_view(longest));
    out.number(Param::timestamp, 1);
    EXPECT_EQ(out.finish(), "");
    out.begin(2, "time", false);
    EXPECT_EQ(out.finish(), R"({"id":2,"method":"time","params":{}})");
}

TEST(FrameWriterDeathTest, names_out_of_order_are_a_bug_of_ours) {
    FrameWriter out;
    out.begin(1, "order.place", true);
    out.text(Param::side, "BUY");
    EXPECT_DEATH(out.text(Param::price, "1"), "verify failed");
    EXPECT_DEATH(out.text(Param::side, "BUY"), "verify failed");
}

}  // namespace
}  // namespace portcullis::gateways::binance
