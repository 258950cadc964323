import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';

/** A session in which something may happen at any moment. */
export interface ActiveSession {
  readonly id: string;
  readonly project: string | undefined;
  readonly transcriptPath: string | undefined;
}

/** A turn without any event for so long has ended without saying so: a killed client. */
const LOST_MS = 60 * 60 * 1000;

/** A session whose turn has ended waits for a person; for so long it still counts. */
const RESTING_MS = 5 * 60 * 1000;

/** The latest event that a hook made, and the latest end of a turn. Events that only show what we did ourselves do not count. */
const SELECT = `SELECT id, project, transcript_path,
    (SELECT at FROM events e WHERE e.session_id = s.id AND source LIKE 'hook/%' AND type <> 'session.window_seen' ORDER BY at DESC LIMIT 1) AS hooked_at,
    (SELECT at FROM checkpoints c WHERE c.session_id = s.id AND kind = 'stop' ORDER BY at DESC LIMIT 1) AS stopped_at
  FROM sessions s
  WHERE last_event_at BETWEEN ?1 AND ?2 AND (ended_at IS NULL OR ended_at < coalesce(last_started_at, 0))
  ORDER BY last_event_at DESC, id`;

/** The sessions that are at work, latest first: not ended, in a turn, or between two turns for a few minutes. */
export function activeSessions(database: Database, now: number): readonly ActiveSession[] {
  const rows = database.prepare(SELECT).all(now - LOST_MS, now + LOST_MS);
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
