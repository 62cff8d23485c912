// The page of the bridge: which devices there are, and the one that is open.
import { at, copyRow, make, setText, show } from './dom.js';
import { keepFocus, moveByArrows, onPress, refill } from './focus.js';
import { devtoolsAddress, linesFor } from './lines.js';
import { Viewer } from './viewer.js';
import { driversOf, nameOf, stateWord, summaryOf } from './words.js';

const POLL_MS = 2000;
const FETCH_LIMIT_MS = 8000;

let devices = null; // null: not known yet
let failures = 0;
let timer = null;
let left = ''; // the device that was open at the last look
const viewer = new Viewer(() => poll());

const chosen = () => decodeURIComponent(location.hash.slice(1));
const open = (uuid) => (location.hash = encodeURIComponent(uuid));

let polling = false;
async function poll() {
    clearTimeout(timer);
    if (document.hidden || polling) return;
    polling = true;
    try {
        const answer = await fetch(`devices.json?open=${encodeURIComponent(chosen())}`, { signal: AbortSignal.timeout(FETCH_LIMIT_MS), cache: 'no-store' });
        if (!answer.ok) throw new Error(`${answer.status}`);
        const told = await answer.json();
        failures = 0;
        devices = told.devices;
        setText(at('version'), `agent ${told.version}`);
        banner(told.problem ? `What is shown may be out of date: ${told.problem}` : '');
    } catch {
        failures += 1;
        if (failures > 1) banner('The bridge does not answer. It was stopped, or this machine was asleep. A bridge that starts anew has a new address.');
    } finally {
        polling = false;
        timer = setTimeout(poll, POLL_MS);
    }
    draw();
}

function banner(text) {
    setText(at('banner'), text);
    show(at('banner'), text !== '');
}

function draw() {
    if (devices === null) return;
    if (devices.length === 1 && chosen() === '' && innerWidth > 720) open(devices[0].uuid);
    const device = devices.find(({ uuid }) => uuid === chosen()) ?? null;
    drawList();
    document.title = device ? `${nameOf(device)} – far browsers` : 'Far browsers';
    keepFocus(() => {
        document.body.dataset.view = chosen() ? 'device' : 'list';
        viewer.update(device);
        show(at('nothing'), device === null);
    }, '#back-to-list', '#main', `[data-key="${CSS.escape(left)}"]`, '#devices button');
    left = chosen();
    if (device) return;
    const gone = chosen() !== '';
    setText(at('nothing-title'), gone ? 'This device is not offered' : 'No device is open');
    setText(at('nothing-text'), gone ? 'It was removed, or this bridge was started for other devices.' : 'Choose a device to see its browser. Nothing is connected until you do.');
}

function drawList() {
    const there = devices.filter(({ state }) => !['offline', 'unknown'].includes(state)).length;
    setText(at('count'), devices.length === 0 ? '' : `${there} of ${devices.length} online`);
    show(at('devices-empty'), devices.length === 0);
    setText(at('devices-empty'), 'This account sees no devices. Pair a machine with "agent --pair", and it appears here.');
    const key = JSON.stringify([devices.map((one) => [one.uuid, one.name, one.state, summaryOf(one), driversOf(one)]), chosen()]);
    if (at('devices').dataset.drawn === key) return;
    at('devices').dataset.drawn = key;
    refill(at('devices'), devices.map(item), '#main');
}

function item(device) {
    const drivers = driversOf(device);
    return make('li', {}, [
        make('button', { type: 'button', 'data-key': device.uuid, 'aria-current': device.uuid === chosen() ? 'true' : undefined, on: { click: () => open(device.uuid) } }, [
            make('span', { class: 'item-name', text: nameOf(device) }),
            make('span', { class: 'chip', 'data-state': device.state, text: stateWord(device.state) }),
            make('span', { class: 'item-more', text: summaryOf(device) }),
            ...(drivers ? [make('span', { class: 'item-more', text: drivers })] : []),
        ]),
    ]);
}

document.querySelector('.skip').addEventListener('click', (event) => {
    event.preventDefault(); // the address names the device
    at('main').focus();
});
moveByArrows(at('devices'), 'button', 'ArrowUp', 'ArrowDown');
onPress(at('back-to-list'), () => (location.hash = ''));
onPress(at('open-lines'), () => {
    const rows = linesFor(viewer.device, location.host).flatMap(({ label, line, note }) => copyRow(label, line, note));
    at('lines-list').replaceChildren(...rows);
    at('lines').showModal();
});
onPress(at('open-devtools'), () => {
    if (!viewer.targetId) return;
    at('devtools-list').replaceChildren(...copyRow('Address', devtoolsAddress(viewer.device, viewer.targetId, location.host)));
    at('devtools').showModal();
});
onPress(at('open-paste'), () => at('paste').showModal());
at('paste').addEventListener('close', () => {
    const text = at('paste-text').value;
    if (at('paste').returnValue === 'send' && text) viewer.type(text);
    at('paste-text').value = '';
});
addEventListener('hashchange', draw);
document.addEventListener('visibilitychange', poll);
poll();
