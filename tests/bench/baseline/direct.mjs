#!/usr/bin/env node
// The same command as the load sends, straight to a browser, one at a time: what is there without a relay.
//
//     direct.mjs WEBSOCKET_URL COUNT
import WebSocket from 'ws';
import { printed } from './times.mjs';

const [url, count] = [process.argv[2], Number(process.argv[3])];
const socket = new WebSocket(url, { perMessageDeflate: false });
await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));

let last = 0;
let answered;
socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.id === last) answered(message.result);
});

function ask(method, params, sessionId) {
    socket.send(JSON.stringify({ id: ++last, method, params, sessionId }));
    return new Promise((resolve) => (answered = resolve));
}

const { targetInfos } = await ask('Target.getTargets', {});
const page = targetInfos.find(({ type }) => type === 'page');
const { sessionId } = await ask('Target.attachToTarget', { targetId: page.targetId, flatten: true });
const times = [];
const begun = performance.now();
for (let i = 0; i < count; ++i) {
    const sent = performance.now();
    await ask('Runtime.evaluate', { expression: '0' }, sessionId);
    times.push(performance.now() - sent);
}
console.log(printed(times, performance.now() - begun));
process.exit(0);
