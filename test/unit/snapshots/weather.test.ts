import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { callStoreGit } from '../../../lib/git/store-git.ts';
import { compactStore } from '../../../lib/snapshots/compact-store.ts';
import { createStoreGit, findStore, openStore } from '../../../lib/snapshots/open-store.ts';
import {
  listSnapshots,
  readContents,
  readEntries,
  readLeftOut,
} from '../../../lib/snapshots/read-snapshots.ts';
import type { Snapshot } from '../../../lib/snapshots/snapshot.ts';
import { readTreeRules } from '../../../lib/snapshots/ignore-rules.ts';
import { readNested } from '../../../lib/snapshots/nested.ts';
import { findWorkTree, type FindWorkTreeOptions } from '../../../lib/snapshots/work-tree.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';

async function entriesOf(scene: SnapshotScene, snapshot: Snapshot) {
  return await readEntries(await scene.store(), snapshot);
}

async function textOf(scene: SnapshotScene, snapshot: Snapshot, path: string): Promise<string> {
  const oid = (await entriesOf(scene, snapshot)).get(path)?.oid ?? '';
  return String((await readContents(await scene.store(), [oid]))[0]);
}

it('takes none of a home folder, of one above it, of the disk, and of the state folder', async () => {
  const scene = snapshotScene();
  const { stateRoot, environment, folder } = scene;
  const home = String(environment['HOME']);
  execFileSync('git', ['init', '-q', home], { env: environment });
  for (const path of [home, '/', dirname(home), stateRoot])
    await expect(
      findWorkTree(path, { environment, stateRoot, mayBePlain: true }),
      path,
    ).rejects.toMatchObject({ code: 'SNAPSHOT_REFUSED' });
  // nobody is told to run `git init` there
  rmSync(join(home, '.git'), { recursive: true });
  for (const path of [home, '/', stateRoot])
    await expect(findWorkTree(path, { environment, stateRoot }), path).rejects.toMatchObject({
      remedy: 'Work in the folder of one project.',
    });
  await expect(
    findWorkTree(join(folder, 'gone'), { environment, stateRoot }),
  ).rejects.toMatchObject({ code: 'SNAPSHOT_REFUSED' });
});

it('takes one of a folder without git only when that is asked for', async () => {
  const scene = snapshotScene(false);
  const { stateRoot, environment, folder } = scene;
  scene.write('a', 'one');
  const asked = findWorkTree(folder, { environment, stateRoot });
  await expect(asked).rejects.toMatchObject({ code: 'SNAPSHOT_REFUSED' });
  expect([...(await entriesOf(scene, (await scene.take()).snapshot)).keys()]).toEqual(['a']);
});

it('loses nothing to a gc of the repository after a rebase', async () => {
  const scene = snapshotScene();
  for (const text of ['one', 'two', 'three']) {
    scene.write('a', text);
    scene.git('add', '.');
    scene.git('commit', '-qm', text);
  }
  const { snapshot } = await scene.take();
  scene.git('reset', '-q', '--hard', 'HEAD~2');
  scene.git('reflog', 'expire', '--expire=now', '--all');
  scene.git('gc', '-q', '--prune=now');
  expect(await textOf(scene, snapshot, 'a')).toBe('three');
  const parts = { signal: new AbortController().signal, clock: () => Date.now() };
  expect(await compactStore(await scene.store(), 'whole', parts)).toBe('done');
  expect(await textOf(scene, snapshot, 'a')).toBe('three');
});

it('leaves large files out, says so, and has no older content in their place', async () => {
  const scene = snapshotScene();
  scene.write('data', 'small');
  scene.write('kept', 'k');
  await scene.take();
  scene.write('data', 'x'.repeat(2_000));
  const limits = { fileBytes: 1_000, totalBytes: 10_000 };
  const { snapshot } = await scene.take({}, { limits });
  expect(snapshot).toMatchObject({ isPartial: true, leftOut: 1 });
  expect([...(await entriesOf(scene, snapshot)).keys()]).toEqual(['kept']);
  expect([...(await readLeftOut(await scene.store(), snapshot))]).toEqual([['data', 'too-large']]);
});

