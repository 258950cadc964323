import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseBudgets } from '../../lib/config/budgets.ts';
import { shortHash16 } from '../../lib/core/short-hash.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { BUDGET_VIEW } from '../../lib/features/budget/budget-view.ts';
import { composeBudgetView } from '../../lib/features/budget/spending.ts';
import { HOOKS, STATUS_LINE } from '../../lib/hook/manifest.ts';
import { hookBundles } from '../support/hook-bundles.ts';
import { FAILING, failingPattern, shapeOf, writeFailureView } from '../support/known-failure.ts';
import { type HookPlace, hookPlace, type HookRun, runHookFile } from '../support/run-hook.ts';

const bundles = hookBundles();
const SESSION = '7c0e2a51-93d4-4d0e-8b6f-2f1d5f0c7a13';

/** Calls that together make a hook look at all that it ever looks at. */
const CALLS: readonly (readonly [name: string, event: string, own?: object])[] = [
  ...HOOKS.map(({ name, event }) => [name, event] as const),
  ['session-start', 'SessionStart', { source: 'resume' }],
  [STATUS_LINE.name, 'StatusLine'],
];

/** A state folder in which hooks have something to say, and a repository. */
function scene(): HookPlace {
  const place = hookPlace();
  const folder = stateFolderAt(place.home);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600 });
  };
  const budgets = ['day=20:warn'];
  const day = { date: '2026-11-22', until: Date.now() + 3_600_000, dollars: 21 };
  const spending = composeBudgetView({ day, sessions: {} }, parseBudgets(budgets));
  const project = `${place.root}/project`;
  write(`${folder.views}/${BUDGET_VIEW}`, JSON.stringify(spending));
  write(folder.configFile, JSON.stringify({ budgets, queueCap: 'x' }));
  write(`${folder.bin}/version`, '0.0.0');
  write(`${folder.heartbeat}/worker.json`, '{"leader":true,"version":"0.0.0"}');
  const earlier = { session: 'earlier', ended: false, lastEventAt: Date.now() };
  const byProject = { format: 1, project, sessions: [earlier] };
  write(
    `${folder.views}/resume/by-project/${shortHash16(project)}.json`,
    JSON.stringify(byProject),
  );
  writeFailureView(folder.views, shapeOf('Bash', FAILING), [failingPattern()]);
  mkdirSync(folder.wake, { mode: 0o700 });
  execFileSync('mkfifo', [`${folder.wake}/worker`]);
  const reader = openSync(`${folder.wake}/worker`, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(reader));
  write(`${project}/.git/HEAD`, 'ref: refs/heads/main\n');
  write(`${project}/transcript.jsonl`, '{}\n');
  return place;
}

function run(
  place: HookPlace,
  [name, event, own = {}]: (typeof CALLS)[number],
  more: Readonly<Record<string, string>> = {},
): Promise<HookRun> {
  const input = {
    session_id: SESSION,
    hook_event_name: event,
    cwd: `${place.root}/project`,
    transcript_path: `${place.root}/project/transcript.jsonl`,
    source: 'startup',
    prompt: 'x',
    tool_name: 'Bash',
    tool_use_id: 'toolu_1',
    tool_input: { command: FAILING },
    error: 'x',
    context_window: { context_window_size: 200_000 },
    rate_limits: { five_hour: { used_percentage: 5, resets_at: 4_000_000_000 } },
    ...own,
  };
  return runHookFile(`${bundles().folder}/${name}.cjs`, JSON.stringify(input), {
    ...place.environment,
    CLAUDE_PROJECT_DIR: `${place.root}/project`,
    ...more,
  });
}

/** Notes each path that a hook gives to the file system. */
const TRACER = `
const fs = require('node:fs');
const append = fs.appendFileSync;
let isNoting = false;
const note = (path) => {
  if (isNoting || typeof path !== 'string') return;
  isNoting = true;
  append(process.env.TRACE, path + '\\n');
  isNoting = false;
};
for (const [name, call] of Object.entries(fs))
  if (/^(?:open|read|write|append|exists|stat|lstat|utimes)(?:File)?Sync$/.test(name))
    fs[name] = function (path, ...rest) {
      note(path);
      return call.call(this, path, ...rest);
    };`;

/** Names that are new each time, so that nothing can wait under them. */
const NEW_NAMES = /\/(?:tmp|pending|wake)\/|\/(?:won-|due\.|since\.)/;

/** The files that a call looks at, as paths below the root of its place. */
async function filesOf(call: (typeof CALLS)[number]): Promise<readonly string[]> {
  const place = scene();
  const trace = join(place.root, 'trace');
  writeFileSync(`${place.root}/tracer.cjs`, TRACER);
  await run(place, call, { NODE_OPTIONS: `--require ${place.root}/tracer.cjs`, TRACE: trace });
  const seen = new Set(readFileSync(trace, 'utf8').split('\n'));
  return [...seen]
    .filter((path) => path.startsWith(`${place.root}/`) && !NEW_NAMES.test(path))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    .map((path) => path.slice(place.root.length + 1));
}

const THINGS: readonly (readonly [what: string, put: (path: string) => void])[] = [
  ['a pipe', (path) => execFileSync('mkfifo', [path])],
  ['a link to a device', (path) => symlinkSync('/dev/zero', path)],
];

/** By file, the first call that looks at it; found out once. */
let looked: Promise<ReadonlyMap<string, (typeof CALLS)[number]>> | undefined;

async function findFiles(): Promise<ReadonlyMap<string, (typeof CALLS)[number]>> {
  const found = new Map<string, (typeof CALLS)[number]>();
  for (const call of CALLS)
    for (const file of await filesOf(call)) if (!found.has(file)) found.set(file, call);
  return found;
}

describe('a hook', () => {
  it('looks at views, notes, marks, logs and files of the repository', async () => {
    looked ??= findFiles();
    const names = [...(await looked).keys()].join('\n');
    for (const part of [
      ...['views/budget/spending.json', `views/context/${SESSION}.json`, 'views/failures/'],
      ...[`views/restored/${SESSION}.json`, `views/resume/${SESSION}.json`, 'resume/by-project/'],
      ...['config.json', 'bin/version', 'heartbeat/worker.json', 'statusline.json'],
      ...['/ops', '/due', '/since', '/captured', '/limits', '/window', 'log/hook-errors.log'],
      ...['.claude/waymark.json', '.git/HEAD', 'transcript.jsonl'],
    ])
      expect(names).toContain(part);
  });

  it.each(THINGS)(
    'ends with 0 and prints one object at most with %s in place of any file',
    async (_what, put) => {
      const faults: string[] = [];
      looked ??= findFiles();
      for (const [file, call] of await looked) {
        const place = scene();
        const path = `${place.root}/${file}`;
        rmSync(path, { force: true });
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        put(path);
        const { status, stdout } = await run(place, call);
        if (status !== 0 || stdout.split('\n').length > 3) faults.push(`${file}: ${status}`);
      }
      expect(faults).toEqual([]);
    },
    240_000,
  );
});
