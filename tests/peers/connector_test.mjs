// Unmodified @binance/connector against portcullis-venue: REST with a key of each kind, its
// WebSocket API client (HMAC, the only kind it signs with), its streams (connector_streams.mjs).
//
//   node connector_test.mjs PATH/TO/portcullis-venue PATH/TO/recording.tsjsonl.gz
import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { createRequire } from 'node:module';
import { orderListsLive, selfTradesPrevented } from './checks.mjs';
import { streamSteps } from './connector_streams.mjs';
import { wsApiSteps } from './connector_ws_api.mjs';
import { inQuietMarket, marketFollowsFromTrades, peer, triggered, until, windowsAgree } from './harness.mjs';
import { moving, ordersLive } from './lives.mjs';
import { mistakeSteps } from './mistakes.mjs';

const require = createRequire(import.meta.url);
const { Spot } = require('@binance/connector');
const quiet = { debug() {}, info() {}, warn() {}, error() {}, log() {} };
const symbol = 'BTCUSDT';

await peer('@binance/connector', ['HMAC', 'RSA', 'Ed25519'], (venue, key) => [
    ...restSteps(venue, key), ...mistakeSteps(venue, key.kind, (of) => rawCalls(spot(venue, of))),
    ...(key.kind === 'HMAC' ? [...addressSteps(venue), ...wsApiSteps(venue, key, spot), ...streamSteps(venue)] : []),
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
                ['REQUEST_WEIGHT', 'ORDERS', 'ORDERS', 'RAW_REQUESTS']);
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
        ['orders', 'newOCOOrder, getOCOOrder, cancelOCOOrder, getOpenOCOOrders, getOCOOrders; signRequest orderList/oto, otoco, opo, opoco, order/oco', () => {
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
                opo: (params) => data(client.signRequest('POST', '/api/v3/orderList/opo', params)),
                opoco: (params) => data(client.signRequest('POST', '/api/v3/orderList/opoco', params)),
                old: (params) => data(client.signRequest('POST', '/api/v3/order/oco', params)),
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
        ['public', 'systemStatus; createListenKey: gone', async () => {
            assert.deepEqual((await client.systemStatus()).data, { status: 0, msg: 'normal' });
            await refused(() => client.createListenKey(), 404, -1020, /not supported/);
        }],
        ['orders', 'signRequest order/amend/keepPriority, order/amendments', async () => {
            const { orderId } = (await limit('BUY', Math.floor(seen.bid * 0.9))).data;
            const amended = (await client.signRequest('PUT', '/api/v3/order/amend/keepPriority', { symbol, orderId, newQty: 0.0005 })).data;
            assert.deepEqual([amended.amendedOrder.orderId, amended.amendedOrder.qty], [orderId, '0.00050000']);
            const [told] = (await client.signRequest('GET', '/api/v3/order/amendments', { symbol, orderId })).data;
            assert.deepEqual([told.executionId, told.origQty, told.newQty], [amended.executionId, '0.00100000', '0.00050000']);
            assert.equal((await client.cancelOrder(symbol, { orderId })).data.origQty, '0.00050000');
        }],
        ['orders', 'newOrder with selfTradePreventionMode; signRequest myPreventedMatches, myAllocations, sor/order', async () => {
            assert.deepEqual((await client.signRequest('GET', '/api/v3/myAllocations', { symbol })).data, []);
            await refused(() => client.signRequest('POST', '/api/v3/sor/order', { symbol, side: 'BUY', type: 'MARKET', quantity: 0.001 }),
                400, -2010, /SOR/);
            return selfTradesPrevented({
                bid: async () => Number((await client.bookTicker(symbol)).data.bidPrice),
                rest: async (quantity, price) => (await client.newOrder(symbol, 'BUY', 'LIMIT_MAKER', { quantity, price })).data,
                take: async (quantity, price, selfTradePreventionMode) =>
                    (await limit('SELL', price, { timeInForce: 'IOC', quantity, selfTradePreventionMode })).data,
                clear: (quantity, price) => bob.newOrder(symbol, 'SELL', 'LIMIT', { timeInForce: 'IOC', quantity, price }),
                get: async (orderId) => (await client.getOrder(symbol, { orderId })).data,
                matches: async (orderId) => (await client.signRequest('GET', '/api/v3/myPreventedMatches', { symbol, orderId })).data,
                cancelAll: () => client.cancelOpenOrders(symbol),
            });
        }],
        ['account', 'tradeFee; signRequest /api/v3/account/commission', async () => {
            assert.deepEqual((await client.tradeFee({ symbol })).data.map((row) => [row.symbol, Number(row.makerCommission),
                Number(row.takerCommission)]), [[symbol, 0.001, 0.001]]);
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
            assert.equal(Number(usdt.locked), Number((Math.floor(seen.bid * 0.9) * 0.001).toFixed(8)));
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
