// The pages that the clients are led through, on loopback. 127.0.0.1 and localhost are two sites for a browser: what the
// first embeds from the second runs in a process of its own.
import { createServer } from 'node:http';

const TALL_PX = 20_000;
export const DOWNLOAD = Buffer.alloc(1_000_000, 'all work and no play\n');

const page = (title, body, more = '') => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<link rel="icon" href="data:,">${more}</head><body>${body}</body></html>`;

const pages = {
    '/': () => page('Start', `<h1>Start</h1>
<a id="next" href="/next">next</a>
<button id="count" onclick="this.textContent = 'pressed ' + ++pressed + (event.isTrusted ? '' : ' by a script')">pressed 0</button>
<button id="twice" ondblclick="this.textContent = 'twice'">once</button>
<button id="later" onclick="setTimeout(() => { const p = document.createElement('p'); p.id = 'late'; p.textContent = 'here'; document.body.append(p) }, 300)">later</button>
<input id="name" aria-label="name"><select id="pick" aria-label="pick"><option>one<option>two</select>
<input type="checkbox" id="check" aria-label="check">
<script>var pressed = 0; var keys = []; addEventListener('keydown', (event) => keys.push(event.key))</script>`),
    '/picture': () => page('Red', `<button id="turn" onclick="document.body.className = 'green'; document.title = 'Green'">turn green</button>
<input id="word" aria-label="word" oninput="document.title = 'Typed ' + this.value">`, `<style>
body { margin: 0; background: rgb(200, 30, 60) } body.green { background: rgb(20, 140, 60) }
button, input { position: absolute; left: 0; width: 50vw; height: 25vh; font-size: 40px } button { top: 0 } input { top: 50vh; border: 0 }</style>`),
    '/restless': () => page('Restless', `<canvas id="noise" width="640" height="400" style="width:100vw;height:100vh"></canvas><script>
const context = noise.getContext('2d');
(function draw() {
    for (let i = 0; i < 400; ++i) {
        context.fillStyle = 'hsl(' + Math.random() * 360 + ' 80% 50%)';
        context.fillRect(Math.random() * 640, Math.random() * 400, 20, 20);
    }
    requestAnimationFrame(draw);
})()</script>`, '<style>body{margin:0}</style>'),
    // Changes for half a second at each click, and then rests in the other colour.
    '/settling': () => page('Settling', `<script>
let times = 0;
addEventListener('click', () => {
    const end = performance.now() + 500;
    const rest = ++times % 2 === 1 ? 'rgb(20, 140, 60)' : 'rgb(200, 30, 60)';
    (function draw(now) {
        document.body.style.background = now < end ? 'hsl(' + now + ' 80% 50%)' : rest;
        if (now < end) requestAnimationFrame(draw);
        else document.title = 'Settled ' + times;
    })(performance.now());
});
</script>`, '<style>html, body { margin: 0; height: 100% }</style>'),
    '/caret': () => page('Caret', `<input aria-label="word" onfocus="document.title = 'Caret blinks'">`,
        '<style>input { width: 90vw; height: 50vh; font-size: 30vh }</style>'),
    '/next': () => page('Next', '<h1>Next</h1>'),
    '/frames': ({ port }) => page('Frames', `<h1>Frames</h1>
<iframe id="near" name="near" src="/inner?near"></iframe>
<iframe id="far" name="far" src="http://localhost:${port}/inner?far"></iframe>`),
    '/inner': ({ url }) => page('Inner', `<button onclick="this.textContent = 'pressed in ${url.search}'">press</button>
<p id="place"></p><script>place.textContent = location.origin</script>`),
    '/popups': ({ port }) => page('Popups', `<button id="blank" onclick="window.opened = window.open('')">blank</button>
<button id="same" onclick="window.open('/popup')">same</button>
<button id="other" onclick="window.open('http://localhost:${port}/popup')">other</button>
<a id="noopener" href="/popup" target="_blank" rel="noopener">noopener</a>`),
    '/popup': () => page('Popup', '<h1>Popup</h1><script>var early = typeof watched === "undefined" ? "unwatched" : watched</script>'),
    '/dialogs': () => page('Dialogs', `<button id="alert" onclick="alert('an alert'); said.textContent = 'alerted'">alert</button>
