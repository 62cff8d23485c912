// The question of the far page that stands over its picture.
import { at, setText, show } from './dom.js';

/** `dialog`: as the browser tells of it; null: the far page asks nothing. */
export function drawDialog(dialog) {
    const shown = dialog !== null;
    if (at('ask').hidden === !shown) return;
    show(at('ask'), shown);
    if (!shown) return;
    const leaving = dialog.type === 'beforeunload';
    setText(at('ask-title'), leaving ? 'The far page asks whether to leave it' : 'The far page says');
    setText(at('ask-text'), leaving ? 'What was entered there may be lost.' : dialog.message);
    show(at('ask-input'), dialog.type === 'prompt');
    at('ask-input').value = dialog.defaultPrompt ?? '';
    setText(at('ask-yes'), leaving ? 'Leave' : 'OK');
    show(at('ask-no'), dialog.type !== 'alert');
    (dialog.type === 'prompt' ? at('ask-input') : at('ask-yes')).focus();
}
