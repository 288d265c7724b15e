// FreeRun: every agent works when it likes, and the order in which the core takes the inputs is
// whatever comes of it.
//
// Time is the recorded receive time, moved on by the feed, so that it is the same time for all;
// which of its values an agent sees is as much chance as with a real clock.
// Owner of each method: the agent of its name.
#pragma once

#include <algorithm>
#include <atomic>
#include <vector>

#include "tests/sim/placement/wiring.hpp"

namespace portcullis::tests {

class FreeRun {
public:
    explicit FreeRun(Wiring& wiring)
        : w_(wiring), now_ns_(market_day().front().header.mono.value), acts_(plan()) {
        w_.begin(now());
    }
    [[nodiscard]] bool done() const noexcept {
        // acquire: all that the feed did came before.
        return fed_.load(std::memory_order_acquire);
    }

    std::size_t feed() {
        std::size_t did = 0;
        while (w_.resyncs.try_consume([](ResyncRequested&&) {})) {
            ++did;  // the recording has its own snapshots
        }
        if (next_ == market_day().size()) {
            if (w_.market.has_room(tools::MarketRing::capacity())) {
                // release: see done().
                fed_.store(true, std::memory_order_release);
            }
            return did;
        }
        // A recorded day runs as fast as the slowest agent, so that none is out of its time.
        while (did < burst && next_ < market_day().size() && next_ < w_.order_side.seen() + lead &&
               w_.market.has_room(tools::MarketRing::capacity() - lead + 1)) {
            const Event& event = market_day()[next_++];
            // release: nothing hangs on it but the order of time and event.
            now_ns_.store(std::max(now().value, event.header.mono.value),
                          std::memory_order_release);
            verify(w_.market.try_push(event));
            ++did;
        }
        return did;
    }
    std::size_t core() {
        const MonoNs at = now();
        return w_.agent.do_work(at, WallNs{at.value});
    }
    std::size_t orders() { return w_.order_side.do_work(now()); }
    std::size_t journal() { return static_cast<std::size_t>(w_.journal->agent().do_work(now())); }
    std::size_t control() {
        std::size_t did = 0;
        for (; acted_ < acts_.size() && acts_[acted_].at <= now(); ++acted_, ++did) {
            const Act& act = acts_[acted_];
            if (act.command == Command::kill) {
                verify(w_.kill_page.kill_now(act.scope, 0));
            }
            verify(w_.control.enqueue(
                Event::of(OperatorCommand{act.command, act.scope, 0, 1000, acted_ + 1}, now(),
                          WallNs{now().value})));
        }
        return did;
    }

private:
    static constexpr std::size_t lead = 16;
    static constexpr std::size_t burst = 8;

    struct Act {
        MonoNs at;
        Command command;
        Scope scope;
    };
    // An operator's day: a halt, a reduction, and the switch a little before the end.
    static std::vector<Act> plan() {
        const auto at = [](std::size_t percent) {
            return market_day()[market_day().size() * percent / 100].header.mono;
        };
        return {{at(40), Command::halt, Scope::strategy},
                {at(43), Command::resume, Scope::strategy},
                {at(60), Command::reduce_only, Scope::instrument},
                {at(63), Command::resume, Scope::instrument},
                {at(80), Command::cancel_all, Scope::firm},
                {at(97), Command::kill, Scope::strategy}};
    }
    [[nodiscard]] MonoNs now() const noexcept {
        // acquire: pairs with the feed's store.
        return MonoNs{now_ns_.load(std::memory_order_acquire)};
    }

    Wiring& w_;
    std::atomic<std::int64_t> now_ns_;
    std::atomic<bool> fed_{false};
    std::size_t next_{};  // feed's
    const std::vector<Act> acts_;
    std::size_t acted_{};  // control's
};

}  // namespace portcullis::tests
