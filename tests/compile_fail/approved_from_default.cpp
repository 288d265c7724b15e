// There is no approval of nothing. Compiled twice by run.py: must, and with MUST_NOT_COMPILE must
// not.
#include "risk/risk_gate.hpp"

using namespace portcullis;
using Order = engine::NewOrderSingle;
using ApprovedOrder = risk::Approved<Order>;

#ifdef MUST_NOT_COMPILE
ApprovedOrder test() {
    return ApprovedOrder{};
}
#endif
