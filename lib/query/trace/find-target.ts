import { sql } from 'kysely';
import { WaymarkError } from '../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import { beginsWith, queryBuilder, runQuery } from '../builder.ts';
import { findSession, type Scope } from '../find-session.ts';
import { readTextColumn } from '../row.ts';

/** What an id names, so that its chain can be shown. */
export interface TraceTarget {
  readonly kind: 'session' | 'prompt' | 'call' | 'agent' | 'event' | 'correlation';
  readonly id: string;
  /** `null` where no session is known of it. */
  readonly session: string | null;
}

type Query = Parameters<typeof runQuery>[1];

/** Most candidates of one kind that are read. */
const MAX = 5;

/**
 * Returns what `wanted` names: a session, prompt, tool call, agent, event or correlation by its id
 * or the unique beginning of it, or the latest session by `last`.
 * @throws {@link WaymarkError} NOT_FOUND when there is none, USAGE when several begin so.
 */
export async function findTarget(
  database: Database,
  wanted: string,
  scope: Scope,
): Promise<TraceTarget> {
  if (wanted === 'last') {
    const id = await findSession(database, wanted, scope);
    return { kind: 'session', id, session: id };
  }
  const found: TraceTarget[] = [];
  for (const [kind, query] of placesOf(wanted))
    found.push(...(await readTargets(database, kind, query)));
  return (
    pick(found, wanted) ??
    pick(await readTargets(database, 'correlation', correlationsOf(wanted)), wanted) ??
    notFound(wanted)
  );
}

/** Where an id may be, each found by an index; that of a prompt by the events of prompts. */
function placesOf(wanted: string): ReadonlyArray<readonly [TraceTarget['kind'], Query]> {
  const builder = queryBuilder();
  const is = (column: string) => beginsWith(sql.ref(column), wanted);
  return [
    [
      'session',
      builder.selectFrom('sessions').select(['id', 'id as session_id']).where(is('id')).limit(MAX),
    ],
    [
      'call',
      builder
        .selectFrom('operations')
        .select(['tool_use_id as id', 'session_id'])
        .where(is('tool_use_id'))
        .limit(MAX),
    ],
    [
      'agent',
      builder
        .selectFrom('agents')
        .select((eb) => ['agent_id as id', eb.fn.max('session_id').as('session_id')])
        .where(is('agent_id'))
        .groupBy('agent_id')
        .limit(MAX),
    ],
    ['event', builder.selectFrom('events').select(['id', 'session_id']).where(is('id')).limit(MAX)],
    [
      'prompt',
      builder
        .selectFrom('events')
        .select((eb) => ['correlation_id as id', eb.fn.max('session_id').as('session_id')])
        .where('type', '=', 'session.prompt_submitted')
        .where(is('correlation_id'))
        .whereRef('correlation_id', '<>', 'session_id')
        .groupBy('correlation_id')
        .limit(MAX),
    ],
  ];
}

/** Events that scripts have joined. No index serves it, so it is asked last. */
function correlationsOf(wanted: string): Query {
  return queryBuilder()
    .selectFrom('events')
    .select((eb) => ['correlation_id as id', eb.fn.max('session_id').as('session_id')])
    .where(beginsWith(sql.ref('correlation_id'), wanted))
    .groupBy('correlation_id')
    .limit(MAX);
}

async function readTargets(
  database: Database,
  kind: TraceTarget['kind'],
  query: Query,
): Promise<readonly TraceTarget[]> {
  const rows = await runQuery(database, query);
  return rows.flatMap((row) => {
    const id = readTextColumn(row, 'id');
    return id === null ? [] : { kind, id, session: readTextColumn(row, 'session_id') };
  });
}

function pick(found: readonly TraceTarget[], wanted: string): TraceTarget | undefined {
  const exact = found.find(({ id }) => id === wanted);
  if (exact !== undefined || found.length <= 1) return exact ?? found[0];
  const ids = found.slice(0, MAX).map(({ kind, id }) => `${kind} ${id}`);
  throw new WaymarkError(
    'USAGE',
    `Cannot choose what ${wanted} is: ${ids.join(', ')} begin with it`,
    {
      remedy: 'Give more of the id.',
    },
  );
}

function notFound(wanted: string): never {
  throw new WaymarkError(
    'NOT_FOUND',
    `Cannot trace ${wanted}: no session, prompt, call, agent or event has this id`,
    {
      remedy:
        '`waymark sessions`, `waymark show SESSION --json` and `waymark events --json` show ids; `last` is the latest session.',
    },
  );
}
