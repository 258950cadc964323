import truncatedWidth from 'fast-string-truncated-width';

const COLOUR = /\u001b\[\d+m/g;
const PARTS = /(\u001b\[\d+m)/;

/** Characters of one column each: letters without marks, and the signs of our own texts. */
const NARROW =
  /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u203a\u2190-\u21ff\u2500-\u25a0○●▸▾✓✗⊘]*$/;

const ELLIPSIS = '…';

/**
 * Columns that a text takes on a terminal: wide characters and emoji two, marks and colours none.
 */
export function displayWidth(text: string): number {
  const plain = text.replace(COLOUR, '');
  return NARROW.test(plain) ? plain.length : truncatedWidth(plain).width;
}

/**
 * The beginning of a text that fits into `width` columns, the cut marked with `…`. Never splits a
 * character; colours behind the cut still end.
 */
export function cutText(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let room = width - 1;
  let isCut = false;
  const parts = text.split(PARTS).map((part) => {
    if (part.startsWith('\u001b[')) return part;
    if (isCut) return '';
    const size = displayWidth(part);
    if (size <= room) {
      room -= size;
      return part;
    }
    isCut = true;
    return `${headOf(part, room).trimEnd()}${width < 1 ? '' : ELLIPSIS}`;
  });
  return parts.join('');
}

/** The most whole characters that fit. */
function headOf(plain: string, width: number): string {
  if (NARROW.test(plain)) return plain.slice(0, Math.max(0, width));
  let head = '';
  let left = width;
  for (const { segment } of new Intl.Segmenter().segment(plain)) {
    left -= displayWidth(segment);
    if (left < 0) break;
    head += segment;
  }
  return head;
}

/** Fewest columns into which a text is broken. */
const NARROWEST = 20;

/**
 * A text that begins in column `from`, in lines that fit into the terminal, broken between words;
 * one line where there is no terminal.
 */
export function wrapTo(text: string, columns: number | undefined, from = 0): readonly string[] {
  return columns === undefined ? [text] : wrapText(text, Math.max(NARROWEST, columns - from));
}

/**
 * A text in lines that fit into `width` columns, broken between words. A command in backticks stays
 * whole where it fits into a line, so that it can be copied.
 */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of splitText(text, width)) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(`${last} ${word}`) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The words of a text; what is in backticks is one word if it fits into `width` columns. */
function splitText(text: string, width: number): readonly string[] {
  const words: string[] = [];
  let open: string[] = [];
  for (const word of text.split(' ')) {
    open.push(word);
    const whole = open.join(' ');
    if (isOpen(whole)) continue;
    words.push(...(displayWidth(whole) <= width ? [whole] : open));
    open = [];
  }
  return [...words, ...open];
}

function isOpen(text: string): boolean {
  return text.split('`').length % 2 === 0;
}

/** `text` and the spaces that fill a column of `width`. */
export function padText(text: string, width: number, isRight = false): string {
  const spaces = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return isRight ? spaces + text : text + spaces;
}
