import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StateFolder, stateFolderAt } from '../../lib/core/state-folder.ts';
import { STATES } from '../sessions/states.ts';
import { prepareStore, SESSION } from '../unit/cli/prepared-store.ts';
import { runCommand } from '../unit/cli/run-command.ts';

/** What a field holds: `text?` may be `null`. */
type Field = 'text' | 'text?' | 'number' | 'number?' | 'flag' | 'list' | 'object' | 'any';
type Shape = Readonly<Record<string, Field>>;

const HOLDS: Readonly<Record<Field, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  'text?': (value) => value === null || typeof value === 'string',
  number: (value) => typeof value === 'number',
  'number?': (value) => value === null || typeof value === 'number',
  flag: (value) => typeof value === 'boolean',
  list: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  any: (value) => value !== undefined,
};

const COST: Shape = {
  ...{ key: 'text?', inputTokens: 'number', outputTokens: 'number', cacheWriteTokens: 'number' },
  ...{ cacheReadTokens: 'number', cost: 'number', unpricedModels: 'list' },
};

/** Commands whose `--json` scripts rely on, with the fields of what they print. */
interface Interface {
  readonly command: string;
  /** Whether it prints a list of such objects. */
  readonly isList?: boolean;
  readonly shape: Shape;
  /** Fields of its objects. */
  readonly inside?: Readonly<Record<string, Shape>>;
}

const INTERFACES: readonly Interface[] = [
  {
    command: 'status',
    shape: {
      ledger: 'object',
      queue: 'object',
      workers: 'list',
      sessions: 'object',
      disk: 'object',
    },
    inside: {
      ledger: {
        ...{ captured: 'number', stored: 'number', queued: 'number', dead: 'number' },
        ...{ discarded: 'number', refused: 'number', recovered: 'number', abandoned: 'number' },
        gaps: 'any',
      },
      queue: { pending: 'number', delayed: 'number', processing: 'number', dead: 'number' },
      sessions: { active: 'number', total: 'number' },
    },
  },
  {
    command: 'sessions --any',
    isList: true,
    shape: {
      ...{ id: 'text', project: 'text?', worktree: 'text?', startedAt: 'text', endedAt: 'text?' },
      ...{ operationCount: 'number', failureCount: 'number', checkpointCount: 'number' },
      contextPercent: 'number?',
    },
  },
  {
    command: 'show last --any',
    shape: { session: 'object', checkpoints: 'list', operations: 'list' },
  },
  {
    command: 'dead list',
    isList: true,
    shape: {
      ...{ id: 'text', kind: 'text', type: 'text?', reason: 'text', attempts: 'number' },
      at: 'text',
    },
  },
  {
    command: 'failures list',
    isList: true,
    shape: {
      ...{ id: 'text', tool: 'text', pattern: 'text', scope: 'text', count: 'number' },
      ...{ sessions: 'number', lastError: 'text?', fix: 'text?', action: 'text', lastSeen: 'text' },
    },
  },
  {
    command: 'events --limit 5',
    isList: true,
    shape: {
      ...{ event_id: 'text', event_type: 'text', timestamp: 'text', source: 'text' },
      ...{ metadata: 'any', payload: 'object' },
    },
  },
  { command: 'doctor', shape: { ok: 'flag', checks: 'list' } },
  {
    command: 'import',
    shape: {
      ...{ files: 'number', sessions: 'number', operations: 'number', messages: 'number' },
      ...{ failures: 'number', skipped: 'number', seconds: 'number' },
    },
  },
  {
    command: 'search round cents',
    isList: true,
    shape: {
      ...{ session: 'text', project: 'text?', kind: 'text', at: 'text', snippet: 'text' },
      hit: 'text',
    },
  },
  {
    command: 'checkpoints',
    isList: true,
    shape: {
      ...{ id: 'text', session: 'text?', at: 'text', kind: 'text', prompt: 'text?' },
      ...{ files: 'number', bytes: 'number', snapshot: 'text?' },
    },
  },
  ...['day', 'project', 'model', 'session', 'agent'].map((by) => ({
    ...{ command: `cost --all --by ${by}`, isList: true, shape: COST },
  })),
  {
    command: 'clean --dry-run',
    isList: true,
    shape: { kind: 'text', bytes: 'number', budget: 'number', wouldFree: 'number' },
  },
  {
    command: 'fleet status',
    shape: {
      ...{ joined: 'flag', target: 'text?', sent: 'number', waiting: 'number' },
      lastError: 'text?',
    },
  },
  {
    command: 'install-hooks --dry-run --yes',
    shape: {
      ...{ scope: 'text', file: 'text', changed: 'flag', added: 'any', removed: 'any' },
      ...{ backup: 'text?', diff: 'text?' },
    },
  },
];

