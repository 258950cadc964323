import type { JsonObject } from '../../core/json.ts';
import { HANDLER_NUMBERS } from './handler-settings.ts';

const LINES = 20;

/** Matches a comment in any language: signs that are not letters, then `waymark:`. */
const MARK = /^[^\p{L}\p{N}]*(?:rem\s+)?waymark:\s*(.*)$/iu;

/** Matches the end of a comment on the same line. */
const COMMENT_END = /\s*(?:\*\/|-->|\*\)|#>|-}|"""|''')\s*$/;

/**
 * Parses the settings in the head of a file, as `{ on, filter, timeout, … }` with text values:
 * `waymark: on task.failed checkpoint.* timeout=10`. Joins several such lines.
 * @returns `undefined` if there is none in the first 20 lines.
 */
export function readHeadComment(text: string): JsonObject | undefined {
  const found = text
    .split(/\r?\n/, LINES)
    .map((line) => MARK.exec(line)?.[1])
    .filter((part) => part !== undefined);
  return found.length === 0 ? undefined : settingsOf(found.flatMap(wordsOf));
}

function wordsOf(line: string): readonly string[] {
  const words = line.replace(COMMENT_END, '').match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

function settingsOf(words: readonly string[]): JsonObject {
  const on: string[] = [];
  const filter: string[] = [];
  const settings: Record<string, string> = {};
  let list: string[] | undefined;
  for (const word of words) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(word) ?? [];
    if (word === 'on') list = on;
    else if (word === 'filter') list = filter;
    else if (
      name !== undefined &&
      value !== undefined &&
      (list !== filter || Object.hasOwn(HANDLER_NUMBERS, name))
    )
      settings[name] = value;
    else if (list === filter) filter.push(word);
    else if (list === on) on.push(...word.split(',').filter((type) => type !== ''));
    else settings[word] = ''; // It is rejected by its name.
  }
  return {
    ...settings,
    ...(on.length === 0 ? {} : { on }),
    ...(filter.length === 0 ? {} : { filter }),
  };
}
