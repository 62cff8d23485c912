// What a client of the DevTools protocol is pointed at, in one of two ways: a Chromium on this machine, or a bridge whose
// agent, hub and Chromium run beside it. Everything ends with end(), or with this process.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Link } from './link.mjs';
import { Program, within } from './programs.mjs';
import { Recording } from './recording.mjs';
import { openSite } from './site.mjs';

const DEVICE = '6f1c2a54-0d3b-4b7e-9a1f-2c5d8e7f9a02';
const USER = 'aaaaaaaa-1111-4222-8333-444444444444';
const TOKEN_LIFE_S = 172_800; // the agent refuses to keep a token that dies within the day
const BROWSER_LIMIT_MS = 30_000;

// Among what the agent starts its browser with, these are what a client can tell.
const BROWSER_FLAGS = ['--no-first-run', '--disable-popup-blocking', '--disable-back-forward-cache', '--disable-renderer-backgrounding',
    '--remote-allow-origins=devtools://devtools']; // the last one is for the front end, which a bridge lets in

/** What the hub stands for: a backend without a limit of events, with its own, with a greater one, with small payloads. */
const HUB_LIMITS = {
    none: ['--events-per-second', '0'],
    default: [],
    500: ['--events-per-second', '500'],
    '256k': ['--payload-kb', '256'],
};

/** What the far machine's owner sets for that: a quarter of the events, less a fifth as in the default. */
const AGENT_SETTINGS = {
    none: { BMC_AGENT_REALTIME_BUDGET_MAX: '0' },
    500: { BMC_AGENT_REALTIME_BUDGET_MAX: '100', BMC_AGENT_REALTIME_BUDGET_START: '100' },
};

export const settings = {
    way: process.env.BMC_E2E_WAY ?? 'direct',
    build: resolve(process.env.BMC_E2E_BUILD ?? join(import.meta.dirname, '../../build/release')),
    limits: process.env.BMC_E2E_LIMITS ?? 'none',
    openToLocalUsers: false, // for clients that cannot be given a secret; set by their tests
    recording: process.env.BMC_E2E_RECORDING, // a file; undefined: none
    roundTrip: Number(process.env.BMC_E2E_ROUND_TRIP ?? 0), // milliseconds between client and browser
};

export async function openWorld() {
    const world = settings.way === 'bridged' ? new Bridged() : new Direct();
    try {
        await world.start();
        return world;
    } catch (error) {
        await world.end();
        throw error;
    }
}

class World {
    running = [];
    links = [];
    folder = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'bmc-e2e-'));

    async start() {
        this.site = await openSite();
        this.scratch = this.make('near/scratch'); // the client's files
        await this.connect();
    }

    make(name) {
        const folder = join(this.folder, name);
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        return folder;
    }

    run(...args) {
        const program = new Program(...args);
        this.running.push(program);
        return program;
    }

    async link(port, roundTrip) {
        const link = await Link.to(port, roundTrip);
        this.links.push(link);
        return link;
    }

    /** `ws`: the browser's address. `http`: where /json/version and its like are. */
    point(ws) {
        this.ws = ws;
        this.http = `http://${new URL(ws).host}`;
        this.port = Number(new URL(ws).port);
    }

    async messages() {
        return { count: 0, bytes: 0, closures: 0 };
    }

    /** The address of another Chromium on this machine, for a client that is a browser itself. */
    async chromium(...args) {
        const profile = mkdtempSync(join(this.folder, 'profile-'));
        const browser = this.run('chromium', 'chromium', [
            '--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...BROWSER_FLAGS, ...args, 'about:blank',
        ]);
        const [, address] = await browser.line(/^DevTools listening on (ws:\S+)/, BROWSER_LIMIT_MS);
        return address;
    }

    async end() {
        this.recording?.end();
        for (const program of this.running.reverse()) await program.end();
        for (const link of this.links) link.close();
        this.site?.close();
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
    }
}

class Direct extends World {
    async connect() {
        const address = new URL(await this.chromium());
        const link = await this.link(Number(address.port), settings.roundTrip);
        address.port = link.port;
        this.point(address.href);
    }

    /** What the same would take on a bus at best. */
    async messages() {
        const [link] = this.links;
        return { count: link.turns, bytes: link.bytes, closures: 0 };
    }
}

