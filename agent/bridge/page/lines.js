// The lines that a person copies, with a device's address in them. Pure.

const quoted = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** `host`: where the page was loaded from. */
export const socketOf = (device, host) => `ws://${host}${device.socket}`;

const HTTP_PORT = 80;
const LAST_PORT = 65_535;

/** This page's bridge has its port for itself: another one on this machine takes the next. */
function nextAddress(host) {
    const port = Number(/:(\d+)$/.exec(host)?.[1] ?? HTTP_PORT);
    return `127.0.0.1:${port === LAST_PORT ? port - 1 : port + 1}`;
}

export function linesFor(device, host) {
    const socket = socketOf(device, host);
    const next = nextAddress(host);
    return [
        { label: 'Playwright', line: `const browser = await chromium.connectOverCDP(${quoted(socket)});` },
        { label: 'Puppeteer', line: `const browser = await puppeteer.connect({ browserWSEndpoint: ${quoted(socket)} });` },
        {
            label: 'Selenium',
            line: `options.debuggerAddress(${quoted(next)});`,
            note: `ChromeDriver takes no secret. Start a bridge for it: agent --bridge ${device.uuid} --open-to-local-users --listen ${next}`,
        },
        { label: 'Playwright MCP', line: `PLAYWRIGHT_MCP_CDP_ENDPOINT=${socket} npx @playwright/mcp` },
        {
            label: 'chrome-devtools-mcp',
            line: `npx chrome-devtools-mcp --wsEndpoint ${socket}`,
            note: 'Only on a machine without other users: they can read the arguments of programs.',
        },
        { label: 'Any command, in CI', line: `agent --bridge ${device.uuid} --listen 127.0.0.1:0 --exec npx playwright test`, note: 'The command finds the address in BMC_CDP_URL.' },
        { label: 'Address', line: socket },
    ];
}

/** The front end that Chrome itself brings, for one tab. */
export const devtoolsAddress = (device, targetId, host) =>
    `devtools://devtools/bundled/inspector.html?ws=${host}${device.pages}${targetId}`;
