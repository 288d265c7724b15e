// Unmodified ccxt against portcullis-venue, over TLS with the CA of the run: loadMarkets to
// fetchMyTrades, with an HMAC and an Ed25519 key. Whatever ccxt believes about Binance, the venue
// must bear out; every answer is checked for content, not for being there.
//
//   node ccxt_test.mjs PATH/TO/portcullis-venue PATH/TO/recording.tsjsonl.gz
//
// The first process starts the venue, then itself again, because node reads NODE_EXTRA_CA_CERTS
// only when it starts.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

if (process.env.VENUE_RUN_DIR === undefined) {
    await startVenue(process.argv[2], process.argv[3]);
} else {
    await main(process.env.VENUE_RUN_DIR, Number(process.env.VENUE_PORT));
}

async function startVenue(program, recording) {
    if (program === undefined || recording === undefined) {
        console.error('usage: node ccxt_test.mjs PORTCULLIS_VENUE RECORDING');
        process.exit(2);
    }
    const dir = mkdtempSync(join(tmpdir(), 'portcullis-ccxt-'));
    const venue = spawn(program, ['replay', recording, '--dir', dir, '--balance', 'BTC=2',
        '--balance', 'USDT=100000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let status = 1;
    try {
        const line = await firstLine(venue);
        const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {
            stdio: 'inherit',
            timeout: 120_000,
            env: {
                ...process.env,
                NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem'),
                VENUE_RUN_DIR: dir,
                VENUE_PORT: String(JSON.parse(line).port),
            },
        });
        status = child.status ?? 1;
    } finally {
        const ended = new Promise((resolve) => venue.once('exit', resolve));
        venue.kill('SIGTERM');
        await ended;
        rmSync(dir, { recursive: true, force: true });
    }
    process.exit(status);
}

function firstLine(venue) {
    return new Promise((resolve, reject) => {
        createInterface({ input: venue.stdout }).once('line', resolve);
        venue.once('error', reject);
        venue.once('exit', (code) => reject(new Error(`the venue ended with code ${code}`)));
    });
}

/// The api keys of the run: [ed25519] and [hmac] tables of keys.toml.
function readKeys(dir) {
    const text = readFileSync(join(dir, 'keys.toml'), 'utf8');
    const apiKey = (table) => new RegExp(`\\[${table}\\][^\\[]*?api_key = "(\\w{64})"`).exec(text)[1];
    return [
        { kind: 'HMAC', apiKey: apiKey('hmac'), secret: readFileSync(join(dir, 'hmac.secret'), 'utf8').trim() },
        { kind: 'Ed25519', apiKey: apiKey('ed25519'), secret: readFileSync(join(dir, 'ed25519.pem'), 'utf8') },
    ];
}

async function main(dir, port) {
    const { default: ccxt } = await import('ccxt');
    const rows = [];
    let failed = 0;
    for (const key of readKeys(dir)) {
        const base = `https://localhost:${port}`;
        const exchange = new ccxt.binance({
            apiKey: key.apiKey,
            secret: key.secret,
            enableRateLimit: false,
            options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] } },
            urls: { api: { public: `${base}/api/v3`, private: `${base}/api/v3`,
                           v1: `${base}/api/v1`, sapi: `${base}/sapi/v1` } },
        });
        for (const [name, step] of steps(ccxt, exchange)) {
            try {
                rows.push([key.kind, name, 'ok', await step()]);
            } catch (error) {
                failed += 1;
                rows.push([key.kind, name, 'FAILED', String(error.message).split('\n')[0].slice(0, 160)]);
            }
        }
    }
    console.log(`ccxt ${ccxt.version} against portcullis-venue`);
    for (const [kind, name, result, note] of rows) {
        console.log(`${kind.padEnd(8)} ${name.padEnd(34)} ${result.padEnd(7)} ${note}`);
    }
    console.log(`${rows.length - failed} of ${rows.length} passed`);
    process.exit(failed === 0 ? 0 : 1);
}