it('takes what changed last when there is too much, and the rest with the next snapshots', async () => {
  const scene = snapshotScene();
  for (const name of ['a', 'b', 'c']) scene.write(name, name.repeat(60));
  const limits = { fileBytes: 1_000, totalBytes: 130 };
  const first = await scene.take({}, { limits });
  expect(first.snapshot).toMatchObject({ files: 2, leftOut: 1 });
  const second = await scene.take({}, { limits });
  expect(second.snapshot).toMatchObject({ files: 3, leftOut: 0 });
});

it('ends between two portions when there is no time, and goes on with the next snapshot', async () => {
  const scene = snapshotScene();
  for (let n = 0; n < 2_100; n += 1) scene.write(`f${n}`, `${n}`);
  const first = await scene.take({}, { pause: async () => false });
  expect(first.snapshot).toMatchObject({ files: 2_000, leftOut: 100 });
  const second = await scene.take({}, { pause: async () => false });
  expect(second.snapshot).toMatchObject({ files: 2_100, leftOut: 0 });
  const entries = await entriesOf(scene, second.snapshot);
  expect(
    [...entries.values()].every((one) => one.kind === 'file' && one.mtimeNs !== undefined),
  ).toBe(true);
});

it('has submodules and nested repositories as their commits, and their files once they are none any more', async () => {
  const scene = snapshotScene();
  scene.write('nested/a', 'one');
  const inside = (...args: string[]) => scene.git('-C', 'nested', ...args);
  inside('init', '-q', '-b', 'main');
  expect((await scene.take()).snapshot.leftOut).toBe(1);
  inside('add', '.');
  inside('commit', '-qm', 'one');
  const { snapshot } = await scene.take();
  const commit = inside('rev-parse', 'HEAD').trim();
  expect((await entriesOf(scene, snapshot)).get('nested')).toEqual({ kind: 'nested', oid: commit });
  rmSync(join(scene.folder, 'nested/.git'), { recursive: true });
  const later = (await scene.take()).snapshot;
  expect([...(await entriesOf(scene, later)).keys()]).toEqual(['nested/a']);
});

it('runs no filter, hook or program that the repository names, and stores bytes as they are', async () => {
  const scene = snapshotScene();
  const trap = join(scene.folder, '../trap');
  const spring = `touch ${trap}; cat`;
  for (const key of ['filter.x.clean', 'filter.x.process', 'core.fsmonitor', 'diff.x.textconv'])
    scene.git('config', key, spring);
  scene.git('config', 'core.autocrlf', 'true');
  scene.write(
    '.gitattributes',
    '* text eol=lf filter=x diff=x ident working-tree-encoding=UTF-16\n',
  );
  scene.write('a', 'one\r\n$Id: 1 $\r\n');
  const { snapshot } = await scene.take();
  expect(await textOf(scene, snapshot, 'a')).toBe('one\r\n$Id: 1 $\r\n');
  expect(lstatSync(trap, { throwIfNoEntry: false })).toBeUndefined();
});

