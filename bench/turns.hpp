// Rows that take turns, so that both have seen the same of the machine: their medians, divided turn
// by turn.
#pragma once

#include <string>

#include "bench/harness.hpp"

namespace portcullis::bench {

/// Adds the figure `name`: of each turn, the median of `these` divided by that of `reference`. A
/// turn counts unless its reference took so long that its threads cannot have been run: the
/// reference alone, for what is measured must not be able to excuse itself. With fewer than three
/// turns left (--quick has one in all) there is no figure, which is said.
void add_ratio_of_turns(Bench& bench, const std::string& name, const Runs& these,
                        const Runs& reference);

}  // namespace portcullis::bench
