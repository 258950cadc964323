import { oneLine, plainLines } from './one-line.ts';
import { headOf } from './text.ts';

/**
 * `text` from outside (an error, a file name, a command, a prompt, an answer) for Claude: in backticks, on one line, at most `limit` units between them, with nothing in it that
 * ends the quotation, looks like a tag, or is not seen.
 */
export function quoted(text: string, limit: number): string {
  return `\`${quotable(text, limit)}\``;
}

/** What {@link quoted} sets in backticks. */
export function quotable(text: string, limit: number): string {
  const room = limit * 4; // of a megabyte only the beginning is worth the work
  const flat = withoutTags(oneLine(text.slice(0, room))).replaceAll('`', "'");
  return headOf(text.length > room ? `${flat}…` : flat, limit);
}

/** Whether a quotation says exactly this. What Claude is to run must not be altered: else name where it can be read. */
export function isQuotable(text: string, limit: number): boolean {
  return quotable(text, limit) === text;
}

/** A name from outside (of a tool, an agent): as it is if it is one word, else quoted. */
export function quotedName(text: string): string {
  return /^[\w.:-]{1,64}$/.test(text) ? text : quoted(text, 60);
}

/** A whole answer of a hook, whatever it was put together from: no tags, nothing that is not seen, at most `limit` units. Lines stay. */
export function harmlessAnswer(text: string, limit: number): string {
  return headOf(withoutTags(plainLines(text.slice(0, limit * 4))), limit);
}

function withoutTags(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›');
}
