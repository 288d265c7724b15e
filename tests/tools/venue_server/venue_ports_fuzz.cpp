// A hostile client and a careless operator at the venue's doors: REST, WebSocket API, streams,
// control socket, in one session of a venue without sockets.
//
// Each line of the input is one act, and its first character says which (`act()` below): bytes as
// they come, or parameters that get a valid key, timestamp and signature first, so that what lies
// behind the signature is reached too. What must hold: whoever asks is answered, in JSON (of the
// control socket: one line, ok or error) as long as no fault is on that spoils it, a frame of
// streams like any other; and the exchange's books are sound afterwards.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "tools/venue/server/replay_control.hpp"
#include "tools/venue/server/venue.hpp"

namespace {

using namespace portcullis::tools::venue;  // NOLINT: one file, one purpose
using portcullis::engine::PriceAtoms;
using portcullis::engine::QtyAtoms;

constexpr std::int64_t start_us = 1'700'000'000'000'000;
constexpr std::size_t acts_max = 64;
constexpr const char* secret = "secret";
const std::string maker_key(64, 'M'), taker_key(64, 'T'), logon_key(64, 'L');

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

bool is_json(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    return parser.parse(text.data(), text.size()).get(element) == simdjson::SUCCESS;
}

std::string hmac_hex(std::string_view text) {
    unsigned char digest[32];
    unsigned int length = 0;
    HMAC(EVP_sha256(), secret, 6, reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         digest, &length);
    std::string out;
    for (const unsigned char byte : digest) {
        out += "0123456789abcdef"[byte >> 4U];
        out += "0123456789abcdef"[byte & 15U];
    }
    return out;
}

std::string base64(const unsigned char* bytes, std::size_t size) {
    std::string out(size * 2 + 4, '\0');
    out.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(size))));
    return out;
}

/// An Ed25519 key pair, always the same, and the frame that logs on with it at the start.
struct Logon {
    std::string public_key, frame;
    Logon() {
        const unsigned char seed[32] = {7};
        EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, 32);
        unsigned char spki[44] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21};
        std::size_t size = 32;
        require(EVP_PKEY_get_raw_public_key(key, spki + 12, &size) == 1);
        public_key = base64(spki, sizeof spki);
        const std::string fields[] = {logon_key, std::to_string(start_us / 1000)};
        const std::string text = "apiKey=" + fields[0] + "&recvWindow=60000&timestamp=" + fields[1];
        unsigned char signature[64];
        size = sizeof signature;
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        require(EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key) == 1);
        require(EVP_DigestSign(context, signature, &size,
                               reinterpret_cast<const unsigned char*>(text.data()),
                               text.size()) == 1);
        EVP_MD_CTX_free(context);
        EVP_PKEY_free(key);
        frame = R"({"id":"logon","method":"session.logon","params":{"apiKey":")" + fields[0] +
                R"(","recvWindow":60000,"timestamp":)" + fields[1] + R"(,"signature":")" +
                base64(signature, sizeof signature) + "\"}}";
    }
};

struct StrictPeer final : Peer {
    explicit StrictPeer(const bool& spoiled_in) : spoiled(spoiled_in) {}
    void send(std::shared_ptr<const std::string> text) override {
        ++sent;
        require(spoiled || is_json(*text));
    }
    void close(std::uint16_t code, std::string_view reason) override {
        require(code >= 1000 && code < 5000 && reason.size() <= 123);
        gone = true;
    }
    void cut() override { gone = true; }
    void tear() override { gone = true; }
    void shape(const WireAct&) override {}
    const bool& spoiled;
    std::size_t sent{0};
    bool gone{false};
};

Symbol symbol() {
    Symbol out;
    out.name = "BTCUSDT";
    out.base = "BTC";
    out.quote = "USDT";
    out.tick.value = out.price_min.value = 1'000'000;
    out.price_max.value = 100'000'000'000'000;
    out.lot.value = out.qty_min.value = 1000;
    out.qty_max.value = 900'000'000'000;
    out.notional_min.value = 500'000'000;
    return out;
}

Level level(std::int64_t price, std::int64_t qty) {
    return {PriceAtoms{price * 100'000'000}, QtyAtoms{qty * 100'000'000}};
}