let folder: StateFolder;
let home: string;
let work: string;

beforeAll(async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-interfaces-')));
  [home, work] = [`${root}/home`, `${root}/work`];
  for (const made of [home, work]) mkdirSync(made);
  execFileSync('git', ['init', '-q', work]);
  folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
  for (const name of [
    ...['failures', 'dead-entry', 'dead-deliveries', 'agent-runs', 'archive'],
    ...['archived-session', 'usage', 'transcripts'],
  ])
    await STATES[name]?.(folder);
  prepareStore(
    folder,
    [
      ['session.started', 0, { session_id: SESSION, project: work }],
      ['session.prompt_submitted', 1, { session_id: SESSION, prompt: 'Round the cents' }],
    ],
    1_000,
  );
  writeFileSync(`${work}/a.txt`, 'one\n');
  await answer('checkpoint');
  await answer('search --rebuild');
});

afterAll(() => rmSync(dirname(folder.root), { recursive: true, force: true }));

async function answer(command: string): Promise<unknown> {
  const words = command.split(' ');
  const args = words[0] === 'install-hooks' ? ['install', ...words.slice(1)] : words;
  const { status, out, err } = await runCommand(folder, [...args, '--json'], {
    cwd: work,
    environment: { HOME: home, PATH: '/usr/bin:/bin', TMPDIR: `${home}/..` },
  });
  if (out === '') throw new Error(`${command} printed nothing, ended with ${status}: ${err}`);
  return JSON.parse(out);
}

/** Names of fields that an object lacks, or that hold something else. */
function faultsOf(value: unknown, shape: Shape): readonly string[] {
  if (typeof value !== 'object' || value === null) return ['no object'];
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return Object.entries(shape).flatMap(([name, field]) =>
    HOLDS[field](fields[name]) ? [] : [`${name} is ${JSON.stringify(fields[name])}, not ${field}`],
  );
}

describe('the JSON that scripts rely on', () => {
  it.each(INTERFACES)('of $command has its fields', async ({ command, isList, shape, inside }) => {
    const found = await answer(command);
    const rows: readonly unknown[] = isList === true && Array.isArray(found) ? found : [found];
    expect(rows).not.toEqual([]);
    for (const row of rows) expect(faultsOf(row, shape)).toEqual([]);
    for (const [name, part] of Object.entries(inside ?? {})) {
      const value: unknown = Reflect.get(Object(found), name);
      expect(faultsOf(value, part)).toEqual([]);
    }
  });

  it('of config has a value and its origin for each name', async () => {
    const rows = Object.values(Object(await answer('config')));
    expect(rows).not.toEqual([]);
    for (const row of rows) expect(faultsOf(row, { value: 'any', origin: 'text' })).toEqual([]);
  });

  it('of restore lists paths and names the checkpoint that was made before', async () => {
    const [{ id }] = [...Object(await answer('checkpoints'))];
    writeFileSync(`${work}/a.txt`, 'broken\n');
    const done = await answer(`restore ${id} --yes`);
    expect(done).toMatchObject({ written: ['a.txt'], removed: [], kept: [] });
    expect(readFileSync(`${work}/a.txt`, 'utf8')).toBe('one\n');
    const all: readonly unknown[] = [...Object(await answer('checkpoints'))];
    expect(all.at(-1)).toMatchObject({ id: Reflect.get(Object(done), 'undo') });
    const undone = await answer('restore --undo --yes');
    expect(
      faultsOf(undone, { written: 'list', removed: 'list', kept: 'list', undo: 'text' }),
    ).toEqual([]);
    expect(readFileSync(`${work}/a.txt`, 'utf8')).toBe('broken\n');
  });

  it('of sessions restore counts what came back', async () => {
    const shape = { session: 'text', path: 'text', bytes: 'number', files: 'number' } as const;
    const restored = await answer(`sessions restore ${SESSION} --to ${work}`);
    expect(faultsOf(restored, shape)).toEqual([]);
    expect(restored).toMatchObject({ changed: true });
  });

  it('leads from a hit of search to its place in the conversation', async () => {
    const [{ hit, session }] = [...Object(await answer('search round cents'))];
    expect(await answer(`show --at ${hit}`)).toMatchObject({ hit, session: { id: session } });
    expect(await answer(`open ${hit}`)).toMatchObject({ session });
  });
});
