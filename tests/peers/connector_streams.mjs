// The market streams of @binance/connector, for connector_test.mjs.
//
// It has no order-book code of its own: the book test keeps one by Binance's rules from its stream.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { aggregatesHoldTrades, klinesFollowFromTrades, partialBooksEqual, pause, slowDepthSumsFast, tickersAgree } from './checks.mjs';
import { atTenTimesTheSpeed, bookEndsEqual, until } from './harness.mjs';

const require = createRequire(import.meta.url);
const { Spot, WebsocketStream } = require('@binance/connector');
const quiet = { debug() {}, info() {}, warn() {}, error() {}, log() {} };
const symbol = 'BTCUSDT';

export function streamSteps(venue) {
    const client = new Spot('', '', { baseURL: venue.rest, logger: quiet });
    const listen = (combinedStreams, begin, options = {}) => {
        const messages = [];
        const stream = new WebsocketStream({ wsURL: venue.ws, combinedStreams, logger: quiet, ...options,
            callbacks: { message: (text) => messages.push(JSON.parse(text)) } });
        begin(stream);
        return { messages, stream };
    };
    return [
        ['streams', 'trade, bookTicker (raw)', async () => {
            const trades = listen(false, (s) => s.trade(symbol));
            const tickers = listen(false, (s) => s.bookTicker(symbol));
            await until(() => trades.messages.length > 2 && tickers.messages.length > 2, 'messages');
            assert.ok(trades.messages.every((m) => m.e === 'trade' && m.s === symbol && Number(m.q) > 0 && m.M === true));
            assert.ok(tickers.messages.every((m) => m.u > 0 && Number(m.b) < Number(m.a) && m.e === undefined));
            trades.stream.disconnect();
            tickers.stream.disconnect();
        }],
        ['streams', 'combined, subscribe and unsubscribe', async () => {
            const { messages, stream } = listen(true, (s) => s.subscribe(['btcusdt@trade']));
            await until(() => messages.length > 0, 'a message');
            stream.subscribe('btcusdt@bookTicker');
            await until(() => messages.some((m) => m.stream === 'btcusdt@bookTicker'), 'bookTicker');
            stream.unsubscribe(['btcusdt@trade', 'btcusdt@bookTicker']);
            await until(() => messages.filter((m) => m.result === null).length === 2, 'both answers');
            const count = messages.length;
            await new Promise((resolve) => { setTimeout(resolve, 500); });
            assert.equal(messages.length, count, 'silent after unsubscribing');
            stream.disconnect();
        }],
        ['streams', 'aggTrade, kline: they follow from the trades', async () => {
            const { messages, stream } = listen(false, (s) => s.subscribe(['btcusdt@trade', 'btcusdt@aggTrade', 'btcusdt@kline_1s']));
            const note = `${await aggregatesHoldTrades(messages)}, ${await klinesFollowFromTrades(messages)}`;
            stream.disconnect();
            return note;
        }],
        ['streams', 'ticker, miniTicker, rollingWindowTicker of a symbol and of all; avgPrice', async () => {
            const { messages, stream } = listen(false, (s) => s.ticker(symbol));
            await until(() => stream.isConnected(), 'the connection');
            stream.miniTicker(symbol);
            stream.miniTicker();
            stream.rollingWindowTicker('1h', symbol);
            await pause(1000);
            stream.rollingWindowTicker('4h');
            stream.subscribe('btcusdt@avgPrice');
            const note = await tickersAgree(messages);
            stream.disconnect();
            return note;
        }],
        ['streams', 'partialBookDepth (5, 10, 20): the top of the venue\'s book', async () => {
            const all = [5, 10, 20].map((levels) => [levels, listen(false, (s) => s.partialBookDepth(symbol, levels, '100ms'))]);
            const note = await partialBooksEqual(new Map(all.map(([levels, { messages }]) => [levels, messages])),
                async () => (await client.depth(symbol, { limit: 20 })).data);
            all.forEach(([, { stream }]) => stream.disconnect());
            return note;
        }],
        ['streams', 'diffBookDepth (1000ms): the sum of those of 100 ms', async () => {
            const [slow, fast] = ['1000ms', '100ms'].map((speed) => listen(false, (s) => s.diffBookDepth(symbol, speed)));
            const note = await slowDepthSumsFast(slow.messages, fast.messages);
            [slow, fast].forEach(({ stream }) => stream.disconnect());
            return note;
        }],
        ['streams', 'timeUnit MICROSECOND: trade, kline, ticker', async () => {
            const { messages, stream } = listen(true, (s) => s.subscribe(['btcusdt@trade', 'btcusdt@kline_1s', 'btcusdt@ticker']),
                { timeUnit: 'MICROSECOND' });
            const first = (type) => messages.find((m) => m.stream === `btcusdt@${type}`)?.data;
            await until(() => ['trade', 'kline_1s', 'ticker'].every(first), 'all three');
            assert.ok(['trade', 'kline_1s', 'ticker'].every((type) => first(type).E > 1e15) && first('trade').T > 1e15);
            const { k } = first('kline_1s');
            assert.deepEqual([k.t % 1000000, k.T - k.t, first('ticker').C - first('ticker').O], [0, 999999, 86400000000]);
            stream.disconnect();
        }],
        ['streams', 'diffBookDepth: the book ends equal to the venue\'s', async () => {
            const { messages, stream } = listen(false, (s) => s.diffBookDepth(symbol, '100ms'));
            const note = await atTenTimesTheSpeed(venue,
                () => bookEndsEqual(messages, async (limit) => (await client.depth(symbol, { limit })).data));
            stream.disconnect();
            return note;
        }],
    ];
}
