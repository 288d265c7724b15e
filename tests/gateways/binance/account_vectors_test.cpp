// Other people's collections of bad JSON and bad strings, through the account decoder: bare, as a
// value that nobody reads, and as values that somebody reads.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "gateways/binance/account.hpp"

namespace portcullis::gateways::binance {
namespace {

namespace fs = std::filesystem;

struct Accounts {
    Accounts() {
        engine::verify(symbols.add_asset(engine::AssetId{0}, "BTC") &&
                       symbols.add_asset(engine::AssetId{1}, "USDT") &&
                       symbols.add_instrument(engine::InstrumentId{0}, "BTCUSDT",
                                              engine::AssetId{0}, engine::AssetId{1}));
    }
    const Decoded& operator()(const std::string& text) {
        bytes = text + std::string(engine::capacity::frame_padding, '}');
        return decoder.decode({bytes.data(), text.size()});
    }
    SymbolTable symbols;
    AccountDecoder decoder{symbols};
    std::string bytes;
};

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// A position event with `more` between its keys.
std::string position(const std::string& more) {
    return R"({"subscriptionId":0,"event":{"e":"outboundAccountPosition","E":1728972148778,)" +
           more +
           R"("u":1728972148778,"B":[{"a":"BTC","f":"11818.00000000","l":"182.00000000"}]}})";
}

TEST(AccountVectors, json_test_suite_is_refused_or_accepted_as_it_must) {
    const fs::path folder =
        fs::path{PORTCULLIS_SHARED_DIR} / "vectors/json/JSONTestSuite/test_parsing";
    if (!fs::exists(folder)) {
        GTEST_SKIP() << "skipped, absent: " << folder;
    }
    Accounts decode;
    ASSERT_EQ(decode(position("")).event.kind, UserEvent::position);
    std::size_t refused = 0;
    std::size_t accepted = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        const std::string content = read(entry.path());
        EXPECT_EQ(decode(content).kind, Decoded::Kind::refused)
            << name << ": no file of the suite is a message of the venue";
        const std::string text = position("\"x\":" + content + ",");
        const auto kind = decode(text).kind;
        if (name[0] == 'n' && !nlohmann::json::accept(text)) {
            EXPECT_EQ(kind, Decoded::Kind::refused) << name;
            ++refused;
        } else if (name[0] == 'y') {
            EXPECT_EQ(kind, Decoded::Kind::event) << name;
            ++accepted;
        }
    }
    EXPECT_GT(refused, 90U);
    EXPECT_GT(accepted, 50U);
}

TEST(AccountVectors, naughty_strings_are_no_amounts_and_name_nobody) {
    const fs::path path = fs::path{PORTCULLIS_SHARED_DIR} / "vectors/blns/blns.json";
    if (!fs::exists(path)) {
        GTEST_SKIP() << "skipped, absent: " << path;
    }
    Accounts decode;
    std::size_t strings = 0;
    for (const auto& each : nlohmann::json::parse(read(path))) {
        const std::string quoted = each.dump();
        SCOPED_TRACE(quoted);
        ++strings;
        // As a value and a key that nobody reads: legal JSON, and so no reason to refuse.
        EXPECT_EQ(decode(position("\"x\":" + quoted + ",")).event.kind, UserEvent::position);
        // As an asset: unknown, or refused for its escapes. Never one of ours.
        const auto& asset = decode(R"({"event":{"e":"outboundAccountPosition","u":1,"B":[{"a":)" +
                                   quoted + R"(,"f":"1","l":"0"}]}})");
        EXPECT_TRUE(asset.kind == Decoded::Kind::refused || asset.event.balances.empty());
        // As an amount: refused, or exactly what an independent reader says that it is.
        const auto& amount =
            decode(R"({"event":{"e":"outboundAccountPosition","u":1,"B":[{"a":"BTC","f":)" +
                   quoted + R"(,"l":"0"}]}})");
        if (amount.kind != Decoded::Kind::refused) {
            const std::string text = each.get<std::string>();
            EXPECT_EQ(text.find_first_not_of("0123456789."), std::string::npos);
            EXPECT_FALSE(text.empty());
            EXPECT_EQ(amount.event.balances.size(), 1U);
        }
        // As the type of an event: something else, never an execution or a balance.
        const auto& type = decode(R"({"event":{"e":)" + quoted + "}}");
        EXPECT_TRUE(type.kind == Decoded::Kind::refused || type.event.kind == UserEvent::other);
        // As client id, symbol and fee asset of an execution.
        const auto& order = decode(
            R"({"event":{"e":"executionReport","E":1,"s":)" + quoted + R"(,"c":)" + quoted +
            R"(,"S":"BUY","q":"1","p":"1","C":"","x":"NEW","X":"NEW","r":"NONE","i":1,"l":"0","z":"0","L":"0","n":"0","N":)" +
            quoted + R"(,"T":1,"t":-1,"I":1,"m":false}})");
        EXPECT_TRUE(order.kind == Decoded::Kind::refused ||
                    (order.event.order.instrument == engine::no_instrument &&
                     order.event.order.fee_asset == engine::no_asset));
        // As the id of an answer.
        EXPECT_EQ(decode(R"({"id":)" + quoted + R"(,"status":200,"result":{}})").kind,
                  Decoded::Kind::refused);
        // As the message of an error: it is only shown.
        EXPECT_NE(
            decode(R"({"id":null,"status":400,"error":{"code":-1,"msg":)" + quoted + "}}").kind,
            Decoded::Kind::event);
    }
    EXPECT_GT(strings, 300U);
}

}  // namespace
}  // namespace portcullis::gateways::binance
