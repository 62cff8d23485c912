// A TCP link that can be made slow, cut and held up: it stands in front of the hub, or of Chrome for comparison.
import { connect, createServer } from 'node:net';

export class Link {
    #port;
    #delay; // milliseconds one way
    #pairs = new Set();
    #held = null; // while it stands still: what waits to be written
    #refusing = false;
    turns = 0; // how often the direction changed, on all connections: the least messages that can carry the same
    bytes = 0;

    /** To `port` on this machine; `roundTrip` in milliseconds. */
    static async to(port, roundTrip = 0) {
        const link = new Link();
        link.#port = port;
        link.#delay = roundTrip / 2;
        link.server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => link.#accept(near));
        await new Promise((resolve) => link.server.listen(0, '127.0.0.1', resolve));
        link.port = link.server.address().port;
        return link;
    }

    #accept(near) {
        if (this.#refusing) return near.destroy();
        const far = connect({ port: this.#port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
        const pair = [near, far];
        let last = null;
        const count = (from, bytes) => {
            if (from !== last) ++this.turns;
            last = from;
            this.bytes += bytes.length;
        };
        this.#pairs.add(pair);
        const drop = () => {
            this.#pairs.delete(pair);
            for (const socket of pair) socket.destroy();
        };
        for (const [from, to] of [[near, far], [far, near]]) {
            from.on('data', (bytes) => {
                count(from, bytes);
                this.#pass(from, to, () => to.write(bytes));
            });
            from.on('end', () => this.#pass(from, to, () => to.end()));
            to.on('drain', () => from.resume());
            from.on('error', drop);
            from.on('close', () => to.destroyed && drop());
        }
    }

    #pass(from, to, write) {
        const now = () => {
            if (this.#held) return this.#held.push(now);
            if (!to.destroyed && write() === false) from.pause();
        };
        if (this.#delay > 0) setTimeout(now, this.#delay);
        else now();
    }

    /** Ends all connections and takes no other for `ms`. */
    async cut(ms) {
        this.#refusing = true;
        this.#drop();
        await new Promise((resolve) => setTimeout(resolve, ms));
        this.#refusing = false;
    }

    /** Carries nothing for `ms`, and everything afterwards. */
    async hold(ms) {
        this.#held = [];
        await new Promise((resolve) => setTimeout(resolve, ms));
        const waiting = this.#held;
        this.#held = null;
        for (const write of waiting) write();
    }

    #drop() {
        for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
        this.#pairs.clear();
    }

    close() {
        this.server.close();
        this.#drop();
    }
}
