// Unmodified `binance` (tiagosiebler) against portcullis-venue: REST and WebSocket API with a key of
// each kind (Ed25519 logs the session on, the others sign each request), its streams.
//
//   node binance_test.mjs PATH/TO/portcullis-venue PATH/TO/recording.tsjsonl.gz
//
// It has no order-book code of its own: the book test keeps one by Binance's rules from its stream.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { wsApiSteps } from './binance_ws_api.mjs';
import { aggregatesHoldTrades, klinesFollowFromTrades, orderListsLive, partialBooksEqual, pause, selfTradesPrevented, slowDepthSumsFast,
    tickersAgree } from './checks.mjs';
import { atTenTimesTheSpeed, bookEndsEqual, inQuietMarket, marketFollowsFromTrades, peer, triggered, until, windowsAgree } from './harness.mjs';
import { moving, ordersLive } from './lives.mjs';
import { mistakeSteps } from './mistakes.mjs';

const require = createRequire(import.meta.url);
const { MainClient, WebsocketClient } = require('binance');
const quiet = { trace() {}, info() {}, error() {} };
const symbol = 'BTCUSDT';

await peer('binance', ['HMAC', 'RSA', 'Ed25519'], (venue, key) => [
    ...restSteps(venue, key), ...mistakeSteps(venue, key.kind, (of) => rawCalls(venue, rest(venue, of))), ...wsApiSteps(venue, key, rest),
    ...(key.kind === 'HMAC' ? streamSteps(venue) : []),
]);

function rest(venue, key) {
    return new MainClient({ api_key: key.apiKey, api_secret: key.secret, baseUrl: venue.rest, disableTimeSync: true });
}

