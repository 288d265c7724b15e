// What the peers share: a venue with keys of every kind, its control socket, a runner of steps.
//
// A test file calls peer(package, kinds, steps) once. The first process makes the keys, writes
// venue.toml, starts the venue and then the file again, because node reads NODE_EXTRA_CA_CERTS only
// when it starts. A step is [area, call, act]; act asserts on content and returns a note. Steps of
// one key run in order: later ones use the orders of earlier ones. With PEERS_ROWS=FILE what passed
// is appended there, a JSON row a line: the table of the venue's README is made of it (table.mjs).
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { madeAssets, writeMadeMarkets } from './made_markets.mjs';

const apiKey = () => randomBytes(32).toString('hex');
const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } };

/// `makeSteps(venue, key)`: the steps of one key; `kinds`: which keys this peer can sign with.
export async function peer(name, kinds, makeSteps) {
    if (process.env.VENUE_SETUP === undefined) {
        process.exit(await startVenue(process.argv[2], process.argv[3]));
    }
    const { version } = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8'));
    const setup = JSON.parse(process.env.VENUE_SETUP);
    const venue = { ...setup, rest: `https://localhost:${setup.port}`, ws: `wss://localhost:${setup.port}`,
        control: (line) => control(setup.dir, line) };
    let failed = 0;
    let passed = 0;
    console.log(`${name} ${version} against portcullis-venue`);
    for (const kind of kinds) {
        for (const [area, call, act] of makeSteps(venue, { kind, ...setup.keys[kind] })) {
            try {
                const note = await withTimeout(act(), 30_000);
                passed += 1;
                console.log(`${kind.padEnd(8)} ${call.padEnd(48)} ok      ${note ?? ''}`);
                if (process.env.PEERS_ROWS) {
                    appendFileSync(process.env.PEERS_ROWS, `${JSON.stringify({ name, version, kind, area, call })}\n`);
                }
            } catch (error) {
                failed += 1;
                console.log(`${kind.padEnd(8)} ${call.padEnd(48)} FAILED  ${String(error.stack ?? JSON.stringify(error)).slice(0, 600)}`);
            }
        }
    }
    console.log(`${passed} of ${passed + failed} passed`);
    process.exit(failed === 0 ? 0 : 1);
}