it('follows no link, counts pipes, and takes names of any bytes', async () => {
  const scene = snapshotScene();
  const outside = join(scene.folder, '../outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 's');
  symlinkSync('../outside', join(scene.folder, 'link'));
  execFileSync('mkfifo', [join(scene.folder, 'pipe')]);
  const name = Buffer.from([0x61, 0xff, 0x0a, 0x62]);
  writeFileSync(Buffer.concat([Buffer.from(`${scene.folder}/`), name]), 'odd');
  const { snapshot } = await scene.take();
  const entries = await entriesOf(scene, snapshot);
  expect([...entries.keys()].toSorted()).toEqual([name.toString('latin1'), 'link'].toSorted());
  expect(entries.get('link')).toMatchObject({ kind: 'link' });
});

it('works with a locked index, in a merge, in a linked work tree, and keeps tracked files that are ignored', async () => {
  const scene = snapshotScene();
  scene.write('.gitignore', 'a\n');
  scene.write('a', 'one');
  scene.git('add', '-f', '.');
  scene.git('commit', '-qm', 'one');
  writeFileSync(join(scene.folder, '.git/index.lock'), '');
  writeFileSync(join(scene.folder, '.git/MERGE_HEAD'), '');
  const { snapshot } = await scene.take();
  expect(snapshot.underWay).toBe('merge');
  expect([...(await entriesOf(scene, snapshot)).keys()].toSorted()).toEqual(['.gitignore', 'a']);
  rmSync(join(scene.folder, '.git/index.lock'));
  rmSync(join(scene.folder, '.git/MERGE_HEAD'));
  const linked = join(scene.folder, '../linked');
  scene.git('worktree', 'add', '-q', '-b', 'other', linked);
  const { stateRoot, environment } = scene;
  const tree = await findWorkTree(linked, { stateRoot, environment });
  expect(tree.path).toBe(linked);
  expect(tree.repository?.commonDir).toBe(join(scene.folder, '.git'));
});

it('begins anew after its index was broken, and after the repository was made anew', async () => {
  const scene = snapshotScene();
  scene.write('a', 'one');
  await scene.take();
  writeFileSync(join((await scene.store()).folder, 'index'), 'no index');
  expect((await scene.take()).snapshot.files).toBe(1);
  renameSync(join(scene.folder, '.git'), join(scene.folder, '../old.git'));
  scene.git('init', '-q');
  scene.write('b', 'two');
  const { snapshot } = await scene.take();
  expect([...(await entriesOf(scene, snapshot)).keys()]).toEqual(['a', 'b']);
});

it('makes an index whole that an earlier version split, and begins anew where a part of it is lost', async () => {
  const scene = snapshotScene();
  for (const name of ['a', 'b', 'c']) scene.write(name, name);
  await scene.take();
  const store = await scene.store();
  const parts = (): readonly string[] =>
    readdirSync(store.folder).filter((name) => name.startsWith('sharedindex'));
  const split = async (): Promise<void> => {
    await callStoreGit(createStoreGit(store), ['update-index', '--split-index']);
    expect(parts()).toHaveLength(1);
  };
  await split();
  for (let n = 0; n < 150; n += 1) scene.write(`many/${n}`, `${n}`);
  expect((await scene.take()).snapshot).toMatchObject({ files: 153, isPartial: false });
  scene.write('b', 'changed');
  await scene.take();
  expect(parts()).toEqual([]);
  await split();
  for (const name of parts()) rmSync(join(store.folder, name));
  scene.write('c', 'changed');
  const { snapshot } = await scene.take();
  expect(snapshot).toMatchObject({ files: 153, isPartial: false });
  expect(await textOf(scene, snapshot, 'c')).toBe('changed');
});

it('says that git is missing, and ends at a signal', async () => {
  const scene = snapshotScene(false);
  scene.write('a', 'one');
  const without = { environment: { ...scene.environment, PATH: '/nowhere' } };
  await expect(scene.take({}, without)).rejects.toMatchObject({
    ...{ code: 'SNAPSHOT_FAILED', remedy: 'Install git 2.30 or later.' },
  });
  const signal = AbortSignal.abort(new Error('the worker stops'));
  await expect(scene.take({}, { signal })).rejects.toThrow('the worker stops');
});

it('names what is wrong with a repository that git does not read, and what helps', async () => {
  const { environment, stateRoot, folder } = snapshotScene();
  const find = (more: Partial<FindWorkTreeOptions> = {}) =>
    findWorkTree(folder, { environment, stateRoot, ...more });
  await expect(find({ gitLimits: { timeMs: 0 } })).rejects.toMatchObject({
    ...{ code: 'SNAPSHOT_FAILED', message: expect.stringContaining('did not answer within') },
    remedy: expect.stringMatching(/^Try again when the machine is less busy/),
  });
  await expect(find({ environment: { PATH: '/nowhere' } })).rejects.toMatchObject({
    ...{ code: 'SNAPSHOT_FAILED', remedy: 'Install git 2.30 or later.' },
  });
  writeFileSync(join(folder, '.git/config'), '[core');
  await expect(find()).rejects.toMatchObject({
    ...{ code: 'SNAPSHOT_REFUSED', message: expect.stringContaining('git says "bad config line') },
    remedy: `Run \`git -C ${folder} status\` to see why.`,
  });
});

it('has no snapshot by other rules than those of the user where git is too slow to tell them', async () => {
  const { environment, stateRoot, folder } = snapshotScene();
  const tree = await findWorkTree(folder, { environment, stateRoot });
  await expect(readTreeRules(tree, environment, stateRoot, { timeMs: 0 })).rejects.toMatchObject({
    ...{ code: 'SNAPSHOT_FAILED', message: expect.stringContaining('did not answer within') },
  });
  expect(await readTreeRules(tree, environment, stateRoot)).toMatchObject({ areModesKept: true });
});

it('waits for no pipe in the place of the index of a repository', async () => {
  const scene = snapshotScene();
  scene.write('a', 'one');
  execFileSync('mkfifo', [join(scene.folder, '.git/index')]);
  expect((await scene.take()).snapshot).toMatchObject({ files: 1 });
});

it('names the work tree of a repository that has it elsewhere', async () => {
  const { environment, stateRoot, folder, git } = snapshotScene();
  const elsewhere = join(folder, '../elsewhere');
  mkdirSync(elsewhere);
  git('config', 'core.worktree', elsewhere);
  await expect(findWorkTree(folder, { environment, stateRoot })).rejects.toMatchObject({
    ...{ code: 'SNAPSHOT_REFUSED', message: expect.stringContaining('its work tree is /') },
  });
});

it('keeps tracked files that are ignored while git does not read the index, and asks again', async () => {
  const scene = snapshotScene();
  scene.write('.gitignore', 'a\nb\n');
  scene.write('a', 'one');
  scene.git('add', '-f', '.');
  await scene.take();
  const index = join(scene.folder, '.git/index');
  renameSync(index, `${index}.good`);
  writeFileSync(index, 'no index');
  const paths = async () =>
    [...(await entriesOf(scene, (await scene.take()).snapshot)).keys()].toSorted();
  expect(await paths()).toEqual(['.gitignore', 'a']);
  renameSync(`${index}.good`, index);
  scene.git('rm', '-q', '--cached', 'a');
  expect(await paths()).toEqual(['.gitignore']);
});

it('asks no more nested repositories for their commit after one in which git waits', async () => {
  const scene = snapshotScene();
  for (const name of ['x', 'y']) scene.git('init', '-q', name);
  const found = await readNested(await scene.store(), ['x', 'y'], undefined, 0);
  expect([...found.unknown]).toEqual([
    ['x', 'no-time'],
    ['y', 'no-time'],
  ]);
});

it('has the snapshots of a repository that was moved, and none for a copy of one', async () => {
  const scene = snapshotScene();
  const { environment, stateRoot, folder } = scene;
  const place = { environment, stateRoot };
  scene.write('a', 'one');
  const { snapshot } = await scene.take();
  const [moved, copied] = [`${folder}-moved`, `${folder}-copied`];
  execFileSync('cp', ['-a', folder, copied]);
  expect(findStore(await findWorkTree(copied, place), place)).toBeUndefined();
  renameSync(folder, moved);
  const tree = await findWorkTree(moved, place);
  const store = findStore(tree, place);
  expect(store?.workTree).toBe(moved);
  expect(store && (await listSnapshots(store))).toMatchObject([{ id: snapshot.id }]);
  expect(await openStore(tree, place)).toMatchObject({ workTree: moved, isRecloned: false });
  expect(readdirSync(join(stateRoot, 'snapshots'))).toHaveLength(1);
});
