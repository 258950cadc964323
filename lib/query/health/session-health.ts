import type { ModelWindows } from '../../claude/model-windows.ts';
import { formatCount, formatDuration, plural } from '../../core/units.ts';
import type { Database } from '../../store/database.ts';
import { bindList, queryBuilder, runQuery } from '../builder.ts';
import { readContextFigures } from '../context-figures.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';
import { type Health, type HealthFindings, computeHealth } from './score.ts';

/** What a session's score is computed from. Counts are of the last 15 minutes. */
export interface SessionSigns {
  /** 0 to 100; `null` while it is not known. */
  readonly contextPercent: number | null;
  readonly calls: number;
  readonly failures: number;
  /** The most failures of one call with the same target. */
  readonly repeated: number;
  /** Turns that the API ended. */
  readonly failedTurns: number;
  /** Milliseconds since the latest checkpoint, else since the session began. */
  readonly sinceCheckpoint: number;
}

const RECENT_MS = 15 * 60_000;

/** Percent of the context window from which each reason counts. */
const CONTEXT = { filling: 70, high: 85, full: 95 };
/** Failed calls: at least so many, and more than this share of all. */
const FAILING = { least: 3, share: 0.25 };
const REPEATED = 3;
/** The throttle allows a checkpoint a minute; one this old means that they do not come through. */
const CHECKPOINT_MS = 10 * 60_000;

/** The health of one session. */
export function scoreSession(signs: SessionSigns): Health {
  const { calls, failures, repeated, failedTurns, sinceCheckpoint } = signs;
  const isFailing =
    failures >= FAILING.least && failures > FAILING.share * Math.max(calls, failures);
  return computeHealth({
    ...contextFindings(signs.contextPercent),
    'turn-failed':
      failedTurns > 0 ? `the API ended ${plural(failedTurns, 'turn')} with an error` : undefined,
    'calls-failing': isFailing
      ? `${formatCount(failures)} of ${formatCount(Math.max(calls, failures))} calls failed`
      : undefined,
    'failure-repeated':
      repeated >= REPEATED ? `one call failed ${formatCount(repeated)} times` : undefined,
    'checkpoint-old':
      calls > 0 && sinceCheckpoint > CHECKPOINT_MS
        ? `no checkpoint for ${formatDuration(sinceCheckpoint)}`
        : undefined,
  });
}

function contextFindings(percent: number | null): HealthFindings {
  if (percent === null || percent < CONTEXT.filling) return {};
  const text = `the context is ${Math.round(percent)} % full`;
  if (percent >= CONTEXT.full) return { 'context-full': text };
  return percent >= CONTEXT.high ? { 'context-high': text } : { 'context-filling': text };
}

/** The health of each of these sessions now, by id. Four statements, however many there are. */
export async function readSessionHealth(
  database: Database,
  sessions: readonly string[],
  now: number,
  windows: ModelWindows,
): Promise<ReadonlyMap<string, Health>> {
  if (sessions.length === 0) return new Map();
  const contexts = await readContextFigures(database, sessions, windows);
  const calls = await runQuery(database, recentCalls(sessions, now - RECENT_MS));
  const failures = await runQuery(database, recentFailures(sessions, now - RECENT_MS));
  return new Map(
    calls.map((row) => {
      const id = readTextColumn(row, 'id') ?? '';
      const own = failures.filter((failure) => readTextColumn(failure, 'session_id') === id);
      const counts = own.map((failure) => readNumberColumn(failure, 'n') ?? 0);
      const turns = own.filter((failure) => readTextColumn(failure, 'tool') === 'turn');
      const savedAt =
        readNumberColumn(row, 'checkpoint_at') ?? readNumberColumn(row, 'first_event_at') ?? now;
      const signs: SessionSigns = {
        contextPercent: contexts.get(id)?.percent ?? null,
        calls: readNumberColumn(row, 'calls') ?? 0,
        failures: sumOf(counts) - sumOf(turns.map((turn) => readNumberColumn(turn, 'n') ?? 0)),
        repeated: Math.max(0, ...counts),
        failedTurns: sumOf(turns.map((turn) => readNumberColumn(turn, 'n') ?? 0)),
        sinceCheckpoint: Math.max(0, now - savedAt),
      };
      return [id, scoreSession(signs)];
    }),
  );
}

/** A row for each session that the store knows. */
function recentCalls(sessions: readonly string[], since: number) {
  return queryBuilder()
    .selectFrom(bindList(sessions).as('wanted'))
    .innerJoin('sessions as s', 's.id', 'wanted.value')
    .select(['s.id', 's.checkpoint_at', 's.first_event_at'])
    .select((eb) =>
      eb
        .selectFrom('operations as o')
        .select(eb.fn.countAll<number>().as('n'))
        .whereRef('o.session_id', '=', 's.id')
        .where('o.at', '>=', since)
        .as('calls'),
    );
}

function recentFailures(sessions: readonly string[], since: number) {
  return queryBuilder()
    .selectFrom(bindList(sessions).as('wanted'))
    .innerJoin('failures as f', 'f.session_id', 'wanted.value')
    .select((eb) => ['f.session_id', 'f.tool', eb.fn.countAll<number>().as('n')])
    .where('f.at', '>=', since)
    .groupBy(['f.session_id', 'f.tool', 'f.target']);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
