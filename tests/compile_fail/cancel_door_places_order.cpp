// The watchdog's door has no verb for an order. Compiled twice by run.py: must, and with
// MUST_NOT_COMPILE must not.
#include "engine/orders/requests.hpp"
#include "gateways/binance/cancel_door.hpp"

using namespace portcullis;

bool cancel(gateways::binance::CancelDoor& door) {
    return door.cancel_all("BTCUSDT", engine::WallNs{1}).ok();
}
#ifdef MUST_NOT_COMPILE
// g++ says: has no member named .*place
void test(gateways::binance::CancelDoor& door, const engine::NewOrderSingle& order) {
    door.place(1, order, engine::WallNs{1});
}
#endif
