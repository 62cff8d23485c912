// What makes the browser of the direct way comparable to the agent's: the same switches, and a first page behind it.
import { within } from './programs.mjs';

const LIMIT_MS = 40_000;

/** What the agent starts its browser with (cdp/launch_arguments.cpp), but for the pipe. */
export const BROWSER_FLAGS = ['--no-first-run', '--no-default-browser-check', '--disable-background-networking',
    '--disable-background-timer-throttling', '--disable-back-forward-cache', '--disable-backgrounding-occluded-windows',
    '--disable-renderer-backgrounding', '--disable-breakpad', '--disable-client-side-phishing-detection',
    '--disable-component-update', '--disable-default-apps', '--disable-hang-monitor', '--disable-popup-blocking',
    '--disable-features=MediaRouter,OptimizationHints,Translate,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,WebUIOmniboxPopup',
    '--disable-prompt-on-repost', '--disable-quic', '--disable-sync', '--metrics-recording-only', '--no-service-autorun',
    '--password-store=basic', '--use-mock-keychain',
    '--remote-allow-origins=devtools://devtools']; // this one is for the front end, which a bridge lets in

/**
 * Opens a page in the browser at `ws`, waits until it is loaded and drawn, and closes it. A browser's first page takes
 * seconds, since processes, fonts and caches are made for it: it comes before what is timed.
 */
export async function showPage(ws, url) {
    const socket = new WebSocket(ws);
    const replies = new Map();
    let sent = 0;
    const gone = new Promise((_, reject) => socket.addEventListener('close', () => reject(new Error('the connection has ended'))));
    gone.catch(() => {});
    socket.addEventListener('message', ({ data }) => {
        const { id, result } = JSON.parse(data);
        replies.get(id)?.(result);
    });
    const ask = (method, params, sessionId) => {
        const reply = new Promise((resolve) => replies.set(++sent, resolve));
        socket.send(JSON.stringify({ id: sent, method, params, sessionId }));
        return within(LIMIT_MS, Promise.race([reply, gone]), () => new Error(`no answer to ${method}`));
    };
    await within(LIMIT_MS, Promise.race([new Promise((resolve) => socket.addEventListener('open', resolve)), gone]),
        () => new Error(`no connection to ${ws}`));
    const { targetId } = await ask('Target.createTarget', { url });
    const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true });
    const expression = 'new Promise((done) => document.readyState === "complete" ? done() : addEventListener("load", done))';
    await ask('Runtime.evaluate', { expression, awaitPromise: true }, sessionId);
    await ask('Page.captureScreenshot', {}, sessionId);
    await ask('Target.closeTarget', { targetId });
    socket.close();
}
