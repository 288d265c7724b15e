// The WebSocket API client of @binance/connector, for connector_test.mjs. It signs with HMAC alone.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { selfTradesPrevented } from './checks.mjs';
import { marketFollowsFromTrades, triggered, until } from './harness.mjs';
import { moving, ordersLive } from './lives.mjs';

const require = createRequire(import.meta.url);
const { WebsocketAPI } = require('@binance/connector');
const quiet = { debug() {}, info() {}, warn() {}, error() {}, log() {} };
const symbol = 'BTCUSDT';

export function wsApiSteps(venue, key, spot) {
    const answers = new Map();
    const events = [];
    const state = {};
    const bob = spot(venue, venue.keys.bob);
    const open = () => new Promise((resolve) => {
        const client = new WebsocketAPI(key.apiKey, key.secret, { wsURL: `${venue.ws}/ws-api/v3`, logger: quiet, callbacks: {
            open: () => resolve(client),
            message: (text) => { const m = JSON.parse(text); m.event ? events.push(m.event) : answers.set(m.id, m); },
        } });
    });
    let count = 0;
    const ask = async (call, ...args) => {
        const id = `q${++count}`;
        const options = typeof args.at(-1) === 'object' ? args.pop() : {};
        state.client[call](...args, { ...options, id });
        const answer = await until(() => answers.get(id), `answer to ${call}`);
        return answer;
    };
    return [
        ['public', 'WebsocketAPI ping, time, exchangeInfo, orderbook, trades', async () => {
            state.client = await open();
            assert.deepEqual((await ask('ping')).result, {});
            const time = await ask('time');
            assert.ok(Math.abs(time.result.serverTime - Date.now()) < 2000);
            assert.equal(time.rateLimits[0].rateLimitType, 'REQUEST_WEIGHT');
            assert.equal((await ask('exchangeInfo', { symbol })).result.symbols[0].symbol, symbol);
            const book = (await ask('orderbook', symbol, { limit: 5 })).result;
            assert.ok(Number(book.bids[0][0]) < Number(book.asks[0][0]));
            state.bid = Number(book.bids[0][0]);
            const trades = (await ask('trades', symbol, { limit: 2 })).result;
            assert.deepEqual(trades.map((row) => [row.id, row.price > 50_000, row.qty > 0]),
                [[trades[0].id, true, true], [trades[0].id + 1, true, true]]);
        }],
        ['public', 'WebsocketAPI historicalTrades, aggTrades, klines, uiKlines, avgPrice, ticker24hr, ticker, tickerPrice, tickerBook', async () => {
            const result = async (call, ...args) => (await ask(call, ...args)).result;
            const book = await result('tickerBook', { symbol });
            assert.ok(Number(book.bidPrice) < Number(book.askPrice) && Number(book.bidQty) > 0);
            const [bar] = await result('uiKlines', symbol, '1m', { limit: 1 });
            assert.deepEqual([bar[0] % 60000, bar[6] - bar[0], bar.length], [0, 59999, 12]);
            const hour = await result('ticker', { symbol, windowSize: '1h' });
            assert.ok(hour.count > 0 && hour.lastId - hour.firstId + 1 === hour.count && hour.openTime % 60000 === 0);
            return marketFollowsFromTrades({
                trades: (limit) => result('trades', symbol, { limit }),
                older: (fromId, limit) => result('historicalTrades', symbol, { fromId, limit }),
                aggregates: (limit) => result('aggTrades', symbol, { limit }),
                klines: (interval, limit) => result('klines', symbol, interval, { limit }),
                average: async () => {
                    // It takes no id of ours.
                    const before = new Set(answers.keys());
                    state.client.avgPrice(symbol);
                    return until(() => [...answers].find(([id]) => !before.has(id))?.[1].result, 'the average');
                },
                price: () => result('tickerPrice', { symbol }),
                day: () => result('ticker24hr', { symbol }),
            });
        }],
        ['user stream', 'userDataStream.subscribe.signature', async () => {
            state.subscribe = async () => {
                const id = `q${++count}`;
                state.client.sendSignatureMessage('userDataStream.subscribe.signature', { id });
                return until(() => answers.get(id), 'subscription');
            };
            assert.equal((await state.subscribe()).result.subscriptionId, 0);
        }],
        ['orders', 'WebsocketAPI newOrder, getOrder, openOrders, cancelReplaceOrder, cancelOrder', async () => {
            const price = Math.floor(state.bid * 0.9);
            const limit = { timeInForce: 'GTC', quantity: '0.001', price };
            assert.deepEqual((await ask('testNewOrder', symbol, 'BUY', 'LIMIT', { ...limit })).result, {});
            const placed = (await ask('newOrder', symbol, 'BUY', 'LIMIT', { ...limit, newClientOrderId: 'ws1' })).result;
            assert.equal(placed.status, 'NEW');
            const row = (await ask('getOrder', symbol, { orderId: placed.orderId })).result;
            assert.deepEqual((await ask('openOrders', symbol)).result, [row]);
            const replaced = (await ask('cancelReplaceOrder', symbol, 'STOP_ON_FAILURE', 'BUY', 'LIMIT',
                { ...limit, quantity: '0.002', cancelOrderId: placed.orderId })).result;
            assert.deepEqual([replaced.cancelResult, replaced.newOrderResult], ['SUCCESS', 'SUCCESS']);
            const gone = await ask('cancelReplaceOrder', symbol, 'ALLOW_FAILURE', 'BUY', 'LIMIT',
                { ...limit, cancelOrderId: placed.orderId });
            assert.deepEqual([gone.status, gone.error.code, gone.error.data.newOrderResult], [409, -2021, 'SUCCESS']);
            const done = (await ask('cancelOrder', symbol, { orderId: replaced.newOrderResponse.orderId })).result;
            assert.equal(done.status, 'CANCELED');
            assert.equal((await ask('cancelOpenOrders', symbol)).result.length, 1);
            assert.equal((await ask('newOrder', symbol, 'BUY', 'MARKET', { quantity: '0.001' })).result.status, 'FILLED');
        }],
        ['account', 'WebsocketAPI account, orderLimit, orderHistory, myTrades', async () => {
            const account = (await ask('account')).result;
            assert.deepEqual([account.accountType, account.balances], ['SPOT', (await spot(venue, key).account()).data.balances]);
            assert.deepEqual((await ask('orderLimit')).result.map((row) => [row.rateLimitType, row.interval, row.intervalNum, row.limit, row.count > 0]),
                [['ORDERS', 'SECOND', 10, 200, true], ['ORDERS', 'DAY', 1, 200000, true]]);
            const last = (await ask('orderHistory', symbol)).result.at(-1);
            assert.deepEqual([last.type, last.status], ['MARKET', 'FILLED']);
            assert.equal((await ask('myTrades', symbol)).result.at(-1).orderId, last.orderId);
        }],
        ['orders', 'WebsocketAPI newOCOOrder, getOCOOrder, getOCOOpenOrders, cancelOCOOrder, ocoOrderHistory', async () => {
            const [low, high] = [Math.floor(state.bid * 0.9), Math.ceil(state.bid * 1.1)];
            const { orderListId, contingencyType } = (await ask('newOCOOrder', symbol, 'SELL', '0.001', 'LIMIT_MAKER', 'STOP_LOSS',
                { abovePrice: high, belowStopPrice: low })).result;
            assert.equal(contingencyType, 'OCO');
            assert.equal((await ask('getOCOOrder', { orderListId })).result.listOrderStatus, 'EXECUTING');
            assert.deepEqual((await ask('getOCOOpenOrders')).result.map((row) => row.orderListId), [orderListId]);
            assert.equal((await ask('cancelOCOOrder', symbol, { orderListId })).result.listOrderStatus, 'ALL_DONE');
            assert.equal((await ask('ocoOrderHistory')).result[0].orderListId, orderListId);
        }],
        ['orders', 'WebsocketAPI newOrder: each type from its placing to its end', () => ordersLive({
            price: async () => (await ask('tickerPrice', { symbol: moving })).result.price,
            place: async ({ symbol: of, side, type, ...more }) => (await ask('newOrder', of, side, type, { ...more, newOrderRespType: 'FULL' })).result ?? assert.fail('refused'),
            get: async (orderId) => (await ask('getOrder', moving, { orderId })).result,
            trades: async (orderId) => (await ask('myTrades', moving, { orderId })).result,
            cancel: async (orderId) => (await ask('cancelOrder', moving, { orderId })).result,
            cancelAll: () => ask('cancelOpenOrders', moving),
            other: ({ symbol: of, side, type, ...more }) => bob.newOrder(of, side, type, more),
        })],
        ['user stream', 'events: NEW, CANCELED, TRADE, outboundAccountPosition, balanceUpdate', async () => {
            assert.equal(await venue.control('balance alice USDT 25'), 'ok');
            await until(() => events.some((e) => e.e === 'balanceUpdate' && e.a === 'USDT' && e.d === '25.00000000'), 'deposit');
            const reports = events.filter((e) => e.e === 'executionReport' && e.s === symbol);
            assert.deepEqual(reports.slice(0, 3).map((e) => [e.x, e.X]),
                [['NEW', 'NEW'], ['CANCELED', 'CANCELED'], ['NEW', 'NEW']]);
            assert.deepEqual([reports[0].c, reports[1].C], ['ws1', 'ws1']);
            const traded = reports.filter((e) => e.x === 'TRADE');
            assert.equal(traded.at(-1).X, 'FILLED');
            assert.equal(traded.reduce((sum, e) => sum + Number(e.l), 0), 0.001);
            assert.ok(events.some((e) => e.e === 'outboundAccountPosition' && e.B.length === 2));
            const ids = reports.map((e) => e.I);
            assert.ok(ids.every((id, at) => at === 0 || id > ids[at - 1]), 'execution ids grow');
        }],
        ['orders', 'WebsocketAPI newOrder with selfTradePreventionMode; preventedMatches', () => selfTradesPrevented({
            bid: async () => Number((await ask('tickerBook', { symbol })).result.bidPrice),
            rest: async (quantity, price) => (await ask('newOrder', symbol, 'BUY', 'LIMIT_MAKER', { quantity, price })).result,
            take: async (quantity, price, selfTradePreventionMode) => (await ask('newOrder', symbol, 'SELL', 'LIMIT',
                { timeInForce: 'IOC', quantity, price, selfTradePreventionMode, newOrderRespType: 'FULL' })).result,
            clear: (quantity, price) => bob.newOrder(symbol, 'SELL', 'LIMIT', { timeInForce: 'IOC', quantity, price }),
            get: async (orderId) => (await ask('getOrder', symbol, { orderId })).result,
            matches: async (orderId) => (await ask('preventedMatches', symbol, { orderId, fromPreventedMatchId: 0 })).result,
            cancelAll: () => ask('cancelOpenOrders', symbol),
        })],
        ['user stream', 'events of a triggered stop: waiting, working, filled', async () => {
            const row = await triggered({
                price: async () => (await ask('tickerPrice', { symbol })).result.price,
                place: async (type, stopPrice) => (await ask('newOrder', symbol, 'BUY', type, { quantity: '0.001', stopPrice })).result.orderId,
                get: async (orderId) => (await ask('getOrder', symbol, { orderId })).result,
                cancelAll: () => ask('cancelOpenOrders', symbol),
            });
            const told = events.filter((e) => e.e === 'executionReport' && e.i === row.orderId);
            assert.deepEqual(told.slice(0, 2).map((e) => [e.x, e.X, e.w, e.W !== undefined, e.P]),
                [['NEW', 'NEW', false, false, row.stopPrice], ['NEW', 'NEW', true, true, row.stopPrice]]);
            assert.deepEqual([told.at(-1).x, told.at(-1).X, told.at(-1).z], ['TRADE', 'FILLED', '0.00100000']);
        }],
        ...[[-2035, 'User Data Stream subscription already active.', () => state.subscribe()],
            [-2036, 'User Data Stream subscription not active.', () => {
                state.client.sendMessage('userDataStream.unsubscribe', { id: 'q-none', subscriptionId: 7 });
                return until(() => answers.get('q-none'), 'the refusal');
            }],
            [-1135, 'Invalid JSON Request', () => {
                state.client.send('{');
                return until(() => answers.get(null), 'the refusal');
            }],
        ].map(([code, text, act]) => ['codes', `${code} ${text}`, async () => {
            const { status, error } = await act();
            assert.deepEqual([status, error.code, error.msg], [400, code, text]);
        }]),
        ['mistakes', 'WebsocketAPI -1130: no such method', async () => {
            state.client.sendMessage('order.hope', { id: 'q-hope' });
            assert.equal((await until(() => answers.get('q-hope'), 'the refusal')).error.code, -1130);
        }],
        ['mistakes', 'WebsocketAPI -1022, -2015, -2010, -1102', async () => {
            const good = state.client.apiSecret;
            state.client.apiSecret = 'wrong';
            assert.deepEqual([(await ask('account')).status, (await ask('account')).error.code], [400, -1022]);
            state.client.apiSecret = good;
            const price = Math.floor(state.bid * 0.9);
            const big = await ask('newOrder', symbol, 'BUY', 'LIMIT', { timeInForce: 'GTC', quantity: '50', price });
            assert.deepEqual([big.status, big.error.code], [400, -2010]);
            assert.equal((await ask('newOrder', symbol, 'BUY', 'LIMIT', { timeInForce: 'GTC', price })).error.code, -1102);
            state.client.apiKey = 'b'.repeat(64);
            const stranger = await ask('account');
            assert.deepEqual([stranger.status, stranger.error.code], [401, -2015]);
            state.client.disconnect();
        }],
    ];
}
