import * as v from 'valibot';
import type { EventEnvelope } from '../envelope.ts';
import { type ParsedEnvelope, parseEnvelope } from '../envelope-schema.ts';
import { findNearestFew } from '../../core/nearest-word.ts';
import { MAX_CAUSE_DEPTH } from '../cause.ts';
import { ALIASES, EVENT_TYPES, isEventTypeName, isReservedType } from './registry.ts';

/**
 * How to treat an unknown type in one of our categories. `refuse`: its maker mistyped it.
 * `pass`: an entry in the queue may come from a later version.
 */
export type UnknownTypes = 'refuse' | 'pass';

/**
 * Reads a value as an event of the type that it names: checks envelope and payload, resolves
 * aliases. Never throws.
 */
export function checkEvent(value: unknown, unknownTypes: UnknownTypes): ParsedEnvelope {
  const parsed = parseEnvelope(value);
  return parsed.ok ? checkType(parsed.event, unknownTypes) : parsed;
}

/** The second half of {@link checkEvent}, for an event with a valid envelope. */
export function checkType(event: EventEnvelope, unknownTypes: UnknownTypes): ParsedEnvelope {
  const type = ALIASES[event.event_type] ?? event.event_type;
  if ((event.metadata?.depth ?? 0) > MAX_CAUSE_DEPTH)
    return {
      ok: false,
      field: 'metadata.depth',
      reason: `must be at most ${MAX_CAUSE_DEPTH}: handlers wake each other in a loop`,
    };
  if (isEventTypeName(type)) {
    const result = v.safeParse(EVENT_TYPES[type].payload, event.payload, { abortEarly: true });
    if (!result.success) return { ok: false, ...wrongField(result.issues[0]) };
  } else if (isReservedType(type) && unknownTypes === 'refuse')
    return {
      ok: false,
      field: 'event_type',
      reason: `is not a type of this version; ${instead(type)}`,
    };
  return { ok: true, event: type === event.event_type ? event : { ...event, event_type: type } };
}

function wrongField(issue: v.BaseIssue<unknown>): {
  readonly field: string;
  readonly reason: string;
} {
  const path = v.getDotPath(issue);
  return {
    field: path === null ? 'payload' : `payload.${path}`,
    reason: issue.input === undefined ? 'is missing' : issue.message,
  };
}

function instead(type: string): string {
  const known = Object.keys(EVENT_TYPES);
  const near = findNearestFew(type, known, 3);
  const prefix = type.slice(0, type.indexOf('.') + 1);
  const names = near.length > 0 ? near : known.filter((name) => name.startsWith(prefix));
  return `did you mean ${names.join(', ').replace(/, ([^,]*)$/, ' or $1')}? Types of your own begin with another word than ${prefix.slice(0, -1)}`;
}
