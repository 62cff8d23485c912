// Every client through the bridge, many times, several at once: does it pass each time? Started by `run --rounds`. See --help.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CLIENTS, runFile } from './clients.mjs';

const HELP = `Usage: run --rounds N [--limits LIST] [--only REGEX] [--jobs N] [--full | --quick] [--sealed] [--results FILE]

Runs every client through the bridge N times with each of the limits, and prints how many of the N runs passed.

  --limits LIST        what the hub allows, with commas between: default,500,256k (this is the default), none
  --only REGEX         the clients whose name fits
  --jobs N             how many clients run at the same time, each with a hub, an agent and browsers of its own (default 1);
                       a run mostly waits for the pace of the bus
  --full, --quick      the slow cases too; a selection
  --sealed             bridge and agent speak TLS inside of the channel
  --results FILE       adds a line of JSON for each run of a client to FILE, as soon as it has ended; the user that runs the
                       clients must be able to write to it

Exit status: 0 everything passed, 1 something did not.`;

function options() {
    const text = (value) => ({ type: 'string', default: value });
    const { values } = parseArgs({
        options: {
            help: { type: 'boolean', short: 'h' }, rounds: text('10'), limits: text('default,500,256k'), only: text(''), jobs: text('1'),
            full: { type: 'boolean' }, quick: { type: 'boolean' }, sealed: { type: 'boolean' }, results: { type: 'string' }, build: { type: 'string' },
        },
    });
    for (const name of ['rounds', 'jobs']) if (!/^[1-9]\d*$/.test(values[name])) throw new Error(`--${name} wants a number`);
    const limits = values.limits.split(',');
    if (limits.some((one) => !['none', 'default', '500', '256k'].includes(one))) throw new Error('--limits has none, default, 500 or 256k');
    return { ...values, limits, rounds: Number(values.rounds), jobs: Number(values.jobs), 'round-trip': '0' };
}

/** All runs in their order: a round of everything, then the next. */
function runsOf({ rounds, limits, only, quick }) {
    const chosen = CLIENTS.filter((one) => (!quick || one.quick) && new RegExp(only).test(one.client));
    const numbers = Array.from({ length: rounds }, (_, index) => index + 1);
    return numbers.flatMap((round) => limits.flatMap((limit) => chosen.map((client) => ({ round, limit, client }))));
}

/** The cases of one run, from what it wrote down; the steps of a case are not counted. */
function casesIn(file) {
    if (!existsSync(file)) return [];
    const rows = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    return rows.filter((row) => !row.name.startsWith(' ') || !row.ok);
}

/** Microseconds since the start of the machine in which some process waited for a processor; NaN where the kernel does not say. */
function waitedForProcessor() {
    try {
        return Number(readFileSync('/proc/pressure/cpu', 'utf8').match(/^some .*total=(\d+)/m)[1]);
    } catch {
        return NaN;
    }
}

async function carryOut({ round, limit, client }, given, folder) {
    const file = join(folder, `${round} ${limit} ${client.client}`);
    const [begun, waited] = [performance.now(), waitedForProcessor()];
    const { ok, said } = await runFile(client, 'bridged', { ...given, limits: limit }, file);
    const cases = casesIn(file);
    const failed = cases.filter((row) => !row.ok);
    const ms = performance.now() - begun;
    const crowded = Math.round((waitedForProcessor() - waited) / ms / 10); // per cent
    const row = { at: new Date().toISOString(), round, limits: limit, client: client.client, ok, cases: cases.length,
        failed: failed.map(({ name, error }) => ({ name, error })), seconds: Math.round(ms / 1000), crowded };
    if (given.results) appendFileSync(given.results, `${JSON.stringify(row)}\n`);
    const machine = Number.isNaN(crowded) ? '' : `, ${crowded} % of them with a process that waited for a processor`;
    console.log(`round ${round}, ${limit}, ${row.client}: ${ok ? 'passed' : 'FAILED'}, ${row.cases} cases in ${row.seconds} s${machine}`);
    if (!ok) console.log(said);
    return row;
}

/** A line for each client: in how many rounds it passed, for each of the limits. */
function printTable(rows, { limits, rounds }) {
    console.log(`\n${'passed of rounds'.padEnd(26)}${limits.map((one) => one.padStart(10)).join('')}`);
    for (const name of new Set(rows.map((row) => row.client))) {
        const passed = limits.map((limit) => rows.filter((row) => row.ok && row.client === name && row.limits === limit).length);
        console.log(`${name.padEnd(26)}${passed.map((count) => `${count}/${rounds}`.padStart(10)).join('')}`);
    }
    const failed = rows.reduce((sum, row) => sum + row.failed.length, 0);
    console.log(`\n${rows.reduce((sum, row) => sum + row.cases, 0)} cases, ${failed} failed; ${rows.filter((row) => !row.ok).length} runs failed`);
}

async function main() {
    const given = options();
    if (given.help) return console.log(HELP) ?? 0;
    const folder = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'bmc-e2e-rounds-'));
    const waiting = runsOf(given);
    const rows = [];
    const worker = async () => {
        while (waiting.length > 0) rows.push(await carryOut(waiting.shift(), given, folder));
    };
    try {
        await Promise.all(Array.from({ length: given.jobs }, worker));
        printTable(rows, given);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
    return rows.length > 0 && rows.every((row) => row.ok) ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
main().then(
    (status) => process.exit(status),
    (error) => {
        console.error(`rounds: stopped: ${error.message}`);
        process.exit(1);
    },
);
