import { lazy } from '../core/lazy.ts';
import { isNonSecret, isReference, isStrong, looksRandom, REDACTED } from './harmless.ts';
import { FLAG_ENDS, hasNameEnding, NAME_ENDS, WEAK_ENDS } from './may-hold-secret.ts';
import { type FoundValue, openQuotes, valueAt } from './read-value.ts';

/** Matches ends of names whose value is a secret (`GITHUB_TOKEN`, `clientSecret`, `x-api-key`). */
export const SECRET_NAMES =
  'passw(?:or)?d|passwort|passphrase|passcode|kennwort|contrase(?:ñ|n)a|(?<![A-Za-z])(?:pass|pwd|pw|mdp|senha|pat)|(?<!existing[_-]?)secret(?:_key_base|[_-]?string)?|(?<!page|cursor|continuation|next)(?<!page_|next_|page-)token|(?:credential|jfrog-art-api|rediscli_auth|docker_auth_config|authident|honeycomb-team|dockerconfigjson)|(?<![A-Za-z])psk|(?<=db|pg|ssh|sql|admin|user|root|vault|smtp|mail|ftp|ldap|key|store|sudo|proxy|redis|bind)(?:pass|pwd)|client-key-data|(?:api|access|account|private|secret|auth|sign(?:ing)?|encrypt(?:ion)?|master|app|session|licen[sc]e|deploy|service|role|anon|subscription|shared|consumer|functions?|client|webhook|jwt|storage|hmac|write|ingest(?:ion)?|integration|bot|server|admin|decrypt(?:ion)?|cipher|pairing|recovery|seed|wallet|registration)[_-]?key';

/** Names that usually mean something else: their value must look random. */
const WEAK_NAMES =
  '(?<![A-Za-z])_?auth|(?<=[A-Z]_)(?<!(?:cache|gpg|pgp|public|primary|foreign|partition|sort|idempotency|object|s3|row|host|pub|index|group|map|query|state|item)_)KEY|(?<![A-Za-z])(?:dsn|sid|jwt|bearer|credentials|sas|seed)';

/** Calls that turn a text into a secret: `String::from("…")`. */
const MAKERS =
  'String::from|Some|Secret(?:String|Str)?(?:::(?:new|from))?|Buffer\\.from|\\[\\]byte|Encoding\\.\\w{1,8}\\.GetBytes';

/** Matches `NAME=`, `"name": `, `name => `, `['name'] = `, `('NAME', `, up to the value. */
const HEAD = lazy(
  () =>
    new RegExp(
      `(${SECRET_NAMES}|(${WEAK_NAMES}))\\\\{0,7}(?:["'\`]?\\]?\\s{0,3}(?:=>|:=|=|:\\s{0,2}[&\\w<>[\\].?]{1,30}\\s{0,3}=(?!=)|:-|:(?![:?+-]|//))|["']\\s{0,2},(?=\\s{0,2}["'](?!value)))(?:\\s|\\\\n){0,3}(?:[rbfu](?=["'])|(?:${MAKERS})\\((?=["']))?`,
      'gi',
    ),
);

/** Matches `--name `, up to the value. The lookbehind tries each flag once. */
const FLAG = lazy(
  () =>
    new RegExp(
      `(?<![\\w-])--?(?!(?:no|ask|prompt|use|with|show|list|reset|rotate|get|skip)-)(?:[a-z]+-){0,4}(?:pass|otp|${SECRET_NAMES})[ \\t]{1,3}(?![-<>|&;])`,
      'gi',
    ),
);

/** Matches `setx NAME value`, `ENV NAME value`, `set -gx NAME value`, up to the value. */
const SET = lazy(
  () =>
    new RegExp(
      `(?<![\\w-])(?:setx|ENV|ARG|setenv|set(?:[ \\t]-[A-Za-z]{1,4}){1,3}|(?:config|env|secret|variable)s?[: ](?:set|add))[ \\t]{1,3}[\\w.-]{0,60}(?:${SECRET_NAMES})[ \\t]{1,3}(?![-<>|&;=])`,
      'gi',
    ),
);

