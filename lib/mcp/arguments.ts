import { WaymarkError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { didYouMean } from '../core/nearest-word.ts';

/** One argument of a tool. */
export interface Field {
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
  /** Of an integer. */
  readonly minimum?: number;
  readonly maximum?: number;
}

export type Fields = Readonly<Record<string, Field>>;

/** Far more than a command line or a path. */
const MAX_TEXT_LENGTH = 10_000;

/** The arguments of one call, checked against the fields of its tool. */
export class Arguments {
  readonly #given: JsonObject;

  /** @throws {@link WaymarkError} USAGE for an unknown argument, or one of another type. */
  constructor(fields: Fields, given: JsonObject) {
    for (const [name, value] of Object.entries(given)) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) {
        const names = Object.keys(fields);
        const expected = names.length === 0 ? 'this tool has none' : `expected ${names.join(', ')}`;
        throw refusal(name, `${expected}${didYouMean(name, names)}`);
      }
      const problem = value === null ? undefined : problemOf(field, value);
      if (problem !== undefined) throw refusal(name, problem);
    }
    this.#given = given;
  }

  text(name: string): string | undefined {
    const value = this.#given[name];
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  }

  count(name: string, otherwise: number): number {
    const value = this.#given[name];
    return typeof value === 'number' ? value : otherwise;
  }

  flag(name: string): boolean {
    return this.#given[name] === true;
  }
}

function problemOf({ type, minimum = 1, maximum = 1 }: Field, value: unknown): string | undefined {
  if (type === 'integer')
    return typeof value === 'number' &&
      Number.isInteger(value) &&
      value >= minimum &&
      value <= maximum
      ? undefined
      : `expected a whole number from ${minimum} to ${maximum}`;
  if (typeof value !== type) return `expected a ${type}`;
  return typeof value === 'string' && value.length > MAX_TEXT_LENGTH
    ? `expected at most ${MAX_TEXT_LENGTH} characters`
    : undefined;
}

function refusal(name: string, reason: string): WaymarkError {
  return new WaymarkError('USAGE', `Cannot use argument ${name.slice(0, 80)}: ${reason}`, {
    remedy: 'Call the tool again with the arguments that its schema lists.',
  });
}
