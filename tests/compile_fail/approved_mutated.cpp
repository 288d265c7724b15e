// What was approved is what is sent. Compiled twice by run.py: must, and with MUST_NOT_COMPILE must
// not.
#include "risk/risk_gate.hpp"

using namespace portcullis;
using Order = engine::NewOrderSingle;
using ApprovedOrder = risk::Approved<Order>;

engine::QtyLots read(const ApprovedOrder& a) {
    return a.request().qty;
}
#ifdef MUST_NOT_COMPILE
// g++ says: passing .?const .*QtyLots.* discards qualifiers
void test(ApprovedOrder& a) {
    a.request().qty = engine::QtyLots{1};
}
#endif