class Session {
public:
    Session() : venue_({}, [this] { return now_us_ += 100; }) {
        Exchange& exchange = venue_.exchange();
        exchange.add_symbol(symbol());
        for (const std::string& name : {maker_key, taker_key}) {
            AccountSetup account;
            account.name = name == maker_key ? "maker" : "taker";
            account.maker_fee_e8 = 100'000;
            account.balances["BTC"].free.value = 100'000'000'000;
            account.balances["USDT"].free.value = 100'000'000'000'000;
            ApiKey key;
            key.api_key = name;
            key.account = venue_.add_account(account);
            require(venue_.keys().add(key, secret).ok());
        }
        exchange.market_snapshot("BTCUSDT", {level(100, 1), level(99, 2)},
                                 {level(101, 1), level(102, 2)}, 10);
        replay_ = std::move(Replay::open(exchange, {}, {})).value();
        replay_->start(now_us_ * 1000);
        venue_.on_replay_command([this](const std::vector<std::string>& words) {
            const std::vector<std::string> asked(words.begin() + 1, words.end());
            return words[0] == "check" ? check_replay_command(*replay_, asked)
                                       : replay_command(*replay_, asked, now_us_ * 1000).answer;
        });
    }
    ~Session() {
        api_.reset();
        streams_.reset();
        venue_.exchange().verify_books();
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void act(char what, std::string_view text) {
        switch (what) {
            case 'r':  // VERB TARGET, and a body behind a '|'
                return http(text, "", false);
            case 'R':
                return http(text, maker_key, true);
            case 'T':
                return http(text, taker_key, true);
            case 'w':  // a frame
                return api_frame(text);
            case 'W':  // METHOD PARAMETERS-IN-JSON, as "a":1,"b":"c"
                return api_signed(text);
            case 'L':
                return log_on();
            case 's':
                return stream_frame(text);
            case 'o':  // a WebSocket at this target
                return open(text);
            case 'k':  // a ping
                return open_streams().on_control();
            case 'c':
                return control(text);
            case 'm':
                return market(text);
            case 't':  // time passes: 1, 10, ... ms by its length
                for (std::int64_t ms = 1; !text.empty() && ms < 1'000'000; ms *= 10) {
                    now_us_ += ms * 1000;
                    text.remove_prefix(1);
                }
                return venue_.faults().poll();
            default:
                api_.reset();
                streams_.reset();
        }
    }

private:
    void http(std::string_view line, const std::string& key, bool sign) {
        HttpRequest request;
        request.ip = "127.0.0.1";
        request.api_key = key;
        const std::size_t space = std::min(line.find(' '), line.size());
        request.verb = line.substr(0, space);
        line.remove_prefix(std::min(space + 1, line.size()));
        const std::size_t bar = std::min(line.find('|'), line.size());
        request.target = line.substr(0, bar);
        request.content_type = "application/x-www-form-urlencoded";
        request.body = line.substr(std::min(bar + 1, line.size()));
        if (sign) {
            std::string& to = request.body.empty() ? request.target : request.body;
            const bool first = request.body.empty() && to.find('?') == std::string::npos;
            to += (first ? "?timestamp=" : "&timestamp=") + std::to_string(now_us_ / 1000);
            const std::size_t mark = std::min(request.target.find('?'), request.target.size());
            to += "&signature=" +
                  hmac_hex(request.target.substr(std::min(mark + 1, request.target.size())) +
                           request.body);
        }
        const HttpReply reply = venue_.http(request);
        if (reply.silent || !reply.acts.empty()) {
            return require(spoiled_ || !reply.acts.empty());
        }
        require(reply.status >= 200 && reply.status < 600);
        require(spoiled_ || is_json(reply.body));
        for (const auto& [name, value] : reply.headers) {
            require(value.find_first_of("\r\n") == std::string::npos);
        }
    }

    void api_frame(std::string_view text) {
        WebSocketHandler& handler = open_api();
        const std::size_t before = api_peer_.sent;
        handler.on_text(text);
        require(spoiled_ || api_peer_.gone || api_peer_.sent > before);
    }

    void api_signed(std::string_view line) {
        const std::size_t space = std::min(line.find(' '), line.size());
        std::string params = "{" + std::string(line.substr(std::min(space + 1, line.size())));
        params += params.size() > 1 ? "," : "";
        params +=
            R"("apiKey":")" + maker_key + R"(","timestamp":)" + std::to_string(now_us_ / 1000);
        Params read;
        (void)params_from_json(params + "}", read);
        params += R"(,"signature":")" + hmac_hex(read.signing_text()) + "\"}";
        api_frame(R"({"id":1,"method":")" + std::string(line.substr(0, space)) + R"(","params":)" +
                  params + "}");
    }

    void log_on() {
        static const Logon logon;
        if (venue_.keys().find(logon_key) == nullptr) {
            ApiKey key;
            key.api_key = logon_key;
            key.kind = ApiKeyKind::ed25519;
            require(venue_.keys().add(key, logon.public_key).ok());
        }
        api_frame(logon.frame);
        api_frame(R"({"id":2,"method":"userDataStream.subscribe"})");
    }

