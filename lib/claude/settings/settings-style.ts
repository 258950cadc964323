import type { Node } from 'jsonc-parser';

/** How a settings file is written, so that what is added looks like the rest. */
export interface SettingsStyle {
  readonly eol: string;
  /** One step of indentation. */
  readonly unit: string;
  /**
   * The white space between a key and its value, between two entries, and inside braces on one
   * line.
   */
  readonly colon: string;
  readonly comma: string;
  readonly pad: string;
  /** Whether the file puts each entry on a line of its own. */
  readonly multiline: boolean;
}

/** The style of `text`; for an empty one: two spaces, line feeds. */
export function detectStyle(text: string, root: Node | undefined): SettingsStyle {
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  const [first, second] = root?.children ?? [];
  if (root === undefined || first === undefined)
    return { eol, unit: '  ', colon: ': ', comma: ', ', pad: '', multiline: true };
  const lead = text.slice(root.offset + 1, first.offset);
  const colon = between(text, first.children?.[0], first.children?.[1]) ?? ': ';
  const multiline = hasLineBreak(lead);
  return {
    eol,
    multiline,
    unit: multiline ? indentAt(text, first.offset) : '  ',
    colon,
    comma: multiline ? ', ' : (between(text, first, second) ?? (colon === ':' ? ',' : ', ')),
    pad: multiline ? '' : lead,
  };
}

/** Whether a line ends inside `text`. */
export function hasLineBreak(text: string): boolean {
  return /[\r\n]/.test(text);
}

/** The white space that begins the line of `offset`. */
export function indentAt(text: string, offset: number): string {
  const line =
    text
      .slice(0, offset)
      .split(/[\r\n]/)
      .at(-1) ?? '';
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/**
 * `value` as JSON in this style: on one line, or on several with every line but the first beginning
 * at `indent`.
 */
export function renderValue(
  value: unknown,
  style: SettingsStyle,
  indent: string | undefined,
): string {
  if (indent === undefined) return renderInline(value, style);
  // rendered with tabs first: JSON.stringify cuts an indentation of more than ten characters
  const lines = JSON.stringify(value, null, '\t').split('\n');
  return lines
    .map((line) => line.replace(/^\t+/, (tabs) => style.unit.repeat(tabs.length)))
    .join(`${style.eol}${indent}`);
}

function renderInline(value: unknown, style: SettingsStyle): string {
  if (Array.isArray(value))
    return `[${value.map((part) => renderInline(part, style)).join(style.comma)}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(
    ([key, part]) => `${JSON.stringify(key)}${style.colon}${renderInline(part, style)}`,
  );
  return `{${style.pad}${parts.join(style.comma)}${style.pad}}`;
}

/** What separates two neighbours on one line. */
function between(
  text: string,
  left: Node | undefined,
  right: Node | undefined,
): string | undefined {
  if (left === undefined || right === undefined) return undefined;
  const gap = text.slice(left.offset + left.length, right.offset);
  return hasLineBreak(gap) ? undefined : gap;
}
