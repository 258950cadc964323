import { chmodSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compactStore } from '../../../lib/snapshots/compact-store.ts';
import {
  listSnapshots,
  readContents,
  readEntries,
  readLeftOut,
} from '../../../lib/snapshots/read-snapshots.ts';
import type { Losses } from '../../../lib/snapshots/store-damage.ts';
import type { Snapshot } from '../../../lib/snapshots/snapshot.ts';
import { hasDamage, markForRepair } from '../../../lib/snapshots/store-damage.ts';
import { TO_COMPACT } from '../../../lib/snapshots/retention.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';

const FILES = 120; // so many go straight into a pack

/** A store whose first snapshot has a pack of file contents, and whose second one has a small one. */
async function storeOfTwo() {
  const scene = snapshotScene();
  for (let n = 0; n < FILES; n += 1) scene.write(`d${n % 3}/f${n}`, `content ${n}\n`);
  const first = (await scene.take()).snapshot;
  const { folder } = await scene.store();
  const list = (): readonly string[] => readdirSync(join(folder, 'objects/pack'));
  const before = list();
  scene.write('d1/f1', 'changed once\n');
  const second = (await scene.take()).snapshot;
  scene.write('d1/f1', 'changed twice\n');
  const keep = before.find((name) => name.endsWith('.keep')) ?? 'none';
  const own = list().find((name) => name.endsWith('.pack') && !before.includes(name)) ?? 'none';
  return {
    ...{ scene, first, second, folder },
    contents: join(folder, 'objects/pack', keep.replace(/keep$/, 'pack')),
    small: join(folder, 'objects/pack', own),
  };
}

function edit(path: string, change: (bytes: Buffer) => Buffer): void {
  chmodSync(path, 0o600);
  writeFileSync(path, change(readFileSync(path)));
}

/** Takes a snapshot. @returns what was lost, if the store was repaired. */
async function takeAndRepair(scene: SnapshotScene): Promise<Losses | undefined> {
  let losses: Losses | undefined;
  const { snapshot } = await scene.take({}, { onRepair: (found) => (losses = found) });
  expect(snapshot).toMatchObject({ files: FILES, isPartial: false });
  await expectReadable(scene, snapshot);
  expect(hasDamage(await scene.store())).toBe(false);
  const parts = { signal: new AbortController().signal, clock: () => Date.now() };
  expect(await compactStore(await scene.store(), 'whole', parts)).toBe('done');
  await expectReadable(scene, snapshot);
  return losses;
}

async function expectReadable(
  scene: SnapshotScene,
  snapshot: Pick<Snapshot, 'commit'>,
): Promise<ReadonlyMap<string, string>> {
  const store = await scene.store();
  const entries = [...(await readEntries(store, snapshot))];
  const contents = await readContents(
    store,
    entries.map(([, { oid }]) => oid),
  );
  expect(contents.every((content) => content !== undefined)).toBe(true);
  return new Map(entries.map(([path], index) => [path, String(contents[index])]));
}

type Scene = Awaited<ReturnType<typeof storeOfTwo>>;

it('gives a pack its index again, and needs nothing else', async () => {
  const found = await storeOfTwo();
  rmSync(found.contents.replace(/pack$/, 'idx'));
  expect(hasDamage(found)).toBe(true);
  const { snapshot } = await found.scene.take();
  expect(snapshot.previous).toBe(found.second.id);
  expect(await takeAndRepair(found.scene)).toBeUndefined();
  for (const one of [found.first, found.second]) await expectReadable(found.scene, one);
});

it.each<[string, (found: Scene) => void]>([
  ['without HEAD', ({ folder }) => writeFileSync(join(folder, 'HEAD'), '')],
  ['without settings', ({ folder }) => rmSync(join(folder, 'config'))],
])('repairs a store %s, without a loss', async (_what, damage) => {
  const found = await storeOfTwo();
  damage(found);
  expect(hasDamage(found)).toBe(true);
  expect(await takeAndRepair(found.scene)).toEqual({ snapshots: 0, partial: 0 });
  for (const snapshot of [found.first, found.second]) await expectReadable(found.scene, snapshot);
});

it('takes snapshots again in a store whose objects are gone, and says what it lost', async () => {
  const { scene, folder } = await storeOfTwo();
  rmSync(join(folder, 'objects'), { recursive: true });
  expect(await takeAndRepair(scene)).toEqual({ snapshots: 2, partial: 0 });
  expect(await listSnapshots(await scene.store())).toHaveLength(1);
});

