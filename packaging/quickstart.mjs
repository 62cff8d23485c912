// The main job, once around: hub and agent on this machine, a far command that drives a real Chromium, a picture of it;
// then the same by an unchanged Playwright script through the bridge, and a look at the bridge's page.
// Started by packaging/quickstart, which builds what this runs and makes sure that nothing is left running.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { joinDevice } from '../tests/controller/device_channel.mjs';

const DEVICE = '6f1c2a54-0d3b-4b7e-9a1f-2c5d8e7f9a01';
const OTHER_DEVICE = '6f1c2a54-0d3b-4b7e-9a1f-2c5d8e7f9a11'; // has no agent: a machine that is switched off
const USER = 'aaaaaaaa-1111-4222-8333-444444444444';
const TOKEN_LIFE_S = '604800'; // the agent refuses to keep a token that dies within the day
const START_LIMIT_MS = 30_000;

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Quick start</title>
<style>
  body { font: 20px system-ui, sans-serif; margin: 0; display: grid; place-items: center; min-height: 100vh; background: #f4f6f8 }
  main { background: #fff; padding: 48px 64px; border-radius: 12px; box-shadow: 0 2px 16px #0002; text-align: center }
  button { font: inherit; padding: 12px 32px; border: 0; border-radius: 8px; background: #2456d6; color: #fff }
  .done { color: #18794e; font-weight: 600 }
</style>
<main><h1>bmc-agent</h1><p id="text">Nobody has pressed the button yet.</p><button id="button">Press me</button></main>
<script>
  let presses = 0;
  document.getElementById('button').addEventListener('click', (event) => {
    const text = document.getElementById('text');
    text.className = 'done';
    text.textContent = 'Pressed ' + (++presses) + (presses > 1 ? ' times' : ' time') + ', by a ' + (event.isTrusted ? 'real' : 'made-up') + ' mouse event.';
  });
</script></html>`;

function say(text) {
    console.log(`quickstart: ${text}`);
}

/** Starts a program; its output goes to `log`. Resolves with the first match of `ready` in a line it prints. */
class Program {
    constructor(name, command, args, { env = {}, input } = {}) {
        this.name = name;
        this.log = [];
        this.child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
        this.child.stdin.on('error', () => {}); // it may end without reading: its exit says why
        this.child.stdin.end(input ?? '');
        this.exited = new Promise((resolve) => this.child.once('close', (code, signal) => resolve(code ?? signal)));
        this.listeners = new Set();
        for (const stream of [this.child.stdout, this.child.stderr]) {
            createInterface({ input: stream }).on('line', (line) => {
                this.log.push(line);
                for (const listener of this.listeners) listener(line);
            });
        }
    }

    async line(pattern) {
        let timer;
        const late = new Promise((_, reject) => {
            timer = setTimeout(() => reject(this.failure(`did not say ${pattern} in time`)), START_LIMIT_MS);
        });
        const gone = this.exited.then((code) => {
            throw this.failure(`ended with status ${code}`);
        });
        gone.catch(() => {});
        const found = new Promise((resolve) => {
            const look = (line) => {
                const match = line.match(pattern);
                if (match) resolve(match);
            };
            this.log.forEach(look);
            this.listeners.add(look);
        });
        try {
            return await Promise.race([found, late, gone]);
        } finally {
            clearTimeout(timer);
        }
    }

    failure(what) {
        return new Error(`${this.name} ${what}${this.log.map((line) => `\n    ${line}`).slice(-15).join('')}`);
    }

    async end() {
        this.child.kill('SIGTERM');
        return this.exited;
    }
}

async function servePage() {
    const server = createServer((request, response) => {
        response.writeHead(request.url === '/' ? 200 : 404, { 'content-type': 'text/html' });
        response.end(request.url === '/' ? PAGE : '');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** Prints each command with the time from handing it to supabase-js until its result was here. */
function teller(device) {
    return async (method, params, remark) => {
        const begun = performance.now();
        const result = await device.result(method, params);
        const ms = (performance.now() - begun).toFixed(1);
        const told = remark?.(result) ?? '';
        console.log(`  ${ms.padStart(8)} ms  ${method.padEnd(26)} ${told}`);
        return result;
    };
}

async function drive(device, url, picture) {
    const tell = teller(device);
    const evaluate = (expression, remark) =>
        tell('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true }, (r) => remark(r.result.value));
    await tell('Browser.getVersion', undefined, (r) => r.product);
    await tell('Page.navigate', { url }, () => url);
    await evaluate(
        `new Promise(done => document.readyState === 'complete' ? done(document.title) : addEventListener('load', () => done(document.title)))`,
        (title) => `loaded "${title}"`,
    );
    const where = await evaluate(
        `(() => { const b = document.getElementById('button').getBoundingClientRect();
                  return { x: b.x + b.width / 2, y: b.y + b.height / 2 } })()`,
        ({ x, y }) => `the button is at ${Math.round(x)}, ${Math.round(y)}`,
    );
    const { x, y } = where.result.value;
    await tell('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y }, () => 'moved');
    const press = { x, y, button: 'left', clickCount: 1 };
    await tell('Input.dispatchMouseEvent', { ...press, type: 'mousePressed', buttons: 1 }, () => 'pressed');
    await tell('Input.dispatchMouseEvent', { ...press, type: 'mouseReleased', buttons: 0 }, () => 'released');
    const text = await evaluate(`document.getElementById('text').textContent`, (value) => `"${value}"`);
    const expected = 'Pressed 1 time, by a real mouse event.';
    if (text.result.value !== expected) throw new Error(`the page says "${text.result.value}", not "${expected}"`);
    const shot = await tell('Page.captureScreenshot', { format: 'png' }, (r) => `${Math.round((r.data.length * 3) / 4096)} KiB of PNG`);
    writeFileSync(picture, Buffer.from(shot.data, 'base64'));
}

/** The hub's line of JSON when it listens: {url, anon_key, …}. */
async function startHub(path, running) {
    const hub = new Program('the hub', path, ['--port', '0']);
    running.push(hub);
    const [line] = await hub.line(/^\{.*\}$/);
    return JSON.parse(line);
}

async function mint(hubPath, kind, subject) {
    const program = new Program('hub --mint', hubPath, ['--mint', kind, subject, '--ttl', '172800']);
    const [token] = await program.line(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    await program.exited;
    return token;
}

/** What a person does once in the dashboard: the device's row, which makes that person its owner. */
async function registerDevice(hub, userToken, uuid, name) {
    const response = await fetch(`${hub.url}/rest/v1/devices`, {
        method: 'POST',
        headers: { apikey: hub.anon_key, authorization: `Bearer ${userToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ uuid, name, os: process.platform }),
    });
    if (!response.ok) throw new Error(`the hub refused the device's row: ${response.status} ${await response.text()}`);
}

