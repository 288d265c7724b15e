// AgentWorld: an order agent between two rings, with a venue of text in memory on the other side.
//
// The transports are fakes that record frames and play answers: they can block, lose a frame,
// refuse and disconnect at the n-th send. What a session asks for itself (time, logon, subscribe)
// and what a reconciliation asks is answered by itself unless a test says otherwise; orders never
// are. Approvals come from a real gate (tests/risk/gate_world.hpp): nothing else can make one.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateways/binance/order_agent.hpp"
#include "gateways/binance/ws_api_snapshots.hpp"
#include "tests/risk/gate_world.hpp"

namespace portcullis::gateways::binance {

inline constexpr std::int64_t ms = 1'000'000;
inline constexpr std::int64_t start_ms = 1'700'000'000'000;

/// What one fake connection has seen and will do. Outlives its transport.
struct Wire {
    std::vector<std::string> sent;
    std::deque<std::string> inbox;
    TransportState state{TransportState::open};
    std::size_t pending{};
    bool block_next{};  ///< the next frame stays buffered
    bool deaf{};        ///< nothing is answered by itself
    int fail_at{-1};    ///< the n-th send from now finds the connection closed
    bool was_cut{};
    std::size_t pings{};
    CloseCause cause{CloseCause::none};
    std::uint16_t close_code{};
    std::int64_t retry_after_s{};
    /// Answers a frame by itself; empty: leaves it to the test.
    std::function<std::string(const std::string&)> responder;

