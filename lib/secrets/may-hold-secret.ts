import { SECRET_PROGRAMS, TOKEN_STARTS } from './compiled-starts.ts';

/** Endings of names whose value is a secret, in lower case. */
export const NAME_ENDS: readonly string[] = [
  ...['password', 'passwd', 'passwort', 'passphrase', 'passcode', 'kennwort', 'contraseña'],
  ...['contrasena', 'pass', 'pwd', 'pw', 'mdp', 'senha', 'pat', 'psk', 'secret', 'key_base'],
  ...['secret_string', 'secret-string', 'secretstring', 'token', 'credential', 'art-api', '_auth'],
  ...['auth_config', 'authident', 'honeycomb-team', 'dockerconfigjson', 'key-data', 'key'],
];

/** Endings of names that usually mean something else. */
export const WEAK_ENDS: readonly string[] = [
  ...['auth', 'dsn', 'sid', 'jwt', 'sas', 'bearer', 'credentials', 'seed'],
];

/** Endings of flags before the value. */
export const FLAG_ENDS = [...NAME_ENDS, 'otp'];

/** Matches the word that every sentence about a secret contains, in languages written in ASCII. */
const MENTIONED =
  /(?:pass(?:words?|phrase|code|wd|wort|ord(?:et)?)?|passwoerter|pwd?|pin|credentials?|secret|token|key)(?![a-z\d])|kennwort|zugang|mot de|mdp|contrase|clave|senha|parola|wachtwoord|adgangskode|salasana|heslo|sleutel|chiave|chave|klucz|kata sandi/;

/**
 * One of these is in every text that {@link MENTIONED} matches. Looking for texts takes a few
 * microseconds; compiling such a pattern takes a hook a quarter of a millisecond.
 */
const PARTS_OF_MENTIONED: readonly string[] = [
  ...['pass', 'pw', 'pin', 'credential', 'secret', 'token', 'key', 'kennwort', 'zugang', 'mot de'],
  ...['mdp', 'contrase', 'clave', 'senha', 'parola', 'wachtwoord', 'adgangskode', 'salasana'],
  ...['heslo', 'sleutel', 'chiave', 'chave', 'klucz', 'kata sandi'],
];

/** The same in other languages. */
const MENTIONED_ELSEWHERE =
  /passwörter|schlüssel|clé|lösenord|hasło|şifre|парол|ключ|jelsz|κωδικ|mật kh|كلمة|סיסמה|पासवर्ड|รหัส|キー|키|パスワード|暗証|密[码碼钥]|口令|비밀|암호|nyckel|nøkkel/;

const NOT_ASCII = /[^\0-\x7f]/;

/** Matches words of a text about a login. */
export const MAY_LOG_IN =
  /(?:log(?:ged)? ?in|sign(?:ed)? ?in|credentials?|creds|login|account|user(?:name)?|anmelden|anmeldung|melde dich|connecte-toi|identifiants?|usuario|accede)(?![a-z\d_])|zugang/;

/** Matches further words of such a text, and of one about what brings an account back. */
const MAY_LOG_IN_OR_RECOVER = /(?:log|sign)[ -]?in|seed|mnemonic|recovery/;

/** One of these is in every text that one of the two patterns matches. */
const PARTS_OF_LOGIN: readonly string[] = [
  ...['log', 'sign', 'cred', 'account', 'user', 'anmeld', 'melde dich', 'connecte-toi', 'usuario'],
  ...['identifiant', 'accede', 'zugang', 'seed', 'mnemonic', 'recovery'],
];

/** Texts of which every credential in transit contains one, in lower case. */
const CREDENTIAL_PARTS: readonly string[] = [
  ...['authorization', 'cookie', 'identified', 'pragma', 'requirepass', 'masterauth', '@tcp('],
  ...['@unix(', 'jdbc:oracle', ':5432:', ':5433:', ':6432:', ':*:', 'mysqli', 'pdo(', 'passwords('],
  ...['getconnection(', 'ldap_bind(', 'securitykey', 'secretkeyspec', 'createhmac', 'user('],
  ...[
    'assw',
    'assphrase',
    'securestring',
    'fernet(',
    'hmac.new(',
    'wifi:',
    'bearer ',
    'basic ',
    'bearer\t',
    'basic\t',
  ],
];

