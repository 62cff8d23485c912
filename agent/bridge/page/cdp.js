// The DevTools protocol over one WebSocket of the bridge: commands with their answers, and events by session.

export class Refusal extends Error {
    constructor(method, { message }) {
        super(message);
        this.method = method;
    }

    /** A refusal of the far machine's policy has Chrome's form: its sentence alone tells. */
    get byPolicy() {
        return /\bthe policy\b/i.test(this.message);
    }

    get byPause() {
        return this.message.startsWith('The agent is paused');
    }
}

export class Cdp extends EventTarget {
    #socket;
    #waiting = new Map();
    #lastId = 0;

    /**
     * Resolves once the far browser has taken the client. Rejects without a reason, which a browser does not tell, and when
     * `signal` gives it up.
     */
    static open(address, signal) {
        const cdp = new Cdp();
        cdp.#socket = new WebSocket(address);
        signal.addEventListener('abort', () => cdp.#socket.readyState === WebSocket.CONNECTING && cdp.#socket.close());
        return new Promise((resolve, reject) => {
            cdp.#socket.onopen = () => resolve(cdp);
            cdp.#socket.onmessage = ({ data }) => cdp.#hear(JSON.parse(data));
            cdp.#socket.onclose = ({ reason }) => {
                reject(new Error(reason));
                cdp.#end(reason);
            };
        });
    }

    #hear(message) {
        if (message.id === undefined) {
            this.dispatchEvent(new CustomEvent('event', { detail: message }));
            return;
        }
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (!waiting) return;
        if (message.error) waiting.reject(new Refusal(waiting.method, message.error));
        else waiting.resolve(message.result);
    }

    #end(reason) {
        for (const { reject } of this.#waiting.values()) reject(new Error(reason || 'The connection to the far browser has ended.'));
        this.#waiting.clear();
        this.dispatchEvent(new CustomEvent('end', { detail: reason }));
    }

    send(method, params = {}, sessionId = undefined) {
        if (this.#socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error('The connection to the far browser has ended.'));
        const id = ++this.#lastId;
        this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
        return new Promise((resolve, reject) => this.#waiting.set(id, { method, resolve, reject }));
    }

    close() {
        this.#socket.close();
    }
}
