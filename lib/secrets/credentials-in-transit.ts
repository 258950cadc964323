import { lazy } from '../core/lazy.ts';
import {
  isNonSecret,
  isReference,
  isStrong,
  looksLikePassword,
  looksRandom,
  REDACTED,
} from './harmless.ts';

/**
 * One family of secrets. A pattern costs a hook up to 2 ms when it is first used, so it runs only
 * on a text that contains what all its matches contain.
 */
interface Rule {
  /** Every match contains at least one text of each group, in lower case. */
  readonly needs: ReadonlyArray<readonly string[]>;
  readonly pattern: () => RegExp;
  readonly replace: (all: string, ...groups: readonly string[]) => string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const RULES: readonly Rule[] = [
  {
    needs: [['://'], ['@']],
    pattern: lazy(() => /(:\/\/)([^\s/?"'`<>:@]*):([^\s/"'`<>]+)@/g),
    replace: maskUrl,
  },
  {
    needs: [['://'], ['@']],
    pattern: lazy(() => /(:\/\/)([\w.~%+-]{16,})@(?=[\w.-]+)/g),
    replace: (all, head = '', user = '') => (looksRandom(user) ? `${head}${REDACTED}@` : all),
  },
  {
    needs: [['authorization', 'api-key', 'token:']],
    pattern: lazy(
      () =>
        /(\b(?:proxy-)?authorization\\{0,3}["']?\s{0,3}[:=]\s{0,3}\\{0,3}["']?(?:[a-z]{1,20}[ \t]{1,3}(?:token=)?["']?)?)([\w.~+/=:-]{8,})/gi,
    ),
    replace: maskMixed,
  },
  {
    needs: [['bearer', 'basic']],
    pattern: lazy(() => /(\b(?:bearer|basic)[ \t]{1,3})([\w.~+/=-]{10,})/gi),
    replace: maskMixed,
  },
  {
    needs: [['cookie']],
    pattern: lazy(
      () =>
        /(\b(?:set-)?cookie\\{0,3}["']?\s{0,3}:\s{0,3}\\{0,3}["']?)([\w.-]{1,100}=[^"'\r\n\\]{4,})/gi,
    ),
    replace: (all, head = '', value = '') => (isSessionCookie(value) ? `${head}${REDACTED}` : all),
  },
  {
    needs: [['=']],
    pattern: lazy(
      () =>
        /([?&;](?:key|appid|sig|signature|code|auth|sid|session|hash|hmac|x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid|u?p(?:ass|wd)?|k|t)=)([\w%+/=.~:-]{16,})/gi,
    ),
    replace: (all, head = '', value = '') =>
      looksRandom(value.replace(/%../g, 'a1B2')) || UUID.test(value) ? `${head}${REDACTED}` : all,
  },
  {
    needs: [
      ["'", '"'],
      ['identified', 'password', 'pragma'],
    ],
    pattern: lazy(
      () =>
        /(\b(?:identified\s+(?:with\s+\S{1,60}\s+)?(?:by|as)|(?:encrypted\s+|login\s+|valid\s+)?password(?:\s+for\s+\S{1,80})?|password\s*\(|pragma\s+(?:re)?key)(?:\s*=\s*|\s+|(?<=\())\\{0,3}')([^'\n\\]{2,200})(?=\\{0,3}')/gi,
    ),
    replace: maskQuoted,
  },
  {
    needs: [['requirepass', 'masterauth', 'auth ']],
    pattern: lazy(() => /(\b(?:requirepass|masterauth|AUTH)[ \t]{1,3}["']?)([^\s"'`;|&]{4,})/g),
    replace: (all, head = '', value = '') =>
      isReference(value) || isNonSecret(value) || (/AUTH/.test(head) && !/\d/.test(value))
        ? all
        : `${head}${REDACTED}`,
  },
  {
    needs: [['@tcp(', '@unix(']],
    pattern: lazy(() => /(?<![\w-])([\w.-]{1,60}:)([^\s"'@]{2,200})(?=@(?:tcp|unix)\()/g),
    replace: maskQuoted,
  },
  {
    needs: [['jdbc:oracle']],
    pattern: lazy(() => /(jdbc:oracle:\w{1,10}:[\w.]{1,60}\/)([^\s"'@]{2,200})(?=@)/g),
    replace: maskQuoted,
  },
  {
    // A line of ~/.pgpass.
    needs: [[':5432:', ':5433:', ':6432:', ':*:']],
    pattern: lazy(
      () =>
        /(?<![^\s"'=])([\w.*-]{1,100}:(?:\d{2,5}|\*):[\w*-]{1,60}:[\w*.-]{1,60}:)([^\s"']{3,200})/g,
    ),
    replace: maskQuoted,
  },
  {
    needs: [['user(', 'password(', 'auth(']],
    pattern: lazy(
      () =>
        /(\b(?:create_?(?:super)?user|(?:set|make|hash|check|verify|change|update)_?passwords?|[a-z]*basicauth)\((?:[^()\n]{0,160}?,\s{0,3})?\\{0,3}["'])([^"'\n\\,]{5,128})(?=\\{0,3}["']\s{0,3}\))/gi,
    ),
    replace: (all, head = '', value = '') =>
      looksLikePassword(value) ? `${head}${REDACTED}` : all,
  },
  {
    needs: [['auth'], [':']],
    pattern: lazy(() => /(\bbasic[_-]?auth[=:][ \t]{0,2}["']?[\w.@-]{2,60}:)([^\s"'@]{5,128})/gi),
    replace: (all, head = '', value = '') =>
      looksLikePassword(value) ? `${head}${REDACTED}` : all,
  },
  {
    // Name and password as arguments of a call that opens a connection.
    needs: [['mysqli', 'pdo(', 'getconnection(', 'ldap_bind(', 'auth=']],
    pattern: lazy(
      () =>
        /(\b(?:(?:mysqli|mysqli_(?:real_)?connect|PDO|getConnection)\((?:\s{0,20}["'][^"'\n]{0,200}["']\s{0,20},){2}|ldap_bind\([^()\n"']{1,40},\s{0,3}["'][^"'\n]{0,100}["']\s{0,3},|auth\s{0,2}=\s{0,2}\(\s{0,3}["'][^"'\n]{1,80}["']\s{0,3},)\s{0,20}["'])([^"'\n]{3,128})(?=["'])/g,
    ),
    replace: maskQuoted,
  },
  {
    // Keys that sign.
    needs: [['securitykey', 'secretkeyspec', 'createhmac']],
    pattern: lazy(
      () =>
        /(\b(?:(?:SymmetricSecurityKey|SecretKeySpec)\([^"'\n]{0,60}|createHmac\(["']\w{2,20}["'],\s{0,3})["'])([^"'\n]{8,200})(?=["'])/g,
    ),
    replace: maskQuoted,
  },
  {
    // A key or a password as an argument of a call that signs or hashes.
    needs: [['jwt.', 'hashpw(', 'fernet(', 'hmac.new(']],
    pattern: lazy(
      () =>
        /(\b(?:jwt\.(?:sign|verify|encode|decode)\([^;\n]{1,160}?,\s{0,3}|(?:hashpw|Fernet|hmac\.new)\(\s{0,3})b?["'])([^"'\n]{6,200})(?=["'])/gi,
    ),
    replace: (all, head = '', value = '') =>
      looksLikePassword(value) || looksRandom(value) ? `${head}${REDACTED}` : all,
  },
  {
    // What a picture for a phone says of a network.
    needs: [['wifi:'], ['p:']],
    pattern: lazy(() => /(\bWIFI:(?:[A-OQ-Z]{1,3}:[^;\n]{0,100};){0,6}P:)([^;\n]{4,128})/g),
    replace: maskQuoted,
  },
  {
    // A user and a password of a program that no table has.
    needs: [[' -u', ' --user'], [' -p']],
    pattern: lazy(
      () =>
        /((?<=\s)(?:-u|--user(?:name)?)[ =]?[\w.@\\-]{1,60}(?:[ \t]-{1,2}[\w-]{1,30}(?:[ =][^\s-]\S{0,60})?){0,4}?[ \t]-p[ =]?["']?)([^\s"']{8,128})/g,
    ),
    replace: (all, head = '', value = '') => (isStrong(value) ? `${head}${REDACTED}` : all),
  },
  {
    // What expect sends to a prompt.
    needs: [['send '], ['assw', 'assphrase']] /* what is waited for is often `assword:` */,
    pattern: lazy(
      () => /(\bsend[ \t]{1,3}(?:--[ \t]{1,3})?\\{0,3}["'])([^"'\n\\]{3,128})(?=\\{1,4}[rn])/g,
    ),
    replace: maskQuoted,
  },
  {
    needs: [['securestring']],
    pattern: lazy(() => /(\bConvertTo-SecureString\s+(?:-String\s+)?["'])([^"'\n]{2,200})/gi),
    replace: maskQuoted,
  },
  {
    needs: [['login'], ['password']],
    pattern: lazy(() => /(\blogin\s{1,3}\S{1,80}\s{1,3}password\s{1,3})(\S{3,200})/gi),
    replace: (all, head = '', value = '') =>
      isReference(value) || isNonSecret(value) ? all : `${head}${REDACTED}`,
  },
];

/**
 * Removes credentials from `text`: user and password of URLs, headers, cookies, signed addresses,
 * statements that set a password.
 */
export function redactCredentials(text: string, lower: string): string {
  let clean = text;
  for (const { needs, pattern, replace } of RULES)
    if (needs.every((group) => group.some((part) => lower.includes(part))))
      clean = clean.replace(pattern(), replace);
  return clean;
}

/** Masks name and password of a URL. */
function maskUrl(all: string, head = '', user = '', password = ''): string {
  if (
    isReference(password) ||
    isNonSecret(password) ||
    /^(?:password|pass|pwd|port)$/i.test(password)
  )
    return all;
  // A port and a query.
  if (password.includes('?') && !/@/.test(password) && /^\d+\?/.test(password)) return all;
  return `${head}${user === '' ? '' : REDACTED}:${REDACTED}@`;
}

/**
 * Whether one of the cookies identifies a session: by its name, or because its value looks random.
 */
function isSessionCookie(cookies: string): boolean {
  return cookies.split(/;\s*/).some((cookie) => {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/.exec(cookie) ?? [];
    if (isReference(value) || isNonSecret(value) || value.length < 4) return false;
    return (
      /sess|sid|token|auth|jwt|login|user/i.test(name) ||
      (value.length >= 8 && /\d/.test(value) && /[a-z]/i.test(value))
    );
  });
}

function maskMixed(all: string, head = '', value = ''): string {
  return /\d|[a-z][A-Z]/.test(value) && !isReference(value) && !isNonSecret(value)
    ? `${head}${REDACTED}`
    : all;
}

function maskQuoted(all: string, head = '', value = ''): string {
  return isReference(value) || isNonSecret(value) ? all : `${head}${REDACTED}`;
}
