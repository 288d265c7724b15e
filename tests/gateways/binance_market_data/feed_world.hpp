// A venue in a test's hand: transports that say what the test wrote, a source of snapshots that
// answers when told to, a clock that stands still, and a core that rebuilds books from the ring.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/book/l2_book.hpp"
#include "gateways/binance/feed_agent.hpp"

namespace portcullis::gateways::binance::testing {

using engine::BookDelta;
using engine::BookReset;
using engine::EventType;
using engine::InstrumentId;
using engine::ResetReason;
using engine::SessionState;
using engine::SessionStatus;

/// One connection. It outlives the agent's use of it, so that a test can ask what became of it.
struct Wire {
    Endpoint endpoint;
    TransportState state{TransportState::connecting};
    std::deque<std::pair<FrameKind, std::string>> frames;
    int pings{};
    bool cut{};
    bool closed_by_us{};
    bool destroyed{};
    CloseCause cause{CloseCause::none};
    std::uint16_t close_code{};
    std::int64_t retry_after_s{};

    void say(const std::string& text) { frames.emplace_back(FrameKind::text, text); }
    void pong() { frames.emplace_back(FrameKind::pong, ""); }
};

class FakeTransport final : public Transport {
public:
    explicit FakeTransport(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
    ~FakeTransport() override { wire_->destroyed = true; }

    void connect(const Endpoint& endpoint, const TransportLimits&, std::int64_t) override {
        wire_->endpoint = endpoint;
    }
    std::size_t poll(FrameSink& sink, std::size_t messages_max, std::int64_t) override {
        std::size_t count = 0;
        while (wire_->state == TransportState::open && !wire_->frames.empty() &&
               count < messages_max) {
            const auto [kind, text] = wire_->frames.front();
            wire_->frames.pop_front();
            const std::string padded = text + std::string(FrameView::padding, '}');
            sink.on_frame({kind, padded.data(), text.size()});
            ++count;
        }
        return count;
    }
    SendResult send_text(std::string_view) override { return SendResult::sent; }
    SendResult send_ping(std::string_view) override {
        ++wire_->pings;
        return SendResult::sent;
    }
    std::size_t flush() override { return 0; }
    [[nodiscard]] std::size_t pending_bytes() const override { return 0; }
    void close(std::uint16_t, std::string_view) override { wire_->closed_by_us = true; }
    void cut() override { wire_->cut = true; }
    [[nodiscard]] TransportState state() const override { return wire_->state; }
    [[nodiscard]] CloseCause close_cause() const override { return wire_->cause; }
    [[nodiscard]] std::uint16_t close_code() const override { return wire_->close_code; }
    [[nodiscard]] std::int64_t retry_after_s() const override { return wire_->retry_after_s; }
    [[nodiscard]] std::string_view close_reason() const override { return ""; }
    [[nodiscard]] int wait_fd() const override { return -1; }

private:
    std::shared_ptr<Wire> wire_;
};

class FakeSnapshots final : public SnapshotSource {
public:
    bool request(InstrumentId instrument) override {
        if (refuse) {
            return false;
        }
        requests.push_back(instrument);
        return true;
    }
    std::unique_ptr<DepthSnapshot> poll() override {
        if (answers.empty()) {
            return nullptr;
        }
        auto answer = std::move(answers.front());
        answers.pop_front();
        return answer;
    }
    void answer(InstrumentId instrument, std::uint64_t id,
                const std::map<std::int64_t, std::int64_t>& bids,
                const std::map<std::int64_t, std::int64_t>& asks) {
        auto snapshot = std::make_unique<DepthSnapshot>();
        snapshot->instrument = instrument;
        snapshot->last_update = engine::UpdateId{id};
        for (const auto& [price, qty] : bids) {
            snapshot->bids.push_back({engine::PriceAtoms{price}, engine::QtyAtoms{qty}});
        }
        for (const auto& [price, qty] : asks) {
            snapshot->asks.push_back({engine::PriceAtoms{price}, engine::QtyAtoms{qty}});
        }
        answers.push_back(std::move(snapshot));
    }

