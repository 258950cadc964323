/** A word of a command in a text, without its quotes. */
export interface Word {
  readonly text: string;
  /** The position of each character of `text` in the whole text. */
  readonly places: readonly number[];
  readonly isSingleQuoted: boolean;
}

/** Most words of one command to read, and how far they may reach. */
const MAX_WORDS = 60;
const MAX_LETTERS = 4_000;

/**
 * Reads the words after a program, up to the end of its simple command or to another program with
 * rules. Unlike the parser in `lib/shell`, it reports positions, is small enough for a hook, and
 * accepts a command anywhere: in a sentence, an error, a JSON text, or another command's quotes.
 */
export function wordsFrom(
  text: string,
  from: number,
  isProgram: (word: string) => boolean,
): readonly Word[] {
  const words: Word[] = [];
  const most = Math.min(text.length, from + MAX_LETTERS);
  let at = from;
  while (words.length < MAX_WORDS) {
    at = skipSpace(text, at, most);
    if (at >= most || /[;|&\n()`]/.test(text[at] ?? '')) break;
    const { word, end, isLast } = wordAt(text, at, most);
    if (isProgram(word.text)) break;
    if (word.text !== '') words.push(word);
    if (isLast || end === at) break;
    at = end;
  }
  return words;
}

function skipSpace(text: string, from: number, most: number): number {
  let at = from;
  while (at < most && (/[ \t]/.test(text[at] ?? '') || text.startsWith('\\\n', at)))
    at += text[at] === '\\' ? 2 : 1;
  return at;
}

interface ReadWord {
  readonly word: Word;
  readonly end: number;
  /** A quote that was not opened here: the whole command is quoted, and ends here. */
  readonly isLast: boolean;
}

function wordAt(text: string, start: number, most: number): ReadWord {
  const places: number[] = [];
  let value = '';
  let isSingleQuoted = false;
  let at = start;
  const read = (isLast: boolean): ReadWord => ({
    word: { text: value, places, isSingleQuoted },
    end: at,
    isLast,
  });
  for (; at < most; at += 1) {
    const letter = text[at] ?? '';
    if (/[\s;|&()<>`]/.test(letter)) return read(false);
    if (letter === '"' || letter === "'") {
      const close = closingQuote(text, at, most);
      if (close === undefined) return read(true);
      isSingleQuoted ||= letter === "'";
      for (let place = at + 1; place < close; place += 1) places.push(place);
      value += text.slice(at + 1, close);
      at = close;
      continue;
    }
    if (letter === '\\') {
      const next = text[at + 1] ?? '';
      const isFolderOfHost = next === '\\' && value === ''; // \\host\folder
      // Within a JSON text: the end of the line, or of the quotes around the command.
      if (/[nrt"\\]/.test(next) && !isFolderOfHost && !value.startsWith('\\')) return read(true);
      if (!isFolderOfHost) at += 1;
    }
    places.push(at);
    value += text[at] ?? '';
  }
  return read(true);
}

function closingQuote(text: string, open: number, most: number): number | undefined {
  const sign = text[open];
  for (let at = open + 1; at < most && text[at] !== '\n'; at += 1) {
    if (text[at] === '\\' && sign === '"') at += 1;
    else if (text[at] === sign) return at;
  }
  return undefined;
}
