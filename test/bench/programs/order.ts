import type { JsonObject } from '../../../lib/core/json.ts';
import type { Durability } from '../../../lib/queue/write-entry.ts';

/** What the producer is to do. */
export interface ProducerOrder {
  readonly home: string;
  /** The payload of the events; ids in it are made anew for each. */
  readonly payload: JsonObject;
  readonly count: number;
  readonly durability: Durability;
  /** Milliseconds from one entry to the next; 0 = as fast as it goes. */
  readonly everyMs: number;
}

/** The order that this process was started with. */
export function readOrder<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}');
}
