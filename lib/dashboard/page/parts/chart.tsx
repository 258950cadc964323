import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import type { ChartLine } from './chart-line.ts';
import { ChartTable } from './chart-table.tsx';

const HEIGHT = 140;

const DAY_S = 86_400;

/** Steps between marks of a line with one value a day: never hours. */
const DAYS = [1, 2, 7, 14, 28, 56, 91, 182, 364].map((days) => days * DAY_S);

const DAY_NAME = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const TIME_NAME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** How far values are apart. */
type Pace = 'day' | 'minute';

const COLUMNS = {
  day: { title: 'Day', text: (time: number) => DAY_NAME.format(time) },
  minute: { title: 'Time', text: (time: number) => TIME_NAME.format(time) },
} as const;

/** Lines over time. The text says for a screen reader what they show; a table has their figures. */
export function Chart({
  name,
  text,
  per,
  times,
  lines,
  format,
  leastTop = 1,
}: {
  /** What it shows, in a few words. */
  readonly name: string;
  readonly text: string;
  readonly per: Pace;
  /** Milliseconds since the epoch, in their order. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
  /** The scale goes at least so far. */
  readonly leastTop?: number;
}) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    // on paper, the scheme is light
    const media = ['(prefers-color-scheme: dark)', 'print'].map((one) => window.matchMedia(one));
    const parts = { per, times, lines, format, leastTop };
    let plot = draw(element, parts);
    const redraw = (): void => {
      plot.destroy();
      plot = draw(element, parts);
    };
    const watcher = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    watcher.observe(element);
    for (const one of media) one.addEventListener('change', redraw);
    return () => {
      watcher.disconnect();
      for (const one of media) one.removeEventListener('change', redraw);
      plot.destroy();
    };
  }, [per, times, lines, format, leastTop]);
  return (
    <figure class="chart">
      <div ref={holder} role="img" aria-label={text} />
      <figcaption>
        {lines.map(({ label, colour }) => (
          <span key={label} class="legend">
            <span class="legend-mark" style={{ background: `var(${colour})` }} />
            {label}
          </span>
        ))}
      </figcaption>
      <ChartTable {...{ name, times, lines, format }} timeColumn={COLUMNS[per]} />
    </figure>
  );
}

interface ChartParts {
  readonly per: Pace;
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
  readonly leastTop: number;
}

function draw(element: HTMLElement, { per, times, lines, format, leastTop }: ChartParts): UPlot {
  const styles = getComputedStyle(element);
  const colourOf = (token: string): string => styles.getPropertyValue(token).trim();
  const axis = {
    stroke: colourOf('--muted'),
    grid: { stroke: colourOf('--line'), width: 1 },
    ticks: { show: false },
    font: `11px ${styles.fontFamily}`,
  };
  const options: UPlot.Options = {
    width: Math.max(200, element.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(leastTop, most * 1.1)] } },
    axes: [
      { ...axis, ...timeAxis(per) },
      { ...axis, size: markWidth, values: (_plot, marks) => marks.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour }) => ({
        ...{ label, stroke: colourOf(colour), width: 1.5 },
        points: { show: times.length < 3 },
      })),
    ],
  };
  const seconds = times.map((ms) => ms / 1000);
  return new UPlot(options, [seconds, ...lines.map(({ values }) => [...values])], element);
}

/** Room for the longest mark of the vertical axis; without any, for a usual one. */
function markWidth(_plot: UPlot, marks: readonly string[] | null): number {
  const longest = (marks ?? []).reduce((most, { length }) => Math.max(most, length), 0);
  return Math.max(56, 16 + 7 * longest);
}

/** Marks with days, or with hours and minutes unless they are days apart. */
function timeAxis(per: Pace): UPlot.Axis {
  return {
    ...(per === 'day' ? { incrs: DAYS } : {}),
    values: (_plot, marks, _axis, _space, step) =>
      marks.map((mark) => (step < DAY_S ? TIME_NAME : DAY_NAME).format(mark * 1_000)),
  };
}
