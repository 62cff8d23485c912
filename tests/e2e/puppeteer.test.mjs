// Puppeteer, unchanged, by connect.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, step } from './check.mjs';
import { pngSize } from './png.mjs';
import { DOWNLOAD } from './site.mjs';

const { default: puppeteer } = await import(process.env.BMC_E2E_LIBRARY ?? 'puppeteer-core');
const STEP_LIMIT_MS = 20_000; // shorter than a case's, so that the failure names the step

const connect = (world) => puppeteer.connect({ browserWSEndpoint: world.ws, defaultViewport: { width: 1280, height: 720 } });

/** Hands `work` a page in a browser context of its own, and closes both; the connection is left. */
async function withPage(world, work) {
    const browser = await connect(world);
    try {
        const context = await browser.createBrowserContext();
        const page = await context.newPage();
        page.setDefaultTimeout(STEP_LIMIT_MS);
        const value = await work(page, context, browser);
        await context.close();
        return value;
    } finally {
        await browser.disconnect();
    }
}

const text = (frame, selector) => frame.$eval(selector, (element) => element.textContent);
const pressed = (frame, expected) => frame.waitForFunction((want) => document.querySelector('button').textContent === want, {}, expected);

check('what it costs', { from: 'quick' }, async (world) => {
    const browser = await step('  connect', () => connect(world));
    const page = await step('  new page', async () => (await browser.createBrowserContext()).newPage());
    await step('  goto', () => page.goto(world.site.url));
    await step('  click', () => page.click('#count'));
    assert.equal(await text(page, '#count'), 'pressed 1');
    await step('  close', () => browser.disconnect());
});

check('navigation', { from: 'quick' }, (world) => withPage(world, async (page) => {
    const response = await page.goto(`${world.site.url}/`, { waitUntil: 'networkidle0' });
    assert.equal(response.status(), 200);
    assert.equal(await page.title(), 'Start');
    await Promise.all([page.waitForNavigation(), page.click('#next')]);
    await page.goBack();
    assert.equal(await page.title(), 'Start');
    await page.goForward();
    await page.reload();
    assert.equal(await text(page, 'h1'), 'Next');
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
    await page.click('#count', { count: 2 });
    assert.equal(await text(page, '#count'), 'pressed 3');
    await page.click('#twice', { count: 2 });
    assert.equal(await text(page, '#twice'), 'twice');
    await page.type('#name', 'ünd typed');
    await page.keyboard.press('Backspace');
    assert.equal(await page.$eval('#name', (input) => input.value), 'ünd type');
    await page.select('#pick', 'two');
    await page.locator('#check').click();
    assert.deepEqual(await page.evaluate(() => [pick.value, check.checked]), ['two', true]);
    await page.waitForFunction(() => pressed === 3);
}));

check('frames across origins', {}, (world) => withPage(world, async (page) => {
    await page.goto(`${world.site.url}/frames`, { waitUntil: 'networkidle0' });
    for (const [name, host] of [['near', '127.0.0.1'], ['far', 'localhost']]) {
        const frame = await (await page.$(`#${name}`)).contentFrame();
        await (await frame.waitForSelector('button')).click();
        await pressed(frame, `pressed in ?${name}`);
        assert.equal(await text(frame, '#place'), `http://${host}:${world.site.port}`);
    }
}));

check('popups, held until they are known', { from: 'quick' }, (world) => withPage(world, async (page, context) => {
    await page.goto(`${world.site.url}/popups`);
    for (const id of ['same', 'other', 'noopener']) {
        const [target] = await Promise.all([context.waitForTarget((one) => one.url().endsWith('/popup')), page.click(`#${id}`)]);
        const popup = await target.page();
        await popup.waitForSelector('h1');
        assert.equal(await text(popup, 'h1'), 'Popup');
        await popup.close();
        await page.bringToFront();
    }
    const [blank] = await Promise.all([new Promise((resolve) => page.once('popup', resolve)), page.click('#blank')]);
    await page.evaluate(() => opened.document.write('<p>written</p>'));
    assert.equal(await text(blank, 'p'), 'written');
}));

