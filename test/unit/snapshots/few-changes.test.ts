import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { namesIn } from '../../../lib/core/files.ts';
import { callStoreGit } from '../../../lib/git/store-git.ts';
import { createStoreGit, PACKS } from '../../../lib/snapshots/open-store.ts';
import { listSnapshots, readContents, readEntries } from '../../../lib/snapshots/read-snapshots.ts';
import type { Snapshot } from '../../../lib/snapshots/snapshot.ts';
import { readState } from '../../../lib/snapshots/store-state.ts';
import { storeWorkTree } from '../../../lib/snapshots/take-snapshot.ts';
import { findWorkTree } from '../../../lib/snapshots/work-tree.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';

// Few changes go on top of the snapshot before; the index of the store stays as it is.

async function filesOf(scene: SnapshotScene, { commit }: Snapshot): Promise<object> {
  const store = await scene.store();
  const entries = [...(await readEntries(store, { commit }))];
  const contents = await readContents(
    store,
    entries.map(([, { oid }]) => oid),
  );
  return Object.fromEntries(entries.map(([path], index) => [path, String(contents[index])]));
}

async function aheadPaths(scene: SnapshotScene): Promise<readonly string[]> {
  return [...(readState(await scene.store())?.ahead.keys() ?? [])].toSorted();
}

async function sceneWith(files: Readonly<Record<string, string>>): Promise<SnapshotScene> {
  const scene = snapshotScene();
  for (const [path, text] of Object.entries(files)) scene.write(path, text);
  await scene.take();
  return scene;
}

it('has what was added, changed and removed, and counts it, without the index', async () => {
  const scene = await sceneWith({ a: 'one', b: 'one', 'd/c': 'one' });
  scene.write('a', 'two!');
  scene.write('d/new\n"1', 'new');
  unlinkSync(join(scene.folder, 'b'));
  const { snapshot } = await scene.take();
  expect(snapshot).toMatchObject({ counts: { added: 1, changed: 1, removed: 1 }, files: 3 });
  expect(await filesOf(scene, snapshot)).toEqual({ a: 'two!', 'd/c': 'one', 'd/new\n"1': 'new' });
  expect(await aheadPaths(scene)).toEqual(['a', 'b', 'd/new\n"1']);
});

it('counts each change once, and takes none when nothing changed since', async () => {
  const scene = await sceneWith({ a: 'one', b: 'one' });
  scene.write('a', 'two!');
  scene.write('new', 'new');
  const order = { cause: 'prompt', session: 's', prompt: 'p' } as const;
  const { snapshot } = await scene.take(order);
  expect(await scene.take(order)).toEqual({ snapshot, isNew: false });
  scene.write('b', 'three');
  const later = await scene.take(order);
  expect(later.snapshot.counts).toEqual({ added: 0, changed: 1, removed: 0 });
  expect(await filesOf(scene, later.snapshot)).toEqual({ a: 'two!', b: 'three', new: 'new' });
});

it('takes a file back that came and went, was removed and came again, or changed its kind', async () => {
  const scene = await sceneWith({ a: 'one', b: 'one', 'c/d': 'one', last: 'x' });
  scene.write('new', 'new');
  unlinkSync(join(scene.folder, 'a'));
  rmSync(join(scene.folder, 'c'), { recursive: true });
  scene.write('c', 'file');
  await scene.take();
  unlinkSync(join(scene.folder, 'new'));
  scene.write('a', 'again');
  unlinkSync(join(scene.folder, 'c'));
  scene.write('c/d', 'folder');
  unlinkSync(join(scene.folder, 'b'));
  symlinkSync('a', join(scene.folder, 'b'));
  const { snapshot } = await scene.take();
  expect(await filesOf(scene, snapshot)).toEqual({
    ...{ a: 'again', b: 'a', 'c/d': 'folder', last: 'x' },
  });
});

it('keeps what is in a folder whose name was a file when the index was written', async () => {
  const scene = await sceneWith({ a: 'file', b: 'one' });
  unlinkSync(join(scene.folder, 'a'));
  scene.write('a/x', 'inside');
  await scene.take();
  mkdirSync(join(scene.folder, 'other'));
  writeFileSync(join(scene.folder, 'other/x'), 'inside');
  rmSync(join(scene.folder, 'a'), { recursive: true });
  renameSync(join(scene.folder, 'other'), join(scene.folder, 'a'));
  const { snapshot } = await scene.take();
  expect(await filesOf(scene, snapshot)).toEqual({ 'a/x': 'inside', b: 'one' });
});

it('has no file below a folder that became a link', async () => {
  const scene = await sceneWith({ 'd/x': 'one', 'e/x': 'other', b: 'one' });
  rmSync(join(scene.folder, 'd'), { recursive: true });
  symlinkSync('e', join(scene.folder, 'd'));
  const { snapshot } = await scene.take();
  expect(snapshot.isPartial).toBe(false);
  expect(await filesOf(scene, snapshot)).toEqual({ b: 'one', d: 'e', 'e/x': 'other' });
});