async function startAgent(agentPath, hub, deviceToken, running) {
    // One agent need not wait for others before it shows itself.
    const env = { BMC_AGENT_API_URL: hub.url, BMC_AGENT_API_KEY: hub.anon_key, BMC_AGENT_REALTIME_OPTIONAL_SPREAD: '200ms' };
    const pair = new Program('agent --pair', agentPath, ['--user', '--pair', '--token-stdin', '--device', DEVICE], { env, input: `${deviceToken}\n` });
    running.push(pair);
    const status = await pair.exited;
    if (status !== 0) throw pair.failure(`ended with status ${status}`);
    say(`paired: the agent holds a token for device ${DEVICE}`);
    const agent = new Program('the agent', agentPath, ['--user'], { env });
    running.push(agent);
    await agent.line(/joined/);
    say('the agent is joined to its channel; commands go out with the real supabase-js');
    return agent;
}

/** On a controller's machine: an account's token, and a folder without the device's credential. */
async function playThroughBridge(agentPath, hub, userToken, url, picture, running) {
    const home = mkdtempSync(join(tmpdir(), 'bmc-controller-'));
    const env = { HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, BMC_AGENT_API_URL: hub.url, BMC_AGENT_API_KEY: hub.anon_key };
    const script = fileURLToPath(new URL('../tests/controller/playwright.mjs', import.meta.url));
    const exec = ['--exec', process.execPath, script, url, picture];
    try {
        const begun = performance.now();
        const bridge = new Program('agent --bridge', agentPath,
            ['--user', '--bridge', DEVICE, '--listen', '127.0.0.1:0', '--token-stdin', ...exec], { env, input: `${userToken}\n` });
        running.push(bridge);
        const [said] = await bridge.line(/^Playwright pressed .*/);
        const status = await bridge.exited;
        if (status !== 0) throw bridge.failure(`ended with status ${status}`);
        say(`${said}, through agent --bridge, in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    } finally {
        rmSync(home, { recursive: true, force: true });
    }
}

/** A person looks at all devices on the bridge's page, in a browser of this machine. */
async function lookAtThePage(agentPath, hub, userToken, picture, running) {
    const home = mkdtempSync(join(tmpdir(), 'bmc-viewer-'));
    const env = { HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, BMC_AGENT_API_URL: hub.url, BMC_AGENT_API_KEY: hub.anon_key };
    const script = fileURLToPath(new URL('../tests/controller/look.mjs', import.meta.url));
    try {
        const bridge = new Program('agent --bridge', agentPath,
            ['--user', '--bridge', '--listen', '127.0.0.1:0', '--token-stdin'], { env, input: `${userToken}\n` });
        running.push(bridge);
        const [, address] = await bridge.line(/this page: (http:\S+)/);
        const look = new Program('the look at the page', process.execPath, [script, address, 'quick start', picture], { env });
        running.push(look);
        const status = await look.exited;
        if (status !== 0) throw look.failure(`ended with status ${status}`);
        await bridge.end();
        say('a person saw the far browser on the page of agent --bridge, and clicked into it');
    } finally {
        rmSync(home, { recursive: true, force: true });
    }
}

async function main([agentPath, hubPath, picture, bridgePicture, pagePicture]) {
    const running = [];
    const page = await servePage();
    let device;
    try {
        const hub = await startHub(hubPath, running);
        say(`hub (the stand-in of the backend) at ${hub.url}, page to be driven at ${page.url}`);
        const userToken = await mint(hubPath, 'user', USER);
        await registerDevice(hub, userToken, DEVICE, 'quick start');
        await registerDevice(hub, userToken, OTHER_DEVICE, 'build machine');
        await startAgent(agentPath, hub, await mint(hubPath, 'device', DEVICE), running);
        device = await joinDevice({ url: hub.url, key: hub.anon_key, token: userToken, device: DEVICE });
        await drive(device, page.url, picture);
        await playThroughBridge(agentPath, hub, userToken, page.url, bridgePicture, running);
        await lookAtThePage(agentPath, hub, userToken, pagePicture, running);
    } finally {
        await device?.close();
        page.close();
        for (const program of running.reverse()) await program.end();
    }
}

main(process.argv.slice(2)).then(
    () => process.exit(0),
    (error) => {
        console.error(`quickstart: stopped: ${error.message}`);
        process.exit(1);
    },
);
