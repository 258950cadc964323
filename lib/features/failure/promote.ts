import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { Database, Row } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { inTransaction } from '../../store/transaction.ts';

/** Once may be an accident of one session; a second session says that it comes again. */
const DETECTED_SESSIONS = 2;

/** Two projects show that it is not about one of them; a third session, that two projects did not share one bad afternoon. */
const GLOBAL_PROJECTS = 2;
const GLOBAL_SESSIONS = 3;

/** How a call is made and what is installed may be the same everywhere; what a test or a compiler says is about the code of one project. */
const GLOBAL_KINDS = "('invocation', 'environment')";

/** Most at one run; the rest follows with the next. */
const AT_ONCE = 200;

const DETECTED = `SELECT * FROM failure_patterns WHERE detected_at IS NULL AND sessions >= ${DETECTED_SESSIONS} LIMIT ${AT_ONCE}`;
const COMMON = `SELECT * FROM failure_patterns WHERE promoted_at IS NULL AND kind IN ${GLOBAL_KINDS}
  AND projects >= ${GLOBAL_PROJECTS} AND sessions >= ${GLOBAL_SESSIONS} LIMIT ${AT_ONCE}`;
const FADED = `SELECT command_key FROM failure_needles WHERE fades_at <= ? LIMIT ${AT_ONCE}`;

/** What a run changed. */
export interface Promotion {
  readonly detected: number;
  readonly promoted: number;
  /** Commands of which nothing is sure any more: their views are made again, or go. */
  readonly faded: number;
}

/**
 * Sums up what the failures of several sessions have in common: a pattern that came again is told, one that several projects know holds everywhere,
 * one that did not come back fades. Looks at nothing but what has changed. @param emit Gets an event for each, and one for the whole.
 */
export function promote(
  database: Database,
  now: number,
  emit: (draft: EventDraft) => void,
): Promotion {
  const { detected, promoted, faded } = inTransaction(database, () => {
    const found = {
      detected: database.prepare(DETECTED).all(),
      promoted: database.prepare(COMMON).all(),
      faded: database.prepare(FADED).all(now),
    };
    for (const { id } of found.detected)
      database
        .prepare('UPDATE failure_patterns SET detected_at = ? WHERE id = ?')
        .run(now, String(id));
    for (const { id } of found.promoted)
      database
        .prepare('UPDATE failure_patterns SET promoted_at = ? WHERE id = ?')
        .run(now, String(id));
    requestRefresh(
      database,
      'failure',
      new Set([...found.promoted, ...found.faded].map((row) => String(row['command_key']))),
    );
    return found;
  });
  for (const row of detected) emit(draftOf(row, 'second-session', 'project'));
  for (const row of promoted) emit(draftOf(row, 'promoted', 'global'));
  const result = { detected: detected.length, promoted: promoted.length, faded: faded.length };
  if (result.detected + result.promoted + result.faded > 0)
    emit({ type: 'learning.model_updated', priority: PRIORITY.bulk, payload: { ...result } });
  return result;
}

function draftOf(
  row: Row,
  reason: 'second-session' | 'promoted',
  scope: 'project' | 'global',
): EventDraft {
  const { id, tool, command, error, kind, sessions, projects } = row;
  return {
    type: 'learning.pattern_detected',
    priority: PRIORITY.bulk,
    payload: { pattern_id: id, reason, scope, tool, command, error, kind, sessions, projects },
  };
}
