// Playwright's tests in the browser whose address stands in BMC_CDP_URL, as `agent --bridge NAME --exec npx playwright
// test` sets it. Without that variable Playwright starts a browser here, as ever.
import { defineConfig } from '@playwright/test';

export default defineConfig({
    testDir: 'tests',
    reporter: process.env.CI ? [['line'], ['junit', { outputFile: 'results.xml' }]] : 'list',
    use: {
        cdpUrl: process.env.BMC_CDP_URL, // an option of ./far-browser.mjs
        trace: 'retain-on-failure',
    },
});
