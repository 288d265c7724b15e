#include "bench/wire_venue.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "bench/harness.hpp"
#include "gateways/net/websocket/upgrade.hpp"

namespace portcullis::bench {

namespace {

constexpr std::size_t read_bytes = std::size_t{1} << 16;

std::int64_t wall_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// The value of a member that our encoder writes: each name occurs once in a frame.
std::string_view member(std::string_view text, std::string_view name) {
    const std::string key = "\"" + std::string(name) + "\":";
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos) {
        return {};
    }
    const bool quoted = text[at + key.size()] == '"';
    const std::size_t from = at + key.size() + (quoted ? 1 : 0);
    return text.substr(from, text.find_first_of(quoted ? "\"" : ",}", from) - from);
}

}  // namespace

WireServer::WireServer(const tools::venue::CertificateFiles& files)
    : files_(files), context_(SSL_CTX_new(TLS_server_method())), buffer_(read_bytes) {
    require(SSL_CTX_use_certificate_chain_file(context_, files.certificate.c_str()) == 1 &&
                SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM) == 1,
            "the server's certificate is refused");
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    require(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                ::listen(listener_, 16) == 0 &&
                ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
            "no port of the loopback");
    port_ = ntohs(address.sin_port);
}

WireServer::~WireServer() {
    for (const auto& link : links_) {
        SSL_free(link->tls);
        ::close(link->fd);
    }
    ::close(listener_);
    SSL_CTX_free(context_);
}

gateways::Endpoint WireServer::endpoint(const std::string& path) const {
    gateways::Endpoint endpoint;
    endpoint.host = "localhost";
    endpoint.address = "127.0.0.1";
    endpoint.port = port_;
    endpoint.path = path;
    endpoint.ca_file = files_.ca;
    return endpoint;
}

void WireServer::accept() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    const int on = 1;
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto link = std::make_unique<WireLink>();
    link->fd = fd;
    link->tls = SSL_new(context_);
    SSL_set_fd(link->tls, fd);
    SSL_set_accept_state(link->tls);
    links_.push_back(std::move(link));
}

void WireServer::poll(const OnText& on_text) {
    accept();
    for (std::size_t i = 0; i < links_.size(); ++i) {
        poll(*links_[i], on_text);
    }
}

void WireServer::poll(WireLink& link, const OnText& on_text) {
    std::size_t got = 0;
    while (SSL_read_ex(link.tls, buffer_.data(), buffer_.size(), &got) == 1) {
        link.pending.append(buffer_.data(), got);
    }
    require(SSL_get_error(link.tls, 0) == SSL_ERROR_WANT_READ || ending_, "a client has left");
    if (link.path.empty() && !upgrade(link)) {
        return;
    }
    std::size_t at = 0;
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned char>(link.pending[at + i]);
    };
    while (link.pending.size() - at >= 6) {
        std::size_t size = byte(1) & 0x7fU;
        std::size_t head = 2;
        require((byte(1) & 0x80U) != 0 && size != 127, "a frame that no client of ours sends");
        if (size == 126) {
            size = std::size_t{byte(2)} << 8U | byte(3);
            head = 4;
        }
        if (link.pending.size() - at < head + 4 + size) {
            break;
        }
        char* const payload = link.pending.data() + at + head + 4;
        for (std::size_t i = 0; i < size; ++i) {
            payload[i] =
                static_cast<char>(static_cast<unsigned char>(payload[i]) ^ byte(head + i % 4));
        }
        const unsigned opcode = byte(0) & 0xfU;
        at += head + 4 + size;
        if (opcode == 1) {
            ++link.texts;
            on_text(link, {payload, size});
        } else if (opcode == 9) {
            send_frame(link, 0x8a, {payload, size});
        }
    }
    link.pending.erase(0, at);
}

/// The request is answered as soon as all of it is there. Nothing follows it before the answer.
bool WireServer::upgrade(WireLink& link) {
    const std::string_view request = link.pending;
    if (!request.ends_with("\r\n\r\n")) {
        return false;
    }
    const std::string_view name = "Sec-WebSocket-Key: ";
    const std::size_t key = request.find(name);
    require(request.starts_with("GET ") && key != std::string_view::npos, "no upgrade");
    const std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        gateways::upgrade_accept(request.substr(key + name.size(), 24)) + "\r\n\r\n";
    link.path = std::string(request.substr(4, request.find(' ', 4) - 4));
    link.pending.clear();
    std::size_t written = 0;
    require(SSL_write_ex(link.tls, answer.data(), answer.size(), &written) == 1, "a full socket");
    return true;
}

void WireServer::send(WireLink& link, std::string_view text) {
    send_frame(link, 0x81, text);
}

