import { DAY_MS, isoTime } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { listFilesBelow } from '../core/file-keeper.ts';
import { fileKinds, NO_LIMITS } from '../retention/keepers.ts';
import type { Database } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** Bytes per part of the state folder, by the size of its files. Field names are a contract. */
export interface DiskUse {
  readonly total: number;
  readonly store: number;
  readonly queue: number;
  readonly log: number;
  readonly throttle: number;
  readonly views: number;
  readonly archive: number;
  /** Launchers, a copy of the package, backups of settings files. */
  readonly installation: number;
  readonly other: number;
}

/** Adds up the files of all keepers. A file that is deleted meanwhile counts as 0. */
export function readDiskUse(folder: StateFolder): DiskUse {
  const use = {
    total: 0,
    store: 0,
    queue: 0,
    log: 0,
    throttle: 0,
    views: 0,
    archive: 0,
    installation: 0,
    other: 0,
  };
  for (const [kind, bytes] of bytesByKind(folder)) {
    use.total += bytes;
    use[partOf(kind, use)] += bytes;
  }
  return use;
}

/** A kind counts to the part that its name begins with. */
function partOf<Part extends string>(
  kind: string,
  parts: Readonly<Record<Part, number>>,
): Part | 'other' {
  const [first = ''] = kind.split('/');
  const isPart = (name: string): name is Part => Object.hasOwn(parts, name) && name !== 'total';
  return isPart(first) ? first : 'other';
}

/** Files that no keeper knows. */
export const UNKNOWN = 'other';

/**
 * Bytes of every kind of files in the state folder, and of those of no kind. One walk, however many
 * kinds there are.
 */
export function bytesByKind(folder: StateFolder): ReadonlyMap<string, number> {
  const kinds = fileKinds(NO_LIMITS, () => undefined);
  const bytes = new Map([...kinds.map(({ name }) => name), UNKNOWN].map((name) => [name, 0]));
  for (const file of listFilesBelow(folder.root, '')) {
    const kind = kinds.find(({ owns }) => owns.test(file.path))?.name ?? UNKNOWN;
    bytes.set(kind, (bytes.get(kind) ?? 0) + file.bytes);
  }
  return bytes;
}

/** What clean-ups of the last week deleted. Field names are a contract. */
export interface RecentCleanUps {
  /** Rows and files. */
  readonly count: number;
  /** By kind, most first. */
  readonly kinds: ReadonlyArray<{ readonly kind: string; readonly count: number }>;
  readonly lastAt: string;
}

const LATELY_MS = 7 * DAY_MS;

/** `undefined`: nothing was too old, and everything within its budget. */
export async function readRecentCleanUps(
  database: Database,
  now: number,
): Promise<RecentCleanUps | undefined> {
  const query = queryBuilder()
    .selectFrom('metrics')
    .select((eb) => ['name', eb.fn.sum<number>('value').as('count'), eb.fn.max('at').as('last')])
    .where('at', '>', now - LATELY_MS)
    .where('worker', '=', 'clean-up')
    .groupBy('name')
    .orderBy('count', 'desc')
    .orderBy('name');
  const rows = await runQuery(database, query);
  if (rows.length === 0) return undefined;
  const kinds = rows.map((row) => ({
    kind: (readTextColumn(row, 'name') ?? '').replace('cleaned/', ''),
    count: readNumberColumn(row, 'count') ?? 0,
  }));
  return {
    count: kinds.reduce((sum, { count }) => sum + count, 0),
    kinds,
    lastAt: isoTime(Math.max(...rows.map((row) => readNumberColumn(row, 'last') ?? 0))),
  };
}