/** Matches a long value of a query or a form. */
const QUERY_VALUE = /[?&;][\w-]{1,30}=[\w%+/=.~:-]{16}/;

/** Matches a run as long as a token that has no mark of its own. */
const LONG_RUN = /[\w.-]{48}/;
const LONG = 48;

/**
 * Whether `redactTokens` may change a text: false for nearly all paths and most commands. Hooks ask
 * before they load the rules, which are half of a hook. Contains what each rule checks first, so a
 * rule that gets another condition needs it here, too.
 */
export function mayHoldSecret(text: string): boolean {
  const lower = text.toLowerCase();
  return (
    hasNameEnding(lower, NAME_ENDS) ||
    hasNameEnding(lower, WEAK_ENDS) ||
    hasNameEnding(lower, FLAG_ENDS) ||
    isAboutSecret(lower) ||
    (hasPart(lower, PARTS_OF_LOGIN) &&
      (MAY_LOG_IN.test(lower) || MAY_LOG_IN_OR_RECOVER.test(lower))) ||
    hasPart(lower, CREDENTIAL_PARTS) ||
    (text.includes('://') && text.includes('@')) ||
    (text.includes(' -p') && /\s(?:-u|--user)/.test(text)) ||
    (text.includes('=') && QUERY_VALUE.test(text)) ||
    (text.length >= LONG && LONG_RUN.test(text)) ||
    TOKEN_STARTS.split(' ').some((start) => hasStart(text, start)) ||
    mayPassSecret(text)
  );
}

/** Whether a text mentions a secret by its name, in any language. */
export function isAboutSecret(lower: string): boolean {
  return (
    (hasPart(lower, PARTS_OF_MENTIONED) && MENTIONED.test(lower)) ||
    (NOT_ASCII.test(lower) && MENTIONED_ELSEWHERE.test(lower))
  );
}

function hasPart(text: string, parts: readonly string[]): boolean {
  return parts.some((part) => text.includes(part));
}

/**
 * Whether a text contains one of these endings, followed by a possible separator between name and
 * value. Most texts contain `path`, `keys` or `passed` but no secret name; compiling patterns for
 * them would cost a hook several milliseconds.
 */
export function hasNameEnding(lower: string, ends: readonly string[]): boolean {
  return ends.some((end) => {
    for (let at = lower.indexOf(end); at !== -1; at = lower.indexOf(end, at + 1)) {
      const next = lower.charCodeAt(at + end.length);
      if (!isOfAWord(next)) return true;
    }
    return false;
  });
}

/** Whether a character is an ASCII letter, a digit, or `_`. */
const isOfAWord = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95;

/** Whether a text contains what a token begins with, see {@link TOKEN_STARTS}. */
function hasStart(text: string, start: string): boolean {
  if (!start.startsWith('<')) return text.includes(start);
  const begin = start.slice(1);
  for (let at = text.indexOf(begin); at !== -1; at = text.indexOf(begin, at + 1))
    if (!/[A-Za-z0-9]/.test(text.charAt(at - 1)) || text.charAt(at - 2) === '\\') return true;
  return false;
}

/** Matches a word that may be a program: what can stand behind it, also in a list of arguments. */
const WORD = /(?<![\w.-])[\w.-]{2,40}(?=[ \t"'\\])/g;

/** Programs that everybody calls. Their rules need one of the words below. */
const EVERYDAY =
  /^(?:npm|pnpm|yarn|docker|podman|kubectl|gh|cargo|gem|mvn|dotnet|pip|poetry|composer|bundle)$/;
const OF_EVERYDAY = /login|config|set|secret|auth|publish|otp|token|password|-\w*k/;

/** Whether a text contains a program with arguments that are secrets. */
function mayPassSecret(text: string): boolean {
  if (text.includes('<<<')) return true;
  let programs: ReadonlySet<string> | undefined;
  for (const [word] of text.matchAll(WORD)) {
    programs ??= new Set(SECRET_PROGRAMS.split(' '));
    if (programs.has(word) && (!EVERYDAY.test(word) || OF_EVERYDAY.test(text))) return true;
    if (/^(?:echo|printf)$/.test(word) && /\||\n\+|<\(/.test(text)) return true;
  }
  return false;
}
