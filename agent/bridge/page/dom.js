// Elements of the page. What the far side says reaches the document as text alone.

export const at = (id) => document.getElementById(id);

/** An element; `options.text` is its text, `options.on` its listeners, all else attributes. */
export function make(tag, options = {}, children = []) {
    const element = document.createElement(tag);
    const { text, on = {}, ...attributes } = options;
    for (const [name, value] of Object.entries(attributes)) {
        if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
    }
    if (text !== undefined) element.textContent = text;
    for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
    element.append(...children);
    return element;
}

/** Sets text only where it changed, so that a selection and a screen reader are left in peace. */
export function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

export function show(element, shown) {
    if (element.hidden === shown) element.hidden = !shown;
}

/** A row of a definition list: a label, a line to copy and its button. */
export function copyRow(label, line, note) {
    const button = make('button', { type: 'button', 'aria-label': `Copy: ${label}`, text: 'Copy' });
    button.addEventListener('click', async () => {
        try {
            await navigator.clipboard.writeText(line);
            button.textContent = 'Copied';
        } catch {
            getSelection().selectAllChildren(code);
            button.textContent = 'Press Ctrl+C';
        }
        setTimeout(() => (button.textContent = 'Copy'), 2000);
    });
    const code = make('code', { text: line, tabindex: '0' });
    const parts = [make('div', { class: 'copy' }, [code, button])];
    if (note) parts.push(make('p', { class: 'note', text: note }));
    return [make('dt', { text: label }), make('dd', {}, parts)];
}
