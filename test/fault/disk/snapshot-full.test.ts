import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
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
    await expect(scene.take()).rejects.toMatchObject({
      ...{ code: 'SNAPSHOT_FAILED', message: expect.stringContaining('is full') },
    });
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

it.skipIf(noMount !== undefined)(
  'of many files on a full disk says so, and leaves no unfinished packs that fill it',
  { timeout: 60_000 },
  async () => {
    const scene = snapshotScene();
    mountTmpfs(scene.stateRoot, 'size=2m');
    scene.write('a', 'one');
    await scene.take();
    for (let n = 0; n < 150; n += 1) scene.write(`large-${n}`, randomBytes(20_000));
    await expect(scene.take()).rejects.toMatchObject({
      code: 'SNAPSHOT_FAILED',
      message: expect.stringContaining('is full'),
      remedy: expect.stringMatching(/^Free some space/),
    });
    const { folder } = await scene.store();
    const left = readdirSync(`${folder}/objects/pack`).filter((name) => name.startsWith('tmp'));
    expect(left).toEqual([]);
    for (let n = 30; n < 150; n += 1) rmSync(`${scene.folder}/large-${n}`);
    expect((await scene.take()).snapshot).toMatchObject({ files: 31, isPartial: false });
  },
);
