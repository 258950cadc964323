import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runAllSlices } from '../../lib/core/sliced.ts';
import { type FileKind, fileKeeper, listFilesBelow } from '../../lib/core/file-keeper.ts';
import { forgetFiles } from '../../lib/retention/forget.ts';
import { fileKinds, NO_LIMITS } from '../../lib/retention/keepers.ts';
import { bytesByKind, UNKNOWN } from '../../lib/query/disk-use.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { hookPlace, runHookFile } from '../support/run-hook.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { cleanUpAt } from '../support/test-retention.ts';
import { testStore } from '../support/test-store.ts';

const DAY = 86_400_000;
const NOW = 1_790_000_000_000;
const LIMITS = {
  ...NO_LIMITS,
  eventLogFiles: 2,
  eventLogKeep: (30 * DAY) / 1000,
  archiveKeep: (35 * DAY) / 1000,
  transcriptsKeep: (30 * DAY) / 1000,
};

/** A file of every kind, and a second one where kinds make a difference between them. */
const PATHS = [
  ...['throttle/s1/ops', 'throttle/s1/captured', 'throttle/s2/ops'],
  ...['views/resume/s1.json', 'views/resume/by-project/p.json', 'views/context/s1.json'],
  'views/restored/s1.json',
  ...['views/failures/ab/k.json', 'views/failures/needles', 'views/handlers.json'],
  ...['log/worker.log', 'log/worker.log.1', 'log/hook-errors.log.1'],
  ...[1, 2, 3, 4].map((day) => `log/task-events.2026-08-0${day}.jsonl.gz`),
  ...['log/task-events.jsonl', 'log/task-events.2026-08-05.closed.jsonl'],
  ...['archive/events/2026-08-01.jsonl.gz', 'archive/events/2026-08-01.index'],
  ...['archive/events/2026-09-10.jsonl.gz', 'archive/events/2026-09-21.jsonl'],
  ...['archive/transcripts/s1/0a1b2c3d.archive', 'archive/transcripts/s1/0a1b2c3d.1.0.ztail'],
  ...['archive/transcripts/s2/0a1b2c3d.archive'],
  ...['reports/weekly-2026-08-09.html', 'reports/weekly-2026-08-09.html.sessions'],
  'reports/cost-2026-08-30.md.sessions',
  ...['queue/pending/5/x.json', 'queue/delayed/y.json', 'queue/processing/w/z.json', 'queue/tmp/t'],
  ...['queue/dead/d.json', 'queue/dead/d.json.reason', 'queue/dead/e.json'],
  ...[
    'cache/status-20.20.2-x64',
    'search.db',
    'search.db-wal',
    'waymark.db',
    'waymark.db-wal',
    'waymark.db.before-1',
    'worker.lock',
    'heartbeat/w.json',
  ],
  ...[
    'config.json',
    'metrics-token',
    'handlers/mine.sh',
    'bin/gate',
    'install/a.backup',
    'package/x/y.js',
  ],
  ...['dashboard/token', 'dashboard/open.html'],
];

/** Folders that go as one. */
const SESSION_FOLDERS = [
  ...['throttle/s1', 'throttle/s2', 'archive/transcripts/s1', 'archive/transcripts/s2'],
];

const kinds = (): readonly FileKind[] => fileKinds(LIMITS, () => undefined);

