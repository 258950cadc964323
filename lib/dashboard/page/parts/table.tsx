import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Figures are aligned to the right. */
  readonly isFigure?: boolean;
  /** Not shown on a phone. */
  readonly isExtra?: boolean;
}

/**
 * Rows in columns. A row that should be reached by `j` and `k` has a link or button with `data-row`
 * in its first cell. A row that is the same object under the same columns is not drawn again.
 */
export function Table<T extends object>({
  name,
  columns,
  rows,
  keyOf,
}: {
  /** What the rows are, for a screen reader. */
  readonly name: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T, index: number) => string;
}) {
  const classOf = ({ isFigure, isExtra }: Column<T>): string =>
    `${isFigure === true ? 'figure' : ''} ${isExtra === true ? 'extra' : ''}`.trim();
  const drawn = useMemo(() => new WeakMap<T, JSX.Element>(), [columns]);
  const draw = (row: T, index: number): JSX.Element => {
    const known = drawn.get(row);
    if (known !== undefined) return known;
    const made = (
      <tr key={keyOf(row, index)}>
        {columns.map((column) => (
          <td key={column.title} class={classOf(column)}>
            {column.cell(row)}
          </td>
        ))}
      </tr>
    );
    drawn.set(row, made);
    return made;
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys must reach what scrolls
    <section class="scroll" aria-label={name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{rows.map(draw)}</tbody>
      </table>
    </section>
  );
}
