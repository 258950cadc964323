import { oneLine, plainLines } from './one-line.ts';
import { headOf } from './text.ts';

/**
 * Quotes foreign text (an error, a file name, a command, a prompt, an answer) for Claude: in
 * backticks, on one line, at most `limit` units, without anything that ends the quotation, looks
 * like a tag, or is invisible.
 */
export function quoted(text: string, limit: number): string {
  return `\`${sanitizeForQuote(text, limit)}\``;
}

/** Returns the text that {@link quoted} puts in backticks. */
export function sanitizeForQuote(text: string, limit: number): string {
  const room = limit * 4; // Of a megabyte, only the beginning is processed.
  const flat = withoutTags(oneLine(text.slice(0, room))).replaceAll('`', "'");
  return headOf(text.length > room ? `${flat}…` : flat, limit);
}

/**
 * Whether quoting leaves a text unchanged. A command that Claude is to run must not be altered: if
 * this is false, name the place where it can be read.
 */
export function isQuotable(text: string, limit: number): boolean {
  return sanitizeForQuote(text, limit) === text;
}

/** Quotes a foreign name (of a tool, an agent) unless it is a single word. */
export function quotedName(text: string): string {
  return /^[\w.:-]{1,64}$/.test(text) ? text : quoted(text, 60);
}

/**
 * Makes a complete hook answer safe, whatever it contains: no tags, no invisible characters, at
 * most `limit` units. Keeps line breaks.
 */
export function sanitizeAnswer(text: string, limit: number): string {
  return headOf(withoutTags(plainLines(text.slice(0, limit * 4))), limit);
}

function withoutTags(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›');
}
