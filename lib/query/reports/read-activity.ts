import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { formatDay, selectLocalDay } from '../local-days.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';
import { sessionsIn } from './read-calls.ts';
import type { ReportSpan } from './report-span.ts';

/** How many sessions began and prompts were typed on a day. Field names are a contract. */
export interface DayActivity {
  readonly day: string;
  readonly begun: number;
  readonly prompts: number;
}

/** What happened in a span, but for calls. Field names are a contract. */
export interface Activity {
  /** Sessions with an event in the span, and those of them that began in it. */
  readonly sessions: number;
  readonly begun: number;
  readonly prompts: number;
  readonly checkpoints: number;
  readonly compactions: number;
  /** Days of the local clock on which one of these is not 0, in order. */
  readonly days: readonly DayActivity[];
  /** Folders in which sessions worked, most sessions first, at most ten. */
  readonly projects: ReadonlyArray<{ readonly project: string | null; readonly sessions: number }>;
}

const MAX_PROJECTS = 10;

export async function readActivity(database: Database, span: ReportSpan): Promise<Activity> {
  const [begun, typed, told, projects, [checkpoints = {}]] = await Promise.all([
    runQuery(database, begunByDay(span)),
    runQuery(database, promptsByDay(span)),
    runQuery(database, importedPromptsByDay(span)),
    runQuery(database, sessionsByProject(span)),
    runQuery(database, checkpointsIn(span)),
  ]);
  const days = new Map<number, { begun: number; prompts: number }>();
  const of = (day: number): { begun: number; prompts: number } => {
    const known = days.get(day) ?? { begun: 0, prompts: 0 };
    days.set(day, known);
    return known;
  };
  for (const row of begun)
    of(readNumberColumn(row, 'day') ?? 0).begun = readNumberColumn(row, 'n') ?? 0;
  for (const row of [...typed, ...told])
    of(readNumberColumn(row, 'day') ?? 0).prompts += readNumberColumn(row, 'n') ?? 0;
  const lines = [...days].sort(([one], [other]) => one - other);
  const counted = projects.map((row) => ({
    project: readTextColumn(row, 'project'),
    sessions: readNumberColumn(row, 'n') ?? 0,
  }));
  return {
    sessions: counted.reduce((sum, { sessions }) => sum + sessions, 0),
    begun: lines.reduce((sum, [, day]) => sum + day.begun, 0),
    prompts: lines.reduce((sum, [, day]) => sum + day.prompts, 0),
    checkpoints: readNumberColumn(checkpoints, 'n') ?? 0,
    compactions: readNumberColumn(checkpoints, 'compactions') ?? 0,
    days: lines.map(([day, counts]) => ({ day: formatDay(day), ...counts })),
    projects: counted.slice(0, MAX_PROJECTS),
  };
}

const STARTED = sql<number>`coalesce(started_at, first_event_at)`;

function begunByDay({ since, until }: ReportSpan) {
  return queryBuilder()
    .selectFrom('sessions')
    .select([selectLocalDay(STARTED, since, until).as('day'), sql<number>`count(*)`.as('n')])
    .where(STARTED, '>=', since)
    .where(STARTED, '<', until)
    .groupBy('day');
}

/** Prompts that hooks saw, as `waymark sessions` counts them. */
function promptsByDay(span: ReportSpan) {
  return queryBuilder()
    .with('active', () => sessionsIn(span).where('imported', 'is', null))
    .selectFrom('active')
    .crossJoin('session_log as l')
    .innerJoin('prompts as p', (join) =>
      join.onRef('p.session_id', '=', 'l.session_id').onRef('p.id', '=', 'l.id'),
    )
    .select(selectLocalDay(sql`l.at`, span.since, span.until).as('day'))
    .select(sql<number>`count(*)`.as('n'))
    .whereRef('l.session_id', '=', 'active.id')
    .where('l.at', '>=', span.since)
    .where('l.at', '<', span.until)
    .groupBy('day');
}

/** Prompts of sessions that no hook saw, from their transcripts. */
function importedPromptsByDay(span: ReportSpan) {
  return queryBuilder()
    .with('active', () => sessionsIn(span).where('imported', 'is not', null))
    .selectFrom('active')
    .crossJoin('messages as m')
    .select(selectLocalDay(sql`m.at`, span.since, span.until).as('day'))
    .select(sql<number>`count(*)`.as('n'))
    .whereRef('m.session_id', '=', 'active.id')
    .where('m.at', '>=', span.since)
    .where('m.at', '<', span.until)
    .where('m.role', '=', 'prompt')
    .where('m.agent_id', 'is', null)
    .groupBy('day');
}

function sessionsByProject({ since, until }: ReportSpan) {
  const last = sql<number>`coalesce(last_event_at, ended_at, last_started_at, started_at)`;
  return queryBuilder()
    .selectFrom('sessions')
    .select(['project', sql<number>`count(*)`.as('n')])
    .where(last, '>=', since)
    .where(sql<number>`coalesce(first_event_at, started_at, ${last})`, '<', until)
    .groupBy('project')
    .orderBy('n', 'desc')
    .orderBy('project');
}

function checkpointsIn(span: ReportSpan) {
  return queryBuilder()
    .with('active', () => sessionsIn(span))
    .selectFrom('active')
    .crossJoin('checkpoints as c')
    .select(sql<number>`count(*)`.as('n'))
    .select(sql<number>`count(*) FILTER (WHERE c.kind = 'pre-compact')`.as('compactions'))
    .whereRef('c.session_id', '=', 'active.id')
    .where('c.at', '>=', span.since)
    .where('c.at', '<', span.until);
}
