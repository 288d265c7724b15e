// What is wrong with a set of limits, said all at once (limits.hpp). Cold.
#include "risk/limits.hpp"

#include <span>

#include "risk/limit_names.hpp"

namespace portcullis::risk {

namespace {

constexpr bool has(std::uint64_t mask, std::size_t index) noexcept {
    return index < 64 && ((mask >> index) & 1U) != 0;
}

class Report {
public:
    template <class Scope, std::size_t N>
    void scope(const std::string& path, const Scope& limits,
               const std::array<LimitKey<Scope>, N>& keys) {
        for (const LimitKey<Scope>& key : keys) {
            const std::int64_t found = limits.*key.field;
            if (found <= 0) {
                add(path, key.key, found,
                    "a positive number of " + std::string{key.unit} +
                        ": an absent limit is zero, and zero lets nothing pass");
            } else if (found > key.ceiling) {
                add(path, key.key, found,
                    "at most " + std::to_string(key.ceiling) + " " + std::string{key.unit});
            }
        }
    }
    /// Rows of rising spans, each whole. A shorter window that allows more than a longer one says
    /// the same thing twice, differently.
    void windows(const std::string& scope_path, const WindowSet& windows) {
        if (windows[0].span_ns == 0) {
            add(scope_path, "windows", 0, "at least one window: without any nothing passes");
        }
        for (std::size_t i = 0; i < windows.size() && windows[i].span_ns != 0; ++i) {
            const WindowLimits& mine = windows[i];
            const std::string path = scope_path + ".windows[" + std::to_string(i) + "]";
            scope(path, mine, window_keys);
            if (mine.span_ns < 0 || mine.span_ns > day_ns) {
                add(path, "span_ns", mine.span_ns, "above zero and at most a day");
            }
            if (i == 0) {
                continue;
            }
            const WindowLimits& shorter = windows[i - 1];
            if (mine.span_ns <= shorter.span_ns) {
                add(path, "span_ns", mine.span_ns,
                    "more than the row before it has, " + span_text(shorter.span_ns));
            }
            for (const auto& key : window_keys) {
                if (mine.*key.field > 0 && mine.*key.field < shorter.*key.field) {
                    add(path, key.key, mine.*key.field,
                        "at least as much as in " + span_text(shorter.span_ns));
                }
            }
        }
    }
    void add(const std::string& path, std::string_view key, std::int64_t found,
             std::string expected) {
        problems_.push_back(
            LimitProblem{path + "." + std::string{key}, found, std::move(expected)});
    }
    [[nodiscard]] std::vector<LimitProblem> take() { return std::move(problems_); }

private:
    std::vector<LimitProblem> problems_;
};

std::string indexed(std::string_view scope, std::size_t index) {
    return std::string{scope} + "[" + std::to_string(index) + "]";
}

}  // namespace

std::vector<LimitProblem> problems(const Limits& limits, const LimitScopes& scopes) {
    Report report;
    report.scope("firm", limits.firm, firm_keys);
    report.windows("firm", limits.firm.windows);
    for (std::size_t i = 0; i < limits.venue.size(); ++i) {
        if (has(scopes.venues, i)) {
            report.scope(indexed("venue", i), limits.venue[i], venue_keys);
            report.windows(indexed("venue", i), limits.venue[i].windows);
        }
    }
    for (std::size_t i = 0; i < limits.account.size(); ++i) {
        if (has(scopes.accounts, i)) {
            report.scope(indexed("account", i), limits.account[i], account_keys);
            report.windows(indexed("account", i), limits.account[i].windows);
        }
    }
    for (std::size_t i = 0; i < limits.instrument.size(); ++i) {
        if (scopes.instruments.has(engine::InstrumentId{static_cast<std::uint16_t>(i)})) {
            const InstrumentLimits& mine = limits.instrument[i];
            report.scope(indexed("instrument", i), mine, instrument_keys);
            report.windows(indexed("instrument", i), mine.windows);
            if (mine.order_qty_atoms_max > mine.position_atoms_max) {
                report.add(
                    indexed("instrument", i), "order_qty_atoms_max", mine.order_qty_atoms_max,
                    "at most position_atoms_max (" + std::to_string(mine.position_atoms_max) + ")");
            }
            if (mine.order_notional_micro_max > mine.order_notional_kill_micro_max) {
                report.add(indexed("instrument", i), "order_notional_micro_max",
                           mine.order_notional_micro_max,
                           "at most order_notional_kill_micro_max (" +
                               std::to_string(mine.order_notional_kill_micro_max) + ")");
            }
        }
    }
    for (std::size_t i = 0; i < limits.strategy.size(); ++i) {
        if (!scopes.strategies.has(engine::StrategyId{static_cast<std::uint8_t>(i)})) {
            continue;
        }
        const StrategyLimits& mine = limits.strategy[i];
        const std::string path = indexed("strategy", i);
        report.scope(path, mine, strategy_keys);
        report.windows(path, mine.windows);
        if (mine.instruments.empty()) {
            report.add(path, "instruments", 0, "at least one instrument");
        } else if (const auto strange = mine.instruments - scopes.instruments; !strange.empty()) {
            report.add(path, "instruments", strange.lowest().value,
                       "only instruments that are configured");
        }
    }
    return report.take();
}

}  // namespace portcullis::risk