it('names the snapshots again in a store whose refs are gone, by their commits', async () => {
  const { scene, folder, first, second } = await storeOfTwo();
  const changed = (await scene.take()).snapshot;
  const { snapshot } = await scene.take({ session: 's', prompt: 'p' }); // a single object
  rmSync(join(folder, 'refs'), { recursive: true });
  expect(await takeAndRepair(scene)).toEqual({ snapshots: 0, partial: 0 });
  const kept = await listSnapshots(await scene.store());
  expect(kept.slice(0, -1)).toEqual([first, second, changed, snapshot]);
  for (const one of kept) await expectReadable(scene, one);
});

it('says that snapshots are lost whose refs are gone while deleted ones are still there', async () => {
  const { scene, folder } = await storeOfTwo();
  rmSync(join(folder, 'refs'), { recursive: true });
  writeFileSync(join(folder, TO_COMPACT), '');
  expect(await takeAndRepair(scene)).toEqual({ snapshots: 2, partial: 0 });
  expect(await listSnapshots(await scene.store())).toHaveLength(1);
});

it('says that the latest snapshot is lost whose ref and commit are gone', async () => {
  const { scene, folder } = await storeOfTwo();
  await scene.take();
  const { commit } = (await scene.take()).snapshot; // a single object
  rmSync(join(folder, 'objects', commit.slice(0, 2), commit.slice(2)));
  rmSync(join(folder, 'refs'), { recursive: true });
  expect(await takeAndRepair(scene)).toEqual({ snapshots: 1, partial: 0 });
});

it.each<[string, (bytes: Buffer) => Buffer]>([
  ['was emptied', () => Buffer.alloc(0)],
  ['was filled with zeros', (bytes) => Buffer.alloc(bytes.length)],
  ['was cut', (bytes) => bytes.subarray(0, bytes.length / 2)],
])(
  'stores the content of files again after its pack %s, where they still have it',
  async (_what, change) => {
    const { scene, contents, folder, second, first } = await storeOfTwo();
    edit(contents, change);
    expect(hasDamage({ folder })).toBe(true);
    expect((await takeAndRepair(scene))?.snapshots).toBe(0);
    const kept = await expectReadable(scene, second);
    expect([kept.size, kept.get('d1/f1')]).toEqual([FILES, 'changed once\n']);
    const left = (await listSnapshots(await scene.store())).find(({ id }) => id === first.id);
    // d1/f1 of the first snapshot is nowhere else
    if (left?.isPartial !== true) expect(left?.files).toBe(FILES);
    else expect([...(await readLeftOut(await scene.store(), left))]).toEqual([['d1/f1', 'lost']]);
  },
);

it('loses only the snapshot whose own pack is gone, and says so', async () => {
  const { scene, small, folder } = await storeOfTwo();
  rmSync(small);
  rmSync(small.replace(/pack$/, 'idx'));
  markForRepair({ folder });
  expect(await takeAndRepair(scene)).toEqual({ snapshots: 1, partial: 0 });
});

it('makes a snapshot partial that lost the content of a file, and keeps the rest of it', async () => {
  const { scene, first, contents, folder } = await storeOfTwo();
  const oid = (await readEntries(await scene.store(), first)).get('d1/f1')?.oid ?? '';
  const index = scene.git('--git-dir', folder, 'verify-pack', '-v', contents).split('\n');
  const offset = Number(index.find((line) => line.startsWith(oid))?.split(/ +/)[4]);
  edit(contents, (bytes) => {
    const at = offset + 8;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x55, at);
    return bytes;
  });
  expect(hasDamage({ folder })).toBe(false); // one byte shows only when it is read
  await expect(expectReadable(scene, first)).rejects.toThrow();
  markForRepair({ folder });
  expect(await takeAndRepair(scene)).toEqual({ snapshots: 0, partial: 1 });
  const left = (await listSnapshots(await scene.store())).find(({ id }) => id === first.id);
  expect(left).toMatchObject({ isPartial: true, files: FILES - 1, leftOut: 1 });
  if (left === undefined) return;
  expect([...(await readLeftOut(await scene.store(), left))]).toEqual([['d1/f1', 'lost']]);
  const kept = await expectReadable(scene, left);
  expect([kept.size, kept.has('d1/f1'), kept.get('d2/f2')]).toEqual([
    FILES - 1,
    false,
    'content 2\n',
  ]);
});

it('takes no single object for stored that a crash left empty', async () => {
  const scene = snapshotScene();
  scene.write('a', 'one\n');
  const { snapshot } = await scene.take();
  const { folder } = await scene.store();
  const oid = (await readEntries(await scene.store(), snapshot)).get('a')?.oid ?? '';
  const path = join(folder, 'objects', oid.slice(0, 2), oid.slice(2));
  chmodSync(path, 0o600);
  truncateSync(path);
  markForRepair({ folder });
  await scene.take();
  expect([...(await expectReadable(scene, snapshot)).values()]).toEqual(['one\n']);
});
