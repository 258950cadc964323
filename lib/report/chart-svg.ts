import { escapeHtml } from './html-text.ts';

/** Figures over time, or over things. */
export interface Chart {
  readonly title: string;
  readonly labels: readonly string[];
  readonly series: readonly Series[];
  /** Stacked bars, or a line for each series. */
  readonly shape: 'bars' | 'lines';
  /** A value with its unit. */
  readonly format: (value: number) => string;
}

export interface Series {
  readonly name: string;
  /** One for each label. */
  readonly values: readonly number[];
}

const [WIDTH, HEIGHT] = [720, 200];
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 8, 10, 24];
const [INNER_WIDTH, INNER_HEIGHT] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
const MAX_LABELS = 9;

/**
 * A chart as an SVG that needs no script. Its title and description say for screen readers what it
 * shows; colours are those of the page.
 */
export function chartSvg(given: Chart, id: string): string {
  const chart = withNumbers(given);
  const top = niceTop(largestOf(chart));
  const draw = chart.shape === 'bars' ? bars : lines;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-t ${id}-d">`,
    `<title id="${id}-t">${escapeHtml(chart.title)}</title>`,
    `<desc id="${id}-d">${escapeHtml(chartSummary(chart))}</desc>`,
    grid(chart, top),
    labels(chart),
    draw(chart, top),
    '</svg>',
  ].join('');
}

/** What a chart shows, in a sentence for each series. */
export function chartSummary(chart: Chart): string {
  const { labels: names, series, format } = withNumbers(chart);
  return series
    .map(({ name, values }) => {
      const most = Math.max(0, ...values);
      if (most === 0) return `${name}: nothing.`;
      return `${name}: at most ${format(most)} (${names[values.indexOf(most)] ?? ''}).`;
    })
    .join(' ');
}

/** A value that is no number, or below 0, is drawn as 0. */
function withNumbers(chart: Chart): Chart {
  const series = chart.series.map(({ name, values }) => ({
    name,
    values: values.map((value) => (Number.isFinite(value) ? Math.max(0, value) : 0)),
  }));
  return { ...chart, series };
}

function largestOf({ labels: names, series, shape }: Chart): number {
  const columns = names.map((_name, index) => series.map(({ values }) => values[index] ?? 0));
  const heights = columns.map((column) =>
    shape === 'bars' ? column.reduce((sum, value) => sum + value, 0) : Math.max(0, ...column),
  );
  return heights.reduce((most, height) => Math.max(most, height), 0);
}

/** A round number that no value is above. */
function niceTop(largest: number): number {
  if (!(largest > 0) || !Number.isFinite(largest)) return 1;
  const size = 10 ** Math.floor(Math.log10(largest));
  const step = [1, 2, 4, 5, 10].find((one) => one * size >= largest) ?? 10;
  return step * size;
}

/** How many steps a scale has: those of whole numbers are whole. */
function stepsOf({ series }: Chart, top: number): number {
  const steps = /^0*\.?0*[24]/.test(String(top)) ? 4 : 5;
  const isWhole = series.every(({ values }) => values.every(Number.isInteger));
  return isWhole ? Math.min(top, steps) : steps;
}

function grid(chart: Chart, top: number): string {
  const steps = stepsOf(chart, top);
  return Array.from({ length: steps + 1 }, (_none, index) => {
    const y = round(TOP + (INNER_HEIGHT * (steps - index)) / steps);
    const text = escapeHtml(chart.format((top * index) / steps));
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/><text class="tick" x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${text}</text>`;
  }).join('');
}

function labels({ labels: names }: Chart): string {
  const every = Math.max(1, Math.ceil(names.length / MAX_LABELS));
  return names
    .map((name, index) =>
      index % every === 0
        ? `<text class="tick" x="${centreOf(index, names.length)}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(shortLabel(name))}</text>`
        : '',
    )
    .join('');
}

/** Of a day, month and day are enough: the report says which year. */
function shortLabel(name: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(name) ? name.slice(5) : name.slice(0, 12);
}

function bars({ labels: names, series, format }: Chart, top: number): string {
  const width = Math.max(1, (INNER_WIDTH / Math.max(1, names.length)) * 0.72);
  return names
    .map((name, index) => {
      let y = TOP + INNER_HEIGHT;
      return series
        .map(({ name: what, values }, nth) => {
          const value = values[index] ?? 0;
          const height = (INNER_HEIGHT * value) / top;
          if (!(height > 0)) return '';
          y -= height;
          const x = centreOf(index, names.length) - width / 2;
          return `<rect class="s${nth}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"><title>${escapeHtml(`${name}, ${what}: ${format(value)}`)}</title></rect>`;
        })
        .join('');
    })
    .join('');
}

function lines({ labels: names, series, format }: Chart, top: number): string {
  return series
    .map(({ name: what, values }, nth) => {
      const points = values.map((value, index) => ({
        x: centreOf(index, names.length),
        y: round(TOP + INNER_HEIGHT * (1 - value / top)),
        text: `${names[index] ?? ''}, ${what}: ${format(value)}`,
      }));
      const path = points.map(({ x, y }) => `${x},${y}`).join(' ');
      const dots = points.map(
        ({ x, y, text }) =>
          `<circle class="s${nth}" cx="${x}" cy="${y}" r="3"><title>${escapeHtml(text)}</title></circle>`,
      );
      return `<polyline class="l${nth}" points="${path}"/>${dots.join('')}`;
    })
    .join('');
}

function centreOf(index: number, count: number): number {
  return round(LEFT + (INNER_WIDTH * (index + 0.5)) / Math.max(1, count));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
