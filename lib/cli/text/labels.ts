import { wrapTo, displayWidth } from './display-width.ts';
import { alignColumns } from './table.ts';

interface LabelOptions {
  /** Put before each line. */
  readonly indent?: string;
  /** Columns of the terminal; `undefined` = values are never broken. */
  readonly width?: number | undefined;
}

const GAP = 2;

/**
 * Lines of a label and its value, the values in one column. A value that is too long for the
 * terminal goes on below itself, broken between words.
 */
export function alignLabels(
  rows: ReadonlyArray<readonly string[]>,
  { indent = '', width }: LabelOptions = {},
): readonly string[] {
  const labels = Math.max(0, ...rows.map(([label = '']) => displayWidth(label)));
  const from = indent.length + labels + GAP;
  return alignColumns(
    rows.flatMap(([label = '', value = '']) =>
      wrapTo(value, width, from).map((line, index) => [index === 0 ? label : '', line]),
    ),
    { indent },
  );
}

/**
 * A line that is too long for the terminal, broken between words; what goes on begins where the
 * text behind the mark of the first line does.
 */
export function hangText(
  line: string,
  width: number | undefined,
  mark: string = /^\s*(?:[-•✓✗–] )?/u.exec(line)?.[0] ?? '',
): readonly string[] {
  const hang = displayWidth(mark);
  return wrapTo(line.slice(mark.length), width, hang).map(
    (words, index) => `${index === 0 ? mark : ' '.repeat(hang)}${words}`,
  );
}
