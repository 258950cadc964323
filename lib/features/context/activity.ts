import { numberField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';

/** What can happen to a file. */
export const CHANGE_KINDS = ['created', 'modified', 'deleted', 'moved'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Changes of one kind in one folder within one minute. */
export interface ChangeCount {
  readonly project: string;
  /** Start of the minute, milliseconds since the epoch. */
  readonly minute: number;
  readonly kind: ChangeKind;
  readonly count: number;
}

/** What happened to the files of a folder. */
export type Activity = Readonly<Record<ChangeKind, number>> & {
  /** Start of the minute of the last change, milliseconds since the epoch. */
  readonly lastAt: number;
};

/** A folder whose tree is being watched. */
export interface WatchedProject {
  readonly project: string;
  /** Folders of the tree that are watched. */
  readonly folders: number;
  /** Whether some were left out, because there are too many or the system allows no more. */
  readonly isCut: boolean;
  /** Why, if the system said so. */
  readonly trouble: string | null;
}

/** Adds counts to those of the store. Call it inside a transaction. */
export function addActivity(database: Database, counts: readonly ChangeCount[]): void {
  const add =
    database.prepare(`INSERT INTO file_activity (project, at, kind, count) VALUES (?, ?, ?, ?)
    ON CONFLICT (project, at, kind) DO UPDATE SET count = count + excluded.count`);
  for (const { project, minute, kind, count } of counts) add.run(project, minute, kind, count);
}

/** What happened in a folder since then; `undefined` when nothing did. */
export function projectActivity(
  database: Database,
  project: string,
  since: number,
): Activity | undefined {
  const rows = database
    .prepare(
      'SELECT kind, sum(count) AS n, max(at) AS last FROM file_activity WHERE project = ? AND at >= ? GROUP BY kind',
    )
    .all(project, since);
  if (rows.length === 0) return undefined;
  const of = (kind: ChangeKind): number =>
    numberField(rows.find((row) => row['kind'] === kind) ?? {}, 'n') ?? 0;
  const lastAt = Math.max(...rows.map((row) => numberField(row, 'last') ?? 0));
  return {
    created: of('created'),
    modified: of('modified'),
    deleted: of('deleted'),
    moved: of('moved'),
    lastAt,
  };
}

/** Says which folders are watched from now on, in place of what was said before. Call it inside a transaction. */
export function saveWatched(
  database: Database,
  watched: readonly WatchedProject[],
  now: number,
): void {
  database.exec('DELETE FROM watched_projects');
  const insert = database.prepare(
    'INSERT INTO watched_projects (project, folders, is_cut, trouble, at) VALUES (?, ?, ?, ?, ?)',
  );
  for (const { project, folders, isCut, trouble } of watched)
    insert.run(project, folders, isCut ? 1 : 0, trouble, now);
}
