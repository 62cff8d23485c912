// The part of the page that shows one device: connects while it is open, and brings picture, tabs and buttons together.
import { Browser } from './browser.js';
import { drawDialog } from './dialog.js';
import { at, make, setText, show } from './dom.js';
import { keepFocus, onPress, setUsable } from './focus.js';
import { Input } from './input.js';
import { socketOf } from './lines.js';
import { notify } from './notices.js';
import { Picture } from './picture.js';
import { Tabs } from './tabs.js';
import { driversOf, mayConnect, mayGoOn, nameOf, stateWord, summaryOf, whyNoPicture } from './words.js';

const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 15_000;
const RESIZED_MS = 400;
/** Nobody needs to know of these: a tab has closed meanwhile, or stands between two pages. */
const PASSING = /^(Page\.(screencast|startScreencast|stopScreencast|enable|getNavigationHistory)|Inspector\.enable|Target\.(attach|detach|activate|close))/;

export class Viewer {
    device = null;
    #browser = null;
    #connecting = null; // gives the attempt to connect up
    #retryAt = 0;
    #retryAfter = RETRY_FIRST_MS;
    #why = ''; // the last connection ended, or was refused: a sentence
    #hiddenTab = false;
    #crashed = false;
    #picture;
    #tabs;
    #onConnect;

