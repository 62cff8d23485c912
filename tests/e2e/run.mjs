// Runs every client in both ways and prints a table. Started by `run`, which builds and installs what this needs, and by
// ctest. See --help.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `Usage: run [--direct | --bridged] [--quick | --full] [--only REGEX] [--limits none|default|500|256k]
           [--round-trip MS] [--times N] [--picture FILE] [--record FILE]

Drives a browser with the clients that people use, as they are published, once at its own endpoint (direct) and once
through hub, agent and agent --bridge (bridged). Prints a line for each case, with the time of both ways and what
crossed the bus. 'ideal' is the fewest messages that can carry the same: how often the direction changed in the direct way.

  --direct, --bridged  one of the two ways alone
  --quick, --full      a selection in a minute; all, the slow ones too
  --only REGEX         the clients whose name fits
  --limits WHICH       what the hub allows: no limit of events (none), 100 a second (default), 500 a second, payloads of 256 kB
  --round-trip MS      how long a message and its answer are on the way between client and browser
  --times N            each N times; the median is printed
  --picture FILE       where the picture of the DevTools front end goes
  --record FILE        a line for each message on the bus goes there, with what it holds; not with a limit of events

Exit status: 0 everything passed, 1 something did not.`;

const CLIENTS = [
    { client: 'playwright', file: 'playwright.test.mjs', library: 'playwright-core', quick: true },
    { client: 'playwright 1.49', file: 'playwright.test.mjs', library: 'playwright-core-older' },
    { client: 'puppeteer', file: 'puppeteer.test.mjs', library: 'puppeteer-core', quick: true },
    { client: 'puppeteer 23', file: 'puppeteer.test.mjs', library: 'puppeteer-core-older' },
    { client: 'chrome-remote-interface', file: 'remote_interface.test.mjs', quick: true },
    { client: 'selenium', file: 'selenium.test.mjs' },
    { client: 'mcp', file: 'mcp.test.mjs', quick: true },
    { client: 'devtools', file: 'devtools.test.mjs' },
];
const FILE_LIMIT_MS = 15 * 60_000;

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;

function options() {
    const { values } = parseArgs({
        options: {
            help: { type: 'boolean', short: 'h' }, direct: { type: 'boolean' }, bridged: { type: 'boolean' },
            quick: { type: 'boolean' }, full: { type: 'boolean' }, only: { type: 'string', default: '' },
            limits: { type: 'string', default: 'none' }, 'round-trip': { type: 'string', default: '0' },
            times: { type: 'string', default: '1' }, picture: { type: 'string' }, record: { type: 'string' }, build: { type: 'string' },
        },
    });
    if (!['none', 'default', '500', '256k'].includes(values.limits)) throw new Error('--limits is none, default, 500 or 256k');
    if (values.record && values.limits !== 'none') throw new Error('--record is for --limits none: it counts as one more listener');
    for (const name of ['round-trip', 'times']) if (!/^\d+$/.test(values[name])) throw new Error(`--${name} wants a number`);
    return values;
}

/** The clients want a newer Node than Debian has: npm brings one. */
function nodePath() {
    const path = join(here, `node_modules/node-linux-${process.arch}/bin/node`);
    return existsSync(path) ? path : process.execPath;
}

/** One client in one way, in a process of its own. Resolves with whether all passed. */
function runFile({ client, file, library }, way, given, results) {
    const env = {
        ...process.env,
        NODE_NO_WARNINGS: '1',
        BMC_E2E_CLIENT: client,
        BMC_E2E_WAY: way,
        BMC_E2E_LEVEL: given.quick ? 'quick' : given.full ? 'full' : 'normal',
        BMC_E2E_LIMITS: given.limits,
        BMC_E2E_ROUND_TRIP: given['round-trip'],
        BMC_E2E_RESULTS: results,
        ...(library && { BMC_E2E_LIBRARY: library }),
        ...(given.build && { BMC_E2E_BUILD: given.build }),
        ...(given.picture && { BMC_E2E_PICTURE: given.picture }),
        ...(given.record && { BMC_E2E_RECORDING: given.record }),
    };
    const child = spawn(nodePath(), ['--test', '--test-force-exit', '--test-reporter=spec', join(here, file)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (bytes) => (said += bytes));
    const end = () => child.kill('SIGTERM');
    const timer = setTimeout(end, FILE_LIMIT_MS);
    process.once('exit', end);
    return new Promise((resolve) => {
        child.once('close', (status) => {
            clearTimeout(timer);
            process.off('exit', end);
            if (status !== 0) console.log(`${client}, ${way}:\n${said}`);
            resolve(status === 0);
        });
    });
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
    line('client: case', 'direct ms', 'bridged ms', 'ratio', 'ideal', 'messages', 'kB');
    for (const key of new Set(rows.map((row) => `${row.client}: ${row.name}`))) {
        const mine = rows.filter((row) => `${row.client}: ${row.name}` === key);
        const [direct, bridged] = ['direct', 'bridged'].map((way) => sum(mine.filter((row) => row.way === way)));
        const ratio = direct.ms && bridged.ms ? (bridged.ms / direct.ms).toFixed(1) : '';
        line(key, direct.word, bridged.word, ratio, direct.messages ?? '', bridged.messages ?? '', bridged.bytes ? (bridged.bytes / 1000).toFixed(0) : '');
    }
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
    const chosen = CLIENTS.filter((one) => (!given.quick || one.quick) && new RegExp(given.only).test(one.client));
    let well = chosen.length > 0;
    try {
        for (let time = 0; time < Number(given.times); ++time) {
            for (const client of chosen) {
                for (const way of ways) well = (await runFile(client, way, given, results)) && well;
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
