// The parts of the bridge's page that decide and wait for nothing: its pace, its keys, its words.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** A module of the page. It imports no other one, so that it can be read in any place. */
const part = (name) => {
    const source = readFileSync(new URL(`../../agent/bridge/page/${name}`, import.meta.url), 'utf8');
    return import(`data:text/javascript,${encodeURIComponent(source)}`);
};
const { Acknowledging, Gathered, RUNGS, Sharpness, intervalOf } = await part('pace.js');
const { Clicks, containedIn, keyParams, leftToBrowser, modifiersOf, pointIn, releases, scaleOf } = await part('keys.js');
const { devtoolsAddress, linesFor } = await part('lines.js');
const { Refusal } = await part('cdp.js');
const { driversOf, mayConnect, summaryOf, whyNoPicture } = await part('words.js');

test('pictures take a third of the pace at most', () => {
    assert.equal(intervalOf(20), 150);
    assert.equal(intervalOf(100), 80);
    assert.equal(intervalOf(1), 3000);
    assert.equal(intervalOf(0), 80, 'any number is left');
    assert.equal(intervalOf(undefined), intervalOf(20), 'nothing was said yet');
    assert.equal(intervalOf(null), intervalOf(20));
});

/**
 * A browser, a page that changes where `changes` says so, and the way between them, for so many milliseconds. Chrome sends
 * a picture of each change while it has a credit, and throws the change away while it has none. Returns the times of the
 * pictures, the most that were under way, the messages in each direction, and whether the last change was shown.
 */
function screencast({ credits, interval, until, way = 1, encoding = 0, changes = () => true }) {
    const hold = Math.round(Math.max(100, (5 * interval) / 3)); // the far agent: how long the answer to an acknowledgement waits for a picture
    const events = new Map(); // by time
    const at = (time, act) => (events.get(time) ?? events.set(time, []).get(time)).push(act);
    const told = { came: [], most: 0, sent: [], begun: 0, shown: 0, state: 0 };
    let acks = Acknowledging.begin(null, 0, interval), cast = 0, free = credits, waiting = [];
    const capture = (now) => {
        free -= 1;
        const [state, of] = [told.state, cast];
        const taken = typeof encoding === 'function' ? encoding(now) : encoding;
        at(now + taken + 1, (then) => {
            const receipts = waiting;
            waiting = [];
            told.sent.push(then); // with the answers that wait
            at(then + way, (there) => {
                receipts.forEach((receipt) => receipt.arrive(there));
                if (of !== cast) return;
                acks.came(there, interval);
                acks.drew();
                told.came.push(there);
                told.shown = state;
                told.most = Math.max(told.most, acks.underWay);
            });
        });
    };
    const acknowledge = (now) => {
        const [mine, many] = [acks, acks.acknowledged(now, interval)];
        told.sent.push(now);
        at(now + way, (then) => {
            if (mine === acks) free += many;
            const receipt = { arrive: (there) => Array.from({ length: many }, () => mine.answered(there)) };
            waiting.push(receipt);
            at(then + hold, (late) => {
                if (!waiting.includes(receipt)) return;
                waiting = waiting.filter((one) => one !== receipt);
                told.sent.push(late);
                at(late + way, receipt.arrive);
            });
        });
    };
    const begin = (now) => {
        acks = Acknowledging.begin(acks, now, interval);
        told.begun += 1;
        told.sent.push(now, now); // stopScreencast, startScreencast
        at(now + way, (then) => {
            cast += 1;
            free = credits;
            told.sent.push(then, then);
            capture(then);
        });
    };
    for (let now = 0; now < until; ++now) {
        if (changes(now)) {
            told.state += 1;
            if (free > 0) capture(now);
        }
        for (const act of events.get(now) ?? []) act(now); // those that it adds too
        events.delete(now);
        if (acks.dueAt(interval) <= now) acknowledge(now);
        else if (acks.stalledAt(interval) <= now) begin(now);
    }
    return told;
}

