// Short notes at the edge of the page: what was refused, what failed, what was done.
import { at, make } from './dom.js';
import { keepFocus } from './focus.js';

const STAYS_MS = 12_000;
const MOST = 4;

let before = null; // what had the focus before a notice had it
at('notices').addEventListener('focusin', ({ relatedTarget }) => {
    if (!at('notices').contains(relatedTarget)) before = relatedTarget;
});

function remove(notice) {
    keepFocus(() => notice.remove(), ...[before].filter(Boolean), '#notices button', '#picture', '#main');
}

/** `kind`: 'refused', 'failed' or 'done'. */
export function notify(kind, title, text) {
    const notices = at('notices');
    const key = `${title}\n${text}`;
    const same = [...notices.children].find((notice) => notice.dataset.key === key);
    if (same) remove(same);
    const notice = make('div', { class: `notice ${kind}`, 'data-key': key }, [
        make('div', {}, [make('p', { class: 'notice-title', text: title }), make('p', { text })]),
        make('button', { type: 'button', class: 'icon', 'aria-label': 'Dismiss', text: '×', on: { click: () => remove(notice) } }),
    ]);
    notices.append(notice);
    while (notices.children.length > MOST) remove(notices.firstChild);
    // One that somebody has in hand stays.
    setTimeout(() => !notice.contains(document.activeElement) && remove(notice), STAYS_MS);
}
