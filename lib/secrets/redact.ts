import { redactCredentials } from './credentials-in-transit.ts';
import { redactNamedValues } from './named-values.ts';
import { redactArguments } from './program-arguments.ts';
import { redactSentences } from './sentences.ts';
import { redactTables } from './tables.ts';
import { redactShapes } from './token-shapes.ts';

export { REDACTED } from './harmless.ts';
export { hasSecretName, redactNamed } from './named-values.ts';

/**
 * `text` with every secret that is recognised replaced by {@link REDACTED}: tokens by their shape, values by their name, arguments by
 * their program, passwords in sentences, what logs in. Linear in its length, and the same when it is applied again.
 */
export function redactTokens(text: string): string {
  let clean = redactOnce(text);
  // the text between two secrets can look different when one of them has been removed
  for (let again = 0; again < 3 && clean !== text; again += 1) {
    text = clean;
    clean = redactOnce(text);
  }
  return clean;
}

/** Whether `text` holds a well-known token shape, whatever text is around it. */
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

/** Between texts that are looked at as one: no pattern here reaches across it, except for one that takes something out anyway. */
export const TEXT_GAP = '\n\n\n\n';
