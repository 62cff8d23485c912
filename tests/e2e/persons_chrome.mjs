// A person's Chrome, as after chrome://inspect/#remote-debugging: it tells nothing over HTTP, and each connection waits
// until somebody presses Allow. Behind it is a real Chromium.
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

export class PersonsChrome {
    asked = 0; // how often the person was
    #real;
    #sockets = new Set();
    #allow;
    #allowed = new Promise((resolve) => (this.#allow = resolve));

    /** `address`: the real one's. `folder`: a profile folder for its port file. */
    static async before(address, folder) {
        const chrome = new PersonsChrome();
        chrome.#real = new URL(address);
        chrome.folder = folder;
        chrome.server = createServer((socket) => chrome.#accept(socket));
        await new Promise((resolve) => chrome.server.listen(0, '127.0.0.1', resolve));
        writeFileSync(join(folder, 'DevToolsActivePort'), `${chrome.server.address().port}\n/devtools/browser/of-a-person`);
        return chrome;
    }

    /** The person presses Allow. */
    allow() {
        this.#allow();
    }

    #accept(socket) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.once('close', () => this.#sockets.delete(socket));
        let head = '';
        socket.on('data', function gather(bytes) {
            head += bytes.toString('latin1');
            if (head.includes('\r\n\r\n')) socket.off('data', gather).pause().emit('head', head);
        });
        socket.once('head', (request) => this.#answer(socket, request));
    }

    async #answer(socket, request) {
        if (request.startsWith('GET /json')) return socket.write('HTTP/1.1 404 Not Found\r\nContent-Length:0\r\n\r\n');
        this.asked += 1;
        await this.#allowed;
        const real = connect({ port: Number(this.#real.port), host: '127.0.0.1' });
        this.#sockets.add(real);
        real.on('error', () => socket.destroy());
        real.write(request.replace(/^GET \S+/, `GET ${this.#real.pathname}`), 'latin1');
        socket.pipe(real).pipe(socket);
    }

    close() {
        this.server.close();
        for (const socket of this.#sockets) socket.destroy();
    }
}