    void stream_frame(std::string_view text) {
        WebSocketHandler& handler = open_streams();
        const std::size_t before = stream_peer_.sent;
        handler.on_text(text);
        require(spoiled_ || stream_peer_.gone || stream_peer_.sent > before);
    }

    void open(std::string_view target) {
        StrictPeer peer(spoiled_);
        HttpReply refusal;
        const auto handler = venue_.open(target, "127.0.0.1", peer, refusal);
        require(handler || !refusal.acts.empty() || is_json(refusal.body));
        if (handler) {
            handler->on_text(R"({"method":"LIST_SUBSCRIPTIONS","id":1})");
            market("");
            require(peer.sent > 0 || peer.gone || spoiled_);
        }
    }

    void control(std::string_view text) {
        // Megabytes in each message would slow the search and show nothing that kilobytes do not.
        for (const auto& [fault, size] :
             {std::pair{"oversized", "bytes="}, std::pair{"deep-nesting", "depth="}}) {
            const std::size_t at = text.find(size);
            if (text.find(fault) != std::string_view::npos &&
                (at == std::string_view::npos || text.size() > at + 6 + 4)) {
                return;
            }
        }
        const std::string answer = venue_.control(text);
        spoiled_ = spoiled_ || !venue_.faults().idle();
        require(answer.starts_with("ok") || answer.starts_with("error: "));
        require(answer.find('\n') == std::string::npos);
        require(!answer.starts_with("ok {") || is_json(answer.substr(3)));
        require(!answer.starts_with("ok [") || is_json(answer.substr(3)));
    }

    /// A recorded message: a trade through the bids, a ticker, a depth event, or all of them.
    void market(std::string_view which) {
        const char kind = which.empty() ? '*' : which.front();
        const std::int64_t now_ms = now_us_ / 1000;
        if (kind == 't' || kind == '*') {
            venue_.exchange().market_trade("BTCUSDT", level(98, 0).price, level(0, 3).qty, true,
                                           now_ms);
            venue_.publish("btcusdt@trade",
                           R"({"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"98.00000000",)"
                           R"("q":"3.00000000","T":1,"m":true,"M":true})");
        }
        if (kind == 'd' || kind == '*') {
            ++update_id_;
            const std::string id = std::to_string(update_id_);
            venue_.exchange().market_depth("BTCUSDT", {level(100, 3)}, {level(103, 1)}, update_id_,
                                           now_ms);
            venue_.publish("btcusdt@depth@100ms", R"({"e":"depthUpdate","E":1,"s":"BTCUSDT","U":)" +
                                                      id + R"(,"u":)" + id +
                                                      R"(,"b":[["100.00000000","3.00000000"]],)"
                                                      R"("a":[["103.00000000","1.00000000"]]})");
        }
        venue_.tick(true, 0);
    }

    WebSocketHandler& open_api() { return reopen(api_, api_peer_, "/ws-api/v3"); }
    WebSocketHandler& open_streams() {
        return reopen(streams_, stream_peer_,
                      "/stream?streams=btcusdt@trade/btcusdt@depth/btcusdt@depth@100ms/"
                      "btcusdt@depth5/btcusdt@aggTrade");
    }
    /// What was closed is opened again. While the venue refuses that, nobody is there.
    WebSocketHandler& reopen(std::unique_ptr<WebSocketHandler>& handler, StrictPeer& peer,
                             const char* target) {
        if (handler && !peer.gone) {
            return *handler;
        }
        handler.reset();
        HttpReply refusal;
        peer.gone = false;
        handler = venue_.open(target, "127.0.0.1", peer, refusal);
        if (!handler) {
            peer.gone = true;
            return nobody_;
        }
        return *handler;
    }
    struct Nobody final : WebSocketHandler {
        void on_text(std::string_view) override {}
        void on_control() override {}
    };

    std::int64_t now_us_{start_us};
    bool spoiled_{false};  ///< a fault was on, and what it holds may still come
    std::uint64_t update_id_{10};
    Venue venue_;
    std::unique_ptr<Replay> replay_;
    StrictPeer api_peer_{spoiled_}, stream_peer_{spoiled_};
    Nobody nobody_;
    std::unique_ptr<WebSocketHandler> api_, streams_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    Session session;
    for (std::size_t acts = 0; !rest.empty() && acts < acts_max; ++acts) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        if (!line.empty()) {
            session.act(line.front(), line.substr(1));
        }
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    return 0;
}
