// A controller for each device of a fleet, each with more to do than the tenant's limit allows. Started by
// tests/full/fleet: the first line of standard input is {url, key, devices: [{uuid, token}], inFlight}; each further
// line is a word: "report" prints the counts since the last report, "drain" sends nothing new and ends once all that
// was begun has been answered.
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { joinDevice } from './device_channel.mjs';

const RESULT_LIMIT_MS = 180_000; // an agent that was closed backs off for up to 60 s, and may be closed again
const CLOSED_WAIT_MS = [30_000, 60_000]; // a controller that was closed is as patient as an agent
const UNTAKEN_WAIT_MS = 1_000;
const ROUND_TRIP_MS = [50, 150]; // a controller is a network away from the backend: its next command comes after that

let draining = false;

const between = ([from, to]) => from + Math.random() * (to - from);

class Controller {
    #channel = null;
    #lost = null; // rejects when the channel is closed
    begun = 0; // commands that are to be answered, whatever it takes
    answered = 0; // with a result
    failed = 0; // with an error
    resent = 0; // because no result came while the channel stood, or the channel was closed
    closed = 0;
    untaken = 0; // not acknowledged by the server: sent again, and no command until then
    trouble = '';

    constructor(backend, device) {
        this.backend = backend;
        this.device = device;
    }

    async run(inFlight) {
        await Promise.all([this.#stayJoined(), ...Array.from({ length: inFlight }, () => this.#work())]);
        await this.#channel?.close();
    }

    /** Joined, and after a closure joined again, until all is answered. */
    async #stayJoined() {
        while (!this.idle) {
            if (!this.#channel) await this.#join();
            await wait(200);
        }
    }

    get idle() {
        return draining && this.begun === this.answered + this.failed;
    }

    async #join() {
        try {
            const channel = await joinDevice({ ...this.backend, token: this.device.token, device: this.device.uuid });
            this.#lost = new Promise((_, reject) => {
                channel.onLost = (status) => this.#onLost(channel, reject, status);
            });
            this.#lost.catch(() => {}); // nobody may be waiting just then
            this.#channel = channel;
        } catch (error) {
            this.trouble = error.message;
            await wait(between(CLOSED_WAIT_MS));
        }
    }

    async #onLost(channel, reject, status) {
        if (this.#channel !== channel) return;
        this.closed += 1;
        reject(new Error(`closed: ${status}`));
        channel.onLost = null;
        await channel.close();
        await wait(between(CLOSED_WAIT_MS));
        this.#channel = null;
    }

    async #work() {
        while (!draining) {
            if (!this.#channel?.onLost) {
                await wait(100);
                continue;
            }
            this.begun += 1;
            await this.#finish();
            await wait(between(ROUND_TRIP_MS));
        }
    }

    /** One command, sent until it is answered. */
    async #finish() {
        for (;;) {
            const channel = this.#channel;
            if (!channel?.onLost) {
                await wait(100);
                continue;
            }
            try {
                const command = channel.command('Browser.getVersion', undefined, { timeoutMs: RESULT_LIMIT_MS });
                const reply = await Promise.race([command, this.#lost]);
                if (reply.ok) this.answered += 1;
                else {
                    this.failed += 1;
                    this.trouble = JSON.stringify(reply.error);
                }
                return;
            } catch (error) {
                this.trouble = error.message;
                if (error.message.includes('not taken')) {
                    this.untaken += 1;
                    await wait(UNTAKEN_WAIT_MS);
                } else {
                    this.resent += 1;
                }
            }
        }
    }

    report() {
        const { begun, answered, failed, resent, closed, untaken, trouble } = this;
        return { uuid: this.device.uuid, joined: Boolean(this.#channel?.onLost), begun, answered, failed, resent, closed, untaken, trouble };
    }
}

const lines = createInterface({ input: process.stdin });
let controllers = null;
lines.on('close', () => process.exit(draining ? 0 : 1)); // whoever started us is gone
lines.on('line', async (line) => {
    if (!controllers) {
        const { url, key, devices, inFlight } = JSON.parse(line);
        controllers = devices.map((device) => new Controller({ url, key }, device));
        await Promise.all(controllers.map((one) => one.run(inFlight)));
        console.log(JSON.stringify({ drained: true, controllers: controllers.map((one) => one.report()) }));
    } else if (line === 'report') {
        console.log(JSON.stringify({ controllers: controllers.map((one) => one.report()) }));
    } else if (line === 'drain') {
        draining = true;
    }
});
