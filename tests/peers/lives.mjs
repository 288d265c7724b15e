// The whole life of every type of order, on MOVEUSDT, whose trades come by a timetable: so each of
// them rests, waits, is triggered, is filled and is cancelled when it should and at the price that it
// should. Told once, lived by each client in its own way.
import assert from 'node:assert/strict';
import { inQuietMarket, until } from './harness.mjs';

export const moving = 'MOVEUSDT';
const quantity = 0.5;
/// Sold at the book's best bid, 98, once a trade of 99 or of 101 has triggered them.
const triggered = [
    { type: 'STOP_LOSS', stopPrice: 99.5 },
    { type: 'STOP_LOSS_LIMIT', stopPrice: 99.5, price: 97, timeInForce: 'GTC' },
    { type: 'TAKE_PROFIT', stopPrice: 100.5 },
    { type: 'TAKE_PROFIT_LIMIT', stopPrice: 100.5, price: 97, timeInForce: 'GTC' },
    { type: 'STOP_LOSS_LIMIT', trailingDelta: 100, price: 97, timeInForce: 'GTC' },
];
/// Sold to the trades of 101: an iceberg a slice at a time.
const resting = [
    { type: 'LIMIT', price: 101, timeInForce: 'GTC' },
    { type: 'LIMIT_MAKER', price: 101 },
    { type: 'LIMIT', price: 101, timeInForce: 'GTC', quantity: 1, icebergQty: quantity },
];

/// `api`: price(), the last one; place(order) answered in full, get(orderId), trades(orderId), cancel(orderId), cancelAll(),
/// and other(order): placed by another account. Orders as in Binance's parameters.
export async function ordersLive(api) {
    const place = async (order) => {
        const row = await api.place({ symbol: moving, side: 'SELL', quantity, ...order });
        assert.deepEqual([row.symbol, row.type, row.status, Number(row.executedQty)], [moving, order.type, 'NEW', 0]);
        return [order, row.orderId];
    };
    const placed = await inQuietMarket(async () => {
        const all = [];
        // From here on it is 100 for a while.
        await until(async () => Number(await api.price()) !== 100, 'another price');
        await until(async () => Number(await api.price()) === 100, 'the price of 100');
        try {
            for (const order of [...triggered, ...resting]) {
                all.push(await place(order));
            }
            return all;
        } catch (error) {
            // It would trigger at once: we were too slow.
            await api.cancelAll().catch(() => {});
            throw error;
        }
    });
    for (const [order, id] of placed) {
        const row = await until(async () => {
            const told = await api.get(id);
            return told.status === 'FILLED' && told;
        }, `the end of ${JSON.stringify(order)}`, 10_000);
        const fills = await api.trades(id);
        const waited = triggered.includes(order);
        const slices = (order.quantity ?? quantity) / quantity;
        assert.deepEqual([row.type, row.isWorking, Number(row.executedQty), Number(row.stopPrice)],
            [order.type, true, slices * quantity, order.stopPrice ?? 0]);
        assert.equal(Number(row.workingTime) > Number(row.time), waited, `${order.type} waited`);
        assert.deepEqual(fills.map((one) => [Number(one.price), Number(one.qty), one.isMaker]),
            Array(slices).fill([waited ? 98 : 101, quantity, !waited]));
        assert.equal(new Set(fills.map((one) => Number(one.time))).size, slices);
    }
    return `${placed.length + await takersLive(api)} orders`;
}

/// IOC, FOK and MARKET, and an order that is filled in part before it is cancelled.
async function takersLive(api) {
    const other = (side, price, qty, timeInForce) => api.other({ symbol: moving, side, type: 'LIMIT', price, quantity: qty, timeInForce });
    const rows = [
        [{ type: 'LIMIT', price: 101.5, timeInForce: 'FOK' }, 'EXPIRED', 0, 0],
        [{ type: 'LIMIT', price: 101.5, timeInForce: 'IOC' }, 'EXPIRED', 0.3, 101.5],
        [{ type: 'LIMIT', price: 101.5, timeInForce: 'IOC' }, 'EXPIRED', 0, 0],
        [{ type: 'LIMIT', price: 102, timeInForce: 'FOK' }, 'FILLED', quantity, 102],
        [{ type: 'LIMIT', price: 102, timeInForce: 'IOC' }, 'FILLED', quantity, 102],
        [{ type: 'MARKET' }, 'FILLED', quantity, 102],
        [{ type: 'MARKET', quoteOrderQty: 51 }, 'FILLED', quantity, 102],
    ];
    // Of what the other one offers inside the spread the first is too much, the second takes all.
    await other('SELL', 101.5, 0.3, 'GTC');
    for (const [order, status, qty, price] of rows) {
        const row = await api.place({ symbol: moving, side: 'BUY', ...(order.quoteOrderQty ? {} : { quantity }), ...order });
        assert.deepEqual([row.status, Number(row.executedQty), Number(row.cummulativeQuoteQty)], [status, qty, qty * price],
            JSON.stringify(order));
        assert.deepEqual(row.fills.map((fill) => [Number(fill.price), Number(fill.qty), fill.commissionAsset]),
            qty === 0 ? [] : [[price, qty, 'MOVE']]);
        assert.deepEqual((await api.trades(row.orderId)).map((one) => [Number(one.id), Number(one.qty), one.isMaker]),
            row.fills.map((fill) => [Number(fill.tradeId), Number(fill.qty), false]));
    }
    const { orderId } = await api.place({ symbol: moving, side: 'BUY', type: 'LIMIT', price: 98.5, quantity, timeInForce: 'GTC' });
    await other('SELL', 98.5, 0.2, 'IOC');
    const part = await api.get(orderId);
    assert.deepEqual([part.status, Number(part.executedQty), part.isWorking], ['PARTIALLY_FILLED', 0.2, true]);
    const gone = await api.cancel(orderId);
    assert.deepEqual([gone.status, Number(gone.executedQty)], ['CANCELED', 0.2]);
    assert.equal((await api.get(orderId)).status, 'CANCELED');
    return rows.length + 1;
}
