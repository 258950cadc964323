import type { EventEnvelope } from '../../events/envelope.ts';
import { isJsonObject, type JsonObject, numberField, stringField } from '../../core/json.ts';

/** Messages from a worker to the process of a module. */
export type ToModule =
  | {
      readonly kind: 'handle';
      readonly id: number;
      readonly handler: string;
      readonly event: EventEnvelope;
      readonly attempt: number;
    }
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'emitted'; readonly emission: number; readonly eventId: string }
  | { readonly kind: 'unemitted'; readonly emission: number; readonly reason: string };

/** Messages from the process of a module to its worker. */
export type FromModule =
  | { readonly kind: 'loaded'; readonly handlers: readonly FoundHandler[] }
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'output'; readonly id: number; readonly text: string }
  | {
      readonly kind: 'emit';
      readonly id: number;
      readonly emission: number;
      readonly draft: JsonObject;
    }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string };

/** A handler that a module exports. */
export interface FoundHandler {
  /** The name of its export; `default` for the default export. */
  readonly name: string;
  /** `on`, `filter` and numbers, as written. */
  readonly settings: JsonObject;
}

/** Parses a message from a module's process. Foreign code runs there, so any field may be wrong. */
export function readFromModule(value: unknown): FromModule | undefined {
  if (!isJsonObject(value)) return undefined;
  const kind = value['kind'];
  const reason = stringField(value, 'reason');
  if (kind === 'broken') return { kind, reason: reason ?? 'it gave no reason' };
  if (kind === 'loaded') return { kind, handlers: readHandlers(value['handlers']) };
  const id = numberField(value, 'id');
  if (id === undefined) return undefined;
  if (kind === 'done') return { kind, id };
  if (kind === 'failed') return { kind, id, reason: reason ?? 'it gave no reason' };
  if (kind === 'output') return { kind, id, text: stringField(value, 'text') ?? '' };
  const emission = numberField(value, 'emission');
  const draft = value['draft'];
  return kind === 'emit' && emission !== undefined && isJsonObject(draft)
    ? { kind, id, emission, draft }
    : undefined;
}

/** Parses a list of handlers from another process or a file. */
export function readHandlers(value: unknown): readonly FoundHandler[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).flatMap((each) => {
    const name = stringField(each, 'name');
    const settings = each['settings'];
    return name !== undefined && isJsonObject(settings) ? [{ name, settings }] : [];
  });
}
