/** A value after a name, with its position. */
export interface FoundValue {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The quote in front of it: `"`, `\"`, `'`, or nothing. */
  readonly quote: string;
}

/** Longest value to search for after a quote. */
const LONGEST = 4_096;

const OPENING = /\\{0,7}["'`]/y;

/** Matches `${…}`, `$(…)`, `{{…}}` and the text between them and the next end of a shell word. */
const BARE =
  /(?:\$?\{\{[^}\n]{0,200}\}\}|\$\{[^}\n]{0,200}\}|\$\([^)\n]{0,200}\)|[^\s"'`;&|,()<>{}\\]|\\[^\s"'`;&|,()<>{}nrt])+/y;

/**
 * Reads the value that begins at `at`. A quoted value ends at the same quote, or at the end of the
 * line if there is none. A quote that closes an earlier one does not open a value.
 */
export function valueAt(text: string, at: number, quotes: OpenQuotes): FoundValue | undefined {
  OPENING.lastIndex = at;
  const quote = OPENING.exec(text)?.[0] ?? '';
  if (quote === '') return bareAt(text, at);
  if (quotes.closes(at + quote.length - 1, quote)) return undefined;
  const start = at + quote.length;
  const end = endOfQuoted(text, start, quote);
  return end === start ? undefined : { text: text.slice(start, end), start, end, quote };
}

function bareAt(text: string, at: number): FoundValue | undefined {
  BARE.lastIndex = at;
  const found = BARE.exec(text)?.[0] ?? '';
  const value = found.replace(/[.:!?\]]+$/, ''); // The end of a sentence.
  return value === '' ? undefined : { text: value, start: at, end: at + value.length, quote: '' };
}

function endOfQuoted(text: string, start: number, quote: string): number {
  const most = Math.min(text.length, start + LONGEST);
  const slashes = quote.length - 1;
  const sign = quote.at(-1) ?? '"';
  for (let at = start; at < most; at += 1) {
    if (text[at] === '\n') return at;
    if (text[at] !== sign) continue;
    let before = 0;
    while (text[at - 1 - before] === '\\' && at - 1 - before >= start) before += 1;
    // One more backslash than the opening quote has: a quote within the value.
    if (before === slashes || (before < slashes && slashes > 0) || sign === "'") return at - before;
  }
  return most;
}

/**
 * Tells which quotes are open at a position, line by line. Queried from left to right, it reads
 * each character once.
 */
export interface OpenQuotes {
  /** Whether the quote at `at` closes an earlier one of its line: `grep 'password=' src`. */
  closes(at: number, quote: string): boolean;
}

export function openQuotes(text: string): OpenQuotes {
  let place = 0;
  /**
   * By sign and number of backslashes in front, because quotes are nested: a text in JSON in a text
   * has several levels.
   */
  let open: Record<string, boolean> = {};
  const pass = (): void => {
    const letter = text[place] ?? '';
    if (letter === '\n') open = {};
    if (letter !== '"' && letter !== "'" && letter !== '`') return;
    const key = `${slashesBefore(text, place)}${letter}`;
    if (open[key] === true) open[key] = false;
    else if (letter !== "'" || !isApostrophe(text, place)) open[key] = true;
  };
  return {
    closes: (at, quote) => {
      if (at < place) [place, open] = [text.lastIndexOf('\n', at - 1) + 1, {}];
      for (; place < at; place += 1) pass();
      return open[`${quote.length - 1}${quote.at(-1) ?? ''}`] === true;
    },
  };
}

/** `don't`; but `-S'text'` is an option and its value. */
function isApostrophe(text: string, at: number): boolean {
  return (
    /[\p{L}\d]/u.test(text[at - 1] ?? '') &&
    !/(?:^|\s)-\w$/.test(text.slice(Math.max(0, at - 3), at))
  );
}

function slashesBefore(text: string, at: number): number {
  let count = 0;
  while (count < 8 && text[at - 1 - count] === '\\') count += 1;
  return count;
}
