// Short notes at the edge of the page: what was refused, what failed, what was done.
import { at, make } from './dom.js';

const STAYS_MS = 12_000;
const MOST = 4;

/** `kind`: 'refused', 'failed' or 'done'. */
export function notify(kind, title, text) {
    const notices = at('notices');
    const same = [...notices.children].find((notice) => notice.dataset.key === `${title}\n${text}`);
    same?.remove();
    const notice = make('div', { class: `notice ${kind}`, 'data-key': `${title}\n${text}` }, [
        make('div', {}, [make('p', { class: 'notice-title', text: title }), make('p', { text })]),
        make('button', { type: 'button', class: 'icon', 'aria-label': 'Dismiss', text: '×', on: { click: () => notice.remove() } }),
    ]);
    notices.append(notice);
    while (notices.children.length > MOST) notices.firstChild.remove();
    setTimeout(() => notice.remove(), STAYS_MS);
}
