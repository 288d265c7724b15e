// The list of what needs an approval is closed. Compiled twice by run.py: must, and with
// MUST_NOT_COMPILE must not.
#include "risk/risk_gate.hpp"

using namespace portcullis;
using Order = engine::NewOrderSingle;
using ApprovedOrder = risk::Approved<Order>;

#ifdef MUST_NOT_COMPILE
// g++ says: template constraint failure for .*NeedsApproval<T>
using Test = risk::Approved<engine::OrderCancelRequest>;
Test* test();
auto size = sizeof(Test);
#endif
