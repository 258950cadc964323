import { lstatSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../lib/core/clock.ts';
import { fileKeeper, listFilesBelow } from '../../../lib/core/file-keeper.ts';
import { runAllSlices } from '../../../lib/core/sliced.ts';
import { chooseSnapshot } from '../../../lib/snapshots/choose-snapshot.ts';
import { listSnapshots } from '../../../lib/snapshots/read-snapshots.ts';
import { ageFromNow } from '../../../lib/snapshots/ref-times.ts';
import { snapshotFiles } from '../../../lib/snapshots/retention.ts';
import { formatRef, REFS, type Snapshot } from '../../../lib/snapshots/snapshot.ts';
import { codeScene } from '../../support/code-scene.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';

const LIMITS = { keepMs: 365 * DAY_MS, bytes: Number.MAX_SAFE_INTEGER };

/** A snapshot with other content than that before. */
async function next(scene: SnapshotScene, text: string, prompt: string): Promise<Snapshot> {
  scene.write('a', text);
  return (await scene.take({ session: 's', prompt })).snapshot;
}

async function refPath(scene: SnapshotScene, snapshot: Snapshot): Promise<string> {
  return join((await scene.store()).folder, formatRef(snapshot));
}

/** Gives the ref of a snapshot the time that it has where the clock was wrong then. */
async function movedBy(scene: SnapshotScene, snapshot: Snapshot, ms: number): Promise<void> {
  const path = await refPath(scene, snapshot);
  const seconds = (lstatSync(path).mtimeMs + ms) / 1_000;
  utimesSync(path, seconds, seconds);
}

/** Ids in the order in which retention sees them. */
function idsByTime({ folder }: { readonly folder: string }): readonly string[] {
  return listFilesBelow(folder, REFS)
    .toSorted((a, b) => a.at - b.at)
    .map(({ path }) => path.split('/').at(-1) ?? '');
}

it('counts snapshots in the order in which they were taken, whatever the clock said', async () => {
  const scene = snapshotScene();
  const start = Date.now();
  const ids: string[] = [];
  for (const [index, offset] of [0, -DAY_MS, 2 * DAY_MS, -3 * DAY_MS].entries()) {
    scene.write('a', `${index}`);
    ids.push((await scene.take({}, { clock: () => start + offset })).snapshot.id);
  }
  const known = await listSnapshots(await scene.store());
  expect(known.map(({ id }) => id)).toEqual(ids);
  expect(chooseSnapshot(known, 'last').id).toBe(ids.at(-1));
});

it('deletes no snapshot as an old one that was taken while the clock was behind', async () => {
  const scene = snapshotScene();
  const ids = [(await next(scene, 'one', 'p1')).id];
  // the clock was right then, and is three days behind from here on
  await movedBy(scene, await firstOf(scene), 3 * DAY_MS);
  for (const text of ['two', 'three', 'four']) ids.push((await next(scene, text, 'p1')).id);
  const store = await scene.store();
  expect(idsByTime(store)).toEqual(ids);
  // right again
  const now = Date.now() + 3 * DAY_MS + HOUR_MS;
  const keeper = fileKeeper(snapshotFiles(LIMITS), scene.stateRoot);
  const budget = { before: 0, historyBefore: 0, excess: 0, youngest: now - DAY_MS };
  runAllSlices(keeper.plan(budget, now)).prune();
  expect(idsByTime(store)).toEqual(ids);
  // and the earliest go first
  const later = now + DAY_MS;
  runAllSlices(keeper.plan({ ...budget, excess: 1, youngest: later }, later)).prune();
  expect(idsByTime(store)).toEqual(ids.slice(1));
});

async function firstOf(scene: SnapshotScene): Promise<Snapshot> {
  const [first] = await listSnapshots(await scene.store());
  if (first === undefined) throw new Error('no snapshot');
  return first;
}

it('lets snapshots of a time that the clock was ahead age from now on, in their order', async () => {
  const scene = snapshotScene();
  const one = await next(scene, 'one', 'p1');
  const two = await next(scene, 'two', 'p2');
  await movedBy(scene, two, 400 * DAY_MS);
  const three = await next(scene, 'three', 'p3');
  const store = await scene.store();
  const ids = [one.id, two.id, three.id];
  expect(idsByTime(store)).toEqual(ids);
  const now = Date.now() + HOUR_MS;
  ageFromNow(store, now);
  expect(idsByTime(store)).toEqual(ids);
  expect(lstatSync(await refPath(scene, three)).mtimeMs).toBeCloseTo(now, 0);
  const four = await next(scene, 'four', 'p4');
  expect(idsByTime(store)).toEqual([...ids, four.id]);
});

it('keeps age and order of snapshots whose refs are written anew', async () => {
  const scene = snapshotScene();
  const taken: Snapshot[] = [];
  for (const text of ['one', 'two', 'three', 'four', 'five'])
    taken.push(await next(scene, text, text));
  const store = await scene.store();
  const ids = taken.map(({ id }) => id);
  rmSync(join(store.folder, 'refs'), { recursive: true });
  await scene.take({ session: 's', prompt: 'six' });
  expect(idsByTime(store).slice(0, 5)).toEqual(ids);
  for (const snapshot of taken)
    expect(lstatSync(await refPath(scene, snapshot)).mtimeMs).toBeLessThanOrEqual(Date.now() + 10);
  expect(readdirSync(join(store.folder, REFS))).toEqual(['s']);
});

it('takes no snapshot for a later one that the clock alone makes later', async () => {
  const { write, shoot, advance, remove, prepare } = codeScene();
  write('a', 'one');
  write('was-there', 'mine');
  advance(DAY_MS); // the clock is ahead
  await shoot();
  remove('was-there');
  advance(-2 * DAY_MS);
  const { id } = await shoot();
  write('was-there', 'mine again');
  const { plan } = await prepare(id, { removesNew: true });
  expect(plan.kept).toEqual([{ path: 'was-there', reason: 'unproven' }]);
});

it('keeps what was ignored since a checkpoint, also while the clock was behind', async () => {
  const { write, shoot, advance, prepare } = codeScene();
  write('a', 'one');
  const { id } = await shoot();
  advance(-DAY_MS);
  write('.gitignore', 'models\n');
  write('models', 'weights');
  await shoot();
  advance(3 * DAY_MS);
  write('.gitignore', '');
  write('came', 'since');
  await shoot();
  const { plan } = await prepare(id, { removesNew: true });
  expect(plan.steps.map(({ step, path }) => [step, path])).toEqual([
    ['remove', '.gitignore'],
    ['remove', 'came'],
  ]);
  expect(plan.kept).toEqual([{ path: 'models', reason: 'ignored' }]);
});
