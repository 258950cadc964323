/** Replaces a secret. */
export const REDACTED = '[redacted]';

/** Replaces a value that is nested too deep to check. */
export const NOT_CHECKED = '[redacted: not checked]';

const KEYWORD =
  /^(?:true|false|null|nil|none|undefined|string|str|number|boolean|bool|int|required|optional|yes|no|on|off|empty|hidden|masked|redacted|prompt|stdin|n\/a|passw(?:or)?d|passwort|kennwort|contraseña|senha|wachtwoord|has[lł]o|heslo|lösenord|парол[ьи]|token|secret|api[-_ ]?key|credentials?)$/iu;

/** Placeholders that people write where a secret belongs. */
const PLACEHOLDER =
  /^(?:\*{2,}|x{3,}|\.{2,}|…|-+|_+|\?+|#+|0+|<.*|\[.*\]|\(.*\))$|^(?:my|your|the|some|a|an|new|old|enter|insert|put|add|any)[-_ ]|x{4,}$|\.{3}$|…$|\*{3,}$|redacted|change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|this|with)|placeholder|dummy|^(?:fake|mock|sample|todo|tbd|fixme)\b|[-_.]?example(?:key)?$|^example|-here$|_here$/i;

/** Parts of regular expressions and formats, and values that sops encrypted. */
const PATTERN =
  /^ENC\[AES|\.[*+]|\\[sSwWdDb]|\[\^|\(\?|\{\d|^%[sdvqx@]|^\{\}?|^\{\w*\}|^:\w+$|^\$\d|^\^|\$$/;

const PATH =
  /^(?:\.{1,2}|~)\/|^\/(?:etc|run|home|Users|root|usr|tmp|var|opt|dev|srv|mnt|proc|app|data|secrets?|workspace|vault|keys|certs)(?:\/|$)|^[A-Z]:\\|^(?:file|https?|arn|projects|op|vault|keychain|ssm|env):|^@[./~\w]/i;

const FILE =
  /^[\w./-]+\.(?:pem|key|json|ya?ml|toml|txt|env|pub|crt|cer|p12|pfx|jks|gpg|asc|enc|ts|js|py|rb|go)$/i;

/**
 * Whether a value is a reference: `$TOKEN`, `${TOKEN}`, `%TOKEN%`, `{{ token }}`, `<token>`,
 * `process.env.TOKEN`. It names the place of a secret, not the secret.
 */
export function isReference(value: string): boolean {
  return (
    /^\\{0,3}(?:\$(?:[{([]|[A-Za-z_]+$|[A-Z][A-Z0-9_]*$|env:|[a-z_]+(?:[A-Z]\w*)?(?:\.|->))|%[A-Z_]+%$|%\(|!(?:[Rr]ef|[Ss]ub|GetAtt|ImportValue|Join|FindInMap|vault|secret)\b|\{\{|<[^>]*>$|#\{|@\{)/.test(
      value,
    ) || CODE.test(value)
  );
}

/** How code names values from elsewhere. */
const CODE =
  /^(?:process\.env|os\.environ|os\.getenv|import\.meta|secrets|env|vars|var|local|data|config|settings|this|self|args|options|opts|props|params|req|request|ctx|context|event|input|body|user|form|state|credentials)[.[]/;

/**
 * Whether a value is not a secret, although its name says so: a reference, a placeholder, a type, a
 * path, part of a pattern.
 */
export function isNonSecret(value: string): boolean {
  return (
    value.includes(REDACTED) ||
    value.startsWith('[redacted') ||
    KEYWORD.test(value) ||
    PLACEHOLDER.test(value) ||
    PATTERN.test(value) ||
    PATH.test(value) ||
    FILE.test(value)
  );
}

/**
 * Whether a value looks random, judged by its letters. For names that usually mean something else.
 */
export function looksRandom(value: string): boolean {
  if (value.length < 16 || !/^[\w+/=.~-]+$/.test(value)) return false;
  const digits = value.replace(/\D/g, '').length;
  const isMixed = /[a-z]/.test(value) && /[A-Z]/.test(value);
  return (
    (digits >= 2 && isMixed) ||
    (/^[0-9a-f]{24,}$/i.test(value) && digits >= 4 && /[a-f]/i.test(value)) ||
    (digits >= 4 && /^[a-z0-9]{20,}$|^[A-Z0-9]{20,}$/.test(value) && /[a-z]/i.test(value)) ||
    /^[\w+/]{20,}={1,2}$/.test(value)
  );
}

/**
 * Whether a word looks like a password and not like a word of a sentence: letters with digits or
 * signs, not a technical term.
 */
export function looksLikePassword(word: string): boolean {
  if (word.length < 5 || word.length > 128 || isNonSecret(word) || isReference(word)) return false;
  if (TERM.test(word) || /^[\w.-]+@[\w-]+\.[\w.]+$|^https?:|^--?\w|\/\w+\/|\w\(/.test(word))
    return false;
  const hasLetter = /\p{L}/u.test(word);
  const hasDigit = /\d/.test(word);
  const hasSign = /[!#$%^&*+=?@~|]/.test(word);
  return (hasLetter && hasDigit) || (hasSign && (hasLetter || hasDigit)) || /^\d{6,}$/.test(word);
}

/**
 * Whether a word is a strong password, without any hint around it: long, with letters of both cases
 * and a digit, or with a sign inside.
 */
export function isStrong(word: string): boolean {
  const core = stripSentenceEnd(word);
  return (
    core.length >= 8 &&
    looksLikePassword(core) &&
    /\d/.test(core) &&
    ((/[a-z]/.test(core) && /[A-Z]/.test(core)) || /[!#$%^&*+=?@]/.test(core)) &&
    !/[/\\<>(){}]|::/.test(core)
  );
}

/** Removes punctuation that ends a sentence. */
export function stripSentenceEnd(word: string): string {
  return word.replace(/[.,;:!?)\]}*]+$/, '');
}

/** Words with digits that people use beside the word "password". */
const TERM =
  /^(?:sha-?\d{1,3}|md\d|\d+(?:\.\d+)*|v\d+(?:\.\d+){0,3}(?:-?(?:alpha|beta|rc)\d*)?|utf-?\d{1,2}(?:le|be)?|base\d{2}(?:url)?|oauth\d?(?:\.\d)?|http\d|argon2(?:id|i|d)?|bcrypt\d*|scrypt|pbkdf2|2fa|mfa|s3|k8s|ec2|x\.?509|p12|pkcs#?\d{1,2}|rfc-?\d+|iso-?\d+|aes-?\d{3}(?:-\w{3})?|rsa-?\d{4}|\d+(?:-?(?:bit|chars?|characters?|digits?|days?|hours?|minutes?|seconds?|ms|times?|st|nd|rd|th|[kmg]b))|[A-Z]+-\d+|issue\w*|#\d+|\d{4}-\d{2}-\d{2})$/i;
