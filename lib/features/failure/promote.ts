import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { Database, Row } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { inTransaction } from '../../store/transaction.ts';
import {
  readCommonPatterns,
  readFadedCommands,
  markDetected,
  markPromoted,
  readUndetectedPatterns,
} from './table-patterns.ts';

/** One session can be an accident; a second session shows that the failure recurs. */
const DETECTED_SESSIONS = 2;

/**
 * Two projects show that the failure is not about one of them. A third session shows that it was
 * not one incident in two projects.
 */
const GLOBAL_PROJECTS = 2;
const GLOBAL_SESSIONS = 3;

/**
 * A wrong call or a missing installation can be the same everywhere. Results of a test or a
 * compiler are about the code of one project.
 */
const GLOBAL_KINDS = ['invocation', 'environment'];

/** Maximum per run; the others follow in the next run. */
const AT_ONCE = 200;

/** The changes of one run. */
export interface Promotion {
  readonly detected: number;
  readonly promoted: number;
  /** Number of commands whose confidence faded: their views are written again or deleted. */
  readonly faded: number;
}

/**
 * Finds what failures of several sessions have in common: it announces a pattern that recurred,
 * makes a pattern global that several projects know, and fades a pattern that did not recur. Only
 * processes changes.
 * @param emit Gets an event for each, and one for the whole run.
 */
export function promote(
  database: Database,
  now: number,
  emit: (draft: EventDraft) => void,
): Promotion {
  const { detected, promoted, faded } = inTransaction(database, () => {
    const common = { kinds: GLOBAL_KINDS, projects: GLOBAL_PROJECTS, sessions: GLOBAL_SESSIONS };
    const found = {
      detected: readUndetectedPatterns(database, DETECTED_SESSIONS, AT_ONCE),
      promoted: readCommonPatterns(database, common, AT_ONCE),
      faded: readFadedCommands(database, now, AT_ONCE),
    };
    for (const { id } of found.detected) markDetected(database, String(id), now);
    for (const { id } of found.promoted) markPromoted(database, String(id), now);
    const keys = found.promoted.map((row) => String(row['command_key']));
    requestRefresh(database, 'failure', new Set([...keys, ...found.faded]));
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
