// What the bridge's page costs on the bus, and what it leaves to others. Cases of page.test.mjs.
import assert from 'node:assert/strict';
import { check } from './check.mjs';
import { goTo, placeIn, waitForTabs, withPage } from './person.mjs';

const CASE_LIMIT_MS = 120_000;

/** Broadcasts on the bus in so many seconds, in both directions. None may be too many for the backend. */
async function messagesIn(world, seconds) {
    const before = await world.messages();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const after = await world.messages();
    assert.equal(after.closures - before.closures, 0);
    return after.count - before.count;
}

/** Broadcasts a second that the far agent leaves for this end; 0: any number. */
const paceOf = (page) => page.evaluate(async () => (await (await fetch('devices.json')).json()).devices[0].pace);

check('a restless page stays within its third of the pace, and costs nothing unseen', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page) => {
    await page.getByText('Connected', { exact: true }).waitFor();
    await goTo(page, `${world.site.url}/restless`);
    await page.getByRole('button', { name: 'Restless', exact: true }).waitFor();
    await page.locator('canvas.drawn').waitFor();
    const seconds = 10;
    const pace = await paceOf(page);
    const seen = await messagesIn(world, seconds);
    // A picture, and its acknowledgement; and questions about who is there.
    if (pace > 0) assert.ok(seen <= 2 * seconds * (pace / 3) + 20, `${seen} messages in ${seconds} s at a pace of ${pace}`);
    assert.ok(seen > seconds, `${seen} messages in ${seconds} s`);
    await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
        document.dispatchEvent(new Event('visibilitychange'));
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const unseen = await messagesIn(world, seconds);
    assert.ok(unseen <= 15, `${unseen} messages in ${seconds} s while nobody could see it`);
    await page.evaluate(() => delete document.hidden);
    await goTo(page, world.site.url);
}));

check('a caret that blinks takes less than a third of the pace', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page, _, talk) => {
    await waitForTabs(page);
    await goTo(page, `${world.site.url}/caret`);
    await page.getByRole('button', { name: 'Caret', exact: true }).waitFor();
    await page.locator('canvas.drawn').waitFor();
    await page.mouse.click(...await placeIn(page, 0.4, 0.2));
    await page.getByRole('button', { name: 'Caret blinks', exact: true }).waitFor();
    const seconds = 10;
    const begun = talk.length;
    const pace = await paceOf(page);
    const seen = await messagesIn(world, seconds);
    const counted = (what) => talk.slice(begun).filter((line) => line.includes(what)).length;
    const pictures = counted('"Page.screencastFrame"');
    const restarts = counted('"Page.startScreencast"');
    await goTo(page, world.site.url);
    assert.ok(pictures >= 1.5 * seconds, `${pictures} pictures in ${seconds} s: it does not blink`);
    assert.ok(restarts <= 1, `it began anew ${restarts} times in ${seconds} s`);
    // All of it, the questions about who is there too.
    if (pace > 0) assert.ok(seen <= (seconds * pace) / 3, `${seen} messages in ${seconds} s at a pace of ${pace}`);
}));

/** A client that sends its next command when the last one was answered, until end(). `answers`: how many were. */
async function busyClient(address) {
    const socket = new WebSocket(address);
    const client = { answers: 0, end: () => socket.close() };
    const ask = () => socket.send(JSON.stringify({ id: client.answers + 1, method: 'Browser.getVersion' }));
    socket.onmessage = () => {
        client.answers += 1;
        ask();
    };
    await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
    ask();
    return client;
}

check('beside another client at work the picture has its share, and no more', { way: 'bridged', limit: CASE_LIMIT_MS }, (world) => withPage(world, async (page, _, talk) => {
    await waitForTabs(page);
    await goTo(page, `${world.site.url}/restless`);
    await page.getByRole('button', { name: 'Restless', exact: true }).waitFor();
    await page.locator('canvas.drawn').waitFor();
    const pace = await paceOf(page);
    const most = pace > 0 ? Math.min(pace / 3, 12.5) : 12.5;
    const client = await busyClient(world.ws);
    const seconds = 10;
    const begun = talk.length;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const pictures = talk.slice(begun).filter((line) => line.includes('"Page.screencastFrame"')).length;
    client.end();
    await goTo(page, world.site.url);
    assert.ok(pictures <= most * seconds + 3, `${pictures} pictures in ${seconds} s, of ${most} a second`);
    assert.ok(pictures >= seconds / 2, `${pictures} pictures in ${seconds} s beside another client`);
    assert.ok(client.answers >= seconds, `the other client had ${client.answers} answers`);
}));
