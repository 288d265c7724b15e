// CoreRig: the production core, gate and strategies with SimVenue around them, on one thread. For
// tests of what the core promises: determinism, replay, no allocation, every order accounted for.
//
// Built from tests/sim/sim.toml through the production config loader, so that what is journaled
// here can be replayed by `portcullis replay`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/trading_core.hpp"
#include "risk/risk_gate.hpp"
#include "strategies/strategy_set.hpp"
#include "tests/sim/recorded_events.hpp"
#include "tests/sim/sim_venue.hpp"
#include "tools/portcullis/config.hpp"

namespace portcullis::tests {

/// sim.toml, or the end of the program with every problem that it has.
inline const tools::AppConfig& sim_config() {
    static const tools::AppConfig config = [] {
        auto loaded =
            tools::load_config(std::string(PORTCULLIS_SOURCE_DIR) + "/tests/sim/sim.toml");
        for (const std::string& problem : loaded.problems) {
            std::fprintf(stderr, "%s\n", problem.c_str());
        }
        verify(loaded.config.has_value());
        return *loaded.config;
    }();
    return config;
}

inline risk::GateConfig gate_config(Epoch epoch) {
    return sim_config().gate(epoch);
}
inline CoreConfig core_config(Epoch epoch) {
    return sim_config().core(epoch);
}

/// Keeps every record, as the journal would.
struct MemoryJournal {
    std::vector<Event>* records{};
    std::uint64_t seq{};
    bool append(Event& event) noexcept {
        event.header.seq = ++seq;
        event.header.size = sizeof(Event);
        if (records != nullptr) {
            records->push_back(event);
        }
        return true;
    }
};

template <class Journal = MemoryJournal>
class CoreRig {
public:
    using Core = TradingCore<strategies::StrategySet, risk::RiskGate, SimVenue, Journal>;

    explicit CoreRig(Journal& journal, Epoch epoch = Epoch{1})
        : CoreRig(journal, sim_config().strategies, gate_config(epoch), core_config(epoch)) {}

    CoreRig(Journal& journal, std::span<const strategies::StrategyConfig> strategy_configs,
            const risk::GateConfig& gate, const CoreConfig& core)
        : strategies_(strategy_configs),
          gate_(std::make_unique<risk::RiskGate>(gate)),
          venue_(grid()),
          core_(std::make_unique<Core>(core, strategies_, *gate_, venue_, journal)) {}

    static Instrument grid() {
        const InstrumentDefinition d = btcusdt_definition();
        Instrument instrument;
        instrument.version = d.version;
        instrument.tick = d.tick;
        instrument.lot = d.lot;
        return instrument;
    }

    /// Steps one input and then everything that the venue answers to it.
    void feed(const Event& given) {
        Event event = given;
        if (event.header.mono >= next_timer_) {
            next_timer_ = event.header.mono + milliseconds(10);
            Event timer =
                Event::of(Timer{++timers_}, event.header.mono, WallNs{event.header.mono.value});
            step(timer);
        }
        if (event.header.type == EventType::top_of_book) {
            venue_.on_top(event.as<TopOfBook>());  // the venue trades before we hear of it
        }
        step(event);
        Event reply;
        while (venue_.pop(reply, event.header.mono)) {
            step(reply);
        }
    }
    template <EventPayload T>
    void feed(const T& body, MonoNs now) {
        feed(Event::of(body, now, WallNs{now.value}));
    }
    /// Definition, sessions up, reconciled.
    void start(MonoNs now) {
        feed(btcusdt_definition(), now);
        feed(SessionState{Session::orders, SessionStatus::ready, 0, {}}, now);
        feed(SessionState{Session::account_primary, SessionStatus::ready, 0, {}}, now);
    }
    void step(Event& event) {
        event.header.flags = EventFlags::request_room | EventFlags::journal_room;
        core_->step(event);
    }

    Core& core() { return *core_; }
    risk::RiskGate& gate() { return *gate_; }
    SimVenue& venue() { return venue_; }

private:
    strategies::StrategySet strategies_;
    std::unique_ptr<risk::RiskGate> gate_;
    SimVenue venue_;
    std::unique_ptr<Core> core_;
    MonoNs next_timer_{};
    std::uint64_t timers_{};
};

}  // namespace portcullis::tests
