// The examples in packaging/examples/ci, read as their own systems read them: what is wrong with each, and the commands
// that its jobs run.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Language, Parser } from 'web-tree-sitter';
import { parse } from 'yaml';

const PACKAGES = join(import.meta.dirname, '../node_modules');

// GitHub's package is made for bundlers: Node itself wants to be told that its tables are JSON.
registerHooks({
    load: (url, context, next) => next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});

/** What GitHub's own parser of workflows says is wrong. */
export async function faultsOfWorkflow(content) {
    const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import('@actions/workflow-parser');
    const { context, value } = parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter());
    if (value) await convertWorkflowTemplate(context, value);
    return context.errors.getErrors().map((error) => error.message);
}

/** What GitLab's schema says is wrong, by gitlab-ci-local. */
export function faultsOfGitlab(path) {
    const folder = mkdtempSync(join(tmpdir(), 'bmc-gitlab-'));
    try {
        cpSync(path, join(folder, '.gitlab-ci.yml'));
        execFileSync(process.execPath, [join(PACKAGES, 'gitlab-ci-local/dist/index.js'), '--list-json'], {
            cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', timeout: 30_000,
        });
        return [];
    } catch (error) {
        const said = `${error.stdout}${error.stderr}`.split('\n').filter((line) => line.includes('•') && line.includes(' at '));
        return said.length > 0 ? said.map((line) => line.trim()) : [String(error.message)];
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

let groovy;
async function parseGroovy(content) {
    if (!groovy) {
        await Parser.init();
        groovy = new Parser();
        groovy.setLanguage(await Language.load(join(PACKAGES, 'tree-sitter-groovy/tree-sitter-groovy.wasm')));
    }
    return groovy.parse(content).rootNode;
}

function* nodesOf(node) {
    yield node;
    for (const child of node.namedChildren) yield* nodesOf(child);
}

/** Where the Jenkinsfile is no Groovy. */
export async function faultsOfJenkinsfile(content) {
    const root = await parseGroovy(content);
    if (!root.hasError) return [];
    const wrong = [...nodesOf(root)].filter((node) => node.isError || node.isMissing);
    return wrong.map((node) => `line ${node.startPosition.row + 1}: ${node.text.split('\n')[0]}`).concat(wrong.length ? [] : ['no Groovy']);
}

// --- the jobs: a list of steps each, {name, script, shell, env}. The shells are those that the systems use.

/** `${{ vars.NAME }}` and `${{ secrets.NAME }}` are what `known` has under that name. */
function withoutExpressions(text, known) {
    return String(text).replaceAll(/\$\{\{ *(?:vars|secrets)\.(\w+) *\}\}/g, (_, name) => known[name] ?? '');
}

export function jobsOfWorkflow(content, known) {
    const workflow = parse(content);
    const resolved = (env = {}) => Object.fromEntries(Object.entries(env).map(([name, value]) => [name, withoutExpressions(value, known)]));
    const steps = (job) => job.steps.filter((step) => step.run).map((step) => ({
        name: step.name, script: step.run, shell: ['bash', '-e', '-c'],
        env: { ...resolved(workflow.env), ...resolved(job.env), ...resolved(step.env) },
    }));
    return Object.fromEntries(Object.entries(workflow.jobs).map(([name, job]) => [name, steps(job)]));
}

export function jobsOfGitlab(content) {
    const shell = ['bash', '-eo', 'pipefail', '-c'];
    const steps = (job) => [
        { name: 'script', shell, env: job.variables, script: [...(job.before_script ?? []), ...job.script].join('\n') },
        ...(job.after_script ? [{ name: 'after_script', shell, env: job.variables, script: job.after_script.join('\n') }] : []),
    ];
    const isJob = ([, value]) => Array.isArray(value?.script);
    return Object.fromEntries(Object.entries(parse(content)).filter(isJob).map(([name, job]) => [name, steps(job)]));
}

/** The text of a Groovy string. */
function textOf(node) {
    const quotes = node.text.startsWith("'''") ? 3 : 1;
    return node.text.slice(quotes, -quotes).replaceAll('\\\n', '').replaceAll("\\'", "'").replaceAll('\\\\', '\\');
}

/** The name of a call `name 'text'` or `name('text') { … }`, and its one text. */
function callOf(node) {
    const [name, words] = node.namedChildren;
    const text = words?.type === 'argument_list' && words.namedChildren.length === 1 ? words.namedChildren[0] : undefined;
    return text?.type === 'character_literal' || text?.type === 'string_literal' ? { name: name.text, text: textOf(text) } : {};
}

export async function jobsOfJenkinsfile(content) {
    const jobs = {};
    const walk = (node, stage) => {
        const { name, text } = callOf(node);
        if (name === 'stage') stage = text;
        if (name === 'sh') (jobs[stage] ??= []).push({ name: text.trim().split('\n')[0], script: text, shell: ['sh', '-xe', '-c'], env: {} });
        for (const child of node.namedChildren) walk(child, stage);
    };
    walk(await parseGroovy(content));
    return jobs;
}

export const read = (path) => readFileSync(path, 'utf8');
