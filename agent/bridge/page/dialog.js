// The question of the far page that stands over its picture.
import { at, setText, show } from './dom.js';
import { keepFocus } from './focus.js';

let before = null; // what had the focus when the far page asked

/** `dialog`: as the browser tells of it; null: the far page asks nothing. */
export function drawDialog(dialog) {
    const shown = dialog !== null;
    if (at('ask').hidden === !shown) return;
    if (!shown) return keepFocus(() => show(at('ask'), false), ...[before].filter(Boolean), '#picture');
    show(at('ask'), true);
    const leaving = dialog.type === 'beforeunload';
    setText(at('ask-title'), leaving ? 'The far page asks whether to leave it' : 'The far page says');
    setText(at('ask-text'), leaving ? 'What was entered there may be lost.' : dialog.message);
    show(at('ask-input'), dialog.type === 'prompt');
    at('ask-input').value = dialog.defaultPrompt ?? '';
    setText(at('ask-yes'), leaving ? 'Leave' : 'OK');
    show(at('ask-no'), dialog.type !== 'alert');
    before = document.activeElement;
    // Who types elsewhere would answer without having read it.
    if (before.matches('input, textarea')) return;
    (dialog.type === 'prompt' ? at('ask-input') : at('ask-yes')).focus();
}
