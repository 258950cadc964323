import { WaymarkError } from '../../core/errors.ts';
import type { Database, Row } from '../../store/database.ts';
import { findSession } from '../find-session.ts';
import { textOf } from '../row.ts';

/** What somebody wants to see the chain of. */
export interface TraceTarget {
  readonly kind: 'session' | 'prompt' | 'call' | 'agent' | 'event' | 'correlation';
  readonly id: string;
  /** `null` where no session is known of it. */
  readonly session: string | null;
}

const MOST = 5;
const RANGE = 'BETWEEN ?1 AND ?1 || char(1114111)';

/** Where an id may stand, each by an index; a prompt's by the events of prompts. */
const PLACES: ReadonlyArray<readonly [TraceTarget['kind'], string]> = [
  ['session', `SELECT id, id AS session_id FROM sessions WHERE id ${RANGE} LIMIT ${MOST}`],
  [
    'call',
    `SELECT tool_use_id AS id, session_id FROM operations WHERE tool_use_id ${RANGE} LIMIT ${MOST}`,
  ],
  [
    'agent',
    `SELECT agent_id AS id, max(session_id) AS session_id FROM agents WHERE agent_id ${RANGE} GROUP BY agent_id LIMIT ${MOST}`,
  ],
  ['event', `SELECT id, session_id FROM events WHERE id ${RANGE} LIMIT ${MOST}`],
  [
    'prompt',
    `SELECT correlation_id AS id, session_id FROM events WHERE type = 'session.prompt_submitted' AND correlation_id ${RANGE}
     AND correlation_id <> session_id GROUP BY correlation_id LIMIT ${MOST}`,
  ],
];

/** Events that scripts have joined; no index, so it is asked last. */
const CORRELATION = `SELECT correlation_id AS id, max(session_id) AS session_id FROM events WHERE correlation_id ${RANGE} GROUP BY correlation_id LIMIT ${MOST}`;

/**
 * What `wanted` means: the id of a session, a prompt, a tool call, an agent, an event, or a correlation id; the unique beginning of one; or `last`.
 * @throws {@link WaymarkError} NOT_FOUND when there is none, USAGE when several begin so.
 */
export function findTarget(database: Database, wanted: string): TraceTarget {
  if (wanted === 'last') {
    const id = findSession(database, wanted);
    return { kind: 'session', id, session: id };
  }
  const found = PLACES.flatMap(([kind, sql]) => targets(kind, database.prepare(sql).all(wanted)));
  return (
    pick(found, wanted) ??
    pick(targets('correlation', database.prepare(CORRELATION).all(wanted)), wanted) ??
    notFound(wanted)
  );
}

function targets(kind: TraceTarget['kind'], rows: readonly Row[]): readonly TraceTarget[] {
  return rows.flatMap((row) =>
    textOf(row, 'id') === null
      ? []
      : { kind, id: textOf(row, 'id') ?? '', session: textOf(row, 'session_id') },
  );
}

function pick(found: readonly TraceTarget[], wanted: string): TraceTarget | undefined {
  const exact = found.find(({ id }) => id === wanted);
  if (exact !== undefined || found.length <= 1) return exact ?? found[0];
  const ids = found.slice(0, MOST).map(({ kind, id }) => `${kind} ${id}`);
  throw new WaymarkError('USAGE', `Cannot tell what ${wanted} is: ${ids.join(', ')} begin so`, {
    remedy: 'Give more of the id.',
  });
}

function notFound(wanted: string): never {
  throw new WaymarkError(
    'NOT_FOUND',
    `Cannot trace ${wanted}: no session, prompt, call, agent or event has such an id`,
    {
      remedy:
        '`waymark sessions`, `waymark show SESSION --json` and `waymark events --json` show ids; `last` is the latest session.',
    },
  );
}
