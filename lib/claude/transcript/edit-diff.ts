import { isJsonObject, type JsonObject, stringField } from '../../core/json.ts';
import { redactTokens } from '../../secrets/redact.ts';

/**
 * One line of a change: added, removed, or around it. `gap`: lines between two parts of a file are
 * left out.
 */
export interface DiffLine {
  readonly sign: '+' | '-' | ' ' | 'gap';
  readonly text: string;
}

/** A longer change is cut: the page of a session is no copy of its files. */
const MAX_LINES = 1_000;
const MAX_LINE = 2_000;

/**
 * The change that a call asks for, as far as its input tells it. Nothing for a tool that changes no
 * file.
 */
export function diffFromInput(tool: string, input: JsonObject): readonly DiffLine[] {
  const edits = input['edits'];
  if (tool === 'MultiEdit' && Array.isArray(edits))
    return bounded(
      edits
        .filter(isJsonObject)
        .flatMap((edit, index) => [
          ...(index === 0 ? [] : [GAP]),
          ...replaced(stringField(edit, 'old_string') ?? '', stringField(edit, 'new_string') ?? ''),
        ]),
    );
  if (tool === 'Edit')
    return bounded(
      replaced(stringField(input, 'old_string') ?? '', stringField(input, 'new_string') ?? ''),
    );
  const written =
    tool === 'Write'
      ? stringField(input, 'content')
      : tool === 'NotebookEdit'
        ? stringField(input, 'new_source')
        : undefined;
  return written === undefined ? [] : bounded(signed('+', written));
}

/** The change as the client noted it beside a result: with lines around it. */
export function diffFromResult(result: JsonObject): readonly DiffLine[] {
  const patch = result['structuredPatch'];
  if (!Array.isArray(patch)) return [];
  return bounded(
    patch.filter(isJsonObject).flatMap((hunk, index) => {
      const lines: readonly unknown[] = Array.isArray(hunk['lines']) ? hunk['lines'] : [];
      const own = lines
        .slice(0, MAX_LINES)
        .flatMap((line) => (typeof line === 'string' ? [lineOf(line)] : []));
      return index === 0 ? own : [GAP, ...own];
    }),
  );
}

const GAP: DiffLine = { sign: 'gap', text: '' };

function lineOf(line: string): DiffLine {
  const sign = line.startsWith('+') ? '+' : line.startsWith('-') ? '-' : ' ';
  return { sign, text: redactTokens(line.slice(1, MAX_LINE)) };
}

/** Lines that both begin or end with are shown once. */
function replaced(before: string, after: string): readonly DiffLine[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < Math.min(old.length, fresh.length) && old[start] === fresh[start]) start += 1;
  let end = 0;
  const most = Math.min(old.length, fresh.length) - start;
  while (end < most && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  return [
    ...withSign(' ', old.slice(0, start)),
    ...withSign('-', old.slice(start, old.length - end)),
    ...withSign('+', fresh.slice(start, fresh.length - end)),
    ...withSign(' ', old.slice(old.length - end)),
  ];
}

function signed(sign: '+', text: string): readonly DiffLine[] {
  return withSign(sign, linesOf(text));
}

function withSign(sign: DiffLine['sign'], lines: readonly string[]): readonly DiffLine[] {
  return lines.map((text) => ({ sign, text: text.slice(0, MAX_LINE) }));
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function bounded(lines: readonly DiffLine[]): readonly DiffLine[] {
  if (lines.length <= MAX_LINES) return lines;
  const left = lines.length - MAX_LINES;
  return [...lines.slice(0, MAX_LINES), { sign: 'gap', text: `${left} more lines` }];
}
