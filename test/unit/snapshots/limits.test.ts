import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { closedFoldersIn } from '../../../lib/snapshots/list-changes.ts';
import { snapshotLimits } from '../../../lib/snapshots/limits.ts';
import { snapshotScene } from '../../support/snapshot-scene.ts';
import { listSnapshots, readLeftOut } from '../../../lib/snapshots/read-snapshots.ts';

const REPOSITORY = { gitDir: '/g', commonDir: '/g', objectFormat: 'sha1', identity: 'one' };
const LARGE = { snapshotFileSize: 50 << 20, snapshotSize: 1 << 30 };

it('is what the settings say, and less of a folder without git', () => {
  const plain = { repository: undefined };
  expect(snapshotLimits(LARGE, { repository: REPOSITORY })).toEqual({
    ...{ fileBytes: 50 << 20, totalBytes: 1 << 30 },
  });
  expect(snapshotLimits(LARGE, plain)).toEqual({ fileBytes: 10 << 20, totalBytes: 256 << 20 });
  const small = { snapshotFileSize: 1_000, snapshotSize: 9_000 };
  expect(snapshotLimits(small, plain)).toEqual({ fileBytes: 1_000, totalBytes: 9_000 });
});

it('leaves out of a folder without git what is beyond them, and says so', async () => {
  const scene = snapshotScene(false);
  const limits = snapshotLimits(LARGE, { repository: undefined });
  scene.write('data.bin', Buffer.alloc(limits.fileBytes + 1));
  scene.write('fits.bin', Buffer.alloc(limits.fileBytes));
  const { snapshot } = await scene.take({}, { limits });
  expect(snapshot).toMatchObject({ isPartial: true, leftOut: 1, files: 1 });
  const store = await scene.store();
  expect([...(await readLeftOut(store, snapshot))]).toEqual([['data.bin', 'too-large']]);
  expect((await listSnapshots(store)).map(({ isPartial }) => isPartial)).toEqual([true]);
});

it('knows the folders that git may not read from what git says', () => {
  const said = [
    "warning: could not open directory 'a/b c/': Permission denied",
    "warning: could not open directory 'ü': Permission denied",
    'warning: something else',
  ].join('\n');
  expect(closedFoldersIn(said)).toEqual(['a/b c', '\u00c3\u00bc']);
  expect(closedFoldersIn('')).toEqual([]);
});

it.skipIf(process.getuid?.() !== 0)(
  'is partial where a folder is closed to the one who takes it',
  async () => {
    const scene = snapshotScene();
    scene.write('open', 'one');
    scene.write('closed/a', 'two');
    const outside = dirname(scene.folder);
    execFileSync('chown', ['-R', '65534:65534', outside]);
    chownSync(join(scene.folder, 'closed'), 0, 0);
    chmodSync(join(scene.folder, 'closed'), 0o700);
    const uid = process.getuid?.() ?? 0;
    process.seteuid?.(65_534);
    try {
      const { snapshot } = await scene.take();
      expect(snapshot).toMatchObject({ files: 1, isPartial: true });
      const left = await readLeftOut(await scene.store(), snapshot);
      expect([...left]).toEqual([['closed', 'unreadable']]);
    } finally {
      process.seteuid?.(uid);
    }
  },
);