void WireServer::send_frame(WireLink& link, unsigned char opcode, std::string_view payload) {
    frame_.assign(1, static_cast<char>(opcode));
    if (payload.size() < 126) {
        frame_ += static_cast<char>(payload.size());
    } else {
        require(payload.size() < 65'536, "a text that is too long");
        frame_ += {static_cast<char>(126), static_cast<char>(payload.size() >> 8U),
                   static_cast<char>(payload.size() & 0xffU)};
    }
    frame_ += payload;
    std::size_t written = 0;
    require(SSL_write_ex(link.tls, frame_.data(), frame_.size(), &written) == 1, "a full socket");
}

WireLink* WireServer::find(std::string_view path, std::size_t n) {
    for (const auto& link : links_) {
        if (!link->path.empty() && link->path.starts_with(path) && n-- == 0) {
            return link.get();
        }
    }
    return nullptr;
}

// --- the exchange

namespace {

constexpr const char* exchange_info =
    R"({"timezone":"UTC","serverTime":1,"rateLimits":[)"
    R"({"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":2000000000},)"
    R"({"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":2000000000},)"
    R"({"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":2000000000},)"
    R"({"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":2000000000}],)"
    R"("exchangeFilters":[],"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC",)"
    R"("baseAssetPrecision":8,"quoteAsset":"USDT","orderTypes":["LIMIT","LIMIT_MAKER"],)"
    R"("amendAllowed":true,"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01000000",)"
    R"("maxPrice":"1000000.00000000","tickSize":"0.01000000"},{"filterType":"LOT_SIZE",)"
    R"("minQty":"0.00001000","maxQty":"9000.00000000","stepSize":"0.00001000"},)"
    R"({"filterType":"NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true,)"
    R"("maxNotional":"9000000.00000000","applyMaxToMarket":false,"avgPriceMins":5},)"
    R"({"filterType":"MAX_NUM_ORDERS","maxNumOrders":200}]}]})";

/// The two tops between which the market goes; what stands behind them stays.
struct Top {
    const char* bid;
    const char* ask;
};
constexpr Top tops[] = {{"60000.00000000", "60000.01000000"}, {"60030.00000000", "60030.01000000"}};

}  // namespace

std::string WireExchange::next_ticker() {
    high_ = !high_;
    ++update_;
    const Top& top = tops[high_ ? 1 : 0];
    return R"({"stream":"btcusdt@bookTicker","data":{"u":)" + std::to_string(update_) +
           R"(,"s":"BTCUSDT","b":")" + top.bid + R"(","B":"31.21000000","a":")" + top.ask +
           R"(","A":"40.66000000"}})";
}

std::string WireExchange::depth_of_it() {
    const Top& now = tops[high_ ? 1 : 0];
    const Top& before = tops[high_ ? 0 : 1];
    const std::string id = std::to_string(update_);
    return R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":)" +
           std::to_string(wall_ms()) + R"(,"s":"BTCUSDT","U":)" + id + R"(,"u":)" + id +
           R"(,"b":[[")" + now.bid + R"(","31.21000000"],[")" + before.bid +
           R"(","0.00000000"]],"a":[[")" + now.ask + R"(","40.66000000"],[")" + before.ask +
           R"(","0.00000000"]]}})";
}

std::string WireExchange::snapshot() const {
    const Top& top = tops[high_ ? 1 : 0];
    std::string bids = R"([")" + std::string(top.bid) + R"(","31.21000000"])";
    std::string asks = R"([")" + std::string(top.ask) + R"(","40.66000000"])";
    for (int i = 1; i <= 200; ++i) {
        bids += R"(,[")" + std::to_string(59'990 - i) + R"(.00000000","1.00000000"])";
        asks += R"(,[")" + std::to_string(60'040 + i) + R"(.00000000","1.00000000"])";
    }
    return R"({"lastUpdateId":)" + std::to_string(update_) + R"(,"bids":[)" + bids +
           R"(],"asks":[)" + asks + "]}";
}

// Answers and events as the exchange lays them out: ACK for what is placed, the order for what is
// cancelled.

std::string WireExchange::placed(const Resting& order) {
    return R"({"symbol":"BTCUSDT","orderId":)" + std::to_string(order.number) +
           R"(,"orderListId":-1,"clientOrderId":")" + order.id + R"(","transactTime":)" +
           std::to_string(wall_ms()) + "}";
}

std::string WireExchange::canceled(const Resting& order) {
    return R"({"symbol":"BTCUSDT","origClientOrderId":")" + order.id + R"(","orderId":)" +
           std::to_string(order.number) + R"(,"orderListId":-1,"clientOrderId":")" + order.id +
           R"(","transactTime":)" + std::to_string(wall_ms()) + R"(,"price":")" + order.price +
           R"(","origQty":")" + order.qty +
           R"(","executedQty":"0.00000000","origQuoteOrderQty":"0.00000000",)"
           R"("cummulativeQuoteQty":"0.00000000","status":"CANCELED","timeInForce":"GTC",)"
           R"("type":"LIMIT_MAKER","side":")" +
           order.side + R"(","selfTradePreventionMode":"EXPIRE_TAKER"})";
}

