import { type JsonObject, numberField, stringField } from '../../core/json.ts';

/** Real ids are half as long. A forged file could fill the store with one long id. */
const ID = /^[!-~]{1,256}$/;

const LATEST = Date.UTC(2100, 0, 1);

/** More tokens, calls or milliseconds than anything has. */
const MAX_COUNTED = 1e12;

const NAME_LIMIT = 128;

/**
 * An id in a file of the client; `undefined` for what is none: empty, too long, or with signs that
 * no id has.
 */
export function idField(object: JsonObject, key: string): string | undefined {
  const id = stringField(object, key);
  return id !== undefined && ID.test(id) ? id : undefined;
}

/** The name of a model, a tool or a kind, cut where it is longer than any. */
export function nameField(object: JsonObject, key: string): string | undefined {
  return stringField(object, key)?.slice(0, NAME_LIMIT);
}

/** A whole number that counts something; 0 for anything else, and for more than there can be. */
export function countField(object: JsonObject, key: string): number {
  const count = Math.trunc(numberField(object, key) ?? 0);
  return count > 0 && count <= MAX_COUNTED ? count : 0;
}

/** An absolute path; a relative one would be looked up in the folder of whoever asks. */
export function folderField(object: JsonObject, key: string): string | undefined {
  const path = stringField(object, key);
  const isPath = path !== undefined && path.length <= 4_096 && !path.includes('\0');
  return isPath && /^(?:\/|\\\\|[A-Za-z]:[\\/])/.test(path) ? path : undefined;
}

/**
 * When a line was written, in milliseconds since the epoch; `undefined` where it does not say so,
 * or names a time before 1970 or after 2099.
 */
export function readLineTime(line: JsonObject | undefined): number | undefined {
  const text = stringField(line ?? {}, 'timestamp');
  return text === undefined || text.length > 40 ? undefined : plausibleTime(Date.parse(text));
}

/** A time in whole milliseconds, if it is one between 1970 and 2099. */
export function plausibleTime(at: number): number | undefined {
  return at >= 0 && at < LATEST ? Math.trunc(at) : undefined;
}
