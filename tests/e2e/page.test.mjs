// The bridge's page in a second Chromium: a person sees the far browser and takes the mouse.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { check } from './check.mjs';
import {
    expectNoSeriousFault, goTo, GREEN, keepPicture, pixelAt, placeIn, RED, SIZES, swipe, tabsOf, waitFor, waitForColour, waitForTabs, withPage,
} from './person.mjs';
import { pngSize } from './png.mjs';
import './page_keys.mjs';
import './page_pace.mjs';

const CASE_LIMIT_MS = 120_000;

check('a click and keys in the picture reach the far page', { from: 'quick', way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await page.getByRole('button', { name: /^far/ }).waitFor();
    await page.getByText('Connected', { exact: true }).waitFor();
    await goTo(page, `${world.site.url}/picture`);
    await waitForColour(page, RED);
    await page.mouse.click(...await placeIn(page, 0.1, 0.1));
    await waitForColour(page, GREEN);
    await page.getByRole('button', { name: 'Green', exact: true }).waitFor();
    await page.mouse.click(...await placeIn(page, 0.1, 0.6));
    await page.keyboard.type('far awayX');
    await page.keyboard.press('Backspace');
    await page.getByRole('button', { name: 'Typed far away', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Paste text' }).click();
    await page.getByLabel('Text', { exact: true }).fill(' and pasted');
    await page.getByRole('button', { name: 'Paste', exact: true }).click();
    await page.getByRole('button', { name: 'Typed far away and pasted', exact: true }).waitFor();
}));

check('the bar, the tabs and a screenshot', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await waitForTabs(page);
    const tabs = tabsOf(page);
    const before = await tabs.count();
    await page.locator('#new-tab').click();
    await waitFor('there is no new tab', async () => (await tabs.count()) === before + 1 || tabs.count());
    await goTo(page, `${world.site.url}/picture`);
    await waitForColour(page, RED);
    await goTo(page, `${world.site.url}/next`);
    await page.getByRole('button', { name: 'Next', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    await waitForColour(page, RED);
    await page.getByRole('button', { name: 'Forward', exact: true }).click();
    await page.getByRole('button', { name: 'Next', exact: true }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Screenshot' }).click()]);
    const file = await download.path();
    assert.ok(pngSize(readFileSync(file)).width > 100);
    const asked = () => world.site.heads.filter(({ path }) => path === '/next').length;
    const loads = asked();
    await page.getByRole('button', { name: 'Reload', exact: true }).click();
    await waitFor('it was not loaded again', async () => asked() > loads);
    await page.getByRole('button', { name: 'Close Next' }).click();
    await page.getByRole('button', { name: 'Close Next' }).waitFor({ state: 'detached' });
    assert.equal(await tabs.count(), before);
}));

check('a page that comes to rest is shown as it is', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await waitForTabs(page);
    await goTo(page, `${world.site.url}/settling`);
    await page.getByRole('button', { name: 'Settling', exact: true }).waitFor();
    await page.locator('canvas.drawn').waitFor();
    for (let time = 1; time <= 5; ++time) {
        await page.mouse.click(...await placeIn(page, 0.5, 0.5));
        await page.getByRole('button', { name: `Settled ${time}`, exact: true }).waitFor();
        await waitForColour(page, time % 2 === 1 ? GREEN : RED, 0.5, 0.5);
    }
}));

check('a finger taps and scrolls', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page, context) => {
    await page.getByRole('button', { name: /^far/ }).tap();
    await waitForTabs(page);
    await goTo(page, `${world.site.url}/picture`);
    await waitForColour(page, RED);
    await page.touchscreen.tap(...await placeIn(page, 0.1, 0.1));
    await waitForColour(page, GREEN);
    await page.touchscreen.tap(...await placeIn(page, 0.1, 0.6));
    await page.getByRole('button', { name: 'Paste text' }).tap();
    await page.getByLabel('Text', { exact: true }).fill('by thumb');
    await page.getByRole('button', { name: 'Paste', exact: true }).tap();
    await page.getByRole('button', { name: 'Typed by thumb', exact: true }).waitFor();
    await goTo(page, `${world.site.url}/tall`);
    await waitForColour(page, [255, 0, 0], 0.5, 0.1);
    const touch = await context.newCDPSession(page);
    await waitFor('it does not scroll', async () => {
        await swipe(touch, await placeIn(page, 0.5, 0.95), await placeIn(page, 0.5, 0.05));
        const [red, , blue] = await pixelAt(page, 0.5, 0.1);
        return blue > 40 || [red, blue];
    });
    assert.ok(!(await page.evaluate(() => scrollY)), 'the page itself stays where it is');
    await keepPicture(world, page, 'touch');
}, { viewport: SIZES.phone, hasTouch: true, isMobile: true }));

check('the wheel scrolls the far page', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await page.getByText('Connected', { exact: true }).waitFor();
    await goTo(page, `${world.site.url}/tall`);
    await waitForColour(page, [255, 0, 0], 0.5, 0.1);
    await page.mouse.move(...await placeIn(page, 0.5, 0.5));
    await waitFor('it does not scroll', async () => {
        await page.mouse.wheel(0, 4000);
        const [red, , blue] = await pixelAt(page, 0.5, 0.1);
        return blue > 200 || [red, blue];
    });
}));

