import { lazy } from '../core/lazy.ts';
import { isNoSecret, isReference, isStrong, looksRandom, REDACTED } from './harmless.ts';
import { type FoundValue, openQuotes, valueAt } from './read-value.ts';

/** Ends of names whose value is a secret (`GITHUB_TOKEN`, `clientSecret`, `x-api-key`). */
export const SECRET_NAMES =
  'passw(?:or)?d|passwort|passphrase|passcode|kennwort|contrase(?:ñ|n)a|(?<![A-Za-z])(?:pass|pwd|pw|mdp|senha|pat)|secret(?:_key_base)?|(?<!page|cursor|continuation|next)(?<!page_|next_|page-)token|(?:credential|jfrog-art-api|rediscli_auth|docker_auth_config|authident|honeycomb-team)|(?<![A-Za-z])psk|(?<=db|pg|ssh|sql|admin|user|root|vault|smtp|mail|ftp|ldap|key|store|sudo|proxy|redis|bind)(?:pass|pwd)|client-key-data|(?:api|access|account|private|secret|auth|sign(?:ing)?|encrypt(?:ion)?|master|app|session|licen[sc]e|deploy|service|role|anon|subscription|shared|consumer|functions?|client|webhook|jwt|storage|hmac|write|ingest(?:ion)?|integration|bot|server|admin|decrypt(?:ion)?|cipher|pairing|recovery|seed|wallet|registration)[_-]?key';

/** Each of {@link SECRET_NAMES} holds one of these, in small letters. */
export const NAME_PARTS: readonly string[] = [
  ...['pass', 'pwd', 'pw', 'mdp', 'senha', 'pat', 'kennwort', 'contrase', 'secret', 'token', 'key'],
  ...['credential', 'jfrog', 'psk', 'authident', '_auth', 'honeycomb'],
];

/** Names that mostly mean something else: their value has to look random. */
const WEAK_NAMES =
  '(?<![A-Za-z])_?auth|(?<=[A-Z]_)(?<!(?:cache|public|primary|foreign|partition|sort|idempotency|object|s3|row|host|pub|index|group|map|query|state|item)_)KEY|(?<![A-Za-z])(?:dsn|sid|jwt|bearer|credentials|sas|seed)';

/** `NAME=`, `"name": `, `name => `, `['name'] = `, `('NAME', `, up to the value. */
const HEAD = lazy(
  () =>
    new RegExp(
      `(${SECRET_NAMES}|(${WEAK_NAMES}))\\\\{0,7}(?:["'\`]?\\]?\\s{0,3}(?:=>|:=|=|:\\s{0,2}[&\\w<>[\\].?]{1,30}\\s{0,3}=(?!=)|:-|:(?![:?+-]|//))|["']\\s{0,2},(?=\\s{0,2}["'](?!value)))(?:\\s|\\\\n){0,3}(?:[rbfu](?=["']))?`,
      'gi',
    ),
);

/** `--name `, up to the value. The lookbehind lets each flag be tried once. */
const FLAG = lazy(
  () =>
    new RegExp(
      `(?<![\\w-])--?(?!(?:no|ask|prompt|use|with|show|list|reset|rotate|get|skip)-)(?:[a-z]+-){0,4}(?:pass|otp|${SECRET_NAMES})[ \\t]{1,3}(?![-<>|&;])`,
      'gi',
    ),
);

/** Flags that name what is not one. */
const FLAG_PARTS = [...NAME_PARTS, 'otp'];

/** `setx NAME value`, `ENV NAME value`, `set -gx NAME value`, up to the value. */
const SET = lazy(
  () =>
    new RegExp(
      `(?<![\\w-])(?:setx|ENV|ARG|setenv|set(?:[ \\t]-[A-Za-z]{1,4}){1,3}|(?:config|env|secret|variable)s?[: ](?:set|add))[ \\t]{1,3}[\\w.-]{0,60}(?:${SECRET_NAMES})[ \\t]{1,3}(?![-<>|&;=])`,
      'gi',
    ),
);

/** `name: DB_PASSWORD, value: …` in YAML, JSON and XML, up to the value. */
const PAIR = lazy(
  () =>
    new RegExp(
      `(?:name|key|id)\\\\{0,3}["']?\\s{0,2}[:=]\\s{0,2}\\\\{0,3}["']?[\\w.-]{0,60}(?:${SECRET_NAMES})\\\\{0,3}["']?(?:,|\\s|\\\\n){1,12}\\\\{0,3}["']?value\\\\{0,3}["']?\\s{0,2}[:=]\\s{0,2}`,
      'gi',
    ),
);

