import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type StateFolder, stateFolderAt } from '../../lib/core/state-folder.ts';
import { STATES } from '../sessions/states.ts';
import { eventually } from '../support/eventually.ts';
import { type OwnCommand, readOwnCommand } from '../support/own-command.ts';
import { endProcessesOf } from '../support/processes-of.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import { inStore, prepareStore, SESSION } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';
import { type Block, blocksOf, commandsOf, pages } from './docs-text.ts';

const DIST = join(import.meta.dirname, '../../dist');

/** Pages for developers of the package: their commands are npm scripts, which the stub checks. */
const PAGES = pages()
  .map((page) => ({ page, blocks: blocksOf(page).filter((block) => commandsOf(block) !== '') }))
  .filter(({ blocks }) => blocks.length > 0);

/** Runs a server until it has printed its address, then ends it. */
const UNTIL_ADDRESS = `mkfifo "$TMPDIR/said.$$"
"$@" > "$TMPDIR/said.$$" & server=$!
while read -r line; do
  printf '%s\\n' "$line"
  case "$line" in *http://*) kill "$server" ;; esac
done < "$TMPDIR/said.$$"
wait "$server"`;

/**
 * Programs that would leave the throw-away home or that a machine may lack. A stub only checks what
 * can be checked: that npm is called for a script that package.json has.
 */
const STUBS: Readonly<Record<string, string>> = {
  npm: `[ "$1" != run ] || grep -q "\\"$2\\":" "$PROJECT/package.json"`,
  npx: `[ "$1" != -p ] || shift 2; "$@"`,
  waymark: answered('waymark'),
  'install-hooks': answered('install-hooks'),
  claude: `echo '2.1.330 (Claude Code)'`,
  systemctl: ':',
  launchctl: ':',
  journalctl: ':',
  docker: ':',
  less: 'cat',
  untilAddress: UNTIL_ADDRESS,
};

/**
 * Runs a program of ours; what its installer would ask a person is answered by --yes. It does not
 * prove the hooks: contract/proof.test.ts holds that, and it takes a second of CPU time.
 */
function answered(name: string): string {
  return `case "${name === 'waymark' ? '' : name} $*" in *--dry-run*|*--help*) ;; install-hooks*|' install'*) set -- "$@" --yes --no-prove ;; ' uninstall'*) set -- "$@" --yes ;; esac
exec node '${join(DIST, `${name}.cjs`)}' "$@"`;
}

describe.each(PAGES)('the commands in $page', ({ blocks }) => {
  it('do what they say: each ends with 0', { timeout: 300_000 }, async () => {
    const shell = await docsShell();
    const failed: string[] = [];
    for (const block of blocks) {
      const { status, output } = await shell.run(block);
      if (status !== 0) failed.push(`line ${block.line} ended with ${status}: ${output}`);
    }
    expect(failed).toEqual([]);
  });
});

interface DocsShell {
  /** Runs the commands of a block as one script that ends at the first failure. */
  run(block: Block): Promise<{ readonly status: number | null; readonly output: string }>;
}

/**
 * What is in the state folder before somebody follows a page: two sessions, known failures,
 * archived events.
 */
let prepared = '';
beforeAll(async () => {
  prepared = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-docs-')));
  const folder = stateFolderAt(`${prepared}/state`, {}, [`${prepared}/run`]);
  for (const name of [
    ...['failures', 'dead-entry', 'dead-deliveries', 'agent-runs', 'archive'],
    'archived-session',
  ])
    await STATES[name]?.(folder);
});
afterAll(() => rmSync(prepared, { recursive: true, force: true }));

