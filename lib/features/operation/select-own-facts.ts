import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { CallStart, Reading } from './reading.ts';

/** More open calls than any batch has; beyond it the oldest are dropped. */
const PENDING_LIMIT = 256;

/**
 * A fact with its position in time: its own time, or just after the previous line if a clock was
 * set back. Of two facts in one file, the lower one is always later.
 */
export type PlacedFact = TranscriptFact & { readonly placedAt: number };

export interface OwnFacts
  extends Pick<Reading, 'leftOut' | 'hasBegun' | 'placedAt' | 'model' | 'pending'> {
  readonly own: readonly PlacedFact[];
}

/**
 * Separates a session's own facts from those that a fork copied into its transcript. Copies keep
 * their times, so they are older than the session's first hook event; the session's own facts come
 * after it. One exception: if only tool hooks are installed, the first event is the end of the
 * first call, whose beginning is older. Such a call waits until its result, which is never older,
 * arrives. After the first own fact, all facts are own, whatever the clock said. An answer without
 * a model has the model of the previous one. A title that names its session needs no time; a
 * summary before everything else belongs to another session.
 */
export function selectOwnFacts(facts: readonly TranscriptFact[], reading: Reading): OwnFacts {
  const own: PlacedFact[] = [];
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

/**
 * Returns a position after the last one. Sizes need distinct positions even if two lines have the
 * same time; other facts may share one.
 */
function placeBehind(last: number, { at, kind }: TranscriptFact): number {
  if (at > last || (at === last && kind !== 'usage' && kind !== 'compaction')) return at;
  return last + 1;
}

function newest(pending: ReadonlyMap<string, CallStart>): ReadonlyMap<string, CallStart> {
  return pending.size <= PENDING_LIMIT ? pending : new Map([...pending].slice(-PENDING_LIMIT));
}
