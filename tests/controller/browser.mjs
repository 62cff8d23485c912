// Which browser the programs of the tests start when they need one of their own.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** In the agent's order. On Ubuntu Chromium is a snap, which cannot use the folders of tests. */
const NAMES = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser'];

/** The path of Chromium or Chrome. The variable CHROMIUM names another one. */
export function browserPath(environment = process.env) {
    if (environment.CHROMIUM) return environment.CHROMIUM;
    for (const name of NAMES) {
        for (const folder of (environment.PATH ?? '').split(delimiter).filter(Boolean)) {
            try {
                accessSync(join(folder, name), constants.X_OK);
                return join(folder, name);
            } catch {
                // not there
            }
        }
    }
    throw new Error('no Chromium is installed: apt-get install chromium, or set CHROMIUM to the path of one');
}
