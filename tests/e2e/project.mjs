// A project with Playwright's tests, as packaging/examples/ci has it. Its packages are those of tests/e2e.
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const EXAMPLES = join(import.meta.dirname, '../../packaging/examples/ci');
const PACKAGES = join(import.meta.dirname, 'node_modules');

/** Makes the folder, and beside it what it imports: `npm ci` in it installs nothing, and removes nothing of that. */
export function makeProject(folder) {
    mkdirSync(folder, { recursive: true });
    cpSync(EXAMPLES, folder, { recursive: true });
    const shared = join(dirname(folder), 'node_modules');
    if (!existsSync(shared)) {
        mkdirSync(join(shared, '.bin'), { recursive: true });
        symlinkSync(join(PACKAGES, '@playwright'), join(shared, '@playwright'));
        symlinkSync(join(PACKAGES, '@playwright/test/cli.js'), join(shared, '.bin/playwright'));
    }
    const about = { name: 'browser-tests', version: '1.0.0', private: true };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(about));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...about, lockfileVersion: 3, packages: { '': about } }));
    return folder;
}