test('of a page that changes all the time one picture comes an interval', () => {
    for (const way of [1, 40]) {
        const { came, sent, begun } = screencast({ credits: 3, interval: 150, until: 20_000, way });
        assert.equal(begun, 0, 'it never begins anew');
        assert.ok(sent.length <= (2 * 20_000) / 150 + 6, `${sent.length}`);
        const steady = came.slice(4).map((at, i, all) => at - (all[i - 1] ?? came[3]));
        assert.ok(steady.every((pause) => pause >= 149), `${steady}`);
        assert.ok(came.length >= 20_000 / (150 + 2 * way) - 8, `${came.length}`);
    }
});

test('while a page changes again and again its picture does not begin anew', () => {
    const SECONDS = 30;
    for (const interval of [80, 150, 600]) {
        for (const pause of [60, 100, 160, 200, 250, 300, 350, 400, 450, 500, 550, 600, 700, 1000, 1500]) {
            for (const [way, encoding] of [[1, 10], [40, 20], [150, 40], [300, 60]]) {
                const { begun, came } = screencast({ credits: 3, interval, until: SECONDS * 1000, way, encoding, changes: (now) => now % pause === 0 });
                const what = JSON.stringify({ interval, pause, way, encoding });
                assert.ok(begun <= 1, `${begun}: ${what}`);
                assert.ok(came.length >= (SECONDS * 1000) / (pause + interval + 2 * way + encoding) - 3, `${came.length}: ${what}`);
            }
        }
    }
});

test('a caret that blinks takes less than a third of the pace, both ways together', () => {
    const SECONDS = 10, BLINK_MS = 500;
    for (const pace of [10, 20, 40]) {
        for (const way of [1, 40, 100]) {
            const told = screencast({ credits: 3, interval: intervalOf(pace), until: SECONDS * 1000, way, encoding: 20, changes: (now) => now % BLINK_MS === 0 });
            const what = `at a pace of ${pace}, ${way} ms away`;
            assert.equal(told.begun, 0, what);
            assert.ok(told.sent.length <= (SECONDS * pace) / 3 + 3, `${told.sent.length} messages ${what}`);
            assert.ok(told.came.length >= (SECONDS * 1000) / BLINK_MS - 1, `${told.came.length} pictures ${what}`);
        }
    }
});

test('a page that was restless and then only blinks costs as little as one that always blinked', () => {
    const SECONDS = 10, BLINK_MS = 500, RESTLESS_MS = 2000, SETTLED_MS = 4000;
    const blinks = (now) => now % BLINK_MS === 0;
    for (const pace of [10, 20, 40]) {
        for (const way of [1, 40, 100]) {
            const run = (changes) => screencast({ credits: 3, interval: intervalOf(pace), until: SETTLED_MS + SECONDS * 1000, way, encoding: 20, changes });
            const later = ({ sent }) => sent.filter((at) => at >= SETTLED_MS).length;
            const [calm, restless] = [run(blinks), run((now) => now < RESTLESS_MS || blinks(now))];
            const what = `at a pace of ${pace}, ${way} ms away`;
            assert.ok(later(restless) <= later(calm) + 4, `${later(restless)} messages, ${later(calm)} where it always blinked, ${what}`);
            assert.ok(restless.begun <= 1, `${restless.begun} ${what}`);
        }
    }
});

test('a restless page whose pictures begin to take longer still has one picture under way', () => {
    const CHANGED_MS = 3000, SETTLED_MS = 8000, UNTIL_MS = 20_000;
    for (const pace of [10, 20, 40]) {
        const interval = intervalOf(pace);
        const { came, begun } = screencast({ credits: 3, interval, until: UNTIL_MS, encoding: (now) => (now < CHANGED_MS ? 10 : 200) });
        const later = came.filter((at) => at >= SETTLED_MS);
        assert.ok(later.every((at, i) => i === 0 || at - later[i - 1] >= interval - 1), `at a pace of ${pace}: ${later}`);
        assert.ok(later.length > (UNTIL_MS - SETTLED_MS) / (interval + 300), `${later.length}`);
        assert.ok(begun <= 1, `${begun}`);
    }
});

