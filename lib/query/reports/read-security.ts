import { type SqlBool, sql } from 'kysely';
import { groupBy } from '../../core/group-by.ts';
import { isJsonObject, numberField, parseJson } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { formatDay, selectLocalDay } from '../local-days.ts';
import { readIsoColumn, readNumberColumn, readTextColumn } from '../row.ts';
import type { ReportSpan } from './report-span.ts';

/** `other`: the event names none of the severities. */
export const SECURITY_LEVELS = ['critical', 'high', 'medium', 'low', 'other'] as const;
export type SecurityLevel = (typeof SECURITY_LEVELS)[number];
export type LevelCounts = Readonly<Record<SecurityLevel, number>>;

/** What one rule reported. Field names are a contract. */
export interface SecurityLine {
  /** `risky_command`, `secret_found`, `vulnerability_found`, `policy_violation`. */
  readonly type: string;
  readonly rule: string;
  readonly severity: SecurityLevel;
  readonly message: string;
  readonly count: number;
  /** Calls among them that ran and went well. */
  readonly ran: number;
  readonly sessions: number;
  readonly lastAt: string | null;
}

/** The latest run of a scanner in a folder. Field names are a contract. */
export interface LastScan {
  readonly scanner: string;
  readonly project: string | null;
  readonly at: string | null;
  /** `null`: its output does not show how many. */
  readonly findings: number | null;
  /** Critical and high ones. */
  readonly grave: number;
}

/** Security events of a span. Field names are a contract. */
export interface SecurityEvents {
  readonly total: number;
  readonly levels: LevelCounts;
  /** The gravest first, then the most frequent; at most 50. */
  readonly lines: readonly SecurityLine[];
  /** Days of the local clock that have events, in order. */
  readonly days: ReadonlyArray<{ readonly day: string } & LevelCounts>;
  /** The latest of each scanner and folder, also from before the span; latest first. */
  readonly scans: readonly LastScan[];
}

const MAX_LINES = 50;
const MAX_SCANS = 50;
const SCAN = 'security.scan_completed';

/** What a folder without a store has. */
export const NO_SECURITY_EVENTS: SecurityEvents = {
  ...{ total: 0, lines: [], days: [], scans: [] },
  levels: { critical: 0, high: 0, medium: 0, low: 0, other: 0 },
};

/** Reads what rules, scanners and policies of a span reported. */
export async function readSecurity(database: Database, span: ReportSpan): Promise<SecurityEvents> {
  const rows = await runQuery(database, linesQuery(span));
  const lines = rows.map(lineOf).toSorted(byLevel);
  const days = groupBy(await runQuery(database, daysQuery(span)), (row) => String(row['day']));
  return {
    total: lines.reduce((sum, { count }) => sum + count, 0),
    levels: levelsOf(rows),
    lines: lines.slice(0, MAX_LINES),
    days: [...days].map(([day, own]) => ({ day: formatDay(Number(day)), ...levelsOf(own) })),
    scans: (await runQuery(database, scansQuery(span))).map(scanOf),
  };
}

/** Counts them alone. */
export async function countSecurity(
  database: Database,
  span: ReportSpan,
): Promise<Pick<SecurityEvents, 'total' | 'levels'>> {
  const query = securityEvents(span)
    .select(field('severity').as('severity'))
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .groupBy('severity');
  const levels = levelsOf(await runQuery(database, query));
  return { total: Object.values(levels).reduce((sum, n) => sum + n, 0), levels };
}

const field = (name: string) =>
  sql<string | null>`json_extract(e.envelope, ${sql.lit(`$.payload.${name}`)})`;

/** Events of a category whose originals are in the store; a replay repeats one of them. */
function securityEvents({ since, until }: ReportSpan) {
  return queryBuilder()
    .selectFrom('events as e')
    .where(sql<SqlBool>`e.type BETWEEN 'security.' AND 'security/'`)
    .where('e.type', '<>', SCAN)
    .where('e.copy_of', 'is', null)
    .where('e.at', '>=', since)
    .where('e.at', '<', until);
}

/**
 * LIMIT -1 keeps the inner query apart: behind a policy for rows, PostgreSQL looks calls up one by
 * one only by what it need not compute first.
 */
