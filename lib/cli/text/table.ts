/** A column whose cells stand flush right, such as counts. */
export interface TableOptions {
  readonly right?: readonly number[];
  /** Put before each line. */
  readonly indent?: string;
  /** Longest line in columns; the last cell of a longer one is cut. */
  readonly width?: number | undefined;
}

/** Lines with aligned columns, two spaces apart; colours do not count as width. No line ends in spaces. */
export function alignColumns(
  rows: ReadonlyArray<readonly string[]>,
  options: TableOptions = {},
): readonly string[] {
  const widths: number[] = [];
  const flat = rows.map((row) => row.map((cell) => cell.replace(/\s*[\n\r\t]\s*/g, ' '))); // a line break in a name must not look like a further row
  for (const row of flat)
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, visibleWidth(cell));
  return flat.map((row) => {
    const cells = row.map((cell, index) => {
      const isLast = index === row.length - 1;
      if (options.right?.includes(index))
        return ' '.repeat((widths[index] ?? 0) - visibleWidth(cell)) + cell;
      return isLast ? cell : cell + ' '.repeat((widths[index] ?? 0) - visibleWidth(cell));
    });
    return cutLine(`${options.indent ?? ''}${cells.join('  ')}`.trimEnd(), options.width);
  });
}

const SEQUENCE = /\u001b\[\d+m/g;

/** Characters that take a place on a terminal, colour sequences left out. */
export function visibleWidth(text: string): number {
  return [...text.replace(SEQUENCE, '')].length;
}

/** The first `width` characters of a coloured line, the cut marked with `…`. */
export function cutLine(line: string, width: number | undefined): string {
  if (width === undefined || visibleWidth(line) <= width) return line;
  let seen = 0;
  let cut = '';
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    if (part.startsWith('\u001b['))
      cut += part; // closing sequences behind the cut stay: the colour must end
    else {
      const room = Math.max(0, width - 1 - seen);
      const kept = [...part].slice(0, room).join('');
      cut += seen < width - 1 && [...part].length > room ? `${kept}…` : kept;
      seen += [...part].length;
    }
  }
  return cut;
}
