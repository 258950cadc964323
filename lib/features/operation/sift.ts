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

/** Takes secrets out of texts: as many as it was given, in their order. */
export type Redact = (texts: readonly string[]) => Promise<readonly string[]>;

/** The same facts with targets, errors and todos redacted, in one call for all of them; also those that wait, for they are stored too. */
export async function redactSifted(sifted: Sifted, redact: Redact): Promise<Sifted> {
  const waiting = [...sifted.pending.values()];
  const texts = [...new Set([...sifted.own, ...waiting].flatMap(textsOf))].filter(
    (text) => text !== '',
  );
  if (texts.length === 0) return sifted;
  const redacted = await redact(texts);
  const clean = new Map(texts.map((text, index) => [text, redacted[index] ?? '']));
  const cleaned = (text: string): string => clean.get(text) ?? text;
  const own = sifted.own.map((fact) => withTexts(fact, cleaned));
  const pending = new Map(
    waiting.map((call) => [call.toolUseId, { ...call, target: cleaned(call.target) }]),
  );
  return { ...sifted, own, pending };
}

function textsOf(fact: TranscriptFact): readonly string[] {
  if (fact.kind === 'call') return [fact.target];
  if (fact.kind === 'result') return fact.error === undefined ? [] : [fact.error];
  return fact.kind === 'todos' ? fact.items.map(({ text }) => text) : [];
}

function withTexts(fact: TranscriptFact, cleaned: (text: string) => string): TranscriptFact {
  if (fact.kind === 'call') return { ...fact, target: cleaned(fact.target) };
  if (fact.kind === 'result')
    return fact.error === undefined ? fact : { ...fact, error: cleaned(fact.error) };
  return fact.kind === 'todos'
    ? { ...fact, items: fact.items.map((item) => ({ ...item, text: cleaned(item.text) })) }
    : fact;
}
