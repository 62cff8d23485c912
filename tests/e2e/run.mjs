// Runs every client in both ways and prints a table. Started by `run`, which builds and installs what this needs, and by
// ctest. See --help.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CLIENTS, runFile } from './clients.mjs';

const HELP = `Usage: run [--direct | --bridged] [--quick | --full] [--only REGEX] [--case REGEX]
           [--limits none|default|500|256k] [--sealed] [--round-trip MS] [--times N] [--picture FILE] [--pictures FOLDER] [--record FILE]

Drives a browser with the clients that people use, as they are published, once at its own endpoint (direct) and once
through hub, agent and agent --bridge (bridged). Prints a line for each case, with the time of both ways and what
crossed the bus, and the sum of all cases. 'ideal' is the fewest messages that can carry the same: how often the
direction changed in the direct way. With --rounds N: the clients through the bridge N times each; see --rounds --help.

  --direct, --bridged  one of the two ways alone
  --quick, --full      a selection in a minute; all, the slow ones too
  --only REGEX         the clients whose name fits
  --case REGEX         of them the cases whose name fits
  --limits WHICH       what the hub allows: no limit of events (none), 100 a second (default), 500 a second, payloads of 256 kB
  --sealed             bridge and agent speak TLS inside of the channel, and the agent takes nothing else
  --round-trip MS      how long a message and its answer are on the way between client and browser
  --times N            each N times; the median is printed
  --picture FILE       where the picture of the DevTools front end goes
  --pictures FOLDER    where the pictures of the bridge's page go
  --record FILE        a line for each message on the bus goes there, with what it holds; not with a limit of events

Exit status: 0 everything passed, 1 something did not.`;

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;

function options() {
    const { values } = parseArgs({
        options: {
            help: { type: 'boolean', short: 'h' }, direct: { type: 'boolean' }, bridged: { type: 'boolean' },
            quick: { type: 'boolean' }, full: { type: 'boolean' }, only: { type: 'string', default: '' }, case: { type: 'string', default: '' },
            limits: { type: 'string', default: 'none' }, sealed: { type: 'boolean' }, 'round-trip': { type: 'string', default: '0' },
            times: { type: 'string', default: '1' }, picture: { type: 'string' }, pictures: { type: 'string' }, record: { type: 'string' },
            build: { type: 'string' },
        },
    });
    if (!['none', 'default', '500', '256k'].includes(values.limits)) throw new Error('--limits is none, default, 500 or 256k');
    if (values.record && values.limits !== 'none') throw new Error('--record is for --limits none: it counts as one more listener');
    for (const name of ['round-trip', 'times']) if (!/^\d+$/.test(values[name])) throw new Error(`--${name} wants a number`);
    return values;
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** All runs of one case in one way, in a word. */
function sum(rows) {
    if (rows.length === 0) return { word: '' };
    const failed = rows.filter((row) => !row.ok).length;
    const ms = median(rows.map((row) => row.ms));
    if (failed > 0) return { word: rows.length === 1 ? 'FAIL' : `FAIL ${failed}/${rows.length}` };
    return { ms, word: ms.toFixed(0), messages: median(rows.map((row) => row.messages)), bytes: median(rows.map((row) => row.bytes)) };
}

function printTable(rows) {
    const line = (...cells) => console.log(`${cells[0].padEnd(62)}${cells.slice(1).map((cell) => String(cell).padStart(10)).join('')}`.trimEnd());
    const both = []; // milliseconds of a case
    line('client: case', 'direct ms', 'bridged ms', 'ratio', 'ideal', 'messages', 'kB');
    for (const key of new Set(rows.map((row) => `${row.client}: ${row.name}`))) {
        const mine = rows.filter((row) => `${row.client}: ${row.name}` === key);
        const [direct, bridged] = ['direct', 'bridged'].map((way) => sum(mine.filter((row) => row.way === way)));
        const ratio = direct.ms && bridged.ms ? (bridged.ms / direct.ms).toFixed(1) : '';
        line(key, direct.word, bridged.word, ratio, direct.messages ?? '', bridged.messages ?? '', bridged.bytes ? (bridged.bytes / 1000).toFixed(0) : '');
        if (ratio) both.push([direct.ms, bridged.ms]);
    }
    if (both.length === 0) return;
    const [direct, bridged] = [0, 1].map((way) => both.reduce((all, pair) => all + pair[way], 0));
    line('all that passed in both ways', direct.toFixed(0), bridged.toFixed(0), (bridged / direct).toFixed(2));
}

function printFailures(failures) {
    for (const row of failures) console.log(`\n${row.client}, ${row.way}, ${row.name}:\n${row.error}`);
}

async function main() {
    const given = options();
    if (given.help) return console.log(HELP) ?? 0;
    if (!existsSync(join(here, 'node_modules'))) throw new Error('tests/e2e/node_modules is missing: npm ci --ignore-scripts --prefix tests/e2e');
    const folder = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'bmc-e2e-run-'));
    const results = join(folder, 'results');
    const ways = ['direct', 'bridged'].filter((way) => given[way] || !(given.direct || given.bridged));
    given.compared = ways.length > 1;
    const chosen = CLIENTS.filter((one) => (!given.quick || one.quick) && new RegExp(given.only).test(one.client));
    let well = chosen.length > 0;
    try {
        for (let time = 0; time < Number(given.times); ++time) {
            for (const client of chosen) {
                for (const way of ways.filter((one) => client.ways?.includes(one) ?? true)) {
                    const { ok, said } = await runFile(client, way, given, results);
                    if (!ok) console.log(`${client.client}, ${way}:\n${said}`);
                    well = ok && well;
                }
            }
        }
        const rows = existsSync(results) ? readFileSync(results, 'utf8').trim().split('\n').map((line) => JSON.parse(line)) : [];
        printTable(rows);
        const failures = rows.filter((row) => !row.ok);
        printFailures(failures);
        console.log(`\n${rows.length - failures.length} passed, ${failures.length} failed`);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
    return well ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
main().then(
    (status) => process.exit(status),
    (error) => {
        console.error(`run: stopped: ${error.message}`);
        process.exit(1);
    },
);
