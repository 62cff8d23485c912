// Drives a page over a DevTools address, as any client of Chrome does: drive.mjs [URL], else $BMC_CDP_URL. Prints the title
// that it gave the page.
import WebSocket from 'ws';

const socket = new WebSocket(process.argv[2] ?? process.env.BMC_CDP_URL, { maxPayload: 256 * 1024 * 1024 });
const pending = new Map();
let last = 0;

const send = (method, params = {}, sessionId) =>
  new Promise((resolve, reject) => {
    pending.set(++last, { resolve, reject });
    socket.send(JSON.stringify({ id: last, method, params, sessionId }));
  });

socket.on('message', (text) => {
  const { id, result, error } = JSON.parse(text);
  if (!pending.has(id)) return;
  const { resolve, reject } = pending.get(id);
  pending.delete(id);
  error ? reject(new Error(error.message)) : resolve(result);
});
socket.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
socket.on('close', (code, reason) => {
  if (pending.size === 0) return;
  console.error(`closed: ${code} ${reason}`);
  process.exit(1);
});
await new Promise((resolve) => socket.on('open', resolve));

const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
await send('Page.enable', {}, sessionId);
await send('Page.navigate', { url: 'data:text/html,<title>far away</title>' }, sessionId);
const expression = "new Promise(r => document.readyState === 'complete' ? r(document.title) : onload = () => r(document.title))";
const { result } = await send('Runtime.evaluate', { expression, awaitPromise: true }, sessionId);
console.log(result.value);
await send('Target.closeTarget', { targetId });
socket.close();
