// Unmodified @binance/connector against portcullis-venue: REST with a key of each kind, its
// WebSocket API client (HMAC, the only kind it signs with), its streams (connector_streams.mjs).
//
//   node connector_test.mjs PATH/TO/portcullis-venue PATH/TO/recording.tsjsonl.gz
import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { createRequire } from 'node:module';
import { orderListsLive } from './checks.mjs';
import { streamSteps } from './connector_streams.mjs';
import { inQuietMarket, marketFollowsFromTrades, peer, triggered, until, windowsAgree } from './harness.mjs';
import { moving, ordersLive } from './lives.mjs';
import { mistakeSteps } from './mistakes.mjs';

const require = createRequire(import.meta.url);
const { Spot, WebsocketAPI } = require('@binance/connector');
const quiet = { debug() {}, info() {}, warn() {}, error() {}, log() {} };
const symbol = 'BTCUSDT';

await peer('@binance/connector', ['HMAC', 'RSA', 'Ed25519'], (venue, key) => [
    ...restSteps(venue, key), ...mistakeSteps(venue, key.kind, (of) => rawCalls(spot(venue, of))),
    ...(key.kind === 'HMAC' ? [...addressSteps(venue), ...wsApiSteps(venue, key), ...streamSteps(venue)] : []),
]);

function spot(venue, key) {
    const options = { baseURL: venue.rest, logger: quiet };
    return key.kind === 'HMAC' || key.kind === undefined
        ? new Spot(key.apiKey, key.secret, options)
        : new Spot(key.apiKey, '', { ...options, privateKey: key.secret, privateKeyAlgo: key.kind });
}

/// The code and text of a refusal.
async function refused(act, status, code, text) {
    const error = await act().then((got) => assert.fail(`answered ${JSON.stringify(got.data)}`), (e) => e);
    assert.ok(error.response, error.stack);
    assert.deepEqual([error.response.status, error.response.data.code], [status, code], error.response.data.msg);
    assert.match(error.response.data.msg, text);
    return `${code} ${error.response.data.msg}`;
}

