/**
 * Well-known shapes of secrets: short, linear-time patterns with fixed prefixes, fit for the hot path.
 * The worker looks again with a well-kept rule set before anything reaches the store.
 */
const SHAPES: readonly RegExp[] = [
  /\bsk-ant-[\w-]{16,200}/g,
  /\bsk-(?:proj-|live-)?[A-Za-z0-9]{20,200}/g,
  /\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,200}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,255}/g,
  /\bgithub_pat_\w{20,255}/g,
  /\bglpat-[\w-]{20,100}/g,
  /\bnpm_[A-Za-z0-9]{30,100}/g,
  /\bxox[abeoprs]-[\w-]{10,250}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[\w-]{35}/g,
  /\bya29\.[\w-]{20,400}/g,
  /\beyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{8,1000}/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
];

/** `NAME=value`, `"name": "value"`, `--name value`: the name stays, the value goes. */
const ASSIGNED =
  /((?:password|passwd|secret|token|api[_-]?key|access[_-]?key|auth[_-]?token|private[_-]?key)["']?\s{0,3}(?:[=:]|\s)\s{0,3}["']?)([^\s"'`;&|,}]{6,400})/gi;

/** `https://user:password@host` and `Authorization: Bearer …`. */
const IN_URL = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,100}:)([^\s/@]{1,200})(@)/gi;
const BEARER = /(\b(?:bearer|basic)\s{1,3})([\w.~+/=-]{12,4000})/gi;

/** What stands in place of a secret. */
export const REDACTED = '[redacted]';

/** `text` with every well-known token shape replaced by {@link REDACTED}. */
export function redactTokens(text: string): string {
  let clean = text;
  for (const shape of SHAPES) clean = clean.replace(shape, REDACTED);
  return clean.replace(IN_URL, `$1${REDACTED}$3`).replace(BEARER, `$1${REDACTED}`).replace(ASSIGNED, `$1${REDACTED}`);
}
