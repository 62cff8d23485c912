// The DevTools front end that Chromium ships, opened in a second Chromium on the address of a page.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Cdp from 'chrome-remote-interface';
import puppeteer from 'puppeteer-core';
import { check } from './check.mjs';
import { settings } from './world.mjs';

settings.openToLocalUsers = true;

const STEP_LIMIT_MS = 40_000;

/** Whether the front end, which is a tree of shadow roots, has that text. */
function shows(wanted) {
    const words = [];
    const look = (node) => {
        if (node.nodeType === Node.TEXT_NODE) words.push(node.data);
        if (node.shadowRoot) look(node.shadowRoot);
        for (const child of node.childNodes) look(child);
    };
    look(document.body);
    return words.join('').replaceAll('\u200b', '').includes(wanted); // it lets tags break
}

check('Elements shows the far page', { limit: 90_000 }, async (world) => {
    const made = await Cdp.New({ host: '127.0.0.1', port: world.port, url: `${world.site.url}/next` });
    const address = made.webSocketDebuggerUrl.replace('ws://', '');
    const viewer = await puppeteer.connect({ browserWSEndpoint: await world.chromium('--window-size=1200,800') });
    const page = await viewer.newPage();
    await page.goto(`devtools://devtools/bundled/devtools_app.html?ws=${address}&panel=elements`);
    try {
        await page.waitForFunction(shows, { timeout: STEP_LIMIT_MS, polling: 200 }, '<h1>Next</h1>');
    } finally {
        writeFileSync(process.env.BMC_E2E_PICTURE ?? join(world.scratch, 'devtools.png'), await page.screenshot());
    }
    await viewer.disconnect();
    await Cdp.Close({ host: '127.0.0.1', port: world.port, id: made.id });
});
