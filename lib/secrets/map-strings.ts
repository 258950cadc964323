import { isJsonObject, type JsonObject } from '../core/json.ts';
import { NOT_CHECKED } from './harmless.ts';

/** Deeper than any payload that a program means; deeper values are replaced whole rather than walked. */
export const MAX_DEPTH = 100;

/** A new text for `text`, which is the value of a field called `name`; `''` for a key or a loose text. */
export type ChangeText = (text: string, name: string) => string;

/** `object` with `change` applied to every text in it, keys too; the same object when nothing changed. */
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
    while (fields.has(name)) name += '_'; // two keys that differed in their secrets only
    fields.set(name, mapped);
  }
  return isSame ? object : Object.fromEntries(fields);
}
