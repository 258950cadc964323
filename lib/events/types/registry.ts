import type { JsonObject } from '../../core/json.ts';
import { ACCOUNT_TYPES } from './account.ts';
import { CHECKPOINT_TYPES } from './checkpoint.ts';
import { DAEMON_TYPES } from './daemon.ts';
import { DELIVERY_TYPES } from './delivery.ts';
import type { EventType } from './event-type.ts';
import { LEARNING_TYPES } from './learning.ts';
import { NETWORK_TYPES } from './network.ts';
import { PROCESS_TYPES } from './process.ts';
import { ROUTING_TYPES } from './routing.ts';
import { SECURITY_TYPES } from './security.ts';
import { SESSION_TYPES } from './session.ts';
import { SNAPSHOT_TYPES } from './snapshot.ts';
import { SYSTEM_TYPES } from './system.ts';
import { TASK_TYPES } from './task.ts';
import { WORKER_TYPES } from './worker.ts';

/**
 * All event types of this version. `npm run docs:types` writes the docs page and the JSON Schema
 * from it.
 */
export const EVENT_TYPES = {
  ...SESSION_TYPES,
  ...CHECKPOINT_TYPES,
  ...TASK_TYPES,
  ...WORKER_TYPES,
  ...ROUTING_TYPES,
  ...LEARNING_TYPES,
  ...SECURITY_TYPES,
  ...SNAPSHOT_TYPES,
  ...SYSTEM_TYPES,
  ...DAEMON_TYPES,
  ...PROCESS_TYPES,
  ...NETWORK_TYPES,
  ...DELIVERY_TYPES,
  ...ACCOUNT_TYPES,
} as const satisfies Readonly<Record<string, EventType>>;

/** The name of a type of this version. */
export type EventTypeName = keyof typeof EVENT_TYPES;

/** Other names of types. */
export const ALIASES: Readonly<Record<string, EventTypeName>> = {
  'routing.decision': 'routing.decision_made',
};

/** The payload of events of one type; of a type of the user's, any JSON object. */
export type PayloadOf<Type extends string> = Type extends EventTypeName
  ? (typeof EVENT_TYPES)[Type]['example']
  : Type extends 'routing.decision'
    ? PayloadOf<'routing.decision_made'>
    : JsonObject;

/** Whether a name is an event type of this version. Aliases are not. */
export function isEventTypeName(type: string): type is EventTypeName {
  return Object.hasOwn(EVENT_TYPES, type);
}

/**
 * Whether waymark reserves a type: its first word is the category of one of our types. Any other
 * category belongs to the user.
 */
export function isReservedType(type: string): boolean {
  return CATEGORIES.has(type.slice(0, type.indexOf('.')));
}

const CATEGORIES: ReadonlySet<string> = new Set(
  Object.keys(EVENT_TYPES).map((type) => type.slice(0, type.indexOf('.'))),
);
