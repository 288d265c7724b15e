// A bare integer is no point in time. Compiled twice by run.py: must, and with MUST_NOT_COMPILE
// must not.
#include "engine/types/units.hpp"

using namespace portcullis::engine;

void wait_until(MonoNs at);
void right() {
    wait_until(MonoNs{5});
}
#ifdef MUST_NOT_COMPILE
// g++ says: could not convert .?5.? from .?int.? to .*MonoNs
void test() {
    wait_until(5);
}
#endif
