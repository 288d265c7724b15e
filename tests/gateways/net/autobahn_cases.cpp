// The cases of the Autobahn testsuite as bytes: see autobahn_cases.hpp. Each add_* is one category.
#include "tests/gateways/net/autobahn_cases.hpp"

#include <algorithm>

#include "tests/gateways/net/test_peer.hpp"

namespace portcullis::gateways::test {
namespace {

constexpr int continuation = 0;
constexpr int text = 1;
constexpr int binary = 2;
constexpr int close = 8;
constexpr int ping = 9;
constexpr int pong = 10;

// A sanitizer build moves the same frames with shorter payloads.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t mebi = 128 * 1024;
#else
constexpr std::size_t mebi = 1024 * 1024;
#endif

const std::string hello = "Hello, world!";
const std::string non_utf8("\x00\xff\xfe\xfd\xfc\xfb\x00\xff", 8);

std::string octets(std::size_t size) {
    std::string made(size, '*');
    for (std::size_t at = 0; at < size; ++at) {
        made[at] = static_cast<char>('a' + at % 23);
    }
    return made;
}

std::string fragments(int opcode, const std::string& payload, std::size_t size) {
    std::string bytes;
    bytes.reserve(payload.size() + payload.size() / size * 4);
    for (std::size_t at = 0; at < payload.size(); at += size) {
        const bool last = at + size >= payload.size();
        bytes += frame(at == 0 ? opcode : continuation, payload.substr(at, size), last);
    }
    return bytes;
}

std::string joined(const std::vector<std::string>& frames) {
    std::string bytes;
    for (const std::string& one : frames) {
        bytes += one;
    }
    return bytes;
}

std::vector<Message> texts(std::size_t count) {
    return std::vector<Message>(count, Message{FrameKind::text, hello});
}

using Cases = std::vector<Case>;

void add_framing(Cases& to) {
    const std::size_t sizes[] = {0, 125, 126, 127, 128, 65535, 65536, 65536};
    for (int kind = 1; kind <= 2; ++kind) {
        int number = 0;
        for (const std::size_t size : sizes) {
            const std::string payload = octets(size);
            const std::string bytes = frame(kind, payload);
            ++number;
            to.push_back({"1." + std::to_string(kind) + "." + std::to_string(number),
                          number == 8 ? chop(bytes, 997) : chop(bytes, bytes.size()),
                          {{kind == 1 ? FrameKind::text : FrameKind::binary, payload}},
                          {}});
        }
    }
}

void add_pings(Cases& to) {
    const std::string small = "Hello, world!";
    const std::string full(125, '\xfe');
    to.push_back({"2.1", {frame(ping, "")}, {}, {""}});
    to.push_back({"2.2", {frame(ping, small)}, {}, {small}});
    to.push_back({"2.3", {frame(ping, non_utf8)}, {}, {non_utf8}});
    to.push_back({"2.4", {frame(ping, full)}, {}, {full}});
    to.push_back({"2.5", {frame(ping, std::string(126, '\xfe'))}, {}, {}, End::protocol});
    to.push_back({"2.6", chop(frame(ping, full), 1), {}, {full}});
    to.push_back({"2.7", {frame(pong, "")}, {}, {}});
    to.push_back({"2.8", {frame(pong, "unsolicited")}, {}, {}});
    to.push_back({"2.9", {frame(pong, "unsolicited"), frame(ping, small)}, {}, {small}});
    std::string ten;
    std::vector<std::string> answers;
    for (int i = 0; i < 10; ++i) {
        answers.push_back("payload-" + std::to_string(i));
        ten += frame(ping, answers.back());
    }
    to.push_back({"2.10", {ten}, {}, answers});
    to.push_back({"2.11", chop(ten, 1), {}, answers});
}

void add_reserved_bits(Cases& to) {
    to.push_back({"3.1", {frame(text, hello, true, 1)}, {}, {}, End::protocol});
    for (int rsv = 2; rsv <= 4; ++rsv) {
        const std::string bytes =
            joined({frame(text, hello), frame(text, hello, true, rsv), frame(ping, "")});
        to.push_back({"3." + std::to_string(rsv),
                      chop(bytes, rsv == 2 ? bytes.size() : 1),
                      texts(1),
                      {},
                      End::protocol});
    }
    to.push_back({"3.5", {frame(binary, non_utf8, true, 5)}, {}, {}, End::protocol});
    to.push_back({"3.6", {frame(ping, hello, true, 6)}, {}, {}, End::protocol});
    std::string bytes = close_frame(1000);
    bytes[0] = static_cast<char>(0xf0 | close);
    to.push_back({"3.7", {bytes}, {}, {}, End::protocol});
}

void add_opcodes(Cases& to) {
    for (int group = 1; group <= 2; ++group) {
        for (int number = 1; number <= 5; ++number) {
            const int opcode = (group == 1 ? 2 : 10) + number;
            const std::string bad = frame(opcode, number == 2 || number > 3 ? hello : "");
            const std::string bytes =
                number <= 2 ? bad : joined({frame(text, hello), bad, frame(ping, "")});
            to.push_back({"4." + std::to_string(group) + "." + std::to_string(number),
                          {bytes},
                          texts(number <= 2 ? 0 : 1),
                          {},
                          End::protocol});
        }
    }
}

void add_fragmentation(Cases& to) {
    const std::string one = frame(text, "fragment1", false);
    const std::string two = frame(continuation, "fragment2");
    const std::vector<Message> whole = {{FrameKind::text, "fragment1fragment2"}};
    to.push_back({"5.1", {joined({frame(ping, "fragment1", false), two})}, {}, {}, End::protocol});
    to.push_back({"5.2", {joined({frame(pong, "fragment1", false), two})}, {}, {}, End::protocol});
    to.push_back({"5.3", {one + two}, whole, {}});
    to.push_back({"5.4", {one, two}, whole, {}});
    to.push_back({"5.5", chop(one + two, 1), whole, {}});
    const std::string between = frame(ping, "pongme!");
    to.push_back({"5.6", {one + between + two}, whole, {"pongme!"}});
    to.push_back({"5.7", {one, between, two}, whole, {"pongme!"}});
    to.push_back({"5.8", chop(one + between + two, 1), whole, {"pongme!"}});
    for (int at = 9; at <= 14; ++at) {
        const std::string lost = frame(continuation, "non-continuation", at <= 11);
        const std::string after = frame(text, hello);
        const int way = (at - 9) % 3;
        to.push_back({"5." + std::to_string(at),
                      way == 0   ? std::vector<std::string>{lost + after}
                      : way == 1 ? std::vector<std::string>{lost, after}
                                 : chop(lost + after, 1),
                      {},
                      {},
                      End::protocol});
    }
    const std::string lost = frame(continuation, "fragment3", false);
    to.push_back({"5.15", {one + two + lost + frame(text, hello)}, whole, {}, End::protocol});
    for (int at = 16; at <= 17; ++at) {
        const std::string begin = frame(continuation, "fragment0", at == 17) + one + two;
        to.push_back({"5." + std::to_string(at), {begin + begin}, {}, {}, End::protocol});
    }
    to.push_back({"5.18", {one + frame(text, "fragment2")}, {}, {}, End::protocol});
    const std::vector<std::string> five = {
        one + frame(continuation, "fragment2", false) + frame(ping, "first"),
        frame(continuation, "fragment3", false) + frame(continuation, "fragment4", false) +
            frame(ping, "second") + frame(continuation, "fragment5")};
    const std::vector<Message> all = {
        {FrameKind::text, "fragment1fragment2fragment3fragment4fragment5"}};
    to.push_back({"5.19", five, all, {"first", "second"}});
    to.push_back({"5.20", chop(joined(five), 1), all, {"first", "second"}});
}

void add_utf8(Cases& to) {
    const std::string mixed = "Hello-µ@ßöäüàá-UTF-8!!";
    const std::string greek = "κόσμε";
    const std::string bad = greek +
                            "\xed\xa0\x80"
                            "edited";
    const auto in_octets = [](const std::string& payload) {
        return std::vector<std::string>{fragments(text, payload, 1)};
    };
    to.push_back({"6.1.1", {frame(text, "")}, {{FrameKind::text, ""}}, {}});
    const std::string nothing = frame(continuation, "", false);
    to.push_back({"6.1.2",
                  {frame(text, "", false) + nothing + frame(continuation, "")},
                  {{FrameKind::text, ""}},
                  {}});
    to.push_back({"6.1.3",
                  {frame(text, "", false) + frame(continuation, "middle frame payload", false) +
                   frame(continuation, "")},
                  {{FrameKind::text, "middle frame payload"}},
                  {}});
    to.push_back({"6.2.1", {frame(text, mixed)}, {{FrameKind::text, mixed}}, {}});
    to.push_back({"6.2.2",
                  {frame(text, mixed.substr(0, 14), false) + frame(continuation, mixed.substr(14))},
                  {{FrameKind::text, mixed}},
                  {}});
    to.push_back({"6.2.3", in_octets(mixed), {{FrameKind::text, mixed}}, {}});
    to.push_back({"6.2.4", in_octets(greek), {{FrameKind::text, greek}}, {}});
    to.push_back({"6.3.1", {frame(text, bad)}, {}, {}, End::bad_text});
    to.push_back({"6.3.2", in_octets(bad), {}, {}, End::bad_text});
    const std::string out_of_range = "\xf4\x90\x80\x80";
    for (int at = 1; at <= 4; ++at) {
        const std::size_t split = at % 2 == 1 ? 4 : 2;
        const std::string part2 = out_of_range.substr(0, split);
        const std::string part3 = out_of_range.substr(split) + "edited";
        const std::string head = frame(text, greek + part2 + part3);
        const std::size_t first = head.size() - part2.size() - part3.size();
        to.push_back({"6.4." + std::to_string(at),
                      at <= 2 ? std::vector<std::string>{frame(text, greek, false),
                                                         frame(continuation, part2, false),
                                                         frame(continuation, part3)}
                              : std::vector<std::string>{head.substr(0, first), part2, part3},
                      {},
                      {},
                      End::bad_text});
    }
}

void add_closing(Cases& to) {
    const std::string bye = close_frame(1000);
    const End closed = End::peer_close;
    const std::string big = octets(256 * 1024);
    to.push_back({"7.1.1", {frame(text, hello) + bye}, texts(1), {}, closed});
    to.push_back({"7.1.2", {bye + bye}, {}, {}, closed});
    to.push_back({"7.1.3", {bye + frame(ping, "")}, {}, {}, closed});
    to.push_back({"7.1.4", {bye + frame(text, hello)}, {}, {}, closed});
    to.push_back({"7.1.5",
                  {frame(text, "fragment1", false) + bye + frame(continuation, "fragment2")},
                  {},
                  {},
                  closed});
    to.push_back({"7.1.6",
                  {frame(text, big) + bye + frame(ping, "")},
                  {{FrameKind::text, big}},
                  {},
                  closed});
    to.push_back({"7.3.1", {frame(close, "")}, {}, {}, closed, 1005});
    to.push_back({"7.3.2", {frame(close, "a")}, {}, {}, End::protocol});
    to.push_back({"7.3.3", {bye}, {}, {}, closed});
    to.push_back({"7.3.4", {close_frame(1000, "Hello World!")}, {}, {}, closed});
    to.push_back({"7.3.5", {close_frame(1000, std::string(123, '*'))}, {}, {}, closed});
    to.push_back({"7.3.6", {close_frame(1000, std::string(124, '*'))}, {}, {}, End::protocol});
    to.push_back(
        {"7.5.1", {close_frame(1000, "\xce\xba\xe1\xbd\xb9\xed\xa0\x80")}, {}, {}, End::protocol});
    for (const int code :
         {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999}) {
        to.push_back(
            {"7.7.X", {close_frame(code)}, {}, {}, closed, static_cast<std::uint16_t>(code)});
    }
    for (const int code : {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999}) {
        to.push_back({"7.9.X", {close_frame(code)}, {}, {}, End::protocol});
    }
    to.push_back({"7.13.1", {close_frame(5000)}, {}, {}, End::protocol});
    to.push_back({"7.13.2", {close_frame(65535)}, {}, {}, End::protocol});
}

void add_one_large(Cases& to, const std::string& id, int kind, const std::string& payload,
                   const std::string& bytes, std::size_t chunk) {
    to.push_back({id,
                  chop(bytes, chunk),
                  {{kind == text ? FrameKind::text : FrameKind::binary, payload}},
                  {}});
}

void add_limits(Cases& to) {
    for (int kind = 1; kind <= 2; ++kind) {
        int number = 0;
        for (const std::size_t size : {mebi / 16, mebi / 4, mebi, 4 * mebi, 8 * mebi, 16 * mebi}) {
            const std::string payload = octets(size);
            add_one_large(to, "9." + std::to_string(kind) + "." + std::to_string(++number), kind,
                          payload, frame(kind, payload), mebi);
        }
        number = 0;
        for (const std::size_t size : {std::size_t{64}, std::size_t{256}, mebi / 1024, mebi / 256,
                                       mebi / 64, mebi / 16, mebi / 4, mebi, 4 * mebi}) {
            const std::string payload = octets(4 * mebi);
            add_one_large(to, "9." + std::to_string(kind + 2) + "." + std::to_string(++number),
                          kind, payload, fragments(kind, payload, size), 256 * 1024);
        }
        number = 0;
        for (const std::size_t size : {64, 128, 256, 512, 1024, 2048}) {
            const std::string payload = octets(mebi);
            add_one_large(to, "9." + std::to_string(kind + 4) + "." + std::to_string(++number),
                          kind, payload, frame(kind, payload), size);
        }
    }
    std::string endless = frame(text, octets(4096), false);
    for (std::size_t sent = 0; sent < 17 * 1024 * 1024; sent += 4096) {
        endless += frame(continuation, octets(4096), false);
    }
    to.push_back({"9.9.1", chop(endless, mebi), {}, {}, End::too_big});
    const std::string payload = octets(65536);
    add_one_large(to, "10.1.1", text, payload, fragments(text, payload, 1300), 64 * 1024);
}

}  // namespace

std::vector<std::string> chop(const std::string& bytes, std::size_t size) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
        pieces.push_back(bytes.substr(at, size));
    }
    return pieces;
}

std::vector<Case> utf8_cases(const std::string& name, const std::string& payload, bool valid) {
    const End end = valid ? End::clean : End::bad_text;
    const std::vector<Message> messages =
        valid ? std::vector<Message>{{FrameKind::text, payload}} : std::vector<Message>{};
    return {{name + ", whole", {frame(text, payload)}, messages, {}, end},
            {name + ", in octets", {fragments(text, payload, 1)}, messages, {}, end}};
}

std::vector<Case> autobahn_cases() {
    Cases all;
    add_framing(all);
    add_pings(all);
    add_reserved_bits(all);
    add_opcodes(all);
    add_fragmentation(all);
    add_utf8(all);
    add_closing(all);
    add_limits(all);
    return all;
}

}  // namespace portcullis::gateways::test