describe('keepers of files', () => {
  it('are exactly one for every file that a run of everything leaves', async () => {
    const place = hookPlace();
    const { environment, home } = place;
    const run = (program: string, ...args: string[]): void => {
      const { status, stderr } = spawnSync(
        process.execPath,
        [`${process.cwd()}/dist/${program}`, ...args],
        { env: environment, cwd: `${place.root}/project` },
      );
      expect(status, `${program} ${args.join(' ')}: ${String(stderr)}`).toBe(0);
    };
    run('install-hooks.js', '--yes', '--scope', 'user');
    run('waymark.cjs', 'config', 'set', 'retention', '86400');
    run('waymark.cjs', 'handlers', 'new', 'notify', '--shell');
    run('waymark.cjs', 'webhooks', 'add', 'https://localhost:9/hook', '--type', 'session.*');
    for (const [hook, input] of [
      ['session-start', 'SessionStart'],
      ['post-tool-use', 'PostToolUse'],
      ['post-tool-use-failure', 'PostToolUseFailure'],
      ['stop', 'Stop'],
    ] as const)
      await runHookFile(`dist/hooks/${hook}.cjs`, inputOf(input), environment);
    run('waymark.cjs', 'emit', 'user.test');
    run('waymark.cjs', 'worker', '--once');
    const paths = listFilesBelow(home, '').map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(20);
    const owners = paths.map((path) =>
      kinds()
        .filter(({ owns }) => owns.test(path))
        .map(({ name }) => name),
    );
    expect(paths.filter((_path, index) => owners[index]?.length !== 1)).toEqual([]);
    expect(bytesByKind(stateFolderAt(home, environment)).get(UNKNOWN)).toBe(0);
    run('install-hooks.js', '--yes', '--uninstall', '--purge');
    expect(readdirSync(home)).toEqual(['handlers']);
    expect(readdirSync(`${home}/handlers`)).not.toEqual([]);
  });

  it('are exactly one for every file of the list', () => {
    for (const path of PATHS)
      expect(
        kinds().filter(({ owns }) => owns.test(path)),
        path,
      ).toHaveLength(1);
  });

  it('delete what they planned, no file more and no file less', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(3000), (seed, excess) => {
        const root = filledFolder(seed);
        for (const kind of kinds()) {
          const keeper = fileKeeper(kind, root);
          const [before, size] = [pathsIn(root), runAllSlices(keeper.size())];
          const budget = {
            before: NOW - 20 * DAY,
            historyBefore: NOW - 20 * DAY,
            excess,
            youngest: NOW - DAY,
          };
          const plan = runAllSlices(keeper.plan(budget, NOW));
          const { count, bytes, oldest } = runAllSlices(plan.measure());
          expect(pathsIn(root), 'a plan changes nothing').toEqual(before);
          expect(plan.prune(), kind.name).toBe(count);
          expect(size.count - runAllSlices(keeper.size()).count, kind.name).toBe(count);
          expect(size.bytes - runAllSlices(keeper.size()).bytes, kind.name).toBe(bytes);
          expect(oldest === null, kind.name).toBe(count === 0);
          const left = pathsIn(root);
          const gone = before.filter((path) => !left.includes(path));
          expect(
            gone.filter((path) => !kind.owns.test(path)),
            kind.name,
          ).toEqual([]);
          expect(plan.prune(), `${kind.name} again`).toBe(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('leave what has changed since they planned', () => {
    const root = filledFolder(1);
    const keepers = kinds().map((kind) => fileKeeper(kind, root));
    const plans = keepers.map((keeper) =>
      runAllSlices(
        keeper.plan(
          { before: NOW + DAY, historyBefore: NOW + DAY, excess: 1e9, youngest: NOW + DAY },
          NOW,
        ),
      ),
    );
    expect(
      plans.reduce((sum, plan) => sum + runAllSlices(plan.measure()).count, 0),
    ).toBeGreaterThan(8);
    for (const path of [...pathsIn(root), ...SESSION_FOLDERS])
      utimesSync(`${root}/${path}`, NOW / 1000 + 7, NOW / 1000 + 7);
    expect(plans.map((plan) => plan.prune())).toEqual(plans.map(() => 0));
  });

  it('delete nothing that a symbolic link leads to', () => {
    const places = [...new Set(PATHS.flatMap(foldersOf)), 'queue/dead/linked', 'throttle/linked'];
    for (const place of places) {
      const [root, outside] = [filledFolder(2), tempFolder()];
      moveOut(`${root}/${place}`, `${outside}/kept`);
      mkdirSync(dirname(`${root}/${place}`), { recursive: true });
      symlinkSync(`${outside}/kept`, `${root}/${place}`);
      const before = pathsIn(outside);
      const limits = {
        retention: 1,
        diskBudget: 1,
        eventLogKeep: 1,
        archiveKeep: 1,
        transcriptsKeep: 1,
      };
      const folder = stateFolderAt(root, {}, [outside]);
      cleanUpAt({ folder, database: testStore(), now: NOW + 99 * DAY, ...limits });
      forgetFiles(folder, new Set(['s1']));
      expect(pathsIn(outside), place).toEqual(before);
    }
  });

  it('forget the entries, notes and views of one session, and no others', () => {
    const root = filledFolder(3);
    for (const [file, session] of [
      ['pending/5/x.json', 's1'],
      ['delayed/y.json', 's2'],
      ['dead/d.json', 's1'],
      ['processing/w/z.json', 's1'],
    ])
      writeFileSync(`${root}/queue/${file}`, JSON.stringify({ payload: { session_id: session } }));
    const before = pathsIn(root);
    forgetFiles(stateFolderAt(root, {}, [tempFolder()]), new Set(['s1']));
    const left = pathsIn(root);
    expect(before.filter((path) => !left.includes(path))).toEqual(
      [
        ...['queue/dead/d.json', 'queue/dead/d.json.reason', 'queue/pending/5/x.json'],
        ...['archive/transcripts/s1/0a1b2c3d.1.0.ztail', 'archive/transcripts/s1/0a1b2c3d.archive'],
        ...['throttle/s1/captured', 'throttle/s1/ops', 'views/context/s1.json'],
        ...['views/restored/s1.json', 'views/resume/s1.json'],
      ].toSorted(),
    );
  });
});

function inputOf(hook: string): string {
  return readFileSync(`test/fixtures/hook-input/${hook}.json`, 'utf8');
}

/** A state folder with a file of every kind, each of a size and an age of its own. */
function filledFolder(seed: number): string {
  const root = tempFolder();
  const random = seededRandom(seed);
  for (const [index, path] of PATHS.entries()) {
    mkdirSync(dirname(`${root}/${path}`), { recursive: true });
    const isFull = path === 'log/worker.log' && random() < 0.5;
    writeFileSync(
      `${root}/${path}`,
      Buffer.alloc(isFull ? 5_300_000 : Math.floor(random() * 2000), ' '),
    );
    // no two at once: a log that is renamed must not be taken for the one that was deleted before
    const at = (NOW - Math.floor(random() * 40) * DAY) / 1000 - index;
    utimesSync(`${root}/${path}`, at, at);
  }
  for (const folder of SESSION_FOLDERS) {
    const at = (NOW - Math.floor(random() * 40) * DAY) / 1000;
    utimesSync(`${root}/${folder}`, at, at);
  }
  return root;
}

function pathsIn(root: string): readonly string[] {
  return listFilesBelow(root, '')
    .map(({ path }) => path)
    .toSorted();
}

/** `a/b/c` is in `a` and in `a/b`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

/** Moves a folder out; one that is not there is made outside, with an old file in it. */
function moveOut(from: string, to: string): void {
  if (existsSync(from)) {
    renameSync(from, to);
    return;
  }
  mkdirSync(to);
  writeFileSync(`${to}/ops`, 'kept');
  utimesSync(to, 1, 1);
}
