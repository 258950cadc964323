import { closeSync, fstatSync, lstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { isRealFolder } from '../core/file-keeper.ts';
import { namesIn, readTextOrEmpty } from '../core/files.ts';
import { plural } from '../core/units.ts';
import { PACKS, type SnapshotStore } from './open-store.ts';

/** In a store that could not be read: the next snapshot repairs it. */
export const TO_REPAIR = 'to-repair';

type Folder = Pick<SnapshotStore, 'folder'>;

/** Lets the next snapshot repair the store. */
export function markForRepair({ folder }: Folder): void {
  try {
    writeFileSync(`${folder}/${TO_REPAIR}`, '', { mode: 0o600 });
  } catch {
    // The next failure marks it.
  }
}

/**
 * Whether the store shows damage. Reads the ends of its packs, not their content, so it also finds
 * packs that a crash of the machine cut or emptied, but no single byte that changed.
 */
export function hasDamage({ folder }: Folder): boolean {
  if (lstatSync(`${folder}/${TO_REPAIR}`, { throwIfNoEntry: false }) !== undefined) return true;
  return areSettingsBroken({ folder }) || listBrokenPacks({ folder }).length > 0;
}

/** Whether git would not take the folder for a git directory. */
export function areSettingsBroken({ folder }: Folder): boolean {
  const config = readTextOrEmpty(`${folder}/config`);
  const head = readTextOrEmpty(`${folder}/HEAD`);
  if (FOLDERS.some((name) => !isRealFolder(folder, name))) return true;
  return !/^\[core\]\n[^\0]*repositoryformatversion = \d/.test(config) || !head.startsWith('ref: ');
}

/** Without them git takes a folder for no git directory. */
const FOLDERS = ['objects', 'refs'];

function listBrokenPacks({ folder }: Folder): readonly string[] {
  return listPackPaths({ folder }).filter((path) => !isPackComplete(path));
}

/**
 * Packs without an index: git was killed, or the disk was full, before it was written. Paths
 * without `.pack`.
 */
export function listOrphanPacks({ folder }: Folder): readonly string[] {
  return listPackPaths({ folder }).filter(
    (path) => lstatSync(`${path}.idx`, { throwIfNoEntry: false }) === undefined,
  );
}

/** Paths of all packs, without `.pack`. */
export function listPackPaths({ folder }: Folder): readonly string[] {
  return namesIn(`${folder}/${PACKS}`)
    .filter((name) => /^pack-\w+\.pack$/.test(name))
    .map((name) => `${folder}/${PACKS}/${name.slice(0, -'.pack'.length)}`);
}

/** The index of a pack ends with the checksum of the pack and its own; the pack with its own. */
export function isPackComplete(path: string): boolean {
  const pack = readEnd(`${path}.pack`, SHA256);
  const index = readEnd(`${path}.idx`, 2 * SHA256);
  if (pack === undefined || index === undefined) return false;
  return [SHA1, SHA256].some((length) =>
    pack.subarray(-length).equals(index.subarray(-2 * length, -length)),
  );
}

const SHA1 = 20;
const SHA256 = 32;

function readEnd(path: string, length: number): Buffer | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    if (size < length) return undefined;
    const end = Buffer.alloc(length);
    readSync(file, end, 0, length, size - length);
    return end;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What a damaged store lost for good. */
export interface Losses {
  /** Snapshots of which too much was lost. */
  readonly snapshots: number;
  /** Snapshots that are partial now. */
  readonly partial: number;
}

/** What helps where the store of snapshots cannot be read. */
export const REPAIR_REMEDY =
  '`waymark checkpoint` repairs the saved files as far as possible; `waymark checkpoints` then lists what is left.';

/** What is said after a damaged store was repaired. */
export function describeRepair(workTree: string, { snapshots, partial }: Losses): string {
  const lost = [
    ...(snapshots === 0 ? [] : [`lost ${plural(snapshots, 'snapshot')}`]),
    ...(partial === 0 ? [] : [`lost files of ${plural(partial, 'snapshot')}`]),
  ].join(', ');
  return `The saved files of ${workTree} were damaged and have been repaired: ${lost || 'lost nothing'}`;
}
