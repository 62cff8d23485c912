// The clients that run.mjs and rounds.mjs run, and how one of them is run.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { nodePath } from './node.mjs';

export const CLIENTS = [
    { client: 'playwright', file: 'playwright.test.mjs', library: 'playwright-core', quick: true },
    { client: 'playwright 1.49', file: 'playwright.test.mjs', library: 'playwright-core-older' },
    { client: 'playwright test', file: 'playwright_runner.test.mjs' },
    { client: 'puppeteer', file: 'puppeteer.test.mjs', library: 'puppeteer-core', quick: true },
    { client: 'puppeteer 23', file: 'puppeteer.test.mjs', library: 'puppeteer-core-older' },
    { client: 'chrome-remote-interface', file: 'remote_interface.test.mjs', quick: true },
    { client: 'selenium', file: 'selenium.test.mjs' },
    { client: 'mcp', file: 'mcp.test.mjs', quick: true },
    { client: 'devtools', file: 'devtools.test.mjs' },
    { client: 'page', file: 'page.test.mjs', library: 'playwright-core', ways: ['bridged'], quick: true },
];
const FILE_LIMIT_MS = 15 * 60_000;

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;

/** One client in one way, in a process of its own. Resolves with whether all passed (`ok`), and what it printed (`said`). */
export function runFile({ client, file, library }, way, given, results) {
    const env = {
        ...process.env,
        NODE_NO_WARNINGS: '1',
        BMC_E2E_CLIENT: client,
        BMC_E2E_WAY: way,
        BMC_E2E_LEVEL: given.quick ? 'quick' : given.full ? 'full' : 'normal',
        BMC_E2E_LIMITS: given.limits,
        BMC_E2E_ROUND_TRIP: given['round-trip'],
        BMC_E2E_RESULTS: results,
        ...(library && { BMC_E2E_LIBRARY: library }),
        ...(given.compared && { BMC_E2E_COMPARED: '1' }),
        ...(given.sealed && { BMC_E2E_SEALED: '1' }),
        ...(given.build && { BMC_E2E_BUILD: given.build }),
        ...(given.picture && { BMC_E2E_PICTURE: given.picture }),
        ...(given.pictures && { BMC_E2E_PICTURES: given.pictures }),
        ...(given.record && { BMC_E2E_RECORDING: given.record }),
    };
    const words = ['--test', '--test-force-exit', '--test-reporter=spec', ...(given.case ? [`--test-name-pattern=${given.case}`] : []), join(here, file)];
    const child = spawn(nodePath(), words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (bytes) => (said += bytes));
    const end = () => child.kill('SIGTERM');
    const timer = setTimeout(end, FILE_LIMIT_MS);
    process.once('exit', end);
    return new Promise((resolve) => {
        child.once('close', (status) => {
            clearTimeout(timer);
            process.off('exit', end);
            resolve({ ok: status === 0, said });
        });
    });
}
