import { lazy } from '../core/lazy.ts';

/** The replacement of a secret. */
export const REDACTED = '[redacted]';

/** One family of secrets. A pattern costs a hook up to 2 ms when it is first used, so it is used only on a text that has what each of its matches has. */
export interface SecretRule {
  /** Of each group, every match holds at least one text; in lower case, where the pattern ignores case. */
  readonly needs: ReadonlyArray<readonly string[]>;
  readonly isCaseSensitive?: true;
  readonly redact: (text: string) => string;
}

/** How the shapes of {@link TOKEN} begin. */
// biome-ignore format: a list to be read beside the shapes
const TOKEN_STARTS = [
  'sk-', 'k_live_', 'k_test_', 'whsec_',
  'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glft-', 'glsoat-', 'glagent-',
  'npm_', 'pypi-', 'hf_', 'xox', 'xapp-', 'hooks.slack.com/services/', 'AKIA', 'ASIA', 'AIza', 'GOCSPX-', 'ya29.',
  'shpat_', 'shpca_', 'shppa_', 'shpss_', 'lin_api_', 'dop_v1_', 'doo_v1_', 'dor_v1_', 'hvs.', 'SG.', 'ops_ey', 'AGE-SECRET-KEY-1',
  ':AA', 'eyJ', '-----BEGIN ',
];

/**
 * Well-known shapes of tokens. Each is a fixed prefix and runs of one character class; the last run is open, so that no tail of a long secret stays.
 * Linear: a run that ends a pattern never gives back; a failed try ends within its least length; where something must follow an open run, the run
 * cannot hold the start of another try (its class leaves out what begins one, or a lookbehind allows one start per run).
 */
const TOKEN = lazy(
  () =>
    new RegExp(
      [
        /\bsk-(?:ant|proj|svcacct|admin|or|live|test)-[\w-]{16,}/,
        /\bsk-[A-Za-z0-9]{20,}/,
        /(?:[rs]k|pk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{20,}/,
        /gh[pousr]_\w{20,}|github_pat_\w{20,}|gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[\w.-]{20,}/,
        /npm_[A-Za-z0-9]{30,}|pypi-[\w-]{50,}|hf_[A-Za-z0-9]{30,}/,
        /xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}|hooks\.slack\.com\/services\/[\w/]{20,}/,
        /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/,
        /(?<![A-Za-z0-9+/])(?:AIza[\w-]{35,}|GOCSPX-[\w-]{20,})|\bya29\.[\w-]{20,}/,
        /shp(?:at|ca|pa|ss)_[A-Za-z0-9]{32,}|lin_api_\w{32,}|do[opr]_v1_[a-f0-9]{40,}|hvs\.[\w-]{20,}/,
        /\bSG\.[\w-]{16,}\.[\w-]{16,}|ops_ey[\w+/=-]{50,}|AGE-SECRET-KEY-1[A-Z0-9]{50,}/,
        /(?<!\d)\d{8,10}:AA[\w-]{32,}/,
        /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/,
        /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-(?!----)[^-]*)*(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?/,
      ]
        .map((shape) => shape.source)
        .join('|'),
      'g',
    ),
);

/** Names whose value is a secret, at the end of a longer name (`GITHUB_TOKEN`, `clientSecret`, `x-api-key`). */
export const SECRET_NAMES =
  'passw(?:or)?d|passphrase|[_-]pass|[_-]pwd|secret(?:_key_base)?|token|(?:api|access|account|private|secret|auth|signing|encryption)[_-]?key';

/** What each of {@link SECRET_NAMES} holds. */
const NAME_PARTS = ['pass', '_pwd', '-pwd', 'secret', 'token', 'key'];

/** `NAME=value`, `"name": "value"`, `name => 'value'`; in quotes up to the quote, else up to what ends a word in a shell. */
const ASSIGNED = lazy(
  () =>
    new RegExp(
      `((?:${SECRET_NAMES})\\\\{0,3}["']?\\s{0,3}(?:=>|[=:])\\s{0,3})(?:(\\\\{0,3}["'])([^"'\\n]{3,})|([^\\s"'\`;&|,()<>{}]{4,}))`,
      'gi',
    ),
);

/** `--name value`: the lookbehind lets each flag be tried once. */
const FLAG = lazy(
  () =>
    new RegExp(
      `((?<![\\w-])--?(?:[a-z]+-){0,4}(?:pass|${SECRET_NAMES})[ \\t]{1,3})(?:(["'])([^"'\\n]{1,})|([^\\s"'\`;&|()<>{}-][^\\s"'\`;&|()<>{}]*))`,
      'gi',
    ),
);

/** Shapes of tokens that are recognised whatever text is around them. */
export const TOKEN_RULE: SecretRule = {
  needs: [TOKEN_STARTS],
  isCaseSensitive: true,
  redact: (text) => text.replace(TOKEN(), REDACTED),
};