/** A machine on which somebody follows the docs. */
async function docsShell(): Promise<DocsShell> {
  const root = tempFolder();
  const [bin, home] = [`${root}/bin`, `${root}/home`];
  const work = `${root}/work`;
  for (const folder of [bin, home, work, `${root}/run`, `${home}/shop`, `${home}/new/shop`])
    mkdirSync(folder, { recursive: true });
  symlinkSync(process.execPath, `${bin}/node`);
  for (const [name, script] of Object.entries(STUBS)) {
    writeFileSync(`${bin}/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(`${bin}/${name}`, 0o755);
  }
  for (const name of ['docs/examples', '.ci']) cpSync(name, `${work}/${name}`, { recursive: true });
  writeFileSync(`${work}/.ci/run`, '#!/bin/sh\n'); // it runs this test
  const folder = stateFolderAt(`${home}/.local/state/waymark`, {}, [`${root}/run`]);
  cpSync(`${prepared}/state`, folder.root, { recursive: true });
  const receiver = await startReceiver();
  const names = {
    ...knownNames(folder),
    'https://ci.example/hook': receiver.url,
    'ci.example': '127.0.0.1',
    // what runs until Ctrl+C ends by itself here
    ' --follow': '',
    ' --watch': '',
    'waymark dashboard': 'untilAddress waymark dashboard',
    // the test of the command line runs it, twice at once
    'waymark demo --speed 50': 'waymark demo --speed 50 --help',
  };
  const env = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    PROJECT: process.cwd(),
    TMPDIR: root,
    XDG_RUNTIME_DIR: `${root}/run`,
    CLAUDE_CODE_SESSION_ID: SESSION,
    PAGER: 'cat',
    TZ: 'UTC',
  };
  const session = { session_id: SESSION, project: work };
  prepareStore(
    folder,
    [
      ['session.started', 0, session],
      ['session.prompt_submitted', 1, { ...session, prompt: 'Round the cents' }],
    ],
    1_000,
  );
  // no transcript says how full the context is: a worker that makes the view again would remove it
  inStore(folder, (database) => database.exec('DELETE FROM refreshes'));
  mkdirSync(`${folder.views}/context`, { recursive: true });
  writeFileSync(`${folder.views}/context/${SESSION}.json`, '{"percent":38.5}');
  onTestFinished(async () => {
    await runCommand(folder, ['worker', 'stop'], { environment: env });
    // a hook of the last command may have started a worker that is not there to be stopped yet
    await eventually('no process of the page runs', () => endProcessesOf(root) === 0);
  });
  return {
    run: async (block) => {
      let script = commandsOf(block);
      if (script.includes(HIT)) script = script.replaceAll(HIT, await hitIn(folder));
      if (script.includes(KEPT[0])) script = await withKept(script, folder, work);
      for (const [name, real] of Object.entries(names)) script = script.replaceAll(name, real);
      const own = ownCommandsOf(script);
      if (own !== undefined) return runInProcess(own, folder, { cwd: work, environment: env });
      const shell = block.language === 'bash' ? 'bash' : 'sh';
      return runScript(shell, script, { cwd: work, env });
    },
  };
}

/** Commands that print and end: 0.15 s of CPU time less for each without a process of its own. */
const IN_PROCESS = new Set([
  ...['agents', 'auto-commit', 'budget', 'checkpoint', 'checkpoints', 'completion', 'config'],
  ...['cost', 'dead', 'diff', 'emit', 'events', 'export', 'failures', 'fleet', 'handlers'],
  ...['history', 'log', 'replay', 'report', 'resume', 'restore', 'schedule', 'search', 'security'],
  ...['sessions', 'show', 'status', 'trace', 'webhooks'],
]);

/** The commands of a script that is nothing but such commands; `undefined` for any other. */
function ownCommandsOf(script: string): readonly OwnCommand[] | undefined {
  const lines = script.split('\n').map((line) => line.replace(/(^|\s)#.*/, '').trim());
  const commands = lines.filter((line) => line !== '').map(readOwnCommand);
  const own = commands.filter((command) => command !== undefined);
  const isAll = own.length === commands.length;
  return isAll && own.every(({ args }) => IN_PROCESS.has(args[0] ?? '')) ? own : undefined;
}

/** As `sh -e` runs them: to the first that fails. */
async function runInProcess(
  commands: readonly OwnCommand[],
  folder: StateFolder,
  {
    cwd,
    environment,
  }: { readonly cwd: string; readonly environment: Readonly<Record<string, string>> },
): Promise<{ readonly status: number; readonly output: string }> {
  let output = '';
  for (const own of commands) {
    const setting = { cwd, environment: { ...environment, ...own.environment } };
    const { status, out, err } = await runCommand(folder, own.args, setting);
    output += out + err;
    if (status !== 0) return { status, output };
  }
  return { status: 0, output };
}

/** How a page calls a hit of `waymark search`. */
const HIT = '@3lhvs1';

async function hitIn(folder: StateFolder): Promise<string> {
  await runCommand(folder, ['search', '--rebuild']);
  const { out } = await runCommand(folder, ['search', 'round cents', '--json']);
  return String(JSON.parse(out)[0].hit);
}

/** How a page calls two kept states of the files of a repository. */
const KEPT = ['5697', '7d10'] as const;

async function withKept(script: string, folder: StateFolder, work: string): Promise<string> {
  execFileSync('git', ['init', '-q', work]);
  let real = script;
  for (const name of KEPT) {
    mkdirSync(`${work}/src`, { recursive: true });
    writeFileSync(`${work}/src/total.ts`, name);
    const kept = await runCommand(folder, ['checkpoint', '--json'], { cwd: work });
    real = real.replaceAll(name, String(JSON.parse(kept.out).files));
  }
  return real;
}

/** The ids that the pages use, and the ones that this machine has in their place. */
function knownNames(folder: StateFolder): Readonly<Record<string, string>> {
  const pattern = inStore(folder, (database) =>
    database.prepare("SELECT id FROM failure_patterns WHERE command LIKE 'npm%'").get(),
  );
  return {
    '3ced9ec8-f184-405d-ba08-87bb797158ef': SESSION,
    '3ced9ec8': SESSION.slice(0, 8),
    pat_3f9c: String(pattern?.['id']),
    evt_20261122_051530_5f0c2a9be1d40001: 'evt_20261122_100000_0000000000000001',
  };
}

/** Standard input is empty: no command of a page waits for somebody. */
async function runScript(
  shell: string,
  script: string,
  place: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly status: number | null; readonly output: string }> {
  // a group of its own: what the script started must not outlive its time limit
  const child = spawn(shell, ['-e', '-c', script], {
    ...place,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, 60_000);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearTimeout(timer);
  return { status, output };
}
