#!/usr/bin/env node
// A load of clients: each opens one (Agent.open), keeps IN_FLIGHT commands in flight over its numbered stream and takes
// COUNT answers. Prints what bench_load prints.
//
//     clients.mjs CLIENTS IN_FLIGHT COUNT    (device, backend, key and token in BENCH_DEVICE, BENCH_HUB_PORT, …)
import WebSocket from 'ws';
import { topic, key, token, port, tls } from './backend.mjs';
import { printed } from './times.mjs';

const [clients, inFlight, count] = process.argv.slice(2).map(Number);
const page = '5AD1E6A7C1F7B0D3E2A49C8866F0A1B2'; // bench_endpoint's
const ACKNOWLEDGE_EVERY = 16; // broadcasts of the agent

const cloud = new WebSocket(`ws${tls ? 's' : ''}://127.0.0.1:${port}/realtime/v1/websocket?apikey=${key}&vsn=2.0.0`, {
    perMessageDeflate: false,
});
await new Promise((resolve, reject) => cloud.once('open', resolve).once('error', reject));
const opened = new Map(); // id of an Agent.open -> what takes its result
const streams = new Map(); // name of a client -> Stream
const times = [];
let lastCommand = 0;

function command(method, params) {
    const id = `bench-${process.pid}-${++lastCommand}`;
    const payload = { type: 'broadcast', event: 'cdp-command', payload: { id, method, params } };
    cloud.send(JSON.stringify(['1', null, topic, 'broadcast', payload]));
    return id;
}

class Stream {
    constructor(client, done) {
        Object.assign(this, { client, done, sent: 0, answered: 0, posts: 0, heard: 0, due: new Map() });
        this.post(Math.min(inFlight, count));
    }
    post(number) {
        const messages = [];
        for (; number > 0 && this.sent < count; --number) {
            const id = ++this.sent;
            this.due.set(id, performance.now());
            messages.push({ id, method: 'Runtime.evaluate', params: { expression: '0' } });
        }
        command('Agent.post', { client: this.client, seq: ++this.posts, ack: this.heard, messages });
    }
    hear({ seq, items, ended }) {
        if (ended) throw new Error(`a client was ended: ${JSON.stringify(ended)}`);
        if (seq === undefined || seq !== this.heard + 1) return;
        this.heard = seq;
        let answers = 0;
        for (const { id, error } of items ?? []) {
            if (!this.due.has(id)) continue;
            if (error) throw new Error(error.message);
            times.push(performance.now() - this.due.get(id));
            this.due.delete(id);
            ++answers;
        }
        this.answered += answers;
        if (this.answered === count) this.done();
        else if (answers > 0 && this.sent < count) this.post(answers);
        else if (seq % ACKNOWLEDGE_EVERY === 0) command('Agent.post', { client: this.client, ack: this.heard });
    }
}

function take(event, payload) {
    if (event === 'cdp-event') return streams.get(payload.client)?.hear(payload);
    const taken = event === 'cdp-result' ? opened.get(payload.id) : undefined;
    if (taken) taken(payload);
}

// Kind 4 of the protocol's binary frames: the sizes of topic, event and meta, the encoding, those three, the payload.
function binary(data) {
    const eventAt = 5 + data[1];
    const event = data.toString('latin1', eventAt, eventAt + data[2]);
    take(event, JSON.parse(data.subarray(eventAt + data[2] + data[3])));
}

const joined = new Promise((resolve) => {
    cloud.on('message', (data, isBinary) => {
        if (isBinary) return binary(data);
        const [, ref, , event, payload] = JSON.parse(data);
        if (event === 'phx_reply' && ref === '1') resolve();
        else if (event === 'broadcast') take(payload.event, payload.payload);
    });
});
const config = { broadcast: { ack: false, self: false }, presence: { enabled: false }, private: true };
cloud.send(JSON.stringify(['1', '1', topic, 'phx_join', { config, access_token: token }]));
await joined;

/** Opens a client of the page: what it sends goes to a session of its own there. */
async function open() {
    const { ok, result, error } = await new Promise((resolve) => opened.set(command('Agent.open', { target: page }), resolve));
    if (!ok) throw new Error(error.message);
    return result.client;
}

const names = [];
for (let i = 0; i < clients; ++i) names.push(await open());
const begun = performance.now();
await Promise.all(names.map((name) => new Promise((done) => streams.set(name, new Stream(name, done)))));
const took = performance.now() - begun;
streams.clear(); // what says that they ended is no news
for (const client of names) command('Agent.close', { client });
console.log(printed(times, took));
setTimeout(() => process.exit(0), 200);
