// The table of peers in the venue's README, made of what passed and of nothing else.
//
//   node table.mjs --check|--write ROWS README
//
// ROWS holds a JSON object a line (harness.mjs wrote them): name, version, kind, area, call. The
// table has a row for each client and area; a call that not every key made says which did.
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
const table = `${begin}\n${render(readFileSync(rowsFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line)))}`;
if (mode === '--write') {
    writeFileSync(readme, text.slice(0, from) + table + text.slice(to));
} else if (text.slice(from, to) !== table) {
    console.error(`${readme}: the table of peers is not what passed; run tests/peers/run --write-table`);
    process.exit(1);
}
console.log(`table of peers: ${mode === '--write' ? 'written' : 'as in the README'}`);

function render(rows) {
    const lines = ['| client | area | calls and streams, each asserted on content |', '| --- | --- | --- |'];
    for (const name of new Set(rows.map((row) => row.name))) {
        const mine = rows.filter((row) => row.name === name);
        const kinds = [...new Set(mine.map((row) => row.kind))];
        for (const area of areas) {
            const calls = new Map();
            for (const row of mine.filter((one) => one.area === area)) {
                calls.set(row.call, [...(calls.get(row.call) ?? []), row.kind]);
            }
            if (calls.size > 0) {
                const cells = [...calls].map(([call, by]) => (by.length === kinds.length ? call : `${call} (${by.join(', ')})`));
                lines.push(`| ${name} ${mine[0].version} | ${area} | ${cells.join('; ')} |`);
            }
        }
    }
    const unknown = rows.find((row) => !areas.includes(row.area));
    if (unknown !== undefined) {
        throw new Error(`unknown area ${unknown.area}`);
    }
    return `${lines.join('\n')}\n`;
}
