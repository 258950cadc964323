import { existsSync, mkdirSync, renameSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { namesIn } from '../../../lib/core/files.ts';
import { callStoreGit } from '../../../lib/git/store-git.ts';
import { createStoreGit, PACKS } from '../../../lib/snapshots/open-store.ts';
import { listSnapshots, readEntries } from '../../../lib/snapshots/read-snapshots.ts';
import { writeSameTreeCommit } from '../../../lib/snapshots/same-tree-commit.ts';
import { REFS } from '../../../lib/snapshots/snapshot.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';

// A snapshot without changes is a commit of the tree of the one before, written without git.

async function askStore(scene: SnapshotScene, ...args: string[]): Promise<string> {
  return (await callStoreGit(createStoreGit(await scene.store()), args)).toString('utf8').trim();
}

async function packsOf(scene: SnapshotScene): Promise<readonly string[]> {
  return namesIn(`${(await scene.store()).folder}/${PACKS}`);
}

it.each(['sha1', 'sha256'])('is what git writes for it, in one small object (%s)', async (ids) => {
  const scene = snapshotScene(false);
  scene.git('init', '-q', '--template=', `--object-format=${ids}`);
  scene.write('d/ü', 'one');
  const first = await scene.take();
  const packs = await packsOf(scene);
  const order = { session: 's', prompt: 'p', note: 'ünchanged', cause: 'prompt' } as const;
  const { snapshot, isNew } = await scene.take(order);
  expect(isNew).toBe(true);
  expect(snapshot).toMatchObject({ ...order, counts: { added: 0, changed: 0, removed: 0 } });
  expect(snapshot).toMatchObject({ previous: first.snapshot.id, number: 2, files: 1 });
  expect(await packsOf(scene)).toEqual(packs);
  const tree = await askStore(scene, 'rev-parse', `${snapshot.commit}^{tree}`);
  expect(tree).toBe(await askStore(scene, 'rev-parse', `${first.snapshot.commit}^{tree}`));
  expect(await askStore(scene, 'fsck', '--strict', '--no-dangling')).toBe('');
  const store = await scene.store();
  expect(await listSnapshots(store)).toEqual([first.snapshot, snapshot]);
  expect(await readEntries(store, snapshot)).toEqual(await readEntries(store, first.snapshot));
  const written = await askStore(scene, 'cat-file', 'commit', snapshot.commit);
  const earlier = await askStore(scene, 'cat-file', 'commit', first.snapshot.commit);
  expect(shapeOf(written)).toBe(shapeOf(earlier));
});

/** A commit without its message and time. */
function shapeOf(commit: string): string {
  return commit.replaceAll(/^(author|committer)(.*) \d+ /gm, '$1$2 ').replace(/\{.*/s, '{');
}

it('is a commit of its own tree after a change, and of the same one again after that', async () => {
  const scene = snapshotScene();
  scene.write('a', 'one');
  await scene.take();
  scene.write('a', 'changed');
  const changed = await scene.take();
  const packs = await packsOf(scene);
  const { snapshot } = await scene.take();
  expect(await packsOf(scene)).toEqual(packs);
  expect(await askStore(scene, 'show', `${snapshot.commit}:files/a`)).toBe('changed');
  expect(await readEntries(await scene.store(), snapshot)).toEqual(
    await readEntries(await scene.store(), changed.snapshot),
  );
});

it('has new rules and what is left out by now, though no file changed', async () => {
  const scene = snapshotScene();
  scene.write('a', 'one');
  scene.write('large', 'x'.repeat(100));
  await scene.take();
  mkdirSync(join(scene.folder, '.git/info'), { recursive: true });
  writeFileSync(join(scene.folder, '.git/info/exclude'), 'ignored\n');
  const ruled = await scene.take();
  expect(await askStore(scene, 'show', `${ruled.snapshot.commit}:excludes`)).toContain('ignored');
  const limits = { fileBytes: 50, totalBytes: 1_000 };
  scene.write('large', 'y'.repeat(100));
  const partial = await scene.take({}, { limits });
  const again = await scene.take({}, { limits });
  for (const { snapshot } of [partial, again]) expect(snapshot.isPartial).toBe(true);
  expect(await askStore(scene, 'show', `${again.snapshot.commit}:left-out`)).toContain('large');
});

it('reads all files again where the pack with its tree is gone', async () => {
  const scene = snapshotScene();
  scene.write('a', 'one');
  await scene.take();
  const { folder } = await scene.store();
  renameSync(`${folder}/${PACKS}`, `${folder}/elsewhere`);
  mkdirSync(`${folder}/${PACKS}`);
  const { snapshot } = await scene.take();
  expect(await askStore(scene, 'show', `${snapshot.commit}:files/a`)).toBe('one');
});

it('cleans up what a killed process left of one, a minute later', async () => {
  const scene = snapshotScene();
  scene.write('a', 'one');
  await scene.take();
  const { folder } = await scene.store();
  const drafts = ['ref-draft-0123456789', 'objects/tmp_obj_0123456789'];
  for (const name of drafts) writeFileSync(`${folder}/${name}`, 'half of it', { mode: 0o400 });
  const first = await scene.take();
  for (const name of drafts) expect(existsSync(`${folder}/${name}`)).toBe(true);
  for (const name of drafts) utimesSync(`${folder}/${name}`, 1_000, 1_000);
  const { snapshot } = await scene.take();
  for (const name of drafts) expect(existsSync(`${folder}/${name}`)).toBe(false);
  expect((await listSnapshots(await scene.store())).slice(1)).toEqual([first.snapshot, snapshot]);
});

it('is written by git where its draft is refused, and leaves no draft', async () => {
  const scene = snapshotScene();
  scene.write('a', 'one');
  const { snapshot } = await scene.take();
  const { commit: _own, isPartial: _derived, ...facts } = snapshot;
  const store = await scene.store();
  const tree = await askStore(scene, 'rev-parse', `${snapshot.commit}^{tree}`);
  const order = { ...facts, session: 's', id: '0123456789' };
  writeFileSync(`${store.folder}/${REFS}/s`, ''); // a file where the folder of the session goes
  expect(writeSameTreeCommit(store, order, tree)).toBeUndefined();
  expect(existsSync(`${store.folder}/ref-draft-0123456789`)).toBe(false);
  unlinkSync(`${store.folder}/${REFS}/s`);
  expect(await listSnapshots(store)).toEqual([snapshot]);
  expect(writeSameTreeCommit(store, order, tree)?.ref).toBe(`${REFS}/s/none/0123456789`);
  expect((await listSnapshots(store)).map(({ id }) => id)).toContain('0123456789');
});
