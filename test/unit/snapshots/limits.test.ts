import { expect, it } from 'vitest';
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
