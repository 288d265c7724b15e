// Which keys and signatures are taken: every edge case of CCTV, Wycheproof's, and single bits.
#include "risk/operators/ed25519_bytes.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/risk/operators/signing.hpp"

namespace portcullis::risk {
namespace {

using test::equation;
using test::TestKey;

Ed25519Key point_of(const std::string& hex) {
    const auto bytes = bytes_of_hex<32>(hex);
    EXPECT_TRUE(bytes.has_value()) << hex;
    return bytes.value_or(Ed25519Key{});
}

TEST(Ed25519Bytes, PointsAreJudgedByTheirBytes) {
    const std::string f28(56, 'f');
    const std::string z30(60, '0');
    struct Row {
        std::string hex;
        PointFault fault;
    };
    const Row rows[] = {
        {"00" + z30 + "00", PointFault::small_order},
        {"00" + z30 + "80", PointFault::small_order},
        {"01" + z30 + "00", PointFault::small_order},
        {"01" + z30 + "80", PointFault::not_canonical},  // -0
        {"ec" + f28 + "ffff7f", PointFault::small_order},
        {"ec" + f28 + "ffffff", PointFault::not_canonical},  // -0
        {"ed" + f28 + "ffff7f", PointFault::not_canonical},  // p, one beyond p - 1
        {"ed" + f28 + "ffffff", PointFault::not_canonical},
        {"ff" + f28 + "ffff7f", PointFault::not_canonical},
        {"eb" + f28 + "ffff7f", PointFault::none},
        {"02" + z30 + "00", PointFault::none},
        {"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
         PointFault::small_order},
        {"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
         PointFault::small_order},
        {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
         PointFault::small_order},
        {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
         PointFault::small_order},
        {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037b", PointFault::none},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(point_fault(point_of(row.hex)), row.fault) << row.hex;
    }
}

TEST(Ed25519Bytes, TheScalarIsBelowTheGroupsOrderAndNotEqualToIt) {
    const std::string order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    const auto with_scalar = [](const std::string& scalar) {
        return *bytes_of_hex<64>(std::string(64, '0') + scalar);
    };
    EXPECT_FALSE(scalar_is_canonical(with_scalar(order)));
    EXPECT_TRUE(scalar_is_canonical(with_scalar("ec" + order.substr(2))));
    EXPECT_FALSE(scalar_is_canonical(with_scalar("ee" + order.substr(2))));
    EXPECT_TRUE(scalar_is_canonical(with_scalar(std::string(64, '0'))));
    EXPECT_FALSE(scalar_is_canonical(with_scalar(std::string(64, 'f'))));
}

TEST(Ed25519Bytes, HexIsStrict) {
    EXPECT_EQ(hex_of(std::array<std::uint8_t, 3>{0, 0x9a, 0xff}), "009aff");
    EXPECT_EQ(bytes_of_hex<2>("0aff"), (std::array<std::uint8_t, 2>{0x0a, 0xff}));
    for (const char* bad : {"", "0", "0aff0", "0aff00", "0AFF", "0a f", "0afg", "0af/", "0af:"}) {
        EXPECT_FALSE(bytes_of_hex<2>(bad).has_value()) << bad;
    }
}

// The message of case N is a text with a number in it. Of the 914 those hold that are canonical,
// whose points are not of small order, and whose equation holds without the cofactor.
TEST(Ed25519Bytes, OfTheEdgeCasesOfCctvExactlyTheStrictOnesHold) {
    std::ifstream file(std::string(PORTCULLIS_SOURCE_DIR) +
                       "/tests/risk/operators/cctv/ed25519_edge_cases.txt");
    ASSERT_TRUE(file.good());
    std::map<int, std::string> points;
    std::map<std::string, int> refused_with;
    int cases = 0;
    int held = 0;
    for (std::string line; std::getline(file, line);) {
        std::istringstream in(line);
        std::string kind;
        in >> kind;
        if (kind == "point") {
            int number = 0;
            in >> number;
            in >> points[number];
        } else if (kind == "case") {
            int number = 0;
            int key = 0;
            int r = 0;
            std::string s;
            std::string message;
            std::string flags;
            in >> number >> key >> r >> s >> message >> flags;
            ASSERT_FALSE(in.fail()) << line;
            ++cases;
            bool strict = true;
            for (const char* flag : {"low_order_A", "low_order_R", "non_canonical", "residue"}) {
                const bool has = flags.find(flag) != std::string::npos;
                strict = strict && !has;
                refused_with[flag] += has ? 1 : 0;
            }
            const auto signature = bytes_of_hex<64>(points[r] + s);
            ASSERT_TRUE(signature.has_value()) << line;
            const std::string text = "ed25519vectors" + (message == "-" ? "" : " " + message);
            EXPECT_EQ(verify_strictly(point_of(points[key]), text, *signature, &equation), strict)
                << line;
            held += strict ? 1 : 0;
        }
    }
    EXPECT_EQ(cases, 914);
    EXPECT_EQ(held, 43);
    for (const auto& [flag, count] : refused_with) {
        EXPECT_GT(count, 200) << flag;
    }
}

TEST(Ed25519Bytes, AgreesWithEveryWycheproofVector) {
    const std::string path =
        std::string(PORTCULLIS_SHARED_DIR) + "/vectors/wycheproof/ed25519_test.json";
    if (!std::filesystem::exists(path)) {
        GTEST_SKIP() << "absent: " << path;
    }
    simdjson::dom::parser parser;
    simdjson::dom::element root = parser.load(path).value();
    std::size_t seen = 0;
    for (simdjson::dom::element group : root["testGroups"].get_array()) {
        const Ed25519Key key = point_of(std::string(group["publicKey"]["pk"].get_string().value()));
        EXPECT_EQ(point_fault(key), PointFault::none);
        for (simdjson::dom::element vector : group["tests"].get_array()) {
            const std::string_view hex = vector["msg"].get_string().value();
            std::string text(hex.size() / 2, '\0');
            ASSERT_TRUE(read_hex(hex, reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
            const auto signature = bytes_of_hex<64>(vector["sig"].get_string().value());
            const bool valid = vector["result"].get_string().value() == "valid";
            const bool taken =
                signature.has_value() && verify_strictly(key, text, *signature, &equation);
            EXPECT_EQ(taken, valid) << vector["tcId"].get_uint64().value();
            ++seen;
        }
    }
    EXPECT_GT(seen, 90U);
}

TEST(Ed25519Bytes, NoBitOfKeyTextOrSignatureMayBeAnother) {
    const TestKey key(7);
    const std::string text = "clear the kill of strategy touch";
    const Ed25519Signature signature = key.sign(text);
    ASSERT_TRUE(verify_strictly(key.open(), text, signature, &equation));
    EXPECT_FALSE(verify_strictly(key.open(), text, signature, nullptr));
    for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
        Ed25519Signature other = signature;
        other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1U << bit % 8);
        EXPECT_FALSE(verify_strictly(key.open(), text, other, &equation)) << bit;
    }
    for (std::size_t bit = 0; bit < 8 * key.open().size(); ++bit) {
        Ed25519Key other = key.open();
        other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1U << bit % 8);
        EXPECT_FALSE(verify_strictly(other, text, signature, &equation)) << bit;
    }
    for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
        std::string other = text;
        other[bit / 8] = static_cast<char>(other[bit / 8] ^ 1 << bit % 8);
        EXPECT_FALSE(verify_strictly(key.open(), other, signature, &equation)) << bit;
    }
}

}  // namespace
}  // namespace portcullis::risk
