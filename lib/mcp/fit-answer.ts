import { isJsonObject } from '../core/json.ts';
import { oneLine, plainJson } from '../core/one-line.ts';
import { headOf } from '../core/text.ts';

/** Most characters of one answer: some 4,000 tokens. */
export const MAX_CHARACTERS = 16_000;

/** How long texts and lists may be: the first with which an answer fits is taken. */
const SIZES: ReadonlyArray<readonly [text: number, list: number]> = [
  [2_000, 200],
  [600, 100],
  [300, 50],
  [200, 25],
  [120, 12],
  [80, 6],
  [40, 2],
];

/**
 * JSON of an answer, at most {@link MAX_CHARACTERS} long. Texts are cut and of lists the beginning
 * is kept; `NAMELeftOut` beside a list says how many are missing. Recorded texts come on one line,
 * without marks that cannot be seen. `null` is left out.
 */
export function fitAnswer(answer: object, most = MAX_CHARACTERS): string {
  let json = '';
  for (const [text, list] of SIZES) {
    json = plainJson(JSON.stringify(shrunk(answer, { text, list })));
    if (json.length <= most) break;
  }
  return json;
}

interface Size {
  readonly text: number;
  readonly list: number;
}

function shrunk(value: unknown, size: Size): unknown {
  if (typeof value === 'string') return headOf(oneLine(value), size.text);
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.slice(0, size.list).map((item) => shrunk(item, size));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => {
      if (field === null || field === undefined) return [];
      const leftOut = Array.isArray(field) ? field.length - size.list : 0;
      const own: ReadonlyArray<readonly [string, unknown]> = [[name, shrunk(field, size)]];
      return leftOut > 0 ? [...own, [`${name}LeftOut`, leftOut]] : own;
    }),
  );
}
