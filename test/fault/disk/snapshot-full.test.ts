import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { listSnapshots, readContents, readEntries } from '../../../lib/snapshots/read-snapshots.ts';
import { snapshotScene } from '../../support/snapshot-scene.ts';
import { fillSpace, mountTmpfs, noMount } from './mount.ts';

if (noMount !== undefined) console.log(`skipped: a snapshot on a full disk: ${noMount}`);

it.skipIf(noMount !== undefined)(
  'on a disk that fills up in the middle is none, spares those before, and is whole once there is space',
  { timeout: 60_000 },
  async () => {
    const scene = snapshotScene();
    mountTmpfs(scene.stateRoot, 'size=8m');
    scene.write('a', 'one');
    const first = await scene.take();
    const large = [1, 2, 3].map(() => randomBytes(200_000));
    for (const [index, content] of large.entries()) scene.write(`large-${index}`, content);
    const giveBack = fillSpace(scene.stateRoot, 80); // one object fits, the others do not
    await expect(scene.take()).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' });
    const store = await scene.store();
    expect((await listSnapshots(store)).map(({ id }) => id)).toEqual([first.snapshot.id]);
    giveBack();
    const { snapshot } = await scene.take();
    expect(snapshot).toMatchObject({ files: 4, isPartial: false, previous: first.snapshot.id });
    const entries = await readEntries(store, snapshot);
    const oids = [0, 1, 2].map((index) => entries.get(`large-${index}`)?.oid ?? '');
    const contents = await readContents(store, oids);
    expect(contents.map((content, index) => content?.equals(large[index] ?? content))).toEqual([
      ...[true, true, true],
    ]);
  },
);
