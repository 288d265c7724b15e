// Two clocks have no difference. Compiled twice by run.py: must, and with MUST_NOT_COMPILE must
// not.
#include "engine/types/units.hpp"

using namespace portcullis::engine;

auto right = MonoNs{5} - MonoNs{3};
#ifdef MUST_NOT_COMPILE
auto test = WallNs{5} - MonoNs{3};
#endif
