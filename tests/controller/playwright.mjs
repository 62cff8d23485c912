// An unchanged Playwright script, as anybody has them: only the address of the browser is another one.
//
//     BMC_CDP_URL=ws://… playwright.mjs PAGE PICTURE
import { chromium } from 'playwright-core';

const [page_url, picture] = process.argv.slice(2);
const browser = await chromium.connectOverCDP(process.env.BMC_CDP_URL);
const page = await (await browser.newContext()).newPage();
await page.goto(page_url);
await page.getByRole('button', { name: 'Press me' }).click();
await page.getByText('Pressed 1 time, by a real mouse event.').waitFor();
await page.screenshot({ path: picture });
console.log(`Playwright pressed the button of "${await page.title()}" in ${browser.browserType().name()} ${browser.version()}`);
await browser.close();
