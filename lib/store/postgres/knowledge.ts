import type { Row } from '../database.ts';
import { ROWS, rowsTable } from './merge-sql.ts';
import type { PostgresSession } from './session.ts';

/** What changed at the team since the last question. */
export interface KnowledgeNews {
  /** Ids of failure patterns. */
  readonly ids: readonly string[];
  /** Ask from here the next time. */
  readonly upTo: string;
  /** Whether there is more, which a transaction that still runs hides. */
  readonly isPending: boolean;
}

const NEWS = `WITH s AS (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin, pg_snapshot_xmax(pg_current_snapshot()) AS xmax),
  a AS (SELECT CASE WHEN $1::text::xid8 > s.xmax THEN '0'::xid8 ELSE $1::text::xid8 END AS xact FROM s)
  SELECT s.xmin::text AS up_to, EXISTS (SELECT FROM ${ROWS}.knowledge_changes AS k WHERE k.xact >= s.xmin) AS pending,
    (SELECT json_agg(DISTINCT k.id)::text FROM ${ROWS}.knowledge_changes AS k WHERE k.xact >= a.xact AND k.xact < s.xmin) AS ids
  FROM s, a`;

/**
 * Asks which patterns others may have taught something about. @param after What an earlier call
 * gave as `upTo`; `0` for everything. A database that was put back from a copy is read anew.
 * @throws {@link PostgresFault}
 */
export async function knowledgeNews(
  session: PostgresSession,
  after: string,
): Promise<KnowledgeNews> {
  const [row] = await session.query(NEWS, [/^\d+$/.test(after) ? after : '0']);
  const ids: unknown = JSON.parse(String(row?.['ids'] ?? '[]'));
  return {
    ids: Array.isArray(ids) ? ids.map(String) : [],
    upTo: String(row?.['up_to'] ?? '0'),
    isPending: row?.['pending'] === 1,
  };
}

/** The channel on which the server notifies of news. @throws {@link PostgresFault} */
export async function knowledgeChannel(session: PostgresSession): Promise<string> {
  const [row] = await session.query(`SELECT ${ROWS}.knowledge_channel() AS channel`);
  return String(row?.['channel']);
}

/** What the machines of a team have about some patterns, without one of them: rows as stored. */
export interface KnowledgeEvidence {
  readonly patterns: readonly Row[];
  /** Per pattern: `count`, `sessions`, `first_at` of the others, `people` of all. */
  readonly sums: readonly Row[];
  /** The latest failed runs of each pattern. */
  readonly runs: readonly Row[];
  readonly fixes: readonly Row[];
  readonly confirmations: readonly Row[];
}

/** Rows of one pattern that are read, the latest. */
const MAX_RUNS = 100;
const MAX_FIXES = 100;

/** Whole minutes: what is less is the way of a batch, and differs each time. */
const AHEAD = 'coalesce(h.clock_ahead_ms / 60000 * 60000, 0)';

/** Times are by the clock of the server. */
const AT = (row: string): string => `(${row}.at - ${AHEAD})`;

/** $1: the ids, a JSON list; $2: the machine that asks. */
const IDS = 'SELECT value FROM json_array_elements_text($1::json) AS i (value)';
const OF_CODE = `('result', 'information')`;

/** Rows of a machine that its user has not deleted since. */
const joined = (row: string): string => `JOIN ${ROWS}.hosts AS h ON h.host = ${row}.host
  LEFT JOIN ${rowsTable('pattern_choices')} AS c ON c.host = ${row}.host AND c.pattern_id = ${row}.pattern_id`;
const isKept = (row: string): string => `${row}.at > coalesce(c.deleted_at, -1)`;

const PATTERNS = `SELECT id, max(command_key) AS command_key, max(tool) AS tool, max(command) AS command, max(error) AS error,
    max(needle) AS needle, max(is_general) AS is_general FROM ${rowsTable('failure_patterns')}
  WHERE id IN (${IDS}) AND host <> $2 AND error <> '' GROUP BY id`;

const SUMS = `SELECT r.pattern_id, count(*) FILTER (WHERE r.host <> $2) AS count, count(DISTINCT (r.host, r.session_id)) FILTER (WHERE r.host <> $2) AS sessions,
    count(DISTINCT coalesce(h.person, r.host)) AS people, min(${AT('r')}) FILTER (WHERE r.host <> $2) AS first_at
  FROM ${rowsTable('command_runs')} AS r ${joined('r')}
  WHERE r.pattern_id IN (${IDS}) AND r.kind NOT IN ${OF_CODE} AND ${isKept('r')} GROUP BY 1`;