    /** `onConnect`: what is known of the devices is out of date. */
    constructor(onConnect) {
        this.#onConnect = onConnect;
        const canvas = at('picture');
        const send = (method, params) => this.#browser?.send(method, params);
        const limits = () => ({ pace: this.device?.pace, payloadBytes: this.device?.payloadBytes });
        this.#picture = new Picture(canvas, send, limits, {
            drawn: () => this.#drawn(),
            hidden: (hidden) => {
                if (hidden && this.#browser?.passOver()) return;
                this.#hiddenTab = hidden;
                this.#draw();
            },
        });
        this.input = new Input(canvas, {
            send,
            frame: () => this.#picture.frame,
            pace: () => this.device?.pace,
            entered: (entered) => at('stage').classList.toggle('entered', entered),
        });
        this.#tabs = new Tabs({ show: (id) => this.#browser?.show(id, true), close: (id) => this.#browser?.closeTab(id) });
        this.#listen();
    }

    #listen() {
        const click = (id, act) => onPress(at(id), act);
        click('new-tab', () => this.#browser?.newTab());
        click('back', () => this.#browser?.step(-1));
        click('forward', () => this.#browser?.step(1));
        click('reload', () => this.#browser?.send('Page.reload'));
        click('screenshot', () => this.#keepScreenshot());
        click('over-act', () => this.#act());
        click('ask-no', () => this.#browser?.answer(false));
        at('ask').addEventListener('keydown', (event) => {
            if (event.key === 'Escape') this.#browser?.answer(this.#browser.dialog?.type === 'alert');
        });
        at('address').addEventListener('keydown', (event) => {
            if (event.key !== 'Escape') return;
            at('address').value = this.#browser?.place?.url ?? '';
            at('address').select();
        });
        at('ask').addEventListener('submit', (event) => {
            event.preventDefault();
            const asked = this.#browser?.dialog?.type === 'prompt';
            this.#browser?.answer(true, asked ? at('ask-input').value : undefined);
        });
        at('address-form').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#go(at('address').value.trim());
            at('picture').focus({ preventScroll: true });
        });
        document.addEventListener('visibilitychange', () => this.#picture.look());
        let timer = null;
        new ResizeObserver(() => {
            clearTimeout(timer);
            timer = setTimeout(() => this.#picture.resized(), RESIZED_MS);
        }).observe(at('stage'));
    }

    /** What is known of the device that is open; null: none is. */
    update(device) {
        if (device?.uuid !== this.device?.uuid) this.#leave();
        // Who asked an agent that has gone would wait for its answer while it is back.
        if (device?.state === 'offline') this.#connecting?.abort();
        if (device && mayConnect(device.state) && !mayConnect(this.device?.state)) this.#connectSoon();
        this.device = device;
        // The client of a paused machine lives on, and is refused everything.
        if (this.#browser && device && !mayGoOn(device.state)) this.#cut('');
        if (device) this.#connect();
        this.#draw();
    }

    get targetId() {
        return this.#browser?.current ?? null;
    }

    type(text) {
        return this.#browser?.send('Input.insertText', { text });
    }

    #connectSoon() {
        this.#retryAt = 0;
        this.#retryAfter = RETRY_FIRST_MS;
    }

    #leave() {
        this.#picture.forget();
        this.#connecting?.abort();
        this.#browser?.close();
        this.#browser = null;
        this.#why = '';
        this.#connectSoon();
        this.#hiddenTab = false;
        this.#crashed = false;
        at('picture').classList.remove('drawn');
        setText(at('rate'), '');
    }

    /** `asked`: a person wants it, whatever is known of the device. */
    async #connect(asked = false) {
        const { device } = this;
        const wanted = asked || (mayConnect(device.state) && Date.now() >= this.#retryAt);
        if (!wanted || this.#browser !== null || this.#connecting) return;
        this.#connecting = new AbortController();
        try {
            const browser = await Browser.open(socketOf(device, location.host), this.#connecting.signal);
            if (this.device?.uuid !== device.uuid) return browser.close();
            this.#take(browser);
            await browser.begin();
        } catch (error) {
            this.#failed(error.message);
        } finally {
            this.#connecting = null;
            this.#onConnect();
        }
    }

    #take(browser) {
        this.#browser = browser;
        this.#retryAfter = RETRY_FIRST_MS;
        this.#why = '';
        browser.onPicture = (method, params) => this.#picture.onEvent(method, params);
        const on = (name, hear) => browser.addEventListener(name, (event) => this.#browser === browser && hear(event.detail));
        on('tabs', () => (browser.current === null ? this.#empty() : this.#tabs.draw(browser)));
        on('place', () => this.#drawPlace());
        on('dialog', () => drawDialog(browser.dialog));
        on('shown', () => this.#shown());
        on('loaded', () => this.#picture.expect());
        on('crashed', () => {
            this.#crashed = true;
            this.#draw();
        });
        on('refused', (refusal) => this.#refused(refusal));
        on('end', (why) => this.#failed(why));
        this.#draw();
    }

    /** There is no tab that could be shown. */
    #empty() {
        this.#picture.forget();
        at('picture').classList.remove('drawn');
        this.#draw();
    }

    #shown() {
        this.#picture.forget();
        this.#hiddenTab = false;
        this.#crashed = false;
        this.#draw();
        this.#picture.want(true);
    }

    #cut(why) {
        this.#browser.close();
        this.#failed(why);
    }

    #failed(why) {
        const { device } = this;
        this.#picture.forget();
        this.#browser = null;
        this.#why = why;
        this.#retryAt = Date.now() + this.#retryAfter;
        this.#retryAfter = Math.min(2 * this.#retryAfter, RETRY_MOST_MS);
        at('picture').classList.remove('drawn');
        this.#onConnect();
        if (device) this.#draw();
    }

    #refused(refusal) {
        if (refusal.byPause) return this.#cut(refusal.message);
        if (PASSING.test(refusal.method) && !refusal.byPolicy) return;
        const what = refusal.byPolicy ? 'The policy of the far machine refuses this' : `The far browser refuses ${refusal.method}`;
        notify(refusal.byPolicy ? 'refused' : 'failed', what, refusal.message);
    }

    async #go(typed) {
        if (!typed || !this.#browser) return;
        const url = /^[a-z][a-z0-9+.-]*:/i.test(typed) && !/^[^/]+:\d+(\/|$)/.test(typed) ? typed : `http://${typed}`;
        await this.#browser.ready;
        if (this.#browser?.current === null && !(await this.#browser.newTab())) return;
        const gone = await this.#browser?.go(url);
        if (gone?.errorText) notify('failed', 'The page was not loaded', `${url}: ${gone.errorText}`);
    }

    async #keepScreenshot() {
        const shot = await this.#browser?.send('Page.captureScreenshot', { format: 'png' });
        if (!shot) return;
        const bytes = Uint8Array.from(atob(shot.data), (character) => character.charCodeAt(0));
        const address = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
        const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
        const name = `${nameOf(this.device).replace(/[^\w.-]+/g, '_')}-${time}.png`;
        make('a', { href: address, download: name }).click();
        setTimeout(() => URL.revokeObjectURL(address), 10_000);
        notify('done', 'The screenshot was saved', name);
    }

    #act() {
        if (this.#browser === null) return this.#connect(true);
        if (this.#crashed) return this.#browser.send('Page.reload').then(() => this.#shown());
        if (this.#hiddenTab) return this.#browser.show(this.#browser.current, true);
        return this.#browser.newTab();
    }

    #drawn() {
        at('picture').classList.add('drawn');
        this.#drawRate();
        if (!at('over').hidden) this.#draw();
    }

    #drawRate() {
        if (!this.#picture.frame) return setText(at('rate'), '');
        const { pictures, bytes } = this.#picture.rate(performance.now());
        const many = pictures === 0 ? 'still' : `${pictures.toFixed(pictures < 2 ? 1 : 0)} a second, ${Math.ceil(bytes / 1000)} kB/s`;
        setText(at('rate'), `${at('picture').width} × ${at('picture').height}, ${many}`);
    }

    /** A title, a sentence and a button over the picture; nothing: the picture is all there is to see. */
    #over() {
        const { device } = this;
        if (this.#browser === null) {
            const why = whyNoPicture(device);
            const refused = mayConnect(device.state) && (this.#why || device.refusal);
            return refused && !this.#connecting ? { title: `${nameOf(device)} cannot be shown`, text: this.#why || device.refusal, act: 'Try again' } : why;
        }
        if (!this.#browser.begun) return { title: `Connecting to ${nameOf(device)}`, text: '' };
        if (this.#browser.current === null) return { title: 'No tab is shown', text: this.#browser.tabs.size > 0 ? 'Choose a tab above, or open another one.' : 'The far browser runs without a page.', act: 'New tab' };
        if (this.#crashed) return { title: 'The page has crashed', text: 'The tab is still there.', act: 'Reload' };
        if (this.#hiddenTab) return { title: 'Another tab is in front', text: 'A page behind another one is not drawn.', act: 'Bring to the front' };
        return this.#picture.frame ? null : { title: 'Waiting for the first picture', text: '' };
    }

    #draw() {
        keepFocus(() => this.#drawAll(), '#picture', '#main');
    }

    #drawAll() {
        const { device } = this;
        show(at('device'), device !== null);
        if (!device) return;
        setText(at('device-name'), nameOf(device));
        const state = this.#browser ? 'connected' : device.state;
        setText(at('device-state'), state === 'connected' ? 'Connected' : stateWord(state));
        at('device-state').dataset.state = state;
        setText(at('device-facts'), [summaryOf(device), driversOf(device)].filter(Boolean).join(' · '));
        const over = this.#over();
        show(at('over'), over !== null);
        if (over) {
            setText(at('over-title'), over.title);
            setText(at('over-text'), over.text);
            setText(at('over-act'), over.act ?? '');
            show(at('over-act'), over.act !== undefined);
        }
        this.#tabs.draw(this.#browser);
        this.#drawPlace();
        drawDialog(this.#browser?.dialog ?? null);
        this.#drawRate();
    }

    #drawPlace() {
        const place = this.#browser?.place ?? null;
        setUsable(at('back'), place?.back ?? false);
        setUsable(at('forward'), place?.forward ?? false);
        for (const id of ['reload', 'screenshot', 'open-paste', 'open-devtools']) setUsable(at(id), place !== null);
        setUsable(at('address'), this.#browser !== null);
        at('stage').classList.toggle('loading', place?.loading ?? false);
        if (document.activeElement !== at('address')) at('address').value = place?.url ?? '';
    }
}