/// In order: later steps use the orders of earlier ones.
function steps(ccxt, exchange) {
    const symbol = 'BTC/USDT';
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
        ['loadMarkets', async () => {
            const market = (await exchange.loadMarkets())[symbol];
            assert.equal(market.id, 'BTCUSDT');
            assert.equal(market.spot, true);
            assert.equal(market.active, true);
            assert.equal(market.precision.price, 0.01);
            assert.equal(market.precision.amount, 0.00001);
            assert.equal(market.limits.cost.min, 5);
            return `tick ${market.precision.price}, lot ${market.precision.amount}`;
        }],
        ['fetchTime', async () => {
            const off = Math.abs(await exchange.fetchTime() - Date.now());
            assert.ok(off < 2000, `clock ${off} ms off`);
            return `${off} ms from ours`;
        }],
        ['fetchCurrencies', async () => {
            const { BTC, USDT } = await exchange.fetchCurrencies();
            assert.equal(BTC.id, 'BTC');
            assert.equal(USDT.active, true);
            return 'BTC, USDT';
        }],
        ['fetchOrderBook', async () => {
            const book = await exchange.fetchOrderBook(symbol, 20);
            assert.equal(book.bids.length, 20);
            assert.equal(book.asks.length, 20);
            assert.ok(book.bids[0][0] < book.asks[0][0], 'crossed');
            assert.ok(book.bids[0][0] > book.bids[19][0], 'bids not sorted');
            assert.ok(book.nonce > 50_000_000_000, 'no update id');
            seen.bid = book.bids[0][0];
            return `${book.bids[0][0]} / ${book.asks[0][0]}`;
        }],
        ['fetchTrades', async () => {
            const trades = await exchange.fetchTrades(symbol, undefined, 5,
                { fetchTradesMethod: 'publicGetTrades' }); // the venue keeps trades, not aggregates
            for (const trade of trades) {
                assert.ok(trade.price > 50_000 && trade.amount > 0);
                assert.ok(['buy', 'sell'].includes(trade.side));
            }
            return `${trades.length} trades`;
        }],
        ['fetchBidsAsks', async () => {
            const ticker = (await exchange.fetchBidsAsks([symbol]))[symbol];
            assert.ok(ticker.bid < ticker.ask);
            return `${ticker.bid} / ${ticker.ask}`;
        }],
        ['fetchBalance', async () => {
            const balance = await exchange.fetchBalance();
            assert.ok(balance.BTC.total > 1.9 && balance.BTC.total < 2.1);
            assert.ok(balance.USDT.total > 99_000);
            assert.equal(balance.BTC.used, 0);
            return `${balance.BTC.total} BTC, ${balance.USDT.total} USDT`;
        }],
        ['createOrder limit', async () => {
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
        ['fetchBalance with funds locked', async () => {
            const balance = await exchange.fetchBalance();
            assert.ok(Math.abs(balance.USDT.used - 0.001 * seen.limit.price) < 1e-6);
            return `${balance.USDT.used} USDT locked`;
        }],
        ['createOrder limit maker', async () => {
            const order = await exchange.createOrder(symbol, 'limit', 'buy', 0.001,
                Math.floor(seen.bid * 0.91), { postOnly: true });
            assert.equal(order.status, 'open');
            assert.equal(order.postOnly, true);
            seen.maker = order;
            return `id ${order.id}`;
        }],
        ['createOrder maker that would take', () => fails(ccxt.OrderImmediatelyFillable, /immediately match/,
            () => exchange.createOrder(symbol, 'limit', 'buy', 0.001, Math.ceil(seen.bid * 1.01), { postOnly: true }))],
        ['fetchOrder', async () => {
            const order = await exchange.fetchOrder(seen.limit.id, symbol);
            assert.equal(order.id, seen.limit.id);
            assert.equal(order.status, 'open');
            assert.equal(order.price, seen.limit.price);
            assert.equal(order.clientOrderId, seen.limit.clientOrderId);
            return order.status;
        }],
        ['fetchOpenOrders', async () => {
            const ids = (await exchange.fetchOpenOrders(symbol)).map((order) => order.id).sort();
            assert.deepEqual(ids, [seen.limit.id, seen.maker.id].sort());
            return `${ids.length} open`;
        }],
        ['cancelOrder', async () => {
            const order = await exchange.cancelOrder(seen.limit.id, symbol);
            assert.equal(order.status, 'canceled');
            assert.equal((await exchange.fetchOrder(seen.limit.id, symbol)).status, 'canceled');
            return order.status;
        }],
        ['cancelOrder again', () => fails(ccxt.OrderNotFound, /Unknown order sent/,
            () => exchange.cancelOrder(seen.limit.id, symbol))],
        ['editOrder (cancelReplace)', async () => {
            const order = await exchange.editOrder(seen.maker.id, symbol, 'limit', 'buy', 0.002, Math.floor(seen.bid * 0.92));
            assert.equal(order.amount, 0.002);
            assert.notEqual(order.id, seen.maker.id);
            assert.equal((await exchange.fetchOrder(seen.maker.id, symbol)).status, 'canceled');
            return `id ${order.id}`;
        }],
        ['cancelAllOrders', async () => {
            await exchange.cancelAllOrders(symbol);
            assert.equal((await exchange.fetchOpenOrders(symbol)).length, 0);
            return 'none open';
        }],
        ['bad lot', () => fails(ccxt.InvalidOrder, /LOT_SIZE/,
            () => exchange.privatePostOrder({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT',
                timeInForce: 'GTC', quantity: '0.000015', price: '60000.00' }))],
        ['bad tick', () => fails(ccxt.InvalidOrder, /PRICE_FILTER/,
            () => exchange.privatePostOrder({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT',
                timeInForce: 'GTC', quantity: '0.001', price: '60000.001' }))],
        // BadRequest is what ccxt makes of this filter.
        ['too small', () => fails(ccxt.BadRequest, /NOTIONAL/,
            () => exchange.createOrder(symbol, 'limit', 'buy', 0.00001, Math.floor(seen.bid * 0.9)))],
        ['insufficient funds', () => fails(ccxt.InsufficientFunds, /insufficient balance/,
            () => exchange.createOrder(symbol, 'limit', 'buy', 50, Math.floor(seen.bid * 0.9)))],
        ['bad symbol', () => fails(ccxt.BadSymbol, /Invalid symbol/,
            () => exchange.publicGetDepth({ symbol: 'NOPE' }))],
        ['bad signature', async () => {
            const secret = exchange.secret;
            exchange.secret = 'wrong';
            try {
                return await fails(ccxt.AuthenticationError, /Signature/, () => exchange.fetchBalance());
            } finally {
                exchange.secret = secret;
            }
        }],
        ['stale timestamp', () => fails(ccxt.InvalidNonce, /recvWindow/,
            () => exchange.privateGetAccount({ timestamp: Date.now() - 70_000 }))],
        ['createOrder market', async () => {
            const order = await exchange.createOrder(symbol, 'market', 'buy', 0.001);
            assert.equal(order.status, 'closed');
            assert.equal(order.filled, 0.001);
            assert.ok(order.average > 50_000);
            seen.market = order;
            return `average ${order.average}`;
        }],
        ['fetchMyTrades', async () => {
            const trades = await exchange.fetchMyTrades(symbol);
            const mine = trades.filter((trade) => trade.order === seen.market.id);
            const amount = mine.reduce((sum, trade) => sum + trade.amount, 0);
            assert.ok(Math.abs(amount - 0.001) < 1e-9);
            assert.equal(mine[0].takerOrMaker, 'taker');
            assert.equal(mine[0].side, 'buy');
            assert.equal(mine[0].fee.currency, 'BTC');
            return `${mine.length} fills`;
        }],
        ['fetchOrders', async () => {
            const ids = (await exchange.fetchOrders(symbol)).map((order) => order.id);
            assert.ok(ids.includes(seen.limit.id) && ids.includes(seen.market.id));
            return `${ids.length} orders`;
        }],
    ];
}
