#!/usr/bin/env node
// Relay B: the same by somebody who tuned it. Every result is acknowledged by the backend and sent again if it is not;
// the browser is spoken to over a bare `ws` without compression, answers are matched by hand.
//
//     relay_b.mjs PORT        (device, backend, key and token in BENCH_DEVICE, BENCH_HUB_PORT, BENCH_KEY, BENCH_TOKEN)
import WebSocket from 'ws';
import { topic, key, token, port, tls } from './backend.mjs';

const RESEND_MS = 5000;
const options = { perMessageDeflate: false, skipUTF8Validation: true };

function opened(url) {
    return new Promise((resolve, reject) => {
        const socket = new WebSocket(url, options);
        socket.once('open', () => resolve(socket));
        socket.once('error', reject);
    });
}

const browser = await opened(`ws://127.0.0.1:${process.argv[2]}/devtools/browser/bench`);
const cloud = await opened(`ws${tls ? 's' : ''}://127.0.0.1:${port}/realtime/v1/websocket?apikey=${key}&vsn=2.0.0`);

const asked = new Map(); // id towards the browser -> id of the command
const unacknowledged = new Map(); // ref -> frame
let lastId = 0;
let lastRef = 1;

function send(payload) {
    const ref = String(++lastRef);
    const frame = `["1","${ref}","${topic}","broadcast",{"type":"broadcast","event":"cdp-result","payload":${payload}}]`;
    unacknowledged.set(ref, { frame, timer: setTimeout(() => cloud.send(frame), RESEND_MS) });
    cloud.send(frame);
}

function acknowledged(ref) {
    clearTimeout(unacknowledged.get(ref)?.timer);
    unacknowledged.delete(ref);
}

function forward({ id, method, params, sessionId }) {
    asked.set(++lastId, id);
    browser.send(JSON.stringify({ id: lastId, method, params: params ?? {}, sessionId: sessionId ?? page }));
}

// Kind 4 of the protocol's binary frames: the sizes of topic, event and meta, the encoding, those three, the payload.
function binary(data) {
    const eventAt = 5 + data[1];
    if (data.toString('latin1', eventAt, eventAt + data[2]) !== 'cdp-command') return;
    forward(JSON.parse(data.subarray(eventAt + data[2] + data[3])));
}

function text(data, ready) {
    const [, ref, , event, payload] = JSON.parse(data);
    if (event === 'phx_reply' && ref === '1') ready();
    else if (event === 'phx_reply') acknowledged(ref);
    else if (event === 'broadcast' && payload.event === 'cdp-command') forward(payload.payload);
}

browser.on('message', (data) => {
    const { id, result, error } = JSON.parse(data);
    if (id === undefined) return; // an event
    const command = asked.get(id);
    asked.delete(id);
    if (typeof command === 'function') command(result);
    else send(JSON.stringify(error ? { id: command, ok: false, error } : { id: command, ok: true, result }));
});

const { sessionId: page } = await new Promise((resolve) => {
    asked.set(0, resolve);
    const params = { targetId: '5AD1E6A7C1F7B0D3E2A49C8866F0A1B2', flatten: true };
    browser.send(JSON.stringify({ id: 0, method: 'Target.attachToTarget', params }));
});
await new Promise((ready) => {
    cloud.on('message', (data, isBinary) => (isBinary ? binary(data) : text(data, ready)));
    const join = {
        config: { broadcast: { ack: true, self: false }, presence: { enabled: false }, private: true },
        access_token: token,
    };
    cloud.send(JSON.stringify(['1', '1', topic, 'phx_join', join]));
});
setInterval(() => cloud.send(JSON.stringify([null, String(++lastRef), 'phoenix', 'heartbeat', {}])), 25_000);
console.log('ready');