function restSteps(venue, key) {
    const client = rest(venue, key);
    const bob = rest(venue, venue.keys.bob);
    const seen = {};
    const limit = (fields) => client.submitNewOrder({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC',
        quantity: 0.001, price: Math.floor(seen.bid * 0.9), ...fields });
    return [
        ['public', 'testConnectivity, getExchangeInfo', async () => {
            assert.deepEqual(await client.testConnectivity(), {});
            const info = await client.getExchangeInfo({ symbol });
            assert.deepEqual(info.symbols[0].permissionSets, [['SPOT']]);
            assert.equal(info.symbols[0].filters.find((f) => f.filterType === 'LOT_SIZE').stepSize, '0.00001000');
        }],
        ['public', 'getOrderBook, getSymbolOrderBookTicker, getRecentTrades', async () => {
            const book = await client.getOrderBook({ symbol, limit: 20 });
            assert.deepEqual([book.bids.length, book.asks.length], [20, 20]);
            const ticker = await client.getSymbolOrderBookTicker({ symbol });
            assert.ok(Number(ticker.bidPrice) < Number(ticker.askPrice));
            seen.bid = Number(ticker.bidPrice);
            const trades = await until(async () => {
                const last = await client.getRecentTrades({ symbol, limit: 3 });
                return last.length === 3 ? last : undefined;
            }, 'three trades');
            assert.ok(trades.every((row, at) => row.id === trades[0].id + at && Math.abs(row.price - seen.bid) < 500
                && Math.abs(row.price * row.qty - row.quoteQty) < 1e-6));
        }],
        ['public', 'getHistoricalTrades, getAggregateTrades, getKlines, getAvgPrice, getSymbolPriceTicker, get24hrChangeStatistics',
            () => marketFollowsFromTrades({
                trades: (limit) => client.getRecentTrades({ symbol, limit }),
                older: (fromId, limit) => client.getHistoricalTrades({ symbol, fromId, limit }),
                aggregates: (limit) => client.getAggregateTrades({ symbol, limit }),
                klines: (interval, limit) => client.getKlines({ symbol, interval, limit }),
                average: () => client.getAvgPrice({ symbol }),
                price: () => client.getSymbolPriceTicker({ symbol }),
                day: () => client.get24hrChangeStatistics({ symbol }),
            })],
        ['public', 'getRollingWindowTicker, getTradingDayTicker', () => windowsAgree({
            rolling: (windowSize) => client.getRollingWindowTicker({ symbol, windowSize }),
            tradingDay: async () => (await client.getTradingDayTicker({ symbols: [symbol] }))[0],
        })],
        ['public', 'getExecutionRules, getReferencePrice, getHistoricalBlockTrades: there are none', async () => {
            assert.deepEqual(await client.getExecutionRules({ symbol }), { symbolRules: [] });
            await assert.rejects(client.getReferencePrice({ symbol }), { code: -2043 });
            await assert.rejects(client.getReferencePriceCalculation({ symbol }), { code: -2043 });
            assert.deepEqual(await client.getHistoricalBlockTrades({ symbol, fromId: 0 }), []);
        }],
        ['account', 'getDepositHistory, getWithdrawHistory', async () => {
            assert.equal(await venue.control('balance alice USDT 7'), 'ok');
            assert.equal(await venue.control('balance alice USDT -7'), 'ok');
            const [into] = await client.getDepositHistory({ coin: 'USDT', limit: 1 });
            assert.deepEqual([into.amount, into.status, into.confirmTimes], ['7.00000000', 1, '1/1']);
            const [out] = await client.getWithdrawHistory({ coin: 'USDT', limit: 1 });
            assert.deepEqual([out.amount, out.status, out.applyTime.length], ['7.00000000', 6, 19]);
            assert.deepEqual(await client.getDepositHistory({ txId: into.txId }), [into]);
            assert.deepEqual(await client.getWithdrawHistory({ idList: out.id }), [out]);
        }],
        // Its getServerTime() asks Binance, whatever its base URL.
        ['public', 'getUIKlines, getSystemStatus', async () => {
            const bars = await client.getUIKlines({ symbol, interval: '1s', limit: 3 });
            assert.deepEqual(bars.map((bar) => [bar[0] - bars[0][0], bar[6] - bar[0]]), [[0, 999], [1000, 999], [2000, 999]]);
            assert.deepEqual(await client.getSystemStatus(), { status: 0, msg: 'normal' });
        }],
        ['account', 'getCommissionRates, getTradeFee', async () => {
            assert.deepEqual((await client.getTradeFee({ symbol })).map((row) => [row.symbol, Number(row.makerCommission),
                Number(row.takerCommission)]), [[symbol, 0.001, 0.001]]);
            const rates = await client.getCommissionRates({ symbol });
            assert.deepEqual([rates.symbol, rates.standardCommission.taker], [symbol, '0.00100000']);
        }],
        ['account', 'getApiKeyPermissions, getAccountInformation, getBalances, getOrderRateLimit', async () => {
            const may = await client.getApiKeyPermissions();
            assert.deepEqual([may.ipRestrict, may.enableReading, may.enableWithdrawals], [false, true, false]);
            const account = await client.getAccountInformation({ omitZeroBalances: true });
            const usdt = account.balances.find((row) => row.asset === 'USDT');
            assert.ok(Number(usdt.free) > 90_000);
            assert.equal(Number((await client.getBalances()).find((row) => row.coin === 'USDT').free), Number(usdt.free));
            assert.deepEqual((await client.getOrderRateLimit()).map((row) => row.interval), ['SECOND', 'DAY']);
        }],
        ['orders', 'testNewOrder, submitNewOrder LIMIT, getOrder, getOpenOrders, getAllOrders', async () => {
            assert.deepEqual(await client.testNewOrder({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC',
                quantity: 0.001, price: Math.floor(seen.bid * 0.9) }), {});
            const order = await limit();
            assert.deepEqual([order.status, order.fills], ['NEW', []]);
            seen.id = order.orderId;
            const row = await client.getOrder({ symbol, origClientOrderId: order.clientOrderId });
            assert.equal(row.orderId, seen.id);
            assert.deepEqual(await client.getOpenOrders({ symbol }), [row]);
            assert.deepEqual(await client.getAllOrders({ symbol, orderId: seen.id }), [row]);
        }],
        ['orders', 'putPrivate api/v3/order/amend/keepPriority; getPrivate api/v3/order/amendments', async () => {
            // Its amendOrderKeepPriority() asks for a futures path, so the path is named here.
            const amend = (newQty) => client.putPrivate('api/v3/order/amend/keepPriority', { symbol, orderId: seen.id, newQty });
            const answer = await amend(0.0005);
            assert.deepEqual([answer.amendedOrder.qty, answer.amendedOrder.orderId], ['0.00050000', seen.id]);
            await assert.rejects(amend(0.002), { code: -2038 });
            const [told] = await client.getPrivate('api/v3/order/amendments', { symbol, orderId: seen.id });
            assert.deepEqual([told.executionId, told.origQty, told.newQty], [answer.executionId, '0.00100000', '0.00050000']);
        }],
        ['orders', 'replaceOrder: both, and both half successes (409)', async () => {
            const order = { symbol, side: 'BUY', type: 'LIMIT_MAKER', quantity: 0.002, price: Math.floor(seen.bid * 0.91) };
            const both = await client.replaceOrder({ ...order, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: seen.id });
            assert.deepEqual([both.cancelResult, both.newOrderResult], ['SUCCESS', 'SUCCESS']);
            const half = await client.replaceOrder({ ...order, cancelReplaceMode: 'ALLOW_FAILURE', cancelOrderId: seen.id })
                .catch((e) => e);
            assert.deepEqual([half.code, half.body.data.cancelResult, half.body.data.newOrderResult], [-2021, 'FAILURE', 'SUCCESS']);
            const other = await client.replaceOrder({ ...order, price: Math.ceil(seen.bid * 1.02),
                cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: both.newOrderResponse.orderId }).catch((e) => e);
            assert.deepEqual([other.code, other.body.data.newOrderResponse.code], [-2021, -2010]);
            seen.id = half.body.data.newOrderResponse.orderId;
        }],
        ['orders', 'cancelOrder, cancelAllSymbolOrders', async () => {
            const done = await client.cancelOrder({ symbol, orderId: seen.id, cancelRestrictions: 'ONLY_NEW' });
            assert.equal(done.status, 'CANCELED');
            await limit();
            await limit({ side: 'SELL', price: Math.ceil(seen.bid * 1.1) });
            assert.deepEqual((await client.cancelAllSymbolOrders({ symbol })).map((row) => row.status), ['CANCELED', 'CANCELED']);
            assert.deepEqual(await client.getOpenOrders({ symbol }), []);
        }],
        ['orders', 'IOC, FOK, MARKET by quantity and by quote', async () => {
            assert.equal((await limit({ timeInForce: 'IOC' })).status, 'EXPIRED');
            assert.equal((await limit({ timeInForce: 'FOK' })).status, 'EXPIRED');
            seen.market = await client.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 0.001 });
            assert.deepEqual([seen.market.status, seen.market.executedQty], ['FILLED', '0.00100000']);
            const spent = await client.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quoteOrderQty: 100 });
            assert.ok(Number(spent.cummulativeQuoteQty) <= 100 && Number(spent.cummulativeQuoteQty) > 98);
        }],
        ['orders', 'STOP_LOSS_LIMIT, TAKE_PROFIT_LIMIT, trailingDelta, icebergQty', async () => {
            const [low, high] = [Math.floor(seen.bid * 0.9), Math.ceil(seen.bid * 1.1)];
            const more = { newOrderRespType: 'RESULT' };
            const stop = await limit({ ...more, side: 'SELL', type: 'STOP_LOSS_LIMIT', stopPrice: low, price: low });
            assert.deepEqual([stop.status, stop.workingTime, Number(stop.stopPrice)], ['NEW', -1, low]);
            const trailing = await limit({ ...more, side: 'SELL', type: 'TAKE_PROFIT_LIMIT', price: low, trailingDelta: 500 });
            assert.deepEqual([trailing.trailingDelta, trailing.trailingTime > 0], [500, true]);
            const iceberg = await client.submitNewOrder({ ...more, symbol, side: 'SELL', type: 'LIMIT_MAKER', quantity: 0.01,
                price: high, icebergQty: 0.002 });
            assert.equal(iceberg.icebergQty, '0.00200000');
            const rows = await client.getOpenOrders({ symbol });
            assert.deepEqual(rows.map((row) => [row.type, row.isWorking]),
                [['STOP_LOSS_LIMIT', false], ['TAKE_PROFIT_LIMIT', false], ['LIMIT_MAKER', true]]);
            assert.equal((await client.cancelAllSymbolOrders({ symbol })).length, 3);
        }],
        ['orders', 'pegPriceType, pegOffsetValue, strategyId, strategyType', async () => {
            const row = await inQuietMarket(async () => {
                const { bids } = await client.getOrderBook({ symbol, limit: 20 });
                const order = await client.submitNewOrder({ symbol, side: 'BUY', type: 'LIMIT_MAKER', quantity: 0.001,
                    pegPriceType: 'PRIMARY_PEG', pegOffsetType: 'PRICE_LEVEL', pegOffsetValue: 3, strategyId: 7,
                    strategyType: 1000000, newOrderRespType: 'RESULT' });
                await client.cancelAllSymbolOrders({ symbol }).catch(() => {});
                // The market moves: the third level behind the best is one of these.
                return bids.slice(1).some(([price]) => price === order.peggedPrice) ? order : undefined;
            });
            assert.deepEqual([row.price, row.pegPriceType, row.pegOffsetType, row.pegOffsetValue, row.strategyId, row.strategyType],
                ['0.00000000', 'PRIMARY_PEG', 'PRICE_LEVEL', 3, 7, 1000000]);
            await assert.rejects(client.submitNewOrder({ symbol, side: 'BUY', type: 'LIMIT_MAKER', quantity: 0.001,
                pegPriceType: 'MARKET_PEG' }), { code: -2010 });
            await assert.rejects(limit({ strategyType: 999999 }), { code: -1134 });
        }],
        ['orders', 'submitNewSOROrder: not on this symbol; testNewSOROrder', async () => {
            assert.deepEqual(await client.testNewSOROrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 0.001 }), {});
            await assert.rejects(client.submitNewSOROrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 0.001 }), { code: -2010 });
            assert.deepEqual(await client.getAllocations({ symbol }), []);
        }],
        ['orders', 'submitNewOrderList, submitNewOrderListOTO, submitNewOrderListOTOCO, submitNewOrderListOPO, submitNewOrderListOPOCO, submitNewOCO; '
            + 'getOCO, cancelOCO, getAllOpenOCO, getAllOCO',
            () => orderListsLive({
                oco: (params) => client.submitNewOrderList(params),
                oto: (params) => client.submitNewOrderListOTO(params),
                otoco: (params) => client.submitNewOrderListOTOCO(params),
                status: (orderListId) => client.getOCO({ orderListId }),
                cancel: (orderListId) => client.cancelOCO({ symbol, orderListId }),
                open: () => client.getAllOpenOCO(),
                all: () => client.getAllOCO({}),
                opo: (params) => client.submitNewOrderListOPO(params),
                opoco: (params) => client.submitNewOrderListOPOCO(params),
                old: (params) => client.submitNewOCO(params),
            }, seen.bid)],
        ['orders', 'submitNewOrder: each type from its placing to its end', () => ordersLive({
            price: async () => (await client.getSymbolPriceTicker({ symbol: moving })).price,
            place: (order) => client.submitNewOrder({ ...order, newOrderRespType: 'FULL' }),
            get: (orderId) => client.getOrder({ symbol: moving, orderId }),
            trades: (orderId) => client.getAccountTradeList({ symbol: moving, orderId }),
            cancel: (orderId) => client.cancelOrder({ symbol: moving, orderId }),
            cancelAll: () => client.cancelAllSymbolOrders({ symbol: moving }),
            other: (order) => bob.submitNewOrder(order),
        })],
        ['orders', 'STOP_LOSS or TAKE_PROFIT triggered by the next trade', async () => {
            const row = await triggered({
                price: async () => (await client.getSymbolPriceTicker({ symbol })).price,
                place: async (type, stopPrice) => (await client.submitNewOrder({ symbol, side: 'BUY', type, quantity: 0.001, stopPrice })).orderId,
                get: (orderId) => client.getOrder({ symbol, orderId }),
                cancelAll: () => client.cancelAllSymbolOrders({ symbol }),
            });
            assert.deepEqual([row.executedQty, row.isWorking], ['0.00100000', true]);
            return row.type;
        }],
        ['orders', 'selfTradePreventionMode EXPIRE_MAKER, EXPIRE_TAKER, EXPIRE_BOTH; getPreventedMatches', () =>
            selfTradesPrevented({
                bid: async () => Number((await client.getSymbolOrderBookTicker({ symbol })).bidPrice),
                rest: (quantity, price) => client.submitNewOrder({ symbol, side: 'BUY', type: 'LIMIT_MAKER', quantity, price }),
                take: (quantity, price, selfTradePreventionMode) =>
                    limit({ side: 'SELL', timeInForce: 'IOC', quantity, price, selfTradePreventionMode }),
                clear: (quantity, price) => bob.submitNewOrder({ symbol, side: 'SELL', type: 'LIMIT', timeInForce: 'IOC', quantity, price }),
                get: (orderId) => client.getOrder({ symbol, orderId }),
                matches: (orderId) => client.getPreventedMatches({ symbol, orderId }),
                cancelAll: () => client.cancelAllSymbolOrders({ symbol }),
            })],
        ['account', 'getAccountTradeList', async () => {
            const trades = await client.getAccountTradeList({ symbol, orderId: seen.market.orderId });
            assert.deepEqual(trades.map((row) => row.id), seen.market.fills.map((fill) => fill.tradeId));
        }],
    ];
}

