// Only the gate makes a key: not even an empty pair of braces does. Compiled twice by run.py: must,
// and with MUST_NOT_COMPILE must not.
#include "risk/risk_gate.hpp"

using namespace portcullis;
using Order = engine::NewOrderSingle;
using ApprovedOrder = risk::Approved<Order>;

void use(const risk::ApprovalKey&);
#ifdef MUST_NOT_COMPILE
// g++ says: ApprovalKey::ApprovalKey\(\).? is private
void test() {
    use(risk::ApprovalKey{});
}
#endif
