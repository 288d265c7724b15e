// WsApiSnapshots: depth snapshots over the WebSocket API, on the second connection of the orders.
//
//     feed agent --wishes--> fetching thread --question--> order agent ==depth==> venue
//                <-snapshots-                <--answer----  (never on the order connection)
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/rings/spsc_ring.hpp"
#include "gateways/binance/feed_agent.hpp"

namespace portcullis::gateways::binance {

struct DepthQuestion {
    /// 500 levels a side at 128 bytes each; what is longer is no answer.
    static constexpr std::size_t answer_bytes_max = std::size_t{128} * 1024;

    engine::InstrumentId instrument{engine::no_instrument};
    std::size_t answer_size{};  ///< 0: there is none
    std::vector<char> answer;   ///< answer_bytes_max and the decoder's padding

    DepthQuestion() : answer(answer_bytes_max + engine::capacity::frame_padding) {}
};

// The order agent asks, as its budget allows, and copies the answer's frame; reading a thousand
// levels is the fetching thread's work, with the decoder that reads REST's. There is one question,
// which goes round: so one snapshot is on its way at a time, nothing is allocated on the order
// thread, and an answer to a question that was given up finds nobody. A fetch that failed is an
// empty snapshot: the feed asks again after its pause.
// Owner of `idle_`: fetching thread; of a question between next() and done(): order thread.
class WsApiSnapshots final : public SnapshotSource {
public:
    WsApiSnapshots() : idle_(std::make_unique<DepthQuestion>()) {}

    // --- feed agent
    [[nodiscard]] bool request(engine::InstrumentId instrument) override {
        return wanted_.try_push(std::move(instrument));
    }
    [[nodiscard]] std::unique_ptr<DepthSnapshot> poll() override;

    // --- fetching thread
    /// Reads an answer that has come, hands out the next question. Returns how much it did.
    std::size_t do_work();
    [[nodiscard]] std::uint64_t failures() const noexcept {
        return failures_.load(std::memory_order_relaxed);  // relaxed: a counter
    }

    // --- order agent
    /// The next question, or null.
    [[nodiscard]] std::unique_ptr<DepthQuestion> next();
    /// Gives it back with the frame of its answer; empty: there is none.
    void done(std::unique_ptr<DepthQuestion> question, std::string_view frame);

private:
    SnapshotDecoder decoder_{DepthQuestion::answer_bytes_max};
    std::unique_ptr<DepthQuestion> idle_;
    engine::SpscRing<engine::InstrumentId, 64> wanted_;
    engine::SpscRing<std::unique_ptr<DepthQuestion>, 2> questions_;
    engine::SpscRing<std::unique_ptr<DepthQuestion>, 2> answers_;
    engine::SpscRing<std::unique_ptr<DepthSnapshot>, 128> fetched_;
    std::atomic<std::uint64_t> failures_{0};
};

}  // namespace portcullis::gateways::binance
