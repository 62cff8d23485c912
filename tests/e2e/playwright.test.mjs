// Playwright, unchanged, by connectOverCDP.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, step } from './check.mjs';
import { DOWNLOAD } from './site.mjs';
import { pngSize } from './png.mjs';

const { chromium } = await import(process.env.BMC_E2E_LIBRARY ?? 'playwright-core');

const STEP_LIMIT_MS = 20_000; // shorter than a case's, so that the failure names the step

/** Hands `work` a page in a browser context of its own, and closes both and the connection. */
async function withPage(world, work, options = {}) {
    const browser = await chromium.connectOverCDP(world.ws);
    try {
        const context = await browser.newContext(options);
        context.setDefaultTimeout(STEP_LIMIT_MS);
        const page = await context.newPage();
        const value = await work(page, context, browser);
        await context.close();
        return value;
    } finally {
        await browser.close();
    }
}

check('what it costs', { from: 'quick' }, async (world) => {
    const browser = await step('  connect', () => chromium.connectOverCDP(world.ws));
    const page = await step('  new page', async () => (await browser.newContext()).newPage());
    await step('  goto', () => page.goto(world.site.url));
    await step('  click', () => page.click('#count'));
    assert.equal(await page.textContent('#count'), 'pressed 1');
    await step('  close', () => browser.close());
});

check('navigation', { from: 'quick' }, (world) => withPage(world, async (page) => {
    const response = await page.goto(`${world.site.url}/`);
    assert.equal(response.status(), 200);
    assert.equal(await page.title(), 'Start');
    await page.click('#next');
    await page.waitForURL('**/next');
    await page.goBack();
    assert.equal(await page.title(), 'Start');
    await page.goForward();
    await page.reload();
    assert.equal(await page.textContent('h1'), 'Next');
    await page.goto(`${world.site.url}/moved`);
    assert.ok(page.url().endsWith('/next'));
    assert.equal((await page.goto(`${world.site.url}/nowhere`)).status(), 404);
    await assert.rejects(page.goto('http://127.0.0.1:9/'), /ERR_UNSAFE_PORT|ERR_CONNECTION_REFUSED/);
}));

check('waiting, clicks, typing', { from: 'quick' }, (world) => withPage(world, async (page) => {
    await page.goto(world.site.url);
    await page.click('#later');
    await page.waitForSelector('#late');
    await page.click('#count');
    await page.click('#count', { clickCount: 2 });
    assert.equal(await page.textContent('#count'), 'pressed 3');
    await page.dblclick('#twice');
    assert.equal(await page.textContent('#twice'), 'twice');
    await page.fill('#name', 'filled');
    await page.locator('#name').pressSequentially(' ünd typed');
    await page.keyboard.press('Backspace');
    assert.equal(await page.inputValue('#name'), 'filled ünd type');
    await page.selectOption('#pick', 'two');
    await page.check('#check');
    assert.deepEqual(await page.evaluate(() => [pick.value, check.checked]), ['two', true]);
    await page.waitForFunction(() => pressed === 3);
    await page.getByRole('button', { name: 'pressed 3' }).hover();
}));

check('frames across origins', {}, (world) => withPage(world, async (page) => {
    await page.goto(`${world.site.url}/frames`);
    for (const [name, host] of [['near', '127.0.0.1'], ['far', 'localhost']]) {
        const frame = page.frameLocator(`#${name}`);
        await frame.locator('button').click();
        assert.equal(await frame.locator('button').textContent(), `pressed in ?${name}`);
        assert.equal(await frame.locator('#place').textContent(), `http://${host}:${world.site.port}`);
    }
}));

