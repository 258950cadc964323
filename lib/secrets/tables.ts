import { isStrong, looksLikePassword, looksRandom, REDACTED } from './harmless.ts';
import { hasSecretName } from './named-values.ts';

/** Most rows of one table to check, and the longest line that may be its header. */
const MAX_ROWS = 200;
const MAX_HEADER_LENGTH = 500;

/** A cell of a line, without the space around it. */
interface Cell {
  readonly text: string;
  readonly start: number;
}

/**
 * Redacts the cells of Markdown and CSV tables below a column called password, token or similar.
 */
export function redactTables(text: string, lower: string): string {
  if (!text.includes('\n') || !/pass|token|secret|key|pwd/.test(lower)) return text;
  const lines = text.split('\n');
  let isChanged = false;
  for (let head = 0; head < lines.length - 1; head += 1) {
    const line = lines[head] ?? '';
    const separator = line.includes('|') ? '|' : line.includes('\t') ? '\t' : ',';
    if (!line.includes(separator) || line.length > MAX_HEADER_LENGTH) continue;
    const columns = cellsOf(line, separator).flatMap(({ text: name }, column) =>
      /^[\w *`"'-]{2,40}$/.test(name) && hasSecretName(name.replace(/[*`"']/g, '').trim())
        ? [column]
        : [],
    );
    if (columns.length === 0) continue;
    for (let row = head + 1; row < lines.length && row <= head + MAX_ROWS; row += 1) {
      const clean = redactRow(lines[row] ?? '', separator, columns);
      if (clean === undefined) break;
      isChanged ||= clean !== lines[row];
      lines[row] = clean;
    }
  }
  return isChanged ? lines.join('\n') : text;
}

/** Redacts one row. Returns `undefined` after the end of the table. */
function redactRow(
  line: string,
  separator: string,
  columns: readonly number[],
): string | undefined {
  if (!line.includes(separator)) return undefined;
  let clean = line;
  const cells = cellsOf(line, separator);
  for (const column of columns.toReversed()) {
    const cell = cells[column];
    const value = cell?.text.replace(/^[`"']|[`"']$/g, '') ?? '';
    const isSecret = looksLikePassword(value) || looksRandom(value) || isStrong(value);
    if (cell !== undefined && isSecret)
      clean =
        clean.slice(0, cell.start) +
        cell.text.replace(value, () => REDACTED) +
        clean.slice(cell.start + cell.text.length);
  }
  return clean;
}

function cellsOf(line: string, separator: string): readonly Cell[] {
  let at = 0;
  return line.split(separator).map((raw) => {
    const start = at + raw.length - raw.trimStart().length;
    at += raw.length + 1;
    return { text: raw.trim(), start };
  });
}
