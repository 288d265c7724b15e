// The specification of the gate as rows: what is arranged, and whether the check speaks.
//
// A row is named `<reason>__<case>` or, for a limit, `<scope>_<key>__<case>`; the mutant runner
// (mutants.py) finds the rows of a check by that name, and `coverage` in gate_spec_test.cpp demands
// that each reason and each limit has rows on both sides of its edge.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "risk/deny_reason.hpp"
#include "tests/risk/gate_world.hpp"

namespace portcullis::risk {

enum class Expect {
    pass,    // the order is approved
    deny,    // it is denied, and this is the first reason
    silent,  // it is denied for something else (too absurd to pass), this reason is not among them
    among,   // it is denied for something checked earlier, and this reason is among them
};

struct Row {
    std::string of;    ///< name of a reason, or scope and key of a limit
    std::string name;  ///< of the case
    DenyReason reason{};
    Expect expect{};
    /// Arranges the world; may return the denial of a replace instead of leaving `order` to review.
    void (*arrange)(GateWorld&){};
    engine::ReplaceMode mode{};  ///< not zero: `order` replaces the one in slot 0
};

/// A message that an earlier run sent just now, of the order's scopes.
inline void restore_sent(GateWorld& w, engine::StrategyId strategy) {
    w.gate().restore_sent(
        {.at = w.context.now, .instrument = w.order.instrument, .strategy = strategy});
}

inline constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

/// Makes the top of the book, and the last proof that the feed lives, older.
inline void top_age(GateWorld& w, std::int64_t ns) {
    w.context.reference.top_time.value -= ns;
}
inline void feed_age(GateWorld& w, std::int64_t ns) {
    w.context.reference.alive_time.value -= ns;
}

std::vector<Row> rows_of_switches();
std::vector<Row> rows_of_orders();
std::vector<Row> rows_of_market();
std::vector<Row> rows_of_sums();
std::vector<Row> rows_of_replaces();
std::vector<Row> rows_of_limits();
std::vector<Row> rows_of_history();
std::vector<Row> rows_of_windows();
/// All of them (gate_spec_test.cpp).
std::vector<Row> all_rows();

}  // namespace portcullis::risk