<button id="confirm" onclick="said.textContent = confirm('a question')">confirm</button>
<button id="prompt" onclick="said.textContent = prompt('your name?', 'nobody')">prompt</button>
<p id="said"></p>`),
    '/leaving': () => page('Leaving', `<button id="touch">touch</button>
<script>addEventListener('beforeunload', (event) => { event.preventDefault(); event.returnValue = 'stay' })</script>`),
    '/noise': () => page('Noise', `<script>console.log('hello', 42, { a: 1 }); console.warn('careful'); console.error('bad');
setTimeout(() => { throw new Error('thrown by the page') }, 0)</script>`),
    '/tall': () => page('Tall', `<div style="height:${TALL_PX}px;background:linear-gradient(#f00,#00f)">tall</div>`,
        '<style>body{margin:0} html{scrollbar-width:none}</style>'),
    '/fetching': () => page('Fetching', `<p id="data"></p>
<script>fetch('/data.json').then(r => r.json()).then(d => data.textContent = d.from, (e) => data.textContent = 'failed')</script>`),
    '/files': () => page('Files', `<a id="save" href="/file.bin">save</a>
<form method="post" enctype="multipart/form-data" action="/upload"><input type="file" name="file" id="file" multiple>
<button id="send">send</button></form>`),
    '/drop': () => page('Drop', `<p id="thing" draggable="true" ondragstart="event.dataTransfer.setData('text/plain', 'a thing')">drag me</p>
<div id="zone" style="width:200px;height:200px;background:#eee" ondragover="event.preventDefault()"
 ondrop="event.preventDefault(); take(event.dataTransfer)">drop here</div><p id="got"></p><script>
async function take(data) {
    const text = data.getData('text/plain');
    const files = await Promise.all([...data.files].map(async (file) => file.name + ': ' + await file.text()));
    got.textContent = text + files.join(', ');
}</script>`),
    '/workers': () => page('Workers', `<p id="answer"></p><script>
var worker = new Worker('/worker.js'); worker.onmessage = (event) => answer.textContent = event.data; worker.postMessage(20)
navigator.serviceWorker.register('/service.js')</script>`),
};

const others = {
    '/data.json': ['application/json', () => '{"from":"the server"}'],
    '/worker.js': ['text/javascript', () => 'console.log("worker runs"); onmessage = (event) => postMessage(event.data + 1)'],
    '/service.js': ['text/javascript', () => `self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));
self.addEventListener('fetch', (event) => { if (event.request.url.endsWith('/made-by-worker')) event.respondWith(new Response('made')) })`],
};

async function bodyOf(request) {
    const parts = [];
    for await (const part of request) parts.push(part);
    return Buffer.concat(parts);
}

/** Starts it; `uploads` has the bodies that were posted. */
export async function openSite() {
    const site = { uploads: [], heads: [] };
    const server = createServer(async (request, response) => {
        const url = new URL(request.url, 'http://site');
        const send = (status, headers, body) => response.writeHead(status, headers).end(body);
        site.heads.push({ path: url.pathname, headers: request.headers });
        if (url.pathname === '/upload') {
            site.uploads.push(await bodyOf(request));
            return send(200, { 'content-type': 'text/html' }, page('Uploaded', '<h1>thanks</h1>'));
        }
        if (url.pathname === '/moved') return send(302, { location: '/next' });
        if (url.pathname === '/file.bin') {
            const headers = { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename="file.bin"' };
            return send(200, headers, DOWNLOAD);
        }
        if (url.pathname in others) {
            const [type, text] = others[url.pathname];
            return send(200, { 'content-type': type }, text());
        }
        const made = pages[url.pathname]?.({ url, port: site.port });
        return send(made ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' }, made ?? 'no such page');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    site.port = server.address().port;
    site.url = `http://127.0.0.1:${site.port}`;
    site.close = () => {
        server.close();
        server.closeAllConnections();
    };
    return site;
}
