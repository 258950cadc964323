import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { Sifted } from './sift.ts';

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
