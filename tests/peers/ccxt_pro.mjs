// ccxt pro, for ccxt_test.mjs: streams, its own order book, the account's stream and orders over the
// WebSocket API.
import assert from 'node:assert/strict';
import ccxt from 'ccxt';
import { atTenTimesTheSpeed, booksFollow, booksShow, sameLevels, until } from './harness.mjs';

export function proSteps(venue, exchange) {
    const symbol = 'BTC/USDT';
    const seen = {};
    const watched = async (watch, wanted, what) => {
        for (let i = 0; i < 200; ++i) {
            const found = wanted(await watch());
            if (found) {
                return found;
            }
        }
        return assert.fail(`never came: ${what}`);
    };
    return [
        ['book', 'pro watchOrderBook: its own book ends equal to the venue\'s', () => atTenTimesTheSpeed(venue, async () => {
            const kept = new Map();
            const plain = (levels) => Array.from(levels).slice(0, booksShow).map(([price, qty]) => [price, qty]);
            const follow = async () => {
                const book = await exchange.watchOrderBook(symbol, 1000);
                kept.set(book.nonce, { bids: plain(book.bids), asks: plain(book.asks) });
            };
            let equal = 0;
            while (equal < 20 || kept.size < booksFollow) {
                const told = await exchange.publicGetDepth({ symbol: 'BTCUSDT', limit: booksShow });
                const id = Number(told.lastUpdateId);
                while (!kept.has(id) && Math.max(...kept.keys()) < id) {
                    await follow();
                }
                if (kept.has(id)) {
                    sameLevels(kept.get(id), told);
                    equal += 1;
                }
                for (let i = 0; i < 12; ++i) {
                    await follow();
                }
            }
            return `${equal} snapshots equal, ${kept.size} updates`;
        })],
        ['streams', 'pro watchTrades', async () => {
            const trade = await watched(() => exchange.watchTrades(symbol), (trades) => trades.at(-1), 'a trade');
            assert.ok(trade.price > 50_000 && trade.amount > 0 && ['buy', 'sell'].includes(trade.side));
        }],
        ['streams', 'pro watchBidsAsks', async () => {
            const ticker = (await exchange.watchBidsAsks([symbol]))[symbol];
            assert.ok(ticker.bid < ticker.ask && ticker.bidVolume > 0);
            seen.bid = ticker.bid;
        }],
        ['streams', 'pro watchTicker, watchTickers (24hrTicker, 24hrMiniTicker)', async () => {
            const ticker = await exchange.watchTicker(symbol, { name: 'ticker' });
            assert.ok(ticker.bid < ticker.ask && ticker.low <= ticker.last && ticker.last <= ticker.high);
            assert.ok(Math.abs(ticker.change - (ticker.close - ticker.open)) < 1e-6 && ticker.baseVolume > 0);
            const mini = (await exchange.watchTickers([symbol]))[symbol];
            assert.ok(mini.baseVolume >= ticker.baseVolume && mini.low <= ticker.low && mini.high >= ticker.high);
            assert.equal((await exchange.watchTicker(symbol)).open, mini.open);
        }],
        ['streams', 'pro watchOHLCV, also of UTC+8', async () => {
            const [[time, open, high, low, close, volume]] = await exchange.watchOHLCV(symbol, '1m');
            assert.ok(time % 60_000 === 0 && low <= Math.min(open, close) && high >= Math.max(open, close) && volume >= 0);
            const [[opens]] = await exchange.watchOHLCV(symbol, '1d', undefined, undefined, { timezone: '+08:00' });
            assert.equal(opens % 86_400_000, 57_600_000);
            const over = await watched(() => exchange.watchOHLCV(symbol, '1s'), () => exchange.ohlcvs[symbol]['1s'].length > 4
                && exchange.ohlcvs[symbol]['1s'].slice(0, -1), 'four seconds');
            const told = await exchange.fetchOHLCV(symbol, '1s', undefined, 20);
            assert.deepEqual(told.filter(([at]) => over.some((bar) => bar[0] === at)), Array.from(over, (bar) => [...bar]));
        }],
        ['streams', 'pro watchTradesForSymbols, watchOrderBookForSymbols, watchOHLCVForSymbols of two markets; unWatch of each', async () => {
            const two = [symbol, 'MOVE/USDT'];
            const both = (watch, of) => {
                const met = new Set();
                return watched(watch, (got) => {
                    met.add(of(got));
                    return two.every((one) => met.has(one));
                }, two.join(' and '));
            };
            await both(() => exchange.watchTradesForSymbols(two), (trades) => {
                const { symbol: of, price } = trades.at(-1);
                assert.ok(of === symbol ? price > 50_000 : [99, 100, 101].includes(price));
                return of;
            });
            await exchange.unWatchTradesForSymbols(two);
            assert.equal(exchange.trades['MOVE/USDT'], undefined, 'ccxt forgets what it does not watch');
            // They come at one time, and ccxt hands out the first of them.
            await watched(() => exchange.watchOHLCVForSymbols(two.map((one) => [one, '1m'])),
                () => two.every((one) => exchange.ohlcvs[one]?.['1m']?.length > 0), 'candles of both');
            const [[, open, high, low, close]] = exchange.ohlcvs['MOVE/USDT']['1m'];
            assert.ok(low >= 99 && high <= 101 && [open, close].every((price) => [99, 100, 101].includes(price)));
            await exchange.unWatchOHLCVForSymbols(two.map((one) => [one, '1m']));
            const book = await watched(() => exchange.watchOrderBookForSymbols([symbol]), (got) => got.bids.length > 100 && got, 'a book');
            assert.ok(book.symbol === symbol && book.bids[0][0] < book.asks[0][0]);
            await exchange.unWatchOrderBookForSymbols([symbol]);
        }],
        ['public', 'pro fetchOHLCVWs, fetchTradesWs', async () => {
            const bars = (await exchange.fetchOHLCVWs(symbol, '1s', undefined, 5)).slice(0, -1);
            const told = await exchange.fetchOHLCV(symbol, '1s', undefined, 100);
            assert.deepEqual([bars.length, told.filter(([at]) => bars.some((bar) => bar[0] === at))], [4, bars]);
            const trades = await exchange.fetchTradesWs(symbol, undefined, 5);
            const rows = await exchange.publicGetHistoricalTrades({ symbol: 'BTCUSDT', fromId: trades[0].id, limit: 5 });
            assert.deepEqual(trades.map((one) => [one.id, one.price, one.amount]),
                rows.map((row) => [String(row.id), Number(row.price), Number(row.qty)]));
            assert.equal(trades.length, 5);
        }],
        ['user stream', 'pro watchOrders: open, canceled', async () => {
            const waiting = watched(() => exchange.watchOrders(symbol), (orders) => orders.at(-1), 'an order');
            await until(() => exchange.clients[`${venue.ws}/ws-api/v3`]?.subscriptions.spot, 'the subscription');
            await new Promise((resolve) => { setTimeout(resolve, 300); });
            seen.order = await exchange.createOrderWs(symbol, 'limit', 'buy', 0.001, Math.floor(seen.bid * 0.9));
            const told = await waiting;
            assert.deepEqual([told.id, told.status, told.amount], [seen.order.id, 'open', 0.001]);
            const cancel = watched(() => exchange.watchOrders(symbol),
                (orders) => orders.find((o) => o.id === seen.order.id && o.status === 'canceled'), 'the cancel');
            assert.equal((await exchange.cancelOrderWs(seen.order.id, symbol)).status, 'canceled');
            await cancel;
        }],
        ['orders', 'pro createOrderWs market, fetchOrderWs, fetchOpenOrdersWs', async () => {
            const fills = watched(() => exchange.watchMyTrades(symbol), (trades) => trades.at(-1), 'a fill');
            const order = await exchange.createOrderWs(symbol, 'market', 'sell', 0.001);
            assert.deepEqual([order.status, order.filled], ['closed', 0.001]);
            const trade = await fills;
            assert.deepEqual([trade.order, trade.side, trade.takerOrMaker, trade.fee.currency], [order.id, 'sell', 'taker', 'USDT']);
            assert.equal((await exchange.fetchOrderWs(order.id, symbol)).status, 'closed');
            assert.deepEqual(await exchange.fetchOpenOrdersWs(symbol), []);
        }],
        ['orders', 'pro editOrderWs, cancelAllOrdersWs', async () => {
            const first = await exchange.createOrderWs(symbol, 'limit', 'buy', 0.001, Math.floor(seen.bid * 0.9));
            const second = await exchange.editOrderWs(first.id, symbol, 'limit', 'buy', 0.002, Math.floor(seen.bid * 0.91));
            assert.notEqual(second.id, first.id);
            assert.equal((await exchange.fetchOrder(first.id, symbol)).status, 'canceled');
            assert.equal((await exchange.fetchOpenOrdersWs(symbol)).length, 1);
            await exchange.cancelAllOrdersWs(symbol);
            assert.deepEqual(await exchange.fetchOpenOrdersWs(symbol), []);
            seen.second = second.id;
        }],
        ['account', 'pro fetchOrdersWs, fetchClosedOrdersWs', async () => {
            const all = await exchange.fetchOrdersWs(symbol);
            assert.deepEqual(all.map((order) => [order.id, order.status, order.filled]),
                (await exchange.fetchOrders(symbol)).map((order) => [order.id, order.status, order.filled]));
            assert.equal(all.find((order) => order.id === seen.second).status, 'canceled');
            const closed = await exchange.fetchClosedOrdersWs(symbol);
            assert.ok(closed.length > 0 && closed.every((order) => order.status === 'closed'));
        }],
        ['account', 'pro fetchBalanceWs, watchBalance, fetchMyTradesWs', async () => {
            // ccxt parses the answer of account.status for futures only; what it got is in `info`.
            const { info } = await exchange.fetchBalanceWs();
            const before = Number(info.balances.find((row) => row.asset === 'USDT').free);
            const waiting = exchange.watchBalance();
            await new Promise((resolve) => { setTimeout(resolve, 300); });
            assert.equal(await venue.control('balance alice USDT 10'), 'ok');
            assert.equal((await waiting).USDT.free, before + 10);
            assert.equal((await exchange.fetchMyTradesWs(symbol)).at(-1).amount, 0.001);
        }],
        ['mistakes', 'pro createOrderWs, cancelOrderWs: funds, filter, unknown order', async () => {
            const far = Math.floor(seen.bid * 0.9);
            await assert.rejects(exchange.createOrderWs(symbol, 'limit', 'buy', 50, far), ccxt.InsufficientFunds);
            await assert.rejects(exchange.createOrderWs(symbol, 'limit', 'buy', 0.00001, far), /NOTIONAL/);
            await assert.rejects(exchange.cancelOrderWs('999999', symbol), ccxt.OrderNotFound);
            await exchange.close();
        }],
    ];
}
