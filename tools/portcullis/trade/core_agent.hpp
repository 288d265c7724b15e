// CoreAgent: puts the inputs of all agents into one order and steps the core.
//
// The order is: kills first, then reports, then what operators and the control agent say, then
// market data, a bounded number of each a round; a timer event when nothing has come for a while.
// Before each step it samples into the event's header what the core may not ask: the kill count,
// the version of the limits, whether journal and request ring have room. That is all it decides.
// As the journal's room runs out: at its reserve the core places nothing; at the last records
// market data stay in their ring; reports, commands, kills and time are stepped even when they
// cannot be written down: a cancel, a kill and a shutdown need no journal. Once the last record is
// used up this run places nothing any more, whatever room comes back: a replay ends at that hole.
#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <cstdint>
#include <utility>

#include "engine/core/core_api.hpp"
#include "engine/events/control.hpp"
#include "engine/journal/writer.hpp"
#include "engine/rings/spsc_ring.hpp"
#include "risk/kill_switch.hpp"
#include "tools/portcullis/latency/stages.hpp"
#include "tools/portcullis/trade/outbox.hpp"

namespace portcullis::tools {

using MarketRing = engine::SpscRing<engine::Event, engine::capacity::market_ring>;
using ReportRing = engine::SpscRing<engine::Event, engine::capacity::report_ring>;
/// Several producers meet here: console, control agent, main.
using ControlQueue = moodycamel::ConcurrentQueue<engine::Event>;

/// What flows into the core, and what it looks at before each step.
struct CoreInputs {
    MarketRing& market;
    ReportRing& reports;
    ControlQueue& control;
    risk::KillPage& kill_page;
    engine::journal::JournalWriter& journal;
    engine::DurationNs timer{};
    std::uint32_t limits_version{};
    std::uint16_t instrument_count{};
    std::uint16_t strategy_count{};
    CoreStamps* stamps{};  ///< null: what the feed stamped stays as it is
};

// Owner: core thread. Clock: handed in.
template <class Core, class Out = Outbox>
class CoreAgent {
public:
    CoreAgent(const CoreInputs& inputs, Core& core, Out& outbox)
        : in_(inputs), core_(core), outbox_(outbox) {}
    CoreAgent(const CoreAgent&) = delete;
    CoreAgent& operator=(const CoreAgent&) = delete;

    /// The first records of a run, before any thread runs.
    void begin(const engine::Event& first) noexcept {
        engine::Event event = first;
        step(event);
    }

    /// One round. Returns how many events were stepped. A kill is looked for before each of them,
    /// not once a round: nothing is stepped past it.
    std::size_t do_work(engine::MonoNs now, engine::WallNs wall) noexcept {
        outbox_.flush();
        std::size_t stepped = notice_kills(now, wall);
        const auto consume = [this](engine::Event&& event) { step(event); };
        while (stepped < round_max && in_.reports.try_consume(consume)) {
            stepped += 1 + notice_kills(now, wall);
        }
        engine::Event event;
        while (stepped < round_max && in_.control.try_dequeue(event)) {
            step(event);
            stepped += 1 + notice_kills(now, wall);
        }
        const auto consume_market = [this](engine::Event&& each) { step_market(each); };
        for (std::size_t i = 0; i < market_max && room_for_market(); ++i) {
            if (!in_.market.try_consume(consume_market)) {
                break;
            }
            stepped += 1 + notice_kills(now, wall);
        }
        if (now - last_timer_ >= in_.timer) {
            last_timer_ = now;
            event = engine::Event::of(engine::Timer{++timers_}, now, wall);
            step(event);
            ++stepped;
        }
        if (stepped == 0) {
            core_.prepare();  // nothing waits for it
        }
        return stepped;
    }

private:
    static constexpr std::size_t round_max = 256;
    static constexpr std::size_t market_max = 64;
    /// Records that one step can write: its input, a cancel and an approval for everything,
    /// queries.
    static constexpr std::uint64_t records_per_step_max = 2 * engine::capacity::orders + 1024;

