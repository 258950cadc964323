import { plainText, type Span, type Style, type StyledLine } from './styled-lines.ts';

/** Measures of a picture: a character, a line, the frame around them. */
const CHAR = 8.4;
const LINE = 19;
const PAD = 16;
const BAR = 34;
const SIZE = 14;

/** A moment of an animated picture: so many lines are there. */
export interface Frame {
  /** Milliseconds from the beginning. */
  readonly at: number;
  readonly lines: number;
}

export interface Picture {
  /** What is seen, for people who cannot see it. */
  readonly title: string;
  readonly lines: readonly StyledLine[];
  readonly columns: number;
}

export interface Animation {
  readonly frames: readonly Frame[];
  /** Lines of the window; what is above them scrolls away. */
  readonly rows: number;
  /** How long the last frame stays before it begins anew. */
  readonly restMs: number;
  /** The moment that is seen first, so that the first sight is not an empty window. */
  readonly firstMs: number;
}

/** Colours on both backgrounds have a contrast of 4.5 and more. */
const THEMES = {
  light: {
    ...{ back: '#ffffff', bar: '#eff1f3', edge: '#d0d7de', text: '#1f2328', dim: '#636c76' },
    ...{ red: '#c4242b', green: '#1a7f37', yellow: '#8a5a00', blue: '#0969da', cyan: '#0b7285' },
  },
  dark: {
    ...{ back: '#0d1117', bar: '#161b22', edge: '#30363d', text: '#e6edf3', dim: '#8d96a0' },
    ...{ red: '#ff7b72', green: '#3fb950', yellow: '#d29922', blue: '#58a6ff', cyan: '#39c5cf' },
  },
};

/** A picture of a terminal that shows all lines. */
export function stillSvg({ title, lines, columns }: Picture): string {
  const shown = drawLines(lines).join('\n');
  return frameSvg({ title, columns, rows: lines.length, style: '', content: shown });
}

/**
 * A picture of a terminal in which lines appear one after the other. They lie in one group behind a
 * cover that moves down; the group moves up once the window is full.
 */
export function animatedSvg(
  { title, lines, columns }: Picture,
  { frames, rows, restMs, firstMs }: Animation,
): string {
  const length = Math.round((frames.at(-1)?.at ?? 0) + restMs);
  const steps = (shift: (count: number) => number): string =>
    [{ at: 0, lines: 0 }, ...frames]
      .map(({ at, lines: count }) => ({
        share: ((100 * at) / length).toFixed(2),
        y: shift(count) * LINE,
      }))
      .filter(({ share }, index, all) => share !== all[index + 1]?.share)
      .filter(({ y }, index, all) => y !== all[index - 1]?.y)
      .map(({ share, y }) => `${share}%{transform:translateY(${y}px)}`)
      .join('');
  const last = lines.length;
  const style = `
.scroll{transform:translateY(${-Math.max(0, last - rows) * LINE}px)}.cover{transform:translateY(${last * LINE}px)}
@keyframes scroll{${steps((count) => -Math.max(0, count - rows))}}
@keyframes cover{${steps((count) => count)}}
@media (prefers-reduced-motion:no-preference){.scroll,.cover{animation:${length}ms step-end ${-Math.round(firstMs)}ms infinite}.scroll{animation-name:scroll}.cover{animation-name:cover}}`;
  const height = (last + rows) * LINE;
  const content = `<g class="scroll">
${drawLines(lines).join('\n')}
<rect class="cover back" x="${-PAD}" y="0" width="${widthOf(columns)}" height="${height}"/>
</g>`;
  return frameSvg({ title, columns, rows, style, content });
}

interface FrameParts {
  readonly title: string;
  readonly columns: number;
  readonly rows: number;
  readonly style: string;
  readonly content: string;
}

function frameSvg({ title, columns, rows, style, content }: FrameParts): string {
  const [width, height] = [widthOf(columns), BAR + PAD + rows * LINE + PAD];
  const dots = [0, 1, 2].map(
    (index) => `<circle class="edge" cx="${20 + index * 18}" cy="17" r="5"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
${themeCss(THEMES.light)}
@media (prefers-color-scheme:dark){${themeCss(THEMES.dark)}}
text{font:${SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.b{font-weight:700}${style}
</style>
<rect class="back frame" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
<path class="bar" d="M1 ${BAR}V9a8 8 0 0 1 8-8H${width - 9}a8 8 0 0 1 8 8V${BAR}Z"/>
${dots.join('')}
<svg x="${PAD}" y="${BAR + PAD / 2}" width="${width - 2 * PAD}" height="${rows * LINE + PAD / 2}">
${content}
</svg>
</svg>
`;
}

function widthOf(columns: number): number {
  return Math.ceil(columns * CHAR + 2 * PAD);
}

function themeCss({ back, bar, edge, text, ...colours }: (typeof THEMES)['light']): string {
  const rules = Object.entries(colours).map(([name, value]) => `.${name}{fill:${value}}`);
  return `text{fill:${text}}.back{fill:${back}}.frame{stroke:${edge}}.bar{fill:${bar}}.edge{fill:${edge}}${rules.join('')}`;
}

function drawLines(lines: readonly StyledLine[]): readonly string[] {
  return lines.flatMap((line, index) =>
    plainText(line).trim() === '' ? [] : [drawLine(line, (index + 1) * LINE - 5)],
  );
}

/**
 * Words stand in their columns whatever font the reader has: each run of them has its own place and
 * length.
 */
function drawLine(line: StyledLine, y: number): string {
  return `<text y="${y}">${line.flatMap(runsOf).map(drawRun).join('')}</text>`;
}

/** Pieces of a span between which there are two spaces or more. */
function runsOf({ text, column, style }: Span): readonly Span[] {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({
    text: match[0],
    column: column + [...text.slice(0, match.index)].length,
    style,
  }));
}

function drawRun({ text, column, style }: Span): string {
  const length = [...text].length;
  const place = `x="${round(column * CHAR)}" textLength="${round(length * CHAR)}"`;
  return `<tspan ${place} lengthAdjust="spacingAndGlyphs"${classOf(style)}>${escaped(text)}</tspan>`;
}

function classOf({ bold, dim, colour }: Style): string {
  const names = [
    ...(bold ? ['b'] : []),
    ...(dim ? ['dim'] : []),
    ...(colour === undefined ? [] : [colour]),
  ];
  return names.length === 0 ? '' : ` class="${names.join(' ')}"`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * The text of a picture, line by line, with its spaces: what {@link stillSvg} and
 * {@link animatedSvg} were given.
 */
export function textOfSvg(svg: string): readonly string[] {
  const lines: string[] = [];
  for (const [, y = '', inner = ''] of svg.matchAll(/<text y="(\d+)">(.*?)<\/text>/g)) {
    let line = '';
    for (const [, x = '', text = ''] of inner.matchAll(
      /<tspan x="([\d.]+)"[^>]*>([^<]*)<\/tspan>/g,
    ))
      line = line.padEnd(Math.round(Number(x) / CHAR)) + unescaped(text);
    lines[(Number(y) + 5) / LINE - 1] = line;
  }
  return Array.from(lines, (line) => line ?? '');
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
