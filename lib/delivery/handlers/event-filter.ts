import type { EventEnvelope } from '../../events/envelope.ts';
import { isJsonObject } from '../../core/json.ts';
import { matchesType } from '../../events/matches-type.ts';

/** One condition on a field of an event, such as `payload.call.tool=Bash`. */
export interface EventFilter {
  /** Names of the nested fields. */
  readonly path: readonly string[];
  /** The required value; `*` matches any run of characters. */
  readonly glob: string;
  /** `!=`: the value must not match. */
  readonly isNegated: boolean;
}

/** Fields of an event with which a condition may begin. */
const ROOTS = [
  'payload',
  'metadata',
  'source',
  'correlation_id',
  'event_id',
  'event_type',
  'timestamp',
];

/**
 * Parses `FIELD=GLOB` or `FIELD!=GLOB`.
 * @returns `undefined` for anything else, or an unknown field.
 */
export function parseFilter(text: string): EventFilter | undefined {
  const [, field, not, glob] = /^([\w.-]+?)(!?)=(.*)$/s.exec(text) ?? [];
  if (field === undefined || glob === undefined) return undefined;
  const path = field.split('.');
  const root = path[0] ?? '';
  const isDeep = root === 'payload' || root === 'metadata';
  if (!ROOTS.includes(root) || path.includes('') || isDeep !== path.length > 1) return undefined;
  return { path, glob, isNegated: not === '!' };
}

/**
 * Whether all conditions hold. A missing field counts as an empty text; a list matches if one of
 * its entries does. Never throws.
 */
export function passesFilters(filters: readonly EventFilter[], event: EventEnvelope): boolean {
  return filters.every(
    ({ path, glob, isNegated }) =>
      textsAt(event, path).some((text) => matchesType([glob], text)) !== isNegated,
  );
}

function textsAt(event: EventEnvelope, path: readonly string[]): readonly string[] {
  let value: unknown = event;
  for (const name of path)
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return (Array.isArray(value) ? value : [value]).map(asText);
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
