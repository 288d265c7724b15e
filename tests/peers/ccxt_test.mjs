// Unmodified ccxt against portcullis-venue, REST and pro (WebSocket), with a key of each kind.
// Whatever ccxt believes about Binance, the venue must bear out; every answer is checked for
// content, not for being there.
//
//   node ccxt_test.mjs PATH/TO/portcullis-venue PATH/TO/recording.tsjsonl.gz
import assert from 'node:assert/strict';
import ccxt from 'ccxt';
import { proSteps } from './ccxt_pro.mjs';
import { orderListsLive, selfTradesPrevented } from './checks.mjs';
import { marketFollowsFromTrades, peer, triggered, until, windowsAgree } from './harness.mjs';
import { ordersLive } from './lives.mjs';
import { mistakeSteps } from './mistakes.mjs';

await peer('ccxt', ['HMAC', 'RSA', 'Ed25519'], (venue, key) => {
    const exchange = client(venue, key);
    return [...steps(venue, exchange), ...mistakeSteps(venue, key.kind, (of) => rawCalls(venue, client(venue, of))), ...proSteps(venue, exchange)];
});

/// Requests as mistakes.mjs wants them.
function rawCalls(venue, exchange) {
    return {
        get: (verb, path, params) => exchange.request(path, 'public', verb, params),
        sign: (verb, path, params) => exchange.request(path, 'private', verb, params),
        headed: (headers) => rawCalls(venue, Object.assign(client(venue, {}), { headers })),
        // Of texts that it knows it tells no more than the text.
        failure: (error) => {
            const told = JSON.parse(/\{.*\}/s.exec(error.message)?.[0] ?? exchange.last_http_response);
            assert.ok(error instanceof ccxt.BaseError && error.message.includes(told.msg.slice(0, 40)), error.stack);
            return told;
        },
        sendsEmpty: true,
    };
}

function client(venue, key) {
    return new ccxt.pro.binance({
        apiKey: key.apiKey,
        secret: key.secret,
        enableRateLimit: false,
        options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] } },
        urls: { api: { public: `${venue.rest}/api/v3`, private: `${venue.rest}/api/v3`,
            sapi: `${venue.rest}/sapi/v1`,
            ws: { spot: `${venue.ws}/ws`, 'ws-api': { spot: `${venue.ws}/ws-api/v3` } } } },
    });
}

/// Orders in ccxt's own words, as lives.mjs wants them.
function unified(exchange, other) {
    const symbol = 'MOVE/USDT';
    const words = ({ type, timeInForce, stopPrice, trailingDelta, icebergQty }) => ({
        newOrderRespType: 'FULL',
        ...(type === 'LIMIT_MAKER' ? { postOnly: true } : {}),
        ...(['IOC', 'FOK'].includes(timeInForce) ? { timeInForce } : {}),
        ...(stopPrice === undefined ? {} : { [type.startsWith('STOP') ? 'stopLossPrice' : 'takeProfitPrice']: stopPrice }),
        ...(trailingDelta === undefined ? {} : { trailingPercent: trailingDelta / 100, stopLossOrTakeProfit: 'stopLoss' }),
        ...(icebergQty === undefined ? {} : { icebergQty }),
    });
    const place = async (by, order) => (order.quoteOrderQty === undefined
        ? await by.createOrder(symbol, order.type.includes('LIMIT') ? 'limit' : 'market', order.side.toLowerCase(), order.quantity,
            order.price, words(order))
        : await by.createMarketBuyOrderWithCost(symbol, order.quoteOrderQty)).info;
    return {
        price: async () => (await exchange.fetchLastPrices([symbol]))[symbol].price,
        place: (order) => place(exchange, order),
        get: async (orderId) => (await exchange.fetchOrder(orderId, symbol)).info,
        trades: async (orderId) => (await exchange.fetchOrderTrades(orderId, symbol)).map((trade) => trade.info),
        cancel: async (orderId) => (await exchange.cancelOrder(orderId, symbol)).info,
        cancelAll: () => exchange.cancelAllOrders(symbol),
        other: (order) => place(other, order),
    };
}