test('after a rest a few pictures come at once, and then one an interval', () => {
    const changes = (now) => now < 2000 || now > 9000;
    const { came } = screencast({ credits: 3, interval: 150, until: 10_000, changes });
    const after = came.filter((at) => at > 9000);
    assert.ok(after[2] - after[0] < 20, `${after}`);
    assert.ok(after.slice(4).every((at, i) => at - after[i + 3] >= 149), `${after}`);
});

test('a page that comes to rest is shown as it is, whenever it does', () => {
    for (let rest = 1; rest < 1200; rest += 17) {
        const { shown, state, begun } = screencast({ credits: 3, interval: 150, until: rest + 2000, way: 40, encoding: 30, changes: (now) => now <= rest });
        assert.equal(shown, state, `after ${rest} ms`);
        assert.ok(begun <= 1, `${begun}`);
    }
});

test('however a page changes, its picture takes no more than a third of the pace', () => {
    const SECONDS = 10;
    for (const interval of [80, 150, 450, 3000]) {
        for (const pause of [1, 80, 200, 350, 530, 1000]) {
            for (const [way, encoding] of [[1, 10], [40, 30], [150, 300]]) {
                const { sent } = screencast({ credits: 3, interval, until: SECONDS * 1000, way, encoding, changes: (now) => now % pause === 0 || now % (3 * pause) === 5 });
                const most = (2 * SECONDS * 1000) / interval + 6;
                assert.ok(sent.length <= most, `${sent.length} of ${most}: ${JSON.stringify({ interval, pause, way, encoding })}`);
            }
        }
    }
});

test('a browser with fewer credits does not stand still', () => {
    for (const credits of [1, 2]) {
        const { came } = screencast({ credits, interval: 150, until: 20_000 });
        assert.ok(came.length > 20, `${credits}: ${came.length}`);
    }
});

test('nothing is acknowledged before it was drawn', () => {
    const acks = new Acknowledging();
    for (let i = 0; i < 3; ++i) acks.came(i, 150);
    assert.equal(acks.dueAt(150), Infinity);
    acks.drew();
    assert.equal(acks.dueAt(150), 150, 'three pictures at once take the room of one and a half intervals, and half of one was saved');
    assert.equal(Acknowledging.begin(null, 1000, 150).dueAt(150), Infinity);
});

test('pictures that are too large become smaller, and larger again where there is room', () => {
    const sharpness = new Sharpness();
    const limits = { pace: 20, payloadBytes: 3_000_000 };
    const begun = sharpness.rung;
    for (let now = 0; now < 60_000; now += 150) sharpness.came(200_000, limits, now);
    assert.equal(sharpness.rung, RUNGS.at(-1));
    for (let now = 60_000; now < 120_000; now += 150) sharpness.came(2_000, limits, now);
    assert.equal(sharpness.rung, RUNGS[0]);
    assert.notEqual(begun, RUNGS.at(-1));
});

test('no picture is planned beyond a third of a broadcast', () => {
    assert.ok(Sharpness.room({ pace: 1, payloadBytes: 256_000 }) <= 256_000 / 3);
    assert.ok(Sharpness.room({ pace: 20, payloadBytes: 3_000_000 }) <= 60_000);
    assert.ok(Sharpness.room({ pace: 0, payloadBytes: 3_000_000 }) <= 80_000);
    assert.ok(Sharpness.room({ pace: null, payloadBytes: null }) > 10_000);
});

test('moves are gathered, the newest counts', () => {
    const moves = new Gathered((_, newest) => newest);
    assert.equal(moves.dueAt(150), Infinity);
    moves.add(1);
    assert.ok(moves.dueAt(150) <= 0);
    assert.equal(moves.take(1000), 1);
    moves.add(2);
    moves.add(3);
    assert.equal(moves.dueAt(150), 1150);
    assert.equal(moves.take(1150), 3);
    assert.equal(moves.take(1151), null);
});

