// Writes down what crosses the bus, a line for each broadcast: when it came, who sent it, what it holds. A third member of
// the channel hears it, and each delivery counts at the backend: so it is for a hub without a limit of events.
import { appendFileSync } from 'node:fs';

const TOPIC = (device) => `realtime:device:${device}`;
const HEARTBEAT_MS = 20_000;

/** A message of the protocol, in a word: `method` of a command or an event, `=id` of a reply. */
const word = (message) => (message.method ? message.method + (message.params?.name ? `(${message.params.name})` : '') : `=${message.id}`);

function words(payload, list) {
    const sealed = payload.data && !payload.part ? `sealed ${payload.data.length}` : '';
    const told = payload[list]?.map(word).join(' ') ?? sealed;
    const part = payload.part ? ` part ${payload.part}/${payload.parts}` : '';
    const bare = payload.seq === undefined ? ` bare ${payload.nack !== undefined ? 'nack' : 'ack'}` : '';
    return `${told}${part}${bare}${payload.limits ? ' limits' : ''}${payload.ended ? ` ended ${payload.ended.reason}` : ''}`.trim();
}

function describe(event, payload) {
    if (event === 'cdp-event') return `down ${words(payload, 'items')}`;
    if (event === 'cdp-command' && payload.method === 'Agent.post') return `up   ${words(payload.params, 'messages')}`;
    if (event === 'cdp-command') return `up   ${payload.method}`;
    return `down ${event}`;
}

export class Recording {
    /** `hub`: what it printed about itself. Resolves when the channel is joined. */
    static async of(hub, token, device, file) {
        const recording = new Recording();
        const socket = new WebSocket(`ws://127.0.0.1:${hub.port}/realtime/v1/websocket?apikey=${hub.anon_key}&vsn=1.0.0`);
        recording.socket = socket;
        recording.file = file;
        const push = (topic, event, payload, ref) => socket.send(JSON.stringify({ topic, event, payload, ref, join_ref: '1' }));
        const joined = new Promise((resolve, reject) => {
            socket.addEventListener('error', () => reject(new Error('the recording has no connection')));
            socket.addEventListener('message', ({ data }) => {
                const message = JSON.parse(data);
                if (message.event === 'phx_reply' && message.ref === '1') resolve();
                if (message.event === 'broadcast') recording.#write(message.payload, data.length);
            });
        });
        socket.addEventListener('open', () => {
            push(TOPIC(device), 'phx_join', { config: { private: true, broadcast: { self: false } }, access_token: token }, '1');
        });
        recording.timer = setInterval(() => push('phoenix', 'heartbeat', {}, '2'), HEARTBEAT_MS);
        await joined;
        return recording;
    }

    #write({ event, payload }, bytes) {
        this.note(`${String(bytes).padStart(8)} ${describe(event, payload)}`);
    }

    /** A line of the test's own, such as the name of what begins. */
    note(text) {
        appendFileSync(this.file, `${performance.now().toFixed(1).padStart(9)} ${text}\n`);
    }

    end() {
        clearInterval(this.timer);
        this.socket.close();
    }
}
