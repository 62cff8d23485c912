// A person at the bridge's page: opens it in a second Chromium, and finds what is on it.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { chromium } = await import(process.env.BMC_E2E_LIBRARY ?? 'playwright-core');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const STEP_LIMIT_MS = 40_000;
const TOLD = 60; // of the page's messages, where a case fails
export const RED = [200, 30, 60], GREEN = [20, 140, 60];
export const SIZES = { desk: { width: 1280, height: 800 }, phone: { width: 360, height: 740 }, wall: { width: 3840, height: 2160 } };

let viewer; // the browser of the person, started once

/**
 * Opens the page (of the world's bridge, or at `address`) and hands it to `work`, with what it says and hears. Nothing that
 * the page says as an error, or tells the person as one, is passed over.
 */
export async function withPage(world, work, { address, ...options } = {}) {
    viewer ??= await chromium.connectOverCDP(await world.chromium('--window-size=1280,800'));
    const context = await viewer.newContext({ viewport: SIZES.desk, ...options });
    context.setDefaultTimeout(STEP_LIMIT_MS);
    const page = await context.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    const talk = talkOf(page);
    try {
        await page.goto(address ?? (await world.pageAddress()));
        await work(page, context, talk);
        // A browser writes down each WebSocket that it did not get, as while the far agent is away.
        assert.deepEqual(await page.locator('.notice.failed').allTextContents(), []);
        assert.deepEqual(errors.filter((text) => !text.startsWith('WebSocket connection to')), []);
    } catch (error) {
        throw new Error([String(error?.stack ?? error), 'the page said and heard', ...talk.slice(-TOLD), ...errors].join('\n    '));
    } finally {
        await context.close();
    }
}

/** What the page says to the far browser and hears of it: a line each, without what is long. */
function talkOf(page) {
    const talk = [];
    const begun = performance.now();
    const note = (way, payload) => talk.push(`${((performance.now() - begun) / 1000).toFixed(3)} ${way} ${String(payload).slice(0, 200)}`);
    page.on('websocket', (socket) => {
        socket.on('framesent', ({ payload }) => note('→', payload));
        socket.on('framereceived', ({ payload }) => note('←', payload.replace(/"data":"[^"]*"/, '"data":…')));
        socket.on('close', () => note('✕', ''));
    });
    return talk;
}

/** Of the picture at a place in shares of its size. */
export const pixelAt = (page, x, y) => page.evaluate(([x, y]) => {
    const canvas = document.getElementById('picture');
    const place = [Math.floor(canvas.width * x), Math.floor(canvas.height * y)];
    return [...canvas.getContext('2d').getImageData(...place, 1, 1).data].slice(0, 3);
}, [x, y]);

const isNear = (pixel, colour) => pixel.every((value, i) => Math.abs(value - colour[i]) < 24);

export async function waitFor(what, condition) {
    const end = performance.now() + STEP_LIMIT_MS;
    let last;
    while (performance.now() < end) {
        last = await condition();
        if (last === true) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${what}: ${JSON.stringify(last)}`);
}

export const waitForColour = (page, colour, x = 0.75, y = 0.4) => waitFor(`the picture is not ${colour}`, async () => {
    const pixel = await pixelAt(page, x, y);
    return isNear(pixel, colour) || pixel;
});

/** The page is connected, and knows the tabs. */
export async function waitForTabs(page) {
    await page.getByText('Connected', { exact: true }).waitFor();
    await tabsOf(page).locator('[aria-current]').waitFor();
}

export const tabsOf = (page) => page.getByRole('list', { name: 'Tabs of the far browser' }).getByRole('listitem');

/** A place in the picture, in shares of its size, as the mouse wants it. */
export async function placeIn(page, x, y) {
    return page.evaluate(([x, y]) => {
        const canvas = document.getElementById('picture');
        const box = canvas.getBoundingClientRect();
        const scale = Math.min(box.width / canvas.width, box.height / canvas.height);
        const size = [canvas.width * scale, canvas.height * scale];
        return [box.left + (box.width - size[0]) / 2 + x * size[0], box.top + (box.height - size[1]) / 2 + y * size[1]];
    }, [x, y]);
}

export async function swipe(session, [x, from], [, to]) {
    const STEPS = 8;
    const send = (type, y) => session.send('Input.dispatchTouchEvent', { type, touchPoints: y === null ? [] : [{ x, y }] });
    await send('touchStart', from);
    for (let step = 1; step <= STEPS; ++step) await send('touchMove', from + ((to - from) * step) / STEPS);
    await send('touchEnd', null);
}

export async function goTo(page, url) {
    await page.getByLabel('Address', { exact: true }).fill(url);
    await page.keyboard.press('Enter');
}

export async function keepPicture(world, page, name) {
    const folder = process.env.BMC_E2E_PICTURES ?? join(world.scratch, 'pictures');
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}.png`) });
}

export async function expectNoSeriousFault(page) {
    await page.evaluate(AXE);
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
    const serious = found.violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
    assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), []);
}
