// Playwright's own test runner with the configuration in packaging/examples/ci: against an address, and as the command of
// `agent --bridge --exec`.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './check.mjs';
import { makeProject } from './project.mjs';
import { settings } from './world.mjs';

const RUNNER_LIMIT_MS = 120_000; // it starts Node five times, and a browser

const SPEC = `import { expect, test } from '../far-browser.mjs';
import { writeFileSync } from 'node:fs';

test('a page is opened, and a button pressed', async ({ page }) => {
    await page.goto(process.env.SITE);
    await page.locator('#count').click();
    await expect(page.locator('#count')).toHaveText('pressed 1');
});
test('each test has a context of its own', async ({ page, context }) => {
    expect(context.pages()).toEqual([page]);
    expect(await context.cookies()).toEqual([]);
    await context.addCookies([{ name: 'a', value: 'b', url: process.env.SITE }]);
});
test('as this one has', async ({ context }) => {
    expect(await context.cookies()).toEqual([]);
});
test('a file goes up and one comes down', async ({ page }, info) => {
    await page.goto(process.env.SITE + '/files');
    const path = info.outputPath('up.txt');
    writeFileSync(path, 'from the runner');
    await page.locator('#file').setInputFiles(path);
    expect(await page.evaluate(() => file.files[0].text())).toBe('from the runner');
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()]);
    expect(download.suggestedFilename()).toBe('file.bin');
    expect(await download.failure()).toBe(null);
});
`;
const SECRETS = `import { expect, test } from '../far-browser.mjs';
test('a password and a cookie', async ({ page, context }) => {
    await page.goto(process.env.SITE + '/?token=SECRET-query');
    await page.locator('#name').pressSequentially('SECRET-typed');
    await page.locator('#name').fill('SECRET-filled');
    await context.addCookies([{ name: 'sid', value: 'SECRET-cookie', url: process.env.SITE }]);
    await context.setExtraHTTPHeaders({ authorization: 'SECRET-header' });
    await page.goto(process.env.SITE + '/next');
    expect(await context.cookies()).toHaveLength(1);
});
`;
const FAILING = `import { expect, test } from '../far-browser.mjs';
test('this fails', async ({ page }) => {
    await page.setContent('<p>here</p>');
    await expect(page.locator('p')).toHaveText('there', { timeout: 100 });
});
`;

function project(world, name, specs) {
    const folder = makeProject(join(world.scratch, name));
    for (const [file, text] of Object.entries(specs)) writeFileSync(join(folder, 'tests', `${file}.spec.mjs`), text);
    return folder;
}

function environment(world, folder, more) {
    const { PATH, HOME, LANG } = { ...process.env, HOME: folder, LANG: 'C.UTF-8' };
    return { PATH, HOME, LANG, TMPDIR: world.make('near/tmp'), SITE: world.site.url, PLAYWRIGHT_HTML_OPEN: 'never', ...more };
}

async function runs(world, folder, words, env) {
    const runner = world.run('the runner', 'env', ['-C', folder, ...words], { env });
    const status = await runner.exited;
    return { status, text: runner.log.join('\n') };
}

check('its tests pass in two workers', { limit: RUNNER_LIMIT_MS }, async (world) => {
    const folder = project(world, 'passing', { site: SPEC });
    const env = environment(world, folder, { BMC_CDP_URL: world.ws });
    const { status, text } = await runs(world, folder, ['npx', 'playwright', 'test', '--workers=2', '--fully-parallel'], env);
    assert.equal(status, 0, text);
    assert.match(text, /6 passed/);
});

check('a test that fails is the exit code, and has a trace', { limit: RUNNER_LIMIT_MS }, async (world) => {
    const folder = project(world, 'failing', { failing: FAILING });
    const env = environment(world, folder, { BMC_CDP_URL: world.ws, CI: 'true' });
    const { status, text } = await runs(world, folder, ['npx', 'playwright', 'test', 'failing'], env);
    assert.equal(status, 1, text);
    assert.match(text, /1 failed/);
    assert.match(text, /trace\.zip/);
});

check('as the command of --exec', { from: 'quick', way: 'bridged', limit: RUNNER_LIMIT_MS }, async (world) => {
    const folder = project(world, 'exec', { site: SPEC });
    const { env, words } = world.bridgeCommand();
    const more = { ...env, SITE: world.site.url, BMC_CDP_URL: 'ws://127.0.0.1:9/of-another-bridge' };
    const exec = [join(settings.build, 'agent'), ...words, '--exec', 'npx', 'playwright', 'test'];
    const { status, text } = await runs(world, folder, exec, more);
    assert.equal(status, 0, text);
    assert.match(text, /6 passed/);
    const failed = await runs(world, folder, [...exec, '--grep', 'no test has such a name'], more);
    assert.equal(failed.status, 1, 'the exit code is that of the runner');
});

check('a recording of it holds nothing that was typed', { way: 'bridged', limit: RUNNER_LIMIT_MS }, async (world) => {
    const folder = project(world, 'recorded', { secrets: SECRETS });
    const { env, words } = world.bridgeCommand();
    const file = join(folder, 'bridge.jsonl');
    const { status, text } = await runs(world, folder,
        [join(settings.build, 'agent'), ...words, '--record', file, '--with-params', '--exec', 'npx', 'playwright', 'test', 'secrets'],
        { ...env, SITE: world.site.url });
    assert.equal(status, 0, text);
    const recorded = readFileSync(file, 'utf8');
    assert.doesNotMatch(recorded, /SECRET|"sid"/);
    const lines = recorded.trim().split('\n').map((line) => JSON.parse(line));
    const of = (method) => lines.filter((line) => line.method === method && line.kind === 'answer');
    assert.ok(of('Input.dispatchKeyEvent').length >= 2 * 'SECRET-typed'.length, 'each keystroke is there');
    for (const line of of('Input.dispatchKeyEvent')) assert.deepEqual(Object.keys(line.params), ['type']);
    assert.ok(of('Storage.setCookies').every((line) => line.leftOut.includes('cookies')) && of('Storage.setCookies').length > 0);
    assert.ok(of('Network.setExtraHTTPHeaders').length > 0);
    assert.ok(of('Page.navigate').some((line) => line.params.url === `${world.site.url}/next`));
});