    [[nodiscard]] bool room_for_market() const noexcept {
        return in_.journal.records_left() >= records_per_step_max;
    }

    void step(engine::Event& event) noexcept {
        event.header.flags = static_cast<std::uint16_t>(
            (outbox_.room_for_step() ? engine::EventFlags::request_room : 0) |
            (!used_up_ && in_.journal.writable() ? engine::EventFlags::journal_room : 0));
        event.header.kill_epoch = kill_changes_;
        event.header.limits_version = in_.limits_version;
        core_.step(event);
        if (event.header.type == engine::EventType::limits_take) {
            in_.limits_version = event.as<engine::LimitsTake>().version;
        }
        used_up_ = used_up_ || in_.journal.records_left() == 0;
    }

    // What the feed has stamped is taken out of the event: the core never sees it.
    void step_market(engine::Event& event) noexcept {
        if (in_.stamps == nullptr || event.header.seq == 0) {
            return step(event);
        }
        const auto decoded = static_cast<std::int64_t>(std::exchange(event.header.seq, 0));
        in_.stamps->begin(engine::MonoNs{decoded});
        step(event);
        in_.stamps->end();
    }

    // Looks at every word when the count has moved, and tells the core of each that has changed.
    std::size_t notice_kills(engine::MonoNs now, engine::WallNs wall) noexcept {
        const std::uint32_t changes = in_.kill_page.changes();
        if (changes == kill_changes_ && !first_look_) {
            return 0;
        }
        kill_changes_ = changes;
        std::size_t told = notice(engine::Scope::firm, 1, &seen_.firm, now, wall);
        told +=
            notice(engine::Scope::venue, engine::capacity::venues, seen_.venue.data(), now, wall);
        told +=
            notice(engine::Scope::strategy, in_.strategy_count, seen_.strategy.data(), now, wall);
        told += notice(engine::Scope::instrument, in_.instrument_count, seen_.instrument.data(),
                       now, wall);
        told += notice(engine::Scope::account, engine::capacity::accounts, seen_.account.data(),
                       now, wall);
        told += notice(engine::Scope::credential, engine::capacity::credentials,
                       seen_.credential.data(), now, wall);
        told += notice(engine::Scope::withdrawals, 1, &seen_.withdrawals, now, wall);
        first_look_ = false;
        return told;
    }
    std::size_t notice(engine::Scope scope, std::size_t count, std::uint32_t* seen,
                       engine::MonoNs now, engine::WallNs wall) noexcept {
        std::size_t told = 0;
        for (std::size_t i = 0; i < count; ++i) {
            std::uint32_t word = in_.kill_page.word(scope, i);
            if (word == seen[i]) {
                continue;
            }
            if (!first_look_ && !risk::is_killed(word)) {
                // A kill is cleared while nothing runs: this is none, whoever has written it.
                engine::verify(in_.kill_page.kill_now(scope, i));
                word = in_.kill_page.word(scope, i);
            }
            seen[i] = word;
            engine::Event event = engine::Event::of(
                engine::KillChanged{word, static_cast<std::uint16_t>(i), scope, {}}, now, wall);
            step(event);
            ++told;
        }
        return told;
    }

    /// Kill words as the core has been told.
    struct Seen {
        std::uint32_t firm{};
        std::uint32_t withdrawals{};
        std::array<std::uint32_t, engine::capacity::venues> venue{};
        std::array<std::uint32_t, engine::capacity::accounts> account{};
        std::array<std::uint32_t, engine::capacity::credentials> credential{};
        std::array<std::uint32_t, engine::capacity::strategies> strategy{};
        std::array<std::uint32_t, engine::capacity::instruments> instrument{};
    };

    CoreInputs in_;
    Core& core_;
    Out& outbox_;
    Seen seen_{};
    std::uint32_t kill_changes_{};
    bool first_look_{true};
    bool used_up_{};  // the journal: a record may be missing
    std::uint64_t timers_{};
    engine::MonoNs last_timer_{};
};

}  // namespace portcullis::tools
