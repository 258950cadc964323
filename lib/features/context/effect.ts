import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { each, type Effect, type EffectTable } from '../../store/effect.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { applyWrites, type Write } from '../../store/sink.ts';
import { CONTEXT_CROSSINGS, CONTEXT_WINDOWS } from './table.ts';

/** How full a context is, and what was said about it. */
export const contextEffects: EffectTable = {
  'session.window_seen': keep(windowOf),
  'session.started': each(ask),
  'session.ended': each(ask),
  'session.context_warned': each(ask),
  'system.health_alert': keep(crossingOf),
};

/**
 * `session.window_seen`, from the status line when it first shows a window for a session, or another one than before: `session_id`, `window` in tokens
 * and, where it is known, `model` as the client writes it, with `[1m]` where it has that.
 */
function windowOf({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const session = stringField(payload, 'session_id');
  const window = numberField(payload, 'window');
  if (session === undefined || window === undefined || window <= 0) return [];
  const model = stringField(payload, 'model') ?? '';
  const row = { session_id: session, model, window, at: Date.parse(timestamp) };
  return [{ into: CONTEXT_WINDOWS, row }];
}

/** The alert is what remembers that a threshold was crossed: both are stored or neither. */
function crossingOf({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const session = stringField(payload, 'session_id');
  const threshold = numberField(payload, 'threshold');
  if (payload['reason'] !== 'context' || session === undefined || threshold === undefined)
    return [];
  const epoch = numberField(payload, 'epoch') ?? 0;
  const row = { session_id: session, epoch, threshold, at: Date.parse(timestamp) };
  return [{ into: CONTEXT_CROSSINGS, row }];
}

function keep(writesOf: (event: EventEnvelope) => readonly Write[]): Effect {
  return each((database, event) => {
    const writes = writesOf(event);
    applyWrites(database, writes);
    if (writes.length > 0) ask(database, event);
  });
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