const ALL_ROWS = sql<number>`-1`;

function linesQuery(span: ReportSpan) {
  const found = securityEvents(span)
    .select([field('rule').as('rule'), field('severity').as('severity')])
    .select([field('message').as('message'), field('tool_use_id').as('tool_use_id')])
    .select(['e.type', 'e.at', 'e.session_id'])
    .limit(ALL_ROWS);
  return queryBuilder()
    .selectFrom(found.as('f'))
    .leftJoin('operation_outcomes as o', 'o.tool_use_id', 'f.tool_use_id')
    .select(['f.rule', 'f.severity', 'f.type'])
    .select((eb) => [
      eb.fn.countAll<number>().as('n'),
      eb.fn.max('f.at').as('last_at'),
      sql<number>`count(DISTINCT f.session_id)`.as('sessions'),
      sql<number>`count(*) FILTER (WHERE o.outcome = 'ok')`.as('ran'),
      sql<string | null>`min(f.message)`.as('message'),
    ])
    .groupBy(['f.type', 'f.rule', 'f.severity']);
}

function daysQuery(span: ReportSpan) {
  return securityEvents(span)
    .select(selectLocalDay(sql`e.at`, span.since, span.until).as('day'))
    .select(field('severity').as('severity'))
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .groupBy(['day', 'severity'])
    .orderBy('day');
}

/** The latest scan of each scanner and project. */
function scansQuery({ until }: ReportSpan) {
  const scans = queryBuilder()
    .selectFrom('events as e')
    .select([field('scanner').as('scanner'), field('project').as('project')])
    .select([countField('findings').as('findings'), field('severities').as('severities')])
    .select(['e.at', LATER_SCANS.as('later')])
    .where('e.type', '=', SCAN)
    .where('e.copy_of', 'is', null)
    .where('e.at', '<', until);
  return queryBuilder()
    .selectFrom(scans.as('s'))
    .select(['scanner', 'project', 'findings', 'severities', 'at'])
    .where('later', '=', 1)
    .orderBy('at', 'desc')
    .orderBy('scanner')
    .limit(MAX_SCANS);
}

const LATER_SCANS = sql<number>`row_number() OVER (PARTITION BY ${field('scanner')}, ${field('project')} ORDER BY e.at DESC, e.id DESC)`;

function countField(name: string) {
  return sql<number | null>`CAST(${field(name)} AS INTEGER)`;
}

function lineOf(row: Row): SecurityLine {
  const type = (readTextColumn(row, 'type') ?? '').replace('security.', '');
  return {
    type,
    rule: readTextColumn(row, 'rule') ?? type,
    severity: levelOf(row),
    message: readTextColumn(row, 'message') ?? '',
    count: readNumberColumn(row, 'n') ?? 0,
    ran: readNumberColumn(row, 'ran') ?? 0,
    sessions: readNumberColumn(row, 'sessions') ?? 0,
    lastAt: readIsoColumn(row, 'last_at'),
  };
}

function scanOf(row: Row): LastScan {
  const severities = parseJson(readTextColumn(row, 'severities') ?? '');
  const known = isJsonObject(severities) ? severities : {};
  return {
    scanner: readTextColumn(row, 'scanner') ?? 'unknown',
    project: readTextColumn(row, 'project'),
    at: readIsoColumn(row, 'at'),
    findings: readNumberColumn(row, 'findings'),
    grave: (numberField(known, 'critical') ?? 0) + (numberField(known, 'high') ?? 0),
  };
}

function levelsOf(rows: readonly Row[]): LevelCounts {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, other: 0 };
  for (const row of rows) counts[levelOf(row)] += readNumberColumn(row, 'n') ?? 0;
  return counts;
}

function levelOf(row: Row): SecurityLevel {
  const severity = readTextColumn(row, 'severity')?.toLowerCase();
  return SECURITY_LEVELS.find((level) => level === severity) ?? 'other';
}

function byLevel(one: SecurityLine, other: SecurityLine): number {
  return (
    SECURITY_LEVELS.indexOf(one.severity) - SECURITY_LEVELS.indexOf(other.severity) ||
    other.count - one.count ||
    (one.rule < other.rule ? -1 : 1)
  );
}
