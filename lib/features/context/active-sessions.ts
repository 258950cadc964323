import { existsSync } from 'node:fs';
import { numberField, objectField, stringField } from '../../core/json.ts';
import { readView } from '../../core/read-view.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { sessionNeedle } from '../../hook/session-needle.ts';
import type { Database } from '../../store/database.ts';
import { listLiveSessions } from './table.ts';
import { warnedMarkName } from './warned-mark.ts';

/** A session that is in use now. */
export interface ActiveSession {
  readonly id: string;
  readonly project: string | undefined;
  readonly transcriptPath: string | undefined;
}

/** A turn without any event for this long has ended without SessionEnd: its client was killed. */
const LOST_MS = 60 * 60 * 1000;

/** A session that waits for a person counts as active for this long after its turn ended. */
const RESTING_MS = 5 * 60 * 1000;

/**
 * Returns active sessions, latest first: not ended, and in a turn or between two turns for a few
 * minutes.
 */
export function readActiveSessions(database: Database, now: number): readonly ActiveSession[] {
  const rows = listLiveSessions(database, now - LOST_MS, now + LOST_MS);
  return rows.flatMap((row) => {
    const hookedAt = numberField(row, 'hooked_at');
    if (hookedAt === undefined) return [];
    const isResting = (numberField(row, 'stopped_at') ?? Number.NEGATIVE_INFINITY) >= hookedAt;
    if (now - hookedAt > (isResting ? RESTING_MS : LOST_MS)) return [];
    return {
      id: stringField(row, 'id') ?? '',
      project: stringField(row, 'project'),
      transcriptPath: stringField(row, 'transcript_path'),
    };
  });
}

/**
 * Returns the needles for pending context warnings: the session ids, as they appear in the client's
 * JSON. Without them, a call that matches nothing else would never start a hook. Active sessions
 * only.
 */
export function listContextNeedles(
  database: Database,
  folder: StateFolder,
  now: number,
): readonly string[] {
  return readActiveSessions(database, now)
    .filter(({ id }) => isUnannounced(folder, id))
    .map(({ id }) => sessionNeedle(id));
}

function isUnannounced({ views, throttle }: StateFolder, session: string): boolean {
  const view = readView(`${views}/context/${session}.json`) ?? {};
  const threshold = numberField(objectField(view, 'warning'), 'threshold');
  if (threshold === undefined) return false;
  const mark = warnedMarkName(numberField(view, 'epoch') ?? 0, threshold);
  return !existsSync(`${throttle}/${session}/${mark}`);
}
