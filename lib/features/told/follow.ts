import { numberField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { applyWrites } from '../../store/sink.ts';
import { inTransaction } from '../../store/transaction.ts';
import {
  type Aftermath,
  contextOutcome,
  failureOutcome,
  MOST_CALLS,
  type Outcome,
  resumeOutcome,
} from './outcome.ts';
import {
  callById,
  callsBefore,
  callsSince,
  countCompactions,
  type FollowingCall,
  hasFilledOn,
  isOver,
  openTold,
  type OpenTold,
  TOLD,
} from './table.ts';

/** Calls of agents may stand between those of one conversation. */
const MOST_READ = 10 * MOST_CALLS;

/** The last calls before a break that a reminder is about. */
const MOST_EARLIER = 50;

/**
 * The 'told' refresher: finds out what followed what Claude was told in a session, as far as the store knows by now. It reads the store as it is, so
 * neither order nor repetition matters.
 */
export function toldRefresher(clock: () => number): (database: Database, session: string) => void {
  return (database, session) => {
    const open = openTold(database, session);
    if (open.length === 0) return;
    const writes = open.flatMap((told) => {
      const outcome = outcomeOf(database, session, told);
      const row = { id: told.id, decided_at: clock(), outcome: outcome ?? null };
      return outcome === undefined
        ? []
        : [{ into: TOLD, row: { ...columnsOf(session, told), ...row } }];
    });
    if (writes.length > 0) inTransaction(database, () => applyWrites(database, writes));
  };
}

/** A write that finds no row must be able to make one. */
function columnsOf(session: string, { kind, about, detail, at }: OpenTold) {
  return { session_id: session, kind, about, detail: JSON.stringify(detail), at };
}

function outcomeOf(database: Database, session: string, told: OpenTold): Outcome | undefined {
  switch (told.kind) {
    case 'failure':
      return failureOutcome(told, aftermath(database, session, told));
    case 'context': {
      const epoch = numberField(told.detail, 'epoch') ?? 0;
      return contextOutcome({
        hasFilledOn: hasFilledOn(database, session, epoch, Number(told.about)),
        isCompacted: countCompactions(database, session) > epoch,
        isOver: isOver(database, session),
      });
    }
    case 'resume': {
      const of = stringField(told.detail, 'of_session') ?? session;
      const earlier = callsBefore(database, of, told.at, MOST_EARLIER);
      return resumeOutcome(earlier, aftermath(database, session, told));
    }
    default:
      return undefined;
  }
}

function aftermath(database: Database, session: string, told: OpenTold): Aftermath {
  const isOfConversation = ({ toolUseId, agentId }: FollowingCall): boolean =>
    toolUseId !== told.toolUseId && agentId === told.agentId;
  return {
    own: told.toolUseId === undefined ? undefined : callById(database, told.toolUseId),
    after: callsSince(database, session, told.at, MOST_READ)
      .filter(isOfConversation)
      .slice(0, MOST_CALLS),
    isOver: isOver(database, session),
  };
}