class Bridged extends World {
    async connect() {
        await this.startHub();
        // The far machine and the client's are both a link away from the hub, and each way between them crosses both.
        this.farLink = await this.link(this.hub.port, settings.roundTrip / 2);
        this.nearLink = await this.link(this.hub.port, settings.roundTrip / 2);
        await this.startAgent();
        await this.startBridge();
    }

    async startHub() {
        const hub = this.run('the hub', join(settings.build, 'hub'), ['--port', '0', ...HUB_LIMITS[settings.limits]]);
        const [line] = await hub.line(/^\{.*\}$/);
        this.hub = JSON.parse(line);
        this.userToken = await this.mint({ user: USER });
        await this.admin('device', { uuid: DEVICE, owner: USER, row: { name: 'far' } });
        if (settings.recording) this.recording = await Recording.of(this.hub, this.userToken, DEVICE, settings.recording);
    }

    async admin(what, body) {
        const asked = body ? { method: 'POST', body: JSON.stringify(body) } : {};
        const response = await fetch(`${this.hub.admin}/${what}`, asked);
        const text = await response.text();
        if (!response.ok) throw new Error(`the hub refused ${what}: ${response.status} ${text}`);
        return JSON.parse(text);
    }

    async mint(who) {
        return (await this.admin('mint', { ...who, ttl: TOKEN_LIFE_S })).token;
    }

    /** The environment of a machine: nothing of the other one's is in it. */
    machine(name, link) {
        const folder = (part) => this.make(join(name, part));
        return {
            PATH: process.env.PATH,
            LANG: 'C.UTF-8',
            HOME: folder('home'),
            TMPDIR: folder('tmp'),
            XDG_CONFIG_HOME: folder('config'),
            XDG_STATE_HOME: folder('state'),
            XDG_RUNTIME_DIR: folder('run'),
            BMC_AGENT_API_URL: `http://127.0.0.1:${link.port}`,
            BMC_AGENT_API_KEY: this.hub.anon_key,
        };
    }

    /** Runs the agent where the client's files are not: in a mount namespace of its own, if the system gives one. */
    runFar(name, args, more) {
        const command = [join(settings.build, 'agent'), '--user', ...args];
        const hide = ['unshare', '-Umc', '--keep-caps', 'sh', '-c',
            'mount -t tmpfs none "$0" && exec setpriv --inh-caps=-all --ambient-caps=-all "$@"', join(this.folder, 'near')];
        const can = spawnSync(hide[0], [...hide.slice(1), 'true']).status === 0;
        const [program, ...words] = [...(can ? hide : []), ...command];
        return this.run(name, program, words, more);
    }

    async startAgent() {
        const env = { ...this.machine('far', this.farLink), ...AGENT_SETTINGS[settings.limits] };
        const pair = this.runFar('agent --pair', ['--pair', '--token-stdin', '--device', DEVICE], {
            env,
            input: `${await this.mint({ device: DEVICE })}\n`,
        });
        const status = await within(BROWSER_LIMIT_MS, pair.exited, () => pair.failure('did not end'));
        if (status !== 0) throw pair.failure(`ended with status ${status}`);
        this.agent = this.runFar('the agent', [], { env });
        await this.agent.line(/-> joined/);
    }

    async startBridge() {
        const env = this.machine('near', this.nearLink);
        const token = join(env.HOME, 'token');
        writeFileSync(token, this.userToken, { mode: 0o600 });
        this.bridge = this.run('the bridge', join(settings.build, 'agent'), [
            '--user', '--bridge', DEVICE, '--listen', '127.0.0.1:0', '--print-url', '--token-file', token,
            ...(settings.openToLocalUsers ? ['--open-to-local-users'] : []),
        ], { env });
        const [address] = await this.bridge.line(/^ws:\/\/\S+$/);
        this.point(address);
    }

    /** A second bridge, as of another developer; its address. */
    async anotherBridge() {
        const { bridge, ws } = this;
        await this.startBridge();
        const address = this.ws;
        this.bridge = bridge;
        this.point(ws);
        return address;
    }

    async messages() {
        const { broadcasts_in: count, bytes_in: bytes, rate_closures: closures } = await this.admin('counters');
        return { count, bytes, closures };
    }

    /** What the programs said, for a test that failed. */
    words() {
        return [this.agent, this.bridge].map((program) => program?.failure('said').message).join('\n');
    }
}