check('several pages and contexts', {}, (world) => withPage(world, async (page, context, browser) => {
    await page.goto(world.site.url);
    await page.evaluate(() => (document.cookie = 'who=first'));
    const other = await browser.createBrowserContext();
    const pages = await Promise.all([context.newPage(), context.newPage(), other.newPage(), other.newPage()]);
    await Promise.all(pages.map((one) => one.goto(world.site.url)));
    assert.deepEqual(await Promise.all(pages.map((one) => one.evaluate('document.cookie'))), ['who=first', 'who=first', '', '']);
    assert.equal((await context.pages()).length, 3);
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
        assert.equal(await text(page, '#said'), wanted[kind]);
    }
    await page.goto(`${world.site.url}/leaving`);
    await page.click('#touch');
    const asked = new Promise((resolve) => page.once('dialog', resolve));
    const closed = new Promise((resolve) => page.once('close', resolve));
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    assert.equal(dialog.type(), 'beforeunload');
    await Promise.all([dialog.accept(), closed]);
}));

check('console and errors', {}, (world) => withPage(world, async (page) => {
    const said = [];
    page.on('console', (message) => said.push(`${message.type()}: ${message.text().split(' ')[0]}`));
    const thrown = new Promise((resolve) => page.once('pageerror', resolve));
    await page.goto(`${world.site.url}/noise`);
    assert.match((await thrown).message, /thrown by the page/);
    assert.deepEqual(said, ['log: hello', 'warn: careful', 'error: bad']);
}));

check('screenshot of 20,000 pixels', { limit: 60_000 }, (world) => withPage(world, async (page) => {
    await page.goto(`${world.site.url}/tall`);
    assert.deepEqual(pngSize(Buffer.from(await page.screenshot({ fullPage: true }))), { width: 1280, height: 20_000 });
}));

check('PDF', {}, (world) => withPage(world, async (page) => {
    await page.goto(world.site.url);
    assert.equal(Buffer.from(await page.pdf()).subarray(0, 5).toString(), '%PDF-');
}));

check('interception and mocks', {}, (world) => withPage(world, async (page) => {
    await page.setRequestInterception(true);
    const ways = [
        (request) => request.respond({ contentType: 'application/json', body: '{"from":"the test"}' }),
        (request) => request.abort(),
        (request) => request.continue({ headers: { ...request.headers(), 'x-added': 'yes' } }),
    ];
    page.on('request', (request) => (request.url().endsWith('/data.json') ? ways.shift()(request) : request.continue()));
    for (const expected of ['the test', 'failed', 'the server']) {
        await page.goto(`${world.site.url}/fetching`);
        await page.waitForFunction((want) => data.textContent === want, {}, expected);
    }
    assert.equal(world.site.heads.findLast((one) => one.path === '/data.json').headers['x-added'], 'yes');
}));

check('download', {}, (world) => withPage(world, async (page, context, browser) => {
    const session = await browser.target().createCDPSession();
    const done = new Promise((resolve, reject) => {
        session.on('Browser.downloadProgress', (event) => {
            if (event.state === 'completed') resolve(event.guid);
            if (event.state === 'canceled') reject(new Error('the download was cancelled'));
        });
    });
    await session.send('Browser.setDownloadBehavior', {
        behavior: 'allowAndName', browserContextId: context.id, downloadPath: world.scratch, eventsEnabled: true,
    });
    await page.goto(`${world.site.url}/files`);
    await page.click('#save');
    const path = join(world.scratch, await done);
    assert.ok(existsSync(path), 'the file is where the client asked for it');
    assert.ok(readFileSync(path).equals(DOWNLOAD));
}));

