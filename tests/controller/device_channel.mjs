// A controller's end of a device channel, on the real supabase-js: commands go out, results come back matched by id.
import { randomBytes } from 'node:crypto';
import './quiet.mjs';
import { createClient } from '@supabase/supabase-js';
import WebSocket from 'ws';

const JOIN_TIMEOUT_MS = 30_000;

export class ChannelError extends Error {}

/**
 * Joins `device:<device>` as a private channel and returns the controller's end of it.
 * @param {{url: string, key: string, token: string, device: string}} options
 *   url: the backend, for instance https://api.busymate.net; key: the public API key; token: the user's access token.
 */
export async function joinDevice({ url, key, token, device }) {
    const client = createClient(url, key, {
        accessToken: async () => token,
        // Node has a WebSocket of its own only from version 22 on.
        realtime: { transport: WebSocket, timeout: JOIN_TIMEOUT_MS },
    });
    // Without this the first join would lack the token, be refused, and hold the socket for five seconds.
    await client.realtime.setAuth();
    const channel = client.channel(`device:${device}`, {
        config: { private: true, broadcast: { ack: true, self: false } },
    });
    const end = new DeviceChannel(client, channel);
    channel.on('broadcast', { event: 'cdp-result' }, ({ payload }) => end.onResult(payload));
    try {
        await subscribed(channel, end);
    } catch (error) {
        await end.close();
        throw error;
    }
    return end;
}

function subscribed(channel, end) {
    return new Promise((resolve, reject) => {
        channel.subscribe((status, error) => {
            if (status === 'SUBSCRIBED') return resolve();
            end.onLost?.(status);
            reject(new ChannelError(`the channel was not joined (${status}): ${error?.message ?? 'no reason given'}`));
        }, JOIN_TIMEOUT_MS);
    });
}

class DeviceChannel {
    #client;
    #channel;
    #pending = new Map(); // id -> {resolve, timer, sent}
    #prefix = randomBytes(8).toString('hex'); // every controller of a device sees all results: ids must be ours alone
    #count = 0;
    onLost = null; // called with supabase-js's word for it when the server closes the channel
    unmatched = 0; // results for other controllers, and second copies of our own

    constructor(client, channel) {
        this.#client = client;
        this.#channel = channel;
    }

    /** Called with each result on the channel, ours or not. */
    onResult(payload) {
        const waiting = this.#pending.get(payload?.id);
        if (!waiting) {
            this.unmatched += 1;
            return;
        }
        this.#pending.delete(payload.id);
        clearTimeout(waiting.timer);
        waiting.resolve({ ...payload, ms: performance.now() - waiting.sent });
    }

    /** Sends one CDP command and returns `{id, ok, result?, error?, ms}`; rejects when no result comes in time. */
    async command(method, params, { sessionId, timeoutMs = 60_000 } = {}) {
        const id = `${this.#prefix}-${++this.#count}`;
        const payload = { id, method };
        if (params !== undefined) payload.params = params;
        if (sessionId) payload.sessionId = sessionId;
        const answer = new Promise((resolve, reject) => {
            const timer = setTimeout(() => {
                this.#pending.delete(id);
                reject(new ChannelError(`${method}: no cdp-result within ${timeoutMs / 1000} s; is the agent running and joined?`));
            }, timeoutMs);
            this.#pending.set(id, { resolve, timer, sent: performance.now() });
        });
        answer.catch(() => {}); // the caller may be told of a failed send first
        await this.broadcast('cdp-command', payload);
        return answer;
    }

    /** Like command(), but gives the result itself and throws on `ok: false`. A big result is read as a stream. */
    async result(method, params, options) {
        const reply = await this.command(method, params, options);
        if (reply.ok) return reply.result;
        const stream = reply.error?.data?.stream;
        if (stream) return JSON.parse(await this.#readStream(stream));
        throw new ChannelError(`${method}: ${reply.error?.message ?? JSON.stringify(reply.error)}`);
    }

    async #readStream(handle) {
        const parts = [];
        for (;;) {
            const part = await this.result('IO.read', { handle });
            parts.push(part.data);
            if (part.eof) break;
        }
        await this.command('IO.close', { handle });
        return parts.join('');
    }

    /** Broadcasts any event of the device channel; resolves when the server has taken it. */
    async broadcast(event, payload = {}) {
        const outcome = await this.#channel.send({ type: 'broadcast', event, payload });
        if (outcome !== 'ok') throw new ChannelError(`${event} was not taken by the server: ${outcome}`);
    }

    async close() {
        for (const { timer } of this.#pending.values()) clearTimeout(timer);
        this.#pending.clear();
        await this.#client.removeAllChannels();
        await this.#client.realtime.disconnect();
    }
}
