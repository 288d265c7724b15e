// Timeline: virtual time. Acts run one after the other, in order of their time and, within one
// nanosecond, in the order in which they were planned; nothing else decides who is next.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "engine/types/units.hpp"

namespace portcullis::tests {

class Timeline {
public:
    [[nodiscard]] engine::MonoNs now() const { return now_; }
    void after(engine::DurationNs delay, std::function<void()> act) {
        at(now_ + delay, std::move(act));
    }
    void at(engine::MonoNs when, std::function<void()> act) {
        acts_.emplace(std::pair{when < now_ ? now_ : when, ++planned_}, std::move(act));
    }
    /// Runs everything up to `end`.
    void run_until(engine::MonoNs end) {
        while (!acts_.empty() && acts_.begin()->first.first <= end) {
            auto next = acts_.extract(acts_.begin());
            now_ = next.key().first;
            next.mapped()();
        }
        now_ = end;
    }

private:
    engine::MonoNs now_{1'000'000'000};
    std::uint64_t planned_{};
    std::map<std::pair<engine::MonoNs, std::uint64_t>, std::function<void()>> acts_;
};

}  // namespace portcullis::tests
