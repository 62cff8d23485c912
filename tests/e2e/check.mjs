// One case of a client: bounded, timed, counted on the bus, and written down for run.mjs's table.
import { appendFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { within } from './programs.mjs';
import { openWorld, settings } from './world.mjs';

const LIMIT_MS = 30_000;
const START_LIMIT_MS = 60_000;

const level = process.env.BMC_E2E_LEVEL ?? 'normal'; // quick, normal, full
const levels = { quick: 0, normal: 1, full: 2 };
const client = process.env.BMC_E2E_CLIENT ?? 'client';

let world;
before(async () => {
    world = await openWorld();
}, { timeout: START_LIMIT_MS });
after(async () => {
    await world?.end();
}, { timeout: START_LIMIT_MS });

function note(row) {
    if (process.env.BMC_E2E_RESULTS) {
        appendFileSync(process.env.BMC_E2E_RESULTS, `${JSON.stringify({ client, way: settings.way, ...row })}\n`);
    }
}

/** Runs `work` and writes down what it took: milliseconds and messages on the bus. None may be too many for the backend. */
export async function step(name, work) {
    const before = await world.messages();
    world.recording?.note(`${name}`);
    const begun = performance.now();
    try {
        const value = await work();
        const ms = performance.now() - begun;
        const after = await world.messages();
        const closures = after.closures - before.closures;
        if (closures > 0) throw new Error(`the backend closed ${closures} channels, since there were too many events a second`);
        note({ name, ok: true, ms, messages: after.count - before.count, bytes: after.bytes - before.bytes });
        return value;
    } catch (error) {
        note({ name, ok: false, ms: performance.now() - begun, error: String(error?.stack ?? error) });
        throw error;
    }
}

/**
 * A case. `from`: the least level that has it. `way`: the only way in which it makes sense. `limit`: milliseconds.
 * `body(world)` connects for itself; what it opens is to be closed by it, in the end by the world's end.
 */
export function check(name, { from = 'normal', way, limit = LIMIT_MS }, body) {
    if (levels[from] > levels[level] || (way && way !== settings.way)) return;
    test(name, { timeout: limit + START_LIMIT_MS }, async () => {
        await step(name, () => bounded(limit, body(world)));
    });
}

async function bounded(limit, promise) {
    promise.catch(() => {}); // it may fail long after it was given up
    try {
        return await within(limit, promise, () => new Error(`not done after ${limit / 1000} s`));
    } catch (error) {
        if (world.words) error.stack = `${error.stack}\n${world.words()}`; // what is printed; it has the message
        throw error;
    }
}
