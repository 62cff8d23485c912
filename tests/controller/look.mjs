// What a person does: opens the bridge's page, looks at a far browser, clicks into its picture, and keeps a picture of
// the page.
//
//     look.mjs PAGE DEVICE PICTURE
import { chromium } from 'playwright-core';

import { browserPath } from './browser.mjs';

const LIMIT_MS = 30_000;

const [page_url, device, picture] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: browserPath() });
try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 720 }, colorScheme: 'light' });
    page.setDefaultTimeout(LIMIT_MS);
    await page.goto(page_url);
    await page.getByRole('button', { name: device }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    const canvas = page.locator('canvas.drawn');
    await canvas.waitFor();
    // The button of the far page stands below the middle of its picture.
    const box = await canvas.boundingBox();
    const was = await canvas.evaluate((element) => element.toDataURL());
    await page.mouse.click(box.x + box.width * 0.5, box.y + box.height * 0.6);
    await page.waitForFunction((before) => document.getElementById('picture').toDataURL() !== before, was);
    // Both devices are told of a moment later: this one is there, and the other one is not.
    await page.getByRole('button', { name: device }).getByText('Ready').waitFor();
    await page.getByRole('button', { name: 'build machine' }).getByText('Offline').waitFor();
    await page.getByText(/^Driven by/).waitFor();
    await page.screenshot({ path: picture });
    console.log(`the page showed the far browser: ${await page.title()}`);
} finally {
    await browser.close();
}
