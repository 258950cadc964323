import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import {
  type EffectTable,
  type RefreshRequest,
  storeChanges,
  type EventChanges,
} from '../../store/effect.ts';
import { IMMEDIATE_SUFFIX } from '../../store/refreshes.ts';
import type { Write } from '../../store/sink.ts';
import { CONTEXT_CROSSINGS, CONTEXT_WINDOWS } from './table.ts';
import { CONTEXT_VIEW } from './view.ts';

/** Stores context figures, and which warnings were given. */
export const contextEffects: EffectTable = {
  'session.window_seen': storeChanges(withViews(windowOf)),
  'session.started': storeChanges(views),
  'checkpoint.created': storeChanges(viewAtPause),
  'session.ended': storeChanges(views),
  'session.context_warned': storeChanges(views),
  'system.health_alert': storeChanges(withViews(crossingOf)),
};

/**
 * Stores the window of `session.window_seen`, which the status line emits when it first shows a
 * window for a session, or a different one. Payload: `session_id`, `window` in tokens and, if
 * known, `model` as the client writes it, including `[1m]`.
 */
function windowOf({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const session = stringField(payload, 'session_id');
  const window = numberField(payload, 'window');
  if (session === undefined || window === undefined || window <= 0) return [];
  const model = stringField(payload, 'model') ?? '';
  const row = { session_id: session, model, window, at: Date.parse(timestamp) };
  return [{ into: CONTEXT_WINDOWS, row }];
}

/** Derives the crossing from the alert itself, so that both are stored or neither. */
function crossingOf({ payload, timestamp }: EventEnvelope): readonly Write[] {
  const session = stringField(payload, 'session_id');
  const threshold = numberField(payload, 'threshold');
  if (payload['reason'] !== 'context' || session === undefined || threshold === undefined)
    return [];
  const epoch = numberField(payload, 'epoch') ?? 0;
  const row = { session_id: session, epoch, threshold, at: Date.parse(timestamp) };
  return [{ into: CONTEXT_CROSSINGS, row }];
}

/** Adds refresh requests for the views that show what was written; none if nothing was written. */
function withViews(tell: (event: EventEnvelope) => readonly Write[]): EventChanges {
  return (event) => {
    const writes = tell(event);
    return writes.length === 0 ? [] : [...writes, ...views(event)];
  };
}

function views({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const session = stringField(payload, 'session_id');
  if (session === undefined) return [];
  return [
    { refresh: 'context', key: session },
    { refresh: 'needles', key: '' },
  ];
}

/** Refreshes the view whenever Claude pauses or compacts. Checkpoints during work can wait. */
function viewAtPause({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const session = stringField(payload, 'session_id');
  return session === undefined || payload['kind'] === 'auto'
    ? []
    : [{ refresh: `${CONTEXT_VIEW}${IMMEDIATE_SUFFIX}`, key: session }];
}
