import type { JsonObject } from '../../core/json.ts';
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
import { SYSTEM_TYPES } from './system.ts';
import { TASK_TYPES } from './task.ts';
import { WORKER_TYPES } from './worker.ts';

/** Every type of this version. Page and JSON Schema are made from it: `npm run docs:types`. */
export const EVENT_TYPES = {
  ...SESSION_TYPES,
  ...CHECKPOINT_TYPES,
  ...TASK_TYPES,
  ...WORKER_TYPES,
  ...ROUTING_TYPES,
  ...LEARNING_TYPES,
  ...SECURITY_TYPES,
  ...SYSTEM_TYPES,
  ...DAEMON_TYPES,
  ...PROCESS_TYPES,
  ...NETWORK_TYPES,
  ...DELIVERY_TYPES,
} as const satisfies Readonly<Record<string, EventType>>;

/** The name of a type of this version. */
export type EventTypeName = keyof typeof EVENT_TYPES;

/** Names by which a type is known, too. */
export const ALIASES: Readonly<Record<string, EventTypeName>> = {
  'routing.decision': 'routing.decision_made',
};

/** What the events of one type carry; of a type of yours, any JSON object. */
export type PayloadOf<Type extends string> = Type extends EventTypeName
  ? (typeof EVENT_TYPES)[Type]['example']
  : Type extends 'routing.decision'
    ? PayloadOf<'routing.decision_made'>
    : JsonObject;

/** Whether a name is that of a type of this version; aliases are not. */
export function isEventTypeName(type: string): type is EventTypeName {
  return Object.hasOwn(EVENT_TYPES, type);
}

/** Whether a type is one that waymark keeps for itself: its first word is that of types of ours. Any other first word is the user's. */
export function isOurs(type: string): boolean {
  return CATEGORIES.has(type.slice(0, type.indexOf('.')));
}

const CATEGORIES: ReadonlySet<string> = new Set(
  Object.keys(EVENT_TYPES).map((type) => type.slice(0, type.indexOf('.'))),
);
