import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { applyWrites } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import {
  type FollowUp,
  classifyContextOutcome,
  classifyFailureOutcome,
  MAX_CALLS,
  type Outcome,
  classifyResumeOutcome,
} from './outcome.ts';
import {
  readCall,
  readCallsBefore,
  readCallsSince,
  countCompactions,
  type FollowingCall,
  hasFilledFurther,
  hasSessionEnded,
  readOpenHookMessages,
  type OpenHookMessage,
  HOOK_MESSAGES,
} from './table.ts';

/** Calls of agents may be between those of one conversation. */
const MAX_READ = 10 * MAX_CALLS;

/** Number of calls before the interruption that a reminder is about. */
const MAX_EARLIER = 50;

/**
 * Creates the refresher of the kind 'told'. It decides the outcome of messages to Claude in a
 * session, as far as the store knows it. It depends only on the store, so order and repetition do
 * not matter.
 */
export function createHookMessageRefresher(
  clock: () => number,
): (database: Database, session: string) => void {
  return (database, session) => {
    const open = readOpenHookMessages(database, session);
    if (open.length === 0) return;
    const writes = open.flatMap((told) => {
      const outcome = outcomeOf(database, session, told);
      const row = { id: told.id, decided_at: clock(), outcome: outcome ?? null };
      return outcome === undefined || outcome === told.outcome
        ? []
        : [{ into: HOOK_MESSAGES, row: { ...columnsOf(session, told), ...row } }];
    });
    if (writes.length > 0) inTransaction(database, () => applyWrites(database, writes));
  };
}

/** Returns all columns, so that the write can also create the row. */
function columnsOf(session: string, { kind, about, detail, at }: OpenHookMessage) {
  return { session_id: session, kind, about, detail: JSON.stringify(detail), at };
}

function outcomeOf(
  database: Database,
  session: string,
  told: OpenHookMessage,
): Outcome | undefined {
  switch (told.kind) {
    case 'failure':
      return classifyFailureOutcome(told, aftermath(database, session, told));
    case 'context': {
      const epoch = numberField(told.detail, 'epoch') ?? 0;
      return classifyContextOutcome({
        hasFilledOn: hasFilledFurther(database, session, epoch, Number(told.about)),
        isCompacted: countCompactions(database, session) > epoch,
        isOver: hasSessionEnded(database, session),
      });
    }
    case 'resume': {
      const of = stringField(told.detail, 'of_session') ?? session;
      const earlier = readCallsBefore(database, of, told.at, MAX_EARLIER);
      return classifyResumeOutcome(earlier, aftermath(database, session, told));
    }
    default:
      return undefined;
  }
}

function aftermath(database: Database, session: string, told: OpenHookMessage): FollowUp {
  const isOfConversation = ({ toolUseId, agentId }: FollowingCall): boolean =>
    toolUseId !== told.toolUseId && agentId === told.agentId;
  return {
    own: told.toolUseId === undefined ? undefined : readCall(database, told.toolUseId),
    after: readCallsSince(database, session, told.at, MAX_READ)
      .filter(isOfConversation)
      .slice(0, MAX_CALLS),
    isOver: hasSessionEnded(database, session),
  };
}