    bool refuse{};
    std::vector<InstrumentId> requests;
    std::deque<std::unique_ptr<DepthSnapshot>> answers;
};

[[nodiscard]] inline std::string depth_text(const std::string& symbol, std::uint64_t first,
                                            std::uint64_t last, const std::string& bids = "",
                                            const std::string& asks = "") {
    return R"({"stream":"x@depth@100ms","data":{"e":"depthUpdate","E":1700000000000,"s":")" +
           symbol + R"(","U":)" + std::to_string(first) + R"(,"u":)" + std::to_string(last) +
           R"(,"b":[)" + bids + R"(],"a":[)" + asks + "]}}";
}
[[nodiscard]] inline std::string ticker_text(const std::string& symbol, std::uint64_t update) {
    return R"({"stream":"x@bookTicker","data":{"u":)" + std::to_string(update) + R"(,"s":")" +
           symbol + R"(","b":"99","B":"1","a":"101","A":"1"}})";
}
[[nodiscard]] inline std::string trade_text(const std::string& symbol, std::uint64_t number) {
    return R"({"stream":"x@trade","data":{"e":"trade","E":1,"s":")" + symbol + R"(","t":)" +
           std::to_string(number) + R"(,"p":"100","q":"1","T":1,"m":true,"M":true}})";
}

inline constexpr InstrumentId btc{0};
inline constexpr InstrumentId eth{5};

/// The agent with all that it touches.
struct World {
    explicit World(FeedSettings settings = default_settings())
        : agent(std::move(settings), ring, resyncs, snapshots, doors, [this] {
              wires.push_back(std::make_shared<Wire>());
              return std::make_unique<FakeTransport>(wires.back());
          }) {}

    [[nodiscard]] static FeedSettings default_settings() {
        FeedSettings settings;
        settings.endpoint.host = "stream.example";
        settings.endpoint.path = "/stream";
        settings.symbols = {{"BTCUSDT", btc}, {"ETHUSDT", eth}};
        settings.index = 3;
        settings.seed = 7;
        return settings;
    }

    /// Time passes, then the agent has one round; what came out is in `events`.
    void step(std::int64_t ms = 1) {
        now_ms += ms;
        agent.do_work(engine::MonoNs{now_ms * 1'000'000}, engine::WallNs{now_ms * 1'000'000});
        if (draining) {
            drain();
        }
    }
    void drain() {
        while (ring.try_consume([this](engine::Event&& event) { events.push_back(event); })) {
        }
    }
    Wire& wire(std::size_t i = SIZE_MAX) {
        engine::verify(!wires.empty());
        return *wires[i == SIZE_MAX ? wires.size() - 1 : i];
    }
    /// A connection that is open and has spoken.
    Wire& open() {
        step();
        wire().state = TransportState::open;
        wire().pong();
        step();
        return wire();
    }
    /// An open connection with both books live at id 10.
    Wire& live() {
        Wire& first = open();
        for (const auto& [symbol, id] : {std::pair{"BTCUSDT", btc}, std::pair{"ETHUSDT", eth}}) {
            first.say(depth_text(symbol, 9, 10));
            step();
            snapshots.answer(id, 10, {{99, 1}}, {{101, 1}});
            step();
        }
        events.clear();
        snapshots.requests.clear();
        return first;
    }

    template <class T>
    [[nodiscard]] std::vector<T> all() const {
        std::vector<T> found;
        for (const auto& event : events) {
            if (event.header.type == T::type) {
                found.push_back(event.as<T>());
            }
        }
        return found;
    }
    [[nodiscard]] std::vector<ResetReason> resets(InstrumentId instrument) const {
        std::vector<ResetReason> reasons;
        for (const auto& reset : all<BookReset>()) {
            if (reset.instrument == instrument) {
                reasons.push_back(reset.reason);
            }
        }
        return reasons;
    }
    [[nodiscard]] std::vector<SessionStatus> statuses() const {
        std::vector<SessionStatus> found;
        for (const auto& state : all<SessionState>()) {
            found.push_back(state.status);
        }
        return found;
    }
    /// Last update ids of the whole messages of one instrument.
    [[nodiscard]] std::vector<std::uint64_t> updates(InstrumentId instrument) const {
        std::vector<std::uint64_t> ids;
        for (const auto& delta : all<BookDelta>()) {
            if (delta.instrument == instrument && (delta.flags & BookDelta::last) != 0) {
                ids.push_back(delta.last_update.value);
            }
        }
        return ids;
    }

    std::int64_t now_ms{1'000'000};
    bool draining{true};
    MarketRing ring;
    ResyncRing resyncs;
    FakeSnapshots snapshots;
    ClosedDoors doors;
    std::vector<std::shared_ptr<Wire>> wires;
    std::vector<engine::Event> events;
    FeedAgent agent;
};

}  // namespace portcullis::gateways::binance::testing
