import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';
import type { Sifted } from './sift.ts';

/** Takes secrets out of texts: as many as it was given, in their order. */
export type Redact = (texts: readonly string[]) => Promise<readonly string[]>;

/** The same facts with targets and errors redacted, in one call for all of them; also those that wait, for they are stored too. */
export async function redactSifted(sifted: Sifted, redact: Redact): Promise<Sifted> {
  const waiting = [...sifted.pending.values()];
  const texts = [...new Set([...sifted.own, ...waiting].flatMap((fact) => textOf(fact) ?? []))];
  if (texts.length === 0) return sifted;
  const redacted = await redact(texts);
  const clean = new Map(texts.map((text, index) => [text, redacted[index] ?? '']));
  const own = sifted.own.map((fact) => withText(fact, clean.get(textOf(fact) ?? '')));
  const pending = new Map(waiting.map((call) => [call.toolUseId, { ...call, target: clean.get(call.target) ?? call.target }]));
  return { ...sifted, own, pending };
}

function textOf(fact: TranscriptFact): string | undefined {
  const text = fact.kind === 'call' ? fact.target : fact.kind === 'result' ? fact.error : undefined;
  return text === '' ? undefined : text;
}

function withText(fact: TranscriptFact, text: string | undefined): TranscriptFact {
  if (text === undefined) return fact;
  if (fact.kind === 'call') return { ...fact, target: text };
  return fact.kind === 'result' ? { ...fact, error: text } : fact;
}
