// What TLS between bridge and agent costs: CPU of both for each command, and what crosses the bus, in plain and sealed.
//
//     node tests/e2e/cost.mjs [--build FOLDER] [--commands N]
import { readFileSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
// Debian's Node.js has none of its own.
import { WebSocket } from 'ws';

const { values: given } = parseArgs({ options: { build: { type: 'string' }, commands: { type: 'string', default: '2000' } } });
process.env.BMC_E2E_WAY = 'bridged';
if (given.build) process.env.BMC_E2E_BUILD = given.build;
const { openWorld, settings } = await import('./world.mjs');

const COUNT = Number(given.commands);
const TICK_US = 10_000; // of the times in /proc

/** The process that does the work: the program itself, or the one that the wrappers in front of it became. */
function pidOf(program) {
    const text = readFileSync(`/proc/${program.child.pid}/cmdline`, 'utf8');
    if (text.includes('agent')) return program.child.pid;
    const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return children.find((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1] === String(program.child.pid));
}

function cpuTime(program) {
    const fields = readFileSync(`/proc/${pidOf(program)}/stat`, 'utf8').split(') ').at(-1).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Sends COUNT small commands, `flight` of them at once. */
async function drive(url, flight) {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = () => reject(new Error('no connection to the bridge'));
    });
    let sent = 0, answered = 0;
    const post = () => socket.send(JSON.stringify({ id: ++sent, method: 'Target.getTargetInfo', params: {} }));
    await new Promise((resolve, reject) => {
        socket.onclose = ({ reason }) => reject(new Error(reason));
        socket.onmessage = ({ data }) => {
            if (!JSON.parse(data).id) return;
            if (++answered === COUNT) return resolve();
            if (sent < COUNT) post();
        };
        for (let i = 0; i < flight; ++i) post();
    });
    socket.onclose = null;
    socket.close();
}

async function measure(sealed, flight) {
    settings.sealed = sealed;
    const world = await openWorld();
    try {
        await drive(world.ws, 1); // warm
        const [before, agent, bridge, begun] = [await world.messages(), cpuTime(world.agent), cpuTime(world.bridge), performance.now()];
        await drive(world.ws, flight);
        const [after, took] = [await world.messages(), performance.now() - begun];
        const each = (number, digits = 1) => (number / COUNT).toFixed(digits).padStart(10);
        console.log((sealed ? 'sealed' : 'plain').padEnd(8) + String(flight).padStart(10) + each(cpuTime(world.agent) - agent, 0) +
            each(cpuTime(world.bridge) - bridge, 0) + each(after.count - before.count, 2) + each(after.bytes - before.bytes, 0) + each(1000 * took, 0));
    } finally {
        await world.end();
    }
}

console.log(['', 'in flight', 'agent µs', 'bridge µs', 'messages', 'bytes', 'took µs'].map((word, i) => (i ? word.padStart(10) : word.padEnd(8))).join(''));
for (const flight of [1, 16]) for (const sealed of [false, true]) await measure(sealed, flight);
process.exit(0);