/// ccxt gives whole numbers of raw answers as texts.
function numbers(rows) {
    const whole = ['id', 'time', 'a', 'f', 'l', 'T', 'openTime', 'closeTime', 'firstId', 'lastId', 'count'];
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) =>
        [name, whole.includes(name) ? Number(value) : value])));
}

/// In order: later steps use the orders of earlier ones.
function steps(venue, exchange) {
    const symbol = 'BTC/USDT';
    const bob = client(venue, venue.keys.bob);
    const seen = {};
    const fails = async (type, pattern, act) => {
        try {
            await act();
        } catch (error) {
            assert.ok(error instanceof type, `expected ${type.name}, got ${error.constructor.name}: ${error.message}`);
            assert.match(error.message, pattern);
            return error.constructor.name;
        }
        assert.fail(`expected ${type.name}, got an answer`);
    };
    return [
        ['public', 'loadMarkets', async () => {
            const market = (await exchange.loadMarkets())[symbol];
            assert.equal(market.id, 'BTCUSDT');
            assert.equal(market.spot, true);
            assert.equal(market.active, true);
            assert.equal(market.precision.price, 0.01);
            assert.equal(market.precision.amount, 0.00001);
            assert.equal(market.limits.cost.min, 5);
            return `tick ${market.precision.price}, lot ${market.precision.amount}`;
        }],
        ['public', 'fetchTime', async () => {
            const off = Math.abs(await exchange.fetchTime() - Date.now());
            assert.ok(off < 2000, `clock ${off} ms off`);
            return `${off} ms from ours`;
        }],
        ['account', 'fetchCurrencies', async () => {
            const { BTC, USDT } = await exchange.fetchCurrencies();
            assert.equal(BTC.id, 'BTC');
            assert.equal(USDT.active, true);
            return 'BTC, USDT';
        }],
        ['public', 'fetchOrderBook', async () => {
            const book = await exchange.fetchOrderBook(symbol, 20);
            assert.equal(book.bids.length, 20);
            assert.equal(book.asks.length, 20);
            assert.ok(book.bids[0][0] < book.asks[0][0], 'crossed');
            assert.ok(book.bids[0][0] > book.bids[19][0], 'bids not sorted');
            assert.ok(book.nonce > 50_000_000_000, 'no update id');
            seen.bid = book.bids[0][0];
            return `${book.bids[0][0]} / ${book.asks[0][0]}`;
        }],
        ['public', 'fetchTrades', async () => {
            const last = async (method) => exchange.fetchTrades(symbol, undefined, 5, { fetchTradesMethod: method });
            const trades = await until(async () => {
                const all = [...await last('publicGetAggTrades'), ...await last('publicGetTrades')];
                return all.length === 10 ? all : undefined;
            }, 'five trades and five aggregates');
            assert.ok(trades.every(({ price, amount, side }) => price > 50_000 && amount > 0 && ['buy', 'sell'].includes(side)));
            assert.ok([...trades.keys()].every((at) => at % 5 === 0 || Number(trades[at].id) === Number(trades[at - 1].id) + 1
                || at < 5), 'ids of trades in a row');
            return `${trades.length} trades`;
        }],
        ['public', 'fetchTicker, fetchTickers, fetchLastPrices, fetchOHLCV', async () => {
            await until(async () => (await exchange.publicGetTrades({ symbol: 'BTCUSDT' })).length > 1, 'trades');
            const ticker = await exchange.fetchTicker(symbol);
            assert.ok(ticker.bid < ticker.ask && ticker.low <= ticker.last && ticker.last <= ticker.high);
            assert.ok(ticker.baseVolume > 0 && Math.abs(ticker.vwap - ticker.last) < 1000);
            assert.ok((await exchange.fetchTickers([symbol]))[symbol].baseVolume >= ticker.baseVolume);
            assert.ok(Math.abs((await exchange.fetchLastPrices([symbol]))[symbol].price - ticker.last) < 500);
            const bars = await exchange.fetchOHLCV(symbol, '1m');
            assert.ok(bars.every(([time, open, high, low, close]) => time % 60_000 === 0 && low <= Math.min(open, close)
                && high >= Math.max(open, close)));
            assert.ok(bars.reduce((sum, bar) => sum + bar[5], 0) >= ticker.baseVolume - 1e-6);
        }],
        ['public', 'publicGet trades, historicalTrades, aggTrades, klines, avgPrice, ticker', () => marketFollowsFromTrades({
            trades: async (limit) => numbers(await exchange.publicGetTrades({ symbol: 'BTCUSDT', limit })),
            older: async (fromId, limit) => numbers(await exchange.publicGetHistoricalTrades({ symbol: 'BTCUSDT', fromId, limit })),
            aggregates: async (limit) => numbers(await exchange.publicGetAggTrades({ symbol: 'BTCUSDT', limit })),
            klines: async (interval, limit) => (await exchange.publicGetKlines({ symbol: 'BTCUSDT', interval, limit }))
                .map((bar) => bar.map((value, at) => ([0, 6, 8].includes(at) ? Number(value) : value))),
            average: () => exchange.publicGetAvgPrice({ symbol: 'BTCUSDT' }),
            price: () => exchange.publicGetTickerPrice({ symbol: 'BTCUSDT' }),
            day: () => exchange.publicGetTicker24hr({ symbol: 'BTCUSDT' }),
        })],
        ['public', 'publicGet ticker with windowSize, ticker/tradingDay', () => windowsAgree({
            rolling: async (windowSize) => numbers([await exchange.publicGetTicker({ symbol: 'BTCUSDT', windowSize })])[0],
            tradingDay: async () => numbers([await exchange.publicGetTickerTradingDay({ symbol: 'BTCUSDT' })])[0],
        })],
        ['public', 'fetchStatus; publicGetUiKlines', async () => {
            assert.equal((await exchange.fetchStatus()).status, 'ok');
            const [bar] = await exchange.publicGetUiKlines({ symbol: 'BTCUSDT', interval: '1m', limit: 1 });
            assert.deepEqual([Number(bar[0]) % 60_000, Number(bar[6]) - Number(bar[0])], [0, 59_999]);
        }],
        ['account', 'fetchTradingFee, fetchTradingFees', async () => {
            const fee = await exchange.fetchTradingFee(symbol);
            assert.deepEqual([fee.symbol, fee.maker, fee.taker], [symbol, 0.001, 0.001]);
            const { maker, taker } = (await exchange.fetchTradingFees())[symbol];
            assert.deepEqual([maker, taker], [0.001, 0.001]);
        }],
        ['account', 'privateGetAccountCommission', async () => {
            const rates = await exchange.privateGetAccountCommission({ symbol: 'BTCUSDT' });
            assert.equal(rates.standardCommission.maker, '0.00100000');
        }],
        ['public', 'fetchBidsAsks', async () => {
            const ticker = (await exchange.fetchBidsAsks([symbol]))[symbol];
            assert.ok(ticker.bid < ticker.ask);
            return `${ticker.bid} / ${ticker.ask}`;
        }],
        ['account', 'fetchDeposits, fetchWithdrawals', async () => {
            assert.equal(await venue.control('balance alice USDT 12.5'), 'ok');
            assert.equal(await venue.control('balance alice USDT -2.5'), 'ok');
            const since = Date.now() - 60_000;
            const [into] = (await exchange.fetchDeposits('USDT', since)).slice(-1);
            assert.deepEqual([into.type, into.currency, into.amount, into.status, into.internal],
                ['deposit', 'USDT', 12.5, 'ok', false]);
            assert.ok(into.timestamp >= since && into.txid.length === 64);
            const [out] = (await exchange.fetchWithdrawals('USDT', since)).slice(-1);
            assert.deepEqual([out.type, out.currency, out.amount, out.status, out.fee.cost],
                ['withdrawal', 'USDT', 2.5, 'ok', 0]);
            assert.ok(out.timestamp >= since - 1000 && out.id.length === 32 && out.txid !== into.txid);
            assert.deepEqual(await exchange.fetchDeposits('BTC'), []);
        }],
        ['account', 'fetchBalance', async () => {
            const balance = await exchange.fetchBalance();
            assert.ok(balance.BTC.total > 1.9 && balance.BTC.total < 2.1);
            assert.ok(balance.USDT.total > 99_000);
            assert.equal(balance.BTC.used, 0);
            return `${balance.BTC.total} BTC, ${balance.USDT.total} USDT`;
        }],
        ['orders', 'createOrder limit', async () => {
            const order = await exchange.createOrder(symbol, 'limit', 'buy', 0.001, Math.floor(seen.bid * 0.9));
            assert.equal(order.status, 'open');
            assert.equal(order.side, 'buy');
            assert.equal(order.type, 'limit');
            assert.equal(order.amount, 0.001);
            assert.equal(order.filled, 0);
            assert.match(order.clientOrderId, /^x-/);
            seen.limit = order;
            return `id ${order.id}`;
        }],
        ['account', 'fetchBalance with funds locked', async () => {
            const balance = await exchange.fetchBalance();
            assert.ok(Math.abs(balance.USDT.used - 0.001 * seen.limit.price) < 1e-6);
            return `${balance.USDT.used} USDT locked`;
        }],
        ['orders', 'createOrder limit maker', async () => {
            const order = await exchange.createOrder(symbol, 'limit', 'buy', 0.001,
                Math.floor(seen.bid * 0.91), { postOnly: true });
            assert.equal(order.status, 'open');
            assert.equal(order.postOnly, true);
            seen.maker = order;
            return `id ${order.id}`;
        }],
        ['mistakes', 'createOrder maker that would take', () => fails(ccxt.OrderImmediatelyFillable, /immediately match/,
            () => exchange.createOrder(symbol, 'limit', 'buy', 0.001, Math.ceil(seen.bid * 1.01), { postOnly: true }))],
        ['orders', 'fetchOrder', async () => {
            const order = await exchange.fetchOrder(seen.limit.id, symbol);
            assert.equal(order.id, seen.limit.id);
            assert.equal(order.status, 'open');
            assert.equal(order.price, seen.limit.price);
            assert.equal(order.clientOrderId, seen.limit.clientOrderId);
            return order.status;
        }],
        ['orders', 'fetchOpenOrders', async () => {
            const ids = (await exchange.fetchOpenOrders(symbol)).map((order) => order.id).sort();
            assert.deepEqual(ids, [seen.limit.id, seen.maker.id].sort());
            return `${ids.length} open`;
        }],
        ['orders', 'cancelOrder', async () => {
            const order = await exchange.cancelOrder(seen.limit.id, symbol);
            assert.equal(order.status, 'canceled');
            assert.equal((await exchange.fetchOrder(seen.limit.id, symbol)).status, 'canceled');
            return order.status;
        }],
        ['mistakes', 'cancelOrder again', () => fails(ccxt.OrderNotFound, /Unknown order sent/,
            () => exchange.cancelOrder(seen.limit.id, symbol))],
        ['orders', 'editOrder (cancelReplace)', async () => {
            const order = await exchange.editOrder(seen.maker.id, symbol, 'limit', 'buy', 0.002, Math.floor(seen.bid * 0.92));
            assert.equal(order.amount, 0.002);
            assert.notEqual(order.id, seen.maker.id);
            assert.equal((await exchange.fetchOrder(seen.maker.id, symbol)).status, 'canceled');
            return `id ${order.id}`;
        }],
        ['orders', 'cancelAllOrders', async () => {
            await exchange.cancelAllOrders(symbol);
            assert.equal((await exchange.fetchOpenOrders(symbol)).length, 0);
            return 'none open';
        }],
        ['orders', 'createOrder with stopLossPrice, takeProfitPrice, trailingPercent, icebergQty', async () => {
            const [low, high] = [Math.floor(seen.bid * 0.9), Math.ceil(seen.bid * 1.1)];
            const stop = await exchange.createOrder(symbol, 'limit', 'sell', 0.001, low, { stopLossPrice: low });
            assert.deepEqual([stop.info.type, stop.triggerPrice, stop.status], ['STOP_LOSS_LIMIT', low, 'open']);
            const profit = await exchange.createOrder(symbol, 'market', 'sell', 0.001, undefined, { takeProfitPrice: high });
            assert.deepEqual([profit.info.type, profit.triggerPrice], ['TAKE_PROFIT', high]);
            const trailing = await exchange.createOrder(symbol, 'limit', 'sell', 0.001, low,
                { trailingPercent: 1, stopLossOrTakeProfit: 'stopLoss' });
            assert.deepEqual([trailing.info.type, Number(trailing.info.trailingDelta)], ['STOP_LOSS_LIMIT', 100]);
            const iceberg = await exchange.createOrder(symbol, 'limit', 'sell', 0.01, high, { icebergQty: 0.002 });
            assert.equal(iceberg.info.icebergQty, '0.00200000');
            const open = await exchange.fetchOpenOrders(symbol);
            assert.deepEqual(open.map((order) => order.info.isWorking), [false, false, false, true]);
            await exchange.cancelAllOrders(symbol);
            assert.equal((await exchange.fetchOpenOrders(symbol)).length, 0);
        }],
        ['orders', 'private orderList/oco, oto, otoco, opo, opoco, order/oco; orderList, openOrderList, allOrderList: placed, asked for, cancelled',
            () => orderListsLive({
                oco: (params) => exchange.privatePostOrderListOco(params),
                oto: (params) => exchange.privatePostOrderListOto(params),
                otoco: (params) => exchange.privatePostOrderListOtoco(params),
                status: (orderListId) => exchange.privateGetOrderList({ orderListId }),
                cancel: (orderListId) => exchange.privateDeleteOrderList({ symbol: 'BTCUSDT', orderListId }),
                open: () => exchange.privateGetOpenOrderList(),
                all: () => exchange.privateGetAllOrderList(),
                opo: (params) => exchange.privatePostOrderListOpo(params),
                opoco: (params) => exchange.privatePostOrderListOpoco(params),
                old: (params) => exchange.privatePostOrderOco(params),
            }, seen.bid)],
        ['orders', 'createOrder with selfTradePrevention; privateGet myPreventedMatches; myAllocations: there are none', async () => {
            assert.deepEqual(await exchange.privateGetMyAllocations({ symbol: 'BTCUSDT' }), []);
            return selfTradesPrevented({
                bid: async () => (await exchange.fetchBidsAsks([symbol]))[symbol].bid,
                rest: async (quantity, price) => (await exchange.createOrder(symbol, 'limit', 'buy', quantity, price,
                    { postOnly: true })).info,
                take: async (quantity, price, selfTradePrevention) => (await exchange.createOrder(symbol, 'limit', 'sell', quantity,
                    price, { timeInForce: 'IOC', newOrderRespType: 'FULL', selfTradePrevention })).info,
                clear: (quantity, price) => bob.createOrder(symbol, 'limit', 'sell', quantity, price, { timeInForce: 'IOC' }),
                get: async (orderId) => (await exchange.fetchOrder(orderId, symbol)).info,
                matches: (orderId) => exchange.privateGetMyPreventedMatches({ symbol: 'BTCUSDT', orderId }),
                cancelAll: () => exchange.cancelAllOrders(symbol),
            });
        }],
        ['orders', 'createOrder, createMarketBuyOrderWithCost: each type from its placing to its end', () => ordersLive(unified(exchange, bob))],
        ['orders', 'createOrder stop triggered by the next trade', async () => {
            const row = await triggered({
                price: async () => (await exchange.publicGetTickerPrice({ symbol: 'BTCUSDT' })).price,
                place: async (type, price) => (await exchange.createOrder(symbol, 'market', 'buy', 0.001, undefined,
                    { [type === 'STOP_LOSS' ? 'stopLossPrice' : 'takeProfitPrice']: price })).id,
                get: async (id) => (await exchange.fetchOrder(id, symbol)).info,
                cancelAll: () => exchange.cancelAllOrders(symbol),
            });
            assert.deepEqual([row.executedQty, row.isWorking], ['0.00100000', true]);
            return row.type;
        }],
        ['mistakes', 'stop that would trigger at once', () => fails(ccxt.OrderImmediatelyFillable, /trigger immediately/,
            () => exchange.createOrder(symbol, 'limit', 'sell', 0.001, Math.floor(seen.bid), { stopLossPrice: 90_000 }))],
        ['mistakes', 'bad lot', () => fails(ccxt.InvalidOrder, /LOT_SIZE/,
            () => exchange.privatePostOrder({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT',
                timeInForce: 'GTC', quantity: '0.000015', price: '60000.00' }))],
        ['mistakes', 'bad tick', () => fails(ccxt.InvalidOrder, /PRICE_FILTER/,
            () => exchange.privatePostOrder({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT',
                timeInForce: 'GTC', quantity: '0.001', price: '60000.001' }))],
        // BadRequest is what ccxt makes of this filter.
        ['mistakes', 'too small', () => fails(ccxt.BadRequest, /NOTIONAL/,
            () => exchange.createOrder(symbol, 'limit', 'buy', 0.00001, Math.floor(seen.bid * 0.9)))],
        ['mistakes', 'insufficient funds', () => fails(ccxt.InsufficientFunds, /insufficient balance/,
            () => exchange.createOrder(symbol, 'limit', 'buy', 50, Math.floor(seen.bid * 0.9)))],
        ['mistakes', 'bad symbol', () => fails(ccxt.BadSymbol, /Invalid symbol/,
            () => exchange.publicGetDepth({ symbol: 'NOPE' }))],
        ['mistakes', 'bad signature', async () => {
            const secret = exchange.secret;
            exchange.secret = venue.keys.bob.secret;
            try {
                return await fails(ccxt.AuthenticationError, /Signature/, () => exchange.fetchBalance());
            } finally {
                exchange.secret = secret;
            }
        }],
        ['mistakes', 'stale timestamp', () => fails(ccxt.InvalidNonce, /recvWindow/,
            () => exchange.privateGetAccount({ timestamp: Date.now() - 70_000 }))],
        ['orders', 'createOrder with test; request order/amend/keepPriority', async () => {
            assert.deepEqual((await exchange.createOrder(symbol, 'limit', 'buy', 0.001, 60000, { test: true })).info, {});
            assert.deepEqual(await exchange.fetchOpenOrders(symbol), []);
            const { id } = await exchange.createOrder(symbol, 'limit', 'buy', 0.001, Math.floor(seen.bid * 0.9));
            const { amendedOrder } = await exchange.request('order/amend/keepPriority', 'private', 'PUT',
                { symbol: 'BTCUSDT', orderId: id, newQty: 0.0005 });
            assert.deepEqual([amendedOrder.orderId, amendedOrder.qty], [Number(id), '0.00050000']);
            assert.equal((await exchange.fetchOrder(id, symbol)).amount, 0.0005);
            seen.amended = id;
        }],
        ['orders', 'privatePostOrderCancelReplace: both half successes (409)', async () => {
            const half = (cancelReplaceMode, cancelOrderId, price) => exchange.privatePostOrderCancelReplace({ symbol: 'BTCUSDT', side: 'BUY',
                type: 'LIMIT_MAKER', quantity: 0.001, price, cancelReplaceMode, cancelOrderId }).then((got) => assert.fail(JSON.stringify(got)),
                () => JSON.parse(exchange.last_http_response));
            const gone = await half('STOP_ON_FAILURE', seen.amended, Math.ceil(seen.bid * 1.02));
            assert.deepEqual([gone.code, gone.data.cancelResult, gone.data.newOrderResult, gone.data.newOrderResponse.code],
                [-2021, 'SUCCESS', 'FAILURE', -2010]);
            const placed = await half('ALLOW_FAILURE', seen.amended, Math.floor(seen.bid * 0.9));
            assert.deepEqual([placed.code, placed.data.cancelResult, placed.data.cancelResponse.code, placed.data.newOrderResult],
                [-2021, 'FAILURE', -2011, 'SUCCESS']);
            const open = await exchange.fetchOpenOrders(symbol);
            assert.deepEqual(open.map(({ id }) => Number(id)), [placed.data.newOrderResponse.orderId]);
            await exchange.cancelOrder(open[0].id, symbol);
            seen.canceled = open[0].id;
        }],
        ['orders', 'createMarketSellOrderWithCost', async () => {
            const order = await exchange.createMarketSellOrderWithCost(symbol, 100);
            assert.ok(order.side === 'sell' && order.status === 'closed' && order.cost <= 100 && order.cost > 98, JSON.stringify(order));
        }],
        ['account', 'privateGetRateLimitOrder; sapiGet account/apiRestrictions, capital/config/getall; fetchDepositWithdrawFees', async () => {
            assert.deepEqual((await exchange.privateGetRateLimitOrder()).map((row) => [row.interval, Number(row.limit), Number(row.count) > 0]),
                [['SECOND', 200, true], ['DAY', 200000, true]]);
            const may = await exchange.sapiGetAccountApiRestrictions();
            assert.deepEqual([may.enableReading, may.enableSpotAndMarginTrading, may.enableWithdrawals, may.ipRestrict],
                [true, true, false, false]);
            const coins = await exchange.sapiGetCapitalConfigGetall();
            const free = Number(coins.find((row) => row.coin === 'USDT').free);
            assert.ok(free > 90_000 && free === (await exchange.fetchBalance()).USDT.free);
            assert.deepEqual(Object.keys((await exchange.fetchDepositWithdrawFees(['USDT'])).USDT.networks), ['SIM']);
        }],
        ['public', 'publicGet executionRules, referencePrice, historicalBlockTrades: there are none', async () => {
            assert.deepEqual(await exchange.publicGetExecutionRules({ symbol: 'BTCUSDT' }), { symbolRules: [] });
            await assert.rejects(exchange.publicGetReferencePrice({ symbol: 'BTCUSDT' }), /"code":-2043,/);
            assert.deepEqual(await exchange.publicGetHistoricalBlockTrades({ symbol: 'BTCUSDT', fromId: 0 }), []);
        }],
        ['orders', 'createOrder market', async () => {
            const order = await exchange.createOrder(symbol, 'market', 'buy', 0.001);
            assert.equal(order.status, 'closed');
            assert.equal(order.filled, 0.001);
            assert.ok(order.average > 50_000);
            seen.market = order;
            return `average ${order.average}`;
        }],
        ['account', 'fetchMyTrades', async () => {
            const trades = await exchange.fetchMyTrades(symbol);
            const mine = trades.filter((trade) => trade.order === seen.market.id);
            const amount = mine.reduce((sum, trade) => sum + trade.amount, 0);
            assert.ok(Math.abs(amount - 0.001) < 1e-9);
            assert.equal(mine[0].takerOrMaker, 'taker');
            assert.equal(mine[0].side, 'buy');
            assert.equal(mine[0].fee.currency, 'BTC');
            return `${mine.length} fills`;
        }],
        ['account', 'fetchOrders', async () => {
            const ids = (await exchange.fetchOrders(symbol)).map((order) => order.id);
            assert.ok(ids.includes(seen.limit.id) && ids.includes(seen.market.id));
            return `${ids.length} orders`;
        }],
        ['account', 'fetchClosedOrders, fetchCanceledOrders, fetchCanceledAndClosedOrders, fetchOrderTrades', async () => {
            const ids = (orders) => orders.map((order) => order.id);
            const [closed, canceled] = [await exchange.fetchClosedOrders(symbol), await exchange.fetchCanceledOrders(symbol)];
            assert.ok(ids(closed).includes(seen.market.id) && !ids(closed).includes(seen.canceled));
            assert.ok(ids(canceled).includes(seen.canceled) && !ids(canceled).includes(seen.market.id));
            const both = ids(await exchange.fetchCanceledAndClosedOrders(symbol));
            assert.deepEqual([seen.market.id, seen.canceled].map((id) => both.includes(id)), [true, true]);
            const trades = await exchange.fetchOrderTrades(seen.market.id, symbol);
            assert.deepEqual(trades.map((trade) => trade.id), seen.market.info.fills.map((fill) => String(fill.tradeId)));
        }],
    ];
}