const key = (more) => ({ key: 'a', code: 'KeyA', keyCode: 65, location: 0, repeat: false, getModifierState: () => false, ...more });

test('a key types its text', () => {
    assert.deepEqual(keyParams(key({}), true), {
        type: 'keyDown', modifiers: 0, key: 'a', code: 'KeyA', windowsVirtualKeyCode: 65, location: 0, isKeypad: false,
        autoRepeat: false, text: 'a', unmodifiedText: 'a',
    });
    assert.equal(keyParams(key({ key: 'Enter', keyCode: 13 }), true).text, '\r');
    assert.equal(keyParams(key({ key: 'ü' }), true).text, 'ü');
    assert.equal(keyParams(key({ key: '😀' }), true).text, '😀');
    assert.equal(keyParams(key({}), false).type, 'keyUp');
});

test('a key with Control types nothing, one with AltGr does', () => {
    assert.equal(keyParams(key({ ctrlKey: true }), true).type, 'rawKeyDown');
    assert.equal(keyParams(key({ key: '@', ctrlKey: true, altKey: true, getModifierState: () => true }), true).text, '@');
    assert.equal(keyParams(key({ key: 'ArrowLeft' }), true).type, 'rawKeyDown');
    assert.equal(keyParams(key({ key: '5', location: 3 }), true).isKeypad, true);
});

test('Command of a Mac is Control over there', () => {
    assert.equal(modifiersOf({ metaKey: true }, true), 2);
    assert.equal(modifiersOf({ metaKey: true }, false), 4);
    assert.equal(modifiersOf({ shiftKey: true, altKey: true, ctrlKey: true }), 11);
});

test('a paste and what an input method composes are left to the browser', () => {
    assert.ok(leftToBrowser(key({ key: 'v', ctrlKey: true })));
    assert.ok(leftToBrowser(key({ key: 'V', metaKey: true }), true));
    assert.ok(leftToBrowser(key({ isComposing: true })));
    assert.ok(!leftToBrowser(key({ key: 'v' })));
    assert.ok(releases(key({ key: 'Escape', shiftKey: true })));
    assert.ok(!releases(key({ key: 'Escape' })), 'the far page may want it');
});

test('a point of the picture is a point of the page', () => {
    const box = { left: 100, top: 50, width: 800, height: 400 };
    const frame = { width: 1600, height: 800, top: 0 };
    assert.deepEqual(pointIn(box, frame, { clientX: 500, clientY: 250 }), { x: 800, y: 400 });
    assert.deepEqual(pointIn(box, frame, { clientX: 0, clientY: 9999 }), { x: 0, y: 799 });
    const contained = containedIn({ left: 0, top: 0, width: 1000, height: 1000 }, { width: 200, height: 100 });
    assert.deepEqual(contained, { width: 1000, height: 500, left: 0, top: 250 });
    assert.equal(scaleOf({ width: 340, height: 215 }, { width: 780, height: 493 }), 780 / 340);
});

test('two clicks in one place are a double click', () => {
    const clicks = new Clicks();
    const there = { x: 10, y: 10 };
    assert.equal(clicks.next(there, 'left', 0), 1);
    assert.equal(clicks.next(there, 'left', 300), 2);
    assert.equal(clicks.next(there, 'left', 500), 3);
    assert.equal(clicks.next(there, 'left', 700), 1);
    assert.equal(clicks.next({ x: 40, y: 10 }, 'left', 800), 1);
    assert.equal(clicks.next({ x: 40, y: 10 }, 'right', 900), 1);
    assert.equal(clicks.next({ x: 40, y: 10 }, 'right', 2000), 1);
});

const device = {
    uuid: 'u-1', name: 'lab', state: 'ready', sentence: null, version: '0.1', browser: 'Chrome/156', drivers: [], lastSeen: null, lookingSince: null,
    socket: '/devtools/browser/S', pages: '/S/devtools/page/', refusal: null, connected: false, payloadBytes: null, pace: null,
};

