import { lazy } from '../core/lazy.ts';
import {
  isHarmless,
  REDACTED,
  SECRET_NAMES,
  SECRET_RULES,
  type SecretRule,
  TOKEN_RULE,
} from './secret-rules.ts';

export { REDACTED };

/** `text` with every well-known token shape replaced by {@link REDACTED}. Linear in its length. */
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
  return mayMatch(TOKEN_RULE, text) && TOKEN_RULE.redact(text) !== text;
}

function redactOnce(text: string): string {
  let lower = text.toLowerCase();
  for (const rule of SECRET_RULES) {
    if (!mayMatch(rule, rule.isCaseSensitive ? text : lower)) continue;
    text = rule.redact(text);
    lower = text.toLowerCase();
  }
  return text;
}

function mayMatch({ needs }: SecretRule, text: string): boolean {
  return needs.every((group) => group.some((part) => text.includes(part)));
}

/** `value` of a field called `name`, redacted whole when the name says that it is a secret. */
export function redactNamed(name: string, value: string): string {
  return value === '' || !hasSecretName(name) || isHarmless(`${name}=`, '"', value)
    ? value
    : REDACTED;
}

const SECRET_NAME = lazy(() => new RegExp(`(?:${SECRET_NAMES}|^pass)$`, 'im'));

/** Whether one of the names, one a line, says that its value is a secret. */
export function hasSecretName(names: string): boolean {
  return SECRET_NAME().test(names);
}

/** Between texts that are looked at as one: no pattern here reaches across it, except for one that takes something out anyway. */
export const TEXT_GAP = '\n\n\n\n';
