import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tryHoldStore } from '../../../lib/snapshots/hold-store.ts';
import { findStore } from '../../../lib/snapshots/open-store.ts';
import { listSnapshots, readContents, readEntries } from '../../../lib/snapshots/read-snapshots.ts';
import type { Snapshot } from '../../../lib/snapshots/snapshot.ts';
import { takeSnapshot } from '../../../lib/snapshots/take-snapshot.ts';
import { findWorkTree } from '../../../lib/snapshots/work-tree.ts';
import { snapshotScene } from '../../support/snapshot-scene.ts';

/** A repository with one snapshot, which then makes room for another repository. */
async function scene() {
  const { environment, stateRoot, folder, write, take } = snapshotScene();
  write('a', 'first');
  const { snapshot: first } = await take();
  const old = `${folder}-old`;
  renameSync(folder, old);
  mkdirSync(folder);
  execFileSync('git', ['init', '-q', folder], { env: environment });
  const place = { environment, stateRoot };
  const storeAt = async (path: string) => findStore(await findWorkTree(path, place), place);
  const takeAt = async (path: string, text: string): Promise<Snapshot> => {
    writeFileSync(join(path, 'a'), text);
    const parts = { ...place, clock: Date.now, patienceMs: 5_000 };
    const { snapshot } = await takeSnapshot(
      await findWorkTree(path, place),
      { cause: 'manual' },
      {
        ...{ ...parts, signal: new AbortController().signal },
        limits: { fileBytes: 1_000, totalBytes: 10_000 },
      },
    );
    return snapshot;
  };
  const idsAt = async (path: string): Promise<readonly string[]> => {
    const store = await storeAt(path);
    return store === undefined ? [] : (await listSnapshots(store)).map(({ id }) => id);
  };
  const stores = (): readonly string[] => readdirSync(join(stateRoot, 'snapshots'));
  return { folder, old, first, storeAt, takeAt, idsAt, stores, environment };
}

it('go with a repository that was moved, also when another one has its place', async () => {
  const { folder, old, first, takeAt, idsAt, stores } = await scene();
  expect(await idsAt(old)).toEqual([first.id]);
  expect(await idsAt(folder)).toEqual([]);
  const other = await takeAt(folder, 'other');
  expect(await idsAt(folder)).toEqual([other.id]);
  expect(await idsAt(old)).toEqual([first.id]);
  expect(stores()).toHaveLength(2);
});

it('stay where they are while the other repository continues them', async () => {
  const { folder, old, first, takeAt, idsAt, stores } = await scene();
  const other = await takeAt(folder, 'other');
  expect(await idsAt(folder)).toEqual([first.id, other.id]);
  rmSync(folder, { recursive: true });
  renameSync(old, folder);
  const last = await takeAt(folder, 'last');
  expect(await idsAt(folder)).toEqual([first.id, other.id, last.id]);
  expect(stores()).toHaveLength(1);
});

it('become one where a repository is moved back to a place that has snapshots of another one', async () => {
  const { folder, old, first, storeAt, takeAt, idsAt, stores, environment } = await scene();
  const moved = await takeAt(old, 'moved');
  const other = await takeAt(folder, 'other');
  for (const path of [old, folder]) {
    const restore = `${(await storeAt(path))?.folder}/restores/000001`;
    mkdirSync(restore, { recursive: true });
    writeFileSync(`${restore}/plan.json`, path);
  }
  const held = await storeAt(old);
  rmSync(folder, { recursive: true });
  renameSync(old, folder);
  const lock = tryHoldStore({ folder: held?.folder ?? '' });
  expect(await idsAt(folder)).toEqual([other.id]); // one of them is in use
  lock?.release();
  expect(new Set(await idsAt(folder))).toEqual(new Set([first.id, moved.id, other.id]));
  expect(stores()).toHaveLength(1);
  const last = await takeAt(folder, 'last');
  expect(last.number).toBeGreaterThan(Math.max(moved.number, other.number));
  expect((await idsAt(folder)).at(-1)).toBe(last.id);
  const store = await storeAt(folder);
  if (store === undefined) throw new Error('no store');
  for (const [snapshot, text] of [
    ...[[first, 'first'] as const, [moved, 'moved'] as const],
    ...[[other, 'other'] as const, [last, 'last'] as const],
  ]) {
    const oid = (await readEntries(store, snapshot)).get('a')?.oid ?? '';
    expect(String((await readContents(store, [oid]))[0])).toBe(text);
  }
  const plans = ['000001', '000002'].map((id) =>
    readFileSync(`${store.folder}/restores/${id}/plan.json`, 'utf8'),
  );
  expect(plans).toEqual([folder, old]);
  const fsck = ['--git-dir', store.folder, 'fsck', '--strict'];
  expect(() => execFileSync('git', fsck, { env: environment, stdio: 'pipe' })).not.toThrow();
});