/** `<key>Password</key><string>…`, up to the text. */
const LISTED = lazy(
  () => new RegExp(`<key>[^<\\n]{0,60}(?:${SECRET_NAMES})</key>\\s{0,20}<string>`, 'gi'),
);

/** `DB_PASSWORD value`, `admin_password,value`: nothing but the name of a variable, so the value itself has to show it. */
const SPACED = lazy(
  () =>
    /(?<![\w$-])(?:[A-Z][A-Z0-9_]*(?:PASSWORD|PASSWD|TOKEN|SECRET|API_KEY|ACCESS_KEY|PRIVATE_KEY)[ \t]{1,3}|[a-z][a-z0-9_]*_(?:password|passwd|token|secret|api_key),)(?![=<>|&;-])/g,
);

/** `<password>…</password>`, up to the text. */
const ELEMENT = lazy(
  () => new RegExp(`<[\\w:.-]{0,40}(?:${SECRET_NAMES})(?:\\s[^<>]{0,200})?>`, 'gi'),
);

/** `text` without the values of names, flags, pairs and elements that hold secrets. */
export function redactNamedValues(text: string, lower: string): string {
  const mayAssign = lower.includes('=') || lower.includes(':') || lower.includes(',');
  let clean = text;
  if (
    mayAssign &&
    hasPart(lower, [...NAME_PARTS, 'auth', 'dsn', 'sid', 'jwt', 'sas', 'bearer', 'seed'])
  )
    clean = replaceValues(clean, HEAD(), isSecretValue);
  if (lower.includes('-') && hasPart(lower, FLAG_PARTS))
    clean = replaceValues(clean, FLAG(), (head, value) => isFlagValue(head, value));
  if (!hasPart(lower, NAME_PARTS)) return clean;
  if (/\b(?:setx|env|arg|setenv|set|add)\b/.test(lower))
    clean = replaceValues(clean, SET(), isFlagValue);
  clean = replaceValues(
    clean,
    SPACED(),
    (_, { text: value }) => isStrong(value) || looksRandom(value),
  );
  if (lower.includes('<key>')) clean = replaceValues(clean, LISTED(), isFlagValue);
  if (lower.includes('value')) clean = replaceValues(clean, PAIR(), isFlagValue);
  return lower.includes('</') ? replaceValues(clean, ELEMENT(), isFlagValue) : clean;
}

function hasPart(lower: string, parts: readonly string[]): boolean {
  return parts.some((part) => lower.includes(part));
}

/** Whether the value behind what matched is a secret. */
type Judge = (head: RegExpExecArray, value: FoundValue, text: string) => boolean;

/** `text` with each value behind a match of `head` replaced where `isSecret` says so. Looks at every place once. */
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
  return !isHarmless(head, value);
}

function isFlagValue(match: RegExpExecArray, value: FoundValue): boolean {
  return !isHarmless(match[0], value);
}

/** Values behind a name that are no secrets: a reference, a type, a count, a path, code, prose. */
export function isHarmless(
  head: string,
  { quote, text: value }: Pick<FoundValue, 'quote' | 'text'>,
): boolean {
  if (isNoSecret(value) || (!quote.endsWith("'") && isReference(value))) return true;
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
  // `token = data.next` is code
  return /\s[=>]+\s+$/.test(head) && /^[A-Za-z_$][A-Za-z_$.]*$/.test(value);
}

/** A message about a secret: several words, none of which looks like one. */
function isProse(value: string): boolean {
  if (/^(?:[a-z]{4} ){3}[a-z]{4}$/.test(value)) return false; // a password that Google makes for an app
  const words = value.split(/\s+/);
  return words.length >= 3 && words.every((word) => /^[\p{L}'’,.:;!?%()-]+$/u.test(word));
}

/** `value` of a field called `name`, redacted whole when the name says that it is a secret. */
export function redactNamed(name: string, value: string): string {
  return value === '' || !hasSecretName(name) || isHarmless(`${name}=`, { quote: '"', text: value })
    ? value
    : REDACTED;
}

const SECRET_NAME = lazy(() => new RegExp(`(?:${SECRET_NAMES}|^pass)$`, 'im'));

/** Whether one of the names, one a line, says that its value is a secret. */
export function hasSecretName(names: string): boolean {
  return SECRET_NAME().test(names);
}
