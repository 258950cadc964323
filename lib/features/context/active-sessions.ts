import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { liveSessions } from './table.ts';

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

/** The sessions that are at work, latest first: not ended, in a turn, or between two turns for a few minutes. */
export function activeSessions(database: Database, now: number): readonly ActiveSession[] {
  const rows = liveSessions(database, now - LOST_MS, now + LOST_MS);
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
