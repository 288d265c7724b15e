// Nobody is an approval by birth. Compiled twice by run.py: must, and with MUST_NOT_COMPILE must
// not.
#include "risk/risk_gate.hpp"

using namespace portcullis;
using Order = engine::NewOrderSingle;
using ApprovedOrder = risk::Approved<Order>;

#ifdef MUST_NOT_COMPILE
// g++ says: cannot derive from .?final.? base .*Approved<
struct Forged : ApprovedOrder {};
#endif