/** In the order in which they are applied. */
export const SECRET_RULES: readonly SecretRule[] = [
  TOKEN_RULE,
  {
    needs: [['://'], ['@']],
    redact: (text) => text.replace(/(:\/\/)([^\s/?#"'`<>:@]*):([^\s/?#"'`<>]+)@/g, maskUrl),
  },
  {
    needs: [['authorization']],
    redact: (text) =>
      text.replace(
        /(\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?(?:[a-z]{1,20}[ \t]{1,3})?)([\w.~+/=:-]{8,})/gi,
        maskMixed,
      ),
  },
  {
    needs: [['bearer', 'basic']],
    redact: (text) => text.replace(/(\b(?:bearer|basic)[ \t]{1,3})([\w.~+/=-]{16,})/gi, maskMixed),
  },
  {
    needs: [['cookie']],
    redact: (text) =>
      text.replace(
        /(\bcookie["']?\s{0,3}:\s{0,3}["']?)([\w.-]{1,100}=[^"'\r\n]{4,})/gi,
        `$1${REDACTED}`,
      ),
  },
  {
    needs: [['key=', 'sig=', 'signature=']],
    redact: (text) =>
      text.replace(
        /([?&](?:key|sig|signature|x-(?:amz|goog)-signature)=)([\w%+/=.~-]{16,})/gi,
        `$1${REDACTED}`,
      ),
  },
  {
    needs: [['-u ', '-u=', '--user ', '--user=']],
    redact: (text) =>
      text.replace(/((?<![\w-])(?:-u|--user)[ =]["']?[^\s:"'@/]{1,100}:)([^\s"']{4,})/g, maskUser),
  },
  { needs: [NAME_PARTS, ['=', ':']], redact: (text) => text.replace(ASSIGNED(), maskValue) },
  { needs: [NAME_PARTS, ['-']], redact: (text) => text.replace(FLAG(), maskValue) },
];

/** Name and password of a URL. */
function maskUrl(all: string, head: string, user: string, password: string): string {
  return isReference(password) ? all : `${head}${user === '' ? '' : REDACTED}:${REDACTED}@`;
}

/** `-u name:password`; `-u 1000:1000` is a user and a group. */
function maskUser(all: string, head: string, value: string): string {
  return /^\d+$/.test(value) ? all : maskMixed(all, head, value);
}

function maskValue(
  all: string,
  head: string,
  quote: string | undefined,
  quoted: string | undefined,
  bare: string | undefined,
  at: number,
  text: string,
): string {
  const value = quoted ?? bare ?? '';
  const isCall = bare !== undefined && text[at + all.length] === '(';
  return isCall || isHarmless(head, quote ?? '', value) ? all : `${head}${quote ?? ''}${REDACTED}`;
}

/** Values behind a name that are no secrets: a reference, a type, a count, a path, prose. */
export function isHarmless(head: string, quote: string, value: string): boolean {
  if (
    value === REDACTED ||
    /^(?:true|false|null|none|undefined|string|number|boolean|required|optional)$/i.test(value)
  )
    return true;
  if (!quote.endsWith("'") && isReference(value)) return true;
  if (
    /^(?:\.{1,2}|~)\/|^\/(?:etc|run|home|Users|usr|tmp|var|opt|dev|srv|mnt|proc)\/|^(?:id|type|src)=|^=/.test(
      value,
    )
  )
    return true;
  if (/passw|passphrase/i.test(head))
    return quote === '' && /:\s*$/.test(head) && /^[A-Z]?[a-z]+$/.test(value);
  if (/token/i.test(head) && /^\d{1,7}$/.test(value)) return true;
  // `token: unexpected`, `secret:my-app/name` are words; `token = data.next` is code
  return (
    quote === '' &&
    (/:\s*$/.test(head)
      ? /^[A-Z]?[a-z]+(?:[-_./:][a-z]+)*$/.test(value)
      : /\s[=>]+\s+$/.test(head) && /^[A-Za-z_$][A-Za-z_$.]*$/.test(value))
  );
}

/** `$TOKEN`, `${TOKEN}`, `%TOKEN%`, `{{ token }}`, `<token>`, `process.env.TOKEN`: says where the secret is, not what it is. */
function isReference(value: string): boolean {
  return /^(?:\$(?:[{(]|[A-Za-z_]+$|[A-Z][A-Z0-9_]*$)|%[A-Z_]+%$|\{\{|<[^>]*>$)|^(?:process\.env|os\.environ|import\.meta|secrets|env|vars|config|this|self|args|options)[.[]/.test(
    value,
  );
}

function maskMixed(all: string, head: string, value: string): string {
  return /\d|[a-z][A-Z]/.test(value) ? `${head}${REDACTED}` : all;
}
