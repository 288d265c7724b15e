// Two clocks have no difference. Compiled twice by run.py: must, and with MUST_NOT_COMPILE must
// not.
#include "engine/types/units.hpp"

using namespace portcullis::engine;

auto right = MonoNs{5} - MonoNs{3};
#ifdef MUST_NOT_COMPILE
// g++ says: no match for .?operator-.? .*WallNs.*MonoNs
auto test = WallNs{5} - MonoNs{3};
#endif
