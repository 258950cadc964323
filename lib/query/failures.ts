import { type SqlBool, sql } from 'kysely';
import { isoTime } from '../core/clock.ts';
import { WaymarkError } from '../core/errors.ts';
import { packageVersion } from '../core/package-folder.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { KNOWLEDGE_FORMAT, type KnowledgeEntry } from '../features/failure/knowledge-entry.ts';
import { type StoredPattern, readStoredPatterns } from '../features/failure/stored-patterns.ts';
import { hasFolderName } from '../features/failure/team-knowledge.ts';
import type { Database } from '../store/database.ts';
import { beginsWith, queryBuilder, runQuery } from './builder.ts';
import { queryStore } from './store-view.ts';

export type { StoredPattern };

/**
 * One way in which a command fails, as `failures list --json` shows it. Field names are a contract.
 */
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
  /** What the team adds; `null` where everything was learned on this machine. */
  readonly team: FailureOfTeam | null;
}

export interface FailureOfTeam {
  /** Number of people to whom it happened. */
  readonly people: number;
  /** Whether a person confirmed the fix. */
  readonly confirmed: boolean;
  /** Whether the failure is known on this machine, too, and only the fix is the team's. */
  readonly fixOnly: boolean;
}

export interface FailureFilter {
  readonly limit: number;
  /** Absolute path: patterns of this folder or below it, and those that hold everywhere. */
  readonly project?: string;
}

/** What `failures export` writes. Field names are a contract. */
export interface KnowledgeFile {
  readonly format: typeof KNOWLEDGE_FORMAT;
  readonly waymark: string;
  readonly exportedAt: string;
  readonly patterns: readonly KnowledgeEntry[];
}

/** Patterns that are read together, at the most and at the least. */
const PAGE = 200;
const SMALL_PAGE = 20;

/** Patterns that fit a filter, those that failed latest first. */
export async function listPatterns(
  database: Database,
  { limit, project }: FailureFilter,
): Promise<readonly StoredPattern[]> {
  const found: StoredPattern[] = [];
  let [lastAt, lastId] = [Number.MAX_SAFE_INTEGER, ''];
  for (;;) {
    const size = Math.min(PAGE, Math.max(SMALL_PAGE, limit - found.length));
    const page = await runQuery(database, patternsBefore(lastAt, lastId, size));
    const stored = readStoredPatterns(
      database,
      page.map(({ id }) => String(id)),
    );
    found.push(...stored.filter((pattern) => holdsInProject(pattern, project)));
    if (found.length >= limit || page.length < size) return found.slice(0, limit);
    const last = page.at(-1);
    [lastAt, lastId] = [Number(last?.['last_at']), String(last?.['id'])];
  }
}

/** Own patterns, and those that only the team knows. */
function patternsBefore(at: number, id: string, size: number) {
  const isBefore = () => sql<SqlBool>`(last_at, id) < (${at}, ${id})`;
  const own = queryBuilder().selectFrom('failure_patterns').select('id');
  return queryBuilder()
    .selectFrom('failure_patterns')
    .select(['id', 'last_at'])
    .where(isBefore())
    .unionAll(
      queryBuilder()
        .selectFrom('team_patterns')
        .select(['id', 'last_at'])
        .where(isBefore())
        .where('id', 'not in', own),
    )
    .orderBy('last_at', 'desc')
    .orderBy('id', 'desc')
    .limit(size);
}

/** Calls that failed, whether or not something was learned from them. */
export async function countFailedCalls(database: Database): Promise<number> {
  const query = queryBuilder()
    .selectFrom('operations')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where(sql<SqlBool>`coalesce(hook_outcome, transcript_outcome) = 'failed'`);
  return Number((await runQuery(database, query))[0]?.['n'] ?? 0);
}

/** Whether a pattern holds in a folder: of it, of one below it, or global. */
export function holdsInProject({ pattern }: StoredPattern, project: string | undefined): boolean {
  return (
    project === undefined ||
    pattern.scope === 'global' ||
    pattern.projects.some(
      (known) =>
        known === project || known.startsWith(`${project}/`) || hasFolderName(project, known),
    )
  );
}