function restSteps(venue, key) {
    const client = spot(venue, key);
    const bob = spot(venue, venue.keys.bob);
    const seen = {};
    const limit = (side, price, more) => client.newOrder(symbol, side, 'LIMIT',
        { timeInForce: 'GTC', quantity: 0.001, price, ...more });
    return [
        ['public', 'ping, time', async () => {
            assert.deepEqual((await client.ping()).data, {});
            const { serverTime } = (await client.time()).data;
            assert.ok(Math.abs(serverTime - Date.now()) < 2000);
            assert.ok((await client.time({ timeUnit: 'MICROSECOND' })).data.serverTime > serverTime * 999);
        }],
        ['public', 'exchangeInfo', async () => {
            const { symbols: [row], rateLimits } = (await client.exchangeInfo({ symbol })).data;
            assert.equal(row.baseAsset + row.quoteAsset, symbol);
            assert.equal(row.filters.find((f) => f.filterType === 'PRICE_FILTER').tickSize, '0.01000000');
            assert.deepEqual(rateLimits.map((r) => r.rateLimitType),
                ['REQUEST_WEIGHT', 'ORDERS', 'ORDERS', 'RAW_REQUESTS', 'CONNECTIONS']);
        }],
        ['public', 'depth, bookTicker, trades', async () => {
            const answer = await client.depth(symbol, { limit: 5 });
            assert.ok(Number(answer.headers['x-mbx-used-weight-1m']) >= 5);
            const { bids, asks, lastUpdateId } = answer.data;
            assert.deepEqual([bids.length, asks.length], [5, 5]);
            assert.ok(Number(bids[0][0]) < Number(asks[0][0]) && lastUpdateId > 50_000_000_000);
            const ticker = (await client.bookTicker(symbol)).data;
            assert.ok(Number(ticker.bidPrice) < Number(ticker.askPrice));
            seen.bid = Number(ticker.bidPrice);
            const trades = await until(async () => {
                const last = (await client.trades(symbol, { limit: 3 })).data;
                return last.length === 3 ? last : undefined;
            }, 'three trades');
            assert.ok(trades.every((row, at) => row.id === trades[0].id + at && Math.abs(row.price - seen.bid) < 500
                && Math.abs(row.price * row.qty - row.quoteQty) < 1e-6));
        }],
        ['public', 'historicalTrades, aggTrades, klines, avgPrice, tickerPrice, ticker24hr', () => marketFollowsFromTrades({
            trades: async (limit) => (await client.trades(symbol, { limit })).data,
            older: async (fromId, limit) => (await client.historicalTrades(symbol, { fromId, limit })).data,
            aggregates: async (limit) => (await client.aggTrades(symbol, { limit })).data,
            klines: async (interval, limit) => (await client.klines(symbol, interval, { limit })).data,
            average: async () => (await client.avgPrice(symbol)).data,
            price: async () => (await client.tickerPrice(symbol)).data,
            day: async () => (await client.ticker24hr(symbol)).data,
        })],
        ['public', 'rollingWindowTicker; publicRequest /api/v3/ticker/tradingDay', () => windowsAgree({
            rolling: async (windowSize) => (await client.rollingWindowTicker(symbol, [], { windowSize })).data,
            tradingDay: async () => (await client.publicRequest('GET', '/api/v3/ticker/tradingDay', { symbol })).data,
        })],
        ['public', 'uiklines', async () => {
            const [bar] = (await client.uiklines(symbol, '1m', { limit: 1 })).data;
            assert.deepEqual([bar[0] % 60000, bar[6] - bar[0], bar.length], [0, 59999, 12]);
        }],
        ['orders', 'newOCOOrder, getOCOOrder, cancelOCOOrder, getOpenOCOOrders, getOCOOrders; signRequest orderList/oto, otoco', () => {
            const data = async (promise) => (await promise).data;
            return orderListsLive({
                oco: ({ side, quantity, aboveType, belowType, ...rest }) =>
                    data(client.newOCOOrder(symbol, side, quantity, aboveType, belowType, rest)),
                oto: (params) => data(client.signRequest('POST', '/api/v3/orderList/oto', params)),
                otoco: (params) => data(client.signRequest('POST', '/api/v3/orderList/otoco', params)),
                status: (orderListId) => data(client.getOCOOrder({ orderListId })),
                cancel: (orderListId) => data(client.cancelOCOOrder(symbol, { orderListId })),
                open: () => data(client.getOpenOCOOrders()),
                all: () => data(client.getOCOOrders()),
            }, seen.bid);
        }],
        ['account', 'signRequest /api/v3/myFilters', async () => {
            const { data } = await client.signRequest('GET', '/api/v3/myFilters', { symbol });
            assert.deepEqual(data.exchangeFilters.map((row) => [row.filterType, row.maxNumOrders ?? row.maxNumAlgoOrders
                ?? row.maxNumIcebergOrders ?? row.maxNumOrderLists]), [['EXCHANGE_MAX_NUM_ORDERS', 45],
                ['EXCHANGE_MAX_NUM_ALGO_ORDERS', 8], ['EXCHANGE_MAX_NUM_ICEBERG_ORDERS', 5], ['EXCHANGE_MAX_NUM_ORDER_LISTS', 3]]);
            assert.deepEqual(data.assetFilters, []);
            assert.ok(data.symbolFilters.some((row) => row.filterType === 'PERCENT_PRICE_BY_SIDE'));
        }],
        ['account', 'depositHistory, withdrawHistory', async () => {
            assert.equal(await venue.control('balance alice USDT 3'), 'ok');
            assert.equal(await venue.control('balance alice USDT -3'), 'ok');
            const [into] = (await client.depositHistory({ coin: 'USDT', limit: 1 })).data;
            assert.deepEqual([into.amount, into.status, into.network], ['3.00000000', 1, 'SIM']);
            const [out] = (await client.withdrawHistory({ coin: 'USDT', limit: 1 })).data;
            assert.deepEqual([out.amount, out.status, out.network], ['3.00000000', 6, 'SIM']);
        }],
        ['account', 'signRequest /api/v3/account/commission', async () => {
            const { data } = await client.signRequest('GET', '/api/v3/account/commission', { symbol });
            assert.deepEqual([data.standardCommission.maker, data.standardCommission.taker, data.taxCommission.maker],
                ['0.00100000', '0.00100000', '0.00000000']);
        }],
        ['account', 'apiPermissions', async () => {
            const { data } = await client.apiPermissions();
            assert.deepEqual([data.enableReading, data.enableSpotAndMarginTrading, data.enableWithdrawals],
                [true, true, false]);
        }],
        ['account', 'account, coinInfo, orderCount', async () => {
            const { data } = await client.account({ omitZeroBalances: true });
            assert.ok(data.balances.every((row) => Number(row.free) + Number(row.locked) > 0));
            seen.usdt = Number(data.balances.find((row) => row.asset === 'USDT').free);
            assert.ok(seen.usdt > 90_000 && data.accountType === 'SPOT' && data.canTrade);
            const coin = (await client.coinInfo()).data.find((row) => row.coin === 'USDT');
            assert.equal(Number(coin.free), seen.usdt);
            const limits = (await client.orderCount()).data;
            assert.deepEqual(limits.map((row) => row.interval), ['SECOND', 'DAY']);
        }],
        ['orders', 'newOrderTest', async () => {
            const order = { timeInForce: 'GTC', quantity: 0.001, price: Math.floor(seen.bid * 0.9) };
            assert.deepEqual((await client.newOrderTest(symbol, 'BUY', 'LIMIT', { ...order })).data, {});
            assert.equal((await client.openOrders({ symbol })).data.length, 0);
        }],
        ['orders', 'newOrder LIMIT GTC; getOrder, openOrders, allOrders', async () => {
            const answer = await limit('BUY', Math.floor(seen.bid * 0.9), { newClientOrderId: `a-${key.kind}` });
            seen.id = answer.data.orderId;
            assert.ok(Number(answer.headers['x-mbx-order-count-10s']) >= 1);
            assert.ok(Number(answer.headers['x-mbx-order-count-1d']) >= 1);
            assert.deepEqual([answer.data.status, answer.data.executedQty, answer.data.fills], ['NEW', '0.00000000', []]);
            const row = (await client.getOrder(symbol, { origClientOrderId: `a-${key.kind}` })).data;
            assert.deepEqual([row.orderId, row.status, row.isWorking], [seen.id, 'NEW', true]);
            assert.deepEqual((await client.openOrders({ symbol })).data, [row]);
            assert.deepEqual((await client.allOrders(symbol, { orderId: seen.id })).data, [row]);
            const usdt = (await client.account()).data.balances.find((b) => b.asset === 'USDT');
            assert.equal(Number(usdt.locked), Math.floor(seen.bid * 0.9) * 0.001);
        }],
        ['orders', 'cancelAndReplace', async () => {
            const order = { timeInForce: 'GTC', quantity: 0.002, price: Math.floor(seen.bid * 0.91), cancelOrderId: seen.id };
            const { data } = await client.cancelAndReplace(symbol, 'BUY', 'LIMIT', 'STOP_ON_FAILURE', order);
            assert.deepEqual([data.cancelResult, data.newOrderResult], ['SUCCESS', 'SUCCESS']);
            assert.deepEqual([data.cancelResponse.orderId, data.cancelResponse.status], [seen.id, 'CANCELED']);
            seen.old = seen.id;
            seen.id = data.newOrderResponse.orderId;
        }],
        ['orders', 'cancelAndReplace half done: 409 both ways', async () => {
            const taker = { quantity: 0.001, price: Math.ceil(seen.bid * 1.02) };
            let error = await client.cancelAndReplace(symbol, 'BUY', 'LIMIT_MAKER', 'STOP_ON_FAILURE',
                { ...taker, cancelOrderId: seen.id }).catch((e) => e);
            assert.deepEqual([error.response.status, error.response.data.code], [409, -2021]);
            assert.equal(error.response.data.data.cancelResponse.status, 'CANCELED');
            assert.equal(error.response.data.data.newOrderResponse.code, -2010);
            error = await client.cancelAndReplace(symbol, 'BUY', 'LIMIT_MAKER', 'ALLOW_FAILURE',
                { quantity: 0.001, price: Math.floor(seen.bid * 0.9), cancelOrderId: seen.id }).catch((e) => e);
            assert.deepEqual([error.response.status, error.response.data.code], [409, -2021]);
            assert.equal(error.response.data.data.cancelResponse.code, -2011);
            seen.id = error.response.data.data.newOrderResponse.orderId;
        }],
        ['orders', 'cancelAndReplace failed: -2022', async () => {
            const error = await client.cancelAndReplace(symbol, 'BUY', 'LIMIT_MAKER', 'STOP_ON_FAILURE',
                { quantity: 0.001, price: Math.floor(seen.bid * 0.9), cancelOrderId: seen.old }).catch((e) => e);
            assert.deepEqual([error.response.status, error.response.data.code], [400, -2022]);
            assert.equal(error.response.data.data.newOrderResult, 'NOT_ATTEMPTED');
        }],
        ['orders', 'cancelOrder, cancelOpenOrders', async () => {
            const { data } = await client.cancelOrder(symbol, { orderId: seen.id, newClientOrderId: `c-${key.kind}` });
            assert.deepEqual([data.status, data.clientOrderId], ['CANCELED', `c-${key.kind}`]);
            await limit('BUY', Math.floor(seen.bid * 0.9));
            await limit('SELL', Math.ceil(seen.bid * 1.1));
            assert.deepEqual((await client.cancelOpenOrders(symbol)).data.map((row) => row.side), ['BUY', 'SELL']);
            assert.equal((await client.openOrders()).data.length, 0);
        }],
        ['orders', 'IOC, FOK, MARKET by quantity and by quote', async () => {
            const far = Math.floor(seen.bid * 0.9);
            assert.equal((await limit('BUY', far, { timeInForce: 'IOC' })).data.status, 'EXPIRED');
            assert.equal((await limit('BUY', far, { timeInForce: 'FOK' })).data.status, 'EXPIRED');
            assert.equal((await limit('BUY', Math.ceil(seen.bid * 1.02), { timeInForce: 'IOC' })).data.status, 'FILLED');
            assert.equal((await limit('SELL', Math.floor(seen.bid * 0.98), { timeInForce: 'FOK' })).data.status, 'FILLED');
            const bought = (await client.newOrder(symbol, 'BUY', 'MARKET', { quantity: 0.001 })).data;
            assert.deepEqual([bought.status, bought.executedQty], ['FILLED', '0.00100000']);
            assert.equal(bought.fills.reduce((sum, fill) => sum + Number(fill.qty), 0), 0.001);
            const spent = (await client.newOrder(symbol, 'BUY', 'MARKET', { quoteOrderQty: 100 })).data;
            assert.ok(Number(spent.cummulativeQuoteQty) <= 100 && Number(spent.cummulativeQuoteQty) > 98);
            seen.market = bought;
        }],
        ['orders', 'STOP_LOSS_LIMIT, TAKE_PROFIT, trailingDelta, icebergQty: open, replaced, cancelled', async () => {
            const [low, high] = [Math.floor(seen.bid * 0.9), Math.ceil(seen.bid * 1.1)];
            const place = async (side, type, more) => (await client.newOrder(symbol, side, type,
                { quantity: 0.001, newOrderRespType: 'RESULT', ...more })).data;
            const stop = await place('SELL', 'STOP_LOSS_LIMIT', { timeInForce: 'GTC', price: low, stopPrice: low });
            assert.deepEqual([stop.status, Number(stop.stopPrice), stop.workingTime], ['NEW', low, -1]);
            await place('SELL', 'TAKE_PROFIT', { stopPrice: high });
            const trailing = await place('BUY', 'TAKE_PROFIT_LIMIT',
                { timeInForce: 'GTC', price: low, stopPrice: low, trailingDelta: 100 });
            assert.deepEqual([trailing.trailingDelta, trailing.trailingTime], [100, -1]);
            const iceberg = await place('SELL', 'LIMIT',
                { timeInForce: 'GTC', price: high, quantity: 0.01, icebergQty: 0.002 });
            assert.equal(iceberg.icebergQty, '0.00200000');
            const open = (await client.openOrders({ symbol })).data;
            assert.deepEqual(open.map((row) => [row.type, Number(row.stopPrice), row.icebergQty, row.isWorking]),
                [['STOP_LOSS_LIMIT', low, '0.00000000', false], ['TAKE_PROFIT', high, '0.00000000', false],
                    ['TAKE_PROFIT_LIMIT', low, '0.00000000', false], ['LIMIT', 0, '0.00200000', true]]);
            const { data } = await client.cancelAndReplace(symbol, 'SELL', 'STOP_LOSS', 'STOP_ON_FAILURE',
                { quantity: 0.001, stopPrice: low, cancelOrderId: stop.orderId, newOrderRespType: 'RESULT' });
            assert.deepEqual([data.newOrderResponse.type, Number(data.cancelResponse.stopPrice)], ['STOP_LOSS', low]);
            assert.deepEqual((await client.cancelOpenOrders(symbol)).data.map((row) => row.status), Array(4).fill('CANCELED'));
        }],
        ['orders', 'newOrder: each type from its placing to its end', () => ordersLive({
            price: async () => (await client.tickerPrice(moving)).data.price,
            place: async ({ symbol: of, side, type, ...more }) => (await client.newOrder(of, side, type, { ...more, newOrderRespType: 'FULL' })).data,
            get: async (orderId) => (await client.getOrder(moving, { orderId })).data,
            trades: async (orderId) => (await client.myTrades(moving, { orderId })).data,
            cancel: async (orderId) => (await client.cancelOrder(moving, { orderId })).data,
            cancelAll: () => client.cancelOpenOrders(moving),
            other: ({ symbol: of, side, type, ...more }) => bob.newOrder(of, side, type, more),
        })],
        ['orders', 'STOP_LOSS or TAKE_PROFIT triggered by the next trade', async () => {
            const row = await triggered({
                price: async () => (await client.tickerPrice(symbol)).data.price,
                place: async (type, stopPrice) => (await client.newOrder(symbol, 'BUY', type, { quantity: 0.001, stopPrice })).data.orderId,
                get: async (orderId) => (await client.getOrder(symbol, { orderId })).data,
                cancelAll: () => client.cancelOpenOrders(symbol),
            });
            assert.ok(['STOP_LOSS', 'TAKE_PROFIT'].includes(row.type) && row.workingTime >= row.time && row.isWorking);
            assert.equal(row.executedQty, '0.00100000');
            return row.type;
        }],
        ['orders', 'LIMIT_MAKER filled by another account', async () => {
            const row = await inQuietMarket(async () => {
                const price = Math.floor(Number((await client.bookTicker(symbol)).data.bidPrice) - 5);
                const maker = (await client.newOrder(symbol, 'BUY', 'LIMIT_MAKER', { quantity: 0.001, price })).data;
                await bob.newOrder(symbol, 'SELL', 'LIMIT', { timeInForce: 'IOC', quantity: 140, price });
                const after = (await client.getOrder(symbol, { orderId: maker.orderId })).data;
                if (after.status === 'FILLED') {
                    return after;
                }
                await client.cancelOpenOrders(symbol);
                return undefined;
            });
            assert.equal(row.executedQty, '0.00100000');
            const [trade] = (await client.myTrades(symbol, { orderId: row.orderId })).data;
            assert.deepEqual([trade.isMaker, trade.isBuyer, trade.qty, Number(trade.price)], [true, true, '0.00100000', Number(row.price)]);
            assert.deepEqual([trade.commission, trade.commissionAsset], ['0.00000100', 'BTC']);
        }],
        ['account', 'myTrades', async () => {
            const trades = (await client.myTrades(symbol, { orderId: seen.market.orderId })).data;
            assert.deepEqual(trades.map((row) => row.id), seen.market.fills.map((fill) => fill.tradeId));
            assert.ok(trades.every((row) => row.isBuyer && !row.isMaker && row.commissionAsset === 'BTC'));
        }],
    ];
}

