// Child processes of a test: what they say can be waited for, and all have ended when this process ends.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const LINES_KEPT = 400;

const running = new Set();

// A test runner that is told to end, or breaks, takes its children with it.
process.on('exit', () => {
    for (const program of running) program.kill('SIGKILL');
});
for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
    process.once(signal, () => process.exit(status));
}

/** Settles as `promise` does, or rejects with `failure()` after `limit` milliseconds. */
export async function within(limit, promise, failure) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(failure()), limit);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

export class Program {
    /** `env` stands in place of the whole environment where it is given. */
    constructor(name, command, args, { env, input } = {}) {
        this.name = name;
        this.log = [];
        this.listeners = new Set();
        this.child = spawn(command, args, { env: env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] });
        running.add(this);
        this.child.stdin.on('error', () => {}); // it may end without reading: its exit says why
        this.child.stdin.end(input ?? '');
        this.exited = new Promise((resolve) => {
            this.child.once('error', (error) => this.#hear(String(error)) ?? resolve(127));
            this.child.once('exit', (code, signal) => resolve(code ?? signal));
        }).finally(() => running.delete(this));
        for (const stream of [this.child.stdout, this.child.stderr]) {
            createInterface({ input: stream }).on('line', (line) => this.#hear(line));
        }
    }

    #hear(line) {
        this.log.push(line);
        if (this.log.length > LINES_KEPT) this.log.shift();
        for (const listener of this.listeners) listener(line);
    }

    /** The first match of `pattern` in a line that it printed or will print. */
    async line(pattern, limit = START_LIMIT_MS) {
        let look;
        const found = new Promise((resolve) => {
            look = (line) => {
                const match = line.match(pattern);
                if (match) resolve(match);
            };
            this.listeners.add(look);
            this.log.forEach(look);
        });
        const gone = this.exited.then((status) => {
            throw this.failure(`ended with status ${status}`);
        });
        gone.catch(() => {});
        try {
            return await within(limit, Promise.race([found, gone]), () => this.failure(`did not say ${pattern} in time`));
        } finally {
            this.listeners.delete(look);
        }
    }

    failure(what) {
        return new Error(`${this.name} ${what}${this.log.map((line) => `\n    ${line}`).slice(-60).join('')}`);
    }

    kill(signal) {
        this.child.kill(signal);
    }

    /** Asks it to end, and makes it end. */
    async end() {
        this.kill('SIGTERM');
        const killer = setTimeout(() => this.kill('SIGKILL'), STOP_LIMIT_MS);
        await this.exited;
        clearTimeout(killer);
    }
}