/** Matches `name: DB_PASSWORD, value: …` in YAML, JSON and XML, up to the value. */
const PAIR = lazy(
  () =>
    new RegExp(
      `(?:name|key|id)\\\\{0,3}["']?\\s{0,2}[:=]\\s{0,2}\\\\{0,3}["']?[\\w.-]{0,60}(?:${SECRET_NAMES})\\\\{0,3}["']?(?:,|\\s|\\\\n){1,12}\\\\{0,3}["']?value\\\\{0,3}["']?\\s{0,2}[:=]\\s{0,2}`,
      'gi',
    ),
);

/** Matches `variable "db_password" { default = …`, up to the value. */
const DECLARED = lazy(
  () =>
    new RegExp(
      `variable\\s{1,3}"[\\w-]{0,60}(?:${SECRET_NAMES})"\\s{0,3}\\{[^{}]{0,300}?default\\s{0,20}=\\s{0,3}`,
      'gi',
    ),
);

/** Matches `<key>Password</key><string>…`, up to the text. */
const LISTED = lazy(
  () => new RegExp(`<key>[^<\\n]{0,60}(?:${SECRET_NAMES})</key>\\s{0,20}<string>`, 'gi'),
);

/**
 * Matches `DB_PASSWORD value`, `admin_password,value`: nothing but the name of a variable, so the
 * value itself must look like a secret.
 */
const SPACED = lazy(
  () =>
    /(?<![\w$-])(?:[A-Z][A-Z0-9_]*(?:PASSWORD|PASSWD|TOKEN|SECRET|API_KEY|ACCESS_KEY|PRIVATE_KEY)[ \t]{1,3}|[a-z][a-z0-9_]*_(?:password|passwd|token|secret|api_key),)(?![=<>|&;-])/g,
);

/** Matches `<password>…</password>`, up to the text. */
const ELEMENT = lazy(
  () => new RegExp(`<[\\w:.-]{0,40}(?:${SECRET_NAMES})(?:\\s[^<>]{0,200})?>`, 'gi'),
);

/** Redacts the values of names, flags, pairs and elements that hold secrets. */
export function redactNamedValues(text: string, lower: string): string {
  const mayAssign = lower.includes('=') || lower.includes(':') || lower.includes(',');
  let clean = text;
  const hasName = hasNameEnding(lower, NAME_ENDS);
  if (mayAssign && (hasName || hasNameEnding(lower, WEAK_ENDS)))
    clean = replaceValues(clean, HEAD(), isSecretValue);
  if (lower.includes('-') && (hasName || hasNameEnding(lower, FLAG_ENDS)))
    clean = replaceValues(clean, FLAG(), (head, value) => isFlagValue(head, value));
  if (!hasName) return clean;
  if (/\b(?:setx|env|arg|setenv|set|add)\b/.test(lower))
    clean = replaceValues(clean, SET(), isFlagValue);
  clean = replaceValues(
    clean,
    SPACED(),
    (_, { text: value }) => isStrong(value) || looksRandom(value),
  );
  if (lower.includes('<key>')) clean = replaceValues(clean, LISTED(), isFlagValue);
  if (lower.includes('value')) clean = replaceValues(clean, PAIR(), isFlagValue);
  if (lower.includes('variable')) clean = replaceValues(clean, DECLARED(), isFlagValue);
  return lower.includes('</') ? replaceValues(clean, ELEMENT(), isFlagValue) : clean;
}

/** Decides whether the value after a match is a secret. */
type Judge = (head: RegExpExecArray, value: FoundValue, text: string) => boolean;

/**
 * Redacts each value after a match of `head` for which `isSecret` returns true. Checks every place
 * once.
 */
