// The clients want a newer Node than Debian has: npm brings one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;

export function nodePath() {
    const path = join(here, `node_modules/node-linux-${process.arch}/bin/node`);
    return existsSync(path) ? path : process.execPath;
}
