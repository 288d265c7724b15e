// What every peer is asked about lists of orders, market streams and rare mistakes, told once: each
// check takes what a client can do as functions or as the messages that it was sent, and asserts on
// content.
import assert from 'node:assert/strict';
import { inQuietMarket, until } from './harness.mjs';

const symbol = 'BTCUSDT';
/// A stream connection takes five messages a second.
export const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/// OCO, OTO, OTOCO, OPO and OPOCO from placing to the list of all. `api`: oco, oto, otoco, opo, opoco
/// and, of the deprecated form, old(parameters), status, cancel(orderListId), open() and all(), each
/// giving what the venue answered; `bid`: the best one.
export async function orderListsLive(api, bid) {
    const [low, high] = [Math.floor(bid * 0.9), Math.ceil(bid * 1.1)];
    const types = (answer) => answer.orderReports.map((row) => `${row.type} ${row.status}`);
    const ids = [];
    const ends = async (placed, kind, reports) => {
        const id = Number(placed.orderListId);
        ids.push(id);
        assert.deepEqual([placed.contingencyType, placed.listOrderStatus, types(placed)], [kind, 'EXECUTING', reports]);
        const told = await api.status(id);
        const orders = (answer) => answer.orders.map((row) => Number(row.orderId));
        assert.deepEqual([told.contingencyType, told.listStatusType, orders(told)], [kind, 'EXEC_STARTED', orders(placed)]);
        assert.deepEqual((await api.open()).map((row) => Number(row.orderListId)), [id]);
        const gone = await api.cancel(id);
        assert.deepEqual([gone.listOrderStatus, gone.orderReports.every((row) => row.status === 'CANCELED')], ['ALL_DONE', true]);
        assert.equal((await api.status(id)).listOrderStatus, 'ALL_DONE');
        assert.deepEqual(await api.open(), []);
    };
    const resp = { symbol, newOrderRespType: 'RESULT' };
    await ends(await api.oco({ ...resp, side: 'SELL', quantity: 0.001, aboveType: 'LIMIT_MAKER', abovePrice: high,
        belowType: 'STOP_LOSS_LIMIT', belowStopPrice: low, belowPrice: low, belowTimeInForce: 'GTC' }),
    'OCO', ['STOP_LOSS_LIMIT NEW', 'LIMIT_MAKER NEW']);
    const working = { workingType: 'LIMIT', workingSide: 'BUY', workingTimeInForce: 'GTC', workingQuantity: 0.001 };
    await ends(await api.oto({ ...resp, ...working, workingPrice: low, pendingType: 'MARKET', pendingSide: 'SELL',
        pendingQuantity: 0.001 }), 'OTO', ['LIMIT NEW', 'MARKET PENDING_NEW']);
    await ends(await api.otoco({ ...resp, ...working, workingPrice: low, pendingSide: 'SELL', pendingQuantity: 0.001,
        pendingAboveType: 'LIMIT_MAKER', pendingAbovePrice: high, pendingBelowType: 'STOP_LOSS', pendingBelowStopPrice: low }),
    'OTO', ['LIMIT NEW', 'STOP_LOSS PENDING_NEW', 'LIMIT_MAKER PENDING_NEW']);
    const sells = { workingPrice: low, pendingSide: 'SELL' };
    await ends(await api.opo({ ...resp, ...working, ...sells, pendingType: 'LIMIT_MAKER', pendingPrice: high }),
        'OTO', ['LIMIT NEW', 'LIMIT_MAKER PENDING_NEW']);
    await ends(await api.opoco({ ...resp, ...working, ...sells, pendingAboveType: 'LIMIT_MAKER', pendingAbovePrice: high,
        pendingBelowType: 'STOP_LOSS', pendingBelowStopPrice: low }), 'OTO', ['LIMIT NEW', 'STOP_LOSS PENDING_NEW', 'LIMIT_MAKER PENDING_NEW']);
    await ends(await api.old({ ...resp, side: 'SELL', quantity: 0.001, price: high, stopPrice: low }),
        'OCO', ['STOP_LOSS NEW', 'LIMIT_MAKER NEW']);
    // The working order is filled at once: what was pending works.
    const filled = await api.oto({ ...resp, ...working, workingPrice: Math.ceil(bid * 1.01), pendingType: 'LIMIT_MAKER',
        pendingSide: 'SELL', pendingQuantity: 0.0005, pendingPrice: high });
    ids.push(Number(filled.orderListId));
    assert.equal(types(filled)[0], 'LIMIT FILLED');
    assert.deepEqual((await api.open()).map((row) => Number(row.orderListId)), [ids.at(-1)]);
    await api.cancel(ids.at(-1));
    const all = (await api.all()).map((row) => Number(row.orderListId));
    assert.deepEqual(all.filter((id) => ids.includes(id)), [...ids].reverse());
    return `${ids.length} lists`;
}

