import { readStore } from './store-view.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { isoTime } from '../core/clock.ts';
import { WaymarkError } from '../core/errors.ts';
import { type StoredPattern, storedPattern } from '../features/failure/stored-patterns.ts';
import type { Database } from '../store/database.ts';

/** One way in which a command fails, as `failures list --json` shows it. Field names are a contract. */
export interface FailureSummary {
  readonly id: string;
  readonly tool: string;
  /** The command, generalised; empty for a failure that names none. */
  readonly pattern: string;
  readonly error: string;
  readonly kind: string;
  readonly scope: 'project' | 'global';
  readonly count: number;
  readonly sessions: number;
  readonly lastError: string;
  /** What worked instead, or `null`. */
  readonly fix: string | null;
  readonly fixCount: number;
  readonly action: string;
  /** Whether the user chose the action. */
  readonly isSet: boolean;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly projects: readonly string[];
}

export interface FailureFilter {
  readonly limit: number;
  /** Absolute path: patterns of this folder or below it, and those that hold everywhere. */
  readonly project?: string;
}

const PAGE = 200;
const IDS = `SELECT id, last_at FROM failure_patterns WHERE (last_at, id) < (?, ?) ORDER BY last_at DESC, id DESC LIMIT ${PAGE}`;

/** Patterns, those that failed latest first. */
export function listPatterns(
  database: Database,
  { limit, project }: FailureFilter,
): readonly StoredPattern[] {
  const found: StoredPattern[] = [];
  let [lastAt, lastId] = [Number.MAX_SAFE_INTEGER, ''];
  for (;;) {
    const page = database.prepare(IDS).all(lastAt, lastId);
    for (const { id, last_at } of page) {
      [lastAt, lastId] = [Number(last_at), String(id)];
      const stored = storedPattern(database, lastId);
      if (stored !== undefined && isIn(stored, project)) found.push(stored);
      if (found.length === limit) return found;
    }
    if (page.length < PAGE) return found;
  }
}

function isIn({ pattern }: StoredPattern, project: string | undefined): boolean {
  return (
    project === undefined ||
    pattern.scope === 'global' ||
    pattern.projects.some((known) => known === project || known.startsWith(`${project}/`))
  );
}

/**
 * The pattern whose id is `wanted` or begins so; `pat_` may be left out.
 * @throws {@link WaymarkError} NOT_FOUND when there is none, USAGE when several begin so.
 */
function findPattern(database: Database, wanted: string): StoredPattern {
  const start = wanted.startsWith('pat_') ? wanted : `pat_${wanted}`;
  const rows = database
    .prepare(
      'SELECT id FROM failure_patterns WHERE id >= ?1 AND substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 5',
    )
    .all(start);
  const found = rows.flatMap((row) => storedPattern(database, String(row['id'])) ?? []);
  const [only] = found;
  if (only === undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot find pattern ${wanted}: no id begins so`, {
      remedy: '`waymark failures list` shows the ids.',
    });
  if (found.length > 1)
    throw new WaymarkError(
      'USAGE',
      `Cannot tell which pattern ${wanted} is: ${found.map(({ pattern }) => pattern.id).join(', ')} begin so`,
      {
        remedy: 'Give more of the id.',
      },
    );
  return only;
}

/** One pattern, by its id or the beginning of it. @throws {@link WaymarkError} NOT_FOUND, USAGE for an ambiguous id. */
export function knownPattern(folder: StateFolder, id: string): StoredPattern {
  const stored = readStore(folder, undefined, (database) => findPattern(database, id));
  if (stored === undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot find pattern ${id}: nothing was learned yet`, {
      remedy: '`waymark failures list` shows the ids.',
    });
  return stored;
}

/** Where a pattern was seen: the folders that people know, without the repositories' own. */
export function foldersOf({ projects }: StoredPattern['pattern']): readonly string[] {
  return projects.filter((project) => !project.endsWith('/.git'));
}

export function summaryOf({ pattern, command }: StoredPattern): FailureSummary {
  const {
    id,
    tool,
    error,
    kind,
    scope,
    count,
    sessions,
    lastError,
    fix,
    action,
    isSet,
    firstAt,
    lastAt,
  } = pattern;
  return {
    ...{
      id,
      tool,
      pattern: command,
      error,
      kind,
      scope,
      count,
      sessions,
      lastError,
      fix: fix?.text ?? null,
      fixCount: fix?.count ?? 0,
      action,
      isSet,
    },
    ...{ firstSeen: isoTime(firstAt), lastSeen: isoTime(lastAt), projects: foldersOf(pattern) },
  };
}
