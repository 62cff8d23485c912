// What a client of the DevTools protocol is pointed at, in one of two ways: a Chromium on this machine, or a bridge whose
// agent, hub and Chromium run beside it. Everything ends with end(), or with this process.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BROWSER_FLAGS, showPage } from './browser.mjs';
import { browserPath } from '../controller/browser.mjs';
import { Link } from './link.mjs';
import { PersonsChrome } from './persons_chrome.mjs';
import { Program, within } from './programs.mjs';
import { Recording } from './recording.mjs';
import { openSite } from './site.mjs';

export const DEVICE = '6f1c2a54-0d3b-4b7e-9a1f-2c5d8e7f9a02';
const USER = 'aaaaaaaa-1111-4222-8333-444444444444';
const TOKEN_LIFE_S = 172_800; // the agent refuses to keep a token that dies within the day
const BROWSER_LIMIT_MS = 30_000;

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

/** One agent need not wait for others before it shows itself. */
const SPREAD = { BMC_AGENT_REALTIME_OPTIONAL_SPREAD: '200ms' };

export const settings = {
    way: process.env.BMC_E2E_WAY ?? 'direct',
    build: resolve(process.env.BMC_E2E_BUILD ?? join(import.meta.dirname, '../../build/release')),
    limits: process.env.BMC_E2E_LIMITS ?? 'none',
    sealed: process.env.BMC_E2E_SEALED === '1', // TLS between bridge and agent, and the agent takes nothing else
    openToLocalUsers: false, // for clients that cannot be given a secret; set by their tests
    recording: process.env.BMC_E2E_RECORDING, // a file; undefined: none
    roundTrip: Number(process.env.BMC_E2E_ROUND_TRIP ?? 0), // milliseconds between client and browser
    compared: process.env.BMC_E2E_COMPARED === '1', // with the other way: neither time holds the browser's own start
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
        if (settings.compared) await showPage(this.ws, this.site.url);
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
        const browser = this.run('chromium', browserPath(), [
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

    /** The far machine's owner lists this controller's key, and wants everybody to prove one. */
    async listController(far) {
        const near = this.machine('near', this.nearLink);
        const key = this.run('agent --key', join(settings.build, 'agent'), ['--user', '--key'], { env: near });
        const [line] = await key.line(/^ssh-ed25519 .*/);
        const folder = join(far.XDG_CONFIG_HOME, 'bmc-agent');
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(join(folder, 'agent.toml'), `[trust]\nrequire = "all"\ncontrollers = [${JSON.stringify(line)}]\n`, { mode: 0o600 });
    }

    async startAgent() {
        const env = { ...this.machine('far', this.farLink), ...SPREAD, ...AGENT_SETTINGS[settings.limits] };
        if (settings.sealed) await this.listController(env);
        const pair = this.runFar('agent --pair', ['--pair', '--token-stdin', '--device', DEVICE], {
            env,
            input: `${await this.mint({ device: DEVICE })}\n`,
        });
        const status = await within(BROWSER_LIMIT_MS, pair.exited, () => pair.failure('did not end'));
        if (status !== 0) throw pair.failure(`ended with status ${status}`);
        this.farEnvironment = env;
        await this.runAgent();
    }

    /** The paired agent, at first or once more, with `settings` in its environment. */
    async runAgent(settings = {}) {
        this.agent = this.runFar('the agent', [], { env: { ...this.farEnvironment, ...settings } });
        await this.agent.line(/-> joined/);
    }

    /** A command to the agent that runs, as at a terminal of the far machine. */
    async farCommand(...words) {
        const command = this.runFar(`agent ${words[0]}`, words, { env: this.farEnvironment });
        const status = await within(BROWSER_LIMIT_MS, command.exited, () => command.failure('did not end'));
        if (status !== 0) throw command.failure(`ended with status ${status}`);
    }

    /** A Chrome of the far machine's person, who is asked whether the agent may control it. */
    async personsChrome() {
        const chrome = await PersonsChrome.before(await this.chromium(), this.make('persons'));
        this.links.push(chrome);
        return chrome;
    }

    async addDevice(uuid, name) {
        await this.admin('device', { uuid, owner: USER, row: { name } });
    }

    /** The page of one more bridge, which offers all devices. */
    async pageOfAll() {
        const { env, words } = this.bridgeCommand();
        const all = words.filter((word) => word !== DEVICE);
        const bridge = this.run('a bridge to all', join(settings.build, 'agent'), all, { env });
        const [, address] = await bridge.line(/this page: (http:\S+)$/);
        return address;
    }

    /** The pages of one more bridge, which offers the device and another one, each at an address of its own. */
    async pagesOfTwo(other) {
        const { env, words } = this.bridgeCommand();
        const bridge = this.run('a bridge to two', join(settings.build, 'agent'), [...words, '--bridge', other, '--listen', '127.0.0.1:0'], { env });
        const [, first] = await bridge.line(/this page: (http:\S+)$/);
        const [, second] = await bridge.line(new RegExp(`this page: (?!${first})(http:\\S+)$`));
        return [first, second];
    }

    /** Where the bridge shows its devices to a person. */
    async pageAddress() {
        const [, address] = await this.bridge.line(/this page: (http:\S+)$/);
        return address;
    }

    /** The arguments of a bridge to the device, and their environment. */
    bridgeCommand() {
        const env = this.machine('near', this.nearLink);
        const token = join(env.HOME, 'token');
        writeFileSync(token, this.userToken, { mode: 0o600 });
        return { env, words: ['--user', '--bridge', DEVICE, '--listen', '127.0.0.1:0', '--token-file', token] };
    }

    async startBridge() {
        const { env, words } = this.bridgeCommand();
        this.bridge = this.run('the bridge', join(settings.build, 'agent'), [
            ...words, '--print-url', ...(settings.openToLocalUsers ? ['--open-to-local-users'] : []),
            ...(settings.sealed ? ['--accept-new'] : []),
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