/// Our seller meets our buyer, which the three modes answer as documented. `api`: bid(), rest(quantity,
/// price): a LIMIT_MAKER that buys, take(quantity, price, mode): a LIMIT, IOC, that sells, answered in
/// full, clear(quantity, price): what another account sells, get(orderId), matches(orderId), cancelAll().
export async function selfTradesPrevented(api) {
    const rows = [['EXPIRE_MAKER', 'EXPIRED_IN_MATCH', 'EXPIRED'], ['EXPIRE_TAKER', 'NEW', 'EXPIRED_IN_MATCH'],
        ['EXPIRE_BOTH', 'EXPIRED_IN_MATCH', 'EXPIRED_IN_MATCH']];
    for (const [mode, maker, taker] of rows) {
        const [rests, takes] = await inQuietMarket(async () => {
            await api.cancelAll().catch(() => {});
            const price = Math.floor(await api.bid() - 5) + 0.37;
            const first = await api.rest(0.001, price);
            // The other one takes what the recording shows above, so that our seller meets our buyer.
            await api.clear(140, Number((price + 0.01).toFixed(2)));
            const second = await api.take(0.05, price, mode);
            return second.preventedMatches === undefined ? undefined : [await api.get(first.orderId), second];
        });
        assert.deepEqual([rests.status, takes.status, rests.executedQty], [maker, taker, '0.00000000'], mode);
        const [match] = await api.matches(takes.orderId);
        assert.deepEqual([match.selfTradePreventionMode, match.makerOrderId, Number(match.tradeGroupId)], [mode, rests.orderId, -1]);
        assert.deepEqual(takes.preventedMatches.map((row) => row.preventedMatchId), [match.preventedMatchId]);
        await api.cancelAll().catch(() => {});
    }
    return `${rows.length} modes`;
}

/// Klines of a second that are over must be what the trades beside them amount to.
export async function klinesFollowFromTrades(messages) {
    const of = (name) => messages.filter((m) => m.e === name);
    const whole = () => of('kline').filter(({ k }) => k.i === '1s' && k.x && of('trade').length > 0 && k.t > of('trade')[0].T);
    await until(() => whole().filter(({ k }) => k.n > 0).length >= 3, 'three seconds with trades');
    for (const { k } of whole()) {
        const made = of('trade').filter((m) => m.T >= k.t && m.T <= k.T);
        assert.deepEqual([k.T - k.t, k.n], [999, made.length]);
        const near = (a, b) => assert.ok(Math.abs(Number(a) - b) < 1e-7, JSON.stringify(k));
        near(k.v, made.reduce((sum, m) => sum + Number(m.q), 0));
        near(k.V, made.reduce((sum, m) => sum + (m.m ? 0 : Number(m.q)), 0));
        if (made.length > 0) {
            const prices = made.map((m) => Number(m.p));
            assert.deepEqual([k.o, k.h, k.l, k.c].map(Number), [prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1)]);
            assert.deepEqual([k.f, k.L], [made[0].t, made.at(-1).t]);
        } else {
            assert.ok(k.o === k.c && k.h === k.l && k.f === -1);
        }
    }
    return `${whole().length} seconds`;
}