/// Requests as mistakes.mjs wants them.
function rawCalls(venue, client) {
    const verbs = { GET: 'getPrivate', POST: 'postPrivate', PUT: 'putPrivate', DELETE: 'deletePrivate' };
    return {
        get: (verb, path, params) => client.get(`api/v3/${path}`, params),
        sign: (verb, path, params) => client[verbs[verb]](`api/v3/${path}`, params),
        headed: (headers) => rawCalls(venue, new MainClient({ baseUrl: venue.rest }, { headers })),
        failure: (error) => ({ code: error.code, msg: error.message }),
        sendsEmpty: true,
    };
}

function streamSteps(venue) {
    const client = new MainClient({ baseUrl: venue.rest, disableTimeSync: true });
    const streams = new WebsocketClient({ wsUrl: venue.ws }, quiet);
    const messages = [];
    streams.on('message', (message) => messages.push(message));
    return [
        ['streams', 'subscribeSpotTrades, subscribeSpotSymbolBookTicker', async () => {
            await streams.subscribeSpotTrades(symbol);
            await streams.subscribeSpotSymbolBookTicker(symbol);
            await until(() => messages.filter((m) => m.e === 'trade').length > 2, 'trades');
            assert.ok(messages.filter((m) => m.e === 'trade').every((m) => m.s === symbol && Number(m.q) > 0));
            await until(() => messages.some((m) => m.b !== undefined && Number(m.b) < Number(m.a)), 'a bookTicker');
        }],
        ['streams', 'subscribeSpotAggregateTrades, subscribeSpotKline: they follow from the trades', async () => {
            await streams.subscribeSpotAggregateTrades(symbol);
            await streams.subscribeSpotKline(symbol, '1s');
            return `${await aggregatesHoldTrades(messages)}, ${await klinesFollowFromTrades(messages)}`;
        }],
        ['streams', 'subscribeSymbol24hrTicker, subscribeSymbolMini24hrTicker, subscribeAllMini24hrTickers, subscribeAllRollingWindowTickers; '
            + 'subscribe ticker_1h, avgPrice', async () => {
            await streams.subscribeSymbol24hrTicker(symbol, 'spot');
            await streams.subscribeSymbolMini24hrTicker(symbol, 'spot');
            await streams.subscribe(['btcusdt@ticker_1h', 'btcusdt@avgPrice'], 'main');
            await pause(1000);
            await streams.subscribeAllMini24hrTickers('spot');
            await streams.subscribeAllRollingWindowTickers('spot', '4h');
            return tickersAgree(messages);
        }],
        ['streams', 'subscribeSpotPartialBookDepth (5, 10, 20): the top of the venue\'s book', async () => {
            const books = new Map([5, 10, 20].map((levels) => [levels, []]));
            streams.on('message', (m) => { if (m.lastUpdateId !== undefined) { books.get(m.bids.length)?.push(m); } });
            for (const levels of books.keys()) {
                await streams.subscribeSpotPartialBookDepth(symbol, levels, 100);
            }
            return partialBooksEqual(books, () => client.getOrderBook({ symbol, limit: 20 }));
        }],
        ['streams', 'subscribeSpotDiffBookDepth (1000): the sum of those of 100 ms', async () => {
            const events = new Map();
            const clients = [1000, 100].map((speed) => {
                const one = new WebsocketClient({ wsUrl: venue.ws }, quiet);
                events.set(speed, []);
                one.on('message', (m) => { if (m.e === 'depthUpdate') { events.get(speed).push(m); } });
                return [one, speed];
            });
            await Promise.all(clients.map(([one, speed]) => one.subscribeSpotDiffBookDepth(symbol, speed)));
            const note = await slowDepthSumsFast(events.get(1000), events.get(100));
            clients.forEach(([one]) => one.closeAll(true));
            return note;
        }],
        ['streams', 'subscribeSpotDiffBookDepth: the book ends equal to the venue\'s', async () => {
            await pause(1000);
            await streams.subscribeSpotDiffBookDepth(symbol, 100);
            const events = [];
            streams.on('message', (message) => { if (message.e === 'depthUpdate') { events.push(message); } });
            const note = await atTenTimesTheSpeed(venue,
                () => bookEndsEqual(events, (limit) => client.getOrderBook({ symbol, limit })));
            streams.closeAll(true);
            return note;
        }],
    ];
}
