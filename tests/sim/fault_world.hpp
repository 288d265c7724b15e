// FaultWorld: one seeded run of the production core and gate against FaultVenue and FaultMarket:
// boot, faults, heal, shut down, audit. The first thing that does not hold is the failure.
//
// After every step: no approval once the core knows of a kill; the venue's true position lies
// within what core and gate believe it can be (containment), whatever was lost; a strategy is shown
// what a recount of the orders gives, though the core keeps it between steps. At the end: healed
// within 10 s and quoting (unless killed or breached); drained; no order live, no reservation left;
// positions and balances equal to the last atom; every true trade counted once; no breach, halt or
// resync without cause; the journal replays to the same outputs and the same hash.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/trading_core.hpp"
#include "tests/sim/core_rig.hpp"
#include "tests/sim/fault_market.hpp"
#include "tests/sim/fault_strategies.hpp"
#include "tests/sim/fault_venue.hpp"

namespace portcullis::tests {

class FaultWorld {
public:
    explicit FaultWorld(std::uint64_t seed);
    FaultWorld(const FaultWorld&) = delete;
    FaultWorld& operator=(const FaultWorld&) = delete;

    /// The whole run. Returns what did not hold, empty when everything did.
    [[nodiscard]] std::string run();

    struct Tally {
        std::uint64_t steps{}, approved{}, denied{}, fills{}, unknowns{}, breaches{}, faults{};
        std::uint64_t amends{}, amends_refused{}, amends_of_filled{}, amends_tame{};
    };
    [[nodiscard]] Tally tally() const;

private:
    /// Keeps the records; looks at each decision as it is taken.
    struct Watch {
        FaultWorld& world;
        std::vector<Event> records;
        bool append(Event& event) noexcept;
    };
    using Core = TradingCore<FaultStrategies, risk::RiskGate, FaultVenue, Watch>;

    void fail(const std::string& what);
    void step(const Event& event);
    void check_containment();
    void check_shown(StrategyId id, const StrategyView& view);
    void timer_turn();
    void market_turn();
    void trouble_turn();
    void command(Command what);
    void check_healed();
    void audit();
    void check_replay();

    std::uint64_t seed_;
    FaultPlan plan_;
    const FaultPlan planned_;
    Dice dice_;
    Timeline time_;
    std::string failure_;
    Watch watch_{*this, {}};
    FaultStrategies strategies_;
    std::unique_ptr<risk::RiskGate> gate_;
    FaultVenue venue_;
    FaultMarket market_;
    std::unique_ptr<Core> core_;
    std::uint64_t timers_{}, steps_{}, approved_at_heal_{};
    bool kill_told_{}, snapshot_due_{}, faulty_{true}, halted_{};
    MonoNs silent_until_{};
};

}  // namespace portcullis::tests
