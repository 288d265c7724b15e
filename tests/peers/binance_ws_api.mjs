// The WebSocket API client of `binance`, for binance_test.mjs: Ed25519 logs the session on, the other
// keys sign each request.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { orderListsLive, selfTradesPrevented } from './checks.mjs';
import { marketFollowsFromTrades, until, windowsAgree } from './harness.mjs';
import { moving, ordersLive } from './lives.mjs';

const require = createRequire(import.meta.url);
const { WebsocketAPIClient } = require('binance');
const quiet = { trace() {}, info() {}, error() {} };
const symbol = 'BTCUSDT';

export function wsApiSteps(venue, key, rest) {
    const options = { api_key: key.apiKey, api_secret: key.secret, wsUrl: venue.ws, attachEventListeners: false };
    const client = new WebsocketAPIClient(options, quiet);
    const events = [];
    client.getWSClient().on('message', (message) => events.push(message.event ?? message));
    const seen = {};
    const code = (promise) => promise.then((got) => assert.fail(JSON.stringify(got)), (e) => e.error.code);
    const order = (fields) => ({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.001,
        price: Math.floor(seen.bid * 0.9), timestamp: Date.now(), ...fields });
    const signed = (fields) => ({ symbol, timestamp: Date.now(), ...fields });
    return [
        ['public', 'WebsocketAPIClient: time, exchange info, book, ticker, trades', async () => {
            assert.ok(Math.abs((await client.getSpotServerTime()).result.serverTime - Date.now()) < 2000);
            assert.equal((await client.getSpotExchangeInfo({ symbol })).result.symbols[0].symbol, symbol);
            const book = (await client.getSpotOrderBook({ symbol, limit: 5 })).result;
            assert.ok(Number(book.bids[0][0]) < Number(book.asks[0][0]));
            seen.bid = Number((await client.getSpotSymbolOrderBookTicker({ symbol })).result.bidPrice);
            const { result: trades } = await client.getSpotRecentTrades({ symbol, limit: 2 });
            assert.deepEqual(trades.map((row) => [row.id, row.price > 50_000, row.qty > 0]),
                [[trades[0].id, true, true], [trades[0].id + 1, true, true]]);
        }],
        ['public', 'WebsocketAPIClient: historical and aggregate trades, klines, UI klines, average, tickers', async () => {
            const { result: [bar] } = await client.getSpotUIKlines({ symbol, interval: '1m', limit: 1 });
            assert.deepEqual([bar[0] % 60000, bar[6] - bar[0], bar.length], [0, 59999, 12]);
            const windows = await windowsAgree({
                rolling: async (windowSize) => (await client.getSpotTicker({ symbol, windowSize })).result,
                tradingDay: async () => (await client.getSpotTradingDayTicker({ symbol })).result,
            });
            const market = await marketFollowsFromTrades({
                trades: async (limit) => (await client.getSpotRecentTrades({ symbol, limit })).result,
                older: async (fromId, limit) => (await client.getSpotHistoricalTrades({ symbol, fromId, limit })).result,
                aggregates: async (limit) => (await client.getSpotAggregateTrades({ symbol, limit })).result,
                klines: async (interval, limit) => (await client.getSpotKlines({ symbol, interval, limit })).result,
                average: async () => (await client.getSpotAveragePrice({ symbol })).result,
                price: async () => (await client.getSpotSymbolPriceTicker({ symbol })).result,
                day: async () => (await client.getSpot24hrTicker({ symbol })).result,
            });
            return `${windows}; ${market}`;
        }],
        ['public', 'WebsocketAPIClient: ping, execution rules, reference price, block trades: there are none', async () => {
            assert.deepEqual((await client.testSpotConnectivity()).result, {});
            assert.deepEqual((await client.getSpotExecutionRules({ symbol })).result, { symbolRules: [] });
            assert.equal(await code(client.getSpotReferencePrice({ symbol })), -2043);
            assert.equal(await code(client.getSpotReferencePriceCalculation({ symbol })), -2043);
            assert.deepEqual((await client.getSpotHistoricalBlockTrades({ symbol, fromId: 0 })).result, []);
        }],
        ['user stream', 'subscribeUserDataStream (logon with Ed25519, signed otherwise)', async () => {
            assert.equal((await client.subscribeUserDataStream('mainWSAPI')).result.subscriptionId, 0);
            const { result } = await client.getSpotSessionStatus();
            assert.equal(result.apiKey, key.kind === 'Ed25519' ? key.apiKey : null);
        }],
        ['orders', 'WebsocketAPIClient: submit, test, status, open, amend, cancelReplace, cancel, cancelAll', async () => {
            assert.deepEqual((await client.testSpotOrder(order())).result, {});
            const placed = (await client.submitNewSpotOrder(order())).result;
            assert.equal(placed.status, 'NEW');
            const row = (await client.getSpotOrderStatus(signed({ orderId: placed.orderId }))).result;
            assert.deepEqual((await client.getSpotOpenOrders(signed())).result, [row]);
            const amended = (await client.amendSpotOrderKeepPriority(signed({ orderId: placed.orderId, newQty: '0.0005' }))).result;
            assert.equal(amended.amendedOrder.qty, '0.00050000');
            const replaced = (await client.cancelReplaceSpotOrder(order({ cancelReplaceMode: 'STOP_ON_FAILURE',
                cancelOrderId: placed.orderId }))).result;
            assert.deepEqual([replaced.cancelResult, replaced.newOrderResult], ['SUCCESS', 'SUCCESS']);
            const id = replaced.newOrderResponse.orderId;
            assert.equal((await client.cancelSpotOrder(signed({ orderId: id }))).result.status, 'CANCELED');
            await client.submitNewSpotOrder(order());
            assert.equal((await client.cancelAllSpotOpenOrders(signed())).result.length, 1);
            seen.market = (await client.submitNewSpotOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 0.001,
                timestamp: Date.now() })).result;
            assert.equal(seen.market.status, 'FILLED');
        }],
        ['account', 'WebsocketAPIClient: account, rate limits, all orders, trades', async () => {
            const { result: account } = await client.getSpotAccountInformation({ timestamp: Date.now() });
            assert.deepEqual([account.accountType, account.balances], ['SPOT', (await rest(venue, key).getAccountInformation()).balances]);
            const { result: counts } = await client.getSpotOrderRateLimits({ timestamp: Date.now() });
            assert.deepEqual(counts.map((row) => [row.rateLimitType, row.interval, row.intervalNum, row.limit, row.count > 0]),
                [['ORDERS', 'SECOND', 10, 200, true], ['ORDERS', 'DAY', 1, 200000, true]]);
            assert.equal((await client.getSpotAllOrders(signed())).result.at(-1).orderId, seen.market.orderId);
            const trades = (await client.getSpotMyTrades(signed({ orderId: seen.market.orderId }))).result;
            assert.deepEqual(trades.map((row) => row.id), seen.market.fills.map((fill) => fill.tradeId));
        }],
        ['orders', 'WebsocketAPIClient: lists OCO, OTO, OTOCO, OPO, OPOCO, old OCO, status, open, cancel, all', () => orderListsLive({
            oco: async (params) => (await client.placeSpotOCOOrderList(signed(params))).result,
            oto: async (params) => (await client.placeSpotOTOOrderList(signed(params))).result,
            otoco: async (params) => (await client.placeSpotOTOCOOrderList(signed(params))).result,
            status: async (orderListId) => (await client.getSpotOrderListStatus({ orderListId, timestamp: Date.now() })).result,
            cancel: async (orderListId) => (await client.cancelSpotOrderList(signed({ orderListId }))).result,
            open: async () => (await client.getSpotOpenOrderLists({ timestamp: Date.now() })).result,
            all: async () => (await client.getSpotAllOrderLists({ timestamp: Date.now() })).result,
            opo: async (params) => (await client.placeSpotOPOOrderList(signed(params))).result,
            opoco: async (params) => (await client.placeSpotOPOCOOrderList(signed(params))).result,
            old: async (params) => (await client.placeSpotOrderList(signed(params))).result,
        }, seen.bid)],
        ...(key.kind === 'Ed25519' ? [['orders', 'WebsocketAPIClient submitNewSpotOrder: each type from its placing to its end', () => ordersLive({
            price: async () => (await client.getSpotSymbolPriceTicker({ symbol: moving })).result.price,
            place: async (order) => (await client.submitNewSpotOrder(signed({ ...order, newOrderRespType: 'FULL' }))).result,
            get: async (orderId) => (await client.getSpotOrderStatus(signed({ symbol: moving, orderId }))).result,
            trades: async (orderId) => (await client.getSpotMyTrades(signed({ symbol: moving, orderId }))).result,
            cancel: async (orderId) => (await client.cancelSpotOrder(signed({ symbol: moving, orderId }))).result,
            cancelAll: () => client.cancelAllSpotOpenOrders(signed({ symbol: moving })),
            other: (order) => rest(venue, venue.keys.bob).submitNewOrder(order),
        })]] : []),
        ['user stream', 'events: NEW, REPLACED, CANCELED, TRADE, balances', async () => {
            await until(() => events.some((e) => e.x === 'TRADE' && e.X === 'FILLED'), 'the fill');
            const reports = events.filter((e) => e.e === 'executionReport' && e.s === symbol);
            assert.deepEqual(reports.slice(0, 4).map((e) => e.x), ['NEW', 'REPLACED', 'CANCELED', 'NEW']);
            assert.ok(events.some((e) => e.e === 'outboundAccountPosition'));
        }],
        ['account', 'WebsocketAPIClient: commission, allocations, SOR: not on this symbol', async () => {
            const { result: rates } = await client.getSpotAccountCommission(signed());
            assert.deepEqual([rates.symbol, rates.standardCommission.maker, rates.standardCommission.taker],
                [symbol, '0.00100000', '0.00100000']);
            assert.deepEqual((await client.getSpotAllocations(signed())).result, []);
            const sor = signed({ side: 'BUY', type: 'MARKET', quantity: 0.001 });
            assert.equal(await code(client.placeSpotSOROrder(sor)), -2010);
            assert.deepEqual((await client.testSpotSOROrder(signed({ side: 'BUY', type: 'MARKET', quantity: 0.001 }))).result, {});
        }],
        ...(key.kind === 'HMAC' ? [['orders', 'WebsocketAPIClient: selfTradePreventionMode, prevented matches', () => selfTradesPrevented({
            bid: async () => Number((await client.getSpotSymbolOrderBookTicker({ symbol })).result.bidPrice),
            rest: async (quantity, price) => (await client.submitNewSpotOrder(signed({ side: 'BUY', type: 'LIMIT_MAKER', quantity, price }))).result,
            take: async (quantity, price, selfTradePreventionMode) => (await client.submitNewSpotOrder(order({ side: 'SELL',
                timeInForce: 'IOC', quantity, price, selfTradePreventionMode, newOrderRespType: 'FULL' }))).result,
            clear: (quantity, price) => rest(venue, venue.keys.bob).submitNewOrder({ symbol, side: 'SELL', type: 'LIMIT', timeInForce: 'IOC',
                quantity, price }),
            get: async (orderId) => (await client.getSpotOrderStatus(signed({ orderId }))).result,
            matches: async (orderId) => (await client.getSpotPreventedMatches(signed({ orderId }))).result,
            cancelAll: () => client.cancelAllSpotOpenOrders(signed()),
        })]] : []),
        ['mistakes', 'WebsocketAPIClient: -1013, -1121, -2010, -2011, -2013, -2038', async () => {
            assert.equal(await code(client.submitNewSpotOrder(order({ quantity: 0.000015 }))), -1013);
            assert.equal(await code(client.getSpotOrderBook({ symbol: 'NOPE' })), -1121);
            assert.equal(await code(client.submitNewSpotOrder(order({ quantity: 100 }))), -2010);
            assert.equal(await code(client.cancelSpotOrder(signed({ orderId: 999999 }))), -2011);
            assert.equal(await code(client.getSpotOrderStatus(signed({ orderId: 999999 }))), -2013);
            const { orderId } = (await client.submitNewSpotOrder(order())).result;
            assert.equal(await code(client.amendSpotOrderKeepPriority(signed({ orderId, newQty: '0.002' }))), -2038);
            await client.cancelSpotOrder(signed({ orderId }));
        }],
        ['user stream', 'unsubscribeUserDataStream: silence', async () => {
            assert.deepEqual((await client.unsubscribeUserDataStream('mainWSAPI')).result, {});
            const count = events.length;
            assert.equal(await venue.control('balance alice USDT 1'), 'ok');
            await client.getSpotServerTime();
            assert.equal(events.slice(count).filter((event) => event.e !== undefined).length, 0);
            await client.disconnectAll();
        }],
    ];
}
