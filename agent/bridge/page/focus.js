// Where the keyboard is. What takes an element away hands its focus on, so that somebody without a mouse never has to start
// over at the top of the page.

const hasPlace = (element) => element !== document.body && element.isConnected && element.checkVisibility({ visibilityProperty: true });

/**
 * Does what may take the focused element away, or hide it. Its focus then goes to the first of `heirs` that can have it:
 * elements, or selectors.
 */
export function keepFocus(act, ...heirs) {
    const before = document.activeElement;
    const had = hasPlace(before);
    act();
    // What hid it outside of this act hands it on itself; and within it somebody may have done so.
    if (!had || hasPlace(before) || hasPlace(document.activeElement)) return;
    for (const heir of heirs) {
        const element = typeof heir === 'string' ? document.querySelector(heir) : heir;
        if (!element || !hasPlace(element)) continue;
        element.focus();
        if (document.activeElement === element) return;
    }
}

/**
 * Fills a list anew. The focus stays with the element of the same `data-key`, or goes to the item in its place, or to an
 * heir.
 */
export function refill(list, items, ...heirs) {
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const place = [...list.children].indexOf(focused?.closest('li'));
    const same = focused?.dataset.key && `[data-key="${CSS.escape(focused.dataset.key)}"]`;
    const next = items[Math.min(place, items.length - 1)]?.querySelector('button');
    keepFocus(() => list.replaceChildren(...items), ...[same, next].filter(Boolean), ...heirs);
}

/** The keys `back` and `forth`, Home and End move the focus among the items of a list, each at its element with `mark`. */
export function moveByArrows(list, mark, back, forth) {
    list.addEventListener('keydown', (event) => {
        const all = [...list.querySelectorAll(mark)];
        const now = all.indexOf(document.activeElement.closest('li')?.querySelector(mark));
        const to = all[{ [back]: now - 1, [forth]: now + 1, Home: 0, End: all.length - 1 }[event.key]];
        if (!to || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        to.focus();
    });
}

/** What cannot be used at the moment keeps its place for the keyboard: a disabled element would lose the focus. */
export function setUsable(element, usable) {
    element.setAttribute('aria-disabled', String(!usable));
    if (element instanceof HTMLInputElement) element.readOnly = !usable;
}

/** `act` when the button is pressed, and can be used. */
export function onPress(button, act) {
    button.addEventListener('click', () => button.getAttribute('aria-disabled') !== 'true' && act());
}
