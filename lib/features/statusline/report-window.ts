import { statSync } from 'node:fs';
import { type JsonObject, numberField, objectField, stringField } from '../../core/json.ts';
import { readViewText } from '../../core/read-view.ts';
import { sessionFolder } from '../../hook/throttle.ts';
import { type ReportParts, reportEvent } from './report-event.ts';

interface WindowParts extends ReportParts {
  readonly input: JsonObject;
  /** views/context/<session>.json */
  readonly contextView: JsonObject;
}

/** A reported window that is not in the view after this time is reported again. */
const PATIENCE_MS = 60_000;

/**
 * Reports the size of the context window to the worker, because no other source is certain. Once
 * per change of window or model, as an event `session.window_seen`.
 * @returns whether it reported.
 */
export function reportWindow(parts: WindowParts): boolean {
  const { folder, session, input, contextView, now } = parts;
  const window = numberField(objectField(input, 'context_window'), 'context_window_size');
  const model = stringField(objectField(input, 'model'), 'id');
  if (window === undefined || window <= 0) return false;
  const isKnown = contextView['windowSource'] === 'status-line' && contextView['window'] === window;
  const place = sessionFolder(folder.throttle, session);
  const text = `${window} ${model ?? ''}`;
  if (isKnown || wasTold(`${place.path}/window`, text, now)) return false;
  reportEvent(parts, place, {
    ...{ type: 'session.window_seen', mark: 'window', text },
    payload: { window, ...(model === undefined ? {} : { model }) },
  });
  return true;
}

function wasTold(mark: string, text: string, now: number): boolean {
  if (readViewText(mark) !== text) return false;
  const told = statSync(mark, { throwIfNoEntry: false });
  return told !== undefined && Math.abs(now - told.mtimeMs) < PATIENCE_MS;
}
