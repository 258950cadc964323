import { redactCredentials } from './credentials-in-transit.ts';
import { redactNamedValues } from './named-values.ts';
import { redactArguments } from './program-arguments.ts';
import { redactSentences } from './sentences.ts';
import { redactTables } from './tables.ts';
import { redactShapes } from './token-shapes.ts';

export { REDACTED } from './harmless.ts';
export { hasSecretName, redactNamed } from './named-values.ts';

/**
 * Replaces every recognised secret with {@link REDACTED}: tokens by their shape, values by their
 * name, arguments by their program, passwords in sentences, and credentials. Linear in the length
 * of the text. Idempotent.
 */
export function redactTokens(text: string): string {
  let clean = redactOnce(text);
  // The text between two secrets can look different after one of them was removed.
  for (let again = 0; again < 3 && clean !== text; again += 1) {
    text = clean;
    clean = redactOnce(text);
  }
  return clean;
}

/** Whether `text` contains a well-known token shape, whatever surrounds it. */
export function hasToken(text: string): boolean {
  return redactShapes(text) !== text;
}

function redactOnce(text: string): string {
  const shaped = redactShapes(text);
  const transit = redactCredentials(shaped, shaped.toLowerCase());
  const argued = redactArguments(transit);
  const named = redactNamedValues(argued, argued.toLowerCase());
  const lower = named.toLowerCase();
  return redactTables(redactSentences(named, lower), lower);
}

/**
 * Separates texts that are checked as one. No pattern here matches across it, except one that would
 * redact anyway.
 */
export const TEXT_GAP = '\n\n\n\n';
