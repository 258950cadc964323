import { lazy } from '../core/lazy.ts';
import { mayContainAny } from './any-literal.ts';
import { TOKEN_SHAPES } from './compiled-tokens.ts';
import { REDACTED } from './harmless.ts';

/**
 * A shape of the token table. Compiled to a pattern when a text first contains its literal part.
 */
interface TokenShape {
  /** Every match contains it. */
  readonly needle: string;
  readonly pattern: () => RegExp;
}

const CLASSES: Readonly<Record<string, string>> = {
  a: '[A-Za-z0-9]',
  w: '[\\w-]',
  h: '[0-9a-f]',
  x: '[0-9a-fA-F]',
  U: '[A-Z0-9]',
  l: '[a-z0-9]',
  b: '[A-Za-z0-9+/=]',
  s: '[\\w+/=-]',
  c: '[A-Za-z0-9./]',
  z: '[\\w.~-]',
  p: '[\\w%+/=-]',
  d: '\\d',
};

const UUID = '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}';

/** Not inside a word. In JSON, a letter before a token may be the `n` of a line end. */
const AT_A_WORD = '(?<!(?<!\\\\)[A-Za-z0-9])';

const shapes = lazy(() => TOKEN_SHAPES.split(' ').map(readShape));

function readShape(shape: string): TokenShape {
  return { needle: needleOf(shape), pattern: lazy(() => new RegExp(patternOf(shape), 'g')) };
}

/**
 * Returns the first literal of a shape. Nearly all shapes begin with it. Trying two hundred
 * patterns instead would cost a hook half a millisecond.
 */
export function needleOf(shape: string): string {
  const from = shape.startsWith('<') ? 1 : 0;
  const [open, choice] = [shape.indexOf('{'), shape.indexOf('[')];
  const end = choice === -1 ? open : open === -1 ? choice : Math.min(open, choice);
  if (end > from) return shape.slice(from, end);
  const literals = shape
    .slice(from)
    .replace(/\[[^\]]*\]/g, '{')
    .split(/\{[^}]*\}?/);
  return literals.find((text) => text !== '') ?? '';
}

/** Compiles a shape to a regular expression; see {@link TokenRow}. */
export function patternOf(shape: string): string {
  const isAtWord = shape.startsWith('<');
  const pieces = shape.slice(isAtWord ? 1 : 0).split(/(\{[^}]+\}|\[[^\]]+\])/);
  const last = pieces.length - 2;
  const body = pieces.map((piece, index) => {
    if (piece.startsWith('[')) return piece;
    if (!piece.startsWith('{')) return piece.replace(/[.$+?*()|^\\/]/g, '\\$&');
    if (piece === '{u}') return UUID;
    const [, kind = '', from = '', more = ''] = /^\{(\w)(\d+)(,\d*)?\}$/.exec(piece) ?? [];
    const isOpen = index === last && pieces[last + 1] === '';
    return `${CLASSES[kind] ?? ''}{${from}${isOpen ? ',' : more}}`;
  });
  return (isAtWord ? AT_A_WORD : '') + body.join('');
}

/**
 * Only a text with such a run can contain a token. Cheaper than searching for two hundred literals.
 */
const RUN = /(?<![\w.:$~!@+/=-])[\w.:$~!@+/=-]{16,}/g;

/**
 * If the only literal of a shape is a single character, the token is at least this long and
 * contains no slash.
 */
const LONG_RUN = /(?<![\w.-])[\w.-]{48,}/;

const mayHoldLiteral = mayContainAny(() =>
  shapes().flatMap(({ needle }) => (needle.length > 1 ? [needle] : [])),
);

/**
 * Redacts the tokens of the table, JSON web tokens and private keys. Linear in its length: a run at
 * the end of a shape never backtracks, and a run of open length begins at most once per word.
 */
export function redactShapes(text: string): string {
  const runs = text.match(RUN)?.filter((run) => /[\d/A-Z]/.test(run)) ?? [];
  let clean = runs.length === 0 ? text : redactRuns(text, runs.join(' '));
  if (text.includes('eyJ')) clean = clean.replace(JSON_WEB_TOKEN(), REDACTED);
  if (text.includes('-----BEGIN ')) clean = clean.replace(PRIVATE_KEY(), REDACTED);
  return text.includes('Private-Lines') ? clean.replace(PUTTY_KEY(), REDACTED) : clean;
}

/** @param runs Where `text` may contain a token. */
function redactRuns(text: string, runs: string): string {
  const isLong = LONG_RUN.test(runs);
  if (!isLong && !mayHoldLiteral(runs)) return text;
  let clean = text;
  for (const { needle, pattern } of shapes())
    if (runs.includes(needle) && (isLong || needle.length > 1))
      clean = clean.replace(pattern(), (token) => (token.endsWith('EXAMPLE') ? token : REDACTED));
  return clean;
}

/** Three parts if it is signed, five if it is encrypted; the second of those may be empty. */
const JSON_WEB_TOKEN = lazy(
  () =>
    /(?<![\w-])eyJ[\w-]{8,}\.(?:eyJ[\w-]{8,}\.[\w-]{8,}|[\w-]*\.[\w-]{8,}\.[\w-]{16,}\.[\w-]{8,})/g,
);

/** Up to its end, or to the end of a text that was cut. */
const PRIVATE_KEY = lazy(
  () =>
    /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-(?!----)[^-]*)*(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?/g,
);

const PUTTY_KEY = lazy(
  () => /(?<=Private-Lines: \d{1,4}(?:\\[rn]|\s){1,4})[A-Za-z0-9+/=\\\s]{20,}/g,
);
