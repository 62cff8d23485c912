// Tests the examples for CI systems. Started by tests/full/ci, which builds and installs what this needs, and by ctest.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodePath } from '../node.mjs';

const HELP = `Usage: run.mjs [--only github|gitlab|jenkins] [--build FOLDER]

Reads the examples in packaging/examples/ci with the parsers of GitHub, GitLab and Groovy, and runs the commands of their
jobs with the hub, an agent and a Chromium.

  --only SYSTEM   of the commands those of this system alone; all examples are read
  --build FOLDER  where the agent and the hub are

Exit status: 0 everything passed, 1 something did not.`;

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' }, only: { type: 'string' }, build: { type: 'string' } } });
if (values.help) {
    console.log(HELP);
    process.exit(0);
}
const env = {
    ...process.env,
    NODE_NO_WARNINGS: '1',
    ...(values.only && { BMC_E2E_ONLY: values.only }),
    ...(values.build && { BMC_E2E_BUILD: values.build }),
};
const file = fileURLToPath(new URL('examples.test.mjs', import.meta.url));
const ran = spawnSync(nodePath(), ['--test', '--test-force-exit', '--test-reporter=spec', file], { env, stdio: ['ignore', 'inherit', 'inherit'] });
process.exit(ran.status === 0 ? 0 : 1);
