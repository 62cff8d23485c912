// The bridge's page without a mouse: the focus is always visible, and is never lost. Cases of page.test.mjs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { check } from './check.mjs';
import { GREEN, keepPicture, RED, SIZES, tabsOf, waitFor, waitForColour, waitForTabs, withPage } from './person.mjs';
import { pngSize } from './png.mjs';

const CASE_LIMIT_MS = 120_000;
const OTHER = '6f1c2a54-0d3b-4b7e-9a1f-2c5d8e7f9a04';
const MOST_STEPS = 30; // of Tab, from one place of the page to any other

/** In the page: what is wrong with the focus at this moment; empty: it is on something, and can be seen. */
function faultOfFocus() {
    const { activeElement: element } = document;
    if (element === document.body || element === null) return 'nothing has the focus';
    const box = element.getBoundingClientRect();
    const name = `${element.tagName} ${element.id} ${element.textContent.slice(0, 30)}`;
    if (box.width === 0 || !element.checkVisibility()) return `${name} cannot be seen`;
    const ringed = (style, width) => style !== 'none' && parseFloat(width) >= 2;
    const own = getComputedStyle(element);
    const around = getComputedStyle(document.getElementById('stage'), '::after');
    const onPicture = element.id === 'picture' && around.content !== 'none' && ringed(around.borderTopStyle, around.borderTopWidth);
    if (!ringed(own.outlineStyle, own.outlineWidth) && !onPicture) return `${name} has no ring`;
    const inset = 4;
    const places = [[box.left + inset, box.top + inset], [box.right - inset, box.bottom - inset], [box.left + box.width / 2, box.top + box.height / 2]];
    const isOnTop = ([x, y]) => element.contains(document.elementFromPoint(x, y));
    return places.some(isOnTop) ? '' : `${name} is covered, or outside of the window`;
}

/** Somebody who has keys alone. */
class Keyboard {
    constructor(page) {
        this.page = page;
    }

    async press(key) {
        await this.page.keyboard.press(key);
        await this.look(key);
    }

    async type(text) {
        await this.page.keyboard.type(text);
        await this.look(text);
    }

    /** The focus is there, also once the page has drawn what the key did. */
    async look(after) {
        let fault;
        await waitFor(`after ${after}`, async () => (fault = await this.page.evaluate(faultOfFocus)) === '' || fault);
        assert.deepEqual(await this.page.evaluate(() => window.lostFocus), [], `lost after ${after}`);
    }

    /** Until that element has the focus. */
    async tabTo(selector, key = 'Tab') {
        for (let step = 0; step < MOST_STEPS; ++step) {
            if (await this.has(selector)) return;
            await this.press(key);
        }
        assert.fail(`${selector} cannot be reached by ${key}`);
    }

    has(selector) {
        return this.page.evaluate((selector) => document.activeElement.matches(selector), selector);
    }

    /** What a key did gives the focus to that element. */
    async expectAt(selector) {
        await waitFor(`the focus is not at ${selector}`, async () => (await this.has(selector)) || this.page.evaluate(() => document.activeElement.outerHTML.slice(0, 120)));
        await this.look(selector);
    }

    async open(address) {
        await this.tabTo('#address', 'Shift+Tab');
        await this.press('Control+a');
        await this.type(address);
        await this.press('Enter');
        await this.expectAt('#picture');
    }
}

/** Writes down each moment in which nothing has the focus, from when something had it first. */
function watchFocus() {
    window.lostFocus = [];
    let begun = false;
    (function look() {
        const lost = document.activeElement === document.body || document.activeElement === null;
        begun ||= !lost;
        if (begun && lost && document.hasFocus()) window.lostFocus.push(Math.round(performance.now()));
        requestAnimationFrame(look);
    })();
}

const title = (page, name) => page.getByRole('button', { name, exact: true }).waitFor();

