import { lstatSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listFilesBelow } from '../../../lib/core/file-keeper.ts';
import { readEntries, readLeftOut } from '../../../lib/snapshots/read-snapshots.ts';
import { codeScene } from '../../support/code-scene.ts';
import { snapshotScene } from '../../support/snapshot-scene.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const SIZE = 5_000_000_000;
const MAX_KB = 400_000;

/** Programs for a search path, of which git may use no more memory than {@link MAX_KB}. */
function smallGit(path: string | undefined): string {
  const folder = tempFolder();
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const script = `#!/bin/sh\nulimit -v ${MAX_KB}\nexec '${real}' "$@"\n`;
  writeFileSync(join(folder, 'git'), script, { mode: 0o755 });
  return `${folder}:${path}`;
}

/** A file of 5 GB that takes no space: all of it is a hole. */
function grow(path: string): void {
  writeFileSync(path, '', { flag: 'a' });
  truncateSync(path, SIZE);
}

it('leaves a file of 5 GB out, new or tracked, says so, and reads none of it', async () => {
  const scene = snapshotScene();
  const { folder } = scene;
  scene.write('disk.img', 'small');
  scene.write('a', 'one');
  scene.git('add', '.');
  scene.git('commit', '-qm', 'one');
  await scene.take();
  mkdirSync(join(folder, 'build'));
  for (const path of ['disk.img', 'build/core.dump']) grow(join(folder, path));
  scene.write('a', 'two');
  const environment = { ...scene.environment, PATH: smallGit(scene.environment['PATH']) };
  const { snapshot } = await scene.take({}, { environment });
  expect(snapshot).toMatchObject({ leftOut: 2, isPartial: true, bytes: 3 });
  const store = await scene.store();
  expect([...(await readLeftOut(store, snapshot))].toSorted()).toEqual([
    ['build/core.dump', 'too-large'],
    ['disk.img', 'too-large'],
  ]);
  expect([...(await readEntries(store, snapshot)).keys()]).toEqual(['a']);
  const stored = listFilesBelow(store.folder, '').reduce((sum, { bytes }) => sum + bytes, 0);
  expect(stored).toBeLessThan(100_000);
});

it('never restores over a file that is too large to be kept, nor removes one', async () => {
  const { root, write, shoot, prepare, restore, text } = codeScene();
  write('disk.img', 'small');
  write('a', 'one');
  const { id } = await shoot();
  for (const path of ['disk.img', 'core.dump']) grow(`${root}/${path}`);
  write('a', 'two');
  await shoot();
  await expect(prepare(id, { removesNew: true })).rejects.toMatchObject({ code: 'RESTORE_FAILED' });
  await restore(id, { paths: ['a'], removesNew: true });
  expect(text('a')).toBe('one');
  for (const path of ['disk.img', 'core.dump']) {
    const found = lstatSync(`${root}/${path}`);
    expect(found.size).toBe(SIZE);
    expect(found.blocks).toBeLessThan(100);
  }
});
