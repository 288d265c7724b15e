// There is no approval of nothing. Compiled twice by run.py: must, and with MUST_NOT_COMPILE must
// not.
#include "risk/risk_gate.hpp"

using namespace portcullis;
using Order = engine::NewOrderSingle;
using ApprovedOrder = risk::Approved<Order>;

#ifdef MUST_NOT_COMPILE
// g++ says: no matching function for call to .*Approved\(<brace-enclosed initializer list>\)
ApprovedOrder test() {
    return ApprovedOrder{};
}
#endif
