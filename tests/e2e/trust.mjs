// Who can drive a machine whose owner lists keys, and who cannot: each line is something that was tried, and what came of
// it. Started by tests/full/trust. Arguments: --build FOLDER.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { joinDevice } from '../controller/device_channel.mjs';

const { values: given } = parseArgs({ options: { build: { type: 'string' } } });
process.env.BMC_E2E_WAY = 'bridged';
process.env.BMC_E2E_SEALED = '1';
if (given.build) process.env.BMC_E2E_BUILD = given.build;
const { openWorld, settings, DEVICE } = await import('./world.mjs');
const { within } = await import('./programs.mjs');

const SECRET = 'the-secret-on-the-page-7b21';
const PAGE = `<!doctype html><title>${SECRET}</title><button onclick="if (event.isTrusted) document.querySelector('p').textContent =
    'Pressed 1 time, by a real mouse event.'">Press me</button><p>${SECRET}</p>`;
const SCRIPT = new URL('../controller/playwright.mjs', import.meta.url).pathname;
const LIMIT_MS = 60_000;

let failed = 0;
function tell(ok, what) {
    if (!ok) ++failed;
    console.log(`${ok ? 'yes' : 'NO '}  ${what}`);
}

class Show {
    constructor(world) {
        this.world = world;
        this.middle = (body) => world.admin('middle', body);
    }

    async run(name, command, args, env) {
        const program = this.world.run(name, command, args, { env });
        const status = await within(LIMIT_MS, program.exited, () => program.failure('did not end'));
        return { status, said: program.log.join('\n') };
    }

    agent(machine, ...args) {
        return this.run(`agent ${args[0]}`, join(settings.build, 'agent'), ['--user', ...args], machine);
    }

    /** A machine of somebody else who has every right at the backend: the owner's own token. */
    stranger(name) {
        const env = this.world.machine(name, this.world.nearLink);
        const token = join(env.HOME, 'token');
        writeFileSync(token, this.world.userToken, { mode: 0o600 });
        return { env, token };
    }

    async owner() {
        const picture = join(this.world.scratch, 'page.png');
        await this.middle({ watch: true });
        const env = { ...process.env, BMC_CDP_URL: this.world.ws };
        const address = `data:text/html,${encodeURIComponent(PAGE)}`;
        const script = await this.run('the Playwright script', process.execPath, [SCRIPT, address, picture], env);
        tell(script.status === 0, `an unchanged Playwright script drives the browser through the bridge: ${script.said}`);
        tell(script.said.includes(SECRET), `the script read the page's title: ${SECRET}`);
        const near = this.world.machine('near', this.world.nearLink);
        const token = join(near.HOME, 'token');
        const call = await this.agent(near, '--call', DEVICE, 'Runtime.evaluate',
            JSON.stringify({ expression: `'${SECRET}'`, returnByValue: true }), '--token-file', token);
        tell(call.status === 0 && call.said.includes(SECRET), 'agent --call of the listed controller is answered');
    }

    async reader() {
        const seen = await this.middle({ find: SECRET });
        tell(!seen.full && seen.seen > 20, `the backend saw ${seen.seen} broadcasts of ${seen.bytes} bytes`);
        tell(seen.found === 0, `the secret is in ${seen.found} of them, base64 decoded`);
    }

    async member() {
        const { hub, userToken } = this.world;
        const member = await joinDevice({ url: hub.url, key: hub.anon_key, token: userToken, device: DEVICE });
        try {
            for (const [method, params] of [
                ['Runtime.evaluate', { expression: '1 + 1' }], ['Page.navigate', { url: 'about:blank' }], ['Target.getTargets', {}],
                ['Page.captureScreenshot', {}], ['Agent.fileRead', { client: 'x', name: 'x' }], ['Browser.close', {}],
            ]) {
                const { ok, error } = await member.command(method, params);
                tell(!ok && error.data.reason === 'denied', `a second member's ${method} is refused: ${error?.message}`);
            }
            const open = await member.command('Agent.open', {});
            tell(!open.ok, `its Agent.open in plain is refused: ${open.error?.message}`);
        } finally {
            await member.close();
        }
    }

    async unlisted() {
        const { env, token } = this.stranger('stranger');
        const call = await this.agent(env, '--call', DEVICE, 'Browser.getVersion', '--accept-new', '--token-file', token);
        tell(call.status === 20, `agent --call with a key that is not listed ends with ${call.status}: ${call.said.split('\n').at(-1)}`);
        const plain = await this.agent(this.stranger('plain').env, '--call', DEVICE, 'Browser.getVersion', '--token-file', token);
        tell(plain.status === 17, `agent --call in plain ends with ${plain.status}: ${plain.said.split('\n').at(-1)}`);
    }

    /** What the second member recorded, sent again: whole, and as if it were of a client that lives. */
    async replayer() {
        const { list } = await this.middle({ list: { event: 'cdp-command' } });
        const before = (await this.middle({ list: { event: 'cdp-event' } })).list.length;
        for (const { payload, bytes } of list) {
            await this.world.admin('broadcast', { topic: `device:${DEVICE}`, event: 'cdp-command', raw: payload, bytes });
        }
        const near = this.world.machine('near', this.world.nearLink);
        const call = await this.agent(near, '--call', DEVICE, 'Browser.getVersion', '--token-file', join(near.HOME, 'token'));
        tell(call.status === 0, `after ${list.length} recorded commands were sent again, the listed controller is served`);
        const events = (await this.middle({ list: { event: 'cdp-event' } })).list.slice(before).map((one) => JSON.parse(one.payload));
        const ended = events.filter((one) => one.ended).map((one) => one.ended.reason);
        tell(ended.length > 0, `what was sent again came to nothing: ${[...new Set(ended)].join(', ')}`);
    }
}

const world = await openWorld();
try {
    const show = new Show(world);
    for (const part of ['owner', 'reader', 'member', 'unlisted', 'replayer']) await show[part]();
} catch (error) {
    tell(false, `stopped: ${error.stack}\n${world.words?.() ?? ''}`);
} finally {
    await world.end();
}
process.exit(failed === 0 ? 0 : 1);