    void deliver(std::string text) { inbox.push_back(std::move(text)); }
};

class FakeTransport final : public Transport {
public:
    explicit FakeTransport(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
    void connect(const Endpoint&, const TransportLimits&, std::int64_t) override {}
    std::size_t poll(FrameSink& sink, std::size_t messages_max, std::int64_t) override {
        std::size_t count = 0;
        while (count < messages_max && !wire_->inbox.empty()) {
            frame_ = wire_->inbox.front();
            wire_->inbox.pop_front();
            const std::size_t size = frame_.size();
            frame_.append(FrameView::padding, '\0');
            sink.on_frame({FrameKind::text, frame_.data(), size});
            ++count;
        }
        return count;
    }
    SendResult send_text(std::string_view payload) override {
        if (wire_->state != TransportState::open) {
            return SendResult::closed;
        }
        if (wire_->pending != 0) {
            return SendResult::blocked;
        }
        if (wire_->fail_at == 0) {
            wire_->state = TransportState::closed;
            return SendResult::closed;
        }
        wire_->fail_at -= wire_->fail_at > 0 ? 1 : 0;
        wire_->sent.emplace_back(payload);
        if (std::exchange(wire_->block_next, false)) {
            wire_->pending = payload.size();
            return SendResult::buffered;
        }
        if (wire_->responder && !wire_->deaf) {
            if (std::string answer = wire_->responder(wire_->sent.back()); !answer.empty()) {
                wire_->inbox.push_back(std::move(answer));
            }
        }
        return SendResult::sent;
    }
    SendResult send_ping(std::string_view) override {
        ++wire_->pings;
        return SendResult::sent;
    }
    std::size_t flush() override { return wire_->pending; }
    std::size_t pending_bytes() const override { return wire_->pending; }
    void close(std::uint16_t, std::string_view) override { wire_->state = TransportState::closed; }
    void cut() override {
        wire_->was_cut = true;
        wire_->pending = 0;
        wire_->state = TransportState::closed;
    }
    TransportState state() const override { return wire_->state; }
    CloseCause close_cause() const override { return wire_->cause; }
    std::uint16_t close_code() const override { return wire_->close_code; }
    std::int64_t retry_after_s() const override { return wire_->retry_after_s; }
    std::string_view close_reason() const override { return {}; }
    int wait_fd() const override { return -1; }

private:
    std::shared_ptr<Wire> wire_;
    std::string frame_;
};

class FakeSource final : public TransportSource {
public:
    std::function<std::string(const std::string&)> responder;
    std::vector<std::shared_ptr<Wire>> wires;
    bool refuse{};
    std::function<std::unique_ptr<Transport>()> other;  ///< instead of a fake
    std::unique_ptr<Transport> next(engine::MonoNs) override {
        if (refuse) {
            return nullptr;
        }
        if (other) {
            return other();
        }
        wires.push_back(std::make_shared<Wire>());
        wires.back()->responder = responder;
        return std::make_unique<FakeTransport>(wires.back());
    }
    Wire& wire() { return *wires.back(); }
};

struct FakeKill final : KillView {
    std::uint32_t value{};
    mutable int calls{};
    int changes_at_call{-1};                 ///< from this call on another stamp
    mutable engine::OrderScopes asked;       ///< of the last call
    std::function<void(int call)> looked{};  ///< at each call, before it answers
    std::uint32_t stamp(const engine::OrderScopes& order) const noexcept override {
        asked = order;
        if (looked) {
            looked(calls);
        }
        return calls++ >= changes_at_call && changes_at_call >= 0 ? value + 1 : value;
    }
};

struct FakeEgress final : EgressClock {
    engine::MonoNs time{};
    std::vector<engine::MonoNs> causes;  ///< of orders that the socket has taken
    std::vector<engine::ClOrdId> begun;
    std::vector<engine::ClOrdId> not_sent;
    std::vector<engine::ClOrdId> sent;
    std::vector<engine::MonoNs> cancel_causes;
    std::vector<engine::MonoNs> accepted;  ///< when those were sent
    engine::MonoNs now() noexcept override { return time; }
    void on_begun(engine::ClOrdId id) noexcept override { begun.push_back(id); }
    void on_not_sent(engine::ClOrdId id) noexcept override { not_sent.push_back(id); }
    engine::MonoNs on_order_sent(engine::ClOrdId id, engine::MonoNs cause) noexcept override {
        sent.push_back(id);
        causes.push_back(cause);
        return time;
    }
    engine::MonoNs on_cancel_sent(engine::MonoNs cause) noexcept override {
        cancel_causes.push_back(cause);
        return time;
    }
    void on_accepted(engine::MonoNs at) noexcept override { accepted.push_back(at); }
    void reserve(std::size_t size) {
        causes.reserve(size);
        begun.reserve(size);
        not_sent.reserve(size);
        sent.reserve(size);
        cancel_causes.reserve(size);
        accepted.reserve(size);
    }
};

/// Signs with a text that can be recognised; the real ones are tested in gateways/codec.
struct FakeSigner final : Signer {
    KeyKind key{KeyKind::ed25519};
    bool away{};
    std::string last_text;
    KeyKind kind() const noexcept override { return key; }
    std::string_view api_key() const noexcept override { return "KEY"; }
    std::size_t sign(std::string_view text, char* out) noexcept override {
        last_text = text;
        if (away) {
            return 0;
        }
        std::copy_n("SIGNATURE", 9, out);
        return 9;
    }
};

[[nodiscard]] inline std::string field(const std::string& frame, const std::string& name) {
    const std::string key = "\"" + name + "\":";
    const std::size_t at = frame.find(key);
    if (at == std::string::npos) {
        return {};
    }
    std::size_t from = at + key.size();
    const bool quoted = frame[from] == '"';
    from += quoted ? 1 : 0;
    return frame.substr(from, frame.find_first_of(quoted ? "\"" : ",}", from) - from);
}

inline ClOrdIdKeys test_keys(std::uint32_t epoch = 7) {
    ClOrdIdKey key{};
    key.fill(0x5a);
    return std::move(ClOrdIdKeys::make({{engine::Epoch{epoch}, key}})).value();
}

inline RateBudget test_budget(std::uint32_t weight = 6000, std::uint32_t orders = 1000,
                              std::uint32_t share_permille = 1000) {
    using engine::milliseconds;
    return std::move(RateBudget::make({{{RateKind::request_weight, milliseconds(60'000), weight},
                                        {RateKind::orders, milliseconds(10'000), orders}},
                                       share_permille,
                                       100}))
        .value();
}

class AgentWorld {
public:
    risk::GateWorld gate;
    SymbolTable symbols;
    InstrumentBook instruments;
    ClOrdIdMint ids{test_keys()};
    FakeSigner signer;
    RateBudget budget{test_budget()};
    ClosedDoors doors;
    FakeKill kill;
    FakeEgress egress;
    FakeSource primary, secondary;
    RequestRing requests;
    ReportRing reports;
    WsApiSnapshots* depth{};  ///< where snapshots go over the second connection
    OrderAgentSettings settings;
    std::optional<OrderEncoder> encoder;
    std::unique_ptr<OrderAgent> agent;
    std::vector<engine::Event> events;
    engine::MonoNs now{1'000'000 * ms};
    std::int64_t clock_offset_ms{};  ///< venue's clock less ours
    /// Overrides the answer to a method: result text, or a whole tail beginning with "status".
    std::map<std::string, std::string> results;
    std::uint64_t sequence{};
    std::uint32_t round{};  ///< of the reconciliation asked for last

    AgentWorld() {
        const auto ok =
            symbols.add_asset(risk::btc, "BTC") && symbols.add_asset(risk::usdt, "USDT") &&
            symbols.add_asset(risk::eth, "ETH") && symbols.add_asset(risk::bnb, "BNB") &&
            symbols.add_instrument(risk::btcusdt, "BTCUSDT", risk::btc, risk::usdt);
        engine::verify(ok);
        engine::InstrumentDefinition definition;
        definition.instrument = risk::btcusdt;
        definition.base = risk::btc;
        definition.quote = risk::usdt;
        definition.tick = engine::PriceAtoms{risk::tick};
        definition.lot = engine::QtyAtoms{risk::lot};
        definition.status = engine::InstrumentStatus::trading;
        (void)instruments.update(definition);
        risk::WindowSet wide{};
        wide[0] = {60'000 * ms, 10'000, 10'000, risk::wide_micro, 10'000, risk::wide_micro};
        gate.config.limits.account[0].windows = gate.config.limits.venue[0].windows = wide;
        gate.config.limits.instrument[0].windows = wide;
        gate.config.limits.strategy[0].windows = wide;
        gate.config.limits.firm = {.gross_exposure_micro_max = 100'000'000 * risk::micro,
                                   .orders_open_max = 1000,
                                   .order_notional_micro_max = risk::wide_micro,
                                   .approval_lifetime_ns_max = 50 * ms,
                                   .loss_day_micro_max = risk::amount_ceiling,
                                   .drawdown_day_micro_max = risk::amount_ceiling,
                                   .windows = wide};
        gate.config.limits.venue[0].orders_open_max = 1000;
        for (auto& limits : gate.config.limits.instrument) {
            limits.orders_open_max = 1000;
            limits.position_atoms_max = 1000 * risk::coin;
        }
        for (auto& limits : gate.config.limits.strategy) {
            limits.orders_open_max = 1000;
        }
        gate.set_qty(risk::coin / 1000);
        settings.gate_epoch = engine::Epoch{7};
        settings.session.back_off = {engine::milliseconds(1), engine::milliseconds(2),
                                     engine::milliseconds(4)};
        primary.responder =
            secondary.responder = [this](const std::string& frame) { return answer_to(frame); };
    }

    void start() {
        encoder.emplace(
            std::move(OrderEncoder::make(symbols, instruments, ids, signer, 1000)).value());
        agent = std::make_unique<OrderAgent>(
            OrderAgentParts{symbols, instruments, ids, *encoder, budget, doors, kill, egress,
                            primary, secondary, requests, reports, depth},
            settings);
    }
    /// Starts, and turns until both sessions are ready.
    void start_ready() {
        start();
        turn(20);
        engine::verify(agent->primary().ready() && agent->secondary().ready());
        events.clear();
    }
    void turn(int times = 1, std::int64_t step_ns = ms) {
        for (int i = 0; i < times; ++i) {
            now.value += step_ns;
            egress.time = now;
            agent->do_work(now, wall());
            drain();
        }
    }
    void drain() {
        while (reports.try_consume([this](engine::Event&& event) { events.push_back(event); })) {
        }
    }
    [[nodiscard]] engine::WallNs wall() const {
        return engine::WallNs{start_ms * ms + now.value - 1'000'000 * ms};
    }
    [[nodiscard]] std::int64_t venue_ms() const { return wall().value / ms + clock_offset_ms; }

    /// Approves the default order under a new id and puts it into the ring.
    engine::ClOrdId submit(engine::ClOrdId orig = {},
                           engine::ReplaceMode mode = engine::ReplaceMode::cancel_replace) {
        gate.order.cl_ord_id = engine::ClOrdId::of(engine::Epoch{7}, ++sequence);
        gate.order.cause = now;
        gate.context.slot = static_cast<engine::OrderSlot>(sequence);
        gate.pass_time(now.value - gate.context.now.value);
        const auto id = gate.order.cl_ord_id;
        if (orig == engine::no_order) {
            auto verdict = gate.review();
            engine::verify(verdict.ok() && requests.try_push(Outbound{verdict.take()}));
            return id;
        }
        gate.context.orig_slot = static_cast<engine::OrderSlot>(orig.sequence());
        engine::OrderCancelReplaceRequest request{
            .order = gate.order, .orig_cl_ord_id = orig, .mode = mode};
        auto verdict = gate.gate().review(request, gate.context);
        engine::verify(verdict.ok() && requests.try_push(Outbound{verdict.take()}));
        return id;
    }
    /// An approval that is made and never sent: the next one is out of order.
    void skip_one() {
        gate.order.cl_ord_id = engine::ClOrdId::of(engine::Epoch{7}, ++sequence);
        gate.context.slot = static_cast<engine::OrderSlot>(sequence);
        gate.pass_time(now.value - gate.context.now.value);
        auto verdict = gate.review();
        engine::verify(verdict.ok());
        (void)verdict.take();
    }
    template <class T>
    void push(const T& request) {
        engine::verify(requests.try_push(Outbound{request}));
    }
    /// The core wants a reconciliation; `agreed`: everything has agreed since the last.
    void reconcile(bool agreed = true) {
        agent->request_reconcile(engine::ReconcileRequest{++round, agreed});
    }
    void cancel(engine::ClOrdId id, std::uint64_t order = 0) {
        push(engine::OrderCancelRequest{
            id, engine::OrderId{order}, now, risk::btcusdt, engine::StrategyId{0}, {}});
    }

    [[nodiscard]] std::string id_text(engine::ClOrdId id) const {
        return std::string(ids.keys().text_of(id).view());
    }
    /// Answers the last frame of `wire` with status and tail.
    void answer(Wire& wire, int status, const std::string& tail) {
        answer_to_frame(wire, wire.sent.back(), status, tail);
    }
    void answer_to_frame(Wire& wire, const std::string& frame, int status,
                         const std::string& tail) {
        wire.deliver(R"({"id":)" + field(frame, "id") + R"(,"status":)" + std::to_string(status) +
                     "," + tail + "}");
    }
    [[nodiscard]] std::string ack(engine::ClOrdId id, std::uint64_t order) const {
        return R"("result":{"symbol":"BTCUSDT","orderId":)" + std::to_string(order) +
               R"(,"orderListId":-1,"clientOrderId":")" + id_text(id) +
               R"(","transactTime":1700000000100})";
    }
    [[nodiscard]] std::string order_body(engine::ClOrdId id, std::uint64_t order,
                                         const std::string& status,
                                         const std::string& cum = "0.00000000",
                                         bool canceled = false) const {
        return R"({"symbol":"BTCUSDT",)" +
               (canceled ? R"("origClientOrderId":")" + id_text(id) + R"(",)" : std::string()) +
               R"("orderId":)" + std::to_string(order) + R"(,"orderListId":-1,"clientOrderId":")" +
               id_text(id) +
               R"(","transactTime":1700000000100,"price":"60000.00000000","origQty":"0.00100000",)" +
               R"("executedQty":")" + cum + R"(","cummulativeQuoteQty":"0.00000000","status":")" +
               status + R"(","timeInForce":"GTC","type":"LIMIT","side":"BUY"})";
    }
    [[nodiscard]] std::string event(engine::ClOrdId id, std::uint64_t order, const std::string& x,
                                    const std::string& X, const std::string& extra = {}) const {
        return R"({"subscriptionId":0,"event":{"e":"executionReport","E":1700000000100,"s":"BTCUSDT","c":")" +
               id_text(id) +
               R"(","S":"BUY","o":"LIMIT","f":"GTC","q":"0.00100000","p":"60000.00000000","C":"",)" +
               R"("x":")" + x + R"(","X":")" + X + R"(","r":"NONE","i":)" + std::to_string(order) +
               (extra.empty() ? std::string(R"(,"l":"0.00000000","z":"0.00000000",)"
                                            R"("L":"0.00000000","n":"0","N":null,"t":-1,"m":false)")
                              : extra) +
               R"(,"T":1700000000100,"I":77}})";
    }
    /// The same event on both streams.
    void on_both(const std::string& text) {
        primary.wire().deliver(text);
        secondary.wire().deliver(text);
    }

    template <class T>
    [[nodiscard]] std::vector<T> all() const {
        std::vector<T> found;
        for (const engine::Event& e : events) {
            if (e.header.type == T::type) {
                found.push_back(e.as<T>());
            }
        }
        return found;
    }
    [[nodiscard]] std::vector<engine::RequestFate> fates(engine::ClOrdId id) const {
        std::vector<engine::RequestFate> found;
        for (const auto& outcome : all<engine::RequestOutcome>()) {
            if (outcome.cl_ord_id == id) {
                found.push_back(outcome.fate);
            }
        }
        return found;
    }
    [[nodiscard]] static std::size_t count(const Wire& wire, const std::string& method) {
        std::size_t found = 0;
        for (const std::string& frame : wire.sent) {
            found += field(frame, "method") == method ? 1 : 0;
        }
        return found;
    }

    static inline const std::string filters =
        R"({"timezone":"UTC","serverTime":1655969291181,"rateLimits":[],"exchangeFilters":[],"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","baseAssetPrecision":8,"quoteAsset":"USDT","orderTypes":["LIMIT"],"amendAllowed":true,"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01000000","maxPrice":"1000000.00000000","tickSize":"0.01000000"},{"filterType":"LOT_SIZE","minQty":"0.00001000","maxQty":"9000.00000000","stepSize":"0.00001000"},{"filterType":"NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true,"maxNotional":"9000000.00000000","applyMaxToMarket":false,"avgPriceMins":5},{"filterType":"MAX_NUM_ORDERS","maxNumOrders":200}]}]})";

private:
    std::string answer_to(const std::string& frame) {
        const std::string method = field(frame, "method");
        std::string result;
        if (const auto found = results.find(method); found != results.end()) {
            result = found->second;
        } else if (method == "time") {
            result = R"({"serverTime":)" + std::to_string(venue_ms()) + "}";
        } else if (method == "session.logon") {
            result = R"({"apiKey":"KEY","authorizedSince":1,"serverTime":1})";
        } else if (method.starts_with("userDataStream.subscribe")) {
            result = R"({"subscriptionId":0})";
        } else if (method == "exchangeInfo") {
            result = filters;
        } else if (method == "account.status") {
            result =
                R"({"canTrade":true,"balances":[{"asset":"BTC","free":"1.50000000","locked":"0.10000000"},{"asset":"DOGE","free":"7.0","locked":"0"}]})";
        } else if (method == "openOrders.status" || method == "myTrades") {
            result = "[]";
        }
        if (result.empty()) {
            return {};
        }
        const bool whole = result.starts_with("\"status\"");
        return R"({"id":)" + field(frame, "id") + (whole ? "," : R"(,"status":200,"result":)") +
               result + "}";
    }
};

}  // namespace portcullis::gateways::binance
