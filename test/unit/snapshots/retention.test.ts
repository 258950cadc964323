import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { DAY_MS } from '../../../lib/core/clock.ts';
import { fileKeeper } from '../../../lib/core/file-keeper.ts';
import { runAllSlices } from '../../../lib/core/sliced.ts';
import { compactStore, needsCompaction } from '../../../lib/snapshots/compact-store.ts';
import { listSnapshots, readEntries } from '../../../lib/snapshots/read-snapshots.ts';
import { RestoreJournal } from '../../../lib/snapshots/restore/journal.ts';
import { snapshotFiles } from '../../../lib/snapshots/retention.ts';
import { snapshotScene } from '../../support/snapshot-scene.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NOW = 100 * DAY_MS;
const NO_END = { keepMs: 1_000 * DAY_MS, bytes: Number.MAX_SAFE_INTEGER };
const BUDGET = { before: 0, historyBefore: 0, excess: 0, youngest: NOW - DAY_MS };
const PARTS = { signal: new AbortController().signal, clock: () => Date.now() };

/** Refs of one store, each `SESSION/PROMPT/ID` with its age in days. */
function refs(ages: Readonly<Record<string, number>>): string {
  const root = tempFolder();
  for (const [name, days] of Object.entries(ages)) {
    const path = join(root, 'snapshots/project-1/refs/waymark', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${name}\n`);
    utimesSync(path, new Date(NOW), new Date(NOW - days * DAY_MS));
  }
  return root;
}

function leftIn(root: string): readonly string[] {
  const folder = join(root, 'snapshots/project-1/refs/waymark');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.split('/').length === 3)
    .toSorted();
}

it('keeps all for two days, the first of each prompt for two weeks, then the last of each session', () => {
  const root = refs({
    ...{ 's1/p1/a': 1, 's1/p1/b': 1.5 },
    ...{ 's1/p2/c': 5, 's1/p2/d': 6, 's1/p3/e': 7 },
    ...{ 's1/p4/f': 20, 's1/p4/g': 21, 's1/p5/h': 30, 's2/p6/i': 40 },
  });
  runAllSlices(fileKeeper(snapshotFiles(NO_END), root).plan(BUDGET, NOW)).prune();
  expect(leftIn(root)).toEqual(['s1/p1/a', 's1/p1/b', 's1/p2/d', 's1/p3/e', 's1/p4/f', 's2/p6/i']);
  expect(existsSync(join(root, 'snapshots/project-1/to-compact'))).toBe(true);
});

it('deletes what is too old, and the oldest beyond the budget, but never the latest of a work tree', () => {
  const old = refs({ 's1/p1/a': 50, 's2/p2/b': 60 });
  const limits = { keepMs: 10 * DAY_MS, bytes: NO_END.bytes };
  runAllSlices(fileKeeper(snapshotFiles(limits), old).plan(BUDGET, NOW)).prune();
  expect(leftIn(old)).toEqual(['s1/p1/a']);
  const large = refs({ 's1/p1/a': 0.5, 's1/p2/b': 5, 's1/p3/c': 6 });
  const small = { keepMs: NO_END.keepMs, bytes: 18 };
  runAllSlices(fileKeeper(snapshotFiles(small), large).plan(BUDGET, NOW)).prune();
  expect(leftIn(large)).toEqual(['s1/p1/a', 's1/p2/b']);
});

it('keeps what an undo of the last restore needs, however old it is', () => {
  const root = refs({ 's1/p1/a': 1, 's1/p1/b': 400, 's1/p1/c': 400, 's1/p1/d': 401 });
  const journal = new RestoreJournal(join(root, 'snapshots/project-1/restores'));
  for (const present of ['b', 'c']) {
    const plan = { format: 1, at: 0, root, rootIdentity: '', target: 'a', present } as const;
    const nothing = { undoes: null, mark: present, steps: [], makes: [], drops: [] };
    journal.enter(journal.begin({ ...plan, ...nothing, folderModes: {} }), 'done');
  }
  const limits = { keepMs: 10 * DAY_MS, bytes: 1 };
  runAllSlices(fileKeeper(snapshotFiles(limits), root).plan(BUDGET, NOW)).prune();
  expect(leftIn(root)).toEqual(['s1/p1/a', 's1/p1/c']);
});

it('leaves no byte that a forgotten session alone had', async () => {
  const scene = snapshotScene();
  scene.write('kept', 'kept content');
  await scene.take({ session: 'other' });
  scene.write('secret', 'only this session had it');
  const { snapshot } = await scene.take({ session: 'gone', prompt: 'p' });
  const store = await scene.store();
  const oid = (await readEntries(store, snapshot)).get('secret')?.oid ?? '';
  rmSync(join(scene.folder, 'secret'));
  await scene.take({ session: 'other' });
  const keeper = fileKeeper(snapshotFiles(NO_END), scene.stateRoot);
  expect(keeper.forget(new Set(['gone']))).toBe(1);
  expect(needsCompaction(store)).toBe('whole');
  expect(await compactStore(store, 'whole', PARTS)).toBe('done');
  const left = readdirSync(store.folder, { recursive: true, encoding: 'utf8' });
  expect(left.filter((name) => name.includes('gone'))).toEqual([]);
  expect((await listSnapshots(store)).map(({ session }) => session)).toEqual(['other', 'other']);
  expect(() => scene.git('--git-dir', store.folder, 'cat-file', '-e', oid)).toThrow();
  expect(needsCompaction(store)).toBeUndefined();
});

it('takes a whole snapshot again after objects were lost, and names that they were', async () => {
  const scene = snapshotScene();
  scene.write('a', 'content of a');
  const first = await scene.take();
  const store = await scene.store();
  const oid = (await readEntries(store, first.snapshot)).get('a')?.oid ?? '';
  rmSync(join(store.folder, 'objects', oid.slice(0, 2), oid.slice(2)));
  expect(await compactStore(store, 'whole', PARTS)).toBe('broken');
  const { snapshot } = await scene.take();
  expect([...(await readEntries(store, snapshot)).keys()]).toEqual(['a']);
  expect(await compactStore(store, 'whole', PARTS)).toBe('done');
});
