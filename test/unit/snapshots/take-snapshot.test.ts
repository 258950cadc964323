import { chmodSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  compareSnapshots,
  listSnapshots,
  readContents,
  readEntries,
} from '../../../lib/snapshots/read-snapshots.ts';
import { snapshotScene, type SnapshotScene } from '../../support/snapshot-scene.ts';

async function pathsNow(scene: SnapshotScene): Promise<readonly string[]> {
  const { snapshot } = await scene.take();
  return [...(await readEntries(await scene.store(), snapshot)).keys()];
}

it('has tracked and untracked files, links, permissions and times, but nothing ignored', async () => {
  const scene = snapshotScene();
  scene.write('a/tracked.txt', 'one\r\n');
  scene.write('.gitignore', 'ignored\n');
  scene.git('add', '.');
  scene.git('commit', '-qm', 'one');
  scene.write('a/new.sh', 'echo\n');
  chmodSync(join(scene.folder, 'a/new.sh'), 0o750);
  utimesSync(join(scene.folder, 'a/new.sh'), 1000, 1234.5);
  scene.write('ignored', 'secret');
  symlinkSync('/etc/passwd', join(scene.folder, 'link'));
  const { snapshot, isNew } = await scene.take({ session: 's-1', prompt: 'p-1', cause: 'prompt' });
  expect(isNew).toBe(true);
  expect(snapshot).toMatchObject({
    session: 's-1',
    files: 4,
    isPartial: false,
    counts: { added: 4, changed: 0, removed: 0 },
  });
  const store = await scene.store();
  const entries = await readEntries(store, snapshot);
  expect([...entries.keys()].toSorted()).toEqual([
    '.gitignore',
    'a/new.sh',
    'a/tracked.txt',
    'link',
  ]);
  expect(entries.get('a/new.sh')).toMatchObject({
    kind: 'file',
    mode: 0o750,
    mtimeNs: '1234500000000',
  });
  const oids = ['a/tracked.txt', 'link'].map((path) => entries.get(path)?.oid ?? '');
  expect((await readContents(store, oids)).map(String)).toEqual(['one\r\n', '/etc/passwd']);
});

it('takes what changed since, and counts it', async () => {
  const scene = snapshotScene();
  for (const name of ['a', 'b', 'c/d']) scene.write(name, name);
  await scene.take();
  scene.write('a', 'changed');
  unlinkSync(join(scene.folder, 'b'));
  scene.write('e', 'new');
  const { snapshot } = await scene.take();
  expect(snapshot.counts).toEqual({ added: 1, changed: 1, removed: 1 });
  const store = await scene.store();
  const [first, second] = await listSnapshots(store);
  if (first === undefined || second === undefined) throw new Error('two were taken');
  expect([first.isPartial, second.id, second.previous]).toEqual([false, snapshot.id, first.id]);
  expect(await compareSnapshots(store, first, second)).toEqual([
    { status: 'M', path: 'a' },
    { status: 'D', path: 'b' },
    { status: 'A', path: 'e' },
  ]);
  expect(await pathsNow(scene)).toEqual(['a', 'c/d', 'e']);
});

it('has a file no more once it is ignored, and again once it is not', async () => {
  const scene = snapshotScene();
  scene.write('kept', 'k');
  scene.write('log', 'l');
  expect(await pathsNow(scene)).toEqual(['kept', 'log']);
  scene.write('.gitignore', 'log\n');
  expect(await pathsNow(scene)).toEqual(['.gitignore', 'kept']);
  scene.write('.gitignore', '');
  expect(await pathsNow(scene)).toEqual(['.gitignore', 'kept', 'log']);
});
