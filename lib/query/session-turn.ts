import {
  type ConversationEnd,
  readConversationEnd,
} from '../claude/transcript/conversation-end.ts';
import { HOUR_MS } from '../core/clock.ts';
import type { SessionFacts } from './session-facts.ts';

/** A turn in which nothing happened for so long is over, although nothing said so. */
export const SILENT_TURN_MS = HOUR_MS;

/** Hooks of one moment note times that differ by less. */
const SAME_MOMENT_MS = 1_000;

export interface TurnTimes {
  /** When the latest turn ended, in whatever way; 0: never. */
  readonly endAt: number;
  /** When agents last ended with their turn or their process: the user stopped it; 0: never. */
  readonly agentsEndAt: number;
  /** When the present turn began; `undefined` outside of one. */
  readonly beganAt: number | undefined;
  /** How the conversation of this process ends at the moment. */
  readonly end: ConversationEnd;
}

/**
 * Returns when the turn began and ended. Where the user ends a turn, or another hook lets it go on,
 * only the transcript says so.
 */
export function turnTimes(facts: SessionFacts, now: number): TurnTimes {
  const { promptAt, stop, blockedAt, openedAt } = facts;
  const stoppedAt = stop?.at ?? 0;
  const end = endOfConversation(facts, Math.max(stoppedAt, blockedAt, openedAt), now);
  // the hook that lets the turn go on runs beside ours
  const goesOn = end.kind === 'continued' && end.at > stoppedAt - SAME_MOMENT_MS;
  const endAt = Math.max(
    goesOn ? 0 : stoppedAt,
    blockedAt,
    openedAt,
    endInTranscript(end, promptAt),
  );
  const beganAt = goesOn && promptAt <= endAt ? end.at : promptAt;
  return {
    ...{ endAt, end },
    agentsEndAt: Math.max(openedAt, end.kind === 'interrupted' ? end.at : 0),
    beganAt: beganAt > endAt ? beganAt : undefined,
  };
}

/**
 * Returns the facts as they were when the user stopped the turn, if the transcript says so. Times
 * in the future are from before the clock was set back: the turn was stopped after them.
 */
export function endAtStop(facts: SessionFacts, { end }: TurnTimes, now: number): SessionFacts {
  const isLate = Math.max(facts.promptAt, facts.workedAt) > now;
  if (end.kind !== 'interrupted' || end.at > now || !isLate) return facts;
  const known = (at: number): number => (at > now ? end.at : at);
  return {
    ...{ ...facts, promptAt: known(facts.promptAt), workedAt: known(facts.workedAt) },
    agents: facts.agents.map(({ startedAt, seenAt }) => ({
      ...{ startedAt: known(startedAt), seenAt: known(seenAt) },
    })),
  };
}

/** When the transcript says that a turn ended that has no end otherwise; 0: it does not. */
function endInTranscript({ kind, at }: ConversationEnd, promptAt: number): number {
  if (kind === 'interrupted') return at;
  // the hook that refused the prompt may have run before ours
  const isLatest = at > promptAt - SAME_MOMENT_MS;
  return kind === 'blocked' && isLatest ? Math.max(at, promptAt) : 0;
}

const NO_END: ConversationEnd = { kind: 'other', at: 0, commandAt: 0 };

function endOfConversation(
  { transcriptPath, promptAt, workedAt, compactingAt = 0, openedAt }: SessionFacts,
  toldAt: number,
  now: number,
): ConversationEnd {
  const mayWork = Math.max(promptAt, workedAt, compactingAt) > toldAt;
  const isFresh = mayWork || now - toldAt < SILENT_TURN_MS;
  if (transcriptPath === undefined || !isFresh) return NO_END;
  const end = readConversationEnd(transcriptPath);
  return end.at < openedAt ? { ...NO_END, commandAt: end.commandAt } : end;
}
