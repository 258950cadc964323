import { useMemo, useState } from 'preact/hooks';
import type { ChartLine } from './chart-line.ts';
import { type Column, Table } from './table.tsx';

/** The values of all lines at one time. */
interface ChartRow {
  readonly time: number;
  readonly values: ReadonlyArray<number | null>;
}

/** The figures of a chart as a table, which is made when somebody opens it. */
export function ChartTable({
  name,
  times,
  lines,
  format,
  timeColumn,
}: {
  /** What the chart shows, in a few words. */
  readonly name: string;
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
  readonly timeColumn: { readonly title: string; readonly text: (time: number) => string };
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="chart-figures" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary aria-label={`Show as table: ${name}`}>Show as table</summary>
      {isOpen && <Rows {...{ name, times, lines, format, timeColumn }} />}
    </details>
  );
}

function Rows({ name, times, lines, format, timeColumn }: Parameters<typeof ChartTable>[0]) {
  const rows = useMemo(
    (): readonly ChartRow[] =>
      times
        .map((time, index) => ({ time, values: lines.map(({ values }) => values[index] ?? null) }))
        .toReversed(),
    [times, lines],
  );
  const columns = useMemo(
    (): readonly Column<ChartRow>[] => [
      { title: timeColumn.title, cell: ({ time }) => timeColumn.text(time) },
      ...lines.map(({ label }, index) => ({
        title: label,
        isFigure: true,
        cell: ({ values }: ChartRow) => {
          const value = values[index] ?? null;
          return value === null ? '–' : format(value);
        },
      })),
    ],
    [lines, format, timeColumn],
  );
  return (
    <Table
      name={`${name}, newest first`}
      columns={columns}
      rows={rows}
      keyOf={({ time }) => String(time)}
    />
  );
}
