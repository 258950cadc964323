import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import { namesIn } from '../../support/test-home.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { OTHERS } from '../../unit/claude/settings/sample-settings.ts';
import { violations } from '../invariants.ts';
import { DIST, makePlace, type Place, placeAt } from './place.ts';
import {
  isNodesAbort,
  noStrace,
  type Program,
  runUnharmed,
  type SystemCall,
  type TracedRun,
} from './strace.ts';
import { death, isLong, plausibleErrors, runSweep, type Sweep } from './sweep.ts';

if (noStrace !== undefined)
  console.log(`skipped: faults in the system calls of the installer: ${noStrace}`);

type InstallerSweep = Omit<Sweep<Place>, 'name' | 'faults' | 'judge' | 'sample'>;

const WITH_SETTINGS: InstallerSweep = {
  prepare: (root) => {
    const { project } = makePlace(root);
    mkdirSync(`${project}/.claude`);
    writeFileSync(settingsOf(root), OTHERS, { mode: 0o640 });
  },
  enter: placeAt,
  program: installer,
  folders: ['home/state', 'project/.claude'],
};

const WITHOUT_SETTINGS: InstallerSweep = {
  ...WITH_SETTINGS,
  prepare: (root) => void makePlace(root),
};

function installer({ project, environment }: Place): Program {
  return {
    args: [`${DIST}/install-hooks.js`, '--yes', '--no-prove', '--scope', 'project'],
    cwd: project,
    environment,
  };
}

/**
 * Fourteen launchers and fourteen programs are written in the same way: the first and the last are
 * tried.
 */
function isOneOfAKind({ text }: SystemCall): boolean {
  const name = /\/bin\/([a-z-]+)/.exec(text)?.[1];
  return (
    name === undefined ||
    name === 'package' ||
    name === HOOKS[0]?.name ||
    name === HOOKS.at(-1)?.name
  );
}

function settingsOf(root: string): string {
  return `${root}/project/.claude/settings.json`;
}

/** The settings file, its own path taken out; `undefined` without one. */
function settings(root: string): string | undefined {
  return existsSync(settingsOf(root))
    ? readFileSync(settingsOf(root), 'utf8').replaceAll(root, '@ROOT@')
    : undefined;
}

/** The settings file before and after a run that nothing disturbs. */
async function undisturbed(
  sweep: InstallerSweep,
): Promise<{ readonly before: string | undefined; readonly after: string | undefined }> {
  const root = tempFolder();
  await sweep.prepare(root);
  const before = settings(root);
  expect(await runUnharmed(installer(placeAt(root)))).toMatchObject({ status: 0 });
  const after = settings(root);
  expect(after).not.toBe(before);
  return { before, after };
}

function judgeBy({
  before,
  after,
}: {
  readonly before: string | undefined;
  readonly after: string | undefined;
}) {
  return async (place: Place, run: TracedRun): Promise<readonly string[]> => {
    const found = settings(place.root);
    const atOnce = run.isKilled ? [] : [...outcome(run, found === after), ...litter(place)];
    const locks = [`${settingsOf(place.root)}.lock`, `${place.folder.root}/install.lock`];
    // a lock that could not be removed goes stale
    for (const lock of locks.filter((path) => existsSync(path))) utimesSync(lock, 1, 1);
    const next = await runUnharmed(installer(place));
    return [
      ...(found === before || found === after
        ? []
        : [`settings.json is neither old nor new: ${found?.slice(0, 200)}`]),
      ...atOnce,
      ...(next.status === 0 ? [] : [`the next run ended with ${next.status}: ${next.stderr}`]),
      ...(settings(place.root) === after
        ? []
        : ['the next run did not make the file that it should']),
      ...(locks.some((path) => existsSync(path)) ? ['the next run left a stale lock'] : []),
      ...(run.isKilled ? [] : violations({ folder: place.folder, acknowledged: [] })),
    ];
  };
}

/** Done and 0, or not done, 1, and one clear line with its remedy. */
function outcome(run: TracedRun, isDone: boolean): readonly string[] {
  const { status, stderr } = run;
  if (status === 0) return isDone ? [] : ['it said that it was done, and it was not'];
  if (isNodesAbort(run)) return [];
  const lines = stderr.trimEnd().split('\n');
  const isClear = lines.length <= 2 && /^Cannot \w+ .+: /.test(lines[0] ?? '');
  return [
    ...(status === 1 ? [] : [`exit status ${status}`]),
    ...(isClear ? [] : [`it said: ${stderr.slice(0, 400)}`]),
  ];
}

/** Files beside the settings file, without it and without a lock that expires. */
function litter({ project }: Place): readonly string[] {
  const known = ['settings.json', 'settings.json.lock'];
  return namesIn(`${project}/.claude`).flatMap((name) =>
    known.includes(name) ? [] : [`left beside settings.json: ${name}`],
  );
}

describe.skipIf(noStrace !== undefined)(
  'the installer whose system calls fail one by one',
  { timeout: isLong ? 3_600_000 : 60_000 },
  () => {
    it.each([
      ['on hand-written settings', WITH_SETTINGS],
      ['where there are none', WITHOUT_SETTINGS],
    ])(
      'leaves the file as it was or makes all of it, and the next run finishes: %s',
      async (name, sweep) => {
        const judge = judgeBy(await undisturbed(sweep));
        const result = await runSweep({
          ...sweep,
          name: `installer ${name}`,
          faults: plausibleErrors,
          only: isOneOfAKind,
          judge,
          sample: 3,
        });
        expect(result.broken).toEqual([]);
        expect(result.calls).toBeGreaterThan(100);
      },
    );

    it('leaves the file as it was or makes all of it when it is killed before any of them, and the next run finishes', async () => {
      const judge = judgeBy(await undisturbed(WITH_SETTINGS));
      const result = await runSweep({
        ...WITH_SETTINGS,
        name: 'installer killed',
        only: isOneOfAKind,
        faults: death,
        judge,
        sample: 3,
      });
      expect(result.broken).toEqual([]);
      expect(result.hits['KILL']).toBeGreaterThan(0);
    });
  },
);