/// The event of an order, on both account streams.
void WireExchange::tell(const Resting& order, const char* type, const char* status) {
    const std::string now = std::to_string(wall_ms());
    const bool rests = std::string_view(type) == "NEW";
    const std::string event =
        R"({"subscriptionId":0,"event":{"e":"executionReport","E":)" + now +
        R"(,"s":"BTCUSDT","c":")" + order.id + R"(","S":")" + order.side +
        R"(","o":"LIMIT_MAKER","f":"GTC","q":")" + order.qty + R"(","p":")" + order.price +
        R"(","P":"0.00000000","F":"0.00000000","g":-1,"C":")" + (rests ? "" : order.id) +
        R"(","x":")" + type + R"(","X":")" + status + R"(","r":"NONE","i":)" +
        std::to_string(order.number) +
        R"(,"l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0","N":null,"T":)" + now +
        R"(,"t":-1,"I":)" + std::to_string(++numbers_) + R"(,"w":)" + (rests ? "true" : "false") +
        R"(,"m":false,"M":false,"O":)" + now +
        R"(,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","W":)" + now +
        R"(,"V":"EXPIRE_TAKER"}})";
    for (std::size_t n = 0; WireLink* link = server_.find("/ws-api", n); ++n) {
        server_.send(*link, event);
    }
}

std::string WireExchange::result_of(std::string_view method, std::string_view text) {
    if (method == "time") {
        return R"({"serverTime":)" + std::to_string(wall_ms()) + "}";
    }
    if (method == "session.logon") {
        return R"({"apiKey":"bench","authorizedSince":1,"serverTime":1})";
    }
    if (method.starts_with("userDataStream.")) {
        return R"({"subscriptionId":0})";
    }
    if (method == "exchangeInfo") {
        return exchange_info;
    }
    if (method == "account.status") {
        return R"({"canTrade":true,"balances":[{"asset":"BTC","free":"10.00000000",)"
               R"("locked":"0.00000000"},{"asset":"USDT","free":"1000000.00000000",)"
               R"("locked":"0.00000000"}]})";
    }
    if (method == "depth") {
        return snapshot();
    }
    if (method == "openOrders.status" || method == "myTrades") {
        return "[]";
    }
    require(method == "openOrders.cancelAll", std::string(text).c_str());
    const std::vector<Resting> gone = std::exchange(resting_, {});
    for (const Resting& order : gone) {
        tell(order, "CANCELED", "CANCELED");
    }
    return "[]";
}

void WireExchange::on_text(WireLink& from, std::string_view text) {
    const std::string_view method = member(text, "method");
    const std::string head = R"({"id":)" + std::string(member(text, "id")) + R"(,"status":)";
    const bool place = method == "order.place";
    const bool replace = method == "order.cancelReplace";
    if (!place && !replace && method != "order.cancel") {
        return server_.send(from, head + R"(200,"result":)" + result_of(method, text) + "}");
    }
    std::string gone;
    std::optional<Resting> was;
    if (!place) {
        was = take(text, replace);
        if (!was) {
            return server_.send(
                from, head + R"(400,"error":{"code":-2011,"msg":"Unknown order sent."}})");
        }
        gone = canceled(*was);
    }
    if (method == "order.cancel") {
        server_.send(from, head + R"(200,"result":)" + gone + "}");
        return tell(*was, "CANCELED", "CANCELED");
    }
    ++orders;
    const Resting is{std::string(member(text, "newClientOrderId")), ++numbers_,
                     std::string(member(text, "side")), std::string(member(text, "price")),
                     std::string(member(text, "quantity"))};
    resting_.push_back(is);
    const std::string made = placed(is);
    server_.send(from, head + R"(200,"result":)" +
                           (place ? made
                                  : R"({"cancelResult":"SUCCESS","newOrderResult":"SUCCESS",)"
                                    R"("cancelResponse":)" +
                                        gone + R"(,"newOrderResponse":)" + made + "}") +
                           "}");
    if (replace) {
        tell(*was, "CANCELED", "CANCELED");
    }
    tell(is, "NEW", "NEW");
}

/// The order that a request cancels goes: by its number where the engine knows that, else by its
/// client id. Nothing: there is none.
std::optional<WireExchange::Resting> WireExchange::take(std::string_view text, bool replace) {
    const std::string_view id =
        member(text, replace ? "cancelOrigClientOrderId" : "origClientOrderId");
    const std::string_view number = member(text, replace ? "cancelOrderId" : "orderId");
    const auto found = std::find_if(resting_.begin(), resting_.end(), [&](const Resting& each) {
        return number.empty() ? each.id == id : std::to_string(each.number) == number;
    });
    if (found == resting_.end()) {
        return std::nullopt;
    }
    const Resting gone = *found;
    resting_.erase(found);
    return gone;
}

}  // namespace portcullis::bench
