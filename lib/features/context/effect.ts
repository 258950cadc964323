import type { EventEnvelope } from '../../events/envelope.ts';
import { numberField, stringField } from '../../core/json.ts';
import {
  type EffectTable,
  type RefreshRequest,
  storing,
  type Telling,
} from '../../store/effect.ts';
import { AT_ONCE } from '../../store/refreshes.ts';
import type { Write } from '../../store/sink.ts';
import { CONTEXT_CROSSINGS, CONTEXT_WINDOWS } from './table.ts';
import { CONTEXT_VIEW } from './view.ts';

/** How full a context is, and what was said about it. */
export const contextEffects: EffectTable = {
  'session.window_seen': storing(withViews(windowOf)),
  'session.started': storing(views),
  'checkpoint.created': storing(viewAtPause),
  'session.ended': storing(views),
  'session.context_warned': storing(views),
  'system.health_alert': storing(withViews(crossingOf)),
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

/** What is told, and the views that show it; nothing where nothing is told. */
function withViews(tell: (event: EventEnvelope) => readonly Write[]): Telling {
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

/** The view is up to date whenever Claude pauses or compacts; what is saved while it works can wait. */
function viewAtPause({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const session = stringField(payload, 'session_id');
  return session === undefined || payload['kind'] === 'auto'
    ? []
    : [{ refresh: `${CONTEXT_VIEW}${AT_ONCE}`, key: session }];
}