async function startVenue(program, recording) {
    if (program === undefined || recording === undefined) {
        console.error('usage: node NAME_test.mjs PORTCULLIS_VENUE RECORDING');
        return 2;
    }
    const dir = mkdtempSync(join(tmpdir(), 'portcullis-peer-'));
    const keys = makeKeys();
    writeFileSync(join(dir, 'venue.toml'), config(keys, [recording, ...writeMadeMarkets(dir, recording)]));
    const venue = spawn(program, ['--config', join(dir, 'venue.toml')], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
        const { port } = JSON.parse(await firstLine(venue));
        const child = spawnSync(process.execPath, [process.argv[1]], {
            stdio: 'inherit',
            timeout: 300_000,
            env: { ...process.env, NO_PROXY: 'localhost,127.0.0.1', no_proxy: 'localhost,127.0.0.1',
                NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem'), VENUE_SETUP: JSON.stringify({ dir, port, keys }) },
        });
        return child.status ?? 1;
    } finally {
        const ended = new Promise((resolve) => venue.once('exit', resolve));
        venue.kill('SIGTERM');
        await ended;
        rmSync(dir, { recursive: true, force: true });
    }
}

function makeKeys() {
    const hmac = () => ({ apiKey: apiKey(), secret: randomBytes(32).toString('hex') });
    const pair = (type, options) => {
        const { publicKey, privateKey } = generateKeyPairSync(type, { ...options, ...pem });
        return { apiKey: apiKey(), secret: privateKey, publicKey };
    };
    const rsa = () => pair('rsa', { modulusLength: 2048 });
    const ed25519 = () => pair('ed25519', {});
    return { HMAC: hmac(), RSA: rsa(), Ed25519: ed25519(), daveHMAC: hmac(), daveRSA: rsa(), daveEd25519: ed25519(),
        reader: hmac(), elsewhere: hmac(), bob: hmac(), carol: hmac(), erin: hmac() };
}

function config(keys, recordings) {
    const key = (name, account, permissions, ips = []) => {
        const { apiKey: id, secret, publicKey } = keys[name];
        const kind = publicKey === undefined ? 'hmac' : name.replace('dave', '').toLowerCase();
        const material = publicKey === undefined ? `secret = "${secret}"` : `public_key = """\n${publicKey}"""`;
        return `[[key]]\naccount = "${account}"\napi_key = "${id}"\nkind = "${kind}"\n${material}\n` +
            `permissions = ${JSON.stringify(permissions)}\nips = ${JSON.stringify(ips)}\n`;
    };
    return `[listen]\naddress = "127.0.0.1"\nport = 0\nself_signed_dir = "."\ncontrol_socket = "ctl.sock"\n` +
        `[replay]\nspeed = "1"\nloop = true\nfiles = ${JSON.stringify(recordings)}\n` +
        // A quick machine places more than a hundred in ten seconds.
        '[limits]\norders_per_10_seconds = 200\n' +
        '[exchange_filters]\nmax_num_orders = 45\nmax_num_algo_orders = 8\nmax_num_iceberg_orders = 5\nmax_num_order_lists = 3\n' +
        '[[account]]\nname = "alice"\nmaker_fee = "0.001"\ntaker_fee = "0.001"\n' +
        '[account.balances]\nBTC = "2"\nMOVE = "100"\nUSDT = "100000"\n' +
        '[[account]]\nname = "dave"\n' +
        `[account.balances]\nUSDT = "100000"\n${madeAssets.map((asset) => `${asset} = "100"\n`).join('')}` +
        '[[account]]\nname = "bob"\nmaker_fee = "0.001"\ntaker_fee = "0.001"\n' +
        '[account.balances]\nBTC = "1000"\nMOVE = "100"\nUSDT = "1000000"\n' +
        '[[account]]\nname = "carol"\n[account.balances]\nUSDT = "1000000"\n' +
        '[[account]]\nname = "erin"\n[account.balances]\nUSDT = "1000000"\nVOID = "100"\n[account.max_asset]\nVOID = "30"\n' +
        key('HMAC', 'alice', ['read', 'trade']) + key('RSA', 'alice', ['read', 'trade']) +
        key('Ed25519', 'alice', ['read', 'trade']) + key('reader', 'alice', ['read']) +
        key('elsewhere', 'alice', ['read', 'trade', 'withdraw'], ['127.0.0.2', '10.0.0.0/8']) +
        key('bob', 'bob', ['read', 'trade']) + key('carol', 'carol', ['read', 'trade']) +
        ['erin', 'daveHMAC', 'daveRSA', 'daveEd25519'].map((name) => key(name, name.slice(0, 4), ['read', 'trade'])).join('');
}

/// Where the venue listens, once it does.
export function firstLine(venue) {
    return new Promise((resolve, reject) => {
        createInterface({ input: venue.stdout }).once('line', resolve);
        venue.once('error', reject);
        venue.once('exit', (code) => reject(new Error(`the venue ended with code ${code}`)));
    });
}

/// One line to the control socket; its answer.
function control(dir, line) {
    return new Promise((resolve, reject) => {
        const socket = createConnection(join(dir, 'ctl.sock'), () => socket.write(`${line}\n`));
        socket.once('data', (data) => { socket.end(); resolve(data.toString().trim()); });
        socket.once('error', reject);
    });
}

export function withTimeout(promise, ms) {
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no end after ${ms} ms`)), ms); });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/// Waits until `found()` gives something true.
export async function until(found, what, ms = 15_000) {
    const end = Date.now() + ms;
    for (;;) {
        const value = await found();
        if (value) {
            return value;
        }
        assert.ok(Date.now() < end, `never came: ${what}`);
        await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
}

/// For what needs two requests in an unmoved market: the market is recorded and moves meanwhile, so
/// `act` may say so by giving nothing back (or by throwing), and is asked again, ten times at most.
export async function inQuietMarket(act) {
    let last;
    for (let i = 0; i < 10; ++i) {
        const value = await act().catch((error) => { last = error; });
        if (value !== undefined) {
            return value;
        }
        await new Promise((resolve) => { setTimeout(resolve, 150); });
    }
    throw last ?? new Error('the market was never quiet');
}

/// All that a venue tells of its market must follow from the trades that it tells. `api`: trades(limit),
/// older(fromId, limit), aggregates(limit), klines(interval, limit), average(), price(), day(), each
/// giving what the venue answered.
/// A rolling window and a trading day, of one session whose trades are all in both: the same sums,
/// between the times that each has by its own rule.
export async function windowsAgree({ rolling, tradingDay }) {
    for (let attempt = 0; ; ++attempt) {
        const [hour, day, again] = [await rolling('1h'), await tradingDay(), await rolling('1h')];
        if (again.lastId !== hour.lastId && attempt < 50) {
            continue; // a trade came between the two
        }
        assert.equal(hour.openTime % 60000, 0);
        assert.ok(hour.closeTime - hour.openTime >= 3600000 && hour.closeTime - hour.openTime < 3660000);
        assert.deepEqual([day.openTime % 86400000, day.closeTime - day.openTime], [0, 86399999]);
        const sums = ({ openTime, closeTime, ...rest }) => rest;
        assert.deepEqual(sums(hour), sums(day));
        assert.ok(hour.count > 0 && hour.lastId - hour.firstId + 1 === hour.count && Number(hour.volume) > 0);
        return `${hour.count} trades`;
    }
}

/// All but the newest, which may still be growing.
const bars = (seconds) => seconds.slice(0, -1);

export async function marketFollowsFromTrades(api) {
    await until(async () => {
        const trades = await api.trades(1000);
        await new Promise((resolve) => { setTimeout(resolve, 200); });
        return trades.length > 1 && trades.at(-1).time > trades[0].time + 3000;
    }, 'three seconds of trades');
    const day = await api.day();
    const aggregates = await api.aggregates(20);
    // A second that has begun may still be followed by a trade of the one before, where the machine is slow.
    let [seconds, trades, again] = [[], [], []];
    for (let attempt = 0; attempt === 0 || (attempt < 50 && JSON.stringify(bars(seconds)) !== JSON.stringify(bars(again))); ++attempt) {
        [seconds, trades, again] = [await api.klines('1s', 6), await api.trades(1000), await api.klines('1s', 7)];
        again = again.filter((bar) => bar[0] <= seconds.at(-1)[0]).slice(-seconds.length);
    }
    const near = (a, b) => Math.abs(Number(a) - Number(b)) < 1e-7;
    const sum = (rows) => rows.reduce((total, row) => total + Number(row.qty), 0);
    let checked = 0;
    for (const one of aggregates) {
        const made = trades.filter((row) => row.id >= one.f && row.id <= one.l);
        if (made.length === one.l - one.f + 1) {
            assert.ok(near(sum(made), one.q) && made.every((row) => row.price === one.p && row.time === one.T
                && row.isBuyerMaker === one.m), JSON.stringify(one));
            checked += 1;
        }
    }
    assert.ok(checked > 0, 'no aggregate could be checked');
    assert.deepEqual(aggregates.map((row) => row.a), aggregates.map((_, at) => aggregates[0].a + at));
    // The oldest may have begun before these trades.
    const whole = bars(seconds).filter((bar) => bar[0] > trades[0].time);
    for (const [open, o, h, l, c, volume, close, , count] of whole) {
        const made = trades.filter((row) => row.time >= open && row.time <= close);
        assert.deepEqual([made.length, close - open], [count, 999]);
        assert.ok(near(sum(made), volume));
        const prices = made.map((row) => Number(row.price));
        if (count > 0) {
            assert.deepEqual([o, h, l, c].map(Number), [prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1)]);
        } else {
            assert.ok(o === h && h === l && l === c);
        }
    }
    assert.ok(whole.length > 0, 'no second could be checked');
    const [first] = await api.older(day.firstId, 1);
    const [last] = await api.older(day.lastId, 1);
    assert.deepEqual([first.price, last.price, last.qty], [day.openPrice, day.lastPrice, day.lastQty]);
    assert.ok(near(day.priceChange, Number(day.lastPrice) - Number(day.openPrice)));
    const within = (price) => Number(price) >= Number(day.lowPrice) - 500 && Number(price) <= Number(day.highPrice) + 500;
    assert.ok(within((await api.average()).price) && within((await api.price()).price));
    return `${checked} aggregates, ${whole.length} seconds`;
}

/// A buy that waits one tick above the last trade and one that waits a tick below: the next trade at
/// another price triggers one of them. Gives the row of that one. `api`: price(), place(type, stopPrice)
/// giving an id, get(id), cancelAll().
export function triggered(api) {
    return inQuietMarket(async () => {
        const last = Number(await api.price());
        try {
            const ids = [await api.place('STOP_LOSS', (last + 0.01).toFixed(2)),
                await api.place('TAKE_PROFIT', (last - 0.01).toFixed(2))];
            return await until(async () => {
                await new Promise((resolve) => { setTimeout(resolve, 200); });
                const rows = [];
                for (const id of ids) {
                    rows.push(await api.get(id));
                }
                return rows.find((row) => row.status === 'FILLED');
            }, 'a trigger', 10_000);
        } finally {
            await api.cancelAll().catch(() => {});
        }
    });
}

/// Updates that a book must have followed, and levels of each side that must then be the venue's.
export const booksFollow = 300;
export const booksShow = 500;

/// `kept`: [price, quantity] as numbers; `told`: a depth answer of the venue.
export function sameLevels(kept, told) {
    const numbers = (levels) => levels.slice(0, booksShow).map(([price, qty]) => [Number(price), Number(qty)]);
    assert.deepEqual([told.bids.length >= booksShow, told.asks.length >= booksShow], [true, true], 'a book to compare with');
    assert.deepEqual(kept, { bids: numbers(told.bids), asks: numbers(told.asks) });
}

/// A book kept by Binance's rules from a snapshot and depthUpdate events, for peers that have no
/// order-book code of their own.
export class Book {
    constructor(snapshot) {
        this.id = snapshot.lastUpdateId;
        this.sides = { b: new Map(), a: new Map() };
        this.take('b', snapshot.bids);
        this.take('a', snapshot.asks);
    }

    take(side, levels) {
        for (const [price, qty] of levels) {
            Number(qty) === 0 ? this.sides[side].delete(Number(price)) : this.sides[side].set(Number(price), Number(qty));
        }
    }

    apply(event) {
        if (event.u < this.id) {
            return;
        }
        assert.ok(event.U <= this.id + 1, `gap: ${event.U} after ${this.id}`);
        this.take('b', event.b);
        this.take('a', event.a);
        this.id = event.u;
    }

    best(levels) {
        const sorted = (side, sign) => [...this.sides[side]].sort((x, y) => sign * (x[0] - y[0])).slice(0, levels);
        return { bids: sorted('b', -1), asks: sorted('a', 1) };
    }
}

/// At ten times the recorded speed, so that a book sees hundreds of updates in seconds.
export async function atTenTimesTheSpeed(venue, act) {
    assert.equal(await venue.control('replay speed 10'), 'ok');
    try {
        return await act();
    } finally {
        assert.equal(await venue.control('replay speed 1'), 'ok');
    }
}

/// Follows `events` (an array that a stream fills) from the venue's snapshot for hundreds of updates;
/// the book must equal each later snapshot of the same update id, level by level. `snapshot(limit)`.
export async function bookEndsEqual(events, snapshot) {
    await until(() => events.length > 0, 'a depth event');
    const first = await until(async () => {
        const got = await snapshot(1000);
        return got.lastUpdateId >= events[0].U ? got : undefined;
    }, 'a snapshot that is not older than the stream');
    const book = new Book(first);
    let at = 0;
    const follow = (id) => {
        for (; at < events.length && events[at].u <= id; ++at) {
            book.apply(events[at]);
        }
    };
    let rounds = 0;
    for (; at < booksFollow || rounds < 20; ++rounds) {
        assert.ok(rounds < 200, `${at} updates in ${rounds} snapshots`);
        await new Promise((resolve) => { setTimeout(resolve, 130); });
        const told = await snapshot(booksShow);
        await until(() => events.at(-1).u >= told.lastUpdateId, 'the event of the snapshot');
        follow(told.lastUpdateId);
        assert.equal(book.id, told.lastUpdateId);
        sameLevels(book.best(booksShow), told);
    }
    return `${rounds} snapshots equal, ${at} updates`;
}
