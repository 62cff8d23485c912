// Writes down what crosses the bus, a line for each broadcast: when it came, who sent it, what it holds. A third member of
// the channel hears it, and each delivery counts at the backend: so it is for a hub without a limit of events.
import { appendFileSync } from 'node:fs';

const TOPIC = (device) => `realtime:device:${device}`;
const HEARTBEAT_MS = 20_000;

/** A message of the protocol, in a word: `method` of a command or an event, `=id` of a reply. */
const word = (message) => (message.method ? message.method + (message.params?.name ? `(${message.params.name})` : '') : `=${message.id}`);

function words(payload, list) {
    const sealed = payload.raw ? `sealed ${payload.raw} raw` : payload.data && !payload.part ? `sealed ${payload.data.length}` : '';
    const told = payload[list]?.map(word).join(' ') ?? sealed;
    const part = payload.part ? ` part ${payload.part}/${payload.parts}` : '';
    const bare = payload.seq === undefined ? ` bare ${payload.nack !== undefined ? 'nack' : 'ack'}` : '';
    return `${told}${part}${bare}${payload.limits ? ' limits' : ''}${payload.ended ? ` ended ${payload.ended.reason}` : ''}`.trim();
}

/** What a raw broadcast says: the text before the first zero byte, and how many bytes stand behind it. */
function fromRaw(event, bytes) {
    const end = bytes.indexOf(0);
    const payload = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end)));
    (payload.params ?? payload).raw = end < 0 ? 0 : bytes.length - end - 1;
    return { event, payload };
}

/** A binary frame of kind 4. */
function fromBinary(frame) {
    const [, topic, name, meta, encoding] = frame;
    const text = (from, to) => new TextDecoder().decode(frame.subarray(from, to));
    const event = text(5 + topic, 5 + topic + name);
    const at = 5 + topic + name + meta;
    return encoding === 0 ? fromRaw(event, frame.subarray(at)) : { event, payload: JSON.parse(text(at)) };
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
        const socket = new WebSocket(`ws://127.0.0.1:${hub.port}/realtime/v1/websocket?apikey=${hub.anon_key}&vsn=2.0.0`);
        socket.binaryType = 'arraybuffer';
        recording.socket = socket;
        recording.file = file;
        const push = (topic, event, payload, ref) => socket.send(JSON.stringify(['1', ref, topic, event, payload]));
        const joined = new Promise((resolve, reject) => {
            socket.addEventListener('error', () => reject(new Error('the recording has no connection')));
            socket.addEventListener('message', ({ data }) => {
                if (typeof data !== 'string') return recording.#write(fromBinary(new Uint8Array(data)), data.byteLength);
                const [, ref, , event, payload] = JSON.parse(data);
                if (event === 'phx_reply' && ref === '1') resolve();
                if (event === 'broadcast') recording.#write(payload, data.length);
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
