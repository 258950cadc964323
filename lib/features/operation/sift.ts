import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { CallStart, Reading } from './reading.ts';

/** More open calls than any batch has; past it the oldest go. */
const PENDING_LIMIT = 256;

export interface Sifted {
  readonly own: readonly TranscriptFact[];
  readonly leftOut: number;
  readonly pending: ReadonlyMap<string, CallStart>;
}

/**
 * Parts a session's own facts from those that a fork copied into its transcript: copies keep their times, so they are older than the
 * session's first hook event, while what the session does comes after it. One exception: where only tool hooks are wired, the first event
 * is the end of the first call, whose beginning is older. Such a call waits, and its result, which is never older, brings it in.
 */
export function sift(facts: readonly TranscriptFact[], reading: Reading): Sifted {
  const own: TranscriptFact[] = [];
  const pending = new Map(reading.pending);
  let leftOut = reading.leftOut;
  for (const fact of facts) {
    const isOlder = fact.at < reading.floor;
    if (isOlder) leftOut += 1;
    if (fact.kind === 'call' && isOlder) pending.set(fact.toolUseId, fact);
    if (fact.kind === 'result') {
      const call = pending.get(fact.toolUseId);
      pending.delete(fact.toolUseId);
      if (call !== undefined && !isOlder) own.push(call);
    }
    if (!isOlder) own.push(fact);
  }
  return { own, leftOut, pending: newest(pending) };
}

function newest(pending: ReadonlyMap<string, CallStart>): ReadonlyMap<string, CallStart> {
  return pending.size <= PENDING_LIMIT ? pending : new Map([...pending].slice(-PENDING_LIMIT));
}