/// 24hrTicker, 24hrMiniTicker, 1hTicker, avgPrice and the arrays: of one market, so they agree.
export async function tickersAgree(messages) {
    const all = () => messages.flat();
    const names = ['24hrTicker', '24hrMiniTicker', '1hTicker', 'avgPrice'];
    await until(() => names.every((name) => all().filter((m) => m.e === name).length > 1), names.join(', '));
    await until(() => ['24hrMiniTicker', '4hTicker'].every((name) => messages.some((m) => Array.isArray(m) && m[0].e === name)), 'the arrays');
    const tickers = all().filter((m) => m.e === '24hrTicker');
    for (const m of tickers) {
        assert.ok(m.s === symbol && Number(m.b) < Number(m.a) && Number(m.l) <= Number(m.c) && Number(m.c) <= Number(m.h));
        assert.ok(m.n === m.L - m.F + 1 && m.C - m.O === 86400000 && Math.abs(Number(m.p) - (m.c - m.o)) < 1e-6);
    }
    let met = 0;
    for (const mini of all().filter((m) => m.s === symbol && m.e === '24hrMiniTicker')) {
        const whole = tickers.find((m) => m.E === mini.E);
        met += whole === undefined ? 0 : 1;
        assert.ok(whole === undefined || ['c', 'o', 'h', 'l', 'v', 'q'].every((name) => mini[name] === whole[name]));
    }
    assert.ok(met > 1, 'the two tickers never met');
    for (const m of all().filter((one) => one.s === symbol && ['1hTicker', '4hTicker'].includes(one.e))) {
        assert.ok(m.O % 60000 === 0 && m.C >= m.O && m.n > 0 && Number(m.w) > 50_000);
    }
    assert.ok(all().filter((m) => m.e === 'avgPrice').every((m) => m.i === '5m' && Number(m.w) > 50_000 && m.T <= m.E));
    return `${met} times both`;
}

/// Partial books (`books`: messages by number of levels) are the top of the venue's book, where ids meet.
export async function partialBooksEqual(books, snapshot) {
    const met = new Map([...books.keys()].map((levels) => [levels, 0]));
    for (let i = 0; i < 100 && [...met.values()].some((count) => count < 2); ++i) {
        const told = await snapshot();
        await pause(130);
        for (const [levels, messages] of books) {
            const book = messages.find((m) => m.lastUpdateId === told.lastUpdateId);
            if (book !== undefined) {
                assert.deepEqual([book.bids, book.asks], [told.bids.slice(0, levels), told.asks.slice(0, levels)]);
                assert.deepEqual([book.bids.length, book.asks.length], [levels, levels]);
                met.set(levels, met.get(levels) + 1);
            }
        }
    }
    assert.ok([...met.values()].every((count) => count >= 2), JSON.stringify([...met]));
    return [...met].map(([levels, count]) => `${levels}: ${count}`).join(', ');
}

/// An event of a second holds the last quantity of each level of the events of 100 ms that it spans.
export async function slowDepthSumsFast(slow, fast) {
    const ready = () => slow.filter((m) => fast.length > 0 && m.U > fast[0].u && m.u <= fast.at(-1).u);
    await until(() => ready().length >= 3, 'three events of a second');
    const levels = (rows) => Object.fromEntries(rows.map(([price, qty]) => [price, qty]));
    const events = ready();
    events.forEach((event, at) => {
        const parts = fast.filter((m) => m.U >= event.U && m.u <= event.u);
        assert.deepEqual([parts[0].U, parts.at(-1).u], [event.U, event.u]);
        assert.ok(at === 0 || event.U === events[at - 1].u + 1, 'a gap');
        for (const side of ['b', 'a']) {
            assert.deepEqual(levels(event[side]), levels(parts.flatMap((m) => m[side])));
        }
    });
    return `${events.length} events`;
}

/// aggTrade joins trades: each of the latter is in one of the former, and nothing else.
export async function aggregatesHoldTrades(messages) {
    const of = (name) => messages.filter((m) => m.e === name);
    const whole = () => of('aggTrade').filter((m) => of('trade').length > 0 && m.f > of('trade')[0].t && m.l <= of('trade').at(-1).t);
    await until(() => whole().length >= 5, 'five aggregates');
    for (const one of whole()) {
        const made = of('trade').filter((m) => m.t >= one.f && m.t <= one.l);
        assert.equal(made.length, one.l - one.f + 1);
        assert.ok(Math.abs(made.reduce((sum, m) => sum + Number(m.q), 0) - Number(one.q)) < 1e-7);
        assert.ok(made.every((m) => m.p === one.p && m.T === one.T && m.m === one.m));
    }
    return `${whole().length} aggregates`;
}
