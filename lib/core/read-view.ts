import { type JsonObject, parseJsonObject } from './json.ts';
import { readPlainFile } from './read-plain-file.ts';

/** Far more than the worker writes into one view. */
const MAX_VIEW_BYTES = 1_048_576;

/**
 * Reads the JSON object in a view, or in another small file of the state folder. Returns
 * `undefined` if it is missing, damaged or too large, or if something else has its name: a pipe, a
 * link, a device or a folder. Never waits, never throws.
 */
export function readView(path: string): JsonObject | undefined {
  const text = readViewText(path);
  return text === '' ? undefined : parseJsonObject(text); // An exception would cost more.
}

/** Reads the text of such a file; an empty one for anything else. Never waits, never throws. */
export function readViewText(path: string): string {
  const read = readPlainFile(path, { maxBytes: MAX_VIEW_BYTES });
  return read !== undefined && 'text' in read ? read.text : '';
}
