import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findWorkTree } from '../../../lib/snapshots/work-tree.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';

// Git opens its files without looking what they are, and waits for what writes into a pipe.

const SOON = { watchMs: 5 };

function makePipe(scene: SnapshotScene, path: string): void {
  execFileSync('mkfifo', [join(scene.folder, path)]);
}

describe('a pipe in the place of a file of the work tree', () => {
  it.each(['.gitignore', 'd/.gitignore', 'd/.gitattributes'])(
    'is named and ends the snapshot: %s',
    async (path) => {
      const scene = snapshotScene();
      scene.write('d/a', 'one');
      makePipe(scene, path);
      await expect(scene.take({}, SOON)).rejects.toMatchObject({
        code: 'SNAPSHOT_FAILED',
        message: `Cannot take a snapshot of ${scene.folder}: ${scene.folder}/${path} is a pipe or a device, and git waits for it`,
        remedy: `Delete it: \`rm ${scene.folder}/${path}\``,
      });
      rmSync(join(scene.folder, path));
      const { snapshot } = await scene.take();
      expect(snapshot.files).toBe(1);
    },
  );

  it('is named when it came after a snapshot', async () => {
    const scene = snapshotScene();
    scene.write('a', 'one');
    await scene.take();
    scene.write('b', 'two');
    makePipe(scene, '.gitignore');
    await expect(scene.take({}, SOON)).rejects.toThrow('.gitignore is a pipe or a device');
    expect(commandLines().filter((line) => line.includes(scene.stateRoot))).toEqual([]);
  });

  it('is what a snapshot leaves out where git does not read it', async () => {
    const scene = snapshotScene();
    scene.write('a', 'one');
    makePipe(scene, 'pipe');
    const { snapshot } = await scene.take({}, SOON);
    expect(snapshot).toMatchObject({ files: 1, leftOut: 0 });
  });
});

describe('what is no file in the place of a file of the repository', () => {
  const KINDS: ReadonlyArray<readonly [string, (path: string) => void]> = [
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    ['a link to a device', (path) => symlinkSync('/dev/zero', path)],
  ];

  it.each(
    KINDS.flatMap(([what, make]) => ['HEAD', 'config'].map((name) => ({ what, name, make }))),
  )('is named, and git is not called: $what as $name', async ({ name, make }) => {
    const scene = snapshotScene();
    const path = join(scene.folder, '.git', name);
    renameSync(path, `${path}.away`);
    make(path);
    await expect(scene.take()).rejects.toMatchObject({
      code: 'SNAPSHOT_REFUSED',
      message: `Cannot save the files of ${scene.folder}: ${path} is a pipe or a device, and git would wait for it`,
    });
  });

  it('is named of a linked work tree, and of the repository that it belongs to', async () => {
    const scene = snapshotScene();
    scene.write('a', 'one');
    scene.git('add', '.');
    scene.git('commit', '-qm', 'first');
    scene.git('worktree', 'add', '-q', '../linked');
    const linked = join(scene.folder, '../linked');
    for (const path of ['.git/worktrees/linked/HEAD', '.git/config']) {
      const at = join(scene.folder, path);
      renameSync(at, `${at}.away`);
      execFileSync('mkfifo', [at]);
      await expect(findWorkTree(linked, scene)).rejects.toThrow(`${at} is a pipe or a device`);
      renameSync(`${at}.away`, at);
    }
  });

  it.each(KINDS)('takes none of the patterns of info/exclude that is %s', async (_, make) => {
    const scene = snapshotScene();
    execFileSync('mkdir', ['-p', join(scene.folder, '.git/info')]);
    make(join(scene.folder, '.git/info/exclude'));
    scene.write('a', 'one');
    expect((await scene.take()).snapshot.files).toBe(1);
  });
});

/** Of all processes; none where the system does not show them. */
function commandLines(): readonly string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [readFileSync(`/proc/${name}/cmdline`, 'utf8')];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
}