check('a question of the far page is answered here', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await page.getByText('Connected', { exact: true }).waitFor();
    await goTo(page, `${world.site.url}/dialogs`);
    await page.getByRole('button', { name: 'Dialogs', exact: true }).waitFor();
    await page.getByRole('application').focus();
    await page.keyboard.press('Enter'); // the keyboard is the far page's now
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('your name?').waitFor();
    await page.getByLabel('Answer').fill('Ada');
    await page.getByRole('button', { name: 'OK' }).click();
    await page.getByText('your name?').waitFor({ state: 'hidden' });
    await page.getByRole('application').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Shift+Escape');
    await page.keyboard.press('Tab'); // and here again
    assert.notEqual(await page.evaluate(() => document.activeElement.id), 'picture');
}));

check('what the policy refuses is said', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await page.getByText('Connected', { exact: true }).waitFor();
    await goTo(page, 'chrome://version');
    await page.getByText('The policy of the far machine refuses this').waitFor();
    await keepPicture(world, page, 'refused');
    await page.getByRole('button', { name: 'Connect a tool' }).click();
    await page.getByText(world.ws, { exact: true }).waitFor();
    const lines = await page.locator('#lines').evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth);
    assert.ok(lines <= 0, `the lines to copy are ${lines} px too wide`);
    await expectNoSeriousFault(page);
    await keepPicture(world, page, 'lines');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('button', { name: 'DevTools' }).click();
    await page.getByText(/^devtools:\/\/devtools\/bundled\/inspector\.html\?ws=/).waitFor();
}));

check('a device goes offline and comes back', { from: 'quick', way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await page.getByText('Connected', { exact: true }).waitFor();
    await goTo(page, `${world.site.url}/picture`);
    await waitForColour(page, RED);
    await world.agent.end();
    await page.getByText('far is offline').waitFor();
    await expectNoSeriousFault(page);
    await keepPicture(world, page, 'offline');
    await world.runAgent();
    await page.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
    await goTo(page, `${world.site.url}/picture`);
    await waitForColour(page, RED);
}));

const BACK_LIMIT_MS = 15_000;

check('a device that goes while the page connects to it is shown once it is back', { way: 'bridged', limit: CASE_LIMIT_MS }, async (world) => {
    await withPage(world, (page) => page.getByRole('button', { name: /^far/ }).getByText('Ready', { exact: true }).waitFor());
    world.agent.kill('SIGSTOP'); // it is there, and does not answer
    await withPage(world, async (page) => {
        await page.getByText('Connecting to far', { exact: true }).waitFor();
        world.agent.kill('SIGKILL');
        await page.getByText('far is offline').waitFor();
        await world.runAgent();
        await page.getByText('Connected', { exact: true }).waitFor({ timeout: BACK_LIMIT_MS });
    });
});

check('a pause is shown, and its end', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await waitForTabs(page);
    await world.farCommand('--pause', '10m');
    try {
        await page.getByText('far is paused').waitFor();
        await page.getByRole('button', { name: /^far/ }).getByText('Paused', { exact: true }).waitFor();
        await expectNoSeriousFault(page);
        await keepPicture(world, page, 'paused');
    } finally {
        await world.farCommand('--resume');
    }
    await waitForTabs(page);
    await page.locator('canvas.drawn').waitFor();
}));

check('it reads well at every size, by day and by night', { way: 'bridged', limit: CASE_LIMIT_MS }, async (world) => {
    for (const [size, viewport] of Object.entries(SIZES)) {
        for (const colorScheme of ['light', 'dark']) {
            await withPage(world, async (page) => {
                if (size === 'phone') {
                    await page.getByRole('button', { name: /^far/ }).waitFor();
                    await expectNoSeriousFault(page);
                    await keepPicture(world, page, `phone-list-${colorScheme}`);
                    await page.getByRole('button', { name: /^far/ }).click();
                }
                await page.getByText('Connected', { exact: true }).waitFor();
                await goTo(page, world.site.url);
                await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
                await page.locator('canvas.drawn').waitFor();
                await waitForColour(page, [255, 255, 255], 0.9, 0.9);
                await expectNoSeriousFault(page);
                const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                assert.ok(wide <= 0, `${size}: it is ${wide} px too wide`);
                await keepPicture(world, page, `${size}-${colorScheme}`);
            }, { viewport, colorScheme });
        }
    }
});

check('each address has the page of its device', { way: 'bridged', limit: CASE_LIMIT_MS }, async (world) => {
    const other = '6f1c2a54-0d3b-4b7e-9a1f-2c5d8e7f9a03';
    await world.addDevice(other, 'other');
    const [first, second] = await world.pagesOfTwo(other);
    assert.notEqual(new URL(first).port, new URL(second).port);
    await withPage(world, async (page) => {
        await waitForTabs(page);
        await page.getByText('1 of 1 online').waitFor();
        await goTo(page, `${world.site.url}/picture`);
        await waitForColour(page, RED);
    }, { address: first });
    await withPage(world, async (page) => {
        await page.getByText('other is offline').waitFor();
        await page.getByText('0 of 1 online').waitFor();
    }, { address: second });
});

check('a browser that asks for consent is waited for', { way: 'bridged', limit: CASE_LIMIT_MS }, async (world) => {
    await world.agent.end();
    const chrome = await world.personsChrome();
    await world.runAgent({ BMC_AGENT_BROWSER_URL: chrome.folder });
    await withPage(world, async (page) => {
        await page.getByText('far waits for consent').waitFor();
        await page.getByText('Waiting for somebody to press Allow', { exact: false }).first().waitFor();
        await expectNoSeriousFault(page);
        await keepPicture(world, page, 'consent');
        const { asked } = chrome;
        chrome.allow();
        await waitForTabs(page);
        assert.equal(asked, 1, 'the person is asked once');
        await goTo(page, `${world.site.url}/picture`);
        await waitForColour(page, RED);
    });
});
