import type { JsonObject } from '../../core/json.ts';
import { type EventFilter, parseFilter } from './event-filter.ts';

/** Settings of a user's handler. */
export interface HandlerSettings {
  /** Type globs. */
  readonly types: readonly string[];
  /** All must hold. */
  readonly filters: readonly EventFilter[];
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly maxAttempts: number;
}

/** The settings, or what is wrong with them. */
export type ReadSettings =
  | { readonly ok: true; readonly settings: HandlerSettings }
  | { readonly ok: false; readonly reason: string };

interface NumberRule {
  readonly fallback: number;
  readonly range: readonly [number, number];
  readonly isWhole: boolean;
  readonly unit: string;
}

/** Numbers that a handler may set. */
export const HANDLER_NUMBERS = {
  timeout: { fallback: 30, range: [0.1, 3_600], isWhole: false, unit: ' seconds' },
  concurrency: { fallback: 1, range: [1, 64], isWhole: true, unit: '' },
  attempts: { fallback: 5, range: [1, 100], isWhole: true, unit: '' },
} as const satisfies Record<string, NumberRule>;

const NAMES = ['on', 'filter', ...Object.keys(HANDLER_NUMBERS)];
const GLOB = /^[a-z0-9_.*-]{1,100}$/;

/**
 * Reads `{ on, filter?, timeout?, concurrency?, attempts? }` from a sidecar file, a head comment or
 * a module. Numbers may be texts.
 */
export function readHandlerSettings(given: JsonObject): ReadSettings {
  const unknown = Object.keys(given).find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    return wrong(`it sets \`${unknown}\`, which does not exist; there are ${NAMES.join(', ')}`);
  const types = textList(given['on']);
  if (types === undefined || types.length === 0)
    return wrong('it does not say which events it wants: `on` is missing');
  const badType = types.find((type) => !GLOB.test(type));
  if (badType !== undefined)
    return wrong(
      `it wants \`${badType.slice(0, 100)}\`, which is neither an event type nor a glob of types`,
    );
  const filters: EventFilter[] = [];
  for (const text of textList(given['filter'] ?? []) ?? ['']) {
    const filter = parseFilter(text);
    if (filter === undefined)
      return wrong(`its filter \`${text.slice(0, 100)}\` is not of the form payload.FIELD=VALUE`);
    filters.push(filter);
  }
  const numbers = readNumbers(given);
  if (typeof numbers === 'string') return wrong(numbers);
  const { timeout, concurrency, attempts } = numbers;
  return {
    ok: true,
    settings: {
      types,
      filters,
      timeoutMs: Math.round(timeout * 1000),
      concurrency,
      maxAttempts: attempts,
    },
  };
}

function readNumbers(given: JsonObject): Record<keyof typeof HANDLER_NUMBERS, number> | string {
  const numbers = { timeout: 0, concurrency: 0, attempts: 0 };
  for (const name of ['timeout', 'concurrency', 'attempts'] as const) {
    const { fallback, range, isWhole, unit } = HANDLER_NUMBERS[name];
    const value = given[name] === undefined ? fallback : numberOf(given[name]);
    if (!(value >= range[0] && value <= range[1]) || (isWhole && !Number.isInteger(value)))
      return `its \`${name}\` must be ${isWhole ? 'a whole number' : 'a number'} from ${range[0]} to ${range[1]}${unit}`;
    numbers[name] = value;
  }
  return numbers;
}

function numberOf(value: unknown): number {
  if (typeof value === 'string' && value.trim() !== '') return Number(value);
  return typeof value === 'number' ? value : Number.NaN;
}

function textList(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((each) => typeof each === 'string');
  return texts.length === list.length ? texts : undefined;
}

function wrong(reason: string): ReadSettings {
  return { ok: false, reason };
}