check('upload', {}, (world) => withPage(world, async (page) => {
    const path = join(world.scratch, 'to-upload.txt');
    writeFileSync(path, 'from the client\'s disk');
    await page.goto(`${world.site.url}/files`);
    await (await page.$('#file')).uploadFile(path);
    await Promise.all([page.waitForNavigation(), page.click('#send')]);
    assert.match(world.site.uploads.at(-1).toString(), /filename="to-upload.txt"[^]*from the client's disk/);
}));

check('dragged files', {}, (world) => withPage(world, async (page) => {
    const path = join(world.scratch, 'to-drag.txt');
    writeFileSync(path, 'from the client\'s disk');
    await page.goto(`${world.site.url}/drop`);
    await page.setDragInterception(true);
    const zone = await page.$('#zone');
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    await zone.dragEnter(data);
    await zone.dragOver(data);
    await zone.drop(data);
    await page.waitForFunction(() => got.textContent === 'to-drag.txt: from the client\'s disk');
    // What the page itself lets go is intercepted, and dropped as it came.
    const thing = await page.$('#thing');
    const dragged = await thing.drag(zone);
    await zone.dragEnter(dragged);
    await zone.dragOver(dragged);
    await zone.drop(dragged);
    await page.waitForFunction(() => got.textContent === 'a thing');
}));

check('tracing', {}, (world) => withPage(world, async (page) => {
    await page.tracing.start();
    await page.goto(world.site.url);
    const trace = JSON.parse(Buffer.from(await page.tracing.stop()).toString());
    assert.ok(trace.traceEvents.length > 100);
}));

check('evaluate with 10 MB', { limit: 60_000 }, (world) => withPage(world, async (page) => {
    const size = 10_000_000;
    const long = await page.evaluate((n) => 'x'.repeat(n - 1) + 'é', size);
    assert.equal(long.length, size);
    assert.equal(await page.evaluate((sent) => sent.length, long), size);
}));

check('web workers and service workers', {}, (world) => withPage(world, async (page, context) => {
    const [worker] = await Promise.all([new Promise((resolve) => page.once('workercreated', resolve)), page.goto(`${world.site.url}/workers`)]);
    assert.ok(worker.url().endsWith('/worker.js'));
    assert.equal(await worker.evaluate('6 * 7'), 42);
    await page.waitForFunction(() => answer.textContent === '21');
    const target = await context.waitForTarget((one) => one.type() === 'service_worker');
    assert.equal(await (await target.worker()).evaluate('6 * 7'), 42);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    assert.equal(await page.evaluate(async () => (await fetch('/made-by-worker')).text()), 'made');
}));

// By the protocol, Browser.close ends the browser for all; through a bridge it ends the client that asks.
check('one of two clients closes', { from: 'quick', way: 'bridged' }, async (world) => {
    const [one, other] = await Promise.all([connect(world), connect(world)]);
    const page = await other.newPage();
    await one.close();
    await page.goto(world.site.url);
    assert.equal(await page.title(), 'Start');
    await page.close();
    await other.disconnect();
});

check('two controllers at once', { limit: 60_000 }, async (world) => {
    const browsers = await Promise.all([connect(world), connect(world)]);
    await Promise.all(browsers.map(async (browser) => {
        const context = await browser.createBrowserContext();
        for (let round = 0; round < 3; ++round) {
            const page = await context.newPage();
            await page.goto(`${world.site.url}/frames`);
            const frame = await page.waitForFrame((one) => one.url().endsWith('?far'));
            await (await frame.waitForSelector('button')).click();
            await pressed(frame, 'pressed in ?far');
            await page.close();
        }
        await context.close();
    }));
    await Promise.all(browsers.map((browser) => browser.disconnect()));
});

// As fast as they may: all of them together stay below what the backend allows, or the case fails for a closed channel.
check('two bridges in a hurry', { from: 'full', way: 'bridged', limit: 90_000 }, async (world) => {
    const hurry = async (address) => {
        const browser = await puppeteer.connect({ browserWSEndpoint: address });
        const page = await (await browser.createBrowserContext()).newPage();
        let count = 0;
        for (const end = performance.now() + 40_000; performance.now() < end; ) {
            assert.equal(await page.evaluate((number) => number + 1, count), ++count);
        }
        await browser.disconnect();
        return count;
    };
    const counts = await Promise.all([world.ws, await world.anotherBridge()].map(hurry));
    assert.ok(Math.min(...counts) > 100, `each has its share: ${counts}`);
});

check('a wait of a minute', { from: 'full', limit: 90_000 }, (world) => withPage(world, async (page) => {
    await page.goto(world.site.url);
    await page.evaluate(() => void setTimeout(() => (globalThis.over = true), 60_000));
    await page.waitForFunction(() => globalThis.over, { timeout: 80_000 });
}));

for (const [seconds, from, limit] of [[5, 'normal', 60_000], [30, 'full', 150_000]]) {
    check(`link cut for ${seconds} s, near`, { from, way: 'bridged', limit }, (world) => withPage(world, async (page) => {
        await page.goto(world.site.url);
        const clicks = async () => {
            for (let n = 0; n < 20; ++n) await page.click('#count');
        };
        await Promise.all([world.nearLink.cut(seconds * 1000), clicks()]);
        assert.equal(await text(page, '#count'), 'pressed 20');
    }));
}

check('the bridge killed in the middle', { way: 'bridged', limit: 60_000 }, async (world) => {
    const browser = await connect(world);
    const page = await (await browser.createBrowserContext()).newPage();
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
