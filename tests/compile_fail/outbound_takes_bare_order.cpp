// A gateway handed an order without approval does not compile. Compiled twice by run.py: must, and
// with MUST_NOT_COMPILE must not.
#include "gateways/outbound.hpp"

using namespace portcullis;

gateways::Outbound cancel() {
    return engine::OrderCancelRequest{};
}
#ifdef MUST_NOT_COMPILE
// g++ says: could not convert .*NewOrderSingle.* to .*Outbound
gateways::Outbound test() {
    return engine::NewOrderSingle{};
}
#endif