it('has a new file no more once it is ignored', async () => {
  const scene = await sceneWith({ a: 'one' });
  scene.write('new.log', 'new');
  await scene.take();
  scene.write('.gitignore', '*.log\n');
  const { snapshot } = await scene.take();
  expect(snapshot.counts).toMatchObject({ added: 1, removed: 1 });
  expect(await filesOf(scene, snapshot)).toEqual({ a: 'one', '.gitignore': '*.log\n' });
});

it('has no file that grew too large, and has it again once it may be as large', async () => {
  const scene = await sceneWith({ a: 'one', data: 'small' });
  scene.write('data', 'x'.repeat(200));
  const limits = { fileBytes: 100, totalBytes: 10_000 };
  const { snapshot } = await scene.take({}, { limits });
  expect(snapshot).toMatchObject({ isPartial: true, leftOut: 1, files: 1 });
  expect(await filesOf(scene, snapshot)).toEqual({ a: 'one' });
  const later = await scene.take();
  expect(later.snapshot).toMatchObject({ isPartial: false, files: 2 });
});

it('puts all of it into the index once it is much, with permissions and times', async () => {
  const scene = await sceneWith({ a: 'one', gone: 'x' });
  scene.write('a', 'two!');
  scene.write('new', 'new');
  unlinkSync(join(scene.folder, 'gone'));
  const { snapshot } = await scene.take();
  const before = await readEntries(await scene.store(), snapshot);
  for (let n = 0; n < 150; n += 1) scene.write(`many/${n}`, `${n}`);
  const later = await scene.take();
  expect(later.snapshot).toMatchObject({ counts: { added: 150, changed: 0, removed: 0 } });
  const entries = await readEntries(await scene.store(), later.snapshot);
  expect(entries.size).toBe(152);
  for (const path of ['a', 'new']) expect(entries.get(path)).toEqual(before.get(path));
  expect(await aheadPaths(scene)).toEqual([]);
});

it('has all of it after the index learned of it for a comparison with the present', async () => {
  const scene = await sceneWith({ a: 'one', b: 'one', gone: 'x' });
  scene.write('a', 'two!');
  await scene.take();
  unlinkSync(join(scene.folder, 'gone'));
  scene.write('b', 'three');
  const { stateRoot, environment, folder } = scene;
  await storeWorkTree(await findWorkTree(folder, { stateRoot, environment }), {
    ...{ stateRoot, environment, clock: Date.now, patienceMs: 0 },
    limits: { fileBytes: 1_000, totalBytes: 10_000 },
    signal: new AbortController().signal,
  });
  const { snapshot } = await scene.take();
  expect(snapshot.counts).toEqual({ added: 0, changed: 1, removed: 1 });
  expect(await filesOf(scene, snapshot)).toEqual({ a: 'two!', b: 'three' });
});

it('makes one pack for each, and no single objects', async () => {
  const scene = await sceneWith({ a: 'one', b: 'one' });
  const { folder } = await scene.store();
  const packs = (): number =>
    namesIn(`${folder}/objects/pack`).filter((name) => name.endsWith('.pack')).length;
  const [packsBefore, namesBefore] = [packs(), namesIn(`${folder}/objects`)];
  scene.write('a', 'two!');
  await scene.take();
  expect(packs()).toBe(packsBefore + 1);
  expect(namesIn(`${folder}/objects`)).toEqual(namesBefore);
});

it('begins anew after the store lost the snapshot before, and keeps what it still has', async () => {
  const scene = await sceneWith({ a: 'one', 'd/b': 'one' });
  const { folder } = await scene.store();
  const before = new Set(namesIn(`${folder}/${PACKS}`));
  scene.write('a', 'two!');
  await scene.take();
  for (const name of namesIn(`${folder}/${PACKS}`))
    if (!before.has(name)) rmSync(`${folder}/${PACKS}/${name}`);
  scene.write('d/b', 'three');
  const { snapshot } = await scene.take();
  expect(await filesOf(scene, snapshot)).toEqual({ a: 'two!', 'd/b': 'three' });
  expect((await listSnapshots(await scene.store())).map(({ number }) => number)).toEqual([1, 2]);
});

it('begins anew after the store lost the tree of a folder', async () => {
  const scene = await sceneWith({ a: 'one', 'd/b': 'one' });
  const store = await scene.store();
  const { filesTree = '' } = readState(store) ?? {};
  const [, tree = ''] =
    /^\S+ tree ([0-9a-f]+)/.exec(
      String(await callStoreGit(createStoreGit(store), ['ls-tree', filesTree, 'd'])),
    ) ?? [];
  rmSync(`${store.folder}/objects/${tree.slice(0, 2)}/${tree.slice(2)}`);
  scene.write('d/b', 'three');
  const { snapshot } = await scene.take();
  expect(await filesOf(scene, snapshot)).toEqual({ a: 'one', 'd/b': 'three' });
});
