#!/usr/bin/env node
// Relay A: what a user writes in an afternoon. supabase-js and chrome-remote-interface with the defaults of both.
//
//     relay_a.mjs PORT        (device, backend, key and token in BENCH_DEVICE, BENCH_HUB_PORT, BENCH_KEY, BENCH_TOKEN)
//
// Prints "ready" once it is joined and attached. No reconnect, no deadline, no policy; errors go back as they are.
import CDP from 'chrome-remote-interface';
import { joined } from './backend.mjs';

const browser = await CDP({ target: `ws://127.0.0.1:${process.argv[2]}/devtools/browser/bench`, local: true });
const { sessionId: page } = await browser.send('Target.attachToTarget', {
    targetId: '5AD1E6A7C1F7B0D3E2A49C8866F0A1B2',
    flatten: true,
});

const channel = await joined({ broadcast: { ack: false } }, async ({ id, method, params, sessionId }) => {
    let payload;
    try {
        payload = { id, ok: true, result: await browser.send(method, params ?? {}, sessionId ?? page) };
    } catch (error) {
        payload = { id, ok: false, error: { code: 'cdp_error', message: error.message } };
    }
    await channel.send({ type: 'broadcast', event: 'cdp-result', payload });
});
console.log('ready');
