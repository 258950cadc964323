import { redactTokens } from './redact.ts';
import { mayHoldSecret } from './prefilter.ts';
import { NOT_CHECKED } from './secret-range.ts';
import type { SecretRedactor } from './secret-redactor.ts';

/** Loose texts without secrets, in order: token shapes are taken out here, only what the prefilter flags goes through `redactor`. Never rejects. */
export async function redactTexts(
  texts: readonly string[],
  redactor: Pick<SecretRedactor, 'redact'>,
): Promise<readonly string[]> {
  const clean = texts.map(redactTokens);
  const cleanOf = await redactFlagged(new Set(clean.filter(mayHoldSecret)), redactor);
  return clean.map((text) => cleanOf.get(text) ?? text);
}

/** The replacement of each flagged text. Asks nothing when there is none; a text without an answer is replaced whole. */
export async function redactFlagged(
  flagged: ReadonlySet<string>,
  redactor: Pick<SecretRedactor, 'redact'>,
): Promise<ReadonlyMap<string, string>> {
  if (flagged.size === 0) return new Map();
  const texts = [...flagged];
  const redacted = await redactor.redact(texts);
  return new Map(texts.map((text, index) => [text, redacted[index] ?? NOT_CHECKED]));
}
