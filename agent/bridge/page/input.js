// What a person does with the picture, sent to the far page. Keys go there only while the picture has been entered, so
// that somebody without a mouse can pass over it.
import { Clicks, buttonOf, containedIn, keyParams, leftToBrowser, modifiersOf, pointIn, releases, scaleOf } from './keys.js';
import { Gathered, intervalOf } from './pace.js';

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const TAP_PX = 8;
const WHEEL_LINE_PX = 40;

export class Input {
    #canvas;
    #target; // { send(method, params), frame(), pace(), entered(bool) }
    #entered = false;
    #held = new Map(); // keys that are down, by code
    #clicks = new Clicks();
    #pressed = { button: 'none', clickCount: 0 };
    #moves = new Gathered((_, newest) => newest);
    #turns = new Gathered((sum, turn) => ({ ...turn, deltaX: sum.deltaX + turn.deltaX, deltaY: sum.deltaY + turn.deltaY }));
    #timer = null;
    #touch = null;

    constructor(canvas, target) {
        this.#canvas = canvas;
        this.#target = target;
        const listen = (name, hear, options) => canvas.addEventListener(name, (event) => target.frame() && hear(event), options);
        listen('pointerdown', (event) => this.#press(event));
        listen('pointermove', (event) => this.#move(event));
        listen('pointerup', (event) => this.#release(event));
        listen('pointercancel', () => (this.#touch = null));
        listen('wheel', (event) => this.#turn(event), { passive: false });
        listen('contextmenu', (event) => event.preventDefault());
        listen('keydown', (event) => this.#key(event, true));
        listen('keyup', (event) => this.#key(event, false));
        canvas.addEventListener('blur', () => this.leave());
        addEventListener('paste', (event) => this.#paste(event));
    }

    /** Keys are the page's own again; none stays down over there. */
    leave() {
        for (const params of this.#held.values()) this.#target.send('Input.dispatchKeyEvent', params);
        this.#held.clear();
        this.#enter(false);
    }

    #enter(entered) {
        if (this.#entered === entered) return;
        this.#entered = entered;
        this.#target.entered(entered);
    }

    get #box() {
        return containedIn(this.#canvas.getBoundingClientRect(), this.#canvas);
    }

    #point(event) {
        return pointIn(this.#box, this.#target.frame(), event);
    }

    #mouse(type, event, more) {
        return { type, ...this.#point(event), modifiers: modifiersOf(event, MAC), pointerType: 'mouse', ...more };
    }

    #send(params) {
        this.#target.send('Input.dispatchMouseEvent', params);
    }

    #press(event) {
        event.preventDefault();
        this.#canvas.focus({ preventScroll: true });
        this.#enter(true);
        if (event.pointerType === 'touch') {
            if (event.isPrimary) this.#touch = { x: event.clientX, y: event.clientY, moved: false };
            return;
        }
        this.#canvas.setPointerCapture(event.pointerId);
        this.#flush(true);
        const button = buttonOf(event);
        const clickCount = this.#clicks.next(this.#point(event), button, performance.now());
        this.#pressed = { button, clickCount };
        this.#send(this.#mouse('mousePressed', event, { button, clickCount, buttons: event.buttons }));
    }

    #release(event) {
        if (event.pointerType === 'touch') return this.#tap(event);
        this.#flush(true);
        this.#send(this.#mouse('mouseReleased', event, { ...this.#pressed, buttons: event.buttons }));
    }

    /** A finger that stayed where it was clicks. */
    #tap(event) {
        if (!event.isPrimary) return;
        const touch = this.#touch;
        this.#touch = null;
        this.#flush(true);
        if (!touch || touch.moved) return;
        const clickCount = this.#clicks.next(this.#point(event), 'left', performance.now());
        this.#send(this.#mouse('mouseMoved', event, { button: 'none', buttons: 0 }));
        this.#send(this.#mouse('mousePressed', event, { button: 'left', clickCount, buttons: 1 }));
        this.#send(this.#mouse('mouseReleased', event, { button: 'left', clickCount, buttons: 0 }));
    }

    #move(event) {
        if (event.pointerType === 'touch') return this.#drag(event);
        const button = event.buttons === 0 ? 'none' : this.#pressed.button;
        this.#moves.add(this.#mouse('mouseMoved', event, { button, buttons: event.buttons }));
        this.#flush();
    }

    /** A finger that moves scrolls: the far page goes with it. */
    #drag(event) {
        const touch = this.#touch;
        if (!touch || !event.isPrimary) return;
        const [x, y] = [touch.x - event.clientX, touch.y - event.clientY];
        if (!touch.moved && Math.hypot(x, y) < TAP_PX) return;
        this.#touch = { x: event.clientX, y: event.clientY, moved: true };
        const scale = scaleOf(this.#box, this.#target.frame());
        this.#turns.add(this.#mouse('mouseWheel', event, { deltaX: x * scale, deltaY: y * scale }));
        this.#flush();
    }

    #turn(event) {
        event.preventDefault();
        const scale = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE_PX : 1;
        this.#turns.add(this.#mouse('mouseWheel', event, { deltaX: event.deltaX * scale, deltaY: event.deltaY * scale }));
        this.#flush();
    }

    /** Sends what is due of moves and turns; all of it where a press must not overtake it. */
    #flush(all = false) {
        const interval = intervalOf(this.#target.pace());
        const now = performance.now();
        let next = Infinity;
        for (const gathered of [this.#moves, this.#turns]) {
            const due = gathered.dueAt(interval);
            if (due === Infinity) continue;
            if (all || due <= now) this.#send(gathered.take(now));
            else next = Math.min(next, due);
        }
        clearTimeout(this.#timer);
        this.#timer = next === Infinity ? null : setTimeout(() => this.#flush(), next - now);
    }

    #key(event, down) {
        if (!this.#entered) {
            if (down && event.key === 'Enter' && !event.repeat) {
                event.preventDefault();
                this.#enter(true);
            }
            return;
        }
        if (releases(event)) {
            event.preventDefault();
            return this.leave();
        }
        if (leftToBrowser(event, MAC)) return;
        event.preventDefault();
        if (!down && !this.#held.has(event.code)) return;
        const params = keyParams(event, down, MAC);
        if (down) this.#held.set(event.code, keyParams(event, false, MAC));
        else this.#held.delete(event.code);
        this.#target.send('Input.dispatchKeyEvent', params);
    }

    #paste(event) {
        const text = event.clipboardData?.getData('text/plain');
        if (!this.#entered || document.activeElement !== this.#canvas || !text) return;
        event.preventDefault();
        this.#target.send('Input.insertText', { text });
    }
}
