import {
  type JsonObject,
  numberField,
  objectField,
  parseJsonObject,
  stringField,
} from '../core/json.ts';
import type { Database, Row } from '../store/database.ts';
import { createOutcomeId } from './effect.ts';
import type { TurnEnd } from './auto-commit.ts';

const LAST_STOP = `SELECT id, at, envelope FROM events
  WHERE session_id = ?1 AND type = 'checkpoint.created'
    AND json_extract(envelope, '$.payload.kind') = 'stop' ORDER BY at DESC, seq DESC LIMIT 1`;

const LAST_PROMPT = `SELECT envelope FROM events
  WHERE session_id = ?1 AND type = 'session.prompt_submitted' AND at <= ?2
    AND json_extract(envelope, '$.payload.synthetic') IS NOT 1 ORDER BY at DESC, seq DESC LIMIT 1`;

const UNKNOWN_STOPS = `SELECT s.id, s.session_id, s.at, s.envelope FROM events s
  WHERE s.type = 'checkpoint.created' AND s.at >= ? AND s.session_id IS NOT NULL
    AND json_extract(s.envelope, '$.payload.kind') = 'stop'
    AND NOT EXISTS (SELECT 1 FROM events o WHERE o.id = '${createOutcomeId({ id: '' })}' || s.id)
  ORDER BY s.at DESC, s.seq DESC LIMIT 20`;

const IS_KNOWN = 'SELECT 1 FROM events WHERE id = ?';

/**
 * The last turn of a session that ended since then in a git work tree; `undefined` if there is none
 * or if what became of it is known.
 */
export function findUncommittedTurn(
  database: Database,
  session: string,
  since: number,
): TurnEnd | undefined {
  const row = database.prepare(LAST_STOP).get(session) ?? {};
  const turn = turnOf(database, session, row);
  if (turn === undefined || (numberField(row, 'at') ?? 0) < since) return undefined;
  return database.prepare(IS_KNOWN).get(createOutcomeId(turn)) === undefined ? turn : undefined;
}

/** The latest turns since then of which it is not known what became, at most 20. */
export function turnsWithoutOutcome(database: Database, since: number): readonly TurnEnd[] {
  return database
    .prepare(UNKNOWN_STOPS)
    .all(since)
    .flatMap((row) => turnOf(database, stringField(row, 'session_id') ?? '', row) ?? []);
}

function turnOf(database: Database, session: string, row: Row): TurnEnd | undefined {
  const [id, at] = [stringField(row, 'id'), numberField(row, 'at')];
  const stop = payloadOf(row);
  const folder = stringField(stop, 'worktree');
  if (id === undefined || at === undefined || folder === undefined) return undefined;
  const prompt = payloadOf(database.prepare(LAST_PROMPT).get(session, at) ?? {});
  return {
    ...{ id, session, folder },
    prompt: stringField(prompt, 'prompt'),
    outcome: stringField(stop, 'note'),
    hasFailed: stringField(stop, 'saved_by') === 'hook/StopFailure',
  };
}

function payloadOf(row: Row): JsonObject {
  return objectField(parseJsonObject(stringField(row, 'envelope') ?? '') ?? {}, 'payload');
}
