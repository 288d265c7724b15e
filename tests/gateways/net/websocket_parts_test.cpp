// The parts of our transport that are functions of bytes, each against the naive reader of RFC 6455
// (websocket_twin.hpp) or a table: UTF-8 in pieces, heads of frames, our own frames, the upgrade.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "gateways/net/websocket/frames.hpp"
#include "gateways/net/websocket/masks.hpp"
#include "gateways/net/websocket/reader.hpp"
#include "gateways/net/websocket/upgrade.hpp"
#include "gateways/net/websocket/utf8.hpp"
#include "tests/gateways/net/websocket_twin.hpp"

namespace portcullis::gateways::test {
namespace {

Utf8 checked(std::string_view text, std::size_t piece) {
    Utf8Check check;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        const std::string_view part = text.substr(at, piece);
        if (!check.feed(part.data(), part.size())) {
            return Utf8::invalid;
        }
    }
    return check.whole() ? Utf8::whole : Utf8::inside_code_point;
}

TEST(WebsocketUtf8, equals_the_naive_check_on_every_three_bytes_and_random_longer_ones) {
    std::string text(3, '\0');
    for (int first = 0x70; first < 0x100; ++first) {
        for (int second = 0; second < 0x100; ++second) {
            for (const int third : {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff}) {
                text = {static_cast<char>(first), static_cast<char>(second),
                        static_cast<char>(third)};
                ASSERT_EQ(checked(text, 3), utf8_of(text))
                    << first << " " << second << " " << third;
            }
        }
    }
    std::mt19937_64 random(7);  // NOLINT: the same every time
    static constexpr unsigned char likely[] = {'a',  0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                               0xa0, 0xbf, 0xc2, 0xdf, 0xe0, 0xe1,
                                               0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5};
    for (int i = 0; i < 200'000; ++i) {
        text.assign(random() % 9, '\0');
        for (char& byte : text) {
            byte = static_cast<char>(likely[random() % sizeof likely]);
        }
        ASSERT_EQ(checked(text, 1 + i % 3), utf8_of(text)) << i;
    }
}

TEST(WebsocketUtf8, finds_one_wrong_byte_anywhere_in_a_long_text_cut_anywhere) {
    for (const std::size_t size : {1U, 63U, 64U, 65U, 128U, 200U}) {
        const std::string good(size, 'x');
        EXPECT_EQ(checked(good, size), Utf8::whole);
        for (std::size_t at = 0; at < size; ++at) {
            std::string bad = good;
            bad[at] = '\xff';
            for (const std::size_t piece : {std::size_t{7}, std::size_t{64}, size}) {
                ASSERT_EQ(checked(bad, piece), Utf8::invalid) << size << " " << at << " " << piece;
            }
        }
    }
}

TEST(WebsocketFrames, heads_are_what_the_naive_reader_makes_of_every_first_two_bytes) {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            std::string bytes = {static_cast<char>(first), static_cast<char>(second)};
            bytes += std::string("\x00\x00\x00\x00\x00\x01\x11\x70", 8);
            for (const bool inside : {false, true}) {
                const FrameHead head = read_head(bytes, inside);
                const TwinHead twin = twin_head(bytes);
                const bool broken = twin_refuses(bytes, inside) || !twin.minimal;
                ASSERT_EQ(head.state == FrameHead::State::broken, broken) << first << " " << second;
                if (!broken) {
                    ASSERT_EQ(head.state, FrameHead::State::whole);
                    ASSERT_EQ(head.payload_size, twin.payload_size);
                    ASSERT_EQ(head.size, twin.size);
                    ASSERT_EQ(head.fin, twin.fin);
                    ASSERT_EQ(static_cast<int>(head.opcode), twin.opcode);
                    for (std::size_t size = 0; size < head.size; ++size) {
                        ASSERT_EQ(read_head(bytes.substr(0, size), inside).state,
                                  FrameHead::State::unfinished);
                    }
                }
            }
        }
    }
}

