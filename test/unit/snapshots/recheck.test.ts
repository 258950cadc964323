import { chmodSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readContents, readEntries } from '../../../lib/snapshots/read-snapshots.ts';
import type { PathState } from '../../../lib/snapshots/restore/path-state.ts';
import type { Snapshot } from '../../../lib/snapshots/snapshot.ts';
import { readState } from '../../../lib/snapshots/store-state.ts';
import { storeWorkTree } from '../../../lib/snapshots/take-snapshot.ts';
import { findWorkTree } from '../../../lib/snapshots/work-tree.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';

// What happens here falls into one second nearly always, and then git finds no change in it. Where
// a second ends in between, the same must hold.

async function entryOf(
  scene: SnapshotScene,
  snapshot: Snapshot,
  path: string,
): Promise<PathState | undefined> {
  return (await readEntries(await scene.store(), snapshot)).get(path);
}

async function textOf(scene: SnapshotScene, snapshot: Snapshot, path: string): Promise<string> {
  const oid = (await entryOf(scene, snapshot, path))?.oid ?? '';
  return String((await readContents(await scene.store(), [oid]))[0]);
}

async function recheckedPaths(scene: SnapshotScene): Promise<readonly string[]> {
  return [...(readState(await scene.store())?.recheck.keys() ?? [])];
}

function setTime(scene: SnapshotScene, path: string, seconds: number): void {
  utimesSync(join(scene.folder, path), seconds, seconds);
}

it('has the permissions and the time of a file that changed again in the second of a snapshot', async () => {
  const scene = snapshotScene();
  scene.write('a', 'same');
  chmodSync(join(scene.folder, 'a'), 0o600);
  setTime(scene, 'a', 1000.25);
  await scene.take();
  chmodSync(join(scene.folder, 'a'), 0o640);
  const { snapshot } = await scene.take();
  expect(await entryOf(scene, snapshot, 'a')).toMatchObject({ mode: 0o640 });
  scene.write('a', 'same');
  setTime(scene, 'a', 1000.75);
  const later = await scene.take();
  expect(await entryOf(scene, later.snapshot, 'a')).toMatchObject({ mtimeNs: '1000750000000' });
});

it('has the content of a file that was rewritten in that second, with its size and its old time', async () => {
  const scene = snapshotScene();
  scene.write('a', 'one');
  setTime(scene, 'a', 1000);
  await scene.take();
  scene.write('a', 'two');
  setTime(scene, 'a', 1000);
  const { snapshot } = await scene.take();
  expect(await textOf(scene, snapshot, 'a')).toBe('two');
});

it('takes another one for the same prompt when only a time changed in that second', async () => {
  const scene = snapshotScene();
  const order = { cause: 'prompt', session: 's-1', prompt: 'p-1' } as const;
  scene.write('a', 'same');
  setTime(scene, 'a', 1000.25);
  const first = await scene.take(order);
  expect((await scene.take(order)).isNew).toBe(false);
  setTime(scene, 'a', 1000.75);
  const second = await scene.take(order);
  expect([second.isNew, second.snapshot.previous]).toEqual([true, first.snapshot.id]);
});

it('has the time of a file that was touched before a comparison with the present', async () => {
  const scene = snapshotScene();
  scene.write('a', 'same');
  setTime(scene, 'a', 1000);
  await scene.take();
  setTime(scene, 'a', 2000);
  const { environment, stateRoot, folder } = scene;
  await storeWorkTree(await findWorkTree(folder, { environment, stateRoot }), {
    ...{ environment, stateRoot, clock: Date.now, patienceMs: 10_000 },
    ...{ limits: { fileBytes: 1_000, totalBytes: 1_000 }, signal: new AbortController().signal },
  });
  const { snapshot } = await scene.take();
  expect(await entryOf(scene, snapshot, 'a')).toMatchObject({ mtimeNs: '2000000000000' });
});

it('remembers only what was as recent as the snapshot, and nothing that went', async () => {
  const scene = snapshotScene();
  for (const name of ['a', 'b']) scene.write(name, name);
  symlinkSync('a', join(scene.folder, 'c'));
  const now = Date.now();
  await scene.take({}, { clock: () => now });
  expect((await recheckedPaths(scene)).toSorted()).toEqual(['a', 'b', 'c']);
  unlinkSync(join(scene.folder, 'b'));
  await scene.take({}, { clock: () => now });
  expect((await recheckedPaths(scene)).toSorted()).toEqual(['a', 'c']);
  await scene.take({}, { clock: () => now + 60_000 });
  expect(await recheckedPaths(scene)).toEqual([]);
});

it('has a file no more that changed and came to be ignored at once', async () => {
  const scene = snapshotScene();
  scene.write('log', 'one');
  await scene.take();
  scene.write('log', 'longer');
  scene.write('.gitignore', 'log\n');
  const { snapshot } = await scene.take();
  expect(await entryOf(scene, snapshot, 'log')).toBeUndefined();
  const next = await scene.take();
  expect(await entryOf(scene, next.snapshot, 'log')).toBeUndefined();
});
