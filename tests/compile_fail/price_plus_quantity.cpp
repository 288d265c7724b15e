// A price and a quantity have no sum. Compiled twice by run.py: must, and with MUST_NOT_COMPILE
// must not.
#include "engine/types/units.hpp"

using namespace portcullis::engine;

auto right = PriceAtoms{1} + PriceAtoms{2};
#ifdef MUST_NOT_COMPILE
// g++ says: no match for .?operator\+.? .*PriceAtoms.*QtyAtoms
auto test = PriceAtoms{1} + QtyAtoms{2};
#endif
