import { resolveHookConfig } from '../../config/resolve-hook-config.ts';
import { writeAnew } from '../../core/files.ts';
import { makePrivateFolder, type StateFolder } from '../../core/state-folder.ts';
import { PRIORITY } from '../../events/envelope.ts';
import { stampSource } from '../../events/event-id.ts';
import { saveEvent } from '../../hook/save-event.ts';
import type { SessionFolder } from '../../hook/throttle.ts';
import { ringAll } from '../../queue/wakeup/ring.ts';

export interface ReportParts {
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly session: string;
  readonly now: number;
}

/** Something that the status line knows of its session. */
export interface Report {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The file that says what was reported last. */
  readonly mark: string;
  /** What it says after this report. */
  readonly text: string;
}

/** Reports to the worker, as an event, and notes that in the session's folder. */
export function reportEvent(
  { folder, environment, session, now }: ReportParts,
  place: SessionFolder,
  { type, payload, mark, text }: Report,
): void {
  makePrivateFolder(place.path);
  writeAnew(`${place.path}/${mark}`, text);
  const { values: config } = resolveHookConfig({ environment, userFile: folder.configFile });
  saveEvent(
    {
      ...{ type, priority: PRIORITY.normal, correlationId: session },
      payload: { session_id: session, ...payload },
    },
    {
      ...{ folder, session: place, config },
      nextStamp: stampSource(() => now),
      source: 'hook/statusline',
    },
  );
  ringAll(folder.wake);
}
