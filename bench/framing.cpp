// Rows `transport.framing.*`: ours, WebSocket++ and Beast in one run, after each has made of a
// server's bytes what they are.
#include "bench/framing.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "bench/harness.hpp"
#include "bench/heap.hpp"
#include "gateways/codec/text_codes.hpp"
#include "gateways/net/websocket/reader.hpp"

namespace portcullis::bench {
namespace {

using gateways::FrameReader;

/// The reader and its caller's loop, as in the transport (net/websocket/transport.cpp).
class FramingOurs final : public FramingClient, gateways::FrameSink {
public:
    FramingOurs() { reader_.begin(1 << 20); }
    bool take(const Wire& wire, Received& to) override {
        to_ = &to;
        for (const std::string& record : wire.records) {
            for (std::size_t at = 0; at < record.size();) {
                require(reader_.make_room(true), "no room");
                const std::size_t size = std::min(record.size() - at, reader_.room_size());
                std::memcpy(reader_.room(), record.data() + at, size);
                reader_.came(size);
                at += size;
                if (!read_frames()) {
                    return false;
                }
            }
        }
        return true;
    }

private:
    bool read_frames() {
        while (!reader_.empty()) {
            const FrameReader::Found found = reader_.next();
            if (found.step == FrameReader::Step::more_needed) {
                break;
            }
            if (found.step == FrameReader::Step::broken) {
                return false;
            }
            if (found.step == FrameReader::Step::message) {
                FrameReader::show(*this, found.kind, found.data, found.size);
            }
        }
        reader_.release_joined();
        return true;
    }
    void on_frame(const gateways::FrameView& frame) override { to_->take(frame.data, frame.size); }

    FrameReader reader_;
    Received* to_{};
};

std::unique_ptr<FramingClient> make_framing_ours() {
    return std::make_unique<FramingOurs>();
}

const struct {
    const char* suffix;
    std::unique_ptr<FramingClient> (*make)();
} clients[] = {{"", make_framing_ours},
               {".websocketpp", make_framing_websocketpp},
               {".beast", make_framing_beast}};

std::string server_frame(unsigned first, std::string_view payload) {
    std::string frame(1, static_cast<char>(first));
    const std::size_t size = payload.size();
    const unsigned wide = size < 126 ? 0 : size < 65'536 ? 2 : 8;
    frame += static_cast<char>(wide == 0 ? size : wide == 2 ? 126U : 127U);
    for (unsigned i = wide; i > 0; --i) {
        frame += static_cast<char>(size >> (8 * (i - 1)) & 0xffU);
    }
    return frame.append(payload);
}

/// Like a market's: digits that differ from one to the next.
std::string text_of(std::size_t size, std::size_t number) {
    std::string text;
    while (text.size() < size) {
        text += R"({"e":"bookTicker","u":)" + std::to_string(400'900'217 + 7919 * number) +
                R"(,"b":"25.3519","a":"25.3652"},)";
        ++number;
    }
    text.resize(size);
    return text;
}

/// Every way in which a message may come, and the messages.
Wire everything(std::vector<std::string>& expected) {
    std::string bytes;
    for (const std::size_t size : {0U, 1U, 100U, 125U, 126U, 1'440U, 65'535U, 65'536U, 200'000U}) {
        expected.push_back(text_of(size, size));
        bytes += server_frame(0x81, expected.back());
    }
    expected.emplace_back("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5 \xf0\x9f\x98\x80");
    bytes += server_frame(0x81, expected.back());
    expected.push_back(text_of(300, 7) + "\xce\xba" + text_of(300, 8));
    bytes += server_frame(0x01, expected.back().substr(0, 301));  // inside the code point
    bytes += server_frame(0x89, "alive?");
    bytes += server_frame(0x80, expected.back().substr(301));
    Wire wire;
    wire.messages = expected.size();
    for (std::size_t at = 0, size = 1; at < bytes.size(); at += size, size = size * 3 % 9'973 + 1) {
        wire.records.push_back(bytes.substr(at, size));
    }
    return wire;
}

void prove(const char* name, std::unique_ptr<FramingClient> (*make)()) {
    std::vector<std::string> expected, got;
    const Wire wire = everything(expected);
    Received to;
    to.kept = &got;
    require(make()->take(wire, to) && got == expected, name);
    const Wire wrong{{server_frame(0x81, text_of(98, 1) + "\xff\xfe")}, 1};
    require(!make()->take(wrong, to), "a text that is no UTF-8 was taken");
}

void framing_row(Bench& bench, const std::string& name, std::size_t size, FramingClient& client) {
    constexpr std::size_t kinds = 64;
    constexpr std::size_t batch = 64;
    std::vector<Wire> wires;
    for (std::size_t i = 0; i < kinds; ++i) {
        wires.push_back({{server_frame(0x81, text_of(size, i))}, 1});
    }
    Received to;
    std::uint64_t expected = 0;
    bool all = true;
    const std::uint64_t heap = heap_calls();
    bench.each(
        name, 2'000, [](std::size_t) {},
        [&](std::size_t i) {
            all = client.take(wires[i % kinds], to) && all;
            ++expected;
        },
        batch);
    const auto calls = static_cast<double>(heap_calls() - heap);
    require(all && to.messages == expected && to.bytes == expected * size, "messages were lost");
    if (heap_counted) {
        std::fprintf(stderr, "%s: %.2f heap calls a text\n", name.c_str(),
                     calls / static_cast<double>(expected));
    }
}

}  // namespace

std::string upgrade_answer_to(std::string_view request) {
    constexpr std::string_view name = "Sec-WebSocket-Key: ";
    const std::size_t at = request.find(name);
    require(at != std::string_view::npos, "no request for an upgrade");
    const std::string text =
        std::string(request.substr(at + name.size(), 24)) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[20];
    require(EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha1(), nullptr) == 1,
            "no SHA-1");
    std::string accept(gateways::base64_size(sizeof digest), '\0');
    gateways::write_base64(digest, sizeof digest, accept.data());
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept + "\r\n\r\n";
}

void bench_framing(Bench& bench) {
    for (const auto& client : clients) {
        for (const std::size_t size : {100U, 1'440U}) {
            const std::string name = "transport.framing." + std::to_string(size) + client.suffix;
            if (bench.wanted(name)) {
                prove(client.suffix, client.make);
                framing_row(bench, name, size, *client.make());
            }
        }
    }
}

}  // namespace portcullis::bench
