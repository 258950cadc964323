import { displayWidth, padText, wrapText } from './display-width.ts';
import type { Paint } from './paint.ts';

export interface MarkdownOptions {
  readonly paint: Paint;
  /** Columns that a line may fill; code keeps its lines. */
  readonly width: number;
}

const FENCE = /^( *)(`{3,})/;
const ITEM = /^( *)([-*]|\d+\.) +(.*)$/;

/** A page of Markdown as the lines of a terminal: the part of the language that `docs/` uses. */
export function renderMarkdown(markdown: string, options: MarkdownOptions): readonly string[] {
  const lines = markdown
    .replace(/<!--[\s\S]*?-->/g, '')
    .trim()
    .split('\n');
  const out: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const { taken, shown } = blockAt(lines, at, options);
    out.push(...shown);
    at += taken;
  }
  while (out.at(-1) === '') out.pop();
  return out.filter((line, index) => line !== '' || (out[index - 1] ?? '') !== '');
}

interface Block {
  readonly taken: number;
  readonly shown: readonly string[];
}

function blockAt(lines: readonly string[], at: number, options: MarkdownOptions): Block {
  const line = lines[at] ?? '';
  const { paint } = options;
  if (line.trim() === '') return { taken: 1, shown: [''] };
  if (FENCE.test(line)) return codeAt(lines, at, options);
  const [, marks, heading] = /^(#+) +(.*)$/.exec(line) ?? [];
  if (heading !== undefined) {
    const text = plainInline(heading);
    return { taken: 1, shown: ['', paint.bold(marks === '#' ? text.toUpperCase() : text), ''] };
  }
  if (line.startsWith('|')) return tableAt(lines, at, options);
  return paragraphAt(lines, at, options);
}

function codeAt(lines: readonly string[], at: number, { width }: MarkdownOptions): Block {
  const [, indent = '', fence = ''] = FENCE.exec(lines[at] ?? '') ?? [];
  const end = lines.findIndex(
    (line, index) => index > at && line.trim() === fence && line.startsWith(indent),
  );
  const last = end === -1 ? lines.length : end;
  const code = lines.slice(at + 1, last).map((line) => {
    const own = line.startsWith(indent) ? line.slice(indent.length) : line.trimStart();
    return `${indent}    ${own}`.trimEnd();
  });
  const isShell = /^ *`{3,}(?:sh|bash|console)\b/.test(lines[at] ?? '');
  const isWide = code.some((line) => displayWidth(line) > width);
  const shown = isShell && isWide ? code.flatMap((line) => commentAbove(line, width)) : code;
  return { taken: last - at + 1, shown: ['', ...shown, ''] };
}

/** A command whose comment would be broken by the terminal: the comment in lines above it. */
function commentAbove(line: string, width: number): readonly string[] {
  const [, indent = '', command = '', comment] = /^( *)(\S.*?) {2,}# (.*)$/.exec(line) ?? [];
  if (comment === undefined) return [line];
  const lead = `${indent}# `;
  const above = wrapText(comment, width - lead.length).map((words) => `${lead}${words}`);
  return [...above, `${indent}${command}`];
}

/** A paragraph, or one item of a list with the lines that go on with it. */
function paragraphAt(lines: readonly string[], at: number, options: MarkdownOptions): Block {
  const first = lines[at] ?? '';
  const [, indent = '', mark, text] = ITEM.exec(first) ?? [];
  const [, quote] = /^(>) ?/.exec(first) ?? [];
  let end = at + 1;
  while (end < lines.length && continuesParagraph(lines[end] ?? '')) end += 1;
  const own = [text ?? first, ...lines.slice(at + 1, end)].map((line) =>
    line.trim().replace(/^> ?/, ''),
  );
  const lead =
    mark === undefined
      ? quote === undefined
        ? ''
        : '│ '
      : `${indent}${/\d/.test(mark) ? mark : '•'} `;
  const hang = quote === undefined ? ' '.repeat(lead.length) : lead;
  const words = inlineText(own.join(' '), options.paint);
  const wrapped = wrapText(words, options.width - lead.length);
  return {
    taken: end - at,
    shown: wrapped.map((line, index) => `${index === 0 ? lead : hang}${line}`),
  };
}

function continuesParagraph(line: string): boolean {
  return line.trim() !== '' && !/^(?:#+ |\||>)/.test(line) && !FENCE.test(line) && !ITEM.test(line);
}

const GAP = 2;

function tableAt(lines: readonly string[], at: number, { paint, width }: MarkdownOptions): Block {
  let end = at;
  while ((lines[end] ?? '').startsWith('|')) end += 1;
  const [head = [], , ...body] = lines.slice(at, end).map(cellsOf);
  const rows = [
    head.map((cell) => paint.dim(plainInline(cell).toUpperCase())),
    ...body.map((row) => row.map((cell) => inlineText(cell, paint))),
  ];
  const filled = rows.filter((row) => row.some((cell) => cell !== ''));
  const widths = widthsOf(filled, width);
  const shown = filled.flatMap((row) => rowText(row, widths));
  return { taken: end - at, shown: ['', ...shown, ''] };
}

function cellsOf(line: string): readonly string[] {
  return line
    .replace(/^\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/**
 * As wide as the cells where that fits; else the widest columns give way, if they can by more than
 * a word.
 */
function widthsOf(rows: ReadonlyArray<readonly string[]>, width: number): readonly number[] {
  const count = Math.max(...rows.map((row) => row.length));
  const places = Array.from({ length: count }, (_, place) => place);
  const widths = places.map((place) => widest(rows.map((row) => row[place] ?? '')));
  const words = places.map((place) => widest(rows.flatMap((row) => (row[place] ?? '').split(' '))));
  let excess = widths.reduce((sum, one) => sum + one, GAP * (count - 1)) - width;
  for (; excess > 0; excess -= 1) {
    const loose = widths.map((one, place) => (one > (words[place] ?? 0) ? one : 0));
    const from = loose.some((one) => one > 0) ? loose : widths;
    const place = from.indexOf(Math.max(...from));
    widths[place] = Math.max(1, (widths[place] ?? 1) - 1);
  }
  return widths;
}

function widest(texts: readonly string[]): number {
  return Math.max(1, ...texts.map(displayWidth));
}

function rowText(row: readonly string[], widths: readonly number[]): readonly string[] {
  const cells = widths.map((width, place) => cellLines(row[place] ?? '', width));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, place) => padText(lines[line] ?? '', widths[place] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

/** Words that are too long for their column are broken. */
function cellLines(text: string, width: number): readonly string[] {
  return wrapText(text, width).flatMap((line) =>
    displayWidth(line) <= width ? [line] : (line.match(new RegExp(`.{1,${width}}`, 'gu')) ?? []),
  );
}

/** Code keeps its marks, links their words; an address is shown. */
function inlineText(text: string, paint: Paint): string {
  // lines break at spaces
  const bold = (words: string): string => words.split(' ').map(paint.bold).join(' ');
  return linked(text)
    .replace(/(`[^`]+`)|\*\*((?:[^*`]|`[^`]*`)+)\*\*/g, (all, code?: string, strong?: string) =>
      code === undefined ? bold(strong ?? all) : all,
    )
    .replace(
      /(`[^`]+`)|(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])/g,
      (_, code?: string, soft?: string) => code ?? soft ?? '',
    );
}

function plainInline(text: string): string {
  return linked(text).replace(/[`*]/g, '');
}

function linked(text: string): string {
  return text
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]+)\]\((\w+:[^)]*)\)/g, '$1 <$2>')
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1');
}
