import { statSync } from 'node:fs';
import { resolveHookConfig } from '../../config/resolve-hook-config.ts';
import { PRIORITY } from '../../events/envelope.ts';
import { stampSource } from '../../events/event-id.ts';
import { writeAnew } from '../../core/files.ts';
import { type JsonObject, numberField, objectField, stringField } from '../../core/json.ts';
import { readViewText } from '../../core/read-view.ts';
import { makePrivateFolder, type StateFolder } from '../../core/state-folder.ts';
import { saveEvent } from '../../hook/save-event.ts';
import { sessionFolder } from '../../hook/throttle.ts';
import { ringAll } from '../../queue/wakeup/ring.ts';

export interface WindowParts {
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly session: string;
  readonly input: JsonObject;
  /** views/context/<session>.json */
  readonly contextView: JsonObject;
  readonly now: number;
}

/** A reported window that is not in the view after this time is reported again. */
const PATIENCE_MS = 60_000;

/**
 * Reports the size of the context window to the worker, because no other source is certain. Once
 * per change of window or model, as an event `session.window_seen`.
 * @returns whether it reported.
 */
export function reportWindow({
  folder,
  environment,
  session,
  input,
  contextView,
  now,
}: WindowParts): boolean {
  const window = numberField(objectField(input, 'context_window'), 'context_window_size');
  const model = stringField(objectField(input, 'model'), 'id');
  if (window === undefined || window <= 0) return false;
  const isKnown = contextView['windowSource'] === 'status-line' && contextView['window'] === window;
  const place = sessionFolder(folder.throttle, session);
  const mark = `${place.path}/window`;
  const text = `${window} ${model ?? ''}`;
  if (isKnown || wasTold(mark, text, now)) return false;
  makePrivateFolder(place.path);
  writeAnew(mark, text);
  const { values: config } = resolveHookConfig({ environment, userFile: folder.configFile });
  const payload = { session_id: session, window, ...(model === undefined ? {} : { model }) };
  const draft = {
    type: 'session.window_seen',
    priority: PRIORITY.normal,
    correlationId: session,
    payload,
  };
  saveEvent(draft, {
    folder,
    session: place,
    config,
    nextStamp: stampSource(() => now),
    source: 'hook/statusline',
  });
  ringAll(folder.wake);
  return true;
}

function wasTold(mark: string, text: string, now: number): boolean {
  if (readViewText(mark) !== text) return false;
  const told = statSync(mark, { throwIfNoEntry: false });
  return told !== undefined && Math.abs(now - told.mtimeMs) < PATIENCE_MS;
}
