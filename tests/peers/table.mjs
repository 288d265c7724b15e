// The tables of peers in the venue's README, made of what passed and of nothing else.
//
//   node table.mjs --check|--write ROWS README
//
// ROWS holds a JSON object a line (harness.mjs wrote them): name, version, kind, area, call. The first
// table has a row for each client and area, the second one for each code that a mistake was answered
// with; what not every key did says which did. Each code that server/README.md says is answered must
// be in the second one, but for what takes a client too far.
import { readFileSync, writeFileSync } from 'node:fs';

const begin = '<!-- peers: written by tests/peers/run --write-table -->';
const end = '<!-- end of peers -->';
const areas = ['public', 'account', 'orders', 'mistakes', 'book', 'streams', 'user stream'];
const [mode, rowsFile, readme] = process.argv.slice(2);

const text = readFileSync(readme, 'utf8');
const from = text.indexOf(begin);
const to = text.indexOf(end);
if (!['--check', '--write'].includes(mode) || from < 0 || to < from) {
    console.error(`usage: node table.mjs --check|--write ROWS README; the README must hold "${begin}" and "${end}"`);
    process.exit(2);
}
const rows = readFileSync(rowsFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const names = [...new Set(rows.map((row) => row.name))];
// 65,535 account streams on one connection: ManySubscriptions in tests/tools/venue_server has them.
const tooFar = ['-2042'];
const unprovoked = documentedCodes().filter((code) => !tooFar.includes(code) && !rows.some((row) => row.area === 'codes' && row.call.startsWith(`${code} `)));
if (unprovoked.length > 0) {
    console.error(`${readme}: no client provokes ${unprovoked.join(', ')}`);
    process.exit(1);
}
const table = `${begin}\n${calls()}\n${codes()}`;
if (mode === '--write') {
    writeFileSync(readme, text.slice(0, from) + table + text.slice(to));
} else if (text.slice(from, to) !== table) {
    console.error(`${readme}: the tables of peers are not what passed; run tests/peers/run --write-table`);
    process.exit(1);
}
console.log(`tables of peers: ${mode === '--write' ? 'written' : 'as in the README'}`);

function kindsOf(name) {
    return [...new Set(rows.filter((row) => row.name === name).map((row) => row.kind))];
}

/// What was called, and by which keys.
function grouped(some) {
    const calls = new Map();
    for (const row of some) {
        calls.set(row.call, [...(calls.get(row.call) ?? []), row]);
    }
    return [...calls];
}

function calls() {
    const lines = ['| client | area | calls and streams, each asserted on content |', '| --- | --- | --- |'];
    for (const name of names) {
        const mine = rows.filter((row) => row.name === name);
        const kinds = kindsOf(name);
        for (const area of areas) {
            const cells = grouped(mine.filter((one) => one.area === area)).map(([call, by]) =>
                (by.length === kinds.length ? call : `${call} (${by.map((row) => row.kind).join(', ')})`));
            if (cells.length > 0) {
                lines.push(`| ${name} ${mine[0].version} | ${area} | ${cells.join('; ')} |`);
            }
        }
    }
    const unknown = rows.find((row) => ![...areas, 'codes'].includes(row.area));
    if (unknown !== undefined) {
        throw new Error(`unknown area ${unknown.area}`);
    }
    return `${lines.join('\n')}\n`;
}

/// The texts of a code, those first that every client provoked with every kind of key.
function codes() {
    const lines = ['| code | what it is told with |', '| --- | --- |'];
    const some = rows.filter((row) => row.area === 'codes').map((row) => {
        const [code, ...words] = row.call.split(' ');
        return { ...row, code: Number(code), call: words.join(' ') };
    });
    for (const code of [...new Set(some.map((row) => row.code))].sort((a, b) => b - a)) {
        const cells = grouped(some.filter((row) => row.code === code)).map(([call, by]) => {
            const made = names.map((name) => kindsOf(name).filter((kind) => by.some((row) => row.name === name && row.kind === kind)));
            const whole = (at) => made[at].length === kindsOf(names[at]).length;
            const alike = made.every((kinds) => kinds.join() === made[0].join());
            const who = alike ? made[0].join(', ') : names.filter((_, at) => made[at].length > 0)
                .map((name) => (whole(names.indexOf(name)) ? name : `${name} with ${made[names.indexOf(name)].join(', ')}`)).join('; ');
            const all = names.every((_, at) => whole(at));
            return [all ? 0 : 1, all ? call : `${call} (${who})`];
        });
        lines.push(`| ${code} | ${cells.sort((a, b) => a[0] - b[0]).map(([, cell]) => cell).join('<br>')} |`);
    }
    return `${lines.join('\n')}\n`;
}

/// What the table "Errors of the documents" of server/README.md says is answered; "-1196 to -1199" is four.
function documentedCodes() {
    const page = readFileSync(new URL('../../tools/venue/server/README.md', import.meta.url), 'utf8');
    const [, answered] = /^## Errors of the documents\n([^]*?)^What is not:/m.exec(page);
    const lists = [...answered.matchAll(/^\| (-[^|]*) \|/gm)].flatMap(([, list]) => list.split(', '));
    return lists.flatMap((part) => {
        const [first, last = first] = part.trim().split(' to ').map((code) => -Number(code));
        return Array.from({ length: last - first + 1 }, (_, at) => `-${first + at}`);
    });
}