/// A key whose list holds 127.0.0.2: from there it works, from 127.0.0.1 it does not.
function addressSteps(venue) {
    const { apiKey, secret } = venue.keys.elsewhere;
    const from = (localAddress) => new Spot(apiKey, secret, { baseURL: `https://127.0.0.1:${venue.port}`, logger: quiet,
        httpsAgent: new Agent({ localAddress }) });
    return [
        ['account', 'apiPermissions from a listed address', async () => {
            const { data } = await from('127.0.0.2').apiPermissions();
            assert.deepEqual([data.ipRestrict, data.enableWithdrawals], [true, true]);
        }],
        ['mistakes', '-1003 too much weight, from an address of its own', () => refused(async () => {
            const greedy = from('127.0.0.3');
            const answers = await Promise.allSettled(Array.from({ length: 30 }, () => greedy.depth(symbol, { limit: 5000 })));
            const no = answers.find(({ status }) => status === 'rejected')?.reason;
            assert.ok(Number(no?.response.headers['retry-after']) <= 60, 'when to try again');
            throw no;
        }, 429, -1003, /request weight/i)],
        ['mistakes', '-2015 from an address that the key does not list', () => refused(
            () => from('127.0.0.1').account(), 401, -2015, /IP/)],
    ];
}

/// Requests as mistakes.mjs wants them. It removes parameters that are empty.
function rawCalls(client) {
    const data = async (promise) => (await promise).data;
    return {
        get: (verb, path, params) => data(client.publicRequest(verb, `/api/v3/${path}`, params)),
        sign: (verb, path, params) => data(client.signRequest(verb, `/api/v3/${path}`, params)),
        failure: (error) => ({ ...(error.response?.data ?? assert.fail(error.stack)), status: error.response.status }),
        sendsEmpty: false,
    };
}

function wsApiSteps(venue, key) {
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
                [['ORDERS', 'SECOND', 10, 100, true], ['ORDERS', 'DAY', 1, 200000, true]]);
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
        ['mistakes', 'WebsocketAPI -2035, -2036, -1130, -1135', async () => {
            const twice = await state.subscribe();
            assert.deepEqual([twice.status, twice.error.code, twice.error.msg],
                [400, -2035, 'User Data Stream subscription already active.']);
            state.client.sendMessage('userDataStream.unsubscribe', { id: 'q-none', subscriptionId: 7 });
            const none = await until(() => answers.get('q-none'), 'the refusal');
            assert.deepEqual([none.status, none.error.code, none.error.msg], [400, -2036, 'User Data Stream subscription not active.']);
            state.client.sendMessage('order.hope', { id: 'q-hope' });
            assert.equal((await until(() => answers.get('q-hope'), 'the refusal')).error.code, -1130);
            state.client.send('{');
            const broken = await until(() => answers.get(null), 'the refusal');
            assert.deepEqual([broken.status, broken.error.code, broken.error.msg], [400, -1135, 'Invalid JSON Request']);
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
