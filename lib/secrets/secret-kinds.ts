import { NOT_CHECKED, REDACTED } from './harmless.ts';

const MARK = REDACTED.replace(/[[\]]/g, '\\$&');

/** Recognises the kind of a removed secret by the text around it. */
const KINDS: ReadonlyArray<readonly [kind: string, around: RegExp]> = [
  ['url-credentials', new RegExp(`://[^\\s/@:]{0,100}:${MARK}@`)],
  [
    'authorization',
    new RegExp(
      `\\b(?:authorization["']?\\s{0,3}[:=]\\s{0,3}["']?(?:[a-z]{1,20}[ \\t]{1,3})?|(?:bearer|basic)[ \\t]{1,3})${MARK}`,
      'i',
    ),
  ],
  ['cookie', new RegExp(`\\bcookie["']?\\s{0,3}:\\s{0,3}["']?${MARK}`, 'i')],
  ['signed-url', new RegExp(`[?&](?:key|sig|signature|x-(?:amz|goog)-signature)=${MARK}`, 'i')],
  ['user-password', new RegExp(`(?:-u|--user)[ =]["']?[^\\s:"'@/]{1,100}:${MARK}`)],
  [
    'named-value',
    new RegExp(
      `\\w["']?\\s{0,3}(?:=>|[=:])\\s{0,3}["']?${MARK}|--?[\\w-]{1,60}[ \\t]{1,3}["']?${MARK}`,
    ),
  ],
];

/**
 * Returns the kinds of secrets that were removed from a text; `token` if only the secret itself
 * showed it. Empty if nothing was removed.
 */
export function secretKinds(redacted: string): readonly string[] {
  if (!redacted.includes('[redacted')) return [];
  const kinds: string[] = redacted.includes(NOT_CHECKED) ? ['not-checked'] : [];
  let rest = redacted.replaceAll(NOT_CHECKED, '');
  for (const [kind, around] of KINDS) {
    if (!around.test(rest)) continue;
    kinds.push(kind);
    rest = rest.replace(new RegExp(around.source, `${around.flags}g`), '');
  }
  return rest.includes(REDACTED) ? [...kinds, 'token'] : kinds;
}
