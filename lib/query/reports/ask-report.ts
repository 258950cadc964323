import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import { sqliteDriver } from '../../store/driver.ts';
import { migrate } from '../../store/migrate.ts';
import { inOneState } from '../../store/transaction.ts';
import { bindList, queryBuilder, runQuery } from '../builder.ts';
import { readTextColumn } from '../row.ts';
import { queryStore } from '../store-view.ts';
import { sessionsIn } from './read-calls.ts';
import { type ReportData, type ReportSource, readReport } from './read-report.ts';
import type { ReportName } from './report-names.ts';
import type { ReportSpan } from './report-span.ts';

/** Pages that are kept in memory: the usual 2 MB read the same ones again and again. */
const CACHE_KB = 16_000;

export interface AskedReport {
  readonly report: ReportData;
  /** Ids of sessions of which something may be in the report. */
  readonly sessions: readonly string[];
}

/**
 * Reads a report from the store of a folder, of one moment. While there is no store the report is
 * empty.
 * @throws {@link WaymarkError} STORE_UNAVAILABLE or STORE_CORRUPT when the store cannot be read.
 */
export async function askReport(
  name: ReportName,
  source: Omit<ReportSource, 'database'>,
): Promise<AskedReport> {
  const read = (database: Database): Promise<AskedReport> =>
    inOneState(database, async () => {
      database.exec(`PRAGMA cache_size = -${CACHE_KB}`);
      const report = await readReport(name, { ...source, database });
      return { report, sessions: await sessionsBehind(database, source.span, report) };
    });
  const found = await queryStore<AskedReport | undefined>(source.folder, undefined, read);
  if (found !== undefined) return found;
  const empty = sqliteDriver()(':memory:');
  try {
    migrate(empty);
    return await read(empty);
  } finally {
    empty.close();
  }
}

/**
 * Sessions of which something may be in a report: those of its span, and those in which its
 * failures and their fixes were seen.
 */
async function sessionsBehind(
  database: Database,
  span: ReportSpan,
  report: ReportData,
): Promise<readonly string[]> {
  const patterns =
    report.report === 'weekly' ? report.failures.top.map(({ pattern }) => pattern) : [];
  const ofPatterns = sql<string>`(SELECT value FROM ${bindList(patterns)})`;
  const queries = [
    sessionsIn(span),
    queryBuilder()
      .selectFrom('usage')
      .select('session_id as id')
      .distinct()
      .where('at', '>=', span.since)
      .where('at', '<', span.until),
    queryBuilder()
      .selectFrom('command_runs')
      .select('session_id as id')
      .distinct()
      .where('pattern_id', 'in', ofPatterns),
    queryBuilder()
      .selectFrom('failure_fixes')
      .select('session_id as id')
      .distinct()
      .where('pattern_id', 'in', ofPatterns),
  ];
  const found = new Set<string>();
  for (const query of queries)
    for (const row of await runQuery(database, query)) {
      const id = readTextColumn(row, 'id');
      if (id !== null) found.add(id);
    }
  return [...found].sort();
}
