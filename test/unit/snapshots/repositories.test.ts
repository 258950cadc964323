import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readContents, readEntries } from '../../../lib/snapshots/read-snapshots.ts';
import type { Snapshot } from '../../../lib/snapshots/snapshot.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';

async function textsOf(
  scene: SnapshotScene,
  snapshot: Snapshot,
): Promise<Readonly<Record<string, string>>> {
  const store = await scene.store();
  const entries = [...(await readEntries(store, snapshot))];
  const contents = await readContents(
    store,
    entries.map(([, { oid }]) => oid),
  );
  return Object.fromEntries(entries.map(([path], index) => [path, String(contents[index])]));
}

it('keeps the files of a repository with SHA-256 ids, and what changed in it', async () => {
  const scene = snapshotScene(false);
  scene.git('init', '-q', '--template=', '--object-format=sha256');
  scene.write('a', 'one');
  scene.write('b/c', 'two');
  scene.git('add', '.');
  scene.git('commit', '-qm', 'one');
  const first = await scene.take();
  expect(first.snapshot.commit).toMatch(/^[0-9a-f]{64}$/);
  scene.write('a', 'changed');
  const { snapshot } = await scene.take();
  expect(snapshot.counts).toEqual({ added: 0, changed: 1, removed: 0 });
  expect(await textsOf(scene, snapshot)).toEqual({ a: 'changed', 'b/c': 'two' });
  expect(await textsOf(scene, first.snapshot)).toEqual({ a: 'one', 'b/c': 'two' });
});

it.skipIf(process.getuid?.() !== 0)(
  'keeps nothing of the repository of another user, which git does not read, and says why',
  async () => {
    const scene = snapshotScene();
    scene.write('a', 'one');
    for (const path of [scene.folder, join(scene.folder, '.git')]) chownSync(path, 65_534, 65_534);
    await expect(scene.take()).rejects.toMatchObject({
      code: 'SNAPSHOT_REFUSED',
      remedy: expect.stringContaining('safe.directory'),
    });
    expect(readdirSync(scene.stateRoot)).toEqual([]);
  },
);

it('keeps files whose names differ in case alone, also where the repository says that they are one', async () => {
  const scene = snapshotScene();
  scene.git('config', 'core.ignorecase', 'true');
  scene.write('Readme', 'upper');
  await scene.take();
  scene.write('readme', 'lower');
  const { snapshot } = await scene.take();
  expect(await textsOf(scene, snapshot)).toEqual({ Readme: 'upper', readme: 'lower' });
});
