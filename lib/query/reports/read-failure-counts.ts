import type { SqlBool } from 'kysely';
import { sql } from 'kysely';
import { readStoredPatterns } from '../../features/failure/stored-patterns.ts';
import type { Database } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { readIsoColumn, readNumberColumn, readTextColumn } from '../row.ts';
import { NO_HOOK_MESSAGES, type HookMessageCounts } from '../hook-messages.ts';
import type { ReportSpan } from './report-span.ts';

/** A known failure that came again in a span. Field names are a contract. */
export interface FailureCount {
  readonly pattern: string;
  readonly tool: string;
  /** The command, generalised. */
  readonly command: string;
  readonly error: string;
  readonly failures: number;
  readonly sessions: number;
  readonly lastAt: string | null;
  /** What worked instead, or `null`. */
  readonly fix: string | null;
}

/** Failures in a time span, and messages to Claude about them. Field names are a contract. */
export interface FailureCounts {
  /** Commands that failed in a known way, and in how many different ones. */
  readonly failures: number;
  readonly patterns: number;
  /** Most failures first, at most ten. */
  readonly top: readonly FailureCount[];
  /** Warnings before a known failure, by what followed. */
  readonly warned: HookMessageCounts;
}

const MAX_PATTERNS = 10;

export async function readFailureCounts(
  database: Database,
  span: ReportSpan,
): Promise<FailureCounts> {
  const rows = await runQuery(database, countsByPattern(span));
  const top = rows.slice(0, MAX_PATTERNS);
  const stored = readStoredPatterns(
    database,
    top.map((row) => readTextColumn(row, 'pattern_id') ?? ''),
  );
  return {
    failures: rows.reduce((sum, row) => sum + (readNumberColumn(row, 'n') ?? 0), 0),
    patterns: rows.length,
    top: top.flatMap((row): readonly FailureCount[] => {
      const found = stored.find(({ pattern }) => pattern.id === row['pattern_id']);
      if (found === undefined) return [];
      const { id, tool, error, fix } = found.pattern;
      return [
        {
          ...{ pattern: id, tool, command: found.command, error },
          ...{
            failures: readNumberColumn(row, 'n') ?? 0,
            sessions: readNumberColumn(row, 'sessions') ?? 0,
          },
          ...{ lastAt: readIsoColumn(row, 'last_at'), fix: fix?.text ?? null },
        },
      ];
    }),
    warned: await countWarnings(database, span),
  };
}

function countsByPattern({ since, until }: ReportSpan) {
  return queryBuilder()
    .selectFrom('command_runs')
    .select((eb) => [
      'pattern_id',
      eb.fn.countAll<number>().as('n'),
      sql<number>`count(DISTINCT session_id)`.as('sessions'),
      eb.fn.max('at').as('last_at'),
    ])
    .where(sql<SqlBool>`pattern_id IS NOT NULL`)
    .where('at', '>=', since)
    .where('at', '<', until)
    .groupBy('pattern_id')
    .orderBy('n', 'desc')
    .orderBy('pattern_id');
}

async function countWarnings(
  database: Database,
  { since, until }: ReportSpan,
): Promise<HookMessageCounts> {
  const query = queryBuilder()
    .selectFrom('told')
    .select((eb) => ['outcome', eb.fn.countAll<number>().as('n')])
    .where('kind', '=', 'failure')
    .where('at', '>=', since)
    .where('at', '<', until)
    .groupBy('outcome');
  const names: Readonly<Record<string, keyof HookMessageCounts>> = {
    heeded: 'heeded',
    failed_again: 'failedAgain',
    went_well: 'wentWell',
  };
  let counts = NO_HOOK_MESSAGES;
  for (const row of await runQuery(database, query)) {
    const [name, count] = [
      names[readTextColumn(row, 'outcome') ?? ''] ?? 'unknown',
      readNumberColumn(row, 'n'),
    ];
    counts = { ...counts, told: counts.told + (count ?? 0), [name]: counts[name] + (count ?? 0) };
  }
  return counts;
}
