// The two MCP servers that drive a browser, unchanged, over stdio.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { check } from './check.mjs';
import { within } from './programs.mjs';
import { settings } from './world.mjs';

const CALL_LIMIT_MS = 25_000;
const bin = join(import.meta.dirname, 'node_modules/.bin');

/** A JSON-RPC client of a server that talks in lines. */
class Mcp {
    #waiting = new Map();
    #count = 0;

    constructor(world, name, args) {
        const env = { ...process.env, HOME: world.make('mcp'), CI: 'true' };
        this.child = spawn(process.execPath, [join(bin, name), ...args], { env, cwd: world.scratch, stdio: ['pipe', 'pipe', 'pipe'] });
        this.errors = '';
        this.child.stderr.on('data', (bytes) => (this.errors += bytes));
        createInterface({ input: this.child.stdout }).on('line', (line) => {
            const message = JSON.parse(line);
            this.#waiting.get(message.id)?.(message);
            this.#waiting.delete(message.id);
        });
    }

    #send(message) {
        this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    }

    async ask(method, params) {
        const id = ++this.#count;
        const answer = new Promise((resolve) => this.#waiting.set(id, resolve));
        this.#send({ id, method, params });
        const { result, error } = await within(CALL_LIMIT_MS, answer, () => new Error(`no answer to ${method} ${JSON.stringify(params)}\n${this.errors}`));
        if (error) throw new Error(`${method}: ${JSON.stringify(error)}`);
        return result;
    }

    async begin() {
        await this.ask('initialize', { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'test', version: '1' } });
        this.#send({ method: 'notifications/initialized' });
    }

    /** Calls a tool and returns its text. */
    async call(name, args = {}) {
        const result = await this.ask('tools/call', { name, arguments: args });
        const text = result.content.map((part) => part.text ?? '').join('\n');
        assert.ok(!result.isError, `${name}: ${text}`);
        return text;
    }

    async end() {
        const gone = new Promise((resolve) => this.child.once('exit', resolve));
        this.child.stdin.end();
        const killer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
        await gone;
        clearTimeout(killer);
    }
}

async function withServer(world, name, args, work) {
    const server = new Mcp(world, name, args);
    try {
        await server.begin();
        await work(server);
    } finally {
        await server.end();
    }
}

/** The mark that a snapshot puts on the element that a line of it tells of. */
function markOf(snapshot, line, mark) {
    const found = snapshot.split('\n').find((one) => line.test(one))?.match(mark);
    assert.ok(found, `no ${line} in\n${snapshot}`);
    return found[1];
}

check('@playwright/mcp', { limit: 60_000 }, (world) => withServer(world, 'playwright-mcp', ['--cdp-endpoint', world.ws, '--isolated'], async (server) => {
    await server.call('browser_navigate', { url: world.site.url });
    assert.match(await server.call('browser_tabs', { action: 'list' }), /Start/);
    const snapshot = await server.call('browser_snapshot');
    const ref = markOf(snapshot, /button "pressed 0"/, /\[ref=(\w+)\]/);
    await server.call('browser_click', { element: 'the counting button', ref, target: ref });
    assert.match(await server.call('browser_snapshot'), /button "pressed 1"/);
}));

async function driveDevtoolsMcp(world, server) {
    await server.call('new_page', { url: world.site.url });
    assert.match(await server.call('list_pages'), new RegExp(`${world.site.url}/.*selected`));
    const snapshot = await server.call('take_snapshot');
    await server.call('click', { uid: markOf(snapshot, /button "pressed 0"/, /uid=(\w+)/) });
    assert.match(await server.call('take_snapshot'), /button "pressed 1"/);
    await server.call('navigate_page', { type: 'url', url: `${world.site.url}/next` });
    assert.match(await server.call('take_snapshot'), /heading "Next"/);
}

/** An address without a secret: the server asks at /json/version of its host, whatever path was given. */
async function openAddress(world) {
    if (settings.way === 'direct') return world.http;
    settings.openToLocalUsers = true;
    try {
        return `http://${new URL(await world.anotherBridge()).host}`;
    } finally {
        settings.openToLocalUsers = false;
    }
}

const PLAIN = '--no-page-id-routing'; // tools then work on the page that was chosen last

check('chrome-devtools-mcp', { from: 'quick', limit: 60_000 }, (world) =>
    withServer(world, 'chrome-devtools-mcp', ['--wsEndpoint', world.ws, PLAIN], (server) => driveDevtoolsMcp(world, server)));

check('chrome-devtools-mcp, --browserUrl', { limit: 60_000 }, async (world) => {
    const address = await openAddress(world);
    await withServer(world, 'chrome-devtools-mcp', ['--browserUrl', address, PLAIN], (server) => driveDevtoolsMcp(world, server));
});
