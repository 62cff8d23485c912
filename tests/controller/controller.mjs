#!/usr/bin/env node
// Drives a device over its channel from standard input: one JSON command a line in, one JSON result a line out.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { ChannelError, joinDevice } from './device_channel.mjs';

const HELP = `Usage: controller.mjs --url URL --device UUID [options] < commands

Each line of standard input is a command: {"method": "Page.navigate", "params": {…}, "sessionId": "…"},
or an event of the device channel: {"event": "unpair", "payload": {}}. "$N" as sessionId stands for the
sessionId in the result of line N (from 1). Each result is printed as {"line", "method", "ok", "result" or
"error", "ms"}, in the order in which they come.

  --url URL            the backend, for instance https://api.busymate.net
  --device UUID        the device whose channel is joined
  --token-file FILE    file with the user's access token (else the variable BMC_TOKEN)
  --key-file FILE      file with the public API key (else the variable BMC_KEY; else the token serves as key)
  --in-flight N        commands that may wait for their results at once (1: one after another)
  --timeout SECONDS    how long a result is waited for (60)
  --help               this text

Exit status: 0 all results arrived, whatever they say; 1 something went wrong; 64 wrong arguments.`;

function options() {
    try {
        const { values } = parseArgs({
            options: {
                url: { type: 'string' },
                device: { type: 'string' },
                'token-file': { type: 'string' },
                'key-file': { type: 'string' },
                'in-flight': { type: 'string', default: '1' },
                timeout: { type: 'string', default: '60' },
                help: { type: 'boolean', default: false },
            },
        });
        if (values.help) {
            console.log(HELP);
            process.exit(0);
        }
        const token = secret(values['token-file'], 'BMC_TOKEN');
        const inFlight = Number(values['in-flight']);
        const timeoutMs = Number(values.timeout) * 1000;
        if (!values.url || !values.device || !token) throw new Error('--url, --device and a token are needed');
        if (!Number.isInteger(inFlight) || inFlight < 1) throw new Error('--in-flight wants a whole number from 1 on');
        if (!(timeoutMs > 0)) throw new Error('--timeout wants a number of seconds');
        return {
            url: values.url,
            device: values.device,
            token,
            key: secret(values['key-file'], 'BMC_KEY') || token,
            inFlight,
            timeoutMs,
        };
    } catch (error) {
        console.error(`controller: ${error.message}; see --help`);
        process.exit(64);
    }
}

function secret(file, variable) {
    return (file ? readFileSync(file, 'utf8') : process.env[variable] ?? '').trim();
}

async function run({ inFlight, timeoutMs, ...target }) {
    const device = await joinDevice(target);
    const waiting = new Set();
    const sessions = new Map(); // line number -> sessionId of its result
    let line = 0;
    const one = async (number, { method, params, sessionId, event, payload }) => {
        if (event) {
            await device.broadcast(event, payload);
            console.log(JSON.stringify({ line: number, event, ok: true }));
            return;
        }
        const session = /^\$\d+$/.test(sessionId ?? '') ? sessions.get(Number(sessionId.slice(1))) : sessionId;
        const { ok, result, error, ms } = await device.command(method, params, { sessionId: session, timeoutMs });
        if (result?.sessionId) sessions.set(number, result.sessionId);
        console.log(JSON.stringify({ line: number, method, ok, result, error, ms: Math.round(ms * 1000) / 1000 }));
    };
    let failure;
    for await (const text of createInterface({ input: process.stdin })) {
        if (!text.trim()) continue;
        line += 1;
        const task = one(line, JSON.parse(text)).catch((error) => {
            failure ??= error;
        });
        waiting.add(task);
        task.finally(() => waiting.delete(task));
        if (waiting.size >= inFlight) await Promise.race(waiting);
        if (failure) break;
    }
    await Promise.all(waiting);
    await device.close();
    if (failure) throw failure;
}

run(options()).then(
    () => process.exit(0),
    (error) => {
        const known = error instanceof ChannelError || error instanceof SyntaxError;
        console.error(`controller: ${known ? error.message : error.stack}`);
        process.exit(1);
    },
);