TEST(WebsocketFrames, a_length_is_refused_where_a_shorter_form_would_do_or_its_top_bit_is_set) {
    const struct {
        unsigned form;
        std::uint64_t size;
        bool legal;
    } rows[] = {{126, 0, false},
                {126, 125, false},
                {126, 126, true},
                {126, 65'535, true},
                {127, 126, false},
                {127, 65'535, false},
                {127, 65'536, true},
                {127, (std::uint64_t{1} << 63U) - 1, true},
                {127, std::uint64_t{1} << 63U, false},
                {127, ~std::uint64_t{0}, false}};
    for (const auto& row : rows) {
        std::string head = {'\x82', static_cast<char>(row.form)};
        for (unsigned i = row.form == 126 ? 2 : 8; i > 0; --i) {
            head += static_cast<char>(row.size >> (8 * (i - 1)) & 0xffU);
        }
        const FrameHead read = read_head(head, false);
        EXPECT_EQ(read.state, row.legal ? FrameHead::State::whole : FrameHead::State::broken)
            << row.form << " " << row.size;
        EXPECT_EQ(read.payload_size, row.size);
        EXPECT_EQ(read.size, head.size());
    }
}

TEST(WebsocketFrames, every_close_code_is_what_the_register_says) {
    const std::set<unsigned> reserved = {1004, 1005, 1006, 1015};
    for (unsigned code = 0; code <= 0xffff; ++code) {
        const bool registered = code >= 1000 && code <= 1015 && reserved.count(code) == 0;
        const bool for_others = code / 1000 == 3 || code / 1000 == 4;
        ASSERT_EQ(close_code_legal(code), registered || for_others) << code;
    }
}

TEST(WebsocketFrames, ours_are_masked_and_read_back_at_every_kind_of_length) {
    MaskSource masks;
    for (const std::size_t size :
         {0U, 1U, 3U, 7U, 8U, 9U, 124U, 125U, 126U, 127U, 1'000U, 65'535U, 65'536U, 70'001U}) {
        std::string payload(size, '\0');
        for (std::size_t i = 0; i < size; ++i) {
            payload[i] = static_cast<char>(i * 31);
        }
        const bool control = size <= control_bytes_max;
        std::string frame(frame_size_max(size), '\xee');
        frame.resize(write_frame(control ? Opcode::pong : Opcode::text, payload, masks.next(),
                                 frame.data()));
        std::vector<TwinFrame> pongs;
        EXPECT_TRUE(twin_read_client(frame, pongs)) << size;
        const TwinHead head = twin_head(frame);
        EXPECT_TRUE(head.masked && head.minimal && head.fin) << size;
        EXPECT_EQ(frame.size(), head.size + 4 + size);
        std::string back = frame.substr(head.size + 4);
        for (std::size_t i = 0; i < size; ++i) {
            back[i] = static_cast<char>(back[i] ^ frame[head.size + i % 4]);
        }
        EXPECT_EQ(back, payload) << size;
    }
}

TEST(WebsocketFrames, masks_do_not_repeat_and_do_not_end) {
    MaskSource masks;
    std::set<std::uint32_t> seen;
    constexpr std::size_t count = 3 * MaskSource::capacity;
    for (std::size_t i = 0; i < count; ++i) {
        seen.insert(masks.next());
        if (i % 100 == 0) {
            masks.refill();
        }
    }
    EXPECT_GT(seen.size(), count - 5) << "of 2^32";
}

// The key and the answer of RFC 6455, 1.3.
constexpr const char* key = "dGhlIHNhbXBsZSBub25jZQ==";
const std::string accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const std::string agreed =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";

/// What the reader makes of bytes that come in two pieces.
TwinReading read_in_two(std::string_view bytes, std::size_t cut) {
    FrameReader reader;
    reader.begin(1024);
    TwinReading reading;
    for (const std::string_view piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
        EXPECT_TRUE(reader.make_room(true));
        std::copy(piece.begin(), piece.end(), reader.room());
        reader.came(piece.size());
        while (!reader.empty()) {
            const FrameReader::Found found = reader.next();
            if (found.step == FrameReader::Step::broken) {
                reading.end = TwinEnd::broken;
                return reading;
            }
            if (found.step == FrameReader::Step::more_needed) {
                break;
            }
            if (found.step != FrameReader::Step::fragment) {
                const FrameKind kind =
                    found.step == FrameReader::Step::message ? found.kind : FrameKind::ping;
                reading.frames.push_back({kind, std::string(found.data, found.size)});
            }
        }
    }
    return reading;
}

TEST(WebsocketReader, finds_the_same_messages_wherever_the_bytes_are_cut) {
    const std::string text = "\xce\xba\xe1\xbd\xb9 \xf0\x9f\x98\x80";
    std::string bytes = {'\x81', '\x7e', '\x01', '\x00'};
    bytes += std::string(256, 'x');
    bytes += {'\x82', '\x02', '\xff', '\xfe'};  // binary: no text
    bytes += {'\x01', '\x03'};                  // a text in two fragments, a ping between
    bytes += text.substr(0, 3) + "\x89\x01p\x80\x07" + text.substr(3);
    const std::vector<TwinFrame> expected = {{FrameKind::text, std::string(256, 'x')},
                                             {FrameKind::binary, "\xff\xfe"},
                                             {FrameKind::ping, "p"},
                                             {FrameKind::text, text}};
    ASSERT_EQ(twin_read(bytes, 1024).frames, expected);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        EXPECT_EQ(read_in_two(bytes, cut).frames, expected) << cut;
        EXPECT_EQ(read_in_two(bytes + "\x81\x01\xff", cut).end, TwinEnd::broken) << cut;
    }
}

TEST(WebsocketUpgrade, is_agreed_to_by_the_answer_of_the_rfc_in_any_spelling) {
    using State = UpgradeAnswer::State;
    for (const std::string& answer :
         {agreed + accept + "\r\n",
          std::string("HTTP/1.1 101\r\nserver: x\r\nUPGRADE:  WebSocket \r\n"
                      "connection: keep-alive, upgrade\r\n") +
              accept + "\r\n"}) {
        const UpgradeAnswer read = read_upgrade_answer(answer + "\x81\x02hi", key);
        EXPECT_EQ(read.state, State::agreed) << read.reason;
        EXPECT_EQ(read.size, answer.size());
        for (std::size_t size = 0; size < answer.size(); ++size) {
            ASSERT_EQ(read_upgrade_answer(answer.substr(0, size), key).state, State::unfinished);
        }
    }
}

TEST(WebsocketUpgrade, is_refused_by_anything_else_with_a_reason) {
    const struct {
        std::string answer;
        std::uint16_t status;
        const char* reason;
    } rows[] = {
        {agreed + "\r\n", 101, "none to this upgrade request"},
        {agreed + accept + accept + "\r\n", 101, "none to this upgrade request"},
        {agreed + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOp=\r\n\r\n", 101,
         "none to this"},
        {"HTTP/1.1 101 X\r\nConnection: Upgrade\r\n" + accept + "\r\n", 101, "none to this"},
        {"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n" + accept + "\r\n", 101, "none to this"},
        {agreed + accept + "no colon\r\n\r\n", 101, "none to this upgrade request"},
        {agreed + "Sec-WebSocket-Accept:\r\n" + accept + "\r\n", 101, "none to this"},
        {agreed + accept + " folded: x\r\n\r\n", 101, "none to this upgrade request"},
        {agreed + accept + "blank : x\r\n\r\n", 101, "none to this upgrade request"},
        {agreed + accept + ": no name\r\n\r\n", 101, "none to this upgrade request"},
        {"HTTP/1.1 101 X\r\nUpgrade: websocketX\r\nConnection: Upgrade\r\n" + accept + "\r\n", 101,
         "none to this"},
        {"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgraded\r\n" + accept + "\r\n", 101,
         "none to this"},
        {"HTTP/1.x" + agreed.substr(8) + accept + "\r\n", 0, "no HTTP"},
        {"HTTP/1. " + agreed.substr(8) + accept + "\r\n", 0, "no HTTP"},
        {"HTTP/x.1" + agreed.substr(8) + accept + "\r\n", 0, "no HTTP"},
        {agreed + accept + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 101,
         "Sec-WebSocket-Extensions that was not offered"},
        {agreed + accept + "sec-websocket-protocol: v1\r\n\r\n", 101, "that was not offered"},
        {"HTTP/1.1 200 OK\r\n" + accept + "\r\n", 200, "answered with 200"},
        {"HTTP/2 101\r\n\r\n", 0, "no HTTP"},
        {"HTTP/1.1 1x1 X\r\n\r\n", 0, "no HTTP"},
        {"HTTP/1.1 099 X\r\n\r\n", 0, "no HTTP"},
        {"\r\n", 0, "no HTTP"},
        {"HTTP/1.1 101 " + std::string(upgrade_answer_bytes_max, 'x'), 0, "has no end"},
    };
    for (const auto& row : rows) {
        const UpgradeAnswer read = read_upgrade_answer(row.answer, key);
        EXPECT_EQ(read.state, UpgradeAnswer::State::refused) << row.answer;
        EXPECT_EQ(read.status, row.status) << row.answer;
        EXPECT_NE(read.reason.find(row.reason), std::string::npos) << row.answer << read.reason;
    }
    const UpgradeAnswer busy =
        read_upgrade_answer("HTTP/1.1 429 X\r\nretry-after: 30\r\n\r\n", key);
    EXPECT_EQ(busy.status, 429);
    EXPECT_EQ(busy.retry_after_s, 30);
    for (const auto& [text, seconds] :
         {std::pair("99999999", 7 * 86'400), std::pair("-1", 0), std::pair("soon", 0)}) {
        EXPECT_EQ(read_upgrade_answer(
                      std::string("HTTP/1.1 418 X\r\nRetry-After: ") + text + "\r\n\r\n", key)
                      .retry_after_s,
                  seconds);
    }
}

TEST(WebsocketUpgrade, is_agreed_to_behind_what_is_said_before_the_answer) {
    using State = UpgradeAnswer::State;
    const std::string before =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    const std::string answer = before + agreed + accept + "\r\n";
    const UpgradeAnswer read = read_upgrade_answer(answer + "\x81\x02hi", key);
    EXPECT_EQ(read.state, State::agreed) << read.reason;
    EXPECT_EQ(read.size, answer.size());
    for (std::size_t size = 0; size < answer.size(); ++size) {
        ASSERT_EQ(read_upgrade_answer(answer.substr(0, size), key).state, State::unfinished);
    }
    const UpgradeAnswer busy = read_upgrade_answer(before + "HTTP/1.1 429 X\r\n\r\n", key);
    EXPECT_EQ(busy.state, State::refused);
    EXPECT_EQ(busy.status, 429);
    EXPECT_EQ(read_upgrade_answer(before + "SSH-2.0\r\n", key).state, State::refused);
    std::string endless;
    while (endless.size() <= upgrade_answer_bytes_max) {
        endless += before;
    }
    EXPECT_EQ(read_upgrade_answer(endless, key).state, State::refused) << "all of it is bounded";
}

// Who is told 429 or 418 and hears no more must not ask again at once.
TEST(WebsocketUpgrade, is_refused_by_an_answer_that_is_cut_off_behind_its_status) {
    using State = UpgradeAnswer::State;
    const std::string answer = "HTTP/1.1 429 X\r\nServer: y\r\nRetry-After: 30\r\nDate: z\r\n\r\n";
    const std::size_t line = answer.find("\r\n") + 2;
    const std::size_t after = answer.find("Date");
    for (std::size_t size = 0; size < answer.size(); ++size) {
        const UpgradeAnswer read = read_cut_upgrade_answer(answer.substr(0, size), key);
        ASSERT_EQ(read.state, size < line ? State::unfinished : State::refused) << size;
        ASSERT_EQ(read.status, size < line ? 0 : 429) << size;
        ASSERT_EQ(read.retry_after_s, size < after ? 0 : 30) << size;
    }
    for (const std::string& unfinished : {agreed, std::string("HTTP/1.1 100 Continue\r\n\r\n"),
                                          std::string("HTTP/1.1 103 Early Hints\r\nLink: x\r\n")}) {
        EXPECT_EQ(read_cut_upgrade_answer(unfinished, key).state, State::unfinished) << unfinished;
    }
}

TEST(WebsocketUpgrade, is_not_asked_for_where_host_or_path_could_add_a_line) {
    Endpoint good;
    good.host = "venue.test";
    good.port = 9443;
    good.path = "/ws-api/v3?a=b";
    const std::string request = upgrade_request(good, key).value_or("");
    EXPECT_TRUE(request.starts_with("GET /ws-api/v3?a=b HTTP/1.1\r\nHost: venue.test:9443\r\n"));
    EXPECT_TRUE(request.ends_with("\r\n\r\n"));
    for (const char* path : {"/a b", "/a\r\nX: y", "/\x7f", "a"}) {
        Endpoint bad = good;
        bad.path = path;
        EXPECT_FALSE(upgrade_request(bad, key)) << path;
    }
    for (const char* host : {"", "a b", "a\r\nX"}) {
        Endpoint bad = good;
        bad.host = host;
        EXPECT_FALSE(upgrade_request(bad, key)) << host;
    }
    good.host = "::1";
    good.port = 443;
    EXPECT_NE(upgrade_request(good, key).value_or("").find("Host: [::1]\r\n"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::gateways::test
