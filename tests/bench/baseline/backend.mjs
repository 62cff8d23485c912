// The backend's side of both relays: where it is, and a device's channel joined with supabase-js.
export const device = process.env.BENCH_DEVICE;
export const port = process.env.BENCH_HUB_PORT;
export const key = process.env.BENCH_KEY;
export const token = process.env.BENCH_TOKEN;
export const tls = process.env.BENCH_TLS !== undefined; // its certificate is not looked at
if (tls) process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning'); // which Node says of that
export const topic = `realtime:device:${device}`;

/** Joins the device's channel as a private one; `onCommand` gets the payload of each cdp-command. */
export async function joined(config, onCommand) {
    const { createClient } = await import('@supabase/supabase-js');
    const { default: WebSocket } = await import('ws');
    const client = createClient(`http${tls ? 's' : ''}://127.0.0.1:${port}`, key, {
        accessToken: async () => token,
        realtime: { transport: WebSocket }, // Node has one of its own only from version 22 on
    });
    await client.realtime.setAuth();
    const channel = client.channel(`device:${device}`, { config: { private: true, ...config } });
    channel.on('broadcast', { event: 'cdp-command' }, ({ payload }) => onCommand(payload));
    await new Promise((resolve, reject) => {
        channel.subscribe((status, error) => {
            if (status === 'SUBSCRIBED') resolve();
            else reject(error ?? new Error(status));
        });
    });
    return channel;
}
