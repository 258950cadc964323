import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { each, type EffectTable } from '../../store/effect.ts';
import { requestRefresh } from '../../store/refreshes.ts';

/** How full a context is, and what was said about it. */
export const contextEffects: EffectTable = {
  'session.window_seen': each(keepWindow),
  'session.started': each(ask),
  'session.ended': each(ask),
  'session.context_warned': each(ask),
  'system.health_alert': each(keepCrossing),
};

/** The latest stands; of two at one time the greater. */
const KEEP_WINDOW = `INSERT INTO context_windows (session_id, model, window, at) VALUES (?, ?, ?, ?)
  ON CONFLICT (session_id) DO UPDATE SET model = excluded.model, window = excluded.window, at = excluded.at
  WHERE (excluded.at, excluded.window, excluded.model) > (at, window, model)`;

const KEEP_CROSSING = `INSERT INTO context_crossings (session_id, epoch, threshold, at) VALUES (?, ?, ?, ?)
  ON CONFLICT (session_id, epoch, threshold) DO UPDATE SET at = min(at, excluded.at)`;

/**
 * `session.window_seen`, from the status line when it first shows a window for a session, or another one than before: `session_id`, `window` in tokens
 * and, where it is known, `model` as the client writes it, with `[1m]` where it has that.
 */
function keepWindow(database: Database, event: EventEnvelope): void {
  const session = sessionOf(event);
  const window = numberField(event.payload, 'window');
  if (session === undefined || window === undefined || window <= 0) return;
  database
    .prepare(KEEP_WINDOW)
    .run(session, stringField(event.payload, 'model') ?? '', window, Date.parse(event.timestamp));
  ask(database, event);
}

/** The alert is what remembers that a threshold was crossed: both are stored or neither. */
function keepCrossing(database: Database, event: EventEnvelope): void {
  const session = sessionOf(event);
  const threshold = numberField(event.payload, 'threshold');
  if (event.payload['reason'] !== 'context' || session === undefined || threshold === undefined)
    return;
  database
    .prepare(KEEP_CROSSING)
    .run(session, numberField(event.payload, 'epoch') ?? 0, threshold, Date.parse(event.timestamp));
  ask(database, event);
}

function ask(database: Database, event: EventEnvelope): void {
  const session = sessionOf(event);
  if (session === undefined) return;
  requestRefresh(database, 'context', [session]);
  requestRefresh(database, 'needles', ['']);
}

function sessionOf(event: EventEnvelope): string | undefined {
  return stringField(event.payload, 'session_id');
}
