import type { ModelWindows } from '../claude/model-windows.ts';
import { HOUR_MS, isoTime } from '../core/clock.ts';
import { groupBy } from '../core/group-by.ts';
import { readActiveSessions } from '../features/context/active-sessions.ts';
import { CHANGE_KINDS } from '../features/context/table.ts';
import type { Database, Row } from '../store/database.ts';
import { queryBuilder, runQuery } from './builder.ts';
import { readContextFigures } from './context-figures.ts';
import { readNumberColumn, readTextColumn } from './row.ts';

/** How full the context of one session is. Field names are a contract. */
export interface ContextState {
  readonly session: string;
  readonly project: string | null;
  /** `null` after a compaction that did not say what it left, until the next answer. */
  readonly tokens: number | null;
  readonly window: number | null;
  readonly windowSource: string | null;
  readonly percent: number | null;
}

/** What happened to files below one folder. Field names are a contract. */
export interface ProjectActivity {
  readonly project: string;
  readonly created: number;
  readonly modified: number;
  readonly deleted: number;
  readonly moved: number;
  readonly lastAt: string | null;
  /** Folders of the tree that are watched now; `null` when it is not watched. */
  readonly watchedFolders: number | null;
  /** Whether folders were left out, so that the counts are too low. */
  readonly isCut: boolean;
  /** Why the system refused to watch more. */
  readonly trouble: string | null;
}

export { CHANGE_KINDS };

const MAX = 10;

/** How full the contexts of active sessions are, latest session first. */
export async function readContexts(
  database: Database,
  now: number,
  windows: ModelWindows,
): Promise<readonly ContextState[]> {
  const active = readActiveSessions(database, now);
  const ids = active.map(({ id }) => id);
  const contexts = await readContextFigures(database, ids, windows);
  return active
    .flatMap(({ id, project }) => {
      const figures = contexts.get(id);
      if (figures === undefined) return [];
      const { tokens, window, windowSource, percent } = figures;
      return { session: id, project: project ?? null, tokens, window, windowSource, percent };
    })
    .slice(0, MAX);
}

/**
 * Folders with changes in the last hour, latest first, and those that a living worker watches
 * without any.
 */
export async function readActivity(
  database: Database,
  now: number,
  hasWorker: boolean,
): Promise<readonly ProjectActivity[]> {
  const counted = groupBy(await runQuery(database, changeRows(now - HOUR_MS)), projectOf);
  const watched = groupBy(hasWorker ? await runQuery(database, watchedRows()) : [], projectOf);
  const lastAt = (project: string): number =>
    Math.max(...(counted.get(project) ?? []).map((row) => readNumberColumn(row, 'last') ?? 0));
  const changed = [...counted.keys()].sort((one, other) => lastAt(other) - lastAt(one));
  return [...new Set([...changed, ...watched.keys()])].slice(0, MAX).map((project) => {
    const rows = counted.get(project) ?? [];
    const [watch = {}] = watched.get(project) ?? [];
    const [created = 0, modified = 0, deleted = 0, moved = 0] = CHANGE_KINDS.map((kind) =>
      countOf(rows, kind),
    );
    return {
      ...{ project, created, modified, deleted, moved },
      lastAt: rows.length === 0 ? null : isoTime(lastAt(project)),
      watchedFolders: readNumberColumn(watch, 'folders'),
      isCut: watch['is_cut'] === 1,
      trouble: readTextColumn(watch, 'trouble'),
    };
  });
}

/** Changes by folder and kind since a moment. */
function changeRows(since: number) {
  return queryBuilder()
    .selectFrom('file_activity')
    .select((eb) => ['project', 'kind', eb.fn.sum('count').as('n'), eb.fn.max('at').as('last')])
    .where('at', '>=', since)
    .groupBy(['project', 'kind'])
    .orderBy('project');
}

/** The folders that the leading worker says it watches. */
function watchedRows() {
  return queryBuilder()
    .selectFrom('watched_projects')
    .select(['project', 'folders', 'is_cut', 'trouble'])
    .orderBy('project');
}

function projectOf(row: Row): string {
  return readTextColumn(row, 'project') ?? '';
}

function countOf(rows: readonly Row[], kind: string): number {
  return readNumberColumn(rows.find((row) => row['kind'] === kind) ?? {}, 'n') ?? 0;
}
