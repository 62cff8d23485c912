// The live picture of one tab: Chrome's screencast, no faster and no larger than the far agent has room for, and only
// while somebody can see it.
import { Acknowledging, Sharpness, intervalOf } from './pace.js';

const LARGEST_PX = 1920;
const RATE_MS = 2000;
const RESIZED_PX = 24;
const EXPECTED_MS = 1500;
const REFUSED_MS = 250;
const TRIES = 6;

function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
    return bytes;
}

export class Picture {
    #canvas;
    #send; // (method, params) to the tab's session
    #limits; // () → { pace, payloadBytes }
    #tell; // { drawn(), hidden(bool) }
    #sharpness = new Sharpness();
    #acks = null;
    #newest = -Infinity; // the screencast that the last picture was of: Chrome counts them
    #ended = -Infinity; // of those up to this one pictures may still be on their way
    #refused = 0; // so often in a row it could not begin
    #came = 0; // pictures
    #shown = 0; // the number of the one that was drawn last
    #anew = false; // it is to begin anew, as soon as there is room for that
    #running = false;
    #wanted = false;
    #timer = null;
    #seenAt = -Infinity; // the last picture
    #seen = []; // of the last seconds: { at, characters }
    #box = { width: 0, height: 0 }; // where it stood at the last start
    frame = null; // what the picture shows: { width, height, top }

    constructor(canvas, send, limits, tell) {
        this.#canvas = canvas;
        this.#send = send;
        this.#limits = limits;
        this.#tell = tell;
    }

    /** From now on it is wanted; it runs while this document is visible. */
    want(wanted) {
        this.#wanted = wanted;
        return this.look();
    }

    /** The document was hidden or shown, or the picture's size on the screen is another one. */
    async look() {
        const run = this.#wanted && !document.hidden;
        if (run && !this.#running) await this.#start();
        if (!run && this.#running) await this.#stop();
    }

    /** The picture's place on the screen may have another size. */
    resized() {
        const { width, height } = this.#canvas.parentElement.getBoundingClientRect();
        if (Math.abs(width - this.#box.width) + Math.abs(height - this.#box.height) > RESIZED_PX) this.restart();
    }

    /** A page was loaded: one that is not seen within a moment is asked for anew. */
    expect() {
        const before = this.#seenAt;
        setTimeout(() => this.#running && this.#seenAt === before && this.restart(), EXPECTED_MS);
    }

    /** Begins anew, with a picture of the page as it is now, once there is room for that. */
    restart() {
        this.#anew = true;
        this.#go();
    }

    #begin() {
        this.#send('Page.stopScreencast', {});
        return this.#start();
    }

    async #start() {
        this.#running = true;
        this.#anew = false;
        this.#ended = this.#newest;
        clearTimeout(this.#timer);
        this.#acks = Acknowledging.begin(this.#acks, performance.now(), this.#interval);
        const { scale, quality } = this.#sharpness.rung;
        const box = (this.#box = this.#canvas.parentElement.getBoundingClientRect());
        const pixels = (length) => Math.min(LARGEST_PX, Math.max(160, Math.round(length * devicePixelRatio * scale)));
        const acks = this.#acks;
        const begun = await this.#send('Page.startScreencast', { format: 'jpeg', quality, maxWidth: pixels(box.width), maxHeight: pixels(box.height) });
        if (begun === undefined && acks === this.#acks) this.#tryAgain();
    }

    /** It was refused, as between two pages of a tab. */
    #tryAgain() {
        if (!this.#running || this.#refused >= TRIES) return;
        this.#refused += 1;
        this.#timer = setTimeout(() => this.restart(), REFUSED_MS * 2 ** this.#refused);
    }

    async #stop() {
        this.#running = false;
        clearTimeout(this.#timer);
        await this.#send('Page.stopScreencast', {});
    }

    get #interval() {
        return intervalOf(this.#limits().pace);
    }

    /** The connection has gone, or the tab: nothing is sent any more. */
    forget() {
        this.#refused = 0;
        this.#newest = this.#ended = -Infinity;
        this.#running = false;
        this.#wanted = false;
        clearTimeout(this.#timer);
        this.frame = null;
    }

    onEvent(method, params) {
        if (method === 'Page.screencastVisibilityChanged') this.#tell.hidden(!params.visible);
        if (method === 'Page.screencastFrame' && this.#running) this.#take(params);
    }

    async #take({ data, metadata, sessionId }) {
        // An acknowledgement of one that has ended counts for nothing over there, and must not count here.
        if (sessionId <= this.#ended) return;
        // Of one that ended before its first picture came there may be some here.
        if (this.#newest > this.#ended && sessionId > this.#newest) this.#acks = new Acknowledging(this.#acks.room);
        this.#newest = sessionId;
        const now = performance.now();
        const acks = this.#acks;
        const number = ++this.#came;
        this.#refused = 0;
        acks.came(now, this.#interval);
        const other = this.#sharpness.came(data.length, this.#limits(), now);
        const bitmap = await createImageBitmap(new Blob([bytesOf(data)], { type: 'image/jpeg' })).catch(() => null);
        if (acks !== this.#acks || !this.#running) return bitmap?.close();
        // Large ones are overtaken by small ones.
        if (bitmap && number > this.#shown) this.#draw(bitmap, metadata);
        this.#shown = Math.max(this.#shown, number);
        bitmap?.close();
        acks.drew();
        this.#note(now, data.length);
        if (other) return this.restart();
        this.#go();
    }

    #draw(bitmap, metadata) {
        const { width, height } = bitmap;
        if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
        this.#canvas.getContext('2d').drawImage(bitmap, 0, 0);
        this.frame = { width: metadata.deviceWidth, height: metadata.deviceHeight, top: metadata.offsetTop };
    }

    /** Does what is due: acknowledges, or begins anew where a picture may have been thrown away. */
    #go() {
        clearTimeout(this.#timer);
        if (!this.#running) return;
        const now = performance.now();
        const interval = this.#interval;
        const acks = this.#acks;
        const anewAt = this.#anew ? acks.room : acks.stalledAt(interval);
        const due = this.#anew ? anewAt : Math.min(acks.dueAt(interval), anewAt);
        if (due === Infinity) return;
        if (due > now) {
            this.#timer = setTimeout(() => this.#go(), due - now);
        } else if (anewAt <= now) {
            this.#begin();
        } else {
            for (let many = acks.acknowledged(now, interval); many > 0; --many) this.#acknowledge(acks);
            this.#go();
        }
    }

    async #acknowledge(acks) {
        await this.#send('Page.screencastFrameAck', { sessionId: this.#newest });
        acks.answered(performance.now());
        if (acks === this.#acks) this.#go();
    }

    #note(now, characters) {
        this.#seenAt = now;
        this.#seen.push({ at: now, characters });
        this.#tell.drawn();
    }

    /** Pictures and bytes a second. */
    rate(now) {
        this.#seen = this.#seen.filter(({ at }) => now - at <= RATE_MS);
        const sum = this.#seen.reduce((all, one) => all + one.characters, 0);
        return { pictures: (this.#seen.length * 1000) / RATE_MS, bytes: (sum * 1000) / RATE_MS };
    }
}
