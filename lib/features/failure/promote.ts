import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { Database, Row } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { inTransaction } from '../../store/transaction.ts';
import {
  commonPatterns,
  fadedCommands,
  markDetected,
  markPromoted,
  undetectedPatterns,
} from './table-patterns.ts';

/** Once may be an accident of one session; a second session says that it comes again. */
const DETECTED_SESSIONS = 2;

/** Two projects show that it is not about one of them; a third session, that two projects did not share one bad afternoon. */
const GLOBAL_PROJECTS = 2;
const GLOBAL_SESSIONS = 3;

/** How a call is made and what is installed may be the same everywhere; what a test or a compiler says is about the code of one project. */
const GLOBAL_KINDS = ['invocation', 'environment'];

/** Most at one run; the others follow with the next. */
const AT_ONCE = 200;

/** What a run changed. */
export interface Promotion {
  readonly detected: number;
  readonly promoted: number;
  /** Commands of which nothing is sure any more: their views are made again, or go. */
  readonly faded: number;
}

/**
 * Sums up what the failures of several sessions have in common: a pattern that came again is announced, one that several projects know holds everywhere,
 * one that did not come back fades. Looks at nothing but what has changed. @param emit Gets an event for each, and one for the whole.
 */
export function promote(
  database: Database,
  now: number,
  emit: (draft: EventDraft) => void,
): Promotion {
  const { detected, promoted, faded } = inTransaction(database, () => {
    const common = { kinds: GLOBAL_KINDS, projects: GLOBAL_PROJECTS, sessions: GLOBAL_SESSIONS };
    const found = {
      detected: undetectedPatterns(database, DETECTED_SESSIONS, AT_ONCE),
      promoted: commonPatterns(database, common, AT_ONCE),
      faded: fadedCommands(database, now, AT_ONCE),
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
