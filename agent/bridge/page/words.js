// What the page says of a device. Pure.

const STATES = {
    unknown: 'Not asked yet',
    offline: 'Offline',
    online: 'Online',
    ready: 'Ready',
    no_browser: 'No browser',
    consent: 'Asks for consent',
    paused: 'Paused',
    taken: 'Taken',
    unreachable: 'Out of reach',
};

export const nameOf = (device) => device.name ?? device.uuid;
export const stateWord = (state) => STATES[state] ?? STATES.unknown;

/** Whether it makes sense to connect. */
export const mayConnect = (state) => ['unknown', 'online', 'ready', 'no_browser'].includes(state);

/** Whether a connection that there is serves for anything. */
export const mayGoOn = (state) => !['paused', 'taken'].includes(state);

/** A moment as a person says it: `14:03`, or of another day `1.12.2026 14:03`. */
function momentOf(seconds, now) {
    const at = new Date(seconds * 1000);
    const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    return at.toDateString() === now.toDateString() ? time : `${at.toLocaleDateString()} ${time}`;
}

/** Nobody keeps when a device was there: the bridge knows what it has seen since the page was opened. */
export function seenAt({ lastSeen, lookingSince }, now = new Date()) {
    if (lastSeen !== null) return `last seen ${momentOf(lastSeen, now)}`;
    return lookingSince === null ? 'not seen yet' : `not seen since ${momentOf(lookingSince, now)}`;
}

/** The line below its name. */
export function summaryOf(device) {
    if (device.state === 'offline') return capital(seenAt(device));
    const parts = [];
    if (device.browser) parts.push(device.browser.replace('/', ' '));
    if (device.version) parts.push(`agent ${device.version}`);
    if (device.state !== 'ready' && device.sentence) parts.push(device.sentence);
    return parts.join(' · ') || stateWord(device.state);
}

export function driversOf(device) {
    const { drivers } = device;
    if (drivers.length === 0) return '';
    const counted = new Map();
    for (const label of drivers) counted.set(label || 'a client without a name', (counted.get(label || 'a client without a name') ?? 0) + 1);
    const names = [...counted].map(([label, count]) => (count > 1 ? `${label} (${count})` : label));
    return `Driven by ${names.join(', ')}`;
}

/** Why there is no picture: a title, a sentence, and whether the person can do something. */
export function whyNoPicture(device) {
    const name = nameOf(device);
    const more = device.sentence ? ` ${sentence(device.sentence)}` : '';
    switch (device.state) {
        case 'offline': {
            const begun = device.lastSeen === null && device.lookingSince !== null ? ', when this bridge began to look' : '';
            return { title: `${name} is offline`, text: `Its agent is not there: ${seenAt(device)}${begun}. The picture comes by itself when it is back.` };
        }
        case 'paused':
            return { title: `${name} is paused`, text: `Somebody has taken the machine.${more} The picture comes back when the pause ends.` };
        case 'taken':
            return { title: `${name} is taken`, text: `A client has its browser for itself.${more}` };
        case 'consent':
            return { title: `${name} waits for consent`, text: more.trim() || 'Somebody at that machine has to press Allow in Chrome.', act: 'Ask again' };
        case 'no_browser':
            return { title: `${name} has no browser now`, text: more.trim() || 'Its agent answers, and starts or looks for a browser.' };
        case 'unreachable':
            return { title: `${name} is out of reach`, text: more.trim() || 'Its agent does not answer.' };
        default:
            return { title: `Connecting to ${name}`, text: 'Its browser may have to start.' };
    }
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const sentence = (text) => (/[.!?]$/.test(text) ? capital(text) : `${capital(text)}.`);
