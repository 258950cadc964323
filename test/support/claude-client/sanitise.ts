import { isJsonObject } from '../../../lib/core/json.ts';

/** Text to put in place of other text, in this order. */
export type Replacements = readonly (readonly [found: string, put: string])[];

/**
 * A copy of `value` with every replacement made in every string and every key. Shapes and field
 * names stay.
 */
export function sanitise(value: unknown, replacements: Replacements): unknown {
  if (typeof value === 'string') return replaceAll(value, replacements);
  if (Array.isArray(value)) return value.map((item) => sanitise(item, replacements));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      replaceAll(key, replacements),
      sanitise(item, replacements),
    ]),
  );
}

/**
 * The paths below which a run left its traces, in each form that the client writes: as they are,
 * and as the name of a transcript folder.
 */
export function pathReplacements(
  paths: readonly (readonly [path: string, put: string])[],
): Replacements {
  return paths.flatMap(([path, put]) => [
    [path, put] as const,
    [dashed(path), dashed(put)] as const,
  ]);
}

/**
 * The field names of a value with the kinds of what they hold, all the way down, as one comparable
 * text.
 */
export function shapeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].sort().join('|')}]`;
  if (!isJsonObject(value)) return typeof value;
  const fields = Object.keys(value).sort();
  return `{${fields.map((field) => `${field}:${shapeOf(value[field])}`).join(' ')}}`;
}

function dashed(path: string): string {
  return path.replace(/[^A-Za-z0-9$]/g, '-');
}

function replaceAll(text: string, replacements: Replacements): string {
  return replacements.reduce((changed, [found, put]) => changed.replaceAll(found, put), text);
}
