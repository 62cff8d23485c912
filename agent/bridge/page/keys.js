// Keyboard and mouse of this machine as the DevTools protocol wants them. Pure.

const ALT = 1, CTRL = 2, META = 4, SHIFT = 8;
const BUTTONS = ['left', 'middle', 'right', 'back', 'forward'];
const LOCATION_NUMPAD = 3;

/** `mac`: Command stands for Control, which the far browser wants. */
export function modifiersOf(event, mac = false) {
    const ctrl = event.ctrlKey || (mac && event.metaKey);
    return (event.altKey ? ALT : 0) | (ctrl ? CTRL : 0) | (event.metaKey && !mac ? META : 0) | (event.shiftKey ? SHIFT : 0);
}

export const buttonOf = (event) => BUTTONS[event.button] ?? 'none';

/** The text that a key types, or nothing. */
function textOf(event, modifiers) {
    if (event.key === 'Enter') return '\r';
    const graph = event.getModifierState?.('AltGraph');
    if (!graph && (modifiers & (CTRL | META)) !== 0) return undefined;
    return [...event.key].length === 1 ? event.key : undefined;
}

/** The parameters of Input.dispatchKeyEvent. */
export function keyParams(event, down, mac = false) {
    const modifiers = modifiersOf(event, mac);
    const params = {
        type: 'keyUp',
        modifiers,
        key: event.key,
        code: event.code,
        windowsVirtualKeyCode: event.keyCode,
        location: event.location === LOCATION_NUMPAD ? 0 : event.location,
        isKeypad: event.location === LOCATION_NUMPAD,
    };
    if (!down) return params;
    const text = textOf(event, modifiers);
    return { ...params, type: text === undefined ? 'rawKeyDown' : 'keyDown', autoRepeat: event.repeat, ...(text !== undefined && { text, unmodifiedText: text }) };
}

/** Whether the browser makes text of it itself: a paste, or a word that an input method composes. */
export function leftToBrowser(event, mac = false) {
    if (event.isComposing || event.key === 'Process' || event.key === 'Dead') return true;
    const command = mac ? event.metaKey : event.ctrlKey;
    return command && !event.altKey && event.key.toLowerCase() === 'v';
}

/** The key that gives the keyboard back. */
export const releases = (event) => event.key === 'Escape' && event.shiftKey;

/** Where a picture of that size stands in a box that is to hold the whole of it. */
export function containedIn(box, { width, height }) {
    const scale = Math.min(box.width / width, box.height / height);
    const size = { width: width * scale, height: height * scale };
    return { ...size, left: box.left + (box.width - size.width) / 2, top: box.top + (box.height - size.height) / 2 };
}

/** A point of the picture as a point of the page. `box`: where the picture stands; `frame`: what it shows. */
export function pointIn(box, frame, event) {
    const clamp = (value, most) => Math.min(Math.max(value, 0), most);
    const x = ((event.clientX - box.left) / box.width) * frame.width;
    const y = ((event.clientY - box.top) / box.height) * (frame.height + frame.top) - frame.top;
    return { x: clamp(Math.round(x * 10) / 10, frame.width - 1), y: clamp(Math.round(y * 10) / 10, frame.height - 1) };
}

/** Pixels of the page for one of the screen. */
export const scaleOf = (box, frame) => frame.width / box.width;

const DOUBLE_MS = 500;
const DOUBLE_PX = 6;

/** Counts clicks in one place: the second one within half a second is a double click. */
export class Clicks {
    #last = { at: -Infinity, x: 0, y: 0, button: '', count: 0 };

    next({ x, y }, button, now) {
        const last = this.#last;
        const near = Math.hypot(x - last.x, y - last.y) <= DOUBLE_PX;
        const again = near && button === last.button && now - last.at <= DOUBLE_MS && last.count < 3;
        this.#last = { at: now, x, y, button, count: again ? last.count + 1 : 1 };
        return this.#last.count;
    }
}
