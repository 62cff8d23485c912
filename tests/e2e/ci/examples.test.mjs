// The examples in packaging/examples/ci: each is right for its own system, and its commands do what they say, with the hub,
// a real agent and a real Chromium. BMC_E2E_BUILD: the folder with the programs.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { Program, within } from '../programs.mjs';
import { EXAMPLES, makeProject } from '../project.mjs';
import {
    faultsOfGitlab, faultsOfJenkinsfile, faultsOfWorkflow, jobsOfGitlab, jobsOfJenkinsfile, jobsOfWorkflow, read,
} from './pipelines.mjs';

const BUILD = resolve(process.env.BMC_E2E_BUILD ?? join(import.meta.dirname, '../../../build/release'));
const USER = 'aaaaaaaa-1111-4222-8333-444444444444';
const STEP_LIMIT_MS = 60_000;
const FILES = { github: 'github-actions.yml', gitlab: 'gitlab-ci.yml', jenkins: 'Jenkinsfile' };
const only = process.env.BMC_E2E_ONLY; // one of them

const path = (system) => join(EXAMPLES, FILES[system]);
const folder = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'bmc-ci-'));
const running = [];
let hub;

function start(...words) {
    const program = new Program(...words);
    running.push(program);
    return program;
}

async function admin(what, body) {
    const response = await fetch(`${hub.admin}/${what}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`the hub refused ${what}: ${response.status} ${text}`);
    return JSON.parse(text);
}

async function devices() {
    const { token } = await admin('mint', { service: true });
    const response = await fetch(`${hub.url}/rest/v1/devices`, { headers: { apikey: hub.anon_key, authorization: `Bearer ${token}` } });
    return (await response.json()).map((row) => row.name);
}

before(async () => {
    const program = start('the hub', join(BUILD, 'hub'), ['--port', '0', '--events-per-second', '0']);
    hub = JSON.parse((await program.line(/^\{.*\}$/))[0]);
    mkdirSync(join(folder, 'bin'));
    symlinkSync(join(BUILD, 'agent'), join(folder, 'bin/bmc-agent'));
});

after(async () => {
    for (const program of running.reverse()) await program.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** The environment of a job: a machine of its own, with the agent installed. */
function machine(name, known) {
    const home = join(folder, name);
    mkdirSync(join(home, 'tmp'), { recursive: true });
    mkdirSync(join(home, 'run'), { mode: 0o700, recursive: true });
    const PATH = [join(folder, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
    return {
        PATH, HOME: home, TMPDIR: join(home, 'tmp'), XDG_RUNTIME_DIR: join(home, 'run'), LANG: 'C.UTF-8', CI: 'true',
        GITHUB_RUN_ID: '4711', CI_PIPELINE_ID: '4711', BUILD_NUMBER: '4711', ...known,
    };
}

/** Runs a step; what it printed. */
async function run(step, where, env) {
    const [shell, ...words] = step.shell;
    const program = start(step.name, 'env', ['-C', where, shell, ...words, step.script], { env: { ...env, ...step.env } });
    const status = await within(STEP_LIMIT_MS, program.exited, () => program.failure('did not end'));
    if (status !== 0) throw program.failure(`ended with status ${status}`);
    return program.log.join('\n');
}

/** The job `machine` in the background, up to the moment in which ./run-tests.sh runs; end() lets that script end. */
async function startMachine(system, steps, known) {
    const where = makeProject(join(folder, `${system}-machine/project`));
    const gate = join(where, 'gate');
    execFileSync('mkfifo', [gate]);
    writeFileSync(join(where, 'run-tests.sh'), '#!/bin/sh\necho "tests of $BMC_DEVICE_UUID run"\nread -r word <gate\nexit "$word"\n', { mode: 0o755 });
    assert.equal(steps.length, 1);
    const [{ shell: [shell, ...words], script, env }] = steps;
    const program = start('the machine', 'env', ['-C', where, shell, ...words, script],
        { env: { ...machine(`${system}-far`, known), ...env } });
    await program.line(/^tests of \S{36} run$/);
    return {
        async end(word) {
            writeFileSync(gate, `${word}\n`);
            return within(STEP_LIMIT_MS, program.exited, () => program.failure('did not end'));
        },
    };
}

async function jobsOf(system, known) {
    const content = read(path(system));
    if (system === 'github') return jobsOfWorkflow(content, known);
    return system === 'gitlab' ? jobsOfGitlab(content) : jobsOfJenkinsfile(content);
}

test('GitHub reads the workflow', async () => {
    const content = read(path('github'));
    assert.deepEqual(await faultsOfWorkflow(content), []);
    assert.match(String(await faultsOfWorkflow(content.replace('steps:', 'stepz:'))), /stepz/);
    assert.match(String(await faultsOfWorkflow(content.replace('secrets.', 'secret.'))), /Unrecognized named-value: 'secret'/);
});

test("GitLab's schema takes the jobs", () => {
    assert.deepEqual(faultsOfGitlab(path('gitlab')), []);
    const odd = join(folder, 'odd.yml');
    writeFileSync(odd, read(path('gitlab')).replace('before_script:', 'befor_script:'));
    assert.match(String(faultsOfGitlab(odd)), /befor_script/);
});

test('the Jenkinsfile is Groovy', async () => {
    const content = read(path('jenkins'));
    assert.deepEqual(await faultsOfJenkinsfile(content), []);
    assert.match(String(await faultsOfJenkinsfile(content.replace("stage('drive') {", "stage('drive' {"))), /line \d+|no Groovy/);
});

test('yamllint has nothing to say', () => {
    const rules = '{extends: default, rules: {line-length: {max: 120}, truthy: {check-keys: false}}}';
    const { status, error, stdout } = spawnSync('yamllint', ['--strict', '-d', rules, path('github'), path('gitlab')], { encoding: 'utf8' });
    assert.equal(status, 0, error ?? stdout);
});

for (const system of Object.keys(FILES)) {
    if (only && only !== system) continue;
    test(`the commands for ${system} drive one machine from another one`, { timeout: 3 * STEP_LIMIT_MS }, async () => {
        const { token } = await admin('mint', { user: USER, ttl: 7200 });
        const known = { BMC_TOKEN: token, BMC_DEVICE: 'ci-4711', BMC_AGENT_API_URL: hub.url, BMC_AGENT_API_KEY: hub.anon_key };
        const jobs = await jobsOf(system, known);
        assert.deepEqual(Object.keys(jobs), ['drive', 'machine']);
        const far = await startMachine(system, jobs.machine, known);
        assert.deepEqual(await devices(), ['ci-4711']);
        const where = makeProject(join(folder, `${system}-drive/project`));
        const env = machine(`${system}-near`, known);
        let said = '';
        for (const step of jobs.drive) said += `${await run(step, where, env)}\n`;
        assert.match(said, /2 passed/);
        assert.match(said, /recorded by --bridge[^]*Slowest commands[^]*Time by domain/);
        assert.match(read(join(where, 'results.xml')), /<testsuites[^>]* failures="0"/);
        assert.doesNotMatch(read(join(where, 'bridge.jsonl')), /Ada/, 'nothing typed is recorded');
        assert.equal(await far.end(3), 3, 'the exit code is that of the tests');
        assert.deepEqual(await devices(), [], 'the row of the machine goes with its job');
    });
}
