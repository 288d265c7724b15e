// An approval is used once: it moves, it is not copied. Compiled twice by run.py: must, and with
// MUST_NOT_COMPILE must not.
#include "risk/risk_gate.hpp"

using namespace portcullis;
using Order = engine::NewOrderSingle;
using ApprovedOrder = risk::Approved<Order>;

ApprovedOrder moved(ApprovedOrder&& a) {
    return std::move(a);
}
#ifdef MUST_NOT_COMPILE
// g++ says: use of deleted function .*Approved\(const .*Approved<T>&\)
ApprovedOrder test(const ApprovedOrder& a) {
    return a;
}
#endif
