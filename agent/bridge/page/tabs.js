// The strip of tabs.
import { at, make } from './dom.js';
import { moveByArrows, refill, setUsable } from './focus.js';

export class Tabs {
    #list = at('tabs');
    #act; // { show(id), close(id) }

    constructor(act) {
        this.#act = act;
        moveByArrows(this.#list, '.tab-name', 'ArrowLeft', 'ArrowRight');
        this.#list.addEventListener('keydown', (event) => {
            const id = event.target.closest('li')?.dataset.tab;
            if (event.key === 'Delete' && id) act.close(id);
        });
    }

    /** `browser`: as far as it is known; null: there is no connection. */
    draw(browser) {
        const tabs = [...(browser?.tabs.values() ?? [])];
        const key = JSON.stringify([tabs, browser?.current]);
        if (this.#list.dataset.drawn === key) return;
        this.#list.dataset.drawn = key;
        refill(this.#list, tabs.map((tab) => this.#item(tab, tab.id === browser.current)), '#new-tab');
        setUsable(at('new-tab'), browser !== null);
        const current = tabs.find(({ id }) => id === browser?.current);
        at('picture').setAttribute('aria-label', `Live picture of ${current?.title || current?.url || 'the far browser'}`);
    }

    #item({ id, title, url }, chosen) {
        const name = title || url || 'Untitled';
        return make('li', { class: chosen ? 'tab chosen' : 'tab', 'data-tab': id }, [
            make('button', { type: 'button', class: 'tab-name', 'data-key': `show ${id}`, 'aria-current': chosen ? 'true' : undefined, title: `${name}\n${url}`, text: name, on: { click: () => this.#act.show(id) } }),
            make('button', { type: 'button', class: 'tab-close', 'data-key': `close ${id}`, 'aria-label': `Close ${name}`, title: 'Close', text: '×', on: { click: () => this.#act.close(id) } }),
        ]);
    }
}