check('popups, held until they are known', { from: 'quick' }, (world) => withPage(world, async (page, context) => {
    await context.addInitScript(() => {
        globalThis.watched = 'watched';
    });
    await page.goto(`${world.site.url}/popups`);
    for (const id of ['same', 'other', 'noopener']) {
        const [popup] = await Promise.all([context.waitForEvent('page'), page.click(`#${id}`)]);
        await popup.waitForLoadState();
        assert.equal(await popup.evaluate('early'), 'watched', id);
        await popup.close();
    }
    const [blank] = await Promise.all([page.waitForEvent('popup'), page.click('#blank')]);
    await page.evaluate(() => opened.document.write('<p>written</p>'));
    assert.equal(await blank.textContent('p'), 'written');
}));

check('several pages and contexts', {}, (world) => withPage(world, async (page, context, browser) => {
    await context.addCookies([{ name: 'who', value: 'first', url: world.site.url }]);
    const other = await browser.newContext();
    const pages = await Promise.all([context.newPage(), context.newPage(), other.newPage(), other.newPage()]);
    await Promise.all(pages.map((one) => one.goto(world.site.url)));
    assert.deepEqual(await Promise.all(pages.map((one) => one.evaluate('document.cookie'))), ['who=first', 'who=first', '', '']);
    assert.equal(context.pages().length, 3);
    await other.close();
    assert.equal(await page.evaluate('1 + 1'), 2);
}));

check('dialogs', {}, (world) => withPage(world, async (page) => {
    await page.goto(`${world.site.url}/dialogs`);
    const answers = { alert: (d) => d.accept(), confirm: (d) => d.accept(), prompt: (d) => d.accept('somebody') };
    const wanted = { alert: 'alerted', confirm: 'true', prompt: 'somebody' };
    for (const [kind, answer] of Object.entries(answers)) {
        page.once('dialog', (dialog) => (assert.equal(dialog.type(), kind), answer(dialog)));
        await page.click(`#${kind}`);
        assert.equal(await page.textContent('#said'), wanted[kind]);
    }
    await page.goto(`${world.site.url}/leaving`);
    await page.click('#touch');
    const asked = page.waitForEvent('dialog');
    const closing = page.close({ runBeforeUnload: true });
    const dialog = await asked;
    assert.equal(dialog.type(), 'beforeunload');
    await Promise.all([dialog.accept(), page.waitForEvent('close'), closing]);
}));

check('console and errors', {}, (world) => withPage(world, async (page) => {
    const said = [];
    page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
    const thrown = page.waitForEvent('pageerror');
    await page.goto(`${world.site.url}/noise`);
    assert.match((await thrown).message, /thrown by the page/);
    assert.deepEqual(said, ['log: hello 42 {a: 1}', 'warning: careful', 'error: bad']);
}));

check('screenshot of 20,000 pixels', { limit: 60_000 }, (world) => withPage(world, async (page) => {
    await page.goto(`${world.site.url}/tall`);
    const picture = await page.screenshot({ fullPage: true });
    assert.deepEqual(pngSize(picture), { width: 1280, height: 20_000 });
    assert.ok((await page.locator('div').screenshot({ type: 'jpeg' })).length > 1000);
}));

check('PDF', {}, (world) => withPage(world, async (page) => {
    await page.goto(world.site.url);
    assert.equal((await page.pdf()).subarray(0, 5).toString(), '%PDF-');
}));

check('interception and mocks', {}, (world) => withPage(world, async (page) => {
    const seen = [];
    await page.route('**/data.json', (route) => {
        seen.push(route.request().method());
        return route.fulfill({ json: { from: 'the test' } });
    });
    await page.goto(`${world.site.url}/fetching`);
    await page.waitForFunction(() => data.textContent === 'the test');
    await page.unroute('**/data.json');
    await page.route('**/data.json', (route) => route.abort());
    await page.reload();
    await page.waitForFunction(() => data.textContent === 'failed');
    await page.unroute('**/data.json');
    await page.route('**/*', (route) => route.continue({ headers: { ...route.request().headers(), 'x-added': 'yes' } }));
    const answer = page.waitForResponse('**/data.json');
    await page.reload();
    assert.deepEqual(await (await answer).json(), { from: 'the server' });
    assert.equal(world.site.heads.findLast((one) => one.path === '/data.json').headers['x-added'], 'yes');
    assert.deepEqual(seen, ['GET']);
}));

