import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { CallStart, Reading } from './reading.ts';

/** More open calls than any batch has; past it the oldest go. */
const PENDING_LIMIT = 256;

/**
 * A fact with its place in time: its own, or just behind that of the line before where a clock was set back. Of two facts of one file, the one that
 * stands further down is the later one.
 */
export type Placed = TranscriptFact & { readonly placedAt: number };

export interface Sifted
  extends Pick<Reading, 'leftOut' | 'hasBegun' | 'placedAt' | 'model' | 'pending'> {
  readonly own: readonly Placed[];
}

/**
 * Parts a session's own facts from those that a fork copied into its transcript: copies keep their times, so they are older than the
 * session's first hook event, while what the session does comes after it. One exception: where only tool hooks are wired, the first event
 * is the end of the first call, whose beginning is older. Such a call waits, and its result, which is never older, brings it in.
 * Behind the first own fact all are own, whatever the clock said. An answer that names no model has that of the one before.
 * A title that names its session needs no time; a summary in front of all else is that of another session.
 */
export function sift(facts: readonly TranscriptFact[], reading: Reading): Sifted {
  const own: Placed[] = [];
  const pending = new Map(reading.pending);
  let { leftOut, hasBegun, placedAt, model } = reading;
  for (const told of facts) {
    if (told.kind === 'usage') model = told.model ?? model;
    const fact =
      told.kind === 'usage' && model !== undefined && told.model === undefined
        ? { ...told, model }
        : told;
    placedAt = placeBehind(placedAt, fact);
    if (fact.kind === 'title') {
      if (hasBegun || fact.session !== undefined) own.push({ ...fact, placedAt });
      continue;
    }
    hasBegun ||= fact.at >= reading.floor;
    if (!hasBegun) leftOut += 1;
    if (fact.kind === 'call' && !hasBegun) pending.set(fact.toolUseId, fact);
    if (fact.kind === 'result') {
      const call = pending.get(fact.toolUseId);
      pending.delete(fact.toolUseId);
      if (call !== undefined && hasBegun) own.push({ ...call, placedAt });
    }
    if (hasBegun) own.push({ ...fact, placedAt });
  }
  return { own, leftOut, hasBegun, placedAt, model, pending: newest(pending) };
}

/** Sizes are told apart even where two lines have one time; all else may share it. */
function placeBehind(last: number, { at, kind }: TranscriptFact): number {
  if (at > last || (at === last && kind !== 'usage' && kind !== 'compaction')) return at;
  return last + 1;
}

function newest(pending: ReadonlyMap<string, CallStart>): ReadonlyMap<string, CallStart> {
  return pending.size <= PENDING_LIMIT ? pending : new Map([...pending].slice(-PENDING_LIMIT));
}