test('the lines to copy hold the address of the device', () => {
    const lines = linesFor(device, '127.0.0.1:9333');
    for (const label of ['Playwright', 'Puppeteer', 'Playwright MCP', 'chrome-devtools-mcp']) {
        assert.ok(lines.find((one) => one.label === label).line.includes('ws://127.0.0.1:9333/devtools/browser/S'), label);
    }
    const selenium = lines.find(({ label }) => label === 'Selenium');
    assert.ok(selenium.note.includes('--bridge u-1 --open-to-local-users --listen 127.0.0.1:9334'), "the page's bridge has 9333");
    assert.ok(selenium.line.includes("'127.0.0.1:9334'"));
    for (const [host, next] of [['lab.localhost:9333', 9334], ['[::1]:65535', 65534], ['127.0.0.1', 81]]) {
        const line = linesFor(device, host).find(({ label }) => label === 'Selenium').line;
        assert.ok(line.includes(`'127.0.0.1:${next}'`), host);
    }
    assert.equal(devtoolsAddress(device, 'T', '127.0.0.1:9333'), 'devtools://devtools/bundled/inspector.html?ws=127.0.0.1:9333/S/devtools/page/T');
});

test('each state has its words', () => {
    assert.equal(summaryOf(device), 'Chrome 156 · agent 0.1');
    assert.match(summaryOf({ ...device, state: 'offline' }), /^Not seen yet$/);
    const today = Math.floor(Date.now() / 1000);
    assert.match(summaryOf({ ...device, state: 'offline', lastSeen: today, lookingSince: 1 }), /^Last seen \d+:\d+( [AP]M)?$/);
    assert.match(summaryOf({ ...device, state: 'offline', lastSeen: 1 }), /^Last seen \S*19\d\d \d+:\d+/);
    assert.match(summaryOf({ ...device, state: 'offline', lookingSince: today }), /^Not seen since \d+:\d+( [AP]M)?$/);
    assert.match(whyNoPicture({ ...device, state: 'offline', lookingSince: today }).text, /not there: not seen since \S+( [AP]M)?, when this bridge began to look\. /);
    assert.equal(driversOf({ ...device, drivers: ['a', 'b', 'a', ''] }), 'Driven by a (2), b, a client without a name');
    assert.equal(driversOf(device), '');
    for (const state of ['offline', 'paused', 'taken', 'unreachable']) {
        assert.ok(!mayConnect(state));
        const { title, text } = whyNoPicture({ ...device, state, sentence: 'because of it' });
        assert.ok(title.startsWith('lab is') && text.length > 10, `${state}: ${title} ${text}`);
    }
    const consent = { ...device, state: 'consent', sentence: 'Waiting for somebody to press Allow.' };
    assert.ok(!mayConnect('consent'), 'who is asked is not asked again by itself');
    assert.deepEqual(whyNoPicture(consent), { title: 'lab waits for consent', text: 'Waiting for somebody to press Allow.', act: 'Ask again' });
    assert.equal(whyNoPicture({ ...device, name: null }).title, 'Connecting to u-1');
});

test('a refusal of the policy is told from one of the browser, and from a pause', () => {
    const refused = (message) => new Refusal('Page.navigate', { code: -32000, message });
    for (const sentence of [
        'The policy does not let Input.dispatchMouseEvent pass: it is beyond the profile "observe".',
        'The policy forbids it: the owner\'s rule "Page.navigate".',
        'The page stands at chrome://version/, where the policy lets nothing be read or changed. Navigate away first.',
    ]) assert.ok(refused(sentence).byPolicy, sentence);
    for (const sentence of ["'Page.nothing' wasn't found", 'Permissions policy violation', 'No target with given id found']) {
        assert.ok(!refused(sentence).byPolicy, sentence);
    }
    assert.ok(refused('The agent is paused.').byPause);
});
