// ReportQueue: events on their way to the core. Waits, never drops.
//
// One message of the venue can make thousands of events (a list of open orders), more than the ring
// has room for at that moment. Dropping is out of the question and spinning would lock up where
// core and agent share a thread, so what does not fit is staged here, in order, and the agent reads
// no further message before the stage is empty. So the stage holds one message at most, and its
// size covers the longest list that the decoder accepts, each row with two events. Owner: order
// agent.
#pragma once

#include <memory>

#include "engine/events/event.hpp"
#include "engine/rings/spsc_ring.hpp"
#include "engine/types/capacity.hpp"
#include "gateways/binance/account.hpp"

namespace portcullis::gateways::binance {

using ReportRing = engine::SpscRing<engine::Event, engine::capacity::report_ring>;

class ReportQueue {
public:
    static constexpr std::size_t stage_max = 3 * AccountDecoder::orders_max;

    ReportQueue(ReportRing& ring, std::uint16_t source)
        : ring_(ring), source_(source), stage_(std::make_unique<engine::Event[]>(stage_max)) {}

    /// The receive time of everything pushed from here on.
    void at(engine::MonoNs mono, engine::WallNs wall) noexcept {
        mono_ = mono;
        wall_ = wall;
    }
    template <engine::EventPayload T>
    void push(const T& body) noexcept {
        engine::Event event = engine::Event::of(body, mono_, wall_);
        event.header.source = source_;
        ++pushed_;
        if (first_ == last_ && ring_.try_push(event)) {
            return;
        }
        engine::verify(last_ < stage_max);
        stage_[last_++] = event;
    }
    /// Moves what is staged into the ring. True: nothing is staged any more.
    bool drain() noexcept {
        while (first_ < last_ && ring_.try_push(stage_[first_])) {
            ++first_;
        }
        if (first_ == last_) {
            first_ = last_ = 0;
        }
        return last_ == 0;
    }
    [[nodiscard]] std::size_t staged() const noexcept { return last_ - first_; }
    [[nodiscard]] std::uint64_t pushed() const noexcept { return pushed_; }

private:
    ReportRing& ring_;
    std::uint16_t source_;
    std::unique_ptr<engine::Event[]> stage_;
    std::size_t first_{};
    std::size_t last_{};
    std::uint64_t pushed_{};
    engine::MonoNs mono_{};
    engine::WallNs wall_{};
};

}  // namespace portcullis::gateways::binance
