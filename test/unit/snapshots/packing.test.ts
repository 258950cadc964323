import { join } from 'node:path';
import { expect, it } from 'vitest';
import { namesIn } from '../../../lib/core/files.ts';
import { callStoreGit } from '../../../lib/git/store-git.ts';
import { compactStore } from '../../../lib/snapshots/compact-store.ts';
import { createStoreGit, PACKS } from '../../../lib/snapshots/open-store.ts';
import { readEntries } from '../../../lib/snapshots/read-snapshots.ts';
import { storeWorkTree } from '../../../lib/snapshots/take-snapshot.ts';
import { findWorkTree } from '../../../lib/snapshots/work-tree.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';
import { seededRandom } from '../../support/seeded-random.ts';

// Small packs become one, in which the versions of a folder are stored as differences.

const FOLDERS = 30;
const FILES = 20;

async function packSmall(scene: SnapshotScene): Promise<void> {
  const parts = { signal: new AbortController().signal, clock: Date.now };
  expect(await compactStore(await scene.store(), 'small', parts)).toBe('done');
}

/** Lets the index of the store learn of all changes, without a snapshot. */
async function indexAll({ stateRoot, environment, folder }: SnapshotScene): Promise<void> {
  await storeWorkTree(await findWorkTree(folder, { stateRoot, environment }), {
    ...{ stateRoot, environment, clock: Date.now, patienceMs: 0 },
    limits: { fileBytes: 10_000, totalBytes: 1_000_000 },
    signal: new AbortController().signal,
  });
}

/** Object ids of what every snapshot has at a path, and how many bytes each takes in the pack. */
async function packedAt(
  scene: SnapshotScene,
  commits: readonly string[],
  path: string,
): Promise<readonly number[]> {
  const store = await scene.store();
  const git = createStoreGit(store);
  const ids = new Set<string>();
  for (const commit of commits)
    ids.add(String(await callStoreGit(git, ['rev-parse', `${commit}:${path}`])).trim());
  const packs = namesIn(`${store.folder}/${PACKS}`).filter((name) => name.endsWith('.idx'));
  const listed = await callStoreGit(git, [
    ...['verify-pack', '-v'],
    ...packs.map((name) => `${store.folder}/${PACKS}/${name}`),
  ]);
  return String(listed)
    .split('\n')
    .map((line) => line.split(/ +/))
    .flatMap(([id = '', , , bytes]) => (ids.has(id) ? [Number(bytes)] : []));
}

async function sceneOfFolders(): Promise<SnapshotScene> {
  const scene = snapshotScene();
  const random = seededRandom(1);
  for (let folder = 0; folder < FOLDERS; folder += 1)
    for (let file = 0; file < FILES; file += 1)
      scene.write(`d${folder}/${Math.floor(random() * 1e9).toString(36)}`, String(random()));
  return scene;
}

it('stores all but one version of a folder as differences, however short its path is', async () => {
  const scene = await sceneOfFolders();
  const commits = [(await scene.take()).snapshot.commit];
  await packSmall(scene);
  for (let round = 0; round < 3; round += 1) {
    scene.write('d0/changed', `round ${round}`);
    commits.push((await scene.take()).snapshot.commit);
    await packSmall(scene);
  }
  const bytes = await packedAt(scene, commits, 'files/d0');
  expect(bytes).toHaveLength(4);
  expect(bytes.filter((one) => one > 100)).toHaveLength(1);
});

it('stores all but one version of the times in a folder as differences', async () => {
  const scene = await sceneOfFolders();
  const commits = [(await scene.take()).snapshot.commit];
  for (let round = 0; round < 2; round += 1) {
    for (let folder = 0; folder < FOLDERS; folder += 1)
      scene.write(`d${folder}/changed`, `round ${round}`);
    await indexAll(scene);
    commits.push((await scene.take()).snapshot.commit);
    await packSmall(scene);
  }
  for (const folder of [1, 7, 29]) {
    const bytes = await packedAt(scene, commits, `stat/dd${folder}/s`);
    expect(bytes).toHaveLength(3);
    expect(bytes.filter((one) => one > 100)).toHaveLength(1);
  }
});

it('keeps what the index has and no snapshot yet', async () => {
  const scene = await sceneOfFolders();
  await scene.take();
  scene.write('d0/new', 'in the index alone');
  await indexAll(scene);
  await packSmall(scene);
  const { snapshot } = await scene.take();
  const store = await scene.store();
  const oid = (await readEntries(store, snapshot)).get('d0/new')?.oid ?? '';
  expect(scene.git('--git-dir', store.folder, 'cat-file', 'blob', oid)).toBe('in the index alone');
  expect(() => scene.git('--git-dir', store.folder, 'fsck', '--strict')).not.toThrow();
  expect(namesIn(join(store.folder, PACKS)).some((name) => name.endsWith('.pack'))).toBe(true);
});
