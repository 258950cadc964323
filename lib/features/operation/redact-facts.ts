import type { TranscriptFact } from '../../claude/transcript/parse-line.ts';

/** Takes secrets out of texts: as many as it was given, in their order. */
export type Redact = (texts: readonly string[]) => Promise<readonly string[]>;

/** The facts with targets and errors redacted, in one call for all of them. */
export async function redactFacts(facts: readonly TranscriptFact[], redact: Redact): Promise<readonly TranscriptFact[]> {
  const texts = [...new Set(facts.flatMap((fact) => textOf(fact) ?? []))];
  if (texts.length === 0) return facts;
  const redacted = await redact(texts);
  const clean = new Map(texts.map((text, index) => [text, redacted[index] ?? '']));
  return facts.map((fact) => withText(fact, clean.get(textOf(fact) ?? '')));
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