/**
 * Returns the pattern whose id is `wanted` or begins so; `pat_` may be left out.
 * @throws {@link WaymarkError} NOT_FOUND for an unknown pattern, USAGE when several ids begin so.
 */
export async function requirePattern(folder: StateFolder, wanted: string): Promise<StoredPattern> {
  const stored = await queryStore<StoredPattern | undefined>(folder, undefined, (database) =>
    findPattern(database, wanted),
  );
  return stored ?? notFound(wanted, 'nothing was learned yet');
}

async function findPattern(database: Database, wanted: string): Promise<StoredPattern> {
  const start = wanted.startsWith('pat_') ? wanted : `pat_${wanted}`;
  const begins = (table: 'failure_patterns' | 'team_patterns') =>
    queryBuilder()
      .selectFrom(table)
      .select('id')
      .where(beginsWith(sql.ref('id'), start))
      .orderBy('id')
      .limit(5);
  const rows = [
    ...(await runQuery(database, begins('failure_patterns'))),
    ...(await runQuery(database, begins('team_patterns'))),
  ];
  const found = readStoredPatterns(database, [...new Set(rows.map((row) => String(row['id'])))]);
  const [only] = found;
  if (only === undefined) return notFound(wanted, 'no id begins with it');
  if (found.length > 1)
    throw new WaymarkError(
      'USAGE',
      `Cannot choose a pattern for ${wanted}: ${found.map(({ pattern }) => pattern.id).join(', ')} begin with it`,
      { remedy: 'Give more of the id.' },
    );
  return only;
}

function notFound(wanted: string, reason: string): never {
  throw new WaymarkError('NOT_FOUND', `Cannot find pattern ${wanted}: ${reason}`, {
    remedy: '`waymark failures list` shows the ids.',
  });
}

/** Returns what is known in the form in which it is exported. */
export async function readKnowledgeFile(
  folder: StateFolder,
  filter: Pick<FailureFilter, 'project'>,
  now: number,
): Promise<KnowledgeFile> {
  const all = { ...filter, limit: Number.POSITIVE_INFINITY };
  const known = await queryStore<readonly StoredPattern[]>(folder, [], (database) =>
    listPatterns(database, all),
  );
  // what the team knows is its own to give
  const patterns = known.filter(({ pattern }) => pattern.team === undefined);
  return {
    format: KNOWLEDGE_FORMAT,
    waymark: packageVersion(),
    exportedAt: isoTime(now),
    patterns: patterns.map(entryOf),
  };
}

function entryOf(stored: StoredPattern): KnowledgeEntry {
  const { key, command, needle, isGeneral, chosenAt, pattern } = stored;
  const { id, tool, error, kind, scope, count, sessions } = pattern;
  const { lastError, lastCommand, projects, failed, fix } = pattern;
  return {
    ...{ id, key, tool, command, error, kind, needle, isGeneral, scope, count, sessions },
    ...{ lastError, lastCommand, projects, fix },
    firstSeen: isoTime(pattern.firstAt),
    lastSeen: isoTime(pattern.lastAt),
    failed: failed.map(({ exact, at }) => ({ exact, at })),
    action: pattern.isSet ? pattern.action : null,
    actionAt: chosenAt === null ? null : isoTime(chosenAt),
  };
}

/** Where a pattern was seen: the folders that people know, without the repositories' own. */
export function listPatternFolders({ projects }: StoredPattern['pattern']): readonly string[] {
  return projects.filter((project) => !project.endsWith('/.git'));
}

export function summarizePattern({ pattern, command }: StoredPattern): FailureSummary {
  const { id, tool, error, kind, scope, count, sessions, lastError, action, isSet } = pattern;
  return {
    ...{ id, tool, pattern: command, error, kind, scope, count, sessions, lastError },
    fix: pattern.fix?.text ?? null,
    fixCount: pattern.fix?.count ?? 0,
    ...{ action, isSet },
    firstSeen: isoTime(pattern.firstAt),
    lastSeen: isoTime(pattern.lastAt),
    projects: listPatternFolders(pattern),
    team:
      pattern.team === undefined
        ? null
        : {
            people: pattern.team.people,
            confirmed: pattern.team.isConfirmed,
            fixOnly: pattern.team.isFixOnly,
          },
  };
}
