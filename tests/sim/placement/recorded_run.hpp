// RecordedRun: the inputs of another run's journal, each through the ring, queue or kill page that
// it came through, in the order in which that run's core took them.
//
// The agents say nothing of their own: each hands over its inputs of the batch whose turn it is,
// and the core agent makes one round of them. Timers and kills are not handed over but caused
// again, by the time of the round and by the kill page. So the order is the recorded one whatever
// threads the agents are on. Owner of each method: the agent of its name. Writer of turn_: the
// core.
#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/placement/wiring.hpp"

namespace portcullis::tests {

class RecordedRun {
public:
    /// `inputs`: of the other run, its session_start first.
    RecordedRun(Wiring& wiring, std::vector<Event> inputs)
        : w_(wiring), inputs_(std::move(inputs)) {
        verify(!inputs_.empty() && inputs_.front().header.type == EventType::session_start);
        for (Event& input : inputs_) {
            // What journal and core agent fill in, they fill in again.
            EventHeader& header = input.header;
            header.size = header.crc = header.kill_epoch = header.limits_version = 0;
            header.seq = header.flags = 0;
        }
        w_.agent.begin(inputs_.front());
        divide();
    }
    [[nodiscard]] bool done() const noexcept {
        // acquire: all that the core did came before.
        return turn_.load(std::memory_order_acquire) == batches_.size();
    }
    /// Which input the core did not take as recorded; empty: none.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

    std::size_t feed() {
        while (w_.resyncs.try_consume([](ResyncRequested&&) {})) {
        }
        return hand_over(From::market, fed_, [this](const Event& event) {
            verify(w_.market.try_push(w_.from_feed(event)));
        });
    }
    std::size_t orders() {
        const std::size_t taken = w_.order_side.take_only();
        return taken + hand_over(From::reports, reported_, [this](const Event& event) {
                   verify(w_.reports.try_push(event));
               });
    }
    std::size_t control() {
        return hand_over(From::control, said_, [this](const Event& event) {
            if (event.header.type == EventType::kill_changed) {
                const auto kill = event.as<KillChanged>();
                verify(w_.kill_page.kill_now(kill.scope, kill.index));
                verify(w_.kill_page.word(kill.scope, kill.index) == kill.word);
            } else {
                verify(w_.control.enqueue(event));
            }
        });
    }
    std::size_t core() {
        if (done()) {
            return 0;
        }
        const std::size_t turn = turn_.load(std::memory_order_relaxed);  // relaxed: our own
        const Batch& batch = batches_[turn];
        // acquire: what was counted lies in the rings. The requests of the last batch are gone,
        // too: in neither run does that ring fill up.
        if (handed_.load(std::memory_order_acquire) != batch.handed ||
            !w_.requests.has_room(tools::RequestRing::capacity())) {
            return 0;
        }
        handed_.store(0, std::memory_order_relaxed);  // relaxed: nobody adds before the next turn
        const std::size_t stepped = w_.agent.do_work(batch.now, batch.wall);
        const bool as_recorded = stepped == batch.end - batch.begin;
        if (!as_recorded) {
            trouble_ = "inputs " + std::to_string(batch.begin) + " to " +
                       std::to_string(batch.end) + ": stepped " + std::to_string(stepped);
        }
        // release: what the core did is seen by whoever works on the next turn.
        turn_.store(as_recorded ? turn + 1 : batches_.size(), std::memory_order_release);
        return stepped;
    }
    std::size_t journal() {
        return static_cast<std::size_t>(w_.journal->agent().do_work(inputs_.front().header.mono));
    }

private:
    enum class From : std::uint8_t { core, market, reports, control };

    /// Inputs that one round of the core takes in this order: neighbours from one source, or what
    /// a round took that began with a kill and ended with a timer.
    struct Batch {
        std::size_t begin{};
        std::size_t end{};
        std::size_t handed{};  ///< of them, by agents; the timer is the core agent's own
        MonoNs now{};
        WallNs wall{};
    };

    [[nodiscard]] static From from(const Event& event) noexcept {
        switch (event.header.type) {
            case EventType::timer:
                return From::core;
            case EventType::kill_changed:
            case EventType::operator_command:
                return From::control;
            case EventType::book_reset:
            case EventType::book_delta:
            case EventType::top_of_book:
            case EventType::trade_print:
            case EventType::feed_alive:
                return From::market;
            default:
                return From::reports;
        }
    }

    void divide() {
        constexpr std::size_t batch_max = 64;  // of market data in a round of the core
        MonoNs last_timer{};
        for (std::size_t i = 1; i < inputs_.size();) {
            const auto type_at = [this](std::size_t at) { return inputs_[at].header.type; };
            // Until the next timer the clock stands: a time at which none is due.
            Batch batch{i, i + 1, 0, last_timer, WallNs{last_timer.value}};
            const bool kill = type_at(i) == EventType::kill_changed;
            if (kill || type_at(i) == EventType::timer) {
                batch.now = inputs_[i].header.mono;
                batch.wall = inputs_[i].header.wall;
            }
            if (kill && batch.now - last_timer >= Wiring::timer_period()) {
                // The round that noticed the kill ended with a timer.
                while (type_at(batch.end - 1) != EventType::timer) {
                    ++batch.end;
                    verify(batch.end <= inputs_.size());
                }
                verify(inputs_[batch.end - 1].header.mono == batch.now);
            }
            while (!kill && type_at(i) != EventType::timer && batch.end < inputs_.size() &&
                   batch.end - i < batch_max && type_at(batch.end) != EventType::kill_changed &&
                   from(inputs_[batch.end]) == from(inputs_[i])) {
                ++batch.end;
            }
            for (; i < batch.end; ++i) {
                if (type_at(i) == EventType::timer) {
                    last_timer = inputs_[i].header.mono;
                } else {
                    ++batch.handed;
                }
            }
            batches_.push_back(batch);
        }
    }

    template <class F>
    std::size_t hand_over(From whose, std::size_t& turns, const F& push) {
        // acquire: the core is through with the batch before.
        const std::size_t turn = turn_.load(std::memory_order_acquire);
        if (turn == batches_.size() || turns == turn + 1) {
            return 0;
        }
        turns = turn + 1;
        std::size_t handed = 0;
        for (std::size_t i = batches_[turn].begin; i < batches_[turn].end; ++i) {
            if (from(inputs_[i]) == whose) {
                push(inputs_[i]);
                ++handed;
            }
        }
        // release: the core sees the inputs that it counts.
        handed_.fetch_add(handed, std::memory_order_release);
        return handed;
    }

    Wiring& w_;
    std::vector<Event> inputs_;
    std::vector<Batch> batches_;
    std::atomic<std::size_t> turn_{0};    // which batch; written by the core
    std::atomic<std::size_t> handed_{0};  // inputs of it that lie ready
    std::size_t fed_{};
    std::size_t reported_{};
    std::size_t said_{};
    std::string trouble_;
};

}  // namespace portcullis::tests
