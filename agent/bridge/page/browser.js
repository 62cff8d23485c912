// One far browser while it is looked at: its tabs, and the session of the tab that is shown. Tells what changed by
// events: 'tabs', 'place', 'dialog', 'crashed', 'refused', 'end'.
import { Cdp, Refusal } from './cdp.js';

/** Chrome tells of a new title only with a new address: titles are asked for, but not more often. */
const TITLES_MS = 5000;
const PLACE_AGAIN_MS = 500;
const PLACE_TRIES = 4;

export class Browser extends EventTarget {
    #cdp;
    #session = null;
    #attaching = null; // to the tab that is shown, while its session is asked for
    ready = null; // settles when the first tab is shown, or when there is none
    tabs = new Map(); // by target id: { id, title, url }
    #gone = new Set(); // tabs that were closed: what comes of them later counts for nothing
    begun = false; // the tabs that there are were told
    current = null; // the id of the tab that is shown
    place = null; // of it: { url, back, forward, loading }
    dialog = null;
    #chosen = false; // a person chose the tab that is shown
    #behind = new Set(); // tabs that were found to be behind another one
    #titlesAt = -Infinity;
    #titlesTimer = null;
    onPicture = () => {}; // (method, params) of the screencast

    static async open(address, signal) {
        const browser = new Browser();
        browser.#cdp = await Cdp.open(address, signal);
        browser.#cdp.addEventListener('event', ({ detail }) => browser.#hear(detail));
        browser.#cdp.addEventListener('end', ({ detail }) => browser.#tell('end', detail));
        return browser;
    }