check('download', {}, (world) => withPage(world, async (page) => {
    await page.goto(`${world.site.url}/files`);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    assert.equal(download.suggestedFilename(), 'file.bin');
    const path = join(world.scratch, 'playwright.bin');
    await download.saveAs(path);
    assert.ok(readFileSync(path).equals(DOWNLOAD));
}));

check('upload', {}, (world) => withPage(world, async (page) => {
    const path = join(world.scratch, 'to-upload.txt');
    writeFileSync(path, 'from the client\'s disk');
    await page.goto(`${world.site.url}/files`);
    await page.setInputFiles('#file', path);
    await page.click('#send');
    await page.waitForSelector('text=thanks');
    assert.match(world.site.uploads.at(-1).toString(), /filename="to-upload.txt"[^]*from the client's disk/);
    await page.goto(`${world.site.url}/files`);
    await page.setInputFiles('#file', { name: 'made.txt', mimeType: 'text/plain', buffer: Buffer.from('from memory') });
    await page.click('#send');
    await page.waitForSelector('text=thanks');
    assert.match(world.site.uploads.at(-1).toString(), /filename="made.txt"[^]*from memory/);
}));

check('dragged files', {}, (world) => withPage(world, async (page) => {
    const path = join(world.scratch, 'to-drag.txt');
    writeFileSync(path, 'from the client\'s disk');
    await page.goto(`${world.site.url}/drop`);
    const { x, y } = await page.locator('#zone').boundingBox();
    const session = await page.context().newCDPSession(page);
    for (const type of ['dragEnter', 'dragOver', 'drop']) {
        await session.send('Input.dispatchDragEvent', { type, x: x + 5, y: y + 5, data: { items: [], files: [path], dragOperationsMask: 1 } });
    }
    await page.waitForFunction(() => got.textContent === 'to-drag.txt: from the client\'s disk');
}));

check('tracing', {}, (world) => withPage(world, async (page, context, browser) => {
    await browser.startTracing(page);
    await page.goto(world.site.url);
    const trace = JSON.parse((await browser.stopTracing()).toString());
    assert.ok(trace.traceEvents.length > 100);
    await context.tracing.start({ screenshots: true, snapshots: true });
    await page.click('#count');
    const path = join(world.scratch, 'playwright-trace.zip');
    await context.tracing.stop({ path });
    assert.equal(readFileSync(path).subarray(0, 2).toString(), 'PK');
}));

check('evaluate with 10 MB', { limit: 60_000 }, (world) => withPage(world, async (page) => {
    const size = 10_000_000;
    const text = await page.evaluate((n) => 'x'.repeat(n - 1) + 'é', size);
    assert.equal(text.length, size);
    assert.equal(await page.evaluate((sent) => sent.length, text), size);
}));

/** Closes the context and waits until the browser has ended its service worker, which is of no context meanwhile. */
async function closeWithWorker(context, browser) {
    const session = await browser.newBrowserCDPSession();
    const { targetInfos } = await session.send('Target.getTargets');
    const { targetId } = targetInfos.find(({ type }) => type === 'service_worker');
    const gone = new Promise((resolve) => session.on('Target.targetDestroyed', (event) => event.targetId === targetId && resolve()));
    await session.send('Target.setDiscoverTargets', { discover: true });
    await Promise.all([gone, context.close()]);
}

check('web workers and service workers', {}, (world) => withPage(world, async (page, context, browser) => {
    const [worker] = await Promise.all([page.waitForEvent('worker'), page.goto(`${world.site.url}/workers`)]);
    assert.ok(worker.url().endsWith('/worker.js'));
    assert.equal(await worker.evaluate('6 * 7'), 42);
    await page.waitForFunction(() => answer.textContent === '21');
    const service = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    assert.ok(service.url().endsWith('/service.js'));
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    assert.equal(await page.evaluate(async () => (await fetch('/made-by-worker')).text()), 'made');
    await closeWithWorker(context, browser); // Playwright 1.49 cannot connect to a browser that has such a worker
}));

check('one of two clients closes', { from: 'quick' }, async (world) => {
    const [one, other] = await Promise.all([chromium.connectOverCDP(world.ws), chromium.connectOverCDP(world.ws)]);
    const page = await (await other.newContext()).newPage();
    await one.close();
    await page.goto(world.site.url);
    assert.equal(await page.title(), 'Start');
    await other.close();
});

check('two controllers at once', { limit: 60_000 }, async (world) => {
    const browsers = await Promise.all([chromium.connectOverCDP(world.ws), chromium.connectOverCDP(world.ws)]);
    await Promise.all(browsers.map(async (browser) => {
        const context = await browser.newContext();
        for (let round = 0; round < 3; ++round) {
            const page = await context.newPage();
            await page.goto(`${world.site.url}/frames`);
            await page.frameLocator('#far').locator('button').click();
            assert.equal(await page.frameLocator('#far').locator('button').textContent(), 'pressed in ?far');
            await page.close();
        }
        await context.close();
    }));
    await Promise.all(browsers.map((browser) => browser.close()));
});

check('a wait of a minute', { from: 'full', limit: 90_000 }, (world) => withPage(world, async (page) => {
    await page.goto(world.site.url);
    await page.evaluate(() => setTimeout(() => (globalThis.over = true), 60_000));
    await page.waitForFunction(() => globalThis.over, undefined, { timeout: 80_000 });
}));

for (const [what, near, seconds] of [['cut', true, 5], ['cut', false, 5], ['hold', true, 5], ['cut', true, 30], ['cut', false, 30]]) {
    const ms = seconds * 1000;
    const long = seconds > 5;
    const tick = long ? 500 : 50; // what has gathered must pass at the pace of the bus, before the time of a click is over
    check(`link ${what === 'cut' ? 'cut' : 'held up'} for ${seconds} s, ${near ? 'near' : 'far'}`,
        { from: long ? 'full' : 'normal', way: 'bridged', limit: long ? 150_000 : 60_000 }, (world) => withPage(world, async (page) => {
            if (long) page.setDefaultTimeout(2 * ms);
            await page.goto(world.site.url);
            await page.exposeFunction('tell', (n) => heard.push(n));
            const heard = [];
            await page.evaluate((every) => {
                let n = 0;
                globalThis.ticking = setInterval(() => tell(n++), every);
            }, tick);
            const broken = (near ? world.nearLink : world.farLink)[what](ms);
            const clicks = (async () => {
                for (let n = 0; n < 20; ++n) await page.click('#count');
            })();
            await Promise.all([broken, clicks]);
            assert.equal(await page.textContent('#count'), 'pressed 20');
            await page.evaluate(() => clearInterval(ticking));
            assert.deepEqual(heard, [...heard.keys()], 'each event once, in order');
            assert.ok(heard.length > ms / tick / 2);
        }));
}

check('the bridge killed in the middle', { way: 'bridged', limit: 60_000 }, async (world) => {
    const browser = await chromium.connectOverCDP(world.ws);
    const page = await (await browser.newContext()).newPage();
    await page.goto(world.site.url);
    const gone = new Promise((resolve) => browser.once('disconnected', resolve));
    const waiting = assert.rejects(page.waitForFunction(() => false));
    world.bridge.kill('SIGKILL');
    await Promise.all([gone, waiting]);
    await world.startBridge();
    await withPage(world, async (next) => {
        await next.goto(world.site.url);
        assert.equal(await next.title(), 'Start');
    });
});
