import { cutText, displayWidth, padText } from './display-width.ts';

/** How a column gives way where the lines are too long for the terminal. */
export interface Column {
  /** Flush right, as counts are. */
  readonly right?: boolean;
  /**
   * The cells may be cut down to this width before other columns go; left out: they are never cut.
   */
  readonly least?: number;
  /**
   * The column with the highest number goes first, when cutting is not enough; left out: it stays.
   */
  readonly gives?: number;
}

export interface TableOptions {
  /** By their places; a place without one is a column that is neither cut nor left out. */
  readonly columns?: readonly Column[];
  /** Put before each line. */
  readonly indent?: string;
  /** Longest line in columns; `undefined` = as long as it takes. */
  readonly width?: number | undefined;
}

interface Laid extends Column {
  readonly index: number;
  readonly width: number;
}

const GAP = 2;

/**
 * Lines with aligned columns, two spaces apart, none longer than the terminal: cells are cut and
 * columns left out as {@link Column} says, and what is still too long is cut at its end. A column
 * whose cells are all empty is left out. No line ends in spaces.
 */
export function alignColumns(
  rows: ReadonlyArray<readonly string[]>,
  { columns = [], indent = '', width }: TableOptions = {},
): readonly string[] {
  // a line break in a name must not look like a further row
  const flat = rows.map((row) => row.map((cell) => cell.replace(/\s*[\n\r\t]\s*/g, ' ')));
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - indent.length;
  const laid = fitInto(measure(flat, columns), room);
  return flat.map((row) => {
    const cells = laid.map((column) => {
      const cell = cutText(row[column.index] ?? '', column.width);
      const isLast = row.slice(column.index + 1).every((next) => next === '');
      return isLast && column.right !== true ? cell : padText(cell, column.width, column.right);
    });
    const line = `${indent}${cells.join(' '.repeat(GAP))}`.trimEnd();
    return width === undefined ? line : cutText(line, width);
  });
}

function measure(
  rows: ReadonlyArray<readonly string[]>,
  columns: readonly Column[],
): readonly Laid[] {
  const count = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return Array.from({ length: count }, (_, index) => ({
    ...columns[index],
    index,
    width: rows.reduce((most, row) => Math.max(most, displayWidth(row[index] ?? '')), 0),
  })).filter(({ width }) => width > 0);
}

/** What is left of a cell where nothing else gives way. */
const FEWEST = 8;

/**
 * Cuts what may be cut, the widest first; then leaves out one column and begins again; at last cuts
 * further.
 */
function fitInto(columns: readonly Laid[], room: number): readonly Laid[] {
  const excess = totalOf(columns) - room;
  if (excess <= 0) return columns;
  const spare = columns.reduce((sum, column) => sum + spareOf(column), 0);
  const weakest = columns.reduce<Laid | undefined>(
    (found, column) => ((column.gives ?? 0) > (found?.gives ?? 0) ? column : found),
    undefined,
  );
  if (spare >= excess) return cut(columns, excess);
  if (weakest === undefined) return cut(columns.map(cutFurther), excess);
  return fitInto(
    columns.filter((column) => column !== weakest),
    room,
  );
}

function cut(columns: readonly Laid[], excess: number): readonly Laid[] {
  const widths = columns.map(({ width }) => width);
  for (let left = excess; left > 0; left -= 1) {
    const widest = columns.reduce(
      (best, column, place) =>
        (widths[place] ?? 0) > (column.least ?? Number.POSITIVE_INFINITY) &&
        (best === -1 || (widths[place] ?? 0) > (widths[best] ?? 0))
          ? place
          : best,
      -1,
    );
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return columns.map((column, place) => ({ ...column, width: widths[place] ?? 0 }));
}

function cutFurther(column: Laid): Laid {
  return column.least === undefined ? column : { ...column, least: Math.min(column.least, FEWEST) };
}

function spareOf({ width, least = Number.POSITIVE_INFINITY }: Laid): number {
  return Math.max(0, width - least);
}

function totalOf(columns: readonly Laid[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + GAP * (columns.length - 1);
}