    /** The far page has changed: perhaps its title too. */
    #readTitles() {
        if (this.#titlesTimer !== null) return;
        const wait = Math.max(0, this.#titlesAt + TITLES_MS - performance.now());
        this.#titlesTimer = setTimeout(async () => {
            const found = await this.ask('Target.getTargets', { filter: [{ type: 'page' }] });
            this.#titlesAt = performance.now();
            this.#titlesTimer = null;
            for (const { targetId: id, title, url } of found?.targetInfos ?? []) {
                if (this.tabs.has(id)) this.tabs.set(id, { id, title, url });
            }
            this.#tell('tabs');
        }, wait);
    }

    #tell(name, detail) {
        this.dispatchEvent(new CustomEvent(name, { detail }));
    }

    /** Of the browser itself. A refusal is shown, and the answer is undefined. */
    async ask(method, params, session) {
        try {
            return await this.#cdp.send(method, params, session);
        } catch (error) {
            if (error instanceof Refusal) this.#tell('refused', error);
            return undefined;
        }
    }

    /** Of the tab that is shown. */
    async send(method, params = {}) {
        if (this.#session === null) await this.#attaching;
        if (this.#session === null) return undefined;
        return this.ask(method, params, this.#session);
    }

    begin() {
        this.ready = this.#begin();
        return this.ready;
    }

    async #begin() {
        await this.ask('Target.setDiscoverTargets', { discover: true, filter: [{ type: 'page' }] });
        // What the browser tells by itself may come later than its answer.
        const found = await this.ask('Target.getTargets', { filter: [{ type: 'page' }] });
        for (const info of found?.targetInfos ?? []) this.#note(info);
        this.begun = true;
        if (this.current === null) await this.showAny();
    }

    async showAny() {
        const ids = [...this.tabs.keys()];
        if (ids.length > 0) return this.show(ids.find((id) => !this.#behind.has(id)) ?? ids[0]);
        this.current = null;
        this.place = null;
        this.#tell('tabs');
        this.#tell('place');
    }

    /** Shows that tab. `raise`: a person chose it, so it comes to the front over there. */
    async show(id, raise = false) {
        this.#chosen = raise;
        if (raise) {
            this.#behind.clear();
            this.ask('Target.activateTarget', { targetId: id });
        }
        if (this.current === id) return;
        const left = this.#session;
        this.current = id;
        this.#session = null;
        this.dialog = null;
        this.place = { url: this.tabs.get(id)?.url ?? '', back: false, forward: false, loading: false };
        this.#tell('dialog');
        this.#tell('tabs');
        this.#tell('place');
        if (left !== null) this.ask('Target.detachFromTarget', { sessionId: left });
        this.#attaching = this.#attach(id);
        await this.#attaching;
        if (this.current !== id || this.#session === null) return;
        this.send('Inspector.enable');
        await this.send('Page.enable');
        this.#tell('shown');
        await this.#readPlace();
    }

    async #attach(id) {
        const attached = await this.ask('Target.attachToTarget', { targetId: id, flatten: true });
        if (this.current !== id) return;
        if (attached === undefined) {
            this.current = null;
            this.place = null;
            this.#tell('tabs');
            this.#tell('place');
            return;
        }
        this.#session = attached.sessionId;
    }

    /** The tab that is shown is behind another one. True: nobody chose it, and another one is shown in its place. */
    passOver() {
        this.#behind.add(this.current);
        const other = [...this.tabs.keys()].find((id) => !this.#behind.has(id));
        if (this.#chosen || other === undefined) return false;
        this.show(other);
        return true;
    }

    async newTab() {
        const made = await this.ask('Target.createTarget', { url: 'about:blank' });
        if (made) await this.show(made.targetId, true);
        return made !== undefined;
    }

    closeTab(id) {
        return this.ask('Target.closeTarget', { targetId: id });
    }

    async go(url) {
        this.#loading(true);
        const gone = await this.send('Page.navigate', { url });
        if (gone?.errorText || gone === undefined) this.#loading(false);
        return gone;
    }

    /** -1: back, 1: forward. */
    async step(by) {
        const history = await this.send('Page.getNavigationHistory');
        const entry = history?.entries[history.currentIndex + by];
        if (entry) await this.send('Page.navigateToHistoryEntry', { entryId: entry.id });
    }

    answer(accept, promptText) {
        this.dialog = null;
        this.#tell('dialog');
        return this.send('Page.handleJavaScriptDialog', { accept, ...(promptText !== undefined && { promptText }) });
    }

    close() {
        this.#session = null;
        clearTimeout(this.#titlesTimer);
        this.#cdp.close();
    }

    async #readPlace(tries = PLACE_TRIES) {
        const session = this.#session;
        const history = await this.send('Page.getNavigationHistory');
        if (session === null || session !== this.#session) return;
        // It is refused between two pages.
        if (!history) return tries > 1 && setTimeout(() => session === this.#session && this.#readPlace(tries - 1), PLACE_AGAIN_MS);
        const { currentIndex: at, entries } = history;
        this.place = { ...this.place, url: entries[at]?.url ?? '', back: at > 0, forward: at < entries.length - 1 };
        this.#tell('place');
    }

    #loading(loading) {
        if (this.place === null || this.place.loading === loading) return;
        this.place = { ...this.place, loading };
        this.#tell('place');
    }

    #hear({ method, params, sessionId }) {
        if (sessionId === undefined) return this.#hearTargets(method, params);
        if (sessionId !== this.#session) return;
        if (method === 'Page.screencastFrame' || method === 'Page.loadEventFired') this.#readTitles();
        if (method.startsWith('Page.screencast')) return this.onPicture(method, params);
        const isMain = params.frame ? !params.frame.parentId : true;
        if (method === 'Page.frameNavigated' && isMain) this.#readPlace();
        if (method === 'Page.navigatedWithinDocument') this.#readPlace();
        if (method === 'Page.frameStartedLoading') this.#loading(true);
        if (method === 'Page.frameStoppedLoading' || method === 'Page.loadEventFired') this.#loading(false);
        if (method === 'Page.loadEventFired') this.#tell('loaded');
        if (method === 'Page.javascriptDialogOpening') this.#ask(params);
        if (method === 'Page.javascriptDialogClosed') this.#ask(null);
        if (method === 'Inspector.targetCrashed') this.#tell('crashed');
    }

    #ask(dialog) {
        this.dialog = dialog;
        this.#tell('dialog');
    }

    #hearTargets(method, params) {
        if (method === 'Target.targetCreated' || method === 'Target.targetInfoChanged') {
            if (this.#note(params.targetInfo)) this.#tell('tabs');
        }
        if (method === 'Target.targetDestroyed') this.#forget(params.targetId);
        if (method === 'Target.detachedFromTarget' && params.sessionId === this.#session) this.#lost();
    }

    #note({ targetId: id, type, title, url }) {
        if (type !== 'page' || this.#gone.has(id)) return false;
        this.tabs.set(id, { id, title, url });
        return true;
    }

    #forget(id) {
        this.#gone.add(id);
        if (!this.tabs.delete(id)) return;
        this.#tell('tabs');
        if (id === this.current) this.#lost();
    }

    #lost() {
        this.#session = null;
        this.current = null;
        this.dialog = null;
        this.#tell('dialog');
        this.showAny();
    }
}
