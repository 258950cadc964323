import { isJsonObject, type JsonObject } from '../core/json.ts';
import { NOT_CHECKED } from './harmless.ts';

/** Deeper than any sensible payload. Deeper values are replaced as a whole. */
export const MAX_DEPTH = 100;

/**
 * Returns a new text for `text`, the value of a field called `name`; `name` is `''` for a key or a
 * text without a name.
 */
export type ChangeText = (text: string, name: string) => string;

/**
 * Applies `change` to every text in an object, including keys. Returns the same object if nothing
 * changed.
 */
export function mapStrings(object: JsonObject, change: ChangeText): JsonObject {
  return mapObject(object, change, 0);
}

function mapValue(value: unknown, name: string, change: ChangeText, depth: number): unknown {
  if (typeof value === 'string') return change(value, name);
  if (Array.isArray(value)) {
    if (depth > MAX_DEPTH) return NOT_CHECKED;
    const items = value.map((item: unknown) => mapValue(item, name, change, depth + 1));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isJsonObject(value)) return value;
  return depth > MAX_DEPTH ? NOT_CHECKED : mapObject(value, change, depth);
}

function mapObject(object: JsonObject, change: ChangeText, depth: number): JsonObject {
  let isSame = true;
  const fields = new Map<string, unknown>();
  for (const [key, value] of Object.entries(object)) {
    const mapped = mapValue(value, key, change, depth + 1);
    let name = change(key, '');
    isSame &&= mapped === value && name === key;
    while (fields.has(name)) name += '_'; // Two keys that differed only in their secrets.
    fields.set(name, mapped);
  }
  return isSame ? object : Object.fromEntries(fields);
}
