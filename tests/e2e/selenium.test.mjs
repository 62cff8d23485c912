// Selenium, unchanged, with Debian's ChromeDriver at debuggerAddress.
import assert from 'node:assert/strict';
import { Builder, By, Key, until } from 'selenium-webdriver';
import chrome from 'selenium-webdriver/chrome.js';
import { check } from './check.mjs';
import { pngSize } from './png.mjs';
import { settings } from './world.mjs';

settings.openToLocalUsers = true;

const STEP_LIMIT_MS = 20_000;

async function withDriver(world, work) {
    const options = new chrome.Options().debuggerAddress(`127.0.0.1:${world.port}`);
    const service = new chrome.ServiceBuilder('/usr/bin/chromedriver');
    const driver = await new Builder().forBrowser('chrome').setChromeOptions(options).setChromeService(service).build();
    try {
        await work(driver);
    } finally {
        await driver.quit();
    }
}

check('find, click, type, picture, windows', { from: 'quick', limit: 60_000 }, (world) => withDriver(world, async (driver) => {
    const first = await driver.getWindowHandle();
    await driver.switchTo().newWindow('tab');
    await driver.get(world.site.url);
    assert.equal(await driver.getTitle(), 'Start');
    await driver.findElement(By.id('count')).click();
    assert.equal(await driver.findElement(By.id('count')).getText(), 'pressed 1');
    await driver.findElement(By.id('name')).sendKeys('typed', Key.BACK_SPACE);
    assert.equal(await driver.findElement(By.id('name')).getAttribute('value'), 'type');
    await driver.findElement(By.id('later')).click();
    await driver.wait(until.elementLocated(By.id('late')), STEP_LIMIT_MS);
    assert.ok(pngSize(Buffer.from(await driver.takeScreenshot(), 'base64')).width > 100);
    assert.equal(await driver.executeScript('return arguments[0] + 1', 41), 42);
    await driver.get(`${world.site.url}/frames`);
    await driver.switchTo().frame(await driver.findElement(By.id('far')));
    await driver.findElement(By.css('button')).click();
    assert.equal(await driver.findElement(By.css('button')).getText(), 'pressed in ?far');
    await driver.switchTo().defaultContent();
    await driver.get(`${world.site.url}/popups`);
    const before = await driver.getAllWindowHandles();
    await driver.findElement(By.id('same')).click();
    await driver.wait(async () => (await driver.getAllWindowHandles()).length > before.length, STEP_LIMIT_MS);
    const popup = (await driver.getAllWindowHandles()).find((one) => !before.includes(one));
    await driver.switchTo().window(popup);
    assert.equal(await driver.getTitle(), 'Popup');
    await driver.close();
    await driver.switchTo().window(before.find((one) => one !== first));
    await driver.get(`${world.site.url}/dialogs`);
    await driver.findElement(By.id('confirm')).click();
    await driver.wait(until.alertIsPresent(), STEP_LIMIT_MS);
    await driver.switchTo().alert().accept();
    assert.equal(await driver.findElement(By.id('said')).getText(), 'true');
    await driver.close();
    await driver.switchTo().window(first);
}));
