/**
 * Placeholders for what differs from call to call. While a command is parsed, each is one
 * private-use character, because a shell would read `<path>` as a redirection; {@link unmask}
 * writes them out.
 */
export const PLACEHOLDER = {
  path: '\uE000',
  n: '\uE001',
  hash: '\uE002',
  time: '\uE003',
  text: '\uE004',
} as const;

const NAMES = ['path', 'n', 'hash', 'time', 'text'] as const;
const NAMED = /<(path|n|hash|time|text)>/g;
const MASKED = /[\uE000-\uE004]/g;

/**
 * Replaces written placeholders with their private-use characters. Removes private-use characters
 * that were there before.
 */
export function mask(text: string): string {
  return text
    .replace(MASKED, ' ')
    .replace(NAMED, (_, name: string) =>
      NAMES.map((known) => (known === name ? PLACEHOLDER[known] : '')).join(''),
    );
}

/** Writes the placeholders out. */
export function unmask(text: string): string {
  return text.replace(MASKED, (place) => `<${NAMES[place.charCodeAt(0) - 0xe000] ?? 'text'}>`);
}

/** Whether a masked text contains a placeholder. */
export function hasPlace(masked: string): boolean {
  return masked.search(MASKED) !== -1;
}

const TIME = /^\d{4}-\d{2}-\d{2}(?:[T_ ]?\d{2}[:.]?\d{2}.*)?$|^\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?Z?$/;
const QUANTITY = /^[+-]?\d[\d.,:_x-]*[A-Za-zµ%]{0,3}$/;
const HEX = /^(?:0x)?(?=[0-9a-f]*\d)(?=[0-9]*[a-f])[0-9a-f]{7,}$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** The letters and digits from which Kubernetes generates the ends of names. */
const GENERATED = /^(?=[a-z]*\d)(?=\d*[a-z])[bcdfghjklmnpqrstvwxz2456789]{5,10}$/;
const SCOPED_PACKAGE = /^@[\w.-]+\/[\w.-]+$/;
const WITH_EXTENSION = /^.*[^.]\.[A-Za-z][A-Za-z0-9]{0,7}$/;

/**
 * Generalises one word without quotes (masked): replaces a path, a time, a hash, a number, and
 * numbers and hashes inside a name.
 */
export function generaliseWord(word: string): string {
  if (TIME.test(word)) return PLACEHOLDER.time;
  if (UUID.test(word) || HEX.test(word)) return PLACEHOLDER.hash;
  if (QUANTITY.test(word)) return PLACEHOLDER.n;
  if (isPath(word)) return PLACEHOLDER.path;
  return word
    .split(/([^A-Za-z0-9\uE000-\uE004]+)/)
    .map((piece) =>
      HEX.test(piece) || GENERATED.test(piece)
        ? PLACEHOLDER.hash
        : piece.replace(/\d+/g, PLACEHOLDER.n),
    )
    .join('');
}

function isPath(word: string): boolean {
  if (/^(?:\.{1,2}|~.*|\.[\w-].*)$/.test(word)) return true;
  if (word.includes('/') || word.includes('\\')) return !SCOPED_PACKAGE.test(word);
  return /[*?]/.test(word) || WITH_EXTENSION.test(word);
}

const QUOTED =
  /"[^"\n]*"|(?<![\p{L}\p{N}])'[^'\n]*'|`[^`\n]*`|‘[^’\n]*’|“[^”\n]*”|«[^»\n]*»|„[^“”\n]*[“”]/gu;

/** Generalises one line of prose, such as an error, and collapses white space. */
export function generaliseProse(line: string): string {
  const words = mask(line)
    .replace(QUOTED, PLACEHOLDER.text)
    .split(/\s+/)
    .map((word) => {
      const [, open = '', core = '', close = ''] =
        /^([([{<]*)(.*?)([)\]}>,;:.!?…]*)$/u.exec(word) ?? [];
      return open + generaliseWord(core) + close;
    });
  return unmask(words.join(' ').trim());
}
