// CancelQueue: cancels that wait for a connection or for room in the venue's budget. None is lost.
//
// Two forms: single cancels in order, and a set of instruments to be cancelled whole. When the
// queue is full or the budget advises it, singles become part of the set, which cannot overflow:
// one bit an instrument. Cancelling more than was asked takes risk away, so it is always allowed.
// Owner: order agent.
#pragma once

#include <array>
#include <cstdint>

#include "engine/orders/requests.hpp"
#include "engine/types/id_set.hpp"

namespace portcullis::gateways::binance {

class CancelQueue {
public:
    static constexpr std::size_t size = 256;

    /// Requires: the instrument is one of ours.
    void push(const engine::OrderCancelRequest& request) noexcept {
        engine::verify(request.instrument.value < engine::capacity::instruments);
        if (whole_.has(request.instrument)) {
            return;  // cancelled with all others of its instrument
        }
        if (count_ == size) {
            coalesce();
            push_whole(request.instrument);
            return;
        }
        requests_[(first_ + count_++) % size] = request;
    }
    void push_whole(engine::InstrumentId instrument) noexcept { whole_.add(instrument); }
    void push_all(const engine::InstrumentSet& instruments) noexcept { whole_ |= instruments; }
    /// All singles become cancels of whole instruments. Returns how many there were.
    std::size_t coalesce() noexcept {
        const std::size_t singles = count_;
        for (; count_ != 0; pop()) {
            push_whole(front().instrument);
        }
        return singles;
    }
    [[nodiscard]] std::size_t singles() const noexcept { return count_; }
    [[nodiscard]] const engine::InstrumentSet& whole() const noexcept { return whole_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0 && whole_.empty(); }
    /// Requires: singles() > 0.
    [[nodiscard]] const engine::OrderCancelRequest& front() const noexcept {
        engine::verify(count_ > 0);
        return requests_[first_];
    }
    void pop() noexcept {
        engine::verify(count_ > 0);
        first_ = (first_ + 1) % size;
        --count_;
    }
    void whole_sent(engine::InstrumentId instrument) noexcept { whole_.remove(instrument); }

private:
    std::array<engine::OrderCancelRequest, size> requests_{};
    std::size_t first_{};
    std::size_t count_{};
    engine::InstrumentSet whole_;
};

}  // namespace portcullis::gateways::binance