check('all of it without a mouse', { way: 'bridged', limit: CASE_LIMIT_MS }, async (world) => {
    await world.addDevice(OTHER, 'other');
    await withPage(world, async (page) => {
        await page.evaluate(watchFocus);
        const keys = new Keyboard(page);
        const tabs = tabsOf(page);
        await page.getByRole('button', { name: /^other/ }).waitFor();
        // a device
        await keys.tabTo('.devices button');
        await keys.press('ArrowDown');
        assert.ok(await keys.has('.devices li:last-child button'));
        await keys.press('ArrowUp');
        await keys.press('Enter');
        await waitForTabs(page);
        await keys.look('the device was opened');
        await keys.tabTo('.skip', 'Shift+Tab');
        await keys.press('Enter');
        await keys.expectAt('#main');
        await waitForTabs(page);
        // a tab more
        const before = await tabs.count();
        await keys.tabTo('#new-tab');
        await keys.press('Enter');
        await waitFor('there is no new tab', async () => (await tabs.count()) === before + 1);
        await page.locator('.tab:last-child [aria-current]').waitFor();
        await keys.look('the new tab');
        // an address
        await keys.tabTo('#address');
        await keys.type(`${world.site.url}/picture`);
        await keys.press('Enter');
        await waitForColour(page, RED);
        await keys.expectAt('#picture');
        // the far page
        await keys.press('Enter');
        await keys.press('Tab');
        await keys.press('Enter');
        await waitForColour(page, GREEN);
        await keys.press('Tab');
        await keys.type('by keys');
        await title(page, 'Typed by keys');
        await keepPicture(world, page, 'keys-entered');
        await keys.press('Shift+Escape');
        assert.ok(await keys.has('#picture'));
        // another address, and back
        await keys.open(`${world.site.url}/dialogs`);
        await title(page, 'Dialogs');
        await keys.tabTo('#back', 'Shift+Tab');
        await keys.press('Enter');
        await title(page, 'Red');
        await keys.press('Enter');
        await page.locator('#back[aria-disabled="true"]').waitFor();
        await keys.look('there is nothing to go back to');
        assert.ok(await keys.has('#back'));
        await keys.tabTo('#forward');
        await keys.press('Enter');
        await title(page, 'Red');
        await keys.press('Enter');
        await title(page, 'Dialogs');
        // a question of the far page
        await keys.tabTo('#picture');
        await keys.press('Enter');
        await keys.press('Tab');
        await keys.press('Tab');
        await keys.press('Enter');
        await page.getByText('a question').waitFor();
        await keys.expectAt('#ask-yes');
        await keys.press('Escape');
        await page.getByText('a question').waitFor({ state: 'hidden' });
        await keys.expectAt('#picture');
        // the screenshot
        await keys.tabTo('#screenshot', 'Shift+Tab');
        const [download] = await Promise.all([page.waitForEvent('download'), keys.press('Enter')]);
        assert.ok(pngSize(readFileSync(await download.path())).width > 100);
        await keys.tabTo('#notices button');
        await keys.press('Enter');
        await page.locator('.notice').waitFor({ state: 'detached' });
        await keys.look('the notice was dismissed');
        // a window of the page
        await keys.tabTo('#open-paste', 'Shift+Tab');
        await keys.press('Enter');
        await keys.expectAt('#paste-text');
        await keys.press('Escape');
        await keys.expectAt('#open-paste');
        // the other tab, and this one closed
        await keys.tabTo('.tab:last-child .tab-name', 'Shift+Tab');
        await keys.press('ArrowLeft');
        await keys.press('Enter');
        await page.locator('.tab:first-child [aria-current]').waitFor();
        await keys.look('the first tab');
        await keys.press('End');
        await keys.tabTo('.tab:last-child .tab-close');
        await keys.press('Enter');
        await waitFor('it is not closed', async () => (await tabs.count()) === before);
        await keys.look('the tab was closed');
        assert.ok(await keys.has('.tab button'));
        // the last one closed, and one more opened from the middle of the page
        await keys.press('Home');
        for (let left = before; left > 0; --left) {
            await keys.press('Delete');
            await waitFor('it is not closed', async () => (await tabs.count()) === left - 1);
            await keys.look('a tab was closed');
        }
        await page.getByText('No tab is shown').waitFor();
        assert.equal(await page.locator('canvas.drawn').count(), 0, 'nothing is shown of a tab that is closed');
        await keepPicture(world, page, 'keys-no-tab');
        await keys.tabTo('#over-act');
        await keys.press('Enter');
        await waitForTabs(page);
        await page.locator('canvas.drawn').waitFor();
        await keys.expectAt('#picture');
    }, { address: await world.pageOfAll() });
});

check('on a narrow window the list and the device without a mouse', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await page.evaluate(watchFocus);
    const keys = new Keyboard(page);
    await page.getByRole('button', { name: /^far/ }).waitFor();
    await keys.tabTo('.devices button');
    await keys.press('Enter');
    await keys.expectAt('#back-to-list');
    await waitForTabs(page);
    await keys.press('Enter');
    await keys.expectAt('.devices button');
}, { viewport: SIZES.phone }));

check('the focus stays while a device goes offline and comes back', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await page.evaluate(watchFocus);
    const keys = new Keyboard(page);
    await waitForTabs(page);
    await keys.tabTo('.tab-name');
    await world.agent.end();
    await page.getByText('far is offline').waitFor();
    await keys.expectAt('#new-tab');
    await keys.tabTo('#picture');
    await world.runAgent();
    await waitForTabs(page);
    await page.locator('canvas.drawn').waitFor();
    await keys.expectAt('#picture');
}));