const RUNS = `SELECT l.* FROM (${IDS}) AS w CROSS JOIN LATERAL (
    SELECT r.pattern_id, r.exact, r.command, r.error, r.kind, r.project, r.repository, ${AT('r')} AS at
    FROM ${rowsTable('command_runs')} AS r ${joined('r')}
    WHERE r.pattern_id = w.value AND r.host <> $2 AND r.command IS NOT NULL AND r.kind NOT IN ${OF_CODE} AND ${isKept('r')}
    ORDER BY r.at DESC LIMIT ${MAX_RUNS}) AS l`;

const FIXES = `SELECT l.* FROM (${IDS}) AS w CROSS JOIN LATERAL (
    SELECT f.pattern_id, f.text, f.is_edit, f.is_whole, f.count, ${AT('f')} AS at, s.project, s.worktree
    FROM ${rowsTable('failure_fixes')} AS f ${joined('f')}
      LEFT JOIN ${rowsTable('sessions')} AS s ON s.host = f.host AND s.id = f.session_id
    WHERE f.pattern_id = w.value AND f.host <> $2 AND f.text <> '' AND f.evidence <> 'imported' AND f.evidence NOT LIKE 'forgotten %' AND ${isKept('f')}
    ORDER BY f.at DESC LIMIT ${MAX_FIXES}) AS l`;

const CONFIRMATIONS = `SELECT c.pattern_id, c.confirmed_fix AS text, c.confirmed_at - ${AHEAD} AS at
  FROM ${rowsTable('pattern_choices')} AS c JOIN ${ROWS}.hosts AS h ON h.host = c.host
  WHERE c.pattern_id IN (${IDS}) AND c.host <> $2 AND c.confirmed_fix <> '' AND c.confirmed_at > coalesce(c.deleted_at, -1)`;

/**
 * Reads it. @param host The machine that asks: its own rows count only as one of the people.
 * @throws {@link PostgresFault}
 */
export async function readKnowledge(
  session: PostgresSession,
  ids: readonly string[],
  host: string,
): Promise<KnowledgeEvidence> {
  const values = [JSON.stringify(ids), host];
  return {
    patterns: await session.query(PATTERNS, values),
    sums: await session.query(SUMS, values),
    runs: await session.query(RUNS, values),
    fixes: await session.query(FIXES, values),
    confirmations: await session.query(CONFIRMATIONS, values),
  };
}

const LONE = `SELECT pattern_id, min(host) AS host FROM ${rowsTable('command_runs')}
  WHERE pattern_id IN (${IDS}) AND kind NOT IN ${OF_CODE} GROUP BY 1 HAVING count(DISTINCT host) = 1
  UNION SELECT pattern_id, min(host) FROM (
    SELECT pattern_id, host FROM ${rowsTable('failure_fixes')} WHERE pattern_id IN (${IDS}) AND text <> ''
    UNION SELECT pattern_id, host FROM ${rowsTable('pattern_choices')} WHERE pattern_id IN (${IDS}) AND confirmed_fix <> '') AS f
  GROUP BY 1 HAVING count(DISTINCT host) = 1`;

/**
 * Machines without which a pattern would have no failure, or no fix: it is no news to them.
 * @throws {@link PostgresFault}
 */
export async function readLoneHosts(
  session: PostgresSession,
  ids: readonly string[],
): Promise<readonly Row[]> {
  return session.query(LONE, [JSON.stringify(ids)]);
}

const LATER = `SELECT r.command_key AS key, r.exact, max(${AT('r')}) AS at FROM ${rowsTable('command_runs')} AS r
  JOIN ${ROWS}.hosts AS h ON h.host = r.host
  JOIN json_to_recordset($1::json) AS x (key text, exact text) ON r.command_key = x.key AND r.exact = x.exact
  WHERE r.pattern_id IS NOT NULL GROUP BY 1, 2`;

/** Returns when these commands failed last, of those that did. @throws {@link PostgresFault} */
export async function readLastFailures(
  session: PostgresSession,
  commands: ReadonlyArray<{ readonly key: string; readonly exact: string }>,
): Promise<readonly Row[]> {
  return commands.length === 0 ? [] : session.query(LATER, [JSON.stringify(commands)]);
}

/** Who a team is: what no text that comes down may name. */
export interface TeamNames {
  readonly names: readonly string[];
  /** How far the clock of the machine that asks is ahead of the server's. */
  readonly aheadMs: number;
}

const MINUTE_MS = 60_000;

/** @param now By the clock of the machine that asks. @throws {@link PostgresFault} */
export async function readTeamNames(session: PostgresSession, now: number): Promise<TeamNames> {
  const rows = await session.query(`SELECT name, person FROM ${ROWS}.hosts`);
  const [clock] = await session.query(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now',
  );
  const names = rows.flatMap(({ name, person }) => [name, person]);
  return {
    names: [...new Set(names.filter((name) => typeof name === 'string' && name !== ''))].map(
      String,
    ),
    aheadMs: Math.trunc((now - Number(clock?.['now'] ?? now)) / MINUTE_MS) * MINUTE_MS,
  };
}
