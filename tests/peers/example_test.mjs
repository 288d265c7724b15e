// The example at the top of the venue's README, run as it stands there.
//
//   node example_test.mjs PATH/TO/portcullis-venue
//
// A folder is made that looks like the repository to the example: the program at its usual place,
// tools/, and the pinned node_modules in place of its `npm install`. The first sh block starts the
// venue, the js block becomes example.mjs, the last line of the second sh block runs it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstLine } from './harness.mjs';

const program = process.argv[2];
if (program === undefined) {
    console.error('usage: node example_test.mjs PORTCULLIS_VENUE');
    process.exit(2);
}
const here = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(here, '../..');
const [start, example, use] = firstBlocks(readFileSync(join(root, 'tools/venue/README.md'), 'utf8'), ['sh', 'js', 'sh']);
const [install, run, ...more] = use.trim().split('\n');
const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
assert.equal(start.trim().split('\n').length, 1, 'start it in one line');
assert.equal(install, `npm install ccxt@${dependencies.ccxt}`);
assert.deepEqual(more, []);

const dir = mkdtempSync(join(tmpdir(), 'portcullis-example-'));
mkdirSync(join(dir, 'build/release/bin'), { recursive: true });
symlinkSync(resolve(program), join(dir, 'build/release/bin/portcullis-venue'));
symlinkSync(join(root, 'tools'), join(dir, 'tools'));
symlinkSync(join(here, 'node_modules'), join(dir, 'node_modules'));
writeFileSync(join(dir, 'example.mjs'), example);
const venue = spawn('bash', ['-c', `exec ${start}`], { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
let status = 1;
try {
    await firstLine(venue);
    const env = { ...process.env, NO_PROXY: 'localhost,127.0.0.1', no_proxy: 'localhost,127.0.0.1' };
    const done = spawnSync('bash', ['-c', run], { cwd: dir, env, encoding: 'utf8', timeout: 60_000 });
    console.log(`the example of tools/venue/README.md\n${done.stdout}${done.stderr}`);
    assert.equal(done.status, 0);
    const lines = done.stdout.trim().split('\n');
    const expected = [
        /^book \[ 6\d{4}(\.\d+)?, \d[\d.]* \] \[ 6\d{4}(\.\d+)?, \d[\d.]* \]$/,
        /^order \d+ open$/,
        /^cancelled canceled$/,
        /^bought 0\.001 for 6\d(\.\d+)? USDT; balance 10\.000999 BTC$/,
        /^trade 6\d{4}(\.\d+)? \d[\d.]*$/,
    ];
    assert.equal(lines.length, expected.length);
    expected.forEach((pattern, at) => assert.match(lines[at], pattern));
    status = 0;
} catch (error) {
    console.log(`FAILED  ${error.stack}`);
} finally {
    if (venue.exitCode === null) {
        const ended = new Promise((done) => { venue.once('exit', done); });
        venue.kill('SIGTERM');
        await ended;
    }
    rmSync(dir, { recursive: true, force: true });
}
process.exit(status);

/// The text of the first fenced blocks of the page, which must be of these languages.
function firstBlocks(page, languages) {
    const blocks = [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].slice(0, languages.length);
    assert.deepEqual(blocks.map(([, language]) => language), languages);
    return blocks.map(([, , text]) => text);
}
