// A price is not more or less than a quantity. Compiled twice by run.py: must, and with
// MUST_NOT_COMPILE must not.
#include "engine/types/units.hpp"

using namespace portcullis::engine;

bool right = PriceAtoms{1} < PriceAtoms{2};
#ifdef MUST_NOT_COMPILE
// g++ says: no match for .?operator<.? .*PriceAtoms.*QtyAtoms
bool test = PriceAtoms{1} < QtyAtoms{2};
#endif