export function replaceValues(text: string, head: RegExp, isSecret: Judge): string {
  const quotes = openQuotes(text);
  let clean = '';
  let done = 0;
  head.lastIndex = 0;
  for (let match = head.exec(text); match !== null; match = head.exec(text)) {
    if (match[0] === '') head.lastIndex += 1;
    const value = valueAt(text, match.index + match[0].length, quotes);
    if (value === undefined || value.start < done || !isSecret(match, value, text)) continue;
    clean += text.slice(done, value.start) + REDACTED;
    done = value.end;
    head.lastIndex = Math.max(head.lastIndex, done);
  }
  return clean + text.slice(done);
}

function isSecretValue(match: RegExpExecArray, value: FoundValue, text: string): boolean {
  const [head, , weak] = match;
  if (weak !== undefined) return looksRandom(value.text) && !isHarmless(head, value);
  const isCall = value.quote === '' && text[value.end] === '(';
  const least = value.quote === '' ? 4 : 3;
  if (/arn:[\w:-]{0,100}$/.test(text.slice(Math.max(0, match.index - 120), match.index)))
    return false;
  if (isCall || value.text.length < least) return false;
  // The next name of an object, not the second of a pair.
  if (/,\s*$/.test(head) && /^["']\s{0,3}:/.test(text.slice(value.end, value.end + 5)))
    return false;
  return !isHarmless(head, value);
}

function isFlagValue(match: RegExpExecArray, value: FoundValue): boolean {
  return !isHarmless(match[0], value);
}

/**
 * Whether the value after a name is not a secret: a reference, a type, a count, a path, code,
 * prose.
 */
export function isHarmless(
  head: string,
  { quote, text: value }: Pick<FoundValue, 'quote' | 'text'>,
): boolean {
  if (isNonSecret(value) || (!quote.endsWith("'") && isReference(value))) return true;
  if (/^(?:id|type|src|env)=|^=/.test(value)) return true;
  if (/^\d{1,7}$/.test(value) && /(?:token|key)\W*$|pass\W*:\s*$/i.test(head)) return true;
  if (quote !== '') return isProse(value);
  const isPassword = /passw|passphrase|kennwort/i.test(head);
  const isField = /:\s*$/.test(head);
  if (isField && isPassword)
    return /^[A-Z]?[a-z]+$|^[a-z]+(?:[A-Z][a-z]+)+$|^[a-z]+(?:\.\w+)+$/.test(value);
  if (isField)
    return /^[A-Za-z][a-z]*(?:[-_./:][a-z]+)*$|^[a-z]+(?:[A-Z][a-z]+)+$|^[a-z]\w*(?:\.[A-Za-z_]\w*)+$/.test(
      value,
    );
  // `token = data.next` is code.
  return /\s[=>]+\s+$/.test(head) && /^[A-Za-z_$][A-Za-z_$.]*$/.test(value);
}

/** Whether a text is a message about a secret: several words, none of which looks like one. */
function isProse(value: string): boolean {
  // An app password from Google.
  if (/^(?:[a-z]{4} ){3}[a-z]{4}$/.test(value)) return false;
  const words = value.split(/\s+/);
  const least = /[?…]$/.test(value) ? 2 : 3;
  return words.length >= least && words.every((word) => /^[\p{L}'’,.:;!?%()-]+$/u.test(word));
}

/** Redacts the whole value of a field called `name` if the name says that it is a secret. */
export function redactNamed(name: string, value: string): string {
  return value === '' || !hasSecretName(name) || isHarmless(`${name}=`, { quote: '"', text: value })
    ? value
    : REDACTED;
}

const SECRET_NAME = lazy(() => new RegExp(`(?:${SECRET_NAMES}|^pass)$`, 'im'));

/** Whether one of the names (one per line) says that its value is a secret. */
export function hasSecretName(names: string): boolean {
  return SECRET_NAME().test(names);
}
