// Import `test` and `expect` from here in place of '@playwright/test'. Each worker is a client of its own in the far
// browser, and each test has a context of its own there, as with a browser of Playwright's.
import { test as base } from '@playwright/test';

export { expect } from '@playwright/test';

export const test = base.extend({
    cdpUrl: [undefined, { option: true, scope: 'worker' }],
    browser: [
        async ({ playwright, browserName, cdpUrl }, use) => {
            const connect = () => playwright.chromium.connectOverCDP(cdpUrl);
            const browser = await (cdpUrl ? connect() : playwright[browserName].launch());
            await use(browser);
            await browser.close();
        },
        { scope: 'worker' },
    ],
});
